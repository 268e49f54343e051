"""Larger pictures: our small network first, then a model of the user's paints detail into the result."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from ..card.arbiter import Arbiter, arbiter
from ..errors import AdaError
from ..job import Job, Progress
from . import warm
from .check import LARGEST
from .chinese import to_english
from .generate import Texture, generate
from .latents import denoiser, to_array, to_tensor
from .load import Model
from .seam import seam_rank
from .settings import BUILT_IN, LoadOptions, Note, TextureSettings
from .tiles import tile_steps
from .upscaler import REACH, SCALE, load_upscaler, pad_around, resize

TILE = 192  # Pixels before; with its margin a fraction of a second on a CPU.


def upscale(
    image: np.ndarray,
    factor: float,
    settings: TextureSettings,
    model: Model | None = None,
    options: LoadOptions | None = None,
    keeper: Arbiter = arbiter,
) -> Job:
    """Enlarge a picture; it tiles as it did before.

    The network enlarges by four at a time, then the result is resized. With a prompt and a model that works at full
    size (the built-in one does not), image-to-image in overlapping tiles adds detail, as far as `settings.strength`
    allows; a ControlNet of kind 'TILE' without a picture is shown the enlarged one.

    Args:
        image: (h, w, 3) sRGB in [0, 1].
        factor: above 1, at most 16.
        settings: prompt, model, strength, seamless axes and the like; width, height, image and mask are not read.
        model: an already loaded one.
        options: how to run the model; as of `generate`.
        keeper: likewise.

    Returns:
        A job whose result is a `Texture`.

    Raises:
        AdaError: a factor that is none, or too large a result.
    """
    h, w = image.shape[:2]
    wide, tall = round(w * factor), round(h * factor)
    if not 1 < factor <= 16:
        raise AdaError("The factor must lie above 1 and at most at 16, not {value}", value=factor)
    if max(wide, tall) > LARGEST:
        raise AdaError(
            "Enlarged it would be {width} x {height} pixels; 8192 are the most. Choose a smaller factor",
            width=wide,
            height=tall,
        )
    return _upscale(image, (wide, tall), replace(settings, count=1), model, options, keeper)


def _upscale(
    image: np.ndarray,
    size: tuple[int, int],
    settings: TextureSettings,
    model: Model | None,
    options: LoadOptions | None,
    keeper: Arbiter,
) -> Job:
    wide, tall = size
    fit = settings.model != BUILT_IN if model is None else model.card.upscale == 1
    paints = fit and bool(settings.prompt.strip())
    share = 0.3 if paints else 1.0
    images = to_tensor(image).to(settings.device)
    enlarging = enlarged(images, wide, tall, settings.seamless)
    try:
        while True:
            done = next(enlarging)
            yield Progress(share * done, "Enlarging to {width} x {height} pixels", {"width": wide, "height": tall})
    except StopIteration as end:
        large = to_array(end.value)
    kept = replace(settings, width=wide, height=tall, image=image, mask=None)
    if not paints:
        english = to_english(settings.prompt)[0]
        return Texture(large, kept, english, (), seam_rank(large))
    given = model
    if model is None:
        holding = warm.take(settings.model, settings.device, options, keeper)
        model = yield from warm.fetch(holding, keeper)
    if model.card.upscale > 1:
        note = Note("This model works at a smaller size and adds no detail; only the enlarging network was used")
        return Texture(large, kept, to_english(settings.prompt)[0], (), seam_rank(large), (note,))
    control = tuple(replace(c, image=large) if c.kind == "TILE" and c.image is None else c for c in settings.control)
    painting = replace(kept, image=large, control=control, outpaint=(0, 0, 0, 0))
    net = denoiser(model.pipeline)
    tile = int(getattr(net.config, "sample_size", 64) or 64) if hasattr(net.config, "block_out_channels") else 0
    job = generate(painting, given, max(tile, 8) if tile else 0, options, keeper)
    textures = yield from _shifted(job, share)
    [texture] = textures
    return replace(texture, settings=kept)


def _shifted(job: Job, begun: float) -> Job:
    """The same job, whose progress begins at `begun`."""
    reply = None
    try:
        while True:
            try:
                event = job.send(reply)
            except StopIteration as end:
                return end.value
            if isinstance(event, Progress):
                event = replace(event, fraction=begun + (1 - begun) * event.fraction)
            reply = yield event
    finally:
        job.close()


@torch.no_grad()
def enlarged(images: Tensor, wide: int, tall: int, axes: str = "BOTH") -> Generator[float, None, Tensor]:
    """Enlarge by the network, in tiles, to at least the size, then resize to it.

    Args:
        images: (1, 3, h, w) in [0, 1].
        wide: pixels of the result.
        tall: likewise.
        axes: along which the picture wraps.

    Yields:
        The share that is done.

    Returns:
        (1, 3, tall, wide).
    """
    network = load_upscaler(BUILT_IN / "upscaler.safetensors").to(images.device)
    begun = 0.0
    while images.shape[-1] < wide or images.shape[-2] < tall:
        last = SCALE * images.shape[-1] >= wide and SCALE * images.shape[-2] >= tall
        # What lies beyond the border is part of the tiles: they neither wrap nor see zeros.
        top, left = (min(REACH, side) for side in images.shape[-2:])
        around = pad_around(images, left, top, axes)
        steps = tile_steps(lambda x: network(x).clamp(0, 1), [around], TILE, 4 * REACH, (False, False))
        try:
            while True:
                yield begun + next(steps) * ((1 - begun) if last else 0.1)
        except StopIteration as end:
            images = end.value
        h, w = images.shape[-2:]
        top, left, begun = SCALE * top, SCALE * left, begun + 0.1
        images = images[..., top : h - top, left : w - left]
    return resize(images, tall, wide, axes)
