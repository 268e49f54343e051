"""How much memory was used."""

from __future__ import annotations

import sys

import torch

from ..setup.packages import has_module


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
