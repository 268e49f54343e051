"""Triangles to pixels."""

from __future__ import annotations

import numpy as np


def draw_faces(
    screen: np.ndarray, depth: np.ndarray, faces: np.ndarray, width: int, height: int
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Draw triangles into a depth buffer.

    Args:
        screen: (n, 2) positions of the vertices in pixels, the middle of the first pixel at 0.5.
        depth: (n,) along the viewing axis; faces with a vertex at or behind 0 are left out.
        faces: (m, 3).
        width: pixels.
        height: pixels.

    Returns:
        The nearest face of each pixel, -1 for none, (height * width,) int64, and its depth, inf for none.
    """
    corners, inverse = screen[faces], 1 / np.where(depth > 1e-9, depth, 1e-9)[faces]
    first = np.ceil(corners.min(1) - 0.5).astype(np.int64)
    last = np.floor(corners.max(1) - 0.5).astype(np.int64)
    first, last = np.maximum(first, 0), np.minimum(last, [width - 1, height - 1])
    extent = last - first + 1
    good = (depth[faces] > 1e-9).all(1) & (extent > 0).all(1)
    size = np.where(good, extent.max(1), 0)
    nearest = np.zeros(width * height)  # Of 1 / depth.
    owner = np.full(width * height, -1, np.int64)
    border = 0
    while border < size.max(initial=0):
        below, border = border, max(1, border * 2)
        chosen = np.flatnonzero((size > below) & (size <= border))
        for start in range(0, len(chosen), max(1, 1_000_000 // border**2)):
            part = chosen[start : start + max(1, 1_000_000 // border**2)]
            _draw_part(corners[part], inverse[part], part, first[part], last[part], border, width, nearest, owner)
    with np.errstate(divide="ignore"):
        return owner, 1 / nearest


def _draw_part(
    corners: np.ndarray, inverse: np.ndarray, number: np.ndarray, first: np.ndarray, last: np.ndarray, size: int,
    width: int, nearest: np.ndarray, owner: np.ndarray,
) -> None:  # fmt: skip
    offset = np.stack(np.meshgrid(np.arange(size), np.arange(size), indexing="ij"), -1).reshape(-1, 2)
    pixel = first[:, None] + offset  # (m, size^2, 2).
    a, b, c = (corners[:, corner] for corner in range(3))
    (ux, uy), (vx, vy) = (b - a).T, (c - a).T
    area = ux * vy - uy * vx
    safe = np.where(np.abs(area) < 1e-12, 1e-12, area)[:, None]
    x, y = pixel[..., 0] + 0.5 - a[:, :1], pixel[..., 1] + 0.5 - a[:, 1:]
    second = (x * vy[:, None] - y * vx[:, None]) / safe
    third = (y * ux[:, None] - x * uy[:, None]) / safe
    hit = (second >= 0) & (third >= 0) & (second + third <= 1) & (pixel <= last[:, None]).all(-1)
    value = inverse[:, :1] * (1 - second - third) + inverse[:, 1:2] * second + inverse[:, 2:] * third
    place = (pixel[..., 1] * width + pixel[..., 0])[hit]
    value, face = value[hit], np.broadcast_to(number[:, None], hit.shape)[hit]
    np.maximum.at(nearest, place, value)
    won = value == nearest[place]
    owner[place[won]] = face[won]


def overlapping_faces(uv: np.ndarray, size: int) -> np.ndarray:
    """Find faces that share a texel's middle with another face: islands that lie over each other.

    The faces are drawn twice, once with the first and once with the last on top; where the two differ, there are
    several. Faces are shrunk a little, since a texel on the edge between neighbours belongs to both.

    Args:
        uv: (m, 3, 2) in [0, 1].
        size: texels along a side at which to look.

    Returns:
        Numbers of the topmost and the lowest face wherever there are several, rising.
    """
    middle = uv.mean(1, keepdims=True, dtype=np.float64)
    screen = ((middle + (uv - middle) * 0.999) * size).reshape(-1, 2)
    faces = np.arange(len(screen)).reshape(-1, 3)
    depth = 1 + np.repeat(np.arange(len(uv)), 3) / len(uv)
    upper, _ = draw_faces(screen, depth, faces, size, size)
    lower, _ = draw_faces(screen, 3 - depth, faces, size, size)
    several = upper != lower
    return np.unique(np.concatenate([upper[several], lower[several]]))
