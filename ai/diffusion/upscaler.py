"""Super-resolution of tiles: a small network that sharpens x4 and wraps around.

The layout is EDSR's (Lim et al. 2017, "Enhanced deep residual networks", arXiv:1707.02921): residual blocks without
normalisation at the small size. The weights are our own.
"""

from __future__ import annotations

import math
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812
from safetensors.torch import load_file
from torch import Tensor, nn

SCALE = 4
WIDTH = 64
DEPTH = 8  # Residual blocks of two convolutions.
REACH = 2 * DEPTH + 3  # Pixels around one that decide it.


def _convolution(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="circular")


class ResidualBlock(nn.Module):
    """Two convolutions whose result is added to their input; untrained it changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.first = _convolution(WIDTH, WIDTH)
        self.second = _convolution(WIDTH, WIDTH)
        nn.init.kaiming_normal_(self.first.weight, nonlinearity="relu")
        nn.init.zeros_(self.second.weight)

    def forward(self, x: Tensor) -> Tensor:
        """(n, 64, h, w) to the same."""
        return x + self.second(F.leaky_relu(self.first(x), 0.1))


class Upscaler(nn.Module):
    """Residual blocks at the small size, then a pixel shuffle, added to the enlarged input."""

    def __init__(self) -> None:
        super().__init__()
        last = _convolution(WIDTH, 3 * SCALE**2)
        nn.init.zeros_(last.weight)  # Untrained, it is bilinear enlargement.
        self.body = nn.Sequential(_convolution(3, WIDTH), *(ResidualBlock() for _ in range(DEPTH)), last)

    def forward(self, x: Tensor) -> Tensor:
        """Images (n, 3, h, w) in [0, 1] to (n, 3, 4h, 4w), not clipped."""
        return F.pixel_shuffle(self.body(x), SCALE) + enlarge(x, SCALE)


def enlarge(x: Tensor, scale: int) -> Tensor:
    """Bilinear enlargement that wraps around. (n, c, h, w) to (n, c, scale h, scale w)."""
    padded = F.pad(x, (1, 1, 1, 1), mode="circular")
    large = F.interpolate(padded, scale_factor=scale, mode="bilinear", align_corners=False)
    return large[..., scale:-scale, scale:-scale]


def load_upscaler(path: Path) -> Upscaler:
    """Read the weights (safetensors, fp16) into float32."""
    network = Upscaler()
    network.load_state_dict({name: value.float() for name, value in load_file(path).items()})
    return network.eval().requires_grad_(False)


@torch.no_grad()
def resize(images: Tensor, height: int, width: int, axes: str = "BOTH") -> Tensor:
    """Antialiased resizing that wraps around along `axes` ('BOTH', 'X', 'Y', 'NONE').

    (n, c, h, w) float to (n, c, height, width).
    """
    h, w = images.shape[-2:]
    if (h, w) == (height, width):
        return images
    (top, new_top), (left, new_left) = _margins(h, height), _margins(w, width)
    padded = pad_around(images, left, top, axes)
    size = (height + 2 * new_top, width + 2 * new_left)
    resized = F.interpolate(padded, size=size, mode="bilinear", antialias=True)
    return resized[..., new_top : new_top + height, new_left : new_left + width]


def pad_around(images: Tensor, wide: int, tall: int, axes: str) -> Tensor:
    """Continue pictures by `wide` pixels at the sides and `tall` above and below: around, or as the border is."""
    images = F.pad(images, (wide, wide, 0, 0), mode="circular" if axes in ("BOTH", "X") else "replicate")
    return F.pad(images, (0, 0, tall, tall), mode="circular" if axes in ("BOTH", "Y") else "replicate")


@torch.no_grad()
def sharpen(network: Upscaler, images: Tensor, axes: str = "BOTH") -> Tensor:
    """The network's x4 where only `axes` wrap. (n, 3, h, w) in [0, 1] to (n, 3, 4h, 4w) in [0, 1]."""
    if axes == "BOTH":
        return network(images).clamp(0, 1)
    wide, tall = (0 if axes == axis else min(REACH, side) for axis, side in zip("XY", images.shape[:-3:-1]))
    large = network(pad_around(images, wide, tall, axes)).clamp(0, 1)
    h, w = large.shape[-2:]
    return large[..., SCALE * tall : h - SCALE * tall, SCALE * wide : w - SCALE * wide]


def _margins(old: int, new: int) -> tuple[int, int]:
    """Pixels to add on each side before and after a change of size: wide enough for the filter, in the same ratio."""
    unit = old // math.gcd(old, new)
    before = min(old, unit * math.ceil(max(8, old / new + 1) / unit))
    return before, before * new // old
