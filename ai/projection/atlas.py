"""The texels of a mesh with UVs: which face and which place of the surface each shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt

from ..mesh import Mesh
from .raster import draw_faces


@dataclass(slots=True)
class Texels:
    """The texels whose middle a face covers, n of them."""

    size: int  # Texels along a side of the texture.
    index: np.ndarray  # (n,) int64, row * size + column; row 0 is the lowest, as v = 0 is.
    face: np.ndarray  # (n,) int64.
    weights: np.ndarray  # (n, 3) float32, barycentric coordinates in the face; they sum to 1.

    def interpolate(self, values: np.ndarray, faces: np.ndarray, part: slice = slice(None)) -> np.ndarray:
        """Values of vertices (v, c) at the texels of a part: (n, c)."""
        corners = values[faces[self.face[part]]]
        found: np.ndarray = (corners * self.weights[part, :, None]).sum(1)
        return found


def find_texels(uv: np.ndarray, size: int) -> Texels:
    """Find what each texel shows.

    Args:
        uv: (m, 3, 2), of the corners of each face, in [0, 1].
        size: texels along a side.
    """
    screen = uv.reshape(-1, 2).astype(np.float64) * size
    faces = np.arange(len(screen)).reshape(-1, 3)
    owner, _ = draw_faces(screen, np.ones(len(screen)), faces, size, size)
    index = np.flatnonzero(owner >= 0)
    face = owner[index]
    place = np.stack([index % size, index // size], -1) + 0.5
    weights = _barycentric(screen.reshape(-1, 3, 2)[face], place)
    return Texels(size, index, face, weights.astype(np.float32))


def _barycentric(corners: np.ndarray, place: np.ndarray) -> np.ndarray:
    a, b, c = (corners[:, corner] for corner in range(3))
    (ux, uy), (vx, vy), (x, y) = (b - a).T, (c - a).T, (place - a).T
    area = ux * vy - uy * vx
    second, third = (x * vy - y * vx) / area, (y * ux - x * uy) / area
    return np.stack([1 - second - third, second, third], -1)


def fill_margin(image: np.ndarray, known: np.ndarray, margin: int) -> np.ndarray:
    """Repeat the nearest known texel up to `margin` texels away; beyond, the mean colour of all.

    Args:
        image: (size, size, c).
        known: (size, size) bool.
        margin: texels; the image is not changed in place.
    """
    distance, (row, column) = distance_transform_edt(~known, return_indices=True)
    filled = image[row, column]
    if known.any():
        filled[distance > margin] = image[known].mean(0)
    return filled


def suggest_size(mesh: Mesh, uv: np.ndarray, pixels: np.ndarray) -> int:
    """Texels along a side at which the texture holds what the photographs show, and no face has less than four.

    Args:
        mesh: m faces.
        uv: (m, 3, 2).
        pixels: (m,) for each face, the area in pixels it has in its best view; 0 where none saw it.

    Returns:
        A power of two from 256 to 8192.
    """
    (ux, uy), (vx, vy) = (uv[:, 1] - uv[:, 0]).T, (uv[:, 2] - uv[:, 0]).T
    covered = np.abs(ux * vy - uy * vx)[pixels > 0].sum() / 2
    if covered <= 0:
        return 1024
    texels = max(2 * pixels.sum(), 4 * len(uv))  # A photograph's pixels and the texels do not lie on the same grid.
    return int(np.clip(2 ** np.round(np.log2(np.sqrt(texels / covered))), 256, 8192))
