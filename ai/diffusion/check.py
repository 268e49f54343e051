"""Settings that no model can meet, each refused by one sentence before anything is loaded."""

from __future__ import annotations

import math

import numpy as np

from ..errors import AdaError
from .masks import outpainted
from .seamless import AXES
from .settings import TextureSettings

SMALLEST, LARGEST = 16, 8192  # Pixels.
LARGEST_SEED = 2**63 - 1


def check(settings: TextureSettings) -> None:
    """Refuse settings that no model can meet.

    Raises:
        AdaError: see there.
    """
    for image in (settings.image, settings.ip_image, *(one.image for one in settings.control)):
        if image is not None and (image.ndim != 3 or image.shape[2] != 3 or not np.isfinite(image).all()):
            raise AdaError("An image holds values that are no numbers, or not three channels. Choose another one")
    left, right, top, bottom = settings.outpaint
    if settings.image is not None and any(settings.outpaint):  # Before anything so large is made.
        _check_size(settings.image.shape[1] + left + right, settings.image.shape[0] + top + bottom)
    settings = outpainted(settings)
    _check_size(settings.width, settings.height)
    if not 1 <= settings.steps <= 1000:
        raise AdaError("Steps must lie between 1 and 1000, not {value}", value=settings.steps)
    if settings.image is not None and not 0 < settings.strength <= 1:
        raise AdaError("Strength must lie above 0 and at most at 1, not {value}", value=settings.strength)
    if settings.mask is not None and settings.image is None:
        raise AdaError("A mask needs an image. Choose the image that it belongs to")
    if settings.mask is not None and settings.image is not None and settings.mask.shape != settings.image.shape[:2]:
        raise AdaError("The mask and the image differ in size. Make them equal")
    if not 0 <= settings.variation <= 1:
        raise AdaError("The variation must lie between 0 and 1, not {value}", value=settings.variation)
    if settings.seamless not in AXES:
        raise AdaError("Seamless must be one of {names}, not '{value}'", names=", ".join(AXES), value=settings.seamless)
    if settings.count < 1:
        raise AdaError("Count must be at least 1, not {value}", value=settings.count)
    for seed in (settings.seed, settings.variation_seed):
        if not 0 <= seed <= LARGEST_SEED:
            raise AdaError("A seed must lie between 0 and 9223372036854775807, not {value}", value=seed)
    if settings.guidance is not None and not 0 <= settings.guidance <= 100:
        raise AdaError("Guidance must lie between 0 and 100, not {value}", value=settings.guidance)
    weights = [weight for _, weight in settings.loras] + [one.weight for one in settings.control] + [settings.ip_weight]
    if not all(map(math.isfinite, weights)):
        raise AdaError("A weight is no number. Enter all weights anew")


def _check_size(width: int, height: int) -> None:
    if min(width, height) < SMALLEST or max(width, height) > LARGEST:
        raise AdaError(
            "The size must lie between 16 and 8192 pixels, not {width} x {height}", width=width, height=height
        )
