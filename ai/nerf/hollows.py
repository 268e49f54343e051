"""What outlines cannot show: a short density stage carves hollows into the hull before the surface is learned.

A surface that starts at the hull moves a few cells at a time and learns to paint over a deep hollow. Density that
starts nearly clear everywhere inside the hull lets rays reach the bottom from the first step.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any

import numpy as np
import torch
from scipy.ndimage import binary_fill_holes, minimum_filter
from torch import Tensor
from torch.nn.functional import smooth_l1_loss, softplus

from ..job import Clock, Progress
from .cameras import Camera, cast_rays, pixel_centers
from .dataset import View
from .grid import BandGrid, resample
from .hull import Hull, grid_points, seen_through, signed_distance
from .march import find_spans, place_samples
from .pool import RayPool, SpanFinder
from .volume import packed_weights

FEWEST_VIEWS = 12
RAYS = 1024
PIXELS = 600_000  # Of all photographs, at most so many are learned from.
COARSER = 2 / 3  # Times the resolution of the surface's first level.
START, GAIN = -7.5, 4.0  # Density is GAIN softplus(x) a cell, and x begins at START: nearly clear.
RATES = {"density": 0.1, "colors": 0.05}
RATE_END = 0.1
DISTORTION = 0.01  # Weight at the end; it grows from half of the steps on, once colours have told what is where.
HAZE = 0.1  # Density, a cell, that does not count: what is left where hardly anything looked.
FAINT = 2e-3  # Samples that weigh less have no colour.
LONGEST = 128  # Pixels along the longer side of the depth maps.
STOPPED = 0.5  # Share of a ray that has met something where its depth is read.
SEEN_THROUGH = 3  # Photographs that must see a place before the surface: it is empty then.
MARGIN = 1.0  # Cells before the surface that stay.
CHUNK = 16_384  # Rays drawn between two yields.


def find_hollows(
    views: list[View], hull: Hull, excluded: SpanFinder | None, resolution: int, steps: int, device: torch.device,
    generator: torch.Generator,
) -> Generator[Progress, Any, Hull]:  # fmt: skip
    """Return the hull without what photographs see through; the hull itself where they are too few to tell.

    Args:
        views: photographs with masks.
        hull: where to start.
        excluded: as of `RayPool.fill`.
        resolution: grid points along the longest side of the box.
        steps: of the density stage.
        device: to learn on.
        generator: on the CPU.
    """
    if len(views) < FEWEST_VIEWS:
        return hull
    field = _Fog(hull, round(COARSER * resolution), device)
    yield from field.grid.build(np.inf, None, generator)
    yield from field.fit(views, hull, excluded, steps, generator)
    spacing = field.grid.spacing
    points, _ = grid_points(hull.box.half, hull.spacing)
    solid = hull.sdf < 0
    places = np.flatnonzero(solid)
    world = hull.box.to_world(points[places].astype(np.float64))
    count = np.zeros(len(places), np.int32)
    for number, view in enumerate(views):
        scale = min(1.0, LONGEST / max(view.camera.width, view.camera.height))
        camera = view.camera.resized(*(max(1, round(side * scale)) for side in (view.camera.width, view.camera.height)))
        depth = (yield from field.depths(camera, hull)) * hull.box.scale
        # A point beside an edge may share its pixel with a ray that passes the edge.
        depth = minimum_filter(depth.reshape(camera.height, camera.width), 3)
        count += seen_through(camera, depth - MARGIN * spacing * hull.box.scale, world)
        yield Progress(0.8 + 0.2 * number / len(views), "Looking into hollows")
    solid.ravel()[places[count >= SEEN_THROUGH]] = False
    if not solid.any():
        return hull
    return Hull(hull.box, signed_distance(binary_fill_holes(solid), hull.spacing), hull.spacing, hull.outside)


class _Fog:
    """Density and colour on the voxels of the hull. Colour depends on the view only in its brightness, and linearly."""

    def __init__(self, hull: Hull, resolution: int, device: torch.device) -> None:
        spacing = 2 / (resolution - 1)
        shape = grid_points(hull.box.half, spacing)[1]
        dense = resample(torch.from_numpy(hull.sdf)[None], hull.spacing, spacing, shape)[0].numpy()
        dense[dense > 1.5 * spacing] = np.inf  # Beyond the hull and a cell around it nothing is stored.
        self.grid = BandGrid(dense, spacing, device)
        self.device = device

    def fit(
        self, views: list[View], hull: Hull, excluded: SpanFinder | None, steps: int, generator: torch.Generator
    ) -> Generator[Progress, Any, None]:  # fmt: skip
        """Learn from photographs."""
        grid, pool = self.grid, RayPool(self.device)
        with torch.no_grad():
            grid.distance.fill_(START)
        for _ in pool.fill(views, hull.box, partial(find_spans, grid.occupancy), excluded, PIXELS, 0):
            yield Progress(0.0, "Looking into hollows")
        optimizer = torch.optim.Adam(
            [{"params": [grid.distance], "lr": RATES["density"]}, {"params": [grid.features], "lr": RATES["colors"]}],
            betas=(0.9, 0.99), eps=1e-10,
        )  # fmt: skip
        first, clock = [group["lr"] for group in optimizer.param_groups], Clock(steps)
        for step in range(steps):
            for group, rate in zip(optimizer.param_groups, first):
                group["lr"] = rate * RATE_END ** (step / steps)
            batch = pool.draw(RAYS, generator)
            offset = torch.rand(RAYS, generator=generator).to(self.device)
            background = torch.rand(RAYS, 3, generator=generator).to(self.device)
            color, opacity, spread = self._draw(batch.origins, batch.directions, batch.spans, offset)
            shown = color + (1 - opacity)[:, None] * background
            target = batch.color + (1 - batch.alpha)[:, None] * background
            loss = smooth_l1_loss(shown, target, beta=0.1) + DISTORTION * max(0.0, 2 * step / steps - 1) * spread
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            pool.note(batch, (shown - target).detach().square().mean(1))
            yield Progress(
                0.8 * (step + 1) / steps, "Looking into hollows: step {step} of {steps}",
                {"step": step + 1, "steps": steps}, {"steps/s": clock.rate}, clock.tick(step + 1),
            )  # fmt: skip

    def _weights(
        self, origins: Tensor, directions: Tensor, spans: tuple[Tensor, Tensor], offset: Tensor | float,
        haze: float = 0.0,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
        """Ray, distance, cell, place in the cell and weight of each sample inside the hull."""
        grid = self.grid
        ray, t = place_samples(*spans, grid.spacing, offset)
        places = torch.addcmul(origins.t().index_select(1, ray), directions.t().index_select(1, ray), t)
        cells, share = grid.find_cells(places)
        inside = (cells >= 0).nonzero()[:, 0]
        ray, t, cells, share = ray[inside], t[inside], cells[inside], share[:, inside]
        density, _ = grid.query(cells, share)
        # In optical depths of a cell.
        optical = (GAIN * softplus(density) - haze).clamp(0, 9)
        return ray, t, cells, share, packed_weights(-torch.expm1(-optical), ray)

    def _draw(
        self, origins: Tensor, directions: Tensor, spans: tuple[Tensor, Tensor], offset: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
        """Colours without their background, opacity, and the mean spread of a ray's weights."""
        ray, t, cells, share, weight = self._weights(origins, directions, spans, offset)
        opacity = torch.zeros(len(origins), device=self.device).index_add(0, ray, weight)
        spread = packed_distortion(weight, t, ray, len(origins), self.grid.spacing) / len(origins)
        bright = (weight.detach() > FAINT).nonzero()[:, 0]
        ray, weight = ray[bright], weight[bright]
        features = self.grid.query_features(cells[bright], share[:, bright])
        gloss = (features[:, 3:6] * directions[ray]).sum(1, keepdim=True)
        colors = torch.sigmoid(features[:, :3] + gloss) * weight[:, None]
        return torch.zeros(len(origins), 3, device=self.device).index_add(0, ray, colors), opacity, spread

    def depths(self, camera: Camera, hull: Hull) -> Generator[Progress, Any, np.ndarray]:
        """How far the surface is along each pixel's ray, (n,) in the box's units; 0 where none is known."""
        directions = hull.box.directions_to_local(cast_rays(camera, pixel_centers(camera))).astype(np.float32)
        origin = torch.tensor(hull.box.to_local(camera.center()), dtype=torch.float32, device=self.device)
        found = []
        for start in range(0, len(directions), CHUNK):
            part = torch.from_numpy(directions[start : start + CHUNK]).to(self.device)
            origins = origin.expand_as(part)
            with torch.no_grad():
                ray, t, _, _, weight = self._weights(
                    origins, part, find_spans(self.grid.occupancy, origins, part), 0.5, HAZE
                )
                weight = weight.double()
                stopped = sum_before(weight, ray, len(part)) + weight >= STOPPED
                depth = torch.full((len(part),), torch.inf, device=self.device)
                depth.scatter_reduce_(0, ray[stopped], t[stopped], "amin")
            found.append(torch.where(depth.isfinite(), depth, 0.0).cpu().numpy())
            yield Progress(0.8, "Looking into hollows")
        return np.concatenate(found)


def packed_distortion(weights: Tensor, t: Tensor, ray: Tensor, count: int, step: float) -> Tensor:
    """Return `density.distortion_loss` of packed samples, summed over the rays, in float64 on the way.

    Args:
        weights: (n,).
        t: distances along the rays, rising along each, (n,).
        ray: index of each sample's ray, not falling, (n,).
        count: of the rays.
        step: length of a section.
    """
    weight, place = weights.double(), t.double()
    apart = place * sum_before(weight, ray, count) - sum_before(weight * place, ray, count)
    return (2 * (weight * apart).sum() + weight.square().sum() * step / 3).float()


def sum_before(values: Tensor, ray: Tensor, count: int) -> Tensor:
    """Return the sum over the earlier samples of the same ray, (n,); the sums run on over all rays: pass float64.

    Args:
        values: (n,).
        ray: index of each sample's ray, not falling, (n,).
        count: of the rays.
    """
    totals = torch.zeros(count, dtype=values.dtype, device=values.device).index_add(0, ray, values)
    start = totals.cumsum(0) - totals
    return values.cumsum(0) - values - start.index_select(0, ray)
