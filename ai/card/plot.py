"""The history as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..setup.packages import require
from .history import publish, series
from .reading import GIB, Reading


def write_plot(readings: Sequence[Reading], path: Path, width: float = 10.0, height: float = 7.5) -> None:
    """Draw utilisation, memory and temperature against time as a PNG of 100 pixels an inch.

    Args:
        readings: oldest first; gaps are left where a value is unknown. Without a card the processor and the main
            memory are drawn.
        path: the file.
        width: of the picture in inches.
        height: likewise.

    Raises:
        AdaError: matplotlib is missing, or the file cannot be written.
    """
    require("matplotlib")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.image import imread

    figure = Figure(figsize=(width, height), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    load, memory, heat = figure.subplots(3, 1, sharex=True)
    start = readings[0].time if readings else 0.0
    times = [reading.time - start for reading in readings]
    names = {card.index: f"{card.index}: {card.name}" for reading in readings for card in reading.cards}
    for index, name in sorted(names.items()):
        color = f"C{index % 10}"
        load.plot(times, _floats(series(readings, index, "utilization")), color=color, label=name)
        used = _floats(series(readings, index, "memory_used"), GIB)
        memory.plot(times, used, color=color, label=name)
        own = _floats(series(readings, index, "torch_reserved"), GIB)
        if any(value == value for value in own):
            memory.plot(times, own, color=color, linestyle=":", label=f"{index}: torch")
        totals = [value for value in series(readings, index, "memory_total") if value]
        if totals:
            memory.axhline(totals[-1] / GIB, color=color, linestyle="--", linewidth=0.8)
        heat.plot(times, _floats(series(readings, index, "temperature")), color=color, label=name)
        limits = [value for value in series(readings, index, "slowdown_temperature") if value]
        if limits:
            heat.axhline(limits[-1], color=color, linestyle="--", linewidth=0.8)
    load.plot(times, _floats([reading.cpu for reading in readings]), color="0.6", label="CPU")
    memory.plot(times, _floats([reading.ram_used for reading in readings], GIB), color="0.6", label="RAM")
    load.set(ylabel="Utilization (%)", ylim=(0, 105))
    memory.set(ylabel="Memory used (GiB)", ylim=(0, None))
    heat.set(ylabel="Temperature (°C)", xlabel="Time (s)")
    for axes in (load, memory, heat):
        axes.grid(alpha=0.3)
        axes.margins(x=0)
    load.legend(loc="upper right", fontsize="small")
    memory.legend(loc="upper right", fontsize="small")

    def write(part: Path) -> None:
        figure.savefig(part, format="png")
        try:
            shape = imread(part, format="png").shape
        except SyntaxError as error:  # What Pillow raises for a damaged PNG.
            raise OSError("the picture is incomplete") from error
        if shape[:2] != (round(height * 100), round(width * 100)):
            raise OSError("the picture is incomplete")

    publish(path, write)


def _floats(values: Sequence[float | None], unit: float = 1.0) -> list[float]:
    return [float("nan") if value is None else value / unit for value in values]
