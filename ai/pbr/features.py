"""What the estimator looks at: brightness and colour around each place, at five widths.

Arrays are (channels, h, w) float32 that wrap around; sides are multiples of `CELL`.
"""

from __future__ import annotations

import numpy as np

LEVELS = 5
CELL = 1 << LEVELS
BY_LEVEL = 7
POINTWISE = 5
MOOD = 15  # Numbers for the picture as a whole.
COUNT = LEVELS * BY_LEVEL + POINTWISE + MOOD
REACH = 128  # Pixels around one that decide its features: two steps of 3 pixels and one of halving at each level.


def features(picture: np.ndarray, mood: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The features of every pixel.

    At each width: slopes of brightness along x and y, how brightness and two differences of colours stand out of
    their surroundings, the strength of the former, and how steep the colours are, by which paint differs from shade.

    Args:
        picture: (h, w, 3) sRGB in [0, 1].
        mood: what an earlier call returned for a whole that this picture is a part of.

    Returns:
        Features (h w, COUNT), and the mood (MOOD,).
    """
    h, w = picture.shape[:2]
    red, green, blue = np.moveaxis(picture.astype(np.float32), -1, 0)
    light = np.log2(0.2126 * red + 0.7152 * green + 0.0722 * blue + np.float32(0.05))
    first, second = red - green, (red + green) / 2 - blue
    image = np.stack([light, first, second])
    vivid = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    out = np.empty((COUNT, h, w), np.float32)
    for place, value in enumerate((light, vivid, first, second)):
        out[place - MOOD - POINTWISE] = value
    whole: list[float] = [float(light.mean())]
    for level in range(LEVELS):
        soft = smooth(image)
        dx, dy = soft_slopes(soft)
        coarser = half(soft)
        band = soft - double(coarser)
        strength = smooth(smooth(np.abs(band[:1])))
        steep = (np.abs(dx[1:]) + np.abs(dy[1:])).sum(0, keepdims=True)
        found = np.concatenate([dx[:1], dy[:1], band, strength, steep])
        if mood is None:
            whole += _statistics(dx[0], dy[0], band[0], level)
        for _ in range(level):
            found = double(found)
        out[level * BY_LEVEL : (level + 1) * BY_LEVEL] = found
        image = coarser
    broad = image[:1]
    for _ in range(LEVELS):
        broad = double(broad)
    out[-MOOD - 1] = broad[0]
    mood = np.array(whole, np.float32) if mood is None else mood
    out[-MOOD:] = mood[:, None, None]
    return out.reshape(COUNT, -1).T, mood


def _statistics(dx: np.ndarray, dy: np.ndarray, band: np.ndarray, level: int) -> list[float]:
    """Contrast; at the three finest levels also the lean of the slopes, which tells where the light comes from."""
    found = [float(np.log2(band.std() + 1e-3))]
    if level < 3:
        vx, vy = float((dx * dx).mean()) + 1e-6, float((dy * dy).mean()) + 1e-6
        found += [float((dx**3).mean()) / vx**1.5, float((dy**3).mean()) / vy**1.5, float(np.log2(vx / vy))]
    return [float(np.clip(x, -8, 8)) for x in found]


def smooth(x: np.ndarray) -> np.ndarray:
    """Weighted means of 3 x 3 pixels."""
    for axis in (1, 2):
        x = (np.roll(x, 1, axis) + np.roll(x, -1, axis)) * np.float32(0.25) + x * np.float32(0.5)
    return x


def soft_slopes(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Central differences along x and y."""
    return tuple((np.roll(x, -1, axis) - np.roll(x, 1, axis)) * np.float32(0.5) for axis in (2, 1))  # type: ignore[return-value]


def half(x: np.ndarray) -> np.ndarray:
    """Means of 2 x 2 pixels."""
    rows = x[:, ::2] + x[:, 1::2]
    return (rows[:, :, ::2] + rows[:, :, 1::2]) * np.float32(0.25)


def double(x: np.ndarray) -> np.ndarray:
    """Linear enlargement, so that `half` gives about the same again."""
    for axis in (1, 2):
        before, after = np.roll(x, 1, axis), np.roll(x, -1, axis)
        x = np.stack([x * 0.75 + before * 0.25, x * 0.75 + after * 0.25], axis + 1).reshape(
            *x.shape[:axis], 2 * x.shape[axis], *x.shape[axis + 1 :]
        )
    return x
