"""Upscale Texture: our small network enlarges, and if wished a model of the user's paints detail into the result."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import bpy
import numpy as np

from ..ai.diffusion.settings import TextureSettings, describe
from ..ai.errors import AdaError
from ..ai.job import Job
from ..ai.setup import packages
from ..render import textures
from . import texture, texture_output
from .job import JobOperator
from .properties import read_settings
from .texture_order import NEEDED, Order, Picture, assemble, device, make_order
from .texture_properties import UpscaleProperties
from .texture_tools import ImageOperator


@dataclass(frozen=True, slots=True)
class UpscaleOrder:
    """What an upscale job needs."""

    order: Order  # Its first row is what the image was made with, or what the panel shows.
    settings: TextureSettings
    name: str  # Of the image that is enlarged.
    change: dict[str, Any]  # Values of `scene.ada.texture_upscale`.
    image: np.ndarray = field(compare=False)  # (h, w, 3); its sum stands in the settings.


class ADA_OT_texture_upscale(ImageOperator, UpscaleProperties, JobOperator, bpy.types.Operator):
    """Enlarge this texture in the background; it repeats as it did before"""

    bl_idname = "ada.texture_upscale"
    bl_label = "Upscale Texture"

    def settings(self, context: bpy.types.Context) -> UpscaleOrder:
        return read(context, self.chosen(context), self)

    @classmethod
    def start(cls, settings: UpscaleOrder) -> Job:
        packages.require(*NEEDED)
        from ..ai.diffusion import threads as torch_threads
        from ..ai.diffusion.upscale import upscale

        asked = replace(settings.settings, device=torch_threads.choose_device(settings.settings.device))
        job = upscale(settings.image, settings.change["factor"], asked, options=settings.order.options)
        made = yield from torch_threads.limited(job, settings.order.threads)
        words = settings.settings.prompt or settings.name
        return [
            Picture(
                made.image, asked.seed, made.seam, words, settings=describe(made.settings),
                notes=texture.notes_of(made), more={"upscale": {"source": settings.name, **settings.change}},
            )
        ]  # fmt: skip

    @classmethod
    def finish(cls, context: bpy.types.Context, settings: UpscaleOrder, result: list[Picture]) -> str:
        name = texture_output.add(settings.order, result[0])
        textures.show(bpy.data.images[name])
        return name


def read(
    context: bpy.types.Context, image: bpy.types.Image | None, operator: bpy.types.Operator | None = None
) -> UpscaleOrder:
    """The order to enlarge an image, copied at the click.

    Raises:
        AdaError: there is no image, or detail is wanted and there is no model to paint it.
    """
    if image is None:
        raise AdaError("There is no texture. Open an image in the Image Editor")
    store = context.scene.ada
    change = read_settings(store.texture_upscale, operator)
    record = textures.find_record(image) or {}
    values = read_settings(store.texture)
    made = record.get("texture", {})
    values |= {name: made[name] for name in ("seamless", "seed") if name in made}
    prompt = values["prompt"].strip() or str(record.get("prompt", ""))
    pixels = textures.read_image(image)[..., :3]
    output = read_settings(store.texture_output) | {"material": False}
    if change["detail"]:
        if values["engine"] != 'MODEL':
            raise AdaError("Only a diffusion model adds detail. Choose one under Engine, or switch Add Detail off")
        values |= {"mode": 'TEXT', "strength": change["strength"], "prompt": prompt, "count": 1}
        order = make_order([values], {}, output, ())
        settings = replace(order.settings[0], image=pixels)
    else:
        packages.require(*NEEDED)
        settings = TextureSettings(prompt, seamless=values["seamless"], seed=values["seed"], image=pixels,
                                   device=device())  # fmt: skip
        order = assemble([values], (settings,), {}, output, ())
    return UpscaleOrder(order, settings, image.name, change, pixels)


classes = (ADA_OT_texture_upscale,)
