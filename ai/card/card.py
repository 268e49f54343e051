"""The card's memory as the driver and torch see it, and main memory. Torch is not imported."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from .nvml import free_memory


@dataclass(frozen=True, slots=True)
class Card:
    """What the arbiter asks of the card; tests give it another one."""

    free: Callable[[], int | None]
    empty: Callable[[], None]  # Give torch's unused blocks back to the driver.
    host_free: Callable[[], int | None]
    kept: Callable[[], int] = lambda: 0  # Bytes that torch keeps for itself and does not use.


def real_card(index: int = 0) -> Card:
    """The card as NVML and torch see it."""
    return Card(lambda: free_memory(index), _empty_cache, _host_free, _kept)


def _empty_cache() -> None:
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.synchronize()  # What still runs must not lose its memory.
        torch.cuda.empty_cache()


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
