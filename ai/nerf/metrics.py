"""How good a picture and a mesh are. Pure numpy and scipy."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Any

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from ..errors import AdaError
from ..job import Progress, run
from ..mesh import Mesh
from ..projection.raster import draw_faces

BUFFER = 128, 1024  # Least and most pixels along a side of the depth buffers of `visible_points`.
EDGE_PIXELS = 4  # Pixels along a middling edge of the mesh in them.
THRESHOLDS = {"f_0_25": 0.0025, "f_0_5": 0.005, "f_1": 0.01}  # Shares of the diagonal.


def psnr_of(error: float) -> float:
    """Return the peak signal to noise ratio in dB of a mean squared error of values in [0, 1]; 100 at most."""
    return -10 * math.log10(max(error, 1e-10))


def compare_meshes(
    mesh: Mesh, reference: Mesh, centers: np.ndarray | None = None, samples: int = 60_000, seed: int = 0
) -> dict[str, float]:
    """Compare the surfaces of two meshes, optionally only what cameras at `centers` see of each.

    Knapitsch et al., "Tanks and Temples", SIGGRAPH 2017 (F-score). Points are drawn evenly by area, because distances
    between vertices change with their density.

    Args:
        mesh: what is judged.
        reference: the truth; its bounding box's diagonal is the unit.
        centers: (c, 3) places of cameras, or None for the whole surfaces.
        samples: points on each surface whose distance is measured, against five times as many.
        seed: of the points.

    Returns:
        `chamfer_percent`: mean of both directions' mean distance; `f_0_25`, `f_0_5`, `f_1`: F-scores at these percents;
        `normal`: mean |cosine| between the normals of matched points, 0 to 1. Percents are of the diagonal.

    Raises:
        AdaError: one of the meshes has no surface, or none that is seen.
    """
    random = np.random.default_rng(seed)
    diagonal = float(np.linalg.norm(np.ptp(reference.vertices, axis=0)))
    clouds = []
    for surface in (mesh, reference):
        if not len(surface.faces):
            raise AdaError("A mesh without faces cannot be compared")
        points, normals = sample_surface(surface, samples * 5, random)
        if centers is not None:
            seen = run(visible_points(surface, points, centers, 2e-3 * diagonal))
            if not seen.any():
                raise AdaError("No camera sees the mesh, so it cannot be compared")
            points, normals = points[seen], normals[seen]
        clouds.append((points, normals))
    (points, normals), (true_points, true_normals) = clouds
    to_true, nearest_true = cKDTree(true_points).query(points[:samples])
    to_mesh, nearest = cKDTree(points).query(true_points[:samples])
    agreement = np.abs((normals[:samples] * true_normals[nearest_true]).sum(1)).mean()
    agreement += np.abs((true_normals[:samples] * normals[nearest]).sum(1)).mean()
    result = {"chamfer_percent": 50 * float(to_true.mean() + to_mesh.mean()) / diagonal}
    for name, threshold in THRESHOLDS.items():
        precision, recall = (to_true < threshold * diagonal).mean(), (to_mesh < threshold * diagonal).mean()
        result[name] = float(2 * precision * recall / max(precision + recall, 1e-9))
    result["normal"] = float(agreement) / 2
    return result


def sample_surface(mesh: Mesh, count: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw points evenly by area, with the normals of their faces: (count, 3) and (count, 3), float64.

    Osada et al., "Shape distributions", 2002, section 4.1.
    """
    a, b, c = (mesh.vertices[mesh.faces[:, corner]].astype(np.float64) for corner in range(3))
    normal = np.cross(b - a, c - a)
    area = np.linalg.norm(normal, axis=1)
    face = random.choice(len(area), count, p=area / area.sum())
    root, other = np.sqrt(random.random(count))[:, None], random.random(count)[:, None]
    points = (1 - root) * a[face] + root * (1 - other) * b[face] + root * other * c[face]
    return points, normal[face] / np.maximum(area[face], 1e-20)[:, None]


def count_parts(mesh: Mesh) -> int:
    """Return the number of connected components."""
    edges = np.concatenate([mesh.faces[:, :2], mesh.faces[:, 1:]])
    count = len(mesh.vertices)
    matrix = coo_matrix((np.ones(len(edges), np.int8), edges.T), shape=(count, count))
    label = connected_components(matrix, directed=False)[1]
    return len(np.unique(label[mesh.faces]))


def is_watertight(mesh: Mesh) -> bool:
    """Whether every edge joins exactly two faces that agree on which side is outside."""
    a, b = mesh.faces[:, [0, 1, 2]].ravel().astype(np.int64), mesh.faces[:, [1, 2, 0]].ravel().astype(np.int64)
    count = len(mesh.vertices)
    forward, backward = np.sort(a * count + b), np.sort(b * count + a)
    return bool(len(forward) and (np.diff(forward) > 0).all() and np.array_equal(forward, backward))


def visible_points(
    mesh: Mesh, points: np.ndarray, centers: np.ndarray, tolerance: float | None = None
) -> Generator[Progress, Any, np.ndarray]:
    """Find the points near a surface that at least one camera sees. A job: one camera between two yields.

    Each camera draws the mesh into a depth buffer that looks at it; a point is hidden where the plane of the face in
    its pixel, and that face at the pixel's middle, are nearer than the point.

    Args:
        mesh: what hides.
        points: (n, 3), on or near the mesh.
        centers: (c, 3), places of the cameras. They look in all directions.
        tolerance: how far behind the mesh a point still counts as seen; None: 0.2 % of the mesh's diagonal.

    Returns:
        (n,) bool.
    """
    vertices = mesh.vertices.astype(np.float64)
    low, high = vertices.min(0), vertices.max(0)
    middle, radius = (low + high) / 2, float(np.linalg.norm(high - low)) / 2
    margin = 2e-3 * 2 * radius if tolerance is None else tolerance
    edges = np.linalg.norm(vertices[mesh.faces[:, 0]] - vertices[mesh.faces[:, 1]], axis=1)
    size = int(np.clip(EDGE_PIXELS * 2 * radius / max(float(np.median(edges)), 1e-12), *BUFFER))
    seen = np.zeros(len(points), bool)
    for number, center in enumerate(centers.astype(np.float64)):
        distance = float(np.linalg.norm(middle - center))
        if distance > 1.1 * radius:
            looks = [(_look_at(middle - center), radius / math.sqrt(distance**2 - radius**2))]
        else:
            looks = [(_look_at(sign * axis), 1.0) for axis in np.eye(3) for sign in (1, -1)]
        for axes, tangent in looks:
            todo = np.flatnonzero(~seen)
            seen[todo[_sees(vertices, mesh.faces, points[todo], center, axes, tangent, size, margin)]] = True
            yield Progress(number / len(centers), "Finding what the cameras see")
    return seen


def _look_at(direction: np.ndarray) -> np.ndarray:
    """Right, up and forward as rows."""
    forward = direction / np.linalg.norm(direction)
    right = np.cross(forward, np.eye(3)[np.argmin(np.abs(forward))])
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(right, forward), forward])


def _sees(
    vertices: np.ndarray, faces: np.ndarray, points: np.ndarray, center: np.ndarray, axes: np.ndarray,
    tangent: float, size: int, margin: float,
) -> np.ndarray:  # fmt: skip
    def project(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        local = (places - center) @ axes.T
        depth = local[:, 2]
        safe = np.where(depth > 1e-9, depth, 1e-9)
        return (local[:, :2] / safe[:, None] / tangent + 1) * (size / 2), depth

    screen, depth = project(vertices)
    owner, nearest = draw_faces(screen, depth, faces, size, size)
    place, far = project(points)
    column, row = np.floor(np.clip(place, -1, size)).astype(np.int64).T
    inside = (far > 0) & (column >= 0) & (row >= 0) & (column < size) & (row < size)
    which = np.flatnonzero(inside)
    pixel = row[which] * size + column[which]
    face = owner[pixel]
    result = np.zeros(len(points), bool)
    result[which[face < 0]] = True
    which, pixel, face = which[face >= 0], pixel[face >= 0], face[face >= 0]
    a, b, c = (vertices[faces[face, corner]] for corner in range(3))
    normal = np.cross(b - a, c - a)
    ray = points[which] - center
    length = np.linalg.norm(ray, axis=1)
    along = (normal * ray).sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = np.where(np.abs(along) > 1e-12, (normal * (a - center)).sum(1) / along, np.inf)
    # The plane may be extended by at most a pixel; where it is steep, the depth at the pixel's middle bounds it.
    result[which] = (crossing * length >= length - margin) | (nearest[pixel] >= far[which] - margin)
    return result
