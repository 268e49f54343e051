"""Pictures that are made anew in part: what stays, what is added around, and the cross where a tile's borders meet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from ..errors import AdaError
from .latents import encode
from .settings import TextureSettings
from .stepwise import Edit

FEATHER = 16  # Pixels of the old picture that the new part fades into.
BAND = 1 / 8  # Half the width of the cross, as a share of the side.


def keep_outside(pipeline: Any, start: Tensor, mask: Tensor, seed: int) -> Edit:
    """An edit that puts the start picture's latents, as noisy as the step, back wherever the mask is 0.

    This is how Blended Latent Diffusion (Avrahami et al. 2023, arXiv:2206.02779) inpaints with a model that was not
    trained for it; it works with any number of latent channels.

    Args:
        pipeline: with its scheduler.
        start: (1, 3, h, w) in [0, 1], at the size that is denoised.
        mask: (1, 1, h, w): above 0 where the picture is made anew.
        seed: of the noise.
    """
    original = encode(pipeline, start)
    noise = torch.randn(original.shape, generator=torch.Generator("cpu").manual_seed(seed)).to(original)
    # A cell that the mask only touches is made anew; pixels are cut out at the end.
    inside = (F.interpolate(mask, original.shape[-2:], mode="area") > 0).to(original)

    def edit(timestep: Tensor, latents: Tensor) -> Tensor:
        scheduler = pipeline.scheduler
        later = scheduler.timesteps[scheduler.timesteps < timestep]
        outside = scheduler.add_noise(original, noise, later[:1]) if len(later) else original
        return outside + (latents - outside) * inside

    return edit


def outpainted(settings: TextureSettings) -> TextureSettings:
    """The same job as an inpainting of a larger picture; without anything to add, the settings themselves.

    The size becomes that of the picture with what is added; what is new begins from noise.

    Raises:
        AdaError: no picture to add to, or less than nothing to add.
    """
    left, right, top, bottom = settings.outpaint
    if not any(settings.outpaint):
        return settings
    if settings.image is None:
        raise AdaError("Outpainting needs an image. Choose the image to extend")
    if min(settings.outpaint) < 0:
        raise AdaError("Outpainting adds pixels: its margins must not be negative")
    margins = ((top, bottom), (left, right))
    h, w = settings.image.shape[:2]
    image = np.pad(settings.image, (*margins, (0, 0)), mode="symmetric")
    old = np.ones((h, w), np.float32)
    for axis, (before, after) in enumerate(margins):
        size = old.shape[axis]
        at = np.arange(size) + 0.5
        fade = min(FEATHER, max(size // 4, 1))
        ramp = np.minimum(at / fade if before else np.ones(size), (size - at) / fade if after else np.ones(size))
        old = old * np.expand_dims(ramp.clip(0, 1), 1 - axis).astype(np.float32)
    mask = 1 - np.pad(old, margins)
    if settings.mask is not None:
        mask = np.maximum(mask, np.pad(settings.mask, margins))
    tall, wide = mask.shape
    return replace(
        settings, image=image, mask=mask, strength=1.0, outpaint=(0, 0, 0, 0), width=wide, height=tall
    )  # fmt: skip


def cross_faded(image: np.ndarray, axes: str) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """A tile from any picture: shifted by half, with the old borders, now in the middle, faded into the picture itself.

    Along each axis in turn, the band around the old border is replaced by what the picture shows at that place before
    the shift, which has no border there.

    Args:
        image: (h, w, 3).
        axes: 'BOTH', 'X' or 'Y'.

    Returns:
        The shifted tile, the mask (h, w) of what was faded, and the shift (rows, columns).
    """
    mask = np.zeros(image.shape[:2], np.float32)
    shift = [0, 0]
    for axis, name in ((1, "X"), (0, "Y")):
        if axes not in ("BOTH", name):
            continue
        size = image.shape[axis]
        shift[axis] = size // 2
        moved = np.roll(image, shift[axis], axis)
        away = np.abs(np.arange(size) + 0.5 - shift[axis]) / max(BAND * size, 1)
        weight = (0.5 + 0.5 * np.cos(np.pi * (2 * away - 1).clip(0, 1))).astype(np.float32) * (away < 1)
        weight = np.expand_dims(weight, 1 - axis)
        image = moved + (image - moved) * weight[..., None]
        mask = np.maximum(np.roll(mask, shift[axis], axis), np.broadcast_to(weight, mask.shape))
    return image, mask, (shift[0], shift[1])
