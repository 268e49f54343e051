"""The scene without masks: a coarse density field over all of space, which finds the object and its background."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import grid_sample, softplus

from .encoding import encode_directions
from .render import linear
from .volume import render_weights

FEATURES = 6
HIDDEN = 32
FAINT = 2e-3  # Samples that weigh less have no colour of their own.
FARTHEST = 0.97  # Of the way to infinity where the last sample lies.
START = -4.5  # Density before the softplus: nearly clear.


def contract(points: Tensor) -> Tensor:
    """Map all of space into the cube [-2, 2]^3; the cube [-1, 1]^3 stays as it is.

    x -> x where m = max |x_i| <= 1, else (2 - 1 / m) x / m.

    Source: Barron et al., "Mip-NeRF 360", CVPR 2022, eq. 10, with the maximum norm, which fits a grid.
    """
    norm = points.abs().amax(-1, keepdim=True).clamp(min=1)
    return (2 - 1 / norm) * points / norm


def distortion_loss(weights: Tensor, middle: Tensor, width: Tensor) -> Tensor:
    """Return how far the weights of each ray are spread, (rays,).

    sum_ij w_i w_j |m_i - m_j| + 1/3 sum_i w_i^2 d_i, the first by prefix sums.

    Args:
        weights: (rays, samples).
        middle: of the samples, rising along a ray, same shape.
        width: of the samples, same shape.

    Source: Barron et al., "Mip-NeRF 360", CVPR 2022, eq. 15; Sun et al., "Improved DVGO", 2022, for the prefix sums.
    """
    before = torch.cumsum(weights, -1) - weights
    moment = torch.cumsum(weights * middle, -1) - weights * middle
    return 2 * (weights * (middle * before - moment)).sum(-1) + (weights.square() * width).sum(-1) / 3


@dataclass(slots=True)
class Samples:
    """Places along rays, in order."""

    t: Tensor  # (rays, samples), distance along the ray.
    spacing: Tensor  # Distance to the next sample.
    s: Tensor  # The same places on a scale from 0 to 1 on which far ones lie closer.


class SceneField(nn.Module):
    """Density and features on one grid over contracted space; colour by a small network.

    Close to DVGO (Sun et al., CVPR 2022) in what it stores. The unit cube is where the cameras look.
    """

    def __init__(self, resolution: int, generator: torch.Generator) -> None:
        super().__init__()
        shape = (1, 1, resolution, resolution, resolution)
        self.density = nn.Parameter(torch.full(shape, START))
        self.features = nn.Parameter(0.01 * torch.randn((1, FEATURES, *shape[2:]), generator=generator))
        sizes = [FEATURES + 9, HIDDEN, 3]
        self.layers = nn.ModuleList(linear(a, b, generator) for a, b in pairwise(sizes))

    def refine(self, resolution: int) -> None:
        """Go over to a finer grid."""
        with torch.no_grad():
            for name in ("density", "features"):
                finer = nn.functional.interpolate(
                    getattr(self, name), (resolution,) * 3, mode="trilinear", align_corners=True
                )
                setattr(self, name, nn.Parameter(finer))

    def query_density(self, points: Tensor) -> Tensor:
        """Density in 1 / unit at points (..., 3) of the unit cube's coordinates."""
        return softplus(_read(self.density, points)[..., 0]) * 20

    def query_color(self, points: Tensor, directions: Tensor) -> Tensor:
        """sRGB-encoded colours (n, 3) at points seen along directions, both (n, 3)."""
        x = torch.cat([_read(self.features, points), encode_directions(directions)], -1)
        return torch.sigmoid(self.layers[1](torch.relu(self.layers[0](x))))

    def render(self, origins: Tensor, directions: Tensor, samples: Samples) -> Rendering:
        """Draw rays: origins (n, 3) in the unit cube's coordinates, directions (n, 3) of unit length."""
        points = origins[:, None] + directions[:, None] * samples.t[..., None]
        return self.shade(points, directions, self.query_density(points), samples)

    def shade(self, points: Tensor, directions: Tensor, density: Tensor, samples: Samples) -> Rendering:
        """Draw rays whose samples have places (n, samples, 3) and a density (n, samples)."""
        weights = render_weights(density, samples.spacing)
        ray, place = (weights.detach() > FAINT).nonzero(as_tuple=True)
        weight = weights[ray, place]
        color = self.query_color(points[ray, place], directions[ray])
        sums = torch.zeros(len(points), 3, device=points.device).index_add(0, ray, color * weight[:, None])
        total = torch.zeros(len(points), device=points.device).index_add(0, ray, weight)
        # What is left belongs to the farthest: there is always something behind.
        return Rendering(sums / total.clamp(min=1e-6)[:, None], weights)


@dataclass(slots=True)
class Rendering:
    """Rays drawn with their background."""

    color: Tensor  # (n, 3).
    weights: Tensor  # (n, samples).


def _read(grid: Tensor, points: Tensor) -> Tensor:
    """Trilinear values (..., channels) of a grid (1, channels, z, y, x) at points in space (..., 3)."""
    place = contract(points).reshape(1, 1, 1, -1, 3) / 2
    found = grid_sample(grid, place, mode="bilinear", padding_mode="border", align_corners=True)
    return found.reshape(grid.shape[1], -1).T.reshape(*points.shape[:-1], grid.shape[1])


def place_samples(origins: Tensor, near: float, count: int, offset: Tensor) -> Samples:
    """Place samples along rays: half of them evenly up to where the ray leaves the unit cube's surroundings, the rest
    evenly in inverse distance from there on.

    Args:
        origins: (n, 3).
        near: distance of the first.
        count: samples on each ray.
        offset: (n, 1) in [0, 1): place of the samples in their steps.
    """
    edges = (torch.arange(count, device=origins.device) + offset) / count  # (n, count), rising.
    border = origins.norm(dim=-1, keepdim=True) + 3**0.5
    first = near + (border - near) * (edges / 0.5)
    beyond = border / (1 - ((edges - 0.5) / 0.5).clamp(min=0) * FARTHEST)
    t = torch.where(edges < 0.5, first, beyond)
    spacing = torch.diff(t, dim=-1, append=t[:, -1:] * 2)
    return Samples(t, spacing, edges.expand_as(t))
