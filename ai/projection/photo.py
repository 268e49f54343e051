"""What one photograph shows of a mesh: where it sees the surface, how well, and in which colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates

from ..mesh import Mesh
from ..nerf.cameras import Camera, project
from ..nerf.dataset import View
from .raster import draw_faces

STEEPEST = 0.17  # Cosine between the ray and the normal below which a photograph says nothing: 80 degrees.
SAFE_PIXELS = 3.0  # From a border of the object or an edge that hides something; nearer, the weight falls.
BLUR = 4.0  # Standard deviation in pixels of what counts as the coarse half of a photograph.
JUMP = 0.02  # Change of depth between neighbouring pixels, as a share of the depth, that is an edge.


@dataclass(slots=True)
class Photo:
    """A view prepared for sampling."""

    camera: Camera
    color: np.ndarray  # (h, w, 3) float32, sRGB, straight.
    coarse: np.ndarray  # (h, w, 3) float32, the same blurred inside the object.
    depth: np.ndarray  # (h, w) float32, of the mesh along the viewing axis; inf beside it.
    safety: np.ndarray  # (h, w) float32 in [0, 1]: 0 beside the object and at its borders.
    slack: float  # How far behind the drawn depth a point still counts as seen, in scene units.


def prepare_photo(view: View, mesh: Mesh, slack: float) -> Photo:
    """Draw the mesh as the view sees it and find where its pixels can be trusted.

    Args:
        view: the photograph.
        mesh: in the same world.
        slack: see `Photo`.
    """
    camera = view.camera
    screen, depth = project(camera, mesh.vertices.astype(np.float64))
    _, nearest = draw_faces(screen, depth, mesh.faces, camera.width, camera.height)
    buffer = nearest.reshape(camera.height, camera.width)
    alpha = view.rgba[..., 3].astype(np.float32) / 255
    color = view.rgba[..., :3].astype(np.float32) / 255
    border = (alpha < 0.95) | ~np.isfinite(buffer) | _edges(buffer)
    safety = np.clip((distance_transform_edt(~border) - 0.5) / SAFE_PIXELS, 0, 1)
    inside = (alpha >= 0.95).astype(np.float32)
    weight = gaussian_filter(inside, BLUR)
    coarse = gaussian_filter(color * inside[..., None], (BLUR, BLUR, 0)) / np.maximum(weight, 1e-6)[..., None]
    return Photo(
        camera, color, coarse.astype(np.float32), buffer.astype(np.float32), safety.astype(np.float32), slack
    )  # fmt: skip


def _edges(depth: np.ndarray) -> np.ndarray:
    """Pixels beside a jump of depth: behind it something is hidden, and a pixel there may show either."""
    finite = np.where(np.isfinite(depth), depth, 1e9)
    edge = np.zeros(depth.shape, bool)
    for axis in (0, 1):
        step = np.abs(np.diff(finite, axis=axis)) > JUMP * np.minimum(
            np.take(finite, range(1, finite.shape[axis]), axis), np.take(finite, range(finite.shape[axis] - 1), axis)
        )
        pad = [(0, 0), (0, 0)]
        pad[axis] = (0, 1)
        edge |= np.pad(step, pad)
        pad[axis] = (1, 0)
        edge |= np.pad(step, pad)
    return edge


def view_quality(photo: Photo, points: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Judge how well a photograph shows points of the surface.

    The weight is the pixels that a unit of area gets, f^2 cos / z^2, times cos once more, since a steep view bends
    what it shows, and the safety of the pixel.

    Args:
        photo: the view.
        points: (n, 3) in the world.
        normals: (n, 3), unit length, outward.

    Returns:
        Weights (n,), 0 where the point is not seen; pixels for a unit of area (n,); positions in the image (n, 2).
    """
    camera = photo.camera
    ray = camera.center() - points
    length = np.linalg.norm(ray, axis=1)
    cosine = (ray * normals).sum(1) / np.maximum(length, 1e-12)
    place, depth = project(camera, points)
    seen = (cosine > STEEPEST) & (depth > 1e-9) & (place >= 0).all(1) & (place < [camera.width, camera.height]).all(1)
    weight, density = np.zeros(len(points), np.float32), np.zeros(len(points), np.float32)
    which = np.flatnonzero(seen)
    column, row = np.floor(place[which]).astype(np.int64).T
    pixel = depth[which] / min(camera.fx, camera.fy)
    steep = np.sqrt(np.maximum(1 / np.square(cosine[which]) - 1, 0))  # Tangent: how depth changes across a pixel.
    hidden = depth[which] > photo.depth[row, column] + photo.slack + pixel * (0.5 + steep)
    which, row, column = which[~hidden], row[~hidden], column[~hidden]
    density[which] = camera.fx * camera.fy * cosine[which] / np.square(depth[which])
    weight[which] = density[which] * cosine[which] * photo.safety[row, column]
    return weight, density, place


def sample(image: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Read an image (h, w, c) between its pixels at positions (n, 2), the first pixel's middle at 0.5: (n, c)."""
    at = np.stack([place[:, 1] - 0.5, place[:, 0] - 0.5])
    return np.stack([map_coordinates(image[..., c], at, order=1, mode="nearest") for c in range(image.shape[-1])], -1)
