"""What watches the card in this session: one sampler, the overlay, the alarms and the thermal guard."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy

from ..ai.card.alarms import ThermalGuard, find_alarms
from ..ai.card.history import History, series, write_csv, write_json
from ..ai.card.plot import write_plot
from ..ai.card.reading import Reading
from ..ai.card.sampler import Sampler
from ..ai.errors import AdaError, fill_in
from ..render import viewports
from ..render.overlay import overlay
from ..render.overlay_layout import ROWS, Look
from ..render.registry import registry
from .translation import iface_

log = logging.getLogger("ada_forge.card")

PANEL_SECONDS = 3.0  # How long a panel counts as seen after it was drawn.
REST_TICK = 0.5  # Seconds between two looks whether the thread has ended.
PANEL_TICK = 1.0  # Seconds between two looks of the panel, while it is seen.

FIRST_SECONDS = 5.0  # How long a slow driver may take for its first answer.
RECORDED = 1_000_000  # Readings at most without a window: four days.

WRITERS: dict[str, Callable[..., None]] = {".csv": write_csv, ".json": write_json, ".png": write_plot}


class Monitor:
    """The sampler with what shows it. Belongs to the main thread."""

    def __init__(self) -> None:
        self.sampler = Sampler()
        self.guard = ThermalGuard()
        self.alarms: list[AdaError] = []
        self._timer: int | None = None
        self._thread: int | None = None
        self._resumes = False  # Whether the overlay was shown when the extension was disabled.
        self._seen = -1  # Readings when the alarms were last looked for.
        self._panel_due = 0.0

    @property
    def latest(self) -> Reading | None:
        return self.sampler.history.latest

    def show_overlay(self, shown: bool) -> None:
        """Draw over the views, or stop. Without a window there is nothing to draw on."""
        if bpy.app.background:
            return
        if shown:
            overlay.show()
            self.watch("overlay")
        else:
            overlay.hide()
            self.unwatch("overlay")

    def watch(self, viewer: str, seconds: float = float("inf")) -> None:
        """Have readings taken for a viewer; see `Sampler.watch`."""
        self.sampler.watch(viewer, seconds)
        if self._thread is None:
            self._thread = registry.hold("thread", self.sampler.stop)
        if self._timer is None and not bpy.app.background:
            self._timer = registry.add_timer(self.tick)

    def unwatch(self, viewer: str) -> None:
        self.sampler.unwatch(viewer)
        self._rest()

    def resume(self) -> None:
        """Show again what was shown when the extension was disabled."""
        if self._resumes:
            self.show_overlay(True)

    def stop(self) -> None:
        """Show and read nothing any more."""
        self._resumes = overlay.shown
        overlay.hide()
        self.sampler.stop()
        self._rest()
        self.guard.paused = False

    def tick(self) -> float | None:
        """Bring up to date what is shown; return the seconds until the next time, or None when nobody looks."""
        if not self.sampler.viewers():
            self._rest()
            return REST_TICK if self.sampler.running else None  # Its thread has yet to notice.
        settings = _scene().ada.card
        if settings.rate != self.sampler.rate:
            self.sampler.rate = settings.rate
        pause = 1.0 / settings.rate
        count = self.sampler.history.count
        if count != self._seen and self.latest is not None:
            self._seen = count
            self._heed(self.latest, settings)
        self._panel_due -= pause
        if self._panel_due <= 0.0 and "panel" in self.sampler.viewers():
            self._panel_due = PANEL_TICK
            viewports.redraw('UI')
        return pause

    def _heed(self, reading: Reading, settings: Any) -> None:
        self.alarms = find_alarms(reading)
        self._heed_guard(reading, settings)
        if overlay.shown:
            sentences = [fill_in(alarm.message, alarm.values, iface_) for alarm in self.alarms]
            newest = round(settings.rate * 60.0 * 2.0) + 1
            overlay.update(self.sampler.history.readings(newest), read_look(settings), sentences, iface_)

    def guard_here(self, seconds: float) -> None:
        """Heed the guard where a script keeps the main thread, so that no timer does.

        Args:
            seconds: how long readings go on after this.
        """
        settings = _scene().ada.card
        if settings.use_guard:
            self.watch("guard", seconds)
        if self.latest is not None:
            self._heed_guard(self.latest, settings)

    def _heed_guard(self, reading: Reading, settings: Any) -> None:
        self.guard.enabled = settings.use_guard
        self.guard.pause_at, self.guard.resume_below = settings.pause_at, settings.resume_below
        self.guard.update(reading)

    def _rest(self) -> None:
        if self.sampler.running:
            return
        for token in (self._timer, self._thread):
            if token is not None:
                registry.remove(token)
        self._timer = self._thread = None
        self.alarms = []


def read_look(settings: Any) -> Look:
    """The overlay's settings with what Blender's preferences say."""
    preferences = bpy.context.preferences
    return Look(
        corner=settings.corner,
        scale=preferences.system.ui_scale * settings.size,
        opacity=settings.opacity,
        rows=frozenset(row for row in ROWS if row in settings.rows),
        fahrenheit=settings.unit == 'FAHRENHEIT',
        card=settings.card,
        text=tuple(preferences.themes[0].view_3d.space.text_hi),
    )


def writer_of(path: Path) -> Callable[..., None]:
    """What writes a file of that suffix.

    Raises:
        AdaError: the suffix is another.
    """
    if path.suffix.lower() not in WRITERS:
        raise AdaError("'{name}' must end in .csv, .json or .png", name=str(path))
    return WRITERS[path.suffix.lower()]


def write_history(history: History, path: Path) -> None:
    """Write the readings as CSV, JSON or a picture, by the file's suffix.

    Raises:
        AdaError: another suffix, nothing was recorded, or the file cannot be written.
    """
    write = writer_of(path)
    readings = history.readings()
    if not readings:
        raise AdaError("Nothing has been recorded yet. Show the overlay or the panel for a while first")
    write(readings, path)


@contextmanager
def recording(paths: Sequence[Path], rate: float = 2.0) -> Iterator[None]:
    """Take readings meanwhile and write them at the end, after an error as well. Without paths nothing is done.

    Raises:
        AdaError: a file has another suffix than .csv, .json or .png, or cannot be written.
    """
    for path in paths:
        writer_of(path)
    if not paths:
        yield
        return
    with _sampling(rate) as sampler:
        try:
            yield
        except BaseException:  # What the card did before is what one wants to see now; the error itself counts more.
            try:
                if sampler.history.latest is not None:
                    _write_all(sampler, paths)
            except AdaError:
                log.exception("the readings could not be written")
            raise
    _write_all(sampler, paths)


def _write_all(sampler: Sampler, paths: Sequence[Path]) -> None:
    for path in paths:
        write_history(sampler.history, path)


@contextmanager
def _sampling(rate: float) -> Iterator[Sampler]:
    """Take readings meanwhile, at least one."""
    sampler = Sampler(rate)
    sampler.history.resize(RECORDED)
    sampler.watch("recording")
    token = registry.hold("thread", sampler.stop)
    try:
        yield sampler
        end = time.monotonic() + FIRST_SECONDS
        while sampler.history.latest is None and time.monotonic() < end:
            time.sleep(0.01)
    finally:
        registry.remove(token)


def record(seconds: float, rate: float, paths: Sequence[Path]) -> dict[str, Any]:
    """Take readings for so long, write them, and return the highest of the main figures."""
    with _sampling(rate) as sampler:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0.0:
            time.sleep(min(0.2, left))
    readings = sampler.history.readings()
    _write_all(sampler, paths)
    result: dict[str, Any] = {"readings": len(readings), "seconds": seconds}
    if (problem := readings[-1].problem) is not None:
        result["problem"] = str(problem)
    for card in readings[-1].cards:
        for name in ("temperature", "utilization", "memory_used", "power"):
            known = [value for value in series(readings, card.index, name) if value is not None]
            result[f"gpu{card.index}_highest_{name}"] = max(known, default=None)
        result[f"gpu{card.index}"] = card.name
    known_cpu = [reading.cpu for reading in readings if reading.cpu is not None]
    result["highest_cpu"] = max(known_cpu, default=None)
    return result


def _scene() -> bpy.types.Scene:
    windows = bpy.context.window_manager.windows
    return windows[0].scene if windows else bpy.context.scene


monitor = Monitor()
