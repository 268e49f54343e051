"""The texture job: settings in, seamless pictures out, a report with a preview after every step."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from diffusers import AutoencoderTiny, AutoPipelineForImage2Image
from torch import Tensor

from ..errors import AdaError
from ..job import Clock, Job, Progress
from .chinese import has_chinese, to_english
from .load import Model, load_model
from .seam import seam_rank
from .seamless import wrap_around
from .settings import TextureSettings
from .stepwise import Edit, run_stepwise
from .upscaler import resize

PREVIEW_SECONDS = 0.4  # A look at the latents costs as much as a step of a small model.


@dataclass(slots=True)
class Texture:
    """One finished picture."""

    image: np.ndarray  # (height, width, 3) float32, sRGB in [0, 1].
    settings: TextureSettings  # Complete: with this picture's own seed and the guidance that was used.
    english: str  # The prompt as the model read it.
    unknown: tuple[str, ...]  # Chinese characters that were left out.
    seam: tuple[float, float]  # See `seam_rank`.


def generate(settings: TextureSettings, model: Model | None = None) -> Job:
    """Make `settings.count` textures.

    Args:
        settings: what to make.
        model: an already loaded model to use again; `settings.model` and `settings.device` are read without it.

    Returns:
        A job whose result is a list of `Texture`.

    Raises:
        AdaError: settings that cannot be met, no model, not enough memory.
    """
    _check(settings)
    english, unknown = to_english(settings.prompt) if has_chinese(settings.prompt) else (settings.prompt, ())
    if settings.prompt and not english:
        raise AdaError(
            "None of the words in '{prompt}' is in the dictionary. Write the prompt in English", prompt=settings.prompt
        )
    return _generate(settings, model, english, unknown)


def _generate(settings: TextureSettings, model: Model | None, english: str, unknown: tuple[str, ...]) -> Job:
    yield Progress(0.0, "Loading the model")
    model = model or load_model(settings.model, settings.device)
    guidance = model.card.guidance if settings.guidance is None else settings.guidance
    settings = replace(settings, guidance=guidance)
    axes = "BOTH" if model.card.circular else settings.seamless
    pipeline: Any = model.pipeline
    textures = []
    try:
        with wrap_around((pipeline.unet, pipeline.vae), axes), _loras(pipeline, settings.loras):
            for index in range(settings.count):
                one = replace(settings, seed=settings.seed + index, count=1)
                image = yield from _one(model, one, english, index, settings.count)
                textures.append(Texture(image, one, english, unknown, seam_rank(image)))
    except torch.OutOfMemoryError as error:
        raise AdaError(
            "Not enough memory for {width} x {height} pixels. Choose a smaller size",
            width=settings.width,
            height=settings.height,
        ) from error
    return textures


def _check(settings: TextureSettings) -> None:
    if not 1 <= settings.steps <= 1000:
        raise AdaError("Steps must lie between 1 and 1000, not {value}", value=settings.steps)
    if min(settings.width, settings.height) < 16 or max(settings.width, settings.height) > 8192:
        raise AdaError(
            "The size must lie between 16 and 8192 pixels, not {width} x {height}",
            width=settings.width,
            height=settings.height,
        )
    if settings.image is not None and not 0 < settings.strength <= 1:
        raise AdaError("Strength must lie above 0 and at most at 1, not {value}", value=settings.strength)
    if settings.mask is not None and settings.image is None:
        raise AdaError("A mask needs an image. Choose the image that it belongs to")
    if settings.mask is not None and settings.image is not None and settings.mask.shape != settings.image.shape[:2]:
        raise AdaError("The mask and the image differ in size. Make them equal")


def native_size(model: Model, width: int, height: int) -> tuple[int, int]:
    """The size to denoise at, width and height in pixels, before the upscaler and the last resize."""
    card = model.card
    sides = (
        max(
            card.native_size if card.upscale > 1 else card.multiple,
            round(side / card.upscale / card.multiple) * card.multiple,
        )
        for side in (width, height)
    )
    wide, tall = sides
    return wide, tall


def _one(
    model: Model, settings: TextureSettings, english: str, index: int, count: int
) -> Generator[Progress, None, np.ndarray]:
    """One picture, (height, width, 3) float32."""
    pipeline: Any = model.pipeline
    wide, tall = native_size(model, settings.width, settings.height)
    generator = torch.Generator("cpu").manual_seed(settings.seed)
    arguments: dict[str, Any] = {
        "prompt": english,
        "negative_prompt": settings.negative,
        "guidance_scale": settings.guidance,
        "num_inference_steps": settings.steps,
        "generator": generator,
        "output_type": "latent",
    }
    edit: Edit | None = None
    total = settings.steps
    if settings.image is None:
        arguments |= {"width": wide, "height": tall}
    else:
        start = resize(_tensor(settings.image).to(model.device, pipeline.vae.dtype), tall, wide)
        strength = max(settings.strength, 1 / settings.steps)
        total = min(int(settings.steps * strength), settings.steps)
        arguments |= {"image": start, "strength": strength}
        if settings.mask is not None:
            edit = _keep_outside(pipeline, start, settings.mask, settings.seed)
        pipeline = AutoPipelineForImage2Image.from_pipe(pipeline)
        pipeline.set_progress_bar_config(disable=True)
    clock, shown = Clock(total), 0.0
    steps = run_stepwise(pipeline, edit, **arguments)
    done = 0
    try:
        while True:
            _, latents = next(steps)
            done += 1
            left = clock.tick(done)
            preview = None
            if isinstance(pipeline.vae, AutoencoderTiny) and time.monotonic() - shown > PREVIEW_SECONDS:
                preview, shown = _decode(pipeline, latents)[0], time.monotonic()
            yield Progress(
                (index + 0.95 * done / max(total, done)) / count,
                "Picture {number} of {count}: step {step} of {steps}",
                {"number": index + 1, "count": count, "step": done, "steps": total},
                {"steps/s": clock.rate},
                None if left is None else left * (1 + (count - index - 1) * total / max(total - done, 1)),
                preview,
            )
    except StopIteration as end:
        latents = end.value.images
    finally:
        steps.close()
    return _finish(model, settings, latents)


def _finish(model: Model, settings: TextureSettings, latents: Tensor) -> np.ndarray:
    with torch.no_grad():
        image = _tensor(_decode(model.pipeline, latents)[0]).to(model.device)
        if model.upscaler is not None and settings.width * settings.height > image.shape[-1] * image.shape[-2]:
            image = model.upscaler(image)
        result = _array(resize(image, settings.height, settings.width))
        if settings.image is not None and settings.mask is not None:
            kept = _array(resize(_tensor(settings.image), settings.height, settings.width))
            mask = resize(_tensor(settings.mask[..., None]), settings.height, settings.width)[0, 0].numpy()[..., None]
            result = kept + (result - kept) * mask
    return result


def _decode(pipeline: Any, latents: Tensor) -> np.ndarray:
    """Latents to pictures (n, h, w, 3) float32 in [0, 1]."""
    config = pipeline.vae.config
    with torch.no_grad():
        latents = latents / config.scaling_factor + (getattr(config, "shift_factor", None) or 0)
        images = pipeline.vae.decode(latents.to(pipeline.vae.dtype), return_dict=False)[0]
    return (images.float() / 2 + 0.5).clamp(0, 1).permute(0, 2, 3, 1).cpu().numpy()


def _encode(pipeline: Any, images: Tensor) -> Tensor:
    """Pictures (n, 3, h, w) in [0, 1] to latents."""
    config = pipeline.vae.config
    with torch.no_grad():
        encoded = pipeline.vae.encode(images * 2 - 1)
    latents = encoded.latents if hasattr(encoded, "latents") else encoded.latent_dist.mode()
    return (latents - (getattr(config, "shift_factor", None) or 0)) * config.scaling_factor


def _keep_outside(pipeline: Any, start: Tensor, mask: np.ndarray, seed: int) -> Edit:
    """An edit that puts the start picture's latents, as noisy as the step, back wherever the mask is 0.

    This is how Blended Latent Diffusion (Avrahami et al. 2023, arXiv:2206.02779) inpaints with a model that was not
    trained for it; it works with any number of latent channels.
    """
    original = _encode(pipeline, start)
    noise = torch.randn(original.shape, generator=torch.Generator("cpu").manual_seed(seed)).to(original)
    inside = F.interpolate(
        torch.from_numpy(np.ascontiguousarray(mask, np.float32))[None, None], original.shape[-2:], mode="area"
    )
    inside = (inside > 0).to(original)  # A cell that the mask only touches is made anew; pixels are cut out at the end.

    def edit(timestep: Tensor, latents: Tensor) -> Tensor:
        scheduler = pipeline.scheduler
        later = scheduler.timesteps[scheduler.timesteps < timestep]
        outside = scheduler.add_noise(original, noise, later[:1]) if len(later) else original
        return outside + (latents - outside) * inside

    return edit


@contextmanager
def _loras(pipeline: Any, loras: tuple[tuple[Any, float], ...]) -> Iterator[None]:
    try:
        for number, (path, _) in enumerate(loras):
            try:
                pipeline.load_lora_weights(
                    str(path.parent), weight_name=path.name, adapter_name=f"lora{number}", local_files_only=True
                )
            except (OSError, ValueError, RuntimeError, KeyError) as error:
                raise AdaError("The LoRA '{name}' does not fit this model", name=path.name) from error
        if loras:
            pipeline.set_adapters([f"lora{i}" for i in range(len(loras))], [weight for _, weight in loras])
        yield
    finally:
        if loras:
            pipeline.unload_lora_weights()


def _tensor(image: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(image, np.float32)).permute(2, 0, 1)[None]


def _array(images: Tensor) -> np.ndarray:
    return images[0].clamp(0, 1).permute(1, 2, 0).cpu().numpy()
