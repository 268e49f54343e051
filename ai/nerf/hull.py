"""The scene's box and its visual hull, from masks and cameras alone. Pure numpy; the distances are scipy's."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.ndimage import distance_transform_edt, maximum_filter
from scipy.optimize import linprog
from scipy.spatial.transform import Rotation

from ..errors import AdaError
from ..job import Progress
from .cameras import Camera, image_plane, project
from .dataset import View

WIDEN = 0.25  # Of an image's size: how far beyond its border the object may reach where no mask bounds it.
CARVE_CHUNK = 400_000  # Points projected between two yields.


@dataclass(slots=True)
class Box:
    """The frame of the reconstruction: a turned box in the world whose longest side is 2 in its own coordinates."""

    center: np.ndarray  # (3,) float64, world.
    size: np.ndarray  # (3,) float64, full side lengths in world units, all positive.
    rotation: np.ndarray  # (3, 3) float64, box to world.

    @property
    def scale(self) -> float:
        """World units in one unit of the box."""
        return float(self.size.max()) / 2

    @property
    def half(self) -> np.ndarray:
        """Half side lengths in the box's own coordinates, the longest one 1. Shape (3,)."""
        return self.size / self.size.max()

    def to_local(self, points: np.ndarray) -> np.ndarray:
        """World points (..., 3) in the box's coordinates."""
        return (points - self.center) @ self.rotation / self.scale

    def to_world(self, points: np.ndarray) -> np.ndarray:
        """The inverse of `to_local`."""
        return points * self.scale @ self.rotation.T + self.center

    def quaternion(self) -> tuple[float, float, float, float]:
        """Return the rotation as w, x, y, z."""
        x, y, z, w = Rotation.from_matrix(self.rotation).as_quat().tolist()
        return w, x, y, z

    def directions_to_local(self, directions: np.ndarray) -> np.ndarray:
        """World directions (..., 3) in the box's axes; their length stays."""
        return directions @ self.rotation


def crop_box(center: object, size: object, quaternion: object) -> Box:
    """Return the box of a crop given as centre, full size and quaternion (w, x, y, z).

    Raises:
        AdaError: a side is not positive, or a number is not finite.
    """
    middle, sides, turn = (np.array(value, np.float64) for value in (center, size, quaternion))
    finite = np.isfinite(np.concatenate([middle, sides, turn])).all()
    if not finite or (sides <= 0).any() or not turn.any():
        raise AdaError("The crop box has no volume. Give it a size above zero along every axis")
    w, x, y, z = turn / np.linalg.norm(turn)
    rotation = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    return Box(middle, sides, rotation)


def holds(box: Box, other: Box) -> bool:
    """Whether the other box lies inside, but for 2 % of the longest side."""
    signs = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    return bool((np.abs(box.to_local(other.to_world(signs * other.half))) <= box.half + 0.04).all())


@dataclass(slots=True)
class Bounds:
    """A box that holds all that the masks allow."""

    box: Box
    cut: bool  # The photos cut the object off: the box ends where few of them look.


def bounds_of_masks(views: list[View]) -> Bounds:
    """Return the axis-aligned box around all points that every mask's bounding rectangle allows.

    A rectangle bounds the object by four planes through its camera; the extremes of the intersection of all half
    spaces along the three axes are six linear programmes. A side of a mask that touches the border of its image says
    nothing and is left out. Where that leaves a side of the box open, the widened image borders close it.

    Raises:
        AdaError: the planes contradict each other, or even the image borders leave a side open.
    """
    masks, images = [], []
    for view in views:
        camera = view.camera
        y, x = np.nonzero(view.rgba[..., 3] >= 128)
        outline = image_plane(camera, _outline(x.min(), x.max() + 1, y.min(), y.max() + 1))
        known = x.min() > 0, x.max() < camera.width - 1, y.min() > 0, y.max() < camera.height - 1
        masks += _planes(camera, outline.min(0), outline.max(0), known)
        outline = image_plane(camera, _outline(0, camera.width, 0, camera.height))
        margin = WIDEN * np.ptp(outline, axis=0)
        images += _planes(camera, outline.min(0) - margin, outline.max(0) + margin, (True,) * 4)
    extent, cut = _extremes(masks), False
    if extent is None:
        extent, cut = _extremes(masks + images), True
    if extent is None:
        raise AdaError(
            "The photos do not bound the object from all sides. Set a crop box or add photos from other sides"
        )
    size = extent[1] - extent[0]
    return Bounds(Box(extent.mean(0), np.maximum(size, 1e-3 * size.max()), np.eye(3)), cut)


def _outline(left: float, right: float, top: float, bottom: float) -> np.ndarray:
    """Corners and middles of the edges of a rectangle of pixels, half a pixel wider, (8, 2)."""
    x = np.array([left - 0.5, (left + right) / 2, right + 0.5])
    y = np.array([top - 0.5, (top + bottom) / 2, bottom + 0.5])
    return np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)


def _planes(
    camera: Camera, low: np.ndarray, high: np.ndarray, known: tuple[bool, ...]
) -> list[tuple[np.ndarray, float]]:  # fmt: skip
    """Half spaces normal . x <= limit of a rectangle on the image plane: low depth <= x <= high depth, y alike."""
    rotation = camera.pose[:3, :3]
    right, down, forward = rotation[:, 0], -rotation[:, 1], -rotation[:, 2]
    sides = [low[0] * forward - right, right - high[0] * forward, low[1] * forward - down, down - high[1] * forward]
    normals = [-forward, *(side for side, use in zip(sides, known) if use)]
    return [(normal, float(normal @ camera.center())) for normal in normals]


def _extremes(planes: list[tuple[np.ndarray, float]]) -> np.ndarray | None:
    """Lowest and highest point of an intersection of half spaces along each axis, (2, 3); None where it is open."""
    normals, limits = np.stack([plane[0] for plane in planes]), np.array([plane[1] for plane in planes])
    scale = np.abs(limits).max() or 1.0  # Brings the lengths near 1, where the solver's tolerances mean something.
    extent = np.zeros((2, 3))
    for axis in range(3):
        for side, sign in enumerate((1.0, -1.0)):
            cost = np.zeros(3)
            cost[axis] = sign
            found = linprog(cost, A_ub=normals, b_ub=limits / scale, bounds=(None, None), method="highs")
            if found.status == 2:
                raise AdaError(
                    "The masks and the camera poses do not agree: no point is inside all masks. Check the poses"
                )
            if found.status != 0:
                return None
            extent[side, axis] = sign * found.fun * scale
    return extent


def grid_points(half: np.ndarray, spacing: float) -> tuple[np.ndarray, tuple[int, int, int]]:
    """Return the points of a grid centred on 0 that covers +-half, (n, 3) float32 in x-major order, and its shape."""
    nx, ny, nz = (int(np.ceil(2 * side / spacing - 1e-6)) + 1 for side in half)
    axes = [(np.arange(count) - (count - 1) / 2) * spacing for count in (nx, ny, nz)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3).astype(np.float32)
    return points, (nx, ny, nz)


def carve(
    views: list[View], box: Box, points: np.ndarray, spacing: float, min_views: int = 1
) -> Generator[Progress, Any, np.ndarray]:
    """Keep the points whose footprint meets the mask in every view that sees them: the visual hull.

    Laurentini, "The visual hull concept for silhouette-based image understanding", PAMI 1994.

    Args:
        views: the photographs.
        box: the frame of `points`.
        points: (n, 3) in the coordinates of the box.
        spacing: distance between the points in these coordinates; where it is more than a pixel the mask is
            widened by it, so that parts thinner than a cell survive.
        min_views: points in fewer images than this are outside.

    Returns:
        (n,) bool.
    """
    left = np.arange(len(points))
    seen = np.zeros(len(points), np.int32)
    for index, view in enumerate(views):
        camera, alpha = view.camera, view.rgba[..., 3]
        distance = float(np.linalg.norm(camera.center() - box.center))
        reach = round(0.5 * spacing * box.scale * max(camera.fx, camera.fy) / max(distance, 1e-9))
        mask = (maximum_filter(alpha, 2 * reach + 1) if reach else alpha) >= 128
        kept = []
        for start in range(0, len(left), CARVE_CHUNK):
            part = left[start : start + CARVE_CHUNK]
            inside, value = _look_up(camera, mask, box.to_world(points[part].astype(np.float64)))
            seen[part[inside]] += 1
            kept.append(part[~inside | value])
            yield Progress((index + start / len(left)) / len(views), "Carving the outline")
        left = np.concatenate(kept) if kept else left
    occupied = np.zeros(len(points), bool)
    occupied[left] = True
    return occupied & (seen >= min_views)


def _look_up(camera: Camera, mask: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    pixels, depth = project(camera, points)
    column, row = np.floor(pixels).astype(np.int64).T
    inside = (depth > 0) & (column >= 0) & (row >= 0) & (column < camera.width) & (row < camera.height)
    value = np.zeros(len(points), bool)
    value[inside] = mask[row[inside], column[inside]]
    return inside, value


@dataclass(slots=True)
class Outside:
    """Cells that hold something of the object but lie outside of the crop box."""

    cells: np.ndarray  # (nx, ny, nz) bool.
    low: np.ndarray  # (3,), corner of the first cell, in the box's coordinates.
    spacing: float  # Edge of a cell.


@dataclass(slots=True)
class Hull:
    """Where a reconstruction starts."""

    box: Box
    sdf: np.ndarray  # (nx, ny, nz) float32, negative inside, in the box's coordinates, the grid centred on 0.
    spacing: float  # Between grid points, in the same unit.
    outside: Outside | None = None  # Of the object beyond a crop box.


def find_hull(views: list[View], resolution: int, crop: Box | None = None) -> Generator[Progress, Any, Hull]:
    """Find the box of the scene, carve it and return the signed distance to the visual hull.

    Args:
        views: photographs with masks.
        resolution: grid points along the longest side of the box; the carving uses twice as many.
        crop: the box to keep; None finds the box from the masks.

    Raises:
        AdaError: the views do not bound the object, or nothing is left inside.
    """
    bounds = _try_bounds(views) if crop is not None else bounds_of_masks(views)
    # Where the object reaches beyond the photos, what only few of them look at is anyone's guess.
    min_views = 1 if crop is None and bounds is not None and not bounds.cut else (len(views) + 2) // 3
    box = crop
    if box is None and bounds is not None:
        box = yield from _tighten(views, bounds.box, min_views)
    if box is None:
        raise AdaError("The photos do not bound the object. Set a crop box")
    spacing = 2 / (2 * resolution - 1)
    points, shape = grid_points(box.half, spacing)
    occupied = (yield from carve(views, box, points, spacing, min_views)).reshape(shape)
    if not occupied.any():
        raise AdaError("Nothing of the object is inside the box. Move the crop box or check the poses")
    yield Progress(1.0, "Measuring distances")
    sdf = signed_distance(occupied, spacing)
    outside = None
    if bounds is not None and (crop is not None or bounds.cut):
        outside = yield from _find_outside(views, box, bounds.box)
    return Hull(box, sdf, spacing, outside)


def seen_through(camera: Camera, depth: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return which points a camera sees before the surface.

    Args:
        camera: of the depth map.
        depth: (h, w), how far from the camera the surface is along each pixel's ray, in world units.
        points: (n, 3) in the world.

    Returns:
        (n,) bool.
    """
    pixels, along = project(camera, points)
    column, row = np.floor(pixels).astype(np.int64).T
    inside = (along > 0) & (column >= 0) & (row >= 0) & (column < camera.width) & (row < camera.height)
    surface = depth[np.where(inside, row, 0), np.where(inside, column, 0)]
    seen: np.ndarray = inside & (np.linalg.norm(points - camera.center(), axis=1) < surface)
    return seen


def _find_outside(views: list[View], crop: Box, whole: Box) -> Generator[Progress, Any, Outside | None]:
    signs = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    corners = crop.to_local(whole.to_world(signs * whole.half))
    middle, half = (corners.max(0) + corners.min(0)) / 2, np.ptp(corners, axis=0) / 2
    spacing = 2 * float(half.max()) / 95
    points, shape = grid_points(half, spacing)
    points = points + middle.astype(np.float32)
    occupied = yield from carve(views, crop, points, spacing)
    cells = (occupied & (np.abs(points) > crop.half + spacing / 2).any(1)).reshape(shape)
    return Outside(cells, points[0].astype(np.float64) - spacing / 2, spacing) if cells.any() else None


def _try_bounds(views: list[View]) -> Bounds | None:
    try:
        return bounds_of_masks(views)
    except AdaError:  # With a crop box the outside need not be known.
        return None


def _tighten(views: list[View], box: Box, min_views: int) -> Generator[Progress, Any, Box]:
    """Shrink a box to what a coarse carving leaves in it, with a margin of two coarse cells on every side."""
    spacing = 2 / 63
    points, _ = grid_points(box.half, spacing)
    occupied = yield from carve(views, box, points, spacing, min_views)
    if not occupied.any():
        raise AdaError("The masks and the camera poses do not agree: no point is inside all masks. Check the poses")
    low, high = points[occupied].min(0) - 2 * spacing, points[occupied].max(0) + 2 * spacing
    center = box.to_world((low + high).astype(np.float64) / 2)
    return Box(center, (high - low).astype(np.float64) * box.scale, box.rotation)


def signed_distance(occupied: np.ndarray, spacing: float) -> np.ndarray:
    """Return the distance to the border between occupied and free grid points, negative inside, (…) float32."""
    if occupied.all():  # No border inside the grid: the grid's own border.
        return -distance_transform_edt(np.pad(occupied, 1))[1:-1, 1:-1, 1:-1].astype(np.float32) * spacing
    outside, inside = distance_transform_edt(~occupied), distance_transform_edt(occupied)
    distance = np.where(occupied, 0.5 - inside, outside - 0.5) * spacing
    return distance.astype(np.float32)
