"""The recipe of a procedural material: chosen from pictures, said in words, or set exactly."""

from __future__ import annotations

from functools import lru_cache

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..ai.procedural.words import read_prompt
from ..operators import recipe as recipe_operators
from ..operators import recipe_icons
from ..operators.properties import read_settings
from ..operators.texture_recipe import as_recipe, material_of
from .jobs import draw_lines

_read = lru_cache(maxsize=64)(read_prompt)


def draw_recipe(layout: bpy.types.UILayout, context: bpy.types.Context, start: bool = False) -> None:
    """Everything that decides the picture but its size; `start` leaves out what a model's start has no use for."""
    recipe = context.scene.ada.recipe
    settings = context.scene.ada.texture
    entry = material_of(recipe.kind)
    recipe_icons.show(as_recipe(read_settings(recipe), settings.seed))
    layout.template_icon_view(recipe, "picked", show_labels=True, scale=5.0 if start else 9.0, scale_popup=4.0)
    column = layout.column(align=True)
    column.use_property_split = False
    column.prop(recipe, "words", text="", icon='VIEWZOOM', placeholder="Describe It, or Choose Below")
    _draw_answer(column, recipe.words, context)
    column = layout.column()
    column.prop(recipe, "kind")
    column.prop(recipe, "color")
    used = {"second": entry.seconds, "feature": entry.sizes, "surface": entry.finishes}
    for name, has in used.items():
        if has:
            column.prop(recipe, name)
    if entry.variants:
        row = column.row(align=True)
        for variant in entry.variants:
            row.prop_enum(recipe, "variant", variant.upper())
    column.prop(recipe, "wear")
    column.prop(recipe, "tone")
    if not start:
        column.prop(recipe, "light")
    row = layout.row(align=True)
    row.operator(recipe_operators.ADA_OT_recipe_randomize.bl_idname, text="Surprise Me", icon='SHADERFX')
    vary = row.operator(recipe_operators.ADA_OT_recipe_randomize.bl_idname, text="Other Colors", icon='COLOR')
    vary.keep_material = True
    if not start:
        row = layout.row(align=True)
        row.prop(settings, "seed")
        row.operator(recipe_operators.ADA_OT_recipe_randomize.bl_idname, text="", icon='FILE_REFRESH').seed_only = True


def _draw_answer(layout: bpy.types.UILayout, words: str, context: bpy.types.Context) -> None:
    """What of the description was not understood."""
    if not words.strip():
        return
    reading = _read(words)
    if reading.recipe is None:
        draw_lines(layout, iface_("This names no material. Choose one from the pictures"), context, icon='INFO')
    elif reading.unknown:
        text = iface_("Not understood: {words}").format(words=", ".join(reading.unknown))
        draw_lines(layout, text, context, icon='INFO')
