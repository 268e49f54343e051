"""What an error of torch means. Torch is not imported: an error of torch comes from a torch that is there."""

from __future__ import annotations

from ..errors import AdaError

# After these the CUDA context, which Cycles shares in this process, answers nothing any more.
# Source: CUDA Runtime API, cudaError_t: those that leave the process in an inconsistent state. A card that fell off its
# bus is an "unknown error".
STICKY = (
    "illegal memory access",
    "unspecified launch failure",
    "the launch timed out",
    "device-side assert",
    "misaligned address",
    "illegal instruction",
    "invalid program counter",
    "hardware stack error",
    "global/shared address space",
    "uncorrectable ECC error",
    "uncorrectable NVLink error",
    "illegal address",
    "unknown error",
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether torch (on either device), cuBLAS or Python found no memory."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    text = str(error)
    signs = ("DefaultCPUAllocator", "CUBLAS_STATUS_ALLOC_FAILED", "CUDA error: out of memory", "CUDA out of memory")
    return isinstance(error, RuntimeError) and any(sign in text for sign in signs)


def is_sticky(error: BaseException) -> bool:
    """Whether the error has broken the CUDA context for good: only a restart of Blender helps."""
    text = str(error)
    return isinstance(error, RuntimeError) and "CUDA error" in text and any(sign in text for sign in STICKY)


class Health:
    """Whether the card still answers in this process."""

    broken = False  # Once true, true to the end: only a restart of Blender helps.


health = Health()


def broken_card() -> AdaError:
    """Note that the card is broken for this process, and return the sentence that says so."""
    health.broken = True
    return AdaError("The graphics card stopped working for this Blender. Save your file and restart Blender")
