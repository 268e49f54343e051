"""Pictures beyond their borders: which axes continue on the other side, margins, and changes of size."""

from __future__ import annotations

import numpy as np

from ..diffusion.seam import seam_rank

Wrap = tuple[bool, bool]  # Along x, along y.
SEAM = 0.995  # Rank above which a border is seen.
BESIDE = 4  # Pixels on both sides of a border that its step is compared with.
LINES = 1024  # Of a picture that are looked at for a seam.


def seam_of(picture: np.ndarray) -> tuple[float, float]:
    """The seam score along x and along y of a picture of any size, (h, w) or (h, w, channels); see `seam_rank`."""
    h, w = picture.shape[:2]
    return seam_rank(picture[:: -(-h // LINES)])[0], seam_rank(picture[:, :: -(-w // LINES)])[1]


def wraps(picture: np.ndarray) -> Wrap:
    """Whether a picture continues at its borders, along x and along y.

    It does where the step across the border is neither the largest of the picture (`seam_of`) nor much larger than
    the steps beside it: a wall that is cut off within a brick has larger ones at every joint.
    """
    h, w = picture.shape[:2]
    ranks = seam_of(picture)
    x = ranks[0] <= SEAM and _is_smooth(picture[:: -(-h // LINES)])
    return x, ranks[1] <= SEAM and _is_smooth(picture[:, :: -(-w // LINES)].swapaxes(0, 1))


def _is_smooth(picture: np.ndarray) -> bool:
    near = np.concatenate([picture[:, -BESIDE:], picture[:, :BESIDE]], 1).astype(np.float32)
    steps = np.abs(np.diff(near, axis=1)).mean(tuple(i for i in range(near.ndim) if i != 1))
    across = steps[BESIDE - 1]
    return bool(across <= 2 * np.delete(steps, BESIDE - 1).max() + 1e-6)


def places(start: int, stop: int, size: int, wrap: bool) -> np.ndarray:
    """Where in 0 to size - 1 the places from `start` to `stop` lie: around, or mirrored at the borders."""
    at = np.arange(start, stop)
    if wrap:
        return at % size
    at = at % (2 * size)
    return np.where(at < size, at, 2 * size - 1 - at)


def window(picture: np.ndarray, top: int, left: int, height: int, width: int, wrap: Wrap) -> np.ndarray:
    """A copy of the part of a picture that begins at (top, left), which may reach beyond the borders."""
    rows = places(top, top + height, picture.shape[0], wrap[1])
    columns = places(left, left + width, picture.shape[1], wrap[0])
    return picture[rows[:, None], columns]


def resize(picture: np.ndarray, height: int, width: int, wrap: Wrap) -> np.ndarray:
    """Linear, smoothed where it shrinks. (h, w) or (h, w, channels) to that size, float32."""
    picture = _resize_rows(picture, height, wrap[1])
    return _resize_rows(picture.swapaxes(0, 1), width, wrap[0]).swapaxes(0, 1)


def _resize_rows(picture: np.ndarray, size: int, wrap: bool) -> np.ndarray:
    """A triangle as wide as two pixels of the coarser of both sizes, at every new row."""
    old = picture.shape[0]
    if old == size:
        return picture.astype(np.float32, copy=False)
    ratio = max(old / size, 1.0)
    centre = (np.arange(size) + 0.5) * old / size - 0.5
    first = np.floor(centre - ratio).astype(np.int64) + 1
    taps = int(np.ceil(2 * ratio))
    weights = np.stack([np.maximum(1 - np.abs(first + tap - centre) / ratio, 0) for tap in range(taps)])
    weights = (weights / weights.sum(0)).astype(np.float32)
    out = np.zeros((size, *picture.shape[1:]), np.float32)
    for tap in range(taps):
        at = (
            places(0, old, old, wrap)[(first + tap) % old]
            if wrap
            else places(-old, 2 * old, old, False)[first + tap + old]
        )
        out += picture[at] * weights[tap].reshape(-1, *[1] * (picture.ndim - 1))
    return out


def slopes(height: np.ndarray, wrap: Wrap) -> tuple[np.ndarray, np.ndarray]:
    """dh/dx and dh/dy (down) by central differences, of heights in pixels."""
    return _slope(height, 1, wrap[0]), _slope(height, 0, wrap[1])


def _slope(height: np.ndarray, axis: int, wrap: bool) -> np.ndarray:
    after, before = np.roll(height, -1, axis), np.roll(height, 1, axis)
    if not wrap:
        ends = [slice(None), slice(None)]
        for end, beyond in ((-1, after), (0, before)):
            ends[axis] = slice(-1, None) if end else slice(0, 1)
            beyond[tuple(ends)] = height[tuple(ends)]
    after -= before
    after *= np.float32(0.5)
    return after
