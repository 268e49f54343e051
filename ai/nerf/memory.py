"""Memory: how much was used, and whether an error means that it ran out."""

from __future__ import annotations

import sys

import torch

from ..setup.packages import has_module


def is_out_of_memory(error: BaseException) -> bool:
    """Whether torch or Python found no memory; torch's allocator for the CPU has no type of its own for it."""
    if isinstance(error, (torch.cuda.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)


def peak_bytes(device: torch.device) -> int | None:
    """Return the most bytes that torch held on a CUDA device, or the process holds now; None where unknown."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if has_module("psutil"):
        import psutil

        return int(psutil.Process().memory_info().rss)
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak) * (1 if sys.platform == "darwin" else 1024)
