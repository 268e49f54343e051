"""What one does with the recipe of a procedural material: read it, draw a random one."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from bpy.props import BoolProperty

from ..ai.procedural.draw import draw_recipe
from .properties import read_settings
from .texture_order import random_seed
from .texture_recipe import from_recipe, material_of, require_words


def read_recipe(group: bpy.types.PropertyGroup, operator: bpy.types.Operator | None) -> dict[str, Any]:
    """The settings of a recipe; words that are set on the operator count where it sets nothing more exact.

    Raises:
        AdaError: those words name no material.
    """
    values = read_settings(group, operator)
    if operator is not None and operator.properties.is_property_set("words"):
        said = require_words(operator.words)
        values |= {name: value for name, value in said.items() if not operator.properties.is_property_set(name)}
    return values


class ADA_OT_recipe_randomize(bpy.types.Operator):
    """Draw a random material with its colors and wear, and a new seed"""

    bl_idname = "ada.recipe_randomize"
    bl_label = "Random Material"
    bl_options = {'REGISTER', 'UNDO'}

    seed_only: BoolProperty(
        name="Seed Only", description="Keep the material and its settings", default=False, options={'SKIP_SAVE'}
    )
    keep_material: BoolProperty(
        name="Keep Material", description="Draw other colors and wear for the same material", default=False
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        store = context.scene.ada
        store.texture.seed = random_seed()
        if not self.seed_only:
            material = material_of(store.recipe.kind).name if self.keep_material else ""
            drawn = draw_recipe(np.random.default_rng(store.texture.seed), material)
            store.recipe.words = ""
            for name, value in from_recipe(drawn).items():
                setattr(store.recipe, name, value)
        return {'FINISHED'}


classes = (ADA_OT_recipe_randomize,)
