"""Transformers know where each patch is: what they make tiles if that changes from step to step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor

from .seamless import AXES, replaced

# Roberts 2018, "The unreasonable effectiveness of quasirandom sequences": the R2 sequence.
_R2 = (0.7548776662466927, 0.5698402909980532)


@contextmanager
def rolled(modules: Iterable[Any], axes: str = "BOTH") -> Iterator[None]:
    """Within the context transformers see the latents shifted around the border, by another amount at each step.

    Noise rolling (Vecchio et al. 2024, "ControlMat", arXiv:2309.01700), done inside the network's call, so that
    schedulers with a memory and pictures that guide the network stay aligned. The last two steps' seams lie apart.

    Args:
        modules: the transformer, and its ControlNets, which are shifted alike.
        axes: 'BOTH', 'X', 'Y' or 'NONE'.

    Raises:
        ValueError: another word for `axes`.
    """
    if axes not in AXES:
        raise ValueError(f"axes must be one of {AXES}, got {axes!r}")
    seen: list[float] = []

    def shift(timestep: Any, tall: int, wide: int) -> tuple[int, int]:
        now = float(torch.as_tensor(timestep).flatten()[0])
        if now not in seen:
            seen.append(now)
        step = seen.index(now)
        x, y = (int(step * part % 1 * size) for part, size in zip(_R2, (wide, tall)))
        return (y if axes in ("BOTH", "Y") else 0), (x if axes in ("BOTH", "X") else 0)

    with ExitStack() as stack:
        for module in modules if axes != "NONE" else ():
            stack.enter_context(replaced(module, forward=_rolling(module, shift)))
        yield


def _rolling(module: Any, shift: Callable[[Any, int, int], tuple[int, int]]) -> Callable[..., Any]:
    call = module.forward
    control = "ControlNet" in type(module).__name__
    patch = int(getattr(module.config, "patch_size", 1) or 1)

    def forward(*args: Any, **kwargs: Any) -> Any:
        if args:  # The first is the latents in every transformer of diffusers.
            kwargs["hidden_states"], args = args[0], args[1:]
        latents = kwargs["hidden_states"]
        if "img_ids" in kwargs:  # Packed, (n, tokens, channels): Flux.
            ids = kwargs["img_ids"].reshape(-1, 3)
            tall, wide = int(ids[:, 1].max()) + 1, int(ids[:, 2].max()) + 1
        else:
            tall, wide = latents.shape[-2] // patch, latents.shape[-1] // patch
        y, x = shift(kwargs["timestep"], tall, wide)

        def roll(value: Tensor, sign: int) -> Tensor:
            if value.ndim == 4:
                return torch.roll(value, (sign * y * patch, sign * x * patch), (2, 3))
            grid = value.unflatten(1, (tall, wide))
            return torch.roll(grid, (sign * y, sign * x), (1, 2)).flatten(1, 2)

        kwargs["hidden_states"] = roll(latents, 1)
        if kwargs.get("controlnet_cond") is not None:
            kwargs["controlnet_cond"] = roll(kwargs["controlnet_cond"], 1)
        kwargs["return_dict"] = False
        result = call(*args, **kwargs)
        return result if control else (roll(result[0], -1), *result[1:])

    return forward
