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
        Bytes. What libraries take beside tensors (convolution workspaces, the CUDA context) is not in it.
    """
    counter = PeakCounter([*module.parameters(), *module.buffers(), *known], block)
    with torch.no_grad(), fused_attention(), counter:
        run(module)
    return counter.peak
