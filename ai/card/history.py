"""The readings of the last minutes, and the files they are written to."""

from __future__ import annotations

import csv
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from .. import files
from ..errors import AdaError
from .reading import CARD_VALUES, CardReading, Reading

SECONDS = 600.0  # Kept by default.


class History:
    """A ring of readings. Any thread may call it."""

    def __init__(self, capacity: int = round(SECONDS * 2.0)) -> None:
        self._readings: deque[Reading] = deque(maxlen=capacity)
        self._lock = threading.Lock()
        self.count = 0  # Of all readings ever added.

    def add(self, reading: Reading) -> None:
        with self._lock:
            self._readings.append(reading)
            self.count += 1

    def resize(self, capacity: int) -> None:
        """Keep so many readings from now on, and the newest of those there are."""
        with self._lock:
            self._readings = deque(self._readings, maxlen=capacity)

    def clear(self) -> None:
        with self._lock:
            self._readings.clear()

    @property
    def latest(self) -> Reading | None:
        with self._lock:
            return self._readings[-1] if self._readings else None

    def readings(self, newest: int | None = None) -> list[Reading]:
        """The readings, oldest first; only the newest so many where a number is given."""
        with self._lock:
            everything = list(self._readings)
        return everything if newest is None else everything[max(0, len(everything) - newest) :]


def series(readings: Iterable[Reading], index: int, name: str) -> list[float | None]:
    """One value of one card over time. `name` is a field or property of `CardReading`."""
    return [getattr(card, name) if (card := card_of(reading, index)) else None for reading in readings]


def card_of(reading: Reading, index: int) -> CardReading | None:
    return next((card for card in reading.cards if card.index == index), None)


def columns(readings: Sequence[Reading]) -> list[str]:
    """The columns of the table: those of the machine, then those of each card that was ever seen."""
    cards = sorted({card.index for reading in readings for card in reading.cards})
    return list(Reading(0.0).flat()) + [f"gpu{index}_{name}" for index in cards for name in CARD_VALUES]


def write_csv(readings: Sequence[Reading], path: Path) -> None:
    """Write one line a reading; what could not be read is left empty.

    Raises:
        AdaError: the file cannot be written.
    """
    names = columns(readings)

    def write(part: Path) -> None:
        with part.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names, restval="")
            writer.writeheader()
            writer.writerows(reading.flat() for reading in readings)
        with part.open(newline="", encoding="utf-8") as file:
            if sum(1 for _ in csv.DictReader(file)) != len(readings):
                raise OSError("the file is incomplete")

    publish(path, write)


def write_json(readings: Sequence[Reading], path: Path) -> None:
    """Write {"readings": [{"time": …, "gpu0_utilization": …}, …]}; what could not be read is null.

    Raises:
        AdaError: the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_json(path, {"readings": [reading.flat() for reading in readings]})


def publish(path: Path, write: Callable[[Path], None]) -> None:
    """Write beside the target, read back, then rename."""
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(part)
        os.replace(part, path)
    except (OSError, ValueError) as error:
        if part.is_file():
            part.unlink()
        raise AdaError("Cannot write '{name}'. Check the folder and the free space", name=str(path)) from error
