"""Settings of the procedural engine, `scene.ada.recipe`. It stands for `ai/procedural/recipe.py`."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import EnumProperty

from ..ai.errors import AdaError
from ..ai.procedural.catalog import MATERIALS
from ..ai.procedural.color import COLORS
from ..ai.procedural.recipe import FINISHES, SIZES, TONES, WEARS, Recipe

OWN = 'AUTO'  # The material's own colours and its first variant.
VARIANTS = tuple(dict.fromkeys(variant for material in MATERIALS.values() for variant in material.variants))


def identifier(name: str) -> str:
    """A name of the catalogue as an enum's identifier: "stone blocks" is STONE_BLOCKS."""
    return name.upper().replace(" ", "_")


def _items(names: tuple[str, ...], own: str = "") -> list[tuple[str, str, str]]:
    items = [(identifier(name), name.title(), "") for name in names]
    return [(OWN, own, ""), *items] if own else items


class RecipeProperties:
    """Shared by `scene.ada.recipe` and the operator that overrides it."""

    kind: EnumProperty(name="Material", description="What is drawn", items=_items(tuple(MATERIALS)), default='BRICK')
    color: EnumProperty(name="Color", description="The main color", items=_items(COLORS, "Natural"), default=OWN)
    second: EnumProperty(
        name="Second Color",
        description="Of mortar, grout, veins or the other half of a pattern",
        items=_items(COLORS, "Natural"),
        default=OWN,
    )
    feature: EnumProperty(
        name="Features", description="Size of bricks, grains or leaves", items=_items(SIZES), default='MEDIUM'
    )
    surface: EnumProperty(name="Finish", description="Relief and roughness", items=_items(FINISHES), default='PLAIN')
    wear: EnumProperty(name="Wear", description="What time has done to it", items=_items(WEARS), default='NONE')
    tone: EnumProperty(name="Tone", description="Lightness of the colors", items=_items(TONES), default='PLAIN')
    variant: EnumProperty(
        name="Variant", description="Direction or shape", items=_items(VARIANTS, "First"), default=OWN
    )
    light: EnumProperty(
        name="Shading",
        description="What the picture shows",
        items=(
            ('FLAT', "None", "The color alone, for materials"),
            ('LIT', "Lamp", "Light and shadow as in a photo"),
        ),
        default='FLAT',
    )


class ADA_PG_recipe(RecipeProperties, bpy.types.PropertyGroup):
    """Exact parameters of a procedural material."""


def material_of(kind: str) -> Any:
    """The catalogue's entry."""
    return MATERIALS[kind.lower().replace("_", " ")]


def find_kind(text: str) -> str:
    """The material that a name or one of its words means, as the enum's identifier.

    Raises:
        AdaError: none.
    """
    wanted = text.strip().lower()
    for name, entry in MATERIALS.items():
        if wanted in (name, *entry.words):
            return identifier(name)
    raise AdaError("'{value}' is not known here. Choose one of: {known}", value=text, known=", ".join(MATERIALS))


def as_recipe(values: dict[str, Any], seed: int) -> Recipe:
    """The recipe of settings; what the material has no use for is left out."""
    entry = material_of(values["kind"])
    name = lambda key: "" if values[key] == OWN else values[key].lower()  # noqa: E731
    variant, wear = name("variant"), name("wear")
    return Recipe(
        material=entry.name,
        color=name("color"),
        second=name("second") if entry.seconds else "",
        size=name("feature") if entry.sizes else "medium",
        finish=name("surface") if entry.finishes else "plain",
        wear=wear if wear in entry.wears else "none",
        tone=name("tone"),
        variant=variant if variant in entry.variants else "",
        seed=seed,
    )
