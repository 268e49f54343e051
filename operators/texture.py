"""Generate Texture: settings copied at the click, the job of the chosen engine, images and materials out of it."""

from __future__ import annotations

import hashlib
import json
import os
import random
from dataclasses import dataclass, field, replace
from typing import Any

import bpy
import numpy as np

from ..ai.diffusion.seam import seam_rank
from ..ai.diffusion.settings import BUILT_IN, TextureSettings
from ..ai.errors import AdaError
from ..ai.job import Job, Progress
from ..ai.procedural import generate as procedural
from ..ai.procedural.caption import describe as describe_recipe
from ..ai.setup import packages
from ..render import textures
from . import texture_output
from .job import JobOperator
from .properties import preferences, read_settings
from .reconstruct import absolute
from .texture_properties import OutputProperties, TextureProperties
from .texture_recipe import RecipeProperties, as_recipe

LARGEST_SEED = 2**31 - 1
SEAM_WARNING = 0.995  # Rank above which a border is seen.
NEEDED = ("torch", "diffusers", "transformers", "safetensors")


@dataclass(frozen=True)
class Order:
    """All that a texture job needs, copied at the click. Equal orders give equal pixels."""

    key: str
    panel: dict[str, Any] = field(compare=False)  # Plain values of `texture` and `recipe`, for the record.
    output: dict[str, Any] = field(compare=False)
    targets: tuple[int, ...] = field(compare=False)  # Session identities of the objects that get the material.
    settings: TextureSettings | None = field(compare=False, default=None)
    threads: int = field(compare=False, default=1)


@dataclass(slots=True)
class Picture:
    """One finished texture, whatever made it."""

    color: np.ndarray  # (h, w, 3) sRGB in [0, 1].
    seed: int
    seam: tuple[float, float]
    prompt: str  # In words, for names and descriptions.
    maps: dict[str, np.ndarray]  # 'normal' (h, w, 3) in [0, 1], 'height', 'roughness', 'metallic' (h, w); or empty.
    depth: float = 0.02  # What a height of 1 stands for, in tiles.
    unknown: tuple[str, ...] = ()  # Chinese words that no dictionary has.


class ADA_OT_texture_generate(TextureProperties, RecipeProperties, OutputProperties, JobOperator, bpy.types.Operator):
    """Make textures in the background, as images and, if wished, materials. One undo takes them back"""

    bl_idname = "ada.texture_generate"
    bl_label = "Generate Texture"

    def settings(self, context: bpy.types.Context) -> Order:
        return self.read(context, self)

    @classmethod
    def read(cls, context: bpy.types.Context, operator: bpy.types.Operator | None = None) -> Order:
        """All settings, copied from the scene, the operator and the preferences; the next seed is noted."""
        store = context.scene.ada
        values = read_settings(store.texture, operator)
        recipe = read_settings(store.recipe, operator)
        output = read_settings(store.texture_output, operator)
        targets = texture_output.check(context, output)
        values["seed"] = next_seed(store.texture, values)
        panel = {
            "texture": {name: value for name, value in values.items() if not isinstance(value, bpy.types.ID)},
            "recipe": recipe if values["engine"] == 'PROCEDURAL' else {},
        }
        settings = None
        if values["engine"] != 'PROCEDURAL':
            packages.require(*NEEDED)
            settings = as_settings(values)
        key = json.dumps([panel, output, targets, hashes(settings)], ensure_ascii=False, sort_keys=True, default=str)
        chosen = preferences()
        free = chosen.free_threads if chosen is not None else 1
        return Order(key, panel, output, targets, settings, max(1, (os.cpu_count() or 1) - free))

    @classmethod
    def start(cls, order: Order) -> Job:
        if order.settings is None:
            return (yield from draw_recipes(order.panel))
        packages.require(*NEEDED)
        from ..ai.diffusion import generate, threads  # The heavy import, on the thread that computes.

        settings = replace(order.settings, device=threads.choose_device(order.settings.device))
        found = yield from threads.limited(generate.generate(settings), order.threads)
        return [
            Picture(one.image, one.settings.seed, one.seam, one.settings.prompt, {}, unknown=one.unknown)
            for one in found
        ]

    @classmethod
    def finish(cls, context: bpy.types.Context, order: Order, result: list[Picture]) -> str:
        names = [texture_output.add(context, order, picture) for picture in result]
        textures.show(bpy.data.images[names[0]])
        return ", ".join(names)


def next_seed(group: bpy.types.PropertyGroup, values: dict[str, Any]) -> int:
    """The seed of this click; the panel shows it, or for 'INCREMENT' the one after it."""
    seed = values["seed"]
    if values["seed_mode"] == 'RANDOM':
        seed = random.SystemRandom().randrange(LARGEST_SEED)
        group.seed = seed
    elif values["seed_mode"] == 'INCREMENT':
        group.seed = (seed + values["count"]) % LARGEST_SEED
    return seed


def as_settings(values: dict[str, Any]) -> TextureSettings:
    """Settings of the diffusion job.

    Raises:
        AdaError: no prompt, no model, no image or mask where one is needed.
    """
    if not values["prompt"].strip():
        raise AdaError("Write under Prompt what the texture shall show")
    model = BUILT_IN
    if values["engine"] == 'MODEL':
        if not values["model"]:
            raise AdaError("Choose the folder of a diffusers model under Model")
        model = absolute(values["model"])
    image = mask = None
    if values["mode"] != 'TEXT':
        image, mask = read_source(values)
    return TextureSettings(
        prompt=values["prompt"],
        negative=values["negative"],
        width=values["width"],
        height=values["height"],
        steps=values["steps"],
        guidance=values["guidance"] or None,
        seed=values["seed"],
        count=values["count"],
        seamless=values["seamless"],
        image=image,
        strength=values["strength"],
        mask=mask,
        model=model,
        device=device(),
    )


def read_source(values: dict[str, Any]) -> tuple[np.ndarray, np.ndarray | None]:
    """The image to start from, (h, w, 3), and its mask, (h, w), 1 where it is made anew.

    Raises:
        AdaError: one of them is missing, or nothing is masked.
    """
    if values["source"] is None:
        raise AdaError("Choose the image to start from under Image")
    rgba = textures.read_image(values["source"])
    if values["mode"] != 'INPAINT':
        return rgba[..., :3], None
    if values["mask_from"] == 'ALPHA':
        mask = 1.0 - rgba[..., 3]
    elif values["mask"] is None:
        raise AdaError("Choose a mask image, or press New Mask and paint white what is to be made anew")
    else:
        painted = textures.read_image(values["mask"])
        mask = painted[..., :3].mean(2) * painted[..., 3]
    if not mask.max() > 0:
        raise AdaError("Nothing is masked. Paint white, or erase, what is to be made anew")
    return rgba[..., :3], mask


def device() -> str:
    """The preferences' device as torch names it, or "auto"."""
    chosen = preferences()
    if chosen is None:
        return "auto"
    return f"cuda:{chosen.device_index}" if chosen.device == 'CUDA' else chosen.device.lower()


def hashes(settings: TextureSettings | None) -> list[str]:
    """What tells the arrays of two orders apart."""
    if settings is None:
        return []
    arrays = [array for array in (settings.image, settings.mask) if array is not None]
    return [hashlib.sha256(np.ascontiguousarray(array)).hexdigest() for array in arrays]


def draw_recipes(panel: dict[str, Any]) -> Job:
    """The procedural engine: `count` seeds of one recipe."""
    values, pictures = panel["texture"], []
    if values["width"] != values["height"]:
        raise AdaError("Procedural textures are square. Make width and height equal")
    for index in range(values["count"]):
        recipe = as_recipe(panel["recipe"], (values["seed"] + index) % LARGEST_SEED)
        done = yield from _scaled(procedural.generate(recipe, values["width"]), index, values["count"])
        color = done.picture if panel["recipe"]["light"] == 'LIT' else done.color
        maps = {
            "normal": done.normal * 0.5 + 0.5,
            "height": done.height,
            "roughness": done.roughness,
            "metallic": done.metallic,
        }
        words = describe_recipe(done.recipe).strip()
        pictures.append(Picture(color, recipe.seed, seam_rank(color), words, maps, done.depth))
    return pictures


def _scaled(job: Job, index: int, count: int) -> Job:
    """One of several jobs: its progress as a share of all."""
    try:
        while True:
            event = next(job)
            yield Progress(
                (index + event.fraction) / count, event.message, event.values, event.metrics, None, event.preview
            )
    except StopIteration as end:
        return end.value


classes = (ADA_OT_texture_generate,)
