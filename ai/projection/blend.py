"""Several photographs of one place to one colour."""

from __future__ import annotations

import numpy as np

DEVIATION = 0.08  # How far a photograph may lie from the others before it counts half, in sRGB units.
SHARP = 4.0  # Power of the weights in the fine band: nearly the best photograph alone, but without a step at borders.
GAIN_DEVIATION, COLOR_DEVIATION = 0.2, 0.1  # Expected of gains and of colours, both as logarithms.
DARKEST = 0.02  # Values below say nothing of a gain.


def level_gains(colors: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Find factors that make photographs of the same places equally bright, channel by channel.

    The gains minimise the sum over places and pairs of views of w (log c_i + g_i - log c_j - g_j)^2 / s_c^2
    + g^2 / s_g^2, a linear system of the size of the number of views, solved again with pairs that disagree weighed
    down.

    Args:
        colors: (n, v, 3) in [0, 1], of n places in v views.
        weights: (n, v), 0 where a view does not see a place.

    Returns:
        (v, 3) factors; their geometric mean is 1.

    Source: Brown and Lowe, "Automatic panoramic image stitching using invariant features", IJCV 2007, eq. 29, in
        logarithms, which makes it linear for a product.
    """
    count = weights.shape[1]
    gains = np.zeros((count, 3))
    for channel in range(3):
        value = np.log(np.maximum(colors[..., channel], DARKEST))
        weight = np.where(colors[..., channel] > DARKEST, weights > 0, 0).astype(np.float64)
        for _ in range(3):
            level = value + gains[:, channel]
            middle = (weight * level).sum(1) / np.maximum(weight.sum(1), 1e-9)
            trust = weight / (1 + np.square((level - middle[:, None]) / COLOR_DEVIATION))
            total = np.maximum(trust.sum(1), 1e-9)
            # Sum over pairs of t_i t_j (..)^2 / total: the Laplacian of a complete graph at each place.
            pull = np.diag(trust.sum(0)) - (trust / total[:, None]).T @ trust
            aim = -(trust * (value - ((trust * value).sum(1) / total)[:, None])).sum(0)
            share = np.square(COLOR_DEVIATION / GAIN_DEVIATION) * max(1.0, 1e-3 * len(value))
            gains[:, channel] = np.linalg.solve(pull + share * np.eye(count), aim)
            gains[:, channel] -= gains[:, channel].mean()
    return np.exp(gains)


def blend(fine: np.ndarray, coarse: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Blend what several photographs show of each place, in two bands.

    The coarse band is a robust mean of all views, which hides the borders between them; the fine band, what is left of
    each photograph, comes nearly from the best view alone, which keeps it sharp where views do not match to the pixel.
    A view that disagrees with the others (a highlight, something that stood before the surface) counts less in both.

    Args:
        fine: (n, k, 3) colours of the photographs.
        coarse: (n, k, 3) the same, blurred.
        weights: (n, k), at least one positive for each place.

    Returns:
        (n, 3) in [0, 1].

    Source: Burt and Adelson, "A multiresolution spline with application to image mosaics", ACM TOG 1983; with two
        bands for texturing, Baumberg, "Blending images for texturing 3D models", BMVC 2002.
    """
    weights = weights / weights.max(1, keepdims=True)
    trust = weights
    for _ in range(2):
        middle = (trust[..., None] * coarse).sum(1, keepdims=True) / trust.sum(1)[:, None, None]
        off = np.square(coarse - middle).mean(-1)
        trust = weights / (1 + off / DEVIATION**2)
    low = (trust[..., None] * coarse).sum(1) / trust.sum(1)[:, None]
    sharp = np.power(trust / trust.max(1, keepdims=True), SHARP)
    detail = (sharp[..., None] * (fine - coarse)).sum(1) / sharp.sum(1)[:, None]
    return np.clip(low + detail, 0, 1)
