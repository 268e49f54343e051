"""From a field on a grid to a triangle mesh in the world."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import numpy as np
from scipy.ndimage import map_coordinates
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from skimage.measure import marching_cubes

from ..errors import AdaError
from ..job import Progress
from ..mesh import Mesh
from .hull import Box

COLOR_CHUNK = 65_536  # Vertices coloured between two yields.

# Points (n, 3) and outward normals (n, 3) in box coordinates to colours (n, 3) in [0, 1].
ColorFinder = Callable[[np.ndarray, np.ndarray], np.ndarray]


def extract_mesh(
    distance: np.ndarray, spacing: float, box: Box, colors: ColorFinder, min_part: float = 0.0, crop: Box | None = None
) -> Generator[Progress, Any, Mesh]:
    """Take the zero level of a field as a closed mesh in world units, coloured and with smooth normals.

    Args:
        distance: (nx, ny, nz) float32 on a grid centred on 0 in the box's coordinates, negative inside.
        spacing: of that grid.
        box: frame of the field; what is outside of it is cut off.
        colors: the field's colours.
        min_part: components under this share of the largest one's area are dropped, as are hollows within.
        crop: another box at which the surface is cut off too.

    Raises:
        AdaError: the field has no surface inside the box.

    Source: Lewiner et al., "Efficient implementation of marching cubes", 2003, as in scikit-image.
    """
    report = Progress(0.0, "Taking the surface")
    closed = close_at_box(distance, spacing, box)
    yield report
    if crop is not None:
        closed = cut_at_crop(closed, spacing, box, crop)
        yield report
    if not (closed < 0).any():
        raise AdaError("Nothing of the surface is inside the box. Move the crop box")
    closed[np.abs(closed) < 1e-5 * spacing] = 1e-5 * spacing  # A corner on the surface would split it.
    places, faces, _, _ = marching_cubes(closed, 0.0)
    yield report
    places, faces = keep_parts(places, faces.astype(np.int32), min_part)
    yield report
    normals = yield from _normals(closed, places)
    points = ((places - (np.array(closed.shape) - 1) / 2) * spacing).astype(np.float32)
    shades = []
    for start in range(0, len(points), COLOR_CHUNK):
        part = slice(start, start + COLOR_CHUNK)
        shades.append(colors(points[part], normals[part]))
        yield report
    world = box.to_world(points.astype(np.float64)).astype(np.float32)
    turned = (normals @ box.rotation.T.astype(np.float32)).astype(np.float32)
    return Mesh(world, faces, turned, np.clip(np.concatenate(shades), 0, 1).astype(np.float32))


def close_at_box(distance: np.ndarray, spacing: float, box: Box) -> np.ndarray:
    """Cut a field off at the sides of its box, and pad it, so that its surface is closed. Adds one layer."""
    closed = np.pad(distance, 1, constant_values=spacing)
    for axis, half in enumerate(box.half):
        count = closed.shape[axis]
        beyond = np.abs((np.arange(count) - (count - 1) / 2) * spacing) - half
        closed = np.maximum(closed, beyond.astype(np.float32).reshape([-1 if a == axis else 1 for a in range(3)]))
    return closed


def cut_at_crop(distance: np.ndarray, spacing: float, box: Box, crop: Box) -> np.ndarray:
    """Cut a field off at the sides of a box that may be turned against the field's own."""
    cut = distance.copy()
    axes = [(np.arange(count) - (count - 1) / 2) * spacing for count in distance.shape]
    for number, x in enumerate(axes[0]):  # A slice at a time bounds the memory.
        places = np.stack(np.meshgrid([x], axes[1], axes[2], indexing="ij"), -1)
        beyond = (np.abs(crop.to_local(box.to_world(places))) - crop.half).max(-1)[0]
        cut[number] = np.maximum(cut[number], beyond * (crop.scale / box.scale))
    return cut


def keep_parts(vertices: np.ndarray, faces: np.ndarray, min_part: float) -> tuple[np.ndarray, np.ndarray]:
    """Keep the components whose area is at least `min_part` of the largest one's; drop walls of hollows within.

    Args:
        vertices: (n, 3).
        faces: (m, 3), counter-clockwise from outside: a hollow is a component with negative volume.
        min_part: in [0, 1].
    """
    count = len(vertices)
    edges = np.concatenate([faces[:, :2], faces[:, 1:]])
    matrix = coo_matrix((np.ones(len(edges), np.int8), edges.T), shape=(count, count))
    parts, label = connected_components(matrix, directed=False)
    of_face = label[faces[:, 0]]
    a, b, c = (vertices[faces[:, corner]].astype(np.float64) for corner in range(3))
    normal = np.cross(b - a, c - a)
    area = np.bincount(of_face, np.linalg.norm(normal, axis=1), minlength=parts)
    volume = np.bincount(of_face, (normal * a).sum(1), minlength=parts)
    good = (volume > 0) & (area >= min_part * area[volume > 0].max(initial=0.0))
    faces = faces[good[of_face]]
    used = np.zeros(count, bool)
    used[faces] = True
    return vertices[used], (np.cumsum(used) - 1).astype(np.int32)[faces]


def _normals(distance: np.ndarray, places: np.ndarray) -> Generator[Progress, Any, np.ndarray]:
    """Central differences of the field, interpolated at places in grid units, (n, 3) to unit (n, 3) float32."""
    gradient = []
    for axis in range(3):
        slope = np.gradient(distance, axis=axis)
        gradient.append(map_coordinates(slope, places.T, order=1, mode="nearest"))
        yield Progress(0.5, "Taking the surface")
    normals = np.stack(gradient, -1)
    return (normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)).astype(np.float32)


def drop_unseen(mesh: Mesh, seen: np.ndarray) -> Mesh:
    """Keep the faces with at least one seen vertex: `seen` is (n,) bool."""
    faces = mesh.faces[seen[mesh.faces].any(1)]
    used = np.zeros(len(mesh.vertices), bool)
    used[faces] = True
    pick = (None if values is None else values[used] for values in (mesh.normals, mesh.colors))
    return Mesh(mesh.vertices[used], (np.cumsum(used) - 1).astype(np.int32)[faces], *pick)
