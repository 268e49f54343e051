"""What a piece of work takes: the card's and the process's memory before, at the peak, and after it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..setup.packages import has_module
from .nvml import initialized, used_memory

PAUSE = 0.1  # Seconds between two looks; torch's own peak misses nothing.
WAIT_SECONDS = 2.0  # For a driver that does not answer.


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes; None where nobody tells. The card's are those of all programs together."""

    name: str
    before: int | None
    peak: int | None
    after: int | None
    torch_peak: int | None  # Reserved by torch in this process.
    ram_before: int | None  # Of this process.
    ram_peak: int | None
    ram_after: int | None

    def document(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


class Meter:
    """Looks at the memory from `start` to `stop`, on a thread of its own: a driver that hangs holds up nobody."""

    def __init__(self, name: str, place: int | str = 0) -> None:
        self.name = name
        self._place = place
        self._looks: list[tuple[int | None, int | None]] = []
        self._ready, self._halt = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="ada-meter", daemon=True)

    def start(self) -> None:
        """Begin; return when the first look is done."""
        torch = _cuda()
        if torch is not None:
            torch.cuda.reset_peak_memory_stats()
        self._thread.start()
        self._ready.wait(WAIT_SECONDS)

    def halt(self) -> None:
        """Ask the thread to end."""
        self._halt.set()

    def stop(self) -> Usage:
        """End the thread; return what was seen."""
        self.halt()
        self._thread.join(WAIT_SECONDS)
        torch = _cuda()
        card, ram = ([look[which] for look in self._looks] or [None] for which in (0, 1))
        return Usage(
            self.name, card[0], _highest(card), card[-1],
            None if torch is None else int(torch.cuda.max_memory_reserved()), ram[0], _highest(ram), ram[-1],
        )  # fmt: skip

    def _run(self) -> None:
        with initialized():
            self._look()
            self._ready.set()
            while not self._halt.wait(PAUSE):
                self._look()
            self._look()

    def _look(self) -> None:
        self._looks.append((used_memory(self._place), _own_ram()))
        if len(self._looks) > 3:  # Only the first, the highest and the last count.
            highest = _highest([card for card, _ in self._looks]), _highest([ram for _, ram in self._looks])
            self._looks[1:-1] = [highest]


def name_users(models: Sequence[tuple[str, int]], processes: Mapping[int, int], count: int) -> list[tuple[str, int]]:
    """The biggest users of the card: our models on it, the rest of this Blender, other programs.

    Args:
        models: names and bytes of ours.
        processes: bytes on the card by process number.
        count: how many.
    """
    found = list(models)
    for number, size in processes.items():
        if number == os.getpid():
            found.append(("Blender, Cycles", size - sum(size for _, size in models)))
        else:
            found.append((_program(number), size))
    return sorted(((name, size) for name, size in found if size > 0), key=lambda user: -user[1])[:count]


def _program(number: int) -> str:
    if has_module("psutil"):
        import psutil

        try:
            return str(psutil.Process(number).name())
        except psutil.Error:  # It has ended, or belongs to someone else.
            pass
    return f"PID {number}"


def _own_ram() -> int | None:
    if not has_module("psutil"):
        return None
    import psutil

    return int(psutil.Process().memory_info().rss)


def _cuda() -> Any:
    torch: Any = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "cuda"):  # Not imported, or another thread is at it.
        return None
    return torch if torch.cuda.is_available() and torch.cuda.is_initialized() else None


def _highest(values: list[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)
