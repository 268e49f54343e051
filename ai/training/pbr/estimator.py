"""The estimator in torch, for training; `ai/pbr/network.py` runs the same in NumPy. A test holds them together."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from ...pbr.network import CHANNELS, CONTEXT, OUTPUTS


class Surround(torch.autograd.Function):
    """A margin of one pixel from the other side: as `pad(mode="circular")`, whose way back is slow."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """(n, c, h, w) to (n, c, h + 2, w + 2)."""
        n, c, h, w = x.shape
        out = x.new_empty((n, h + 2, w + 2, c)).movedim(-1, 1)  # Channels last.
        out[:, :, 1:-1, 1:-1] = x
        out[:, :, 0, 1:-1], out[:, :, -1, 1:-1] = x[:, :, -1], x[:, :, 0]
        out[..., 0], out[..., -1] = out[..., -2], out[..., 1]
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        """The margins' gradients go back to where they came from."""
        [grad] = grads
        rows = grad[:, :, 1:-1].clone()
        rows[:, :, -1] += grad[:, :, 0]
        rows[:, :, 0] += grad[:, :, -1]
        inner = rows[..., 1:-1]
        inner[..., -1] += rows[..., 0]
        inner[..., 0] += rows[..., -1]
        return inner


class Conv(nn.Conv2d):
    """3 x 3 on a picture that wraps around."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 3)

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) to (n, outputs, h, w)."""
        return super().forward(Surround.apply(x))


class Block(nn.Module):
    """A residual pair of convolutions; between them the context scales and shifts, where there is one."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first, self.second = Conv(channels, channels), Conv(channels, channels)
        nn.init.zeros_(self.second.weight)

    def forward(self, x: Tensor, mood: Tensor | None = None) -> Tensor:
        """(n, channels, h, w), and (n, 2 channels) of the context."""
        between = self.first(x)
        if mood is not None:
            scale, shift = mood[..., None, None].chunk(2, 1)
            between = between * (1 + scale) + shift
        return x + self.second(between.relu())


class Estimator(nn.Module):
    """A U-Net whose way up knows statistics of all that the way down saw. See `network.estimate`."""

    def __init__(self) -> None:
        super().__init__()
        finest = CHANNELS[0]
        self.stem = Conv(12, finest)
        self.down = nn.ModuleList(Block(c) for c in CHANNELS)
        self.coarser = nn.ModuleList(nn.Conv2d(a, b, 2, 2) for a, b in pairwise(CHANNELS))
        self.context = nn.Linear(2 * sum(CHANNELS), CONTEXT)
        self.mood = nn.ModuleList(nn.Linear(CONTEXT, 2 * c) for c in CHANNELS)
        self.up = nn.ModuleList(Block(c) for c in CHANNELS)
        self.finer = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in pairwise(CHANNELS))
        self.head = Conv(finest, 4 * len(OUTPUTS))
        self.scale = nn.Linear(CONTEXT, 2)
        for layer in (*self.mood, self.scale):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, image: Tensor) -> Tensor:
        """(n, 3, h, w) of `network.as_seen` to (n, 6, h, w); h and w multiples of `network.CELL`."""
        x = self.stem(nn.functional.pixel_unshuffle(image, 2))
        kept: list[Tensor] = []
        statistics: list[Tensor] = []
        for level, block in enumerate(self.down):
            if level:
                x = self.coarser[level - 1](kept[-1])
            x = block(x)
            kept.append(x)
            seen = x.float()
            mean = seen.mean((2, 3))
            statistics += [mean, (seen.square().mean((2, 3)) - mean.square()).clamp_min(0).add(1e-4).sqrt()]
        context = self.context(torch.cat(statistics, 1)).relu()
        for level in reversed(range(len(CHANNELS))):
            if level < len(CHANNELS) - 1:
                x = kept[level] + nn.functional.interpolate(self.finer[level](x), scale_factor=2)
            x = self.up[level](x, self.mood[level](context))
        out = nn.functional.pixel_shuffle(self.head(x), 2).float()
        scale = self.scale(context).float().exp()[..., None, None]
        return torch.cat([out[:, :2] * scale[:, :1], out[:, 2:3] * scale[:, 1:], out[:, 3:]], 1)
