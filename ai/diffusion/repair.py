"""Tiles from pictures that are none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..errors import AdaError
from ..job import Job, Progress
from .check import LARGEST
from .generate import Texture, generate
from .load import Model
from .masks import cross_faded
from .seam import seam_rank
from .settings import LoadOptions, TextureSettings


def make_seamless(
    image: np.ndarray,
    settings: TextureSettings,
    model: Model | None = None,
    options: LoadOptions | None = None,
) -> Job:
    """Make an existing picture tile: its borders are moved to the middle, faded, and that cross is inpainted.

    Only a band along the borders changes. With a strength of 0 the fade alone is made, without any model.

    Args:
        image: (h, w, 3) sRGB in [0, 1].
        settings: prompt, model, strength, axes ('NONE' is read as 'BOTH'); width, height, image and mask are not read.
        model: an already loaded one.
        options: how to run the model; as of `generate`.

    Returns:
        A job whose result is a `Texture`.

    Raises:
        AdaError: the picture is too small or too large.
    """
    h, w = image.shape[:2]
    if min(h, w) < 16 or max(h, w) > LARGEST:
        raise AdaError(
            "The size must lie between 16 and 8192 pixels, not {width} x {height}", width=w, height=h
        )  # fmt: skip
    axes = settings.seamless if settings.seamless in ("X", "Y") else "BOTH"
    return _make_seamless(image, replace(settings, count=1, seamless=axes, outpaint=(0, 0, 0, 0)), model, options)


def _make_seamless(
    image: np.ndarray, settings: TextureSettings, model: Model | None, options: LoadOptions | None
) -> Job:
    yield Progress(0.0, "Fading the borders into each other")
    tile, mask, shift = cross_faded(np.asarray(image, np.float32), settings.seamless)
    kept = replace(settings, image=image, mask=None, width=image.shape[1], height=image.shape[0])
    texture = Texture(tile, kept, "", (), (0.5, 0.5))
    if settings.strength > 0:
        made = yield from generate(replace(kept, image=tile, mask=mask), model, 0, options)
        texture = replace(made[0], settings=kept)
    back = (-shift[0], -shift[1])
    result = np.roll(texture.image, back, (0, 1))
    return replace(texture, image=result, seam=seam_rank(result))
