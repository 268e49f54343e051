"""Where a model's weights are while it runs: on the device, or in main memory and brought there when needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from accelerate import cpu_offload
from accelerate.hooks import ModelHook, add_hook_to_module, remove_hook_from_module
from accelerate.utils import send_to_device
from torch import nn

from ..card.planner import Rung
from .latents import denoiser
from .load import Model, move_to

HOME = torch.device("cpu")
BY_LAYER = (Rung.SEQUENTIAL, Rung.SMALL_TILES)


class Placement:
    """How one run holds the weights."""

    def __init__(self, model: Model, others: Sequence[nn.Module] = ()) -> None:
        self.device = model.device
        self._model = model
        self._others = others
        self._stays = model.rung is Rung.RESIDENT
        self._current: int | None = None  # The group that is on the device.
        self._groups = [] if self._stays else _groups(model, others)

    def enter(self, number: int) -> None:
        """Bring one group to the device, and the one before it home."""
        if self._current == number:
            return
        self.leave()
        self._current = number
        for network in self._groups[number]:
            nn.Module.to(network, self.device)

    def come(self) -> None:
        """Bring to the device what stays there."""
        if self._stays:
            move_to(self._model, self.device)
            for network in self._others:
                nn.Module.to(network, self.device)

    def leave(self) -> None:
        """Bring everything home."""
        if self._stays:
            move_to(self._model, HOME)
            for network in self._others:
                nn.Module.to(network, HOME)
        elif self._current is not None:
            for network in self._groups[self._current]:
                nn.Module.to(network, HOME)
        self._current = None


@contextmanager
def placed(model: Model, others: Sequence[nn.Module] = ()) -> Iterator[None]:
    """Within the context the weights come to the device as `model.rung` wants. Whether pictures are tiled is decided
    elsewhere.

    Args:
        model: its weights are in main memory, or, for `Rung.RESIDENT`, on the device.
        others: networks that run beside the denoiser: ControlNets.
    """
    placement = Placement(model, others)
    touched: list[nn.Module] = []
    try:
        for network in others if model.rung is Rung.RESIDENT else ():
            nn.Module.to(network, model.device)
        for number, group in enumerate(placement._groups):
            for network in group:
                touched.append(network)
                if model.rung in BY_LAYER:
                    cpu_offload(network, model.device, offload_buffers=bool(network._parameters))
                else:
                    add_hook_to_module(network, _EnterHook(placement, number))
        model.placement = placement
        yield
    finally:
        model.placement = None
        for network in touched:
            remove_hook_from_module(network, recurse=True)
        if model.rung is not Rung.RESIDENT:
            placement.leave()


class _EnterHook(ModelHook):
    """Before a network runs, its group enters the device."""

    def __init__(self, placement: Placement, number: int) -> None:
        self.execution_device = placement.device  # diffusers asks it where a pipeline computes.
        self._placement, self._number = placement, number

    def pre_forward(self, module: nn.Module, *args: Any, **kwargs: Any) -> Any:
        self._placement.enter(self._number)
        return send_to_device(args, self.execution_device), send_to_device(kwargs, self.execution_device)


def _groups(model: Model, others: Sequence[nn.Module]) -> list[list[nn.Module]]:
    """Networks that are on the device together, in the order of their first use."""
    networks = model.networks()
    net, vae = denoiser(model.pipeline), networks["vae"]
    encoders = [one for one in networks.values() if one is not net and one is not vae]
    if model.rung in (Rung.ENCODER_FIRST, Rung.TILED):
        return [encoders, [net, *others, vae]]
    return [*([one] for one in encoders), [net, *others], [vae]]
