"""The card's memory as the driver and torch see it, and main memory. Torch is not imported."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from .memory import health, is_sticky
from .nvml import free_memory, process_memory


@dataclass(frozen=True, slots=True)
class Card:
    """What the arbiter asks of the card; tests give it another one."""

    free: Callable[[], int | None]
    empty: Callable[[], None]  # Give torch's unused blocks back to the driver.
    host_free: Callable[[], int | None]
    kept: Callable[[], int] = lambda: 0  # Bytes that torch keeps for itself and does not use.
    processes: Callable[[], dict[int, int]] = dict  # Bytes of each program by its process number.


def real_card(place: int | str = 0) -> Card:
    """The card as NVML and torch see it: its number as NVML counts, or its place on the PCI bus."""
    return Card(lambda: free_memory(place), _empty_cache, _host_free, _kept, lambda: process_memory(place))


def _empty_cache() -> None:
    torch = sys.modules.get("torch")
    if health.broken or torch is None or not torch.cuda.is_available() or not torch.cuda.is_initialized():
        return
    try:
        torch.cuda.synchronize()  # What still runs must not lose its memory.
        torch.cuda.empty_cache()
    except RuntimeError as error:
        if not is_sticky(error):
            raise
        health.broken = True  # There is nothing left to give back.


def _kept() -> int:
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available() or not torch.cuda.is_initialized():
        return 0
    return int(torch.cuda.memory_reserved() - torch.cuda.memory_allocated())


def _host_free() -> int | None:
    from ..setup.packages import has_module

    if not has_module("psutil"):
        return None
    import psutil

    return int(psutil.virtual_memory().available)
