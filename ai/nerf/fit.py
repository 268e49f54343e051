"""Fitting the surface field to photographs, coarse to fine."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import torch
from scipy.ndimage import gaussian_filter, zoom
from torch import Tensor
from torch.nn.functional import smooth_l1_loss

from ..job import Progress
from . import exposure
from .exposure import Exposure
from .grid import BandGrid, refine, resample
from .hull import Box, Hull, grid_points
from .march import find_spans
from .pool import Batch, RayPool
from .render import ColorNetwork, Rendered, render_surface
from .settings import ReconstructSettings
from .volume import mask_loss

FIRST_BAND, LATER_BAND = 6.0, 3.0  # Half width in cells.
STEP = 0.6  # Of a cell, between samples in training.
TEST_STEP = 0.5
LEVEL_SHARE = 0.6  # Share of all steps before the last level.
MARGIN = 1.5  # Cells sampled before and behind the part of a ray that was seen last.
SURELY_CLEAR, SURELY_OPAQUE = 0.02, 0.95  # Guesses of the opacity that count as a mask.
SMOOTHER = 5.0  # Times the Laplacian's weight where no mask holds the surface.
RATE_FROM, RATE_END = 0.3, 0.1  # The learning rates fall from this share of all steps on, to this share of theirs.
SHARPNESS = 1.2, 4.8  # Of the surface, in 1 / cell: at the first step and from five sixths of all on.
COARSE_RAYS = 0.5  # Share of the rays before the last level, whose voxels many rays share.
SMOOTHING = 0.5  # Cells: of the distances, before their surface is taken.
TOLERANCE = 1.25  # How many times the points asked for a grid may have.
LAPLACIAN_POINTS = 20_000
EIKONAL_CELLS = 4_000


class SurfaceField:
    """Signed distance on sparse voxels, NeuS rendering, appearance by a small network.

    Close to Voxurf (Wu et al., ICLR 2023) and ProbeSDF (Toussaint et al., CVPR 2025) in what it stores.
    """

    preview_resolution = 96

    def __init__(
        self, settings: ReconstructSettings, device: torch.device, generator: torch.Generator, views: int = 0
    ) -> None:  # fmt: skip
        self.settings = settings
        self.device = device
        self.generator = generator
        self.network = ColorNetwork(generator).to(device)
        self.exposure = Exposure(views).to(device) if settings.exposure and views else None
        self.resolutions = settings.resolutions()
        self.level = 0
        self.fraction = 0.0

    def start(self, hull: Hull) -> Generator[Progress, Any, None]:
        """Take the hull's distances as the first level."""
        self.half = hull.box.half
        spacing = 2 / (self.resolutions[0] - 1)
        shape = grid_points(self.half, spacing)[1]
        dense = resample(torch.from_numpy(hull.sdf)[None], hull.spacing, spacing, shape)[0].numpy()
        self.grid = BandGrid(dense, spacing, self.device)
        yield from self.grid.build(FIRST_BAND, None, self.generator)
        self._new_optimizer()

    def level_at(self, fraction: float) -> int:
        """Return the level for a share of all steps."""
        last = len(self.resolutions) - 1
        return min(int(fraction / LEVEL_SHARE * last), last)

    def refine(self) -> Generator[Progress, Any, None]:
        """Go on to the next level."""
        resolution = self.resolutions[self.level + 1]
        # Until the finer grid is whole, the field is the coarser one.
        self.grid = yield from refine(self.grid, self.half, resolution, LATER_BAND, self.generator)
        self.level += 1
        self._new_optimizer()

    def state(self) -> dict[str, Tensor]:
        """Return all that has been learned, for `restore`; the tensors are the field's own."""
        grid = self.grid
        tensors = {"dense": torch.from_numpy(grid.dense), "distance": grid.distance, "features": grid.features}
        if self.exposure is not None:
            tensors["exposure"] = self.exposure.log_gains
        return {**tensors, **{f"network.{name}": value for name, value in self.network.state_dict().items()}}

    def restore(
        self, box: Box, state: dict[str, Tensor], level: int, fraction: float
    ) -> Generator[Progress, Any, None]:  # fmt: skip
        """Take over what `state` gave at a level and a share of all steps."""
        self.half, self.level, self.fraction = box.half, level, fraction
        self.grid = BandGrid(state["dense"].numpy(), 2 / (self.resolutions[level] - 1), self.device)
        yield from self.grid.build(LATER_BAND if level else FIRST_BAND, None, torch.Generator())
        with torch.no_grad():
            self.grid.distance.copy_(state["distance"])
            self.grid.features.copy_(state["features"])
            if self.exposure is not None:
                self.exposure.log_gains.copy_(state["exposure"])
        self.network.load_state_dict(
            {name: state[f"network.{name}"] for name in self.network.state_dict()}
        )  # fmt: skip
        self._new_optimizer()

    @property
    def batch_share(self) -> float:
        """Share of the rays of a step that are worth their time now."""
        return 1.0 if self.level == len(self.resolutions) - 1 else COARSE_RAYS

    def spans(self, origins: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
        """Start and end of the part of each ray near the surface."""
        return find_spans(self.grid.occupancy, origins, directions)

    def train(self, batch: Batch, pool: RayPool, fraction: float) -> Generator[Progress, Any, Tensor]:
        """Do one step at a share of all steps; return the squared error of each ray, (n,)."""
        settings, generator = self.settings, self.generator
        self.fraction = fraction
        decay = RATE_END ** max(0.0, (fraction - RATE_FROM) / (1 - RATE_FROM))
        for group in self.optimizer.param_groups:
            group["lr"] = group["first"] * decay
        count = len(batch.index)
        if batch.background is None:
            background, alpha = torch.rand(count, 3, generator=generator).to(self.device), batch.alpha
        else:
            background, alpha = batch.background[:, :3], batch.background[:, 3]
        offset = torch.rand(count, generator=generator).to(self.device)
        drawn = self._draw(batch.origins, batch.directions, batch.spans, STEP, offset)
        color = drawn.color
        if self.exposure is not None and batch.view is not None:
            color = self.exposure(color, batch.view.long())
        shown = color + (1 - drawn.opacity)[:, None] * background
        target = batch.color + (1 - batch.alpha)[:, None] * background
        loss = smooth_l1_loss(shown, target, beta=0.05)
        sure = slice(None) if batch.background is None else (alpha < SURELY_CLEAR) | (alpha > SURELY_OPAQUE)
        loss = loss + settings.mask_weight * mask_loss(drawn.opacity[sure], alpha[sure])
        loss = loss + settings.eikonal_weight * self.grid.eikonal(EIKONAL_CELLS, generator)
        smoothness = settings.laplacian_weight * (1 if batch.background is None else SMOOTHER)
        loss = loss + smoothness * self.grid.laplacian(LAPLACIAN_POINTS, generator)
        if self.exposure is not None:
            loss = loss + self.exposure.penalty()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        if drawn.near is not None and drawn.far is not None:
            pool.narrow(batch, drawn.near, drawn.far, MARGIN * self.grid.spacing)
        yield from ()  # Short enough to need no rest on the way.
        if batch.background is not None:
            return (shown - target).detach().square().mean(1)
        white = color.detach() - drawn.opacity.detach()[:, None] - batch.color + batch.alpha[:, None]
        return white.square().mean(1)

    def render(
        self, origins: Tensor, directions: Tensor, passes: bool = False
    ) -> Generator[Progress, Any, Rendered]:  # fmt: skip
        """Draw rays without gradients; `passes` adds depth and normals."""
        yield from ()
        with torch.no_grad():
            return self._draw(origins, directions, None, TEST_STEP, 0.5, passes)

    def distances(self, resolution: int) -> Generator[Progress, Any, tuple[np.ndarray, float]]:
        """Return the signed distance on a grid, in the box's coordinates, and the grid's spacing.

        Every second grid point is left out, and again, while more than `resolution` are left along the longest side;
        where the grid has less than half of them, it is refined by cubic splines.
        """
        dense, spacing = gaussian_filter(self.grid.dense_distance(), SMOOTHING, truncate=3.0), self.grid.spacing
        while max(dense.shape) > resolution * TOLERANCE:
            # An odd count on each axis keeps what is left centred on 0.
            trimmed = dense[tuple(slice(0, count - (1 - count % 2)) for count in dense.shape)]
            dense, spacing = trimmed[::2, ::2, ::2], spacing * 2
            yield Progress(0.0, "Taking the surface")
        while 2 * max(dense.shape) - 1 <= resolution * TOLERANCE:
            scale = [(2 * count - 1) / count for count in dense.shape]
            dense, spacing = zoom(dense, scale, order=3, mode="nearest"), spacing / 2
            yield Progress(0.0, "Taking the surface")
        return dense, spacing

    def colors_at(self, points: Tensor, normals: Tensor) -> Tensor:
        """Return the colour of surface points seen from straight above, (n, 3) and (n, 3) to (n, 3)."""
        with torch.no_grad():
            cells, share = self.grid.find_cells(points.t().contiguous())
            features = self.grid.query_features(cells.clamp(min=0), share)
            return self.network(features, -normals, normals)

    def _draw(
        self, origins: Tensor, directions: Tensor, spans: tuple[Tensor, Tensor] | None, step: float,
        offset: Tensor | float, passes: bool = False,
    ) -> Rendered:  # fmt: skip
        spacing = self.grid.spacing
        first, last = SHARPNESS
        sharpness = (first + (last - first) * min(1.0, 1.2 * self.fraction)) / spacing
        return render_surface(
            self.grid, self.network, origins, directions, spans, sharpness, step * spacing, offset, passes
        )  # fmt: skip

    def _new_optimizer(self) -> None:
        grid = self.grid
        groups: list[dict[str, Any]] = [
            {"params": [grid.distance], "first": 0.1 * grid.spacing},
            {"params": [grid.features], "first": 0.05},
            {"params": list(self.network.parameters()), "first": 3e-3},
        ]
        if self.exposure is not None:
            groups.append({"params": list(self.exposure.parameters()), "first": exposure.RATE})
        for group in groups:
            group["lr"] = group["first"]
        self.optimizer = torch.optim.Adam(groups, betas=(0.9, 0.99), eps=1e-10, fused=True)
