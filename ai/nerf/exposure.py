"""Exposure and white balance of single photographs."""

from __future__ import annotations

import torch
from torch import Tensor, nn

RATE = 5e-3  # Of the optimiser.
HOLD = 1e-3  # Weight of the gains' squares: what all photographs share belongs to the colours.


class Exposure(nn.Module):
    """A factor for each channel of each photograph; their geometric mean is 1."""

    def __init__(self, views: int) -> None:
        super().__init__()
        self.log_gains = nn.Parameter(torch.zeros(views, 3))

    def gains(self) -> Tensor:
        """Return the factors, (views, 3)."""
        return torch.exp(self.log_gains - self.log_gains.mean(0))

    def forward(self, color: Tensor, view: Tensor) -> Tensor:
        """Return colours (n, 3) as the photographs `view` (n,) show them."""
        found: Tensor = color * self.gains()[view]
        return found

    def penalty(self) -> Tensor:
        """Return what keeps the factors near 1."""
        return HOLD * self.log_gains.square().mean()
