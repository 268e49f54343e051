"""What a model takes, counted without a card and without its weights: run on torch's `meta` device."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

BLOCK = 512  # Bytes that CUDA's allocator rounds up to.
LANE = 16  # Channels that oneDNN keeps together.
FEW = 3  # Channels that it reads as they are.


def weight_bytes(module: torch.nn.Module) -> int:
    """Bytes of all parameters and buffers; what is shared counts once."""
    tensors = [*module.parameters(), *module.buffers()]
    storages = {id(tensor.untyped_storage()): tensor.untyped_storage() for tensor in tensors}
    return sum(storage.nbytes() for storage in storages.values())


@contextmanager
def fused_attention() -> Iterator[None]:
    """Meanwhile compute scaled dot-product attention on `meta` without its matrix of scores, as kernels on cards do.

    What is allocated is the result and one float32 for each query, the logarithm of its scores' sum. Tensors on other
    devices, and so other threads, are computed as ever.
    Source: Dao, "FlashAttention-2", 2023, algorithm 1 (arXiv:2307.08691).
    """
    original = functional.scaled_dot_product_attention

    def attend(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        if query.device.type != "meta":
            return original(query, key, value, *args, **kwargs)
        sums = query.new_empty(query.shape[:-1], dtype=torch.float32)
        result = query.new_empty((*query.shape[:-1], value.shape[-1]))
        del sums
        return result

    functional.scaled_dot_product_attention = attend  # type: ignore[assignment]
    try:
        yield
    finally:
        functional.scaled_dot_product_attention = original


def convolution_bytes(features: torch.Tensor, kernel: torch.Tensor, result: torch.Tensor) -> int:
    """What a convolution allocates while it runs, its result included.

    Kernels for vector units and tensor cores want the channels last. In torch's plain order (NCHW) they work on copies
    of what goes in and comes out: oneDNN in blocks of 16 channels, as torch's profiler shows on the processor; cuDNN
    too, where nobody has measured it here. A kernel of one pixel is a matrix product and needs none.
    Source: NVIDIA, "Convolutional Layers User's Guide", on tensor layouts: automatic transposes of NCHW.
    """
    size = result.numel() * result.element_size()
    if features.dim() != 4 or kernel.shape[2:].numel() == 1 or any(map(_has_channels_last, (features, kernel))):
        return size
    copy = _in_lanes(features) if features.shape[1] > FEW else 0
    made = _in_lanes(result)
    return made + max(copy + kernel.numel() * kernel.element_size(), size)


def _has_channels_last(tensor: torch.Tensor) -> bool:
    return tensor.is_contiguous(memory_format=torch.channels_last) and not tensor.is_contiguous()


def _in_lanes(tensor: torch.Tensor) -> int:
    """Bytes of a copy whose channels fill whole lanes."""
    count, channels, *sides = tensor.shape
    return count * -(-channels // LANE) * LANE * torch.Size(sides).numel() * tensor.element_size()


class PeakCounter(TorchDispatchMode):
    """Counts the bytes of all tensors that live at once, but for those known beforehand."""

    def __init__(self, known: Iterable[torch.Tensor] = (), block: int = 1) -> None:
        super().__init__()
        self.live = 0
        self.peak = 0
        self._block = block
        self._seen: set[int] = {id(tensor.untyped_storage()) for tensor in known}
        self._kept = [tensor.untyped_storage() for tensor in known]  # So that their numbers are not used again.

    def __torch_dispatch__(
        self,
        function: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        result = function(*args, **(kwargs or {}))
        if function is torch.ops.aten.convolution.default:
            self.peak = max(self.peak, self.live + convolution_bytes(args[0], args[1], result))
        for tensor in tree_leaves(result):
            if isinstance(tensor, torch.Tensor):
                self._count(tensor.untyped_storage())
        return result

    def _count(self, storage: torch.UntypedStorage) -> None:
        number = id(storage)
        if number in self._seen:
            return
        size = -(-storage.nbytes() // self._block) * self._block
        self._seen.add(number)
        self.live += size
        self.peak = max(self.peak, self.live)
        weakref.finalize(storage, self._forget, number, size)

    def _forget(self, number: int, size: int) -> None:
        self._seen.discard(number)
        self.live -= size


def activation_bytes(
    module: torch.nn.Module,
    run: Callable[[torch.nn.Module], Any],
    block: int = BLOCK,
    known: Iterable[torch.Tensor] = (),
) -> int:
    """The peak of what a model allocates beside its weights, for inference.

    Args:
        module: on the `meta` device, in the dtype it will run in. Build it under `torch.device("meta")`.
        run: calls it with `meta` inputs; those count as well, where they are made inside.
        block: what the allocator rounds each tensor up to; 1 for the CPU's.
        known: more tensors that are there already.

    Returns:
        Bytes, with the copies that convolutions work on. What else libraries take (the CUDA context, workspaces of
        other kinds) is not in it.
    """
    counter = PeakCounter([*module.parameters(), *module.buffers(), *known], block)
    with torch.no_grad(), fused_attention(), counter:
        run(module)
    return counter.peak
