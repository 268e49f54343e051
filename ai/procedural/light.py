"""From height to slopes, normals and a lit picture. All wrap around."""

from __future__ import annotations

import numpy as np

from .recipe import Maps

_LIGHT = np.array([-0.42, -0.46, 0.78], np.float32)  # From the top left; x right, y down, z to the viewer.


def slopes(height: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """dh/dx and dh/dy by central differences. Height (n, n) in tile widths, so slopes have no unit."""
    n = height.shape[0] / 2
    dx = (np.roll(height, -1, 1) - np.roll(height, 1, 1)) * n
    dy = (np.roll(height, -1, 0) - np.roll(height, 1, 0)) * n
    return dx, dy


def normals_from_height(height: np.ndarray) -> np.ndarray:
    """Unit normals (n, n, 3), OpenGL tangent space: x right, y *up*, z to the viewer."""
    dx, dy = slopes(height)
    normal = np.stack([-dx, dy, np.ones_like(dx)], -1)
    return (normal / np.linalg.norm(normal, axis=-1, keepdims=True)).astype(np.float32)


def light(m: Maps) -> np.ndarray:
    """The material under one soft lamp from the top left: the picture that the model is trained on, sRGB (n, n, 3)."""
    dx, dy = slopes(m.height)
    length = np.sqrt(1 + dx * dx + dy * dy)
    facing = (-_LIGHT[0] * dx - _LIGHT[1] * dy + _LIGHT[2]) / length
    shade = np.clip(0.25 + 0.75 * facing / _LIGHT[2], 0.25, 1.7)
    half = _LIGHT + np.array([0, 0, 1], np.float32)
    half /= np.linalg.norm(half)
    glint = np.clip((-half[0] * dx - half[1] * dy + half[2]) / length, 0, 1)
    gloss = (1 - m.roughness) ** 2
    picture = m.color * shade[..., None] + (0.9 * gloss * (glint**40 - half[2] ** 40))[..., None].clip(0)
    if m.emission is not None:
        picture = np.maximum(picture, m.emission)
    return np.clip(picture, 0, 1).astype(np.float32)
