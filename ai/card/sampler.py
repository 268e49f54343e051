"""One thread that looks at the machine while anybody wants to know."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..setup.packages import has_module
from .history import SECONDS, History
from .nvml import NvmlReader
from .reading import CardReading, Reading

log = logging.getLogger("ada_forge.card")

JOIN_SECONDS = 3.0  # How long `stop` waits for a driver that hangs.


class Sampler:
    """Takes readings while there is at least one viewer.

    A viewer stays until `unwatch`, or with `seconds` until nobody has renewed it for so long. `watch`, `unwatch`
    and `stop` belong to the main thread.
    """

    def __init__(self, rate: float = 2.0, open_reader: Callable[[], NvmlReader] = NvmlReader) -> None:
        self.history = History(round(SECONDS * rate))
        self._rate = rate
        self._open_reader = open_reader
        self._viewers: dict[str, float] = {}  # Until when.
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    @property
    def rate(self) -> float:
        """Readings a second, 1 to 4: NVML itself measures utilisation at most six times a second."""
        return self._rate

    @rate.setter
    def rate(self, value: float) -> None:
        self._rate = value
        self.history.resize(round(SECONDS * value))

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def viewers(self) -> set[str]:
        """Who watches at this moment."""
        with self._lock:
            return {name for name, until in self._viewers.items() if until > time.monotonic()}

    def watch(self, viewer: str, seconds: float = float("inf")) -> None:
        """Add a viewer, or renew it; the first one starts the thread."""
        with self._lock:
            self._viewers[viewer] = time.monotonic() + seconds
            if self._thread is None or not self._thread.is_alive():
                self._stop = threading.Event()
                self._thread = threading.Thread(target=self._run, args=(self._stop,), name="ada-card", daemon=True)
                self._thread.start()

    def unwatch(self, viewer: str) -> None:
        """Take a viewer away; without any the thread ends."""
        with self._lock:
            self._viewers.pop(viewer, None)
            empty = not self._viewers
        if empty:
            self.stop()

    def stop(self) -> None:
        """End the thread and wait for it."""
        with self._lock:
            self._viewers.clear()
            thread, self._thread = self._thread, None
            self._stop.set()
        if thread is not None:
            thread.join(JOIN_SECONDS)
            if thread.is_alive():
                log.error("the NVIDIA driver did not answer within %.0f s", JOIN_SECONDS)

    def _run(self, stop: threading.Event) -> None:
        reader = self._open_reader()
        try:
            due, first = time.monotonic(), True
            while not stop.is_set() and self._is_watched(stop):
                reading = take_reading(reader)  # A thread's first figure of the processor's load is of no time.
                self.history.add(replace(reading, cpu=None) if first else reading)
                first = False
                due = max(due + 1.0 / self._rate, time.monotonic())
                stop.wait(due - time.monotonic())
        finally:
            reader.close()

    def _is_watched(self, stop: threading.Event) -> bool:
        """Whether a viewer is left; if not, this thread is nobody's any more, so that a new viewer starts another."""
        now = time.monotonic()
        with self._lock:
            self._viewers = {name: until for name, until in self._viewers.items() if until > now}
            if not self._viewers and self._stop is stop:
                self._thread = None
            return bool(self._viewers)


def take_reading(reader: NvmlReader) -> Reading:
    """Look at the cards, the processor and the memory."""
    cards = add_torch(reader.read())
    cpu, used, total = _machine()
    return Reading(time.time(), cards, cpu, used, total, reader.problem)


def _machine() -> tuple[float | None, int | None, int | None]:
    if not has_module("psutil"):
        return None, None, None
    import psutil

    memory = psutil.virtual_memory()
    return psutil.cpu_percent(None), memory.total - memory.available, memory.total


def add_torch(cards: tuple[CardReading, ...]) -> tuple[CardReading, ...]:
    """Add what torch holds in this process. Torch is neither imported nor is CUDA started for it.

    Without NVML (AMD, Mac) the cards that torch uses are made from what it knows.
    """
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "cuda"):  # Not imported, or another thread is at it.
        return cards
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        known = [(torch.cuda.get_device_properties(index), index) for index in range(torch.cuda.device_count())]
        if not cards:
            cards = tuple(CardReading(i, name=card.name, memory_total=card.total_memory) for card, i in known)
        places = {f"GPU-{getattr(properties, 'uuid', '')}": index for properties, index in known}
        return tuple(_with_torch(torch, card, places, len(known)) for card in cards)
    mps = getattr(getattr(torch, "backends", None), "mps", None)
    if not cards and mps is not None and mps.is_available():
        return (
            CardReading(
                0,
                name="Apple",
                memory_total=torch.mps.recommended_max_memory(),
                torch_allocated=torch.mps.current_allocated_memory(),
                torch_reserved=torch.mps.driver_allocated_memory(),
            ),
        )
    return cards


def _with_torch(torch: Any, card: CardReading, places: dict[str, int], count: int) -> CardReading:
    index = places.get(card.uuid or "", card.index if card.index < count else None)
    if index is None:  # Hidden from torch, by CUDA_VISIBLE_DEVICES for instance.
        return card
    return replace(
        card,
        torch_allocated=torch.cuda.memory_allocated(index),
        torch_reserved=torch.cuda.memory_reserved(index),
        torch_peak=torch.cuda.max_memory_reserved(index),
    )
