"""Convolutions that wrap around, so that what they make tiles; undone on leaving the context."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import torch.nn.functional as F  # noqa: N812
from diffusers.models.downsampling import Downsample2D
from torch import Tensor, nn

AXES = ("BOTH", "X", "Y", "NONE")


def _pad(x: Tensor, left: int, right: int, top: int, bottom: int, axes: str) -> Tensor:
    x = F.pad(x, (left, right, 0, 0), mode="circular" if axes in ("BOTH", "X") else "constant")
    return F.pad(x, (0, 0, top, bottom), mode="circular" if axes in ("BOTH", "Y") else "constant")


def _wrapping(conv: nn.Conv2d, axes: str) -> Callable[[Tensor, Tensor, Tensor | None], Tensor]:
    tall, wide = (int(p) for p in conv.padding)

    def forward(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        x = _pad(x, wide, wide, tall, tall, axes)
        return F.conv2d(x, weight, bias, conv.stride, 0, conv.dilation, conv.groups)

    return forward


def _wrapping_downsample(conv: nn.Conv2d, axes: str) -> Callable[[Tensor, Tensor, Tensor | None], Tensor]:
    def forward(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        # diffusers pads one row and one column of zeros at the bottom right before it calls this convolution.
        x = _pad(x[..., :-1, :-1], 0, 1, 0, 1, axes)
        return F.conv2d(x, weight, bias, conv.stride, 0, conv.dilation, conv.groups)

    return forward


@contextmanager
def wrap_around(modules: Iterable[nn.Module], axes: str = "BOTH") -> Iterator[None]:
    """Within the context every padded convolution of `modules` wraps along `axes` and pads zeros along the others.

    Covers the asymmetric padding of a Stable Diffusion VAE's encoder. Convolutions inside LoRA layers included.

    Args:
        modules: UNet, VAE and the like.
        axes: 'BOTH', 'X' (left to right), 'Y' (top to bottom) or 'NONE' (changes nothing).

    Raises:
        ValueError: another word for `axes`.
    """
    if axes not in AXES:
        raise ValueError(f"axes must be one of {AXES}, got {axes!r}")
    patched: list[nn.Conv2d] = []
    try:
        for module in modules if axes != "NONE" else ():
            asymmetric = {m.conv for m in module.modules() if isinstance(m, Downsample2D) and m.padding == 0}
            for conv in module.modules():
                if not isinstance(conv, nn.Conv2d) or isinstance(conv.padding, str) or "_conv_forward" in vars(conv):
                    continue
                if conv in asymmetric:
                    vars(conv)["_conv_forward"] = _wrapping_downsample(conv, axes)
                elif any(conv.padding):
                    vars(conv)["_conv_forward"] = _wrapping(conv, axes)
                else:
                    continue
                patched.append(conv)
        yield
    finally:
        for conv in patched:
            del vars(conv)["_conv_forward"]
