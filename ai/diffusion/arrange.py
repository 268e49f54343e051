"""From settings to a call of diffusers: which pipeline, with which arguments."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

import torch
from diffusers import AutoPipelineForImage2Image, AutoPipelineForInpainting, AutoPipelineForText2Image
from torch import Tensor

from ..errors import AdaError
from .few_step import StepDefaults, few_step_defaults, few_step_method
from .latents import denoiser, exact_multiple, to_tensor, varied_noise, vary_added_noise
from .load import Model
from .masks import keep_outside
from .prompts import encode_prompts
from .schedulers import make_scheduler, own_kind
from .settings import Note, TextureSettings
from .stepwise import Edit
from .upscaler import resize


@dataclass(slots=True)
class Call:
    """One run of a pipeline."""

    pipeline: Any
    arguments: dict[str, Any]
    edit: Edit | None
    total: int  # Steps.
    size: tuple[int, int]  # Height and width in pixels that are denoised.


def few_step_of(model: Model, settings: TextureSettings) -> StepDefaults | None:
    """What a LoRA or the model that is distilled wants; None where none is."""
    named = [(few_step_method(path.stem), path.stem) for path, weight in settings.loras if weight]
    named += [(model.few_step, model.folder.stem)]
    named += [(method, "") for method in own_kind(model.pipeline.scheduler)]
    return next((few_step_defaults(method, name) for method, name in named if method), None)


def wrapped_axes(model: Model, settings: TextureSettings) -> str:
    """Along which axes the picture wraps: a model that was trained on tiles knows nothing else."""
    return "BOTH" if model.card.circular else settings.seamless


def default_guidance(model: Model, few_step: StepDefaults | None) -> float:
    """Classifier-free guidance where the user gives none."""
    if few_step and getattr(denoiser(model.pipeline).config, "time_cond_proj_dim", None) is None:
        return few_step.guidance
    if getattr(model.pipeline, "unet", None) is None:
        return 3.5 if "Flux" in type(model.pipeline).__name__ else 4.5
    return model.card.guidance


def native_size(model: Model, width: int, height: int, axes: str = "BOTH") -> tuple[int, int]:
    """The size to denoise at, width and height in pixels, before the upscaler and the last resize.

    Along axes that wrap, a multiple of what the network halves the picture by, where tiling is exact.
    """
    card = model.card
    exact = exact_multiple(model.pipeline)
    sides = []
    for axis, side in (("X", width), ("Y", height)):
        unit = max(card.multiple, exact) if axes in ("BOTH", axis) else card.multiple
        if denoiser(model.pipeline) is not getattr(model.pipeline, "unet", None):
            unit = max(card.multiple, exact)  # Transformers take whole patches only.
        least = card.native_size if card.upscale > 1 else unit
        sides.append(max(least, round(side / card.upscale / unit) * unit))
    return sides[0], sides[1]


def size_notes(model: Model, settings: TextureSettings, axes: str) -> tuple[Note, ...]:
    """What the user should know about the size that was really made."""
    wide, tall = native_size(model, settings.width, settings.height, axes)
    up = model.card.upscale
    if (wide * up, tall * up) == (settings.width, settings.height):
        return ()
    return (
        Note(
            "Made at {wide} x {tall} pixels, a size at which this model tiles exactly, and resized",
            wide=wide * up,
            tall=tall * up,
        ),
    )


def arrange(model: Model, settings: TextureSettings, prompt: str, controlnets: list[Any], axes: str) -> Call:
    """Choose the pipeline and its arguments for one picture.

    The pipeline gets a fresh scheduler; whoever calls this puts the old one back.

    Args:
        model: with its own pipeline.
        settings: of one picture, guidance filled in.
        prompt: in English, with its weights.
        controlnets: loaded, in the order of `settings.control`.
        axes: along which the picture wraps.

    Raises:
        AdaError: this kind of model cannot do it.
    """
    base: Any = model.pipeline
    few_step = few_step_of(model, settings)
    base.scheduler = make_scheduler(settings.scheduler, base.scheduler, few_step.method if few_step else "")
    wide, tall = native_size(model, settings.width, settings.height, axes)
    generator = torch.Generator("cpu").manual_seed(settings.seed)
    net = denoiser(base)
    own_inpaint = net.config.in_channels == 9 and getattr(base, "unet", None) is not None
    image, mask = _pictures(model, settings, wide, tall, axes)
    arguments: dict[str, Any] = {
        "guidance_scale": settings.guidance,
        "num_inference_steps": settings.steps,
        "generator": generator,
        "output_type": "latent",
        "width": wide,
        "height": tall,
        "use_resolution_binning": False,  # PixArt would make another size.
    }
    total, strength = settings.steps, 1.0
    if image is not None:
        strength = max(settings.strength, 1 / settings.steps)
        total = min(int(settings.steps * strength), settings.steps)
    kind: Any = AutoPipelineForText2Image if image is None else AutoPipelineForImage2Image
    blend = mask is not None and getattr(base, "unet", None) is not None and not own_inpaint
    if own_inpaint or (mask is not None and not blend):
        kind = AutoPipelineForInpainting
        image = torch.full((1, 3, tall, wide), 0.5) if image is None else image
        mask = torch.ones(1, 1, tall, wide) if mask is None else (mask > 0).float()
        arguments["mask_image"] = mask.to(model.device, net.dtype)
    if image is not None:
        arguments |= {"image": image.to(model.device, base.vae.dtype), "strength": strength}
    more: dict[str, Any] = {}
    if controlnets:
        more["controlnet"] = controlnets if len(controlnets) > 1 else controlnets[0]
    try:
        pipeline = _variant(base, kind, more)
    except ValueError as error:
        raise AdaError("This kind of model cannot do that ({reason}). Choose another one", reason=str(error)) from error
    pipeline.set_progress_bar_config(disable=True)
    if controlnets:
        shown = [_control_image(model, settings, i, wide, tall, axes) for i in range(len(controlnets))]
        weights = [control.weight for control in settings.control]
        name = "control_image" if "control_image" in _parameters(pipeline) else "image"
        arguments[name] = shown if len(shown) > 1 else shown[0]
        arguments["controlnet_conditioning_scale"] = weights if len(weights) > 1 else weights[0]
    if settings.ip_adapter is not None and settings.ip_image is not None:
        arguments["ip_adapter_image"] = _pillow(settings)
    if settings.variation > 0 and (image is None or own_inpaint):
        arguments["latents"] = varied_noise(
            pipeline, wide, tall, generator, settings.variation_seed, settings.variation
        )
    elif settings.variation > 0:
        vary_added_noise(base.scheduler, settings.variation_seed, settings.variation)
    edit = None
    if blend and image is not None and mask is not None:
        edit = keep_outside(base, arguments["image"], mask, settings.seed)
    known = _parameters(pipeline)
    arguments = {name: value for name, value in arguments.items() if name in known}
    arguments |= {k: v for k, v in encode_prompts(pipeline, prompt, settings.negative)[0].items() if k in known}
    return Call(pipeline, arguments, edit, total, (tall, wide))


def _variant(base: Any, kind: Any, more: dict[str, Any]) -> Any:
    """The pipeline of a kind on the same networks; the model's own where that is the same class."""
    made = kind.from_pipe(base, **more)
    return base if type(made) is type(base) and not more else made


def _parameters(pipeline: Any) -> Any:
    return inspect.signature(type(pipeline).__call__).parameters


def _pictures(
    model: Model, settings: TextureSettings, wide: int, tall: int, axes: str
) -> tuple[Tensor | None, Tensor | None]:
    """The start picture (1, 3, tall, wide) and the mask (1, 1, tall, wide)."""
    if settings.image is None:
        return None, None
    image = resize(to_tensor(settings.image).to(model.device), tall, wide, axes)
    if settings.mask is None:
        return image, None
    return image, resize(to_tensor(settings.mask[..., None]).to(model.device), tall, wide, axes)


def _control_image(model: Model, settings: TextureSettings, number: int, wide: int, tall: int, axes: str) -> Tensor:
    image = settings.control[number].image
    if image is None:
        raise ValueError("a ControlNet without its image")
    return resize(to_tensor(image), tall, wide, axes).to(model.device, denoiser(model.pipeline).dtype)


def _pillow(settings: TextureSettings) -> Any:
    from PIL import Image

    if settings.ip_image is None:
        raise ValueError("an IP-Adapter without its image")
    return Image.fromarray((settings.ip_image.clip(0, 1) * 255 + 0.5).astype("uint8"))
