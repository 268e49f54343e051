"""Encodings of positions and directions."""

from __future__ import annotations

import torch
from torch import Tensor


def encode_positions(x: Tensor, frequencies: int) -> Tensor:
    """Return (x, sin(2^0 pi x), cos(2^0 pi x), ..., sin(2^(L-1) pi x), cos(2^(L-1) pi x)).

    Args:
        x: shape (..., d), within [-1, 1].
        frequencies: L, at least 0.

    Returns:
        Shape (..., d (1 + 2 L)). The input itself leads, as in the authors' code.

    Source: Mildenhall et al., "NeRF", ECCV 2020, eq. 4 (arXiv:2003.08934).
    """
    octaves = torch.pi * 2.0 ** torch.arange(frequencies, device=x.device, dtype=x.dtype)
    angles = x[..., None, :] * octaves[:, None]  # (..., L, d).
    waves = torch.stack([angles.sin(), angles.cos()], -2)  # (..., L, 2, d).
    return torch.cat([x, waves.flatten(-3)], -1)


def encode_directions(directions: Tensor) -> Tensor:
    """Return the nine real spherical harmonics of degrees 0 to 2, without their constant factors.

    Args:
        directions: unit vectors, shape (..., 3).

    Returns:
        1, x, y, z, xy, yz, zx, x^2 - y^2, 3 z^2 - 1. Shape (..., 9).
    """
    x, y, z = directions.unbind(-1)
    return torch.stack([torch.ones_like(x), x, y, z, x * y, y * z, z * x, x * x - y * y, 3 * z * z - 1], -1)
