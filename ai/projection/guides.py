"""What a camera sees of a scene, as the pictures that ControlNets were taught with: depth, normals, edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .raster import draw_faces

LOW, HIGH = 100 / 255, 200 / 255  # Canny's thresholds as everyone who trains ControlNets sets them.


@dataclass(frozen=True, slots=True)
class Sight:
    """Surfaces before a camera. Camera space: x to the right, y up, looking along -z."""

    corners: np.ndarray  # (m, 3, 3) places of the triangles' corners.
    normals: np.ndarray  # (m, 3, 3) unit normals there.
    projection: np.ndarray  # (4, 4) OpenGL's, to [-1, 1].
    near: float  # Distance before which nothing is seen.


def see(sight: Sight, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw what is seen.

    Args:
        sight: see there.
        width: pixels.
        height: likewise.

    Returns:
        Distance along the viewing axis, (height, width), inf where nothing is, and unit normals in camera space,
        (height, width, 3), 0 where nothing is. Row 0 is the upper.
    """
    triangles = _clip(np.concatenate([sight.corners, sight.normals], 2), sight.near)
    depth, normals = np.full(height * width, np.inf), np.zeros((height * width, 3))
    if not len(triangles):
        return depth.reshape(height, width), normals.reshape(height, width, 3)
    places = triangles[..., :3].reshape(-1, 3)
    clip = places @ sight.projection[:, :3].T + sight.projection[:, 3]
    flat = clip[:, :2] / clip[:, 3:]
    screen = np.stack([(flat[:, 0] * 0.5 + 0.5) * width, (0.5 - flat[:, 1] * 0.5) * height], 1)
    far = -places[:, 2]
    has_perspective = abs(sight.projection[3, 2]) > 0.5
    # `draw_faces` interpolates the inverse of a depth; without perspective the depth itself is what is linear.
    order = far if has_perspective else 1 / (1 + far.max() - far)
    owner, _ = draw_faces(screen, order, np.arange(len(places)).reshape(-1, 3), width, height)
    pixel = np.flatnonzero(owner >= 0)
    face = owner[pixel]
    share = _shares(screen.reshape(-1, 3, 2)[face], np.stack([pixel % width, pixel // width], 1) + 0.5)
    if has_perspective:
        share = share / far.reshape(-1, 3)[face]
        share /= share.sum(1, keepdims=True)
    depth[pixel] = (share * far.reshape(-1, 3)[face]).sum(1)
    turned = (share[..., None] * triangles[face][..., 3:]).sum(1)
    normals[pixel] = turned / np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-9)
    return depth.reshape(height, width), normals.reshape(height, width, 3)


def depth_picture(depth: np.ndarray) -> np.ndarray:
    """Distances (h, w), inf for nothing, as MiDaS shows them: 1 / distance, near 1 and far 0; (h, w, 3) float32."""
    seen = np.isfinite(depth)
    picture = np.zeros(depth.shape, np.float32)
    if seen.any():
        closeness = 1 / np.maximum(depth[seen], 1e-9)
        low, high = closeness.min(), closeness.max()
        picture[seen] = (closeness - low) / (high - low) if high - low > 1e-6 * high else 1.0
    return np.repeat(picture[..., None], 3, 2)


def normal_picture(normals: np.ndarray) -> np.ndarray:
    """Normals in camera space (h, w, 3) as ControlNet 1.1 was taught: red left, green up, blue to the viewer.

    What faces nothing is as blue as a wall straight ahead. Source: the ControlNet 1.1 page on normals ("blue is front,
    red is left, green is top").
    """
    nothing = ~normals.any(2, keepdims=True)
    picture = np.where(nothing, [0.0, 0.0, 1.0], normals) * [-0.5, 0.5, 0.5] + 0.5
    return picture.astype(np.float32)


def find_edges(image: np.ndarray, axes: str = "NONE") -> np.ndarray:
    """Canny's edges (1986, doi:10.1109/TPAMI.1986.4767851): thin white lines on black, as OpenCV draws them.

    Args:
        image: (h, w, c) in [0, 1]; of the channels the one that changes most counts at each pixel.
        axes: along which the image continues at its borders: 'BOTH', 'X', 'Y' or 'NONE'.

    Returns:
        (h, w, 3) float32, 0 or 1.
    """
    x, y = _gradients(image, axes)
    strength = np.abs(x) + np.abs(y)
    around = _pad(strength, axes)
    h, w = strength.shape
    # The neighbours along the gradient, by the octant that it points to.
    steep, flat = np.abs(y) > 2.4142 * np.abs(x), np.abs(y) < 0.4142 * np.abs(x)
    same = x * y > 0
    row = np.where(flat, 0, 1)
    column = np.where(steep, 0, np.where(flat | same, 1, -1))
    rows, columns = np.mgrid[1 : h + 1, 1 : w + 1]
    before, after = around[rows - row, columns - column], around[rows + row, columns + column]
    thin = (strength > before) & (strength >= after)
    weak, strong = thin & (strength > LOW), thin & (strength > HIGH)
    while True:  # Weak ones stay where they hang on strong ones.
        reached = _pad(strong, axes)
        grown = np.zeros_like(strong)
        for i in range(3):
            for j in range(3):
                grown |= reached[i : i + h, j : j + w]
        grown &= weak
        if (grown == strong).all():
            return np.repeat(strong[..., None], 3, 2).astype(np.float32)
        strong = grown


def _gradients(image: np.ndarray, axes: str) -> tuple[np.ndarray, np.ndarray]:
    """Sobel's, of the channel that changes most, (h, w) each."""
    p = _pad(image.astype(np.float32), axes)
    x = (p[:-2, 2:] - p[:-2, :-2]) + 2 * (p[1:-1, 2:] - p[1:-1, :-2]) + (p[2:, 2:] - p[2:, :-2])
    y = (p[2:, :-2] - p[:-2, :-2]) + 2 * (p[2:, 1:-1] - p[:-2, 1:-1]) + (p[2:, 2:] - p[:-2, 2:])
    most = (np.abs(x) + np.abs(y)).argmax(2)[..., None]
    return np.take_along_axis(x, most, 2)[..., 0], np.take_along_axis(y, most, 2)[..., 0]


def _pad(values: np.ndarray, axes: str) -> np.ndarray:
    """One more pixel on each side, from the other side along axes that wrap, else the border's own."""
    rest = ((0, 0),) * (values.ndim - 2)
    values = np.pad(values, ((1, 1), (0, 0), *rest), mode="wrap" if axes in ("BOTH", "Y") else "edge")
    return np.pad(values, ((0, 0), (1, 1), *rest), mode="wrap" if axes in ("BOTH", "X") else "edge")


def _shares(corners: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Barycentric coordinates of points (n, 2) in triangles (n, 3, 2); (n, 3)."""
    (ux, uy), (vx, vy) = (corners[:, 1] - corners[:, 0]).T, (corners[:, 2] - corners[:, 0]).T
    x, y = (points - corners[:, 0]).T
    area = ux * vy - uy * vx
    area = np.where(np.abs(area) < 1e-12, 1e-12, area)
    second, third = (x * vy - y * vx) / area, (y * ux - x * uy) / area
    return np.stack([1 - second - third, second, third], 1).clip(0, 1)


def _clip(triangles: np.ndarray, near: float) -> np.ndarray:
    """The parts of triangles (m, 3, c), places first, that lie beyond z = -near."""
    inside = -triangles[..., 2] >= near
    count = inside.sum(1)
    parts = [triangles[count == 3]]
    for lonely, kept in ((1, True), (2, False)):
        chosen = triangles[count == lonely]
        first = (inside[count == lonely] == kept).argmax(1)  # The corner that is alone on its side.
        a, b, c = (chosen[np.arange(len(chosen)), (first + i) % 3] for i in range(3))
        ab, ac = _cut(a, b, near), _cut(a, c, near)
        parts += [np.stack([a, ab, ac], 1)] if kept else [np.stack([ab, b, c], 1), np.stack([ab, c, ac], 1)]
    return np.concatenate(parts)


def _cut(a: np.ndarray, b: np.ndarray, near: float) -> np.ndarray:
    """Where the edges from a to b, (n, c), pass z = -near."""
    share = (-near - a[:, 2]) / (b[:, 2] - a[:, 2])
    return a + (b - a) * share[:, None]
