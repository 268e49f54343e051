"""Generate Texture: the job of the chosen engine, images and materials out of it."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import bpy

from ..ai.diffusion.seam import seam_rank
from ..ai.diffusion.settings import describe
from ..ai.errors import AdaError
from ..ai.job import Job
from ..ai.pbr.maps import make_maps
from ..ai.pbr.settings import MapSettings
from ..ai.procedural import generate as procedural
from ..ai.procedural.caption import describe as describe_recipe
from ..ai.procedural.draw import fill_in
from ..ai.setup import packages
from ..render import textures
from . import texture_output
from .job import JobOperator
from .properties import read_settings
from .recipe import read_recipe
from .texture_order import (
    LARGEST_SEED,
    NEEDED,
    Order,
    Picture,
    choose_prompts,
    lists_folder,
    make_order,
    note_seed,
    take_seed,
)
from .texture_properties import OutputProperties, TextureProperties
from .texture_recipe import RecipeProperties, as_recipe
from .texture_tools import examples

SEAM_WARNING = 0.995  # Rank above which a border is seen.


class ADA_OT_texture_generate(TextureProperties, RecipeProperties, OutputProperties, JobOperator, bpy.types.Operator):
    """Make textures in the background, as images and, if wished, materials. One undo takes them back"""

    bl_idname = "ada.texture_generate"
    bl_label = "Generate Texture"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Pressed before a word was written, the button writes an example: the first texture is one click away."""
        settings = context.scene.ada.texture
        if settings.engine == 'BUILT_IN' and settings.mode == 'TEXT' and not settings.prompt.strip():
            settings.prompt = random.choice(examples())[1]
        return super().invoke(context, event)

    def settings(self, context: bpy.types.Context) -> Order:
        return self.read(context, self)

    @classmethod
    def read(cls, context: bpy.types.Context, operator: bpy.types.Operator | None = None) -> Order:
        """All settings, copied from the scene, the operator and the preferences; the next seed is noted."""
        store = context.scene.ada
        values = read_settings(store.texture, operator)
        if values["engine"] == 'PROCEDURAL':
            values["seed_mode"] = 'FIXED'  # The panel shows the very picture that this seed gives.
        recipe = read_recipe(store.recipe, operator)
        output = read_settings(store.texture_output, operator)
        targets = texture_output.check(context, output)
        seed = take_seed(values)
        rows = choose_prompts(values | {"seed": seed}, lists_folder(store.texture_batch.lists))
        order = make_order(rows, recipe, output, targets)
        note_seed(store.texture, values, seed)  # Not before all is found right.
        return order

    @classmethod
    def start(cls, order: Order) -> Job:
        if not order.settings:
            return (yield from draw_recipes(order))
        packages.require(*NEEDED)
        pictures = []
        for row in range(len(order.rows)):
            pictures += yield from scaled(make_row(order, row), row, len(order.rows))
        return pictures

    @classmethod
    def finish(cls, context: bpy.types.Context, order: Order, result: list[Picture]) -> str:
        names = [texture_output.add(order, picture) for picture in result]
        textures.show(bpy.data.images[names[0]])
        return ", ".join(names)


def make_row(order: Order, row: int) -> Job:
    """The pictures of one row of an order, by a diffusion model; with the maps that are estimated of them."""
    from ..ai.diffusion import generate, threads  # The heavy import, on the thread that computes.

    settings = replace(order.settings[row], device=threads.choose_device(order.settings[row].device))
    made = yield from threads.limited(generate.generate(settings, options=order.options), order.threads)
    pictures = [
        Picture(
            one.image, one.settings.seed, one.seam, one.settings.prompt, row=row, settings=describe(one.settings),
            notes=notes_of(one),
        )
        for one in made
    ]  # fmt: skip
    for picture in pictures if order.output["maps"] else ():
        found = yield from make_maps(picture.color, MapSettings(seamless=settings.seamless))
        picture.maps, picture.depth = found.images, found.depth
    return pictures


def notes_of(made: Any) -> tuple[AdaError, ...]:
    """What the engine says about a picture, as sentences."""
    unknown = (AdaError("Not in the dictionary: {words}", words=" ".join(made.unknown)),) if made.unknown else ()
    return unknown + tuple(AdaError(note.message, **note.values) for note in getattr(made, "notes", ()))


def draw_recipes(order: Order) -> Job:
    """The procedural engine: `count` seeds of one recipe, for each row."""
    pictures = []
    total, done = sum(row["count"] for row in order.rows), 0
    for index, row in enumerate(order.rows):
        for number in range(row["count"]):
            recipe = as_recipe(order.recipe, (row["seed"] + number) % LARGEST_SEED)
            made = yield from scaled(procedural.generate(recipe, row["width"]), done, total)
            done += 1
            color = made.picture if order.recipe["light"] == 'LIT' else made.color
            maps = {
                "normal": made.normal * 0.5 + 0.5,
                "height": made.height,
                "roughness": made.roughness,
                "metallic": made.metallic,
            }
            words = describe_recipe(fill_in(made.recipe))
            pictures.append(Picture(color, recipe.seed, seam_rank(color), words, maps, made.depth, index))
    return pictures


def scaled(job: Job, index: int, count: int) -> Job:
    """One of several jobs, none of which makes requests: its progress as a share of all."""
    try:
        while True:
            event = next(job)
            left = event.seconds_left if count == 1 else None
            yield replace(event, fraction=(index + event.fraction) / count, seconds_left=left)
    except StopIteration as end:
        return end.value
    finally:
        job.close()


classes = (ADA_OT_texture_generate,)
