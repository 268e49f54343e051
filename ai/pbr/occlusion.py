"""Ambient occlusion of a height map: how much of the sky each place sees."""

from __future__ import annotations

import numpy as np

from ..job import Job, Progress
from .border import Wrap, resize, window

DIRECTIONS = 8
FINEST = (1, 2, 3)  # Steps in pixels looked along at the finest size; at each coarser one the last two again.
REACH = 1 / 4  # Of the longer side, as far as is looked.


def find_occlusion(height: np.ndarray, wrap: Wrap) -> Job:
    """The share of light from an even sky that reaches each place of a level surface with this relief.

    In each of eight directions the steepest rise to any place within reach is the horizon; a sky that is hidden up to
    the angle a lights a surface that faces it by cos(a)^2 of what it would (the integral of sin times cos). Horizon
    mapping: Max 1988, "Horizon mapping: shadows for bump-mapped surfaces". Far places are looked up in smaller copies.

    Args:
        height: (h, w) in pixels.
        wrap: along which axes it continues at its borders.

    Returns:
        A job whose result is (h, w) float32 in [0, 1], 1 where all of the sky is seen.
    """
    sizes = [height.shape]
    while FINEST[-1] * 2 ** len(sizes) < REACH * max(height.shape) and min(sizes[-1]) > 16:
        sizes.append((sizes[-1][0] // 2, sizes[-1][1] // 2))
    copies = [height]
    for size in sizes[1:]:
        copies.append(resize(copies[-1], size[0], size[1], wrap))
    copies = [_padded(copy, wrap) for copy in copies]
    light = np.zeros(height.shape, np.float32)
    for number in range(DIRECTIONS):
        yield Progress(number / DIRECTIONS, "Ambient occlusion")
        turn = 2 * np.pi * number / DIRECTIONS
        toward = (float(np.sin(turn)), float(np.cos(turn)))
        rise: np.ndarray | None = None
        for level in reversed(range(len(sizes))):
            h, w = sizes[level]
            edge = FINEST[-1]
            here = copies[level][edge : edge + h, edge : edge + w]
            rise = np.zeros((h, w), np.float32) if rise is None else resize(rise, h, w, wrap)
            scale = height.shape[1] / w  # Heights are in pixels of the full size, and so are distances.
            for distance in FINEST if level == 0 else FINEST[1:]:
                down, right = (round(distance * x) for x in toward)
                there = copies[level][edge + down : edge + down + h, edge + right : edge + right + w]
                slope = there - here
                slope *= np.float32(1 / (np.hypot(down, right) * scale))
                np.maximum(rise, slope, out=rise)
        assert rise is not None
        rise *= rise
        rise += 1
        light += 1 / rise
    light /= DIRECTIONS
    return light


def _padded(x: np.ndarray, wrap: Wrap) -> np.ndarray:
    """With `FINEST[-1]` more pixels on every side."""
    more = FINEST[-1]
    return window(x, -more, -more, x.shape[0] + 2 * more, x.shape[1] + 2 * more, wrap)
