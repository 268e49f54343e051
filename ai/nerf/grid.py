"""A signed distance and features on the voxels of a narrow band around the surface."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import torch
from scipy.ndimage import binary_dilation
from scipy.sparse import csr_array
from torch import Tensor, nn

from ..job import Progress
from .hull import grid_points, signed_distance
from .march import EMPTY, INSIDE, NEAR, Occupancy

FEATURES = 8
POINT_CHUNK = 200_000  # Points whose features are carried over between two yields.
CORNERS = [(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)]


class BandGrid:
    """A regular grid centred on 0 of which only the band |distance| < band * spacing is stored and learned.

    Attributes:
        spacing: edge of a cell.
        shape: grid points along x, y, z.
        distance: (m,) parameter, the signed distance at the m points of the band.
        features: (m, FEATURES) parameter.
        index: row of each grid point, -1 outside of the band.
        occupancy: what `march` skips by.
    """

    def __init__(self, dense: np.ndarray, spacing: float, device: torch.device) -> None:
        self.dense = dense  # (nx, ny, nz) float32: the distances outside of the band, and the ones it began with.
        self.spacing = spacing
        self.shape = dense.shape
        self.device = device
        self.low = torch.tensor([-(count - 1) / 2 * spacing for count in dense.shape], device=device)

    def build(
        self, band: float, coarser: BandGrid | None, generator: torch.Generator
    ) -> Generator[Progress, Any, None]:  # fmt: skip
        """Choose the band and make its tables, in steps short enough to be cancelled between them.

        Args:
            band: half width in cells.
            coarser: whose features to start from, or None for noise.
            generator: on the CPU.
        """
        report = Progress(0.0, "Building the voxels")
        active = binary_dilation(np.abs(self.dense) < band * self.spacing)
        yield report
        self.points = np.flatnonzero(active)  # Place of each row in the dense grid.
        self.index = index = np.full(active.shape, -1, np.int32)
        index.ravel()[self.points] = np.arange(len(self.points), dtype=np.int32)
        yield report
        nx, ny, nz = active.shape
        cell = np.ones((nx - 1, ny - 1, nz - 1), bool)
        for x, y, z in CORNERS:
            cell &= active[x : nx - 1 + x, y : ny - 1 + y, z : nz - 1 + z]
        yield report
        self.cell_shape = cell.shape
        places = np.argwhere(cell)
        row = np.full([count + 2 for count in cell.shape], -1, np.int32)
        row[1:-1, 1:-1, 1:-1][cell] = np.arange(len(places), dtype=np.int32)
        self.cell_row = torch.from_numpy(row.ravel()).to(self.device)
        corners = np.stack([index[places[:, 0] + x, places[:, 1] + y, places[:, 2] + z] for x, y, z in CORNERS], 1)
        self.corners = torch.from_numpy(corners).to(self.device)
        yield report
        state = np.where(self.dense[:-1, :-1, :-1] < 0, INSIDE, EMPTY).astype(np.uint8)
        state[cell] = NEAR
        self.occupancy = Occupancy.pooled(state, self.low, self.spacing, self.device)
        yield report
        self._set_neighbours(index, active.shape)
        yield report
        start = torch.from_numpy(self.dense.ravel()[self.points])
        self.distance = nn.Parameter(start.to(self.device))
        values = torch.randn(len(self.points), FEATURES, generator=generator) * 0.01
        if coarser is not None:
            for first in range(0, len(values), POINT_CHUNK):
                part = slice(first, first + POINT_CHUNK)
                places = np.stack(np.unravel_index(self.points[part], self.shape), -1)
                values[part] = coarser.features_at(places * self.spacing + self.low.cpu().numpy())
                yield report
        self.features = nn.Parameter(values.to(self.device))

    def _set_neighbours(self, index: np.ndarray, shape: tuple[int, ...]) -> None:
        padded = np.pad(index, 1, constant_values=-1)
        x, y, z = (axis + 1 for axis in np.unravel_index(self.points, shape))
        around = np.stack(
            [padded[x + 1, y, z], padded[x - 1, y, z], padded[x, y + 1, z],
             padded[x, y - 1, z], padded[x, y, z + 1], padded[x, y, z - 1]], 1,
        )  # fmt: skip
        complete = (around >= 0).all(1)
        self.middle = torch.from_numpy(np.flatnonzero(complete).astype(np.int32)).to(self.device)
        self.around = torch.from_numpy(around[complete]).to(self.device)

    def query(self, cells: Tensor, share: Tensor) -> tuple[Tensor, Tensor]:
        """Interpolate the distance trilinearly.

        Args:
            cells: rows of `corners`, shape (n,).
            share: position inside the cell, in [0, 1], shape (3, n).

        Returns:
            Distance (n,) and its gradient by position (3, n).
        """
        distance, gradient = Trilinear.apply(self.distance, self._corner_rows(cells), share)
        return distance, gradient / self.spacing

    def query_features(self, cells: Tensor, share: Tensor) -> Tensor:
        """Interpolate the features trilinearly: (n,) rows of `corners` and (3, n) shares to (n, FEATURES)."""
        weights = _corner_weights(share).t().contiguous()
        blended: Tensor = _Blend.apply(self.features, self.corners.index_select(0, cells), weights)
        return blended

    def find_cells(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Return the row of each point's cell, -1 outside of the band, and its place in the cell.

        Points and places are (3, n), one axis a row: long rows are what a processor is quick with.
        """
        position = (points - self.low[:, None]) / self.spacing
        corner = position.floor()
        flat = torch.zeros_like(corner[0], dtype=torch.int32)
        for axis, count in enumerate(self.cell_shape):  # The table has a border of cells that are not there.
            flat = flat * (count + 2) + corner[axis].clamp(-1, count).to(torch.int32)
        flat += 1 + (self.cell_shape[2] + 2) * (1 + (self.cell_shape[1] + 2))
        return self.cell_row.index_select(0, flat), position - corner

    def _corner_rows(self, cells: Tensor) -> Tensor:
        return self.corners.index_select(0, cells).t().contiguous()

    def eikonal(self, count: int, generator: torch.Generator) -> Tensor:
        """Return the mean of (|gradient| - 1)^2 at the middles of `count` random cells.

        Gropp et al., "Implicit geometric regularization", ICML 2020.
        """
        cells = torch.randint(len(self.corners), (count,), generator=generator).to(self.device)
        _, gradient = self.query(cells, torch.full((3, count), 0.5, device=self.device))
        return (((gradient.square().sum(0) + 1e-12).sqrt() - 1) ** 2).mean()

    def laplacian(self, count: int, generator: torch.Generator) -> Tensor:
        """Return the mean squared Laplacian of the distance, in cells, at up to `count` random points of the band."""
        chosen = torch.randint(len(self.middle), (min(count, len(self.middle)),), generator=generator).to(self.device)
        mean = _pick(self.distance, self.around.index_select(0, chosen).t()).mean(0)
        middle = self.distance.index_select(0, self.middle.index_select(0, chosen))
        return ((mean - middle) / self.spacing).square().mean()

    def dense_distance(self) -> np.ndarray:
        """Return the distance at every grid point, (nx, ny, nz) float32, negative inside."""
        dense = self.dense.copy()
        dense.ravel()[self.points] = self.distance.detach().cpu().numpy()
        return dense

    def features_at(self, points: np.ndarray) -> Tensor:
        """Interpolate the features at any points (k, 3); corners outside of the band do not count. (k, FEATURES)."""
        position = (points - self.low.cpu().numpy()) / self.spacing
        corner = np.clip(np.floor(position), 0, np.array(self.shape) - 2).astype(np.int64)
        share = torch.from_numpy((position - corner).astype(np.float32))
        weights = _corner_weights(share.clamp(0, 1).t())
        table, total = self.features.detach().cpu(), torch.zeros(len(points), FEATURES)
        known = torch.zeros(len(points), 1)
        for number, offset in enumerate(CORNERS):
            rows = torch.from_numpy(self.index[tuple((corner + offset).T)])
            weight = (weights[number] * (rows >= 0))[:, None]
            total += weight * table.index_select(0, rows.clamp(min=0))
            known += weight
        return total / known.clamp(min=1e-6)


def _pick(values: Tensor, rows: Tensor) -> Tensor:
    """Return `values[rows]`; the gradient of a flat `index_select` is far cheaper on a CPU than that of others."""
    return values.index_select(0, rows.flatten()).view(rows.shape)


class Trilinear(torch.autograd.Function):
    """A table's values at 8 corners, blended, and the slope of the blend by the place in the cell.

    (m,) table, (8, n) int32 rows in the order of `CORNERS` and (3, n) shares to (n,) and (3, n). Written out, the
    gradient by the table takes a third of the time of autograd's.
    """

    @staticmethod
    def forward(ctx: Any, table: Tensor, rows: Tensor, share: Tensor) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(rows, share)
        ctx.count = len(table)
        values = _pick(table, rows)
        x, y, z = share
        across_x = values[4:] - values[:4]
        on_x = torch.addcmul(values[:4], x, across_x)
        across_y = on_x[2:] - on_x[:2]
        on_y = torch.addcmul(on_x[:2], y, across_y)
        slope_z = on_y[1] - on_y[0]
        slope_y = torch.lerp(across_y[0], across_y[1], z)
        x_on_y = torch.lerp(across_x[:2], across_x[2:], y)
        slope_x = torch.lerp(x_on_y[0], x_on_y[1], z)
        return torch.addcmul(on_y[0], z, slope_z), torch.stack([slope_x, slope_y, slope_z])

    @staticmethod
    def backward(ctx: Any, value: Tensor, slope: Tensor) -> tuple[Tensor, None, None]:  # type: ignore[override]
        rows, share = ctx.saved_tensors
        x, y, z = share
        by_slope_z = torch.addcmul(slope[2], value, z)
        by_on_y = torch.stack([value - by_slope_z, by_slope_z])
        ends = torch.stack([1 - z, z])
        by_across_y = torch.addcmul(slope[1] * ends, by_on_y, y)
        by_on_x = torch.cat([by_on_y - by_across_y, by_across_y])
        by_x_on_y = slope[0] * ends
        upper = by_x_on_y * y
        by_across_x = torch.addcmul(torch.cat([by_x_on_y - upper, upper]), by_on_x, x)
        by_values = torch.cat([by_on_x - by_across_x, by_across_x])
        table = torch.zeros(ctx.count, device=value.device, dtype=value.dtype)
        return table.index_add_(0, rows.flatten(), by_values.flatten()), None, None


class _Blend(torch.autograd.Function):
    """Weighted sums of rows of a table: (m, c) table, (n, k) int32 rows and (n, k) weights to (n, c).

    The gradient by the table is the product with a transposed sparse matrix. On a CPU scipy's takes a fifth of the
    time of torch's own scattering.
    """

    @staticmethod
    def forward(ctx: Any, table: Tensor, rows: Tensor, weights: Tensor) -> Tensor:
        ctx.save_for_backward(rows, weights)
        ctx.count = len(table)
        return nn.functional.embedding_bag(rows, table, mode="sum", per_sample_weights=weights)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:  # type: ignore[override]
        rows, weights = ctx.saved_tensors
        count, corners = rows.shape
        if gradient.device.type == "cpu":
            starts = np.arange(0, count * corners + 1, corners, dtype=np.int32)
            matrix = csr_array((weights.flatten().numpy(), rows.flatten().numpy(), starts), shape=(count, ctx.count))
            return torch.from_numpy(matrix.T @ gradient.contiguous().numpy()), None, None
        spread = (weights[..., None] * gradient[:, None]).flatten(0, 1)
        table = torch.zeros(ctx.count, gradient.shape[1], device=gradient.device)
        return table.index_add_(0, rows.flatten(), spread), None, None


def _corner_weights(share: Tensor) -> Tensor:
    """Trilinear weights of the eight corners, shares (3, n) to (8, n)."""
    x, y, z = share
    by_y = torch.stack([1 - y, y])[:, None]
    yz = (by_y * torch.stack([1 - z, z])).flatten(0, 1)
    upper = x * yz
    return torch.cat([yz - upper, upper])


def resample(volume: Tensor, spacing: float, new_spacing: float, shape: tuple[int, ...]) -> Tensor:
    """Interpolate a volume on a grid centred on 0 to another grid centred on 0, linearly along each axis.

    Args:
        volume: (channels, nx, ny, nz).
        spacing: of `volume`.
        new_spacing: of the result.
        shape: of the result, without channels.
    """
    for axis, count in enumerate(shape, 1):
        old = volume.shape[axis]
        position = (torch.arange(count, dtype=torch.float64) - (count - 1) / 2) * (new_spacing / spacing)
        position = (position + (old - 1) / 2).clamp(0, old - 1)
        below = position.floor().long().clamp(max=max(old - 2, 0))
        share = (position - below).to(volume.dtype).view([-1 if a == axis else 1 for a in range(4)])
        above = (below + 1).clamp(max=old - 1)
        volume = torch.lerp(volume.index_select(axis, below), volume.index_select(axis, above), share)
    return volume


def refine(
    grid: BandGrid, half: np.ndarray, resolution: int, band: float, generator: torch.Generator
) -> Generator[Progress, Any, BandGrid]:
    """Return a finer grid that starts with the surface and features of `grid`.

    Away from the surface the distance is measured anew, so that the new band lies around where the surface is now.

    Args:
        grid: to start from.
        half: half side lengths of the box, (3,).
        resolution: cells along the longest side.
        band: half width of the band in new cells.
        generator: on the CPU.
    """
    report = Progress(0.0, "Refining the voxels")
    spacing = 2 / (resolution - 1)
    shape = grid_points(half, spacing)[1]
    old = grid.dense_distance()
    yield report
    far = signed_distance(old < 0, grid.spacing)
    near = np.clip((np.abs(far) / grid.spacing - 2) / 2, 0, 1)  # 0 within two cells of the surface, 1 beyond four.
    old = (1 - near) * old + near * far
    yield report
    dense = resample(torch.from_numpy(old)[None].float(), grid.spacing, spacing, shape)[0].numpy()
    yield report
    new = BandGrid(dense, spacing, grid.device)
    yield from new.build(band, grid, generator)
    return new
