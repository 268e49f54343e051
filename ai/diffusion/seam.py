"""How seamless a tile is, as a number."""

from __future__ import annotations

import numpy as np


def seam_rank(image: np.ndarray) -> tuple[float, float]:
    """Where the step across the border stands among the steps inside, along x and along y.

    For each axis the mean absolute difference of every two neighbouring columns (rows) is taken; the rank is the
    share of the inner ones that are smaller than the one from the last to the first, ties counting half. A tile
    without a seam has any rank, on average 0.5; a visible seam has 1.

    Args:
        image: (h, w, 3) or (h, w), at least 3 pixels each way.

    Returns:
        Ranks in [0, 1].
    """
    ranks = []
    for axis in (1, 0):
        steps = np.abs(
            np.diff(image.astype(np.float64), axis=axis, append=np.take(image, [0], axis).astype(np.float64))
        )
        profile = steps.mean(tuple(i for i in range(image.ndim) if i != axis))
        inner, wrap = profile[:-1], profile[-1]
        ranks.append(float(((inner < wrap) + 0.5 * (inner == wrap)).mean()))
    return ranks[0], ranks[1]
