"""TensoRF with the vector-matrix decomposition, the tensorial peer of the reconstruction bench; plain torch.

Chen et al., "TensoRF: Tensorial Radiance Fields", ECCV 2022 (arXiv:2203.09517), with the settings of the authors'
synthetic scenes (VM-192): 16 density and 48 appearance components for each of three modes, 27 appearance features, a
network of two hidden layers of 128 with two frequencies for features and direction, half a voxel between samples,
Adam (0.9, 0.99) with 0.02 for planes and lines and 1e-3 for the rest, down to a tenth at the end, L1 on the density
of 8e-5 and, from the first alpha mask on, 4e-5. What the paper does after so many of its steps (30 000 at 800 x 800)
is done here at the same order within a budget of processor time, and the grids suit the photographs' size: from 48^3
to 128^3 voxels.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import grid_sample, interpolate, max_pool3d, softplus

DENSITY, APPEARANCE, FEATURES, HIDDEN = 16, 48, 27, 128
PLANES, LINES = ((0, 1), (0, 2), (1, 2)), (2, 1, 0)
DENSITY_SHIFT, DISTANCE_SCALE = -10.0, 25.0
FIRST_VOXELS, LAST_VOXELS = 48**3, 128**3
UPSAMPLE = (0.2, 0.3, 0.4, 0.55, 0.7)  # Shares of the budget: 2000, 3000, 4000, 5500 and 7000 of 10 000 steps.
MASK_AT = (0.2, 0.4)  # When the alpha mask is made; at the first the box shrinks to it.
L1_FIRST, L1_LATER = 8e-5, 4e-5
RAYS = 1024
FAINT = 1e-4  # Weights and opacities below count for nothing.
STEP = 0.5  # Of a voxel.


def _read(grid: Tensor, at: Tensor) -> Tensor:
    """Values (components, n) of a grid at (1, n, 1, 2) in [-1, 1]."""
    return grid_sample(grid, at, align_corners=True)[0, :, :, 0]


def encode(x: Tensor, frequencies: int) -> Tensor:
    """Sines and cosines of x at rising octaves, (n, 2 d L)."""
    angles = (x[..., None] * 2.0 ** torch.arange(frequencies)).flatten(-2)
    return torch.cat([angles.sin(), angles.cos()], -1)


@dataclass(slots=True)
class Rays:
    """Origins and unit directions (n, 3) in world units, and what they shall show (n, 3)."""

    origins: Tensor
    directions: Tensor
    colors: Tensor

    def __getitem__(self, which: Tensor) -> Rays:
        return Rays(self.origins[which], self.directions[which], self.colors[which])


class TensorVM(nn.Module):
    """Density and appearance as sums of products of a plane and a line."""

    def __init__(self, low: Tensor, high: Tensor, white: bool, near: float = 0.0) -> None:
        super().__init__()
        self.low, self.high, self.white, self.near = low, high, white, near
        self.mask: Tensor | None = None  # (1, 1, z, y, x), 1 where something may be.
        self.mask_box = low, high
        self.resolution = self._shape_of(FIRST_VOXELS)

        def factors(count: int) -> tuple[nn.ParameterList, nn.ParameterList]:
            size = self.resolution
            planes = [0.1 * torch.randn(1, count, size[b], size[a]) for a, b in PLANES]
            lines = [0.1 * torch.randn(1, count, size[axis], 1) for axis in LINES]
            return nn.ParameterList(planes), nn.ParameterList(lines)

        self.density_planes, self.density_lines = factors(DENSITY)
        self.color_planes, self.color_lines = factors(APPEARANCE)
        self.basis = nn.Linear(3 * APPEARANCE, FEATURES, bias=False)
        inputs = FEATURES + 3 + 2 * 2 * (FEATURES + 3)
        self.layers = nn.Sequential(
            nn.Linear(inputs, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 3)
        )
        nn.init.zeros_(self.layers[-1].bias)

    def _shape_of(self, voxels: int) -> list[int]:
        size = self.high - self.low
        return [max(2, int(side)) for side in size / (size.prod() / voxels) ** (1 / 3)]

    def step(self) -> float:
        return STEP * float(((self.high - self.low) / (torch.tensor(self.resolution) - 1)).mean())

    def _products(self, planes: nn.ParameterList, lines: nn.ParameterList, points: Tensor) -> list[Tensor]:
        """Plane times line at points (n, 3) in [-1, 1]: three of (components, n)."""
        found = []
        for (a, b), axis, plane, line in zip(PLANES, LINES, planes, lines):
            flat = points[:, (a, b)].view(1, -1, 1, 2)
            along = torch.stack([torch.zeros_like(points[:, axis]), points[:, axis]], -1).view(1, -1, 1, 2)
            found.append(_read(plane, flat) * _read(line, along))
        return found

    def _normalized(self, points: Tensor) -> Tensor:
        return (points - self.low) / (self.high - self.low) * 2 - 1

    def density(self, points: Tensor) -> Tensor:
        """Density (n,) at world points (n, 3), in 1 / world unit, without the scale of distances."""
        products = self._products(self.density_planes, self.density_lines, self._normalized(points))
        return softplus(sum(part.sum(0) for part in products) + DENSITY_SHIFT)

    def color(self, points: Tensor, directions: Tensor) -> Tensor:
        """Colour (n, 3) at world points seen along directions, both (n, 3)."""
        products = self._products(self.color_planes, self.color_lines, self._normalized(points))
        features = self.basis(torch.cat(products).T)
        x = torch.cat([features, directions, encode(features, 2), encode(directions, 2)], -1)
        return torch.sigmoid(self.layers(x))

    def render(self, rays: Rays, jitter: bool) -> Tensor:
        """Colours of rays, (n, 3)."""
        inverse = 1 / torch.where(rays.directions.abs() < 1e-6, 1e-6, rays.directions)
        first, second = (self.low - rays.origins) * inverse, (self.high - rays.origins) * inverse
        start = torch.minimum(first, second).amax(-1).clamp(min=self.near)
        count, step = int(math.dist(self.resolution, [0, 0, 0]) / STEP) + 1, self.step()
        offset = torch.rand(len(start), 1) if jitter else 0.5
        t = start[:, None] + (torch.arange(count) + offset) * step
        points = rays.origins[:, None] + rays.directions[:, None] * t[..., None]
        inside = ((points >= self.low) & (points <= self.high)).all(-1)
        if self.mask is not None:
            inside[inside.clone()] = self._masked(points[inside])
        density = torch.zeros_like(t)
        density[inside] = self.density(points[inside])
        depth = density * step * DISTANCE_SCALE
        weights = torch.exp(-torch.cumsum(nn.functional.pad(depth[:, :-1], (1, 0)), -1)) * -torch.expm1(-depth)
        ray, place = (weights.detach() > FAINT).nonzero(as_tuple=True)
        shades = self.color(points[ray, place], rays.directions[ray])
        found = torch.zeros(len(t), 3).index_add(0, ray, shades * weights[ray, place, None])
        return found + (1 - weights.sum(1, keepdim=True)) if self.white else found

    def _masked(self, points: Tensor) -> Tensor:
        low, high = self.mask_box
        at = ((points - low) / (high - low) * 2 - 1).view(1, -1, 1, 1, 3)
        return grid_sample(self.mask, at, align_corners=True).view(-1) > 0

    @torch.no_grad()
    def grid(self, shape: list[int]) -> Tensor:
        """Density on a grid over the box, (x, y, z)."""
        axes = [torch.linspace(float(a), float(b), n) for a, b, n in zip(self.low, self.high, shape)]
        points = torch.stack(torch.meshgrid(*axes, indexing="ij"), -1).view(-1, 3)
        return torch.cat([self.density(part) for part in points.split(65_536)]).view(*shape)

    @torch.no_grad()
    def update_mask(self, shrink: bool) -> None:
        """Note where the field is not clear; let the box shrink to it."""
        opacity = -torch.expm1(-self.grid(self.resolution) * self.step() * DISTANCE_SCALE)
        mask = max_pool3d(opacity.permute(2, 1, 0)[None, None], 3, 1, 1) >= FAINT
        self.mask, self.mask_box = mask.float(), (self.low, self.high)
        if not shrink or not mask.any():
            return
        found = mask[0, 0].nonzero().flip(1)  # x, y, z.
        last = torch.tensor(self.resolution) - 1
        first, until = found.min(0).values, torch.minimum(found.max(0).values + 1, last)
        unit = (self.high - self.low) / last
        for factors, axes in self._factors():
            for number, axis in enumerate(axes):
                kept = factors[number].data
                for place, a in zip((2, 3), axis):
                    kept = kept.narrow(place, int(first[a]), int(until[a] - first[a]) + 1)
                factors[number] = nn.Parameter(kept.clone())
        self.low, self.high = self.low + first * unit, self.low + until * unit
        self.resolution = (until - first + 1).tolist()

    def _factors(self) -> list[tuple[nn.ParameterList, list[tuple[int, ...]]]]:
        planes, lines = [(b, a) for a, b in PLANES], [(axis,) for axis in LINES]
        return [
            (self.density_planes, planes), (self.density_lines, lines),
            (self.color_planes, planes), (self.color_lines, lines),
        ]  # fmt: skip

    @torch.no_grad()
    def upsample(self, voxels: int) -> None:
        """Go over to finer grids."""
        self.resolution = self._shape_of(voxels)
        for factors, axes in self._factors():
            for number, axis in enumerate(axes):
                size = [self.resolution[a] for a in axis] + [1] * (2 - len(axis))
                finer = interpolate(factors[number].data, size, mode="bilinear", align_corners=True)
                factors[number] = nn.Parameter(finer)

    def sparsity(self) -> Tensor:
        """Mean |value| of the density's planes and lines."""
        return sum(values.abs().mean() for values in [*self.density_planes, *self.density_lines])

    def variation(self) -> Tensor:
        """Total variation of the planes: squares of the differences between neighbours, appearance a tenth."""
        total = torch.zeros(())
        for weight, planes in ((1.0, self.density_planes), (0.1, self.color_planes)):
            for plane in planes:
                total = total + weight * sum(plane.diff(dim=axis).square().mean() for axis in (2, 3))
        return total

    def optimizer(self, fraction: float) -> torch.optim.Optimizer:
        grids = [value for factors, _ in self._factors() for value in factors]
        rest = [*self.basis.parameters(), *self.layers.parameters()]
        groups = [{"params": grids, "first": 0.02}, {"params": rest, "first": 1e-3}]
        return torch.optim.Adam([{**g, "lr": g["first"] * 0.1**fraction} for g in groups], betas=(0.9, 0.99))


def fit(rays: Rays, field: TensorVM, seconds: float, variation: float = 0.0) -> int:
    """Fit a field within a budget of seconds; return the steps that it took.

    Args:
        rays: of all training photographs.
        field: new.
        seconds: of the processor.
        variation: weight of the total variation: 0 for the synthetic scenes, 0.1 for photographs.
    """
    voxels = np.exp(np.linspace(math.log(FIRST_VOXELS), math.log(LAST_VOXELS), len(UPSAMPLE) + 1))[1:]
    ups, masks = list(zip(UPSAMPLE, voxels)), list(MASK_AT)
    start, steps, sparsity = time.process_time(), 0, L1_FIRST
    optimizer = field.optimizer(0.0)
    while (fraction := (time.process_time() - start) / seconds) < 1:
        if masks and fraction >= masks[0]:
            field.update_mask(shrink=len(masks) == len(MASK_AT) and field.white)
            masks.pop(0)
            sparsity, optimizer = L1_LATER, field.optimizer(fraction)
        if ups and fraction >= ups[0][0]:
            field.upsample(int(ups.pop(0)[1]))
            optimizer = field.optimizer(fraction)
        for group in optimizer.param_groups:
            group["lr"] = group["first"] * 0.1**fraction
        batch = rays[torch.randint(len(rays.colors), (RAYS,))]
        loss = (field.render(batch, True) - batch.colors).square().mean() + sparsity * field.sparsity()
        if variation:
            loss = loss + variation * field.variation()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        steps += 1
    return steps
