"""Colour names, their sRGB anchors, and the nearest name of a colour."""

from __future__ import annotations

import numpy as np

PALETTE: dict[str, tuple[tuple[int, int, int], ...]] = {  # sRGB, 0 to 255.
    "red": ((178, 34, 30), (202, 42, 36), (152, 28, 30)),
    "orange": ((226, 122, 32), (236, 142, 52)),
    "yellow": ((230, 198, 54), (242, 214, 82)),
    "green": ((54, 140, 54), (72, 158, 62), (46, 120, 60)),
    "blue": ((38, 78, 172), (52, 98, 198), (32, 62, 142)),
    "cyan": ((62, 180, 192), (92, 198, 206)),
    "purple": ((112, 52, 152), (132, 68, 172)),
    "pink": ((228, 132, 166), (238, 152, 182)),
    "brown": ((112, 72, 42), (130, 86, 52), (94, 60, 36)),
    "beige": ((208, 188, 152), (220, 202, 168)),
    "white": ((236, 236, 232), (244, 242, 238)),
    "gray": ((128, 128, 128), (146, 146, 148), (110, 112, 114)),
    "black": ((34, 34, 36), (26, 26, 28), (46, 46, 48)),
}
COLORS = tuple(PALETTE)

_XYZ = np.array([[0.4124, 0.2126, 0.0193], [0.3576, 0.7152, 0.1192], [0.1805, 0.0722, 0.9505]], np.float32)
_WHITE = np.array([0.9505, 1.0, 1.089], np.float32)


def linear_from_srgb(color: np.ndarray) -> np.ndarray:
    """Undo the sRGB transfer curve (IEC 61966-2-1). Values in [0, 1]."""
    return np.where(color <= 0.04045, color / 12.92, ((np.maximum(color, 0) + 0.055) / 1.055) ** 2.4)


def srgb_from_linear(color: np.ndarray) -> np.ndarray:
    """Apply the sRGB transfer curve (IEC 61966-2-1). Values in [0, 1]."""
    return np.where(color <= 0.0031308, color * 12.92, 1.055 * np.maximum(color, 1e-8) ** (1 / 2.4) - 0.055)


def lab_from_srgb(color: np.ndarray) -> np.ndarray:
    """CIE 1976 L*a*b* (D65) of sRGB colours in [0, 1], shape (..., 3)."""
    xyz = linear_from_srgb(np.clip(color, 0, 1)) @ _XYZ / _WHITE
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    lightness = 116 * f[..., 1] - 16
    return np.stack([lightness, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def draw_color(rng: np.random.Generator, name: str) -> np.ndarray:
    """A random shade of a named colour, sRGB float32 (3,)."""
    anchors = PALETTE[name]
    shade = np.array(anchors[rng.integers(len(anchors))], np.float32) * rng.uniform(0.93, 1.07) + rng.normal(0, 4, 3)
    return (np.clip(shade, 8, 250) / 255).astype(np.float32)


def name_color(color: np.ndarray) -> str:
    """The palette name nearest in L*a*b* to one sRGB colour (3,)."""
    centres = np.array([np.mean(PALETTE[name], 0) for name in COLORS], np.float32) / 255
    distance = np.linalg.norm(lab_from_srgb(centres) - lab_from_srgb(np.asarray(color, np.float32)), axis=1)
    return COLORS[int(distance.argmin())]


def dominant_color(image: np.ndarray) -> str:
    """The palette name nearest to an image's median colour. Image (h, w, 3) sRGB in [0, 1]."""
    return name_color(np.median(image.reshape(-1, 3), 0))
