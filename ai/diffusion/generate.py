"""The texture job: settings in, seamless pictures out, a report with a preview after every step."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..card.arbiter import Arbiter, arbiter
from ..card.ladder import descend
from ..card.memory import is_out_of_memory
from ..card.planner import SMALL_TILE, TILE, Plan, Rung, explain
from ..errors import AdaError
from ..job import Clock, Job, Progress
from . import warm
from .adapters import adapted, load_controlnets, with_tokens
from .arrange import arrange, default_guidance, few_step_of, native_size, size_notes, wrapped_axes
from .check import check
from .chinese import has_chinese, to_english
from .latents import decode, denoiser, preview, spatial, to_array, to_tensor, vae_factor
from .load import Model, stop_compiling
from .masks import outpainted
from .placement import placed
from .prompts import encode_prompts
from .rolling import rolled
from .seam import seam_rank
from .seamless import Wrap, tiled_denoiser, tiled_vae, wrap_around
from .settings import LoadOptions, Note, TextureSettings
from .stepwise import run_stepwise
from .upscaler import resize, sharpen

PREVIEW_SECONDS = 0.4
TILED = (Rung.TILED, Rung.MODEL_OFFLOAD, Rung.SEQUENTIAL, Rung.SMALL_TILES)
log = logging.getLogger("ada_forge.diffusion")


@dataclass(frozen=True, slots=True)
class Order:
    """What a job makes, whichever way it holds its model."""

    settings: TextureSettings
    english: str
    unknown: tuple[str, ...]
    denoise_tile: int


@dataclass(slots=True)
class Texture:
    """One finished picture."""

    image: np.ndarray  # (height, width, 3) float32, sRGB in [0, 1].
    settings: TextureSettings  # Complete: with this picture's own seed and the guidance that was used.
    english: str  # The prompt as the model read it.
    unknown: tuple[str, ...]  # Chinese characters that were left out.
    seam: tuple[float, float]  # See `seam_rank`.
    notes: tuple[Note, ...] = ()  # What the user should know about it.


def generate(
    settings: TextureSettings,
    model: Model | None = None,
    denoise_tile: int = 0,
    options: LoadOptions | None = None,
    keeper: Arbiter = arbiter,
) -> Job:
    """Make `settings.count` textures.

    The model stays loaded for the next job, in the arbiter's care. Where memory runs out, everything begins anew from
    its seed with a smaller plan.

    Args:
        settings: what to make.
        model: an already loaded model to use as it is; `settings.model`, `settings.device` and `options` are read
            without it.
        denoise_tile: side in latents of the tiles a UNet works in, for pictures larger than it knows; 0 for none.
        options: how to run the model.
        keeper: who holds it.

    Returns:
        A job whose result is a list of `Texture`.

    Raises:
        AdaError: settings that cannot be met, no model, not enough memory.
    """
    check(settings)
    english, unknown = to_english(settings.prompt) if has_chinese(settings.prompt) else (settings.prompt, ())
    if settings.prompt.strip() and not english:
        raise AdaError(
            "None of the words in '{prompt}' is in the dictionary. Write the prompt in English", prompt=settings.prompt
        )
    order = Order(settings, english, unknown, denoise_tile)
    return _with(order, model) if model is not None else _held(order, options, keeper)


def _with(order: Order, model: Model) -> Job:
    """With a model of the caller's."""
    try:
        return (yield from _generate(order, model))
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise AdaError(
            "Not enough memory for {width} x {height} pixels. Choose a smaller size",
            width=order.settings.width,
            height=order.settings.height,
        ) from error


def _held(order: Order, options: LoadOptions | None, keeper: Arbiter) -> Job:
    """With the model that the arbiter holds, on the highest rung of the ladder that memory allows."""
    settings = order.settings
    yield Progress(0.0, "Loading the model")
    holding = warm.take(settings.model, settings.device, options, keeper)
    loaded: Model = yield from warm.fetch(holding, keeper)
    size = outpainted(settings)
    axes = wrapped_axes(loaded, settings)
    guided = (settings.guidance or default_guidance(loaded, few_step_of(loaded, settings))) > 1
    plans, free = warm.plan(holding, loaded, *native_size(loaded, size.width, size.height, axes), guided, keeper)
    yield explain(plans[0], free, holding.on_card)

    def attempt(plan: Plan) -> Job:
        loaded.rung = plan.rung
        if plan.rung is not Rung.RESIDENT:
            keeper.park(holding)
        try:
            with keeper.use(holding, plan.peak if holding.on_card else None) as model:
                model.rung = plan.rung
                return (yield from _generate(order, model))
        finally:
            if plan.rung is not Rung.RESIDENT:
                keeper.park(holding)

    return (yield from descend(plans, attempt, keeper))


def _generate(order: Order, model: Model) -> Job:
    settings = order.settings
    pipeline: Any = model.pipeline
    few_step = few_step_of(model, settings)
    if settings.guidance is None:
        settings = replace(settings, guidance=default_guidance(model, few_step))
    axes = wrapped_axes(model, settings)
    notes = size_notes(model, outpainted(settings), axes)
    if few_step and settings.steps > few_step.most_steps:
        notes += (Note("This model is made for few steps: {steps} are enough", steps=few_step.steps),)
    if getattr(pipeline, "unet", None) is None and not encode_prompts(pipeline, order.english, settings.negative)[1]:
        notes += (Note("This model does not heed weights in the prompt"),)
    textures = []
    before = pipeline.scheduler
    try:
        with _prepared(model, settings, axes, order.denoise_tile) as (controlnets, tokens):
            for index in range(settings.count):
                one = replace(settings, seed=settings.seed + index, count=1)
                prompt = with_tokens(order.english, tokens)
                job = replace(outpainted(one), negative=with_tokens(one.negative, tokens))
                try:
                    image, more = yield from _one(model, job, prompt, controlnets, axes, index, settings.count)
                except Exception as error:
                    if not model.compiled or isinstance(error, AdaError) or is_out_of_memory(error):
                        raise
                    log.warning("compiling failed; goes on without", exc_info=error)
                    stop_compiling(model)
                    notes += (Note("The model could not be compiled and runs as it is"),)
                    image, more = yield from _one(model, job, prompt, controlnets, axes, index, settings.count)
                textures.append(Texture(image, one, order.english, order.unknown, seam_rank(image), notes + more))
    finally:
        pipeline.scheduler = before
    return textures


@contextmanager
def _prepared(
    model: Model, settings: TextureSettings, axes: str, tile: int
) -> Iterator[tuple[list[Any], dict[str, str]]]:
    """The model with everything put on it: adapters first, then what wraps around."""
    pipeline: Any = model.pipeline
    with ExitStack() as stack:
        tokens = stack.enter_context(adapted(pipeline, settings))
        controlnets = load_controlnets(settings.control, pipeline)
        stack.enter_context(placed(model, controlnets))
        net: Any = denoiser(pipeline)
        wrap: Wrap = stack.enter_context(wrap_around([pipeline.vae], axes))
        if settings.tiled_vae or model.rung in TILED:
            side = SMALL_TILE if model.rung is Rung.SMALL_TILES else TILE
            stack.enter_context(tiled_vae(pipeline.vae, wrap, side // vae_factor(pipeline)))
        if getattr(pipeline, "unet", None) is None:
            stack.enter_context(rolled([net, *controlnets], axes))
        else:
            wrap = stack.enter_context(wrap_around([net, *controlnets], axes))
            if tile:
                stack.enter_context(tiled_denoiser(net, wrap, controlnets, tile, tile // 4))
        yield controlnets, tokens


def _one(
    model: Model, settings: TextureSettings, prompt: str, controlnets: list[Any], axes: str, index: int, count: int
) -> Generator[Progress, None, tuple[np.ndarray, tuple[Note, ...]]]:
    """One picture, (height, width, 3) float32; once more in full precision if it came out as no number."""
    own = model.pipeline.scheduler
    image = yield from _attempt(model, settings, prompt, controlnets, axes, index, count)
    if image is not None:
        return image, ()
    model.pipeline.scheduler = own
    if denoiser(model.pipeline).dtype != torch.float32:
        log.warning("numbers that are none in %s; again in float32", denoiser(model.pipeline).dtype)
        yield Progress(index / count, "The picture overflowed in half precision. Starts again in full precision")
        with _full_precision([*model.pipeline.components.values(), *controlnets]):
            image = yield from _attempt(model, settings, prompt, controlnets, axes, index, count)
        if image is not None:
            return image, (Note("Made in full precision, because half precision overflowed"),)
    raise AdaError("The model gives no valid picture with these settings. Choose another model, scheduler or LoRA")


@contextmanager
def _full_precision(parts: list[Any]) -> Iterator[None]:
    modules = [one for one in parts if isinstance(one, nn.Module) and not getattr(one, "is_quantized", False)]
    before = [next(module.parameters()).dtype for module in modules]
    try:
        for module in modules:
            nn.Module.to(module, torch.float32)  # diffusers' own would warn of layers to keep, though there are none.
        yield
    finally:
        for module, dtype in zip(modules, before):
            nn.Module.to(module, dtype)


def _attempt(
    model: Model, settings: TextureSettings, prompt: str, controlnets: list[Any], axes: str, index: int, count: int
) -> Generator[Progress, None, np.ndarray | None]:
    """One picture, or None where the network gave something that is no number."""
    call = arrange(model, settings, prompt, controlnets, axes)
    tall, wide = call.size
    clock, shown, done = Clock(call.total), time.monotonic(), 0
    steps = run_stepwise(call.pipeline, call.edit, **call.arguments)
    with _same_numbers(model.device, settings.seed):
        try:
            while True:
                _, latents = next(steps)
                done += 1
                left = clock.tick(done)
                look = None
                if time.monotonic() - shown > PREVIEW_SECONDS:
                    look = preview(model.pipeline, spatial(model.pipeline, latents, tall, wide)[:1])
                    shown = time.monotonic()
                yield Progress(
                    (index + 0.95 * min(done / call.total, 1)) / count,
                    "Picture {number} of {count}: step {step} of {steps}",
                    {"number": index + 1, "count": count, "step": done, "steps": max(call.total, done)},
                    {"steps/s": clock.rate},
                    None if left is None else left + (count - index - 1) * call.total / max(clock.rate, 1e-9),
                    look,
                )
        except StopIteration as end:
            latents = spatial(model.pipeline, end.value.images, tall, wide)
        finally:
            steps.close()
    if not torch.isfinite(latents).all():
        return None
    image = decode(model.pipeline, latents)
    if not torch.isfinite(image).all():
        return None
    return _finish(model, settings, image.float().clamp(0, 1), axes)


@contextmanager
def _same_numbers(device: torch.device, seed: int) -> Iterator[None]:
    """Within, what a pipeline draws from the global generators, beside its own one, depends on the seed alone."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


@torch.no_grad()
def _finish(model: Model, settings: TextureSettings, image: Tensor, axes: str) -> np.ndarray:
    """Decoded pictures (1, 3, h, w) to the size that was asked for, with what was to stay in its place."""
    if model.upscaler is not None and settings.width * settings.height > image.shape[-1] * image.shape[-2]:
        image = sharpen(model.upscaler, image, axes)
    result = to_array(resize(image, settings.height, settings.width, axes))
    if settings.image is not None and settings.mask is not None:
        size = (settings.height, settings.width, axes)
        kept = to_array(resize(to_tensor(settings.image), *size))
        mask = resize(to_tensor(settings.mask[..., None]), *size)[0, 0].numpy()[..., None]
        result = kept * (1 - mask) + result * mask
    return result
