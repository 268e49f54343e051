"""Masks drawn as closed curves, such as Blender's, to alpha."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw

OVER = 4  # Times the photo's size at which outlines are filled, for soft edges.
PIECES = 16  # Straight pieces of a curve between two of its points.


@dataclass(frozen=True, slots=True)
class OutlineLayer:
    """Closed curves of one layer; what lies inside any of them belongs to it."""

    outlines: tuple[np.ndarray, ...]  # (n, 3, 2) each: left handle, point and right handle, in mask space.
    subtracts: bool = False  # Takes away from the layers before.
    inverted: bool = False


def fill_outlines(layers: list[OutlineLayer], width: int, height: int) -> np.ndarray:
    """Fill the curves of layers, from the lowest to the uppermost, (height, width) uint8.

    Mask space is that of Blender: the longer side of the picture runs from 0 to 1, the shorter one lies around 0.5, and
    y points up.
    """
    alpha = Image.new("L", (width, height), 0)
    for layer in layers:
        filled = Image.new("L", (OVER * width, OVER * height), 0)
        for outline in layer.outlines:
            part = Image.new("L", filled.size, 0)
            places = to_pixels(sample_curve(outline), width, height) * OVER
            ImageDraw.Draw(part).polygon([tuple(place) for place in places.tolist()], fill=255)
            filled = ImageChops.lighter(filled, part)
        small = filled.resize((width, height), Image.Resampling.BOX)
        small = ImageChops.invert(small) if layer.inverted else small
        alpha = ImageChops.subtract(alpha, small) if layer.subtracts else ImageChops.lighter(alpha, small)
    return np.asarray(alpha)


def sample_curve(points: np.ndarray) -> np.ndarray:
    """Places along a closed cubic Bezier curve: (n, 3, 2) left handles, points and right handles to (n PIECES, 2)."""
    following = np.roll(points, -1, axis=0)
    a, b, c, d = points[:, 1], points[:, 2], following[:, 0], following[:, 1]
    t = (np.arange(PIECES) / PIECES)[None, :, None]
    places = (
        (1 - t) ** 3 * a[:, None] + 3 * (1 - t) ** 2 * t * b[:, None] + 3 * (1 - t) * t**2 * c[:, None]
        + t**3 * d[:, None]
    )  # fmt: skip
    return places.reshape(-1, 2)


def to_pixels(places: np.ndarray, width: int, height: int) -> np.ndarray:
    """Mask space (n, 2) to pixels (n, 2), y pointing down."""
    longest = max(width, height)
    x = (places[:, 0] - 0.5) * longest + width / 2
    y = height / 2 - (places[:, 1] - 0.5) * longest
    return np.stack([x, y], -1)
