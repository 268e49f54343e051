"""Make Seamless: an image that is there, made to continue at its borders."""

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
from .texture_maps_properties import RepairProperties
from .texture_order import NEEDED, Order, Picture, assemble, device, make_order
from .texture_tools import ImageOperator


@dataclass(frozen=True, slots=True)
class RepairOrder:
    """What the job needs."""

    order: Order  # Its one row is what the panel shows.
    settings: TextureSettings
    name: str  # Of the image that is mended.
    image: np.ndarray = field(compare=False)  # (h, w, 3); its sum stands in the settings.


class ADA_OT_texture_repair(ImageOperator, RepairProperties, JobOperator, bpy.types.Operator):
    """Make a copy of this image that continues at its borders: a band along them is faded, or painted anew"""

    bl_idname = "ada.texture_repair"
    bl_label = "Make Seamless"

    def settings(self, context: bpy.types.Context) -> RepairOrder:
        return read(context, self.chosen(context), self)

    @classmethod
    def start(cls, settings: RepairOrder) -> Job:
        from ..ai.diffusion import repair, threads  # The heavy import, on the thread that computes.

        asked = replace(settings.settings, device=threads.choose_device(settings.settings.device))
        made = yield from threads.limited(repair.make_seamless(settings.image, asked), settings.order.threads)
        words = asked.prompt or settings.name
        return [
            Picture(
                made.image, asked.seed, made.seam, words, settings=describe(made.settings),
                notes=texture.notes_of(made), more={"repair": {"source": settings.name}},
            )
        ]  # fmt: skip

    @classmethod
    def finish(cls, context: bpy.types.Context, settings: RepairOrder, result: list[Picture]) -> str:
        name = texture_output.add(settings.order, result[0], f"{settings.name} seamless")
        textures.show(bpy.data.images[name])
        return name


def read(
    context: bpy.types.Context, image: bpy.types.Image | None, operator: bpy.types.Operator | None = None
) -> RepairOrder:
    """The order to mend an image, copied at the click.

    Raises:
        AdaError: there is no image, it has no pixels, or no prompt where a model shall paint.
    """
    if image is None:
        raise AdaError("There is no texture. Open an image in the Image Editor")
    store = context.scene.ada
    change = read_settings(store.texture_repair, operator)
    pixels = np.ascontiguousarray(textures.read_image(image)[..., :3])
    record = textures.find_record(image) or {}
    values: dict[str, Any] = read_settings(store.texture)
    prompt = values["prompt"].strip() or str(record.get("prompt", ""))
    values |= {"mode": 'TEXT', "prompt": prompt, "count": 1, "seamless": change["axes"]}
    values |= {"width": pixels.shape[1], "height": pixels.shape[0]}
    if values["engine"] == 'PROCEDURAL':
        values["engine"] = 'BUILT_IN'
    output = read_settings(store.texture_output) | {"material": False, "asset": False, "maps": False}
    if change["anew"] > 0:
        order = make_order([values], {}, output, ())
        settings = replace(order.settings[0], image=pixels, strength=change["anew"])
    else:
        packages.require(*NEEDED)
        settings = TextureSettings(
            prompt, seamless=change["axes"], seed=values["seed"], image=pixels, strength=0.0, device=device()
        )
        order = assemble([values], (settings,), {}, output, ())
    return RepairOrder(order, settings, image.name, pixels)


classes = (ADA_OT_texture_repair,)
