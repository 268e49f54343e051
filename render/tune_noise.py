"""What pilots tell about noise, bias and time. Pure numpy.

Pictures are (height, width, 3) float arrays of linear light. Errors are squared differences of what is displayed
(sRGB, cut at 0 and 1), meaned over pixels and channels, as in PSNR.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RADIUS = 2  # Of the box, in pixels, over which a pilot's few samples are evened out.
EARLY = 0.5  # Of the samples by theory: whoever looks often finds a lucky moment to stop. Own scenes: 0.45 to 1.1.
BLOCKS = 4  # Along each side of the picture, to see how far its parts agree.


@dataclass(frozen=True, slots=True)
class Gain:
    """How much less work a candidate needs for the same noise, and how sure that is."""

    variance: float  # Of the candidate, over that of the base, at equal samples.
    time: float  # Likewise of the time for a sample.
    error: float  # Standard error of the natural logarithm of `variance`.

    @property
    def speed(self) -> float:
        """Times faster at equal noise."""
        return 1.0 / (self.variance * self.time)

    @property
    def sure_speed(self) -> float:
        """What `speed` is at least, with a probability of about 95 %."""
        return self.speed * math.exp(-1.645 * self.error)


def displayed(linear: np.ndarray) -> np.ndarray:
    """Return sRGB of linear values, cut at 0 and 1 (IEC 61966-2-1)."""
    linear = np.clip(linear.astype(np.float64), 0.0, 1.0)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1.0 / 2.4) - 0.055)


def display_slope(linear: np.ndarray) -> np.ndarray:
    """Derivative of `displayed`; 0 where it is cut above."""
    inside = np.clip(linear.astype(np.float64), 0.0, 1.0)
    rise = np.where(inside <= 0.0031308, 12.92, 1.055 / 2.4 * np.maximum(inside, 0.0031308) ** (1.0 / 2.4 - 1.0))
    return np.where(linear < 1.0, rise, 0.0)


def smooth(picture: np.ndarray, radius: int = RADIUS) -> np.ndarray:
    """Mean over a box of 2 radius + 1 pixels; the border is repeated outwards."""
    width = 2 * radius + 1
    padded = np.pad(picture.astype(np.float64), ((radius, radius), (radius, radius), (0, 0)), mode="edge")
    for axis in (0, 1):
        sums = np.cumsum(padded, axis=axis)
        first = np.take(sums, [width - 1], axis=axis)
        rest = np.take(sums, range(width, sums.shape[axis]), axis=axis)
        rest = rest - np.take(sums, range(sums.shape[axis] - width), axis=axis)
        padded = np.concatenate([first, rest], axis=axis) / width
    return padded


def sample_variance(first: np.ndarray, second: np.ndarray, samples: int) -> np.ndarray:
    """Variance of one sample at each pixel, from two pilots with `samples` samples and different seeds."""
    difference = first.astype(np.float64) - second
    return smooth(difference**2) * (samples / 2.0)


def sample_deviation(first: np.ndarray, second: np.ndarray, samples: int) -> np.ndarray:
    """Typical deviation of one sample: as `sample_variance`, but rare bright specks, which Cycles misses as well when
    it looks whether a pixel is clean, hardly count. The mean absolute difference of two normal variables is
    2 / sqrt(pi) of their deviation.
    """
    difference = np.abs(first.astype(np.float64) - second)
    return smooth(difference) * (math.sqrt(math.pi * samples) / 2.0)


def adaptive_samples(
    deviation: np.ndarray, mean: np.ndarray, threshold: float, cap: int, minimum: int | None = None
) -> np.ndarray:
    """How many samples adaptive sampling is expected to take at each pixel, (height, width).

    Cycles stops where the mean of half of the samples differs from that of all by less than the threshold, summed over
    channels, against the square root of the brightness below 1 and the brightness above. The mean of the absolute of
    a normal variable is sqrt(2 / pi) of its deviation.

    Args:
        deviation: of one sample, (height, width, 3).
        mean: the picture.
        threshold: above 0.
        cap: most samples of a pixel.
        minimum: fewest; None for what Cycles takes by itself.

    Source: Dammertz et al., "A Hierarchical Automatic Stopping Condition for Monte Carlo Global Illumination", 2010.
    """
    least = least_samples(threshold) if minimum is None else minimum
    brightness = smooth(mean).sum(axis=2)
    scale = np.where(brightness < 1.0, np.sqrt(np.maximum(brightness, 0.0)), brightness) + 1e-4
    difference = math.sqrt(2.0 / math.pi) * deviation.sum(axis=2)
    return np.clip(EARLY * (difference / (threshold * scale)) ** 2, min(least, cap), cap)


def least_samples(threshold: float) -> int:
    """Fewest samples of a pixel that Cycles takes by itself: 4 to 64 or so, more for a low threshold."""
    return max(4, math.ceil(16.0 / threshold**0.3))


def noise_error(variance: np.ndarray, mean: np.ndarray, samples: np.ndarray | float) -> float:
    """Squared error that noise leaves in what is displayed, before denoising."""
    counts = np.broadcast_to(samples, variance.shape[:2])[..., None]
    return float(np.mean(display_slope(smooth(mean)) ** 2 * variance / counts))


def bias_error(differences: Sequence[np.ndarray], mean: np.ndarray) -> float:
    """Squared error of what a setting takes away, from its differences in two pilots with different seeds.

    The noise of two independent pilots has no correlation: what their product keeps is the square of the mean.
    """
    level = smooth(mean, 1)
    first, second = (displayed(level + smooth(difference, 1)) - displayed(level) for difference in differences)
    return max(0.0, float(np.mean(first * second)))


def compare(base: Sequence[np.ndarray], other: Sequence[np.ndarray], time: float) -> Gain:
    """Noise of one pair of pilots against that of another with as many samples.

    Args:
        base: two pictures with different seeds.
        other: likewise.
        time: of a sample of `other`, over that of `base`.

    Returns:
        The gain; its error is that of a jackknife over blocks of the picture (Efron, "The Jackknife", 1982, eq. 3.4).
    """
    maps = [(displayed(first) - displayed(second)) ** 2 for first, second in (base, other)]
    sums = np.array([[block.sum() for block in _blocks(squares)] for squares in maps])
    whole = sums.sum(axis=1)
    if whole[0] <= 0.0 or whole[1] <= 0.0:
        return Gain(1.0, time, 0.0)
    left = np.maximum(whole[:, None] - sums, 1e-30)
    logs = np.log(left[1] / left[0])
    count = sums.shape[1]
    error = math.sqrt((count - 1) / count * float(((logs - logs.mean()) ** 2).sum()))
    return Gain(float(whole[1] / whole[0]), time, error)


def first_speed(base: Sequence[np.ndarray], first: np.ndarray, time: float) -> float:
    """Times faster at equal noise, from the first picture of a candidate, of the same seed as the base's first.

    Pictures of different seeds are independent: the squared difference of the candidate's first and the base's second
    has the variance of both, that of the base's two has its own twice.
    """
    own = float(np.mean((displayed(base[0]) - displayed(base[1])) ** 2))
    both = float(np.mean((displayed(first) - displayed(base[1])) ** 2))
    if own <= 0.0:
        return 1.0 / time
    return 1.0 / (max(2.0 * both / own - 1.0, 1e-3) * time)


def _blocks(squares: np.ndarray) -> list[np.ndarray]:
    rows = np.array_split(squares, BLOCKS, axis=0)
    return [block for row in rows for block in np.array_split(row, BLOCKS, axis=1)]
