"""A reconstruction in the arbiter's care: while Cycles renders on the card, all it has learned waits in main memory."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from ..card.arbiter import Arbiter, Holding, arbiter

NAME = "Reconstruction"
PACKAGE = __name__.rpartition(".")[0]


@contextmanager
def held(
    roots: Callable[[], Sequence[object]], device: torch.device, need: int, keeper: Arbiter = arbiter
) -> Iterator[Holding]:
    """Meanwhile the arbiter may move the tensors between two steps of the job; before the next they are back.

    Args:
        roots: gives what holds the tensors at this moment: the field, the rays.
        device: they are on.
        need: bytes that the job is expected to take; idle models make room for them.
        keeper: the arbiter.
    """
    away: list[Tensor] = []

    def move(model: object, to_card: bool) -> object:
        if to_card:
            shift(away, device)
            away.clear()
        else:
            away[:] = [one for one in find_tensors(roots()) if one.device.type == device.type]
            shift(away, torch.device("cpu"))
        return model

    taken = {one.name for one in keeper.holdings if one.users}
    names = (f"{NAME} {number}" if number > 1 else NAME for number in itertools.count(1))
    name = next(name for name in names if name not in taken)
    holding = keeper.hold(name, object, 0, move, device.type != "cpu")
    try:
        with keeper.use(holding, need):
            yield holding
    finally:
        keeper.release(holding)


def shift(tensors: Sequence[Tensor], device: torch.device) -> None:
    """Move tensors to a device. They stay the same objects, so that optimisers and graphs keep hold of them."""
    for tensor in tensors:
        tensor.data = tensor.data.to(device)


def count_bytes(roots: Sequence[object]) -> int:
    """Bytes of all tensors that objects hold."""
    return sum(one.numel() * one.element_size() for one in find_tensors(roots))


def find_tensors(roots: Sequence[object]) -> list[Tensor]:
    """All tensors that objects of this package, networks and optimisers hold, gradients included, each once."""
    found: list[Tensor] = []
    seen: dict[int, object] = {}  # The objects are kept meanwhile, so that their numbers are not used again.
    waiting = list(roots)
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen[id(one)] = one
        if isinstance(one, Tensor):
            found.append(one)
            waiting.append(one.grad if one.is_leaf else None)
        elif isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, (list, tuple)):
            waiting += one
        elif isinstance(one, (torch.nn.Module, torch.optim.Optimizer)) or type(one).__module__.startswith(PACKAGE):
            names = [name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ())]
            waiting += vars(one).values() if hasattr(one, "__dict__") else [getattr(one, name, None) for name in names]
    return found
