"""Settings of the procedural engine, `scene.ada.recipe`. It stands for `ai/procedural/recipe.py`."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import EnumProperty, StringProperty

from ..ai.errors import AdaError
from ..ai.procedural.catalog import MATERIALS
from ..ai.procedural.color import COLORS
from ..ai.procedural.recipe import FINISHES, SIZES, TONES, WEARS, Recipe
from ..ai.procedural.words import read_prompt
from . import recipe_icons

OWN = 'AUTO'  # The material's own colours and its first variant.
VARIANTS = tuple(dict.fromkeys(variant for material in MATERIALS.values() for variant in material.variants))


KINDS = tuple(name.upper().replace(" ", "_") for name in MATERIALS)


def identifier(name: str) -> str:
    """A name of the catalogue as an enum's identifier: "stone blocks" is STONE_BLOCKS."""
    return name.upper().replace(" ", "_")


def _items(names: tuple[str, ...], own: str = "") -> list[tuple[str, str, str]]:
    items = [(identifier(name), name.title(), "") for name in names]
    return [(OWN, own, ""), *items] if own else items


def _read_words(group: bpy.types.PropertyGroup, context: bpy.types.Context) -> None:
    for name, value in (from_words(group.words) or {}).items():
        setattr(group, name, value)


def _settle_variant(group: bpy.types.PropertyGroup, context: bpy.types.Context) -> None:
    variants = material_of(group.kind).variants
    if variants and group.variant.lower() not in variants:
        group.variant = identifier(next(iter(variants)))


class RecipeProperties:
    """Shared by `scene.ada.recipe` and the operator that overrides it.

    The words come first: a record that holds them as well as the exact settings ends with the exact ones.
    """

    words: StringProperty(
        name="Words",
        description="Say it in English or Chinese, such as old red bricks with moss; this sets what stands below",
        options={'TEXTEDIT_UPDATE'},
        update=_read_words,
    )
    kind: EnumProperty(
        name="Material",
        description="What is drawn",
        items=_items(tuple(MATERIALS)),
        default='BRICK',
        update=_settle_variant,
    )
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


def _picked(group: bpy.types.PropertyGroup) -> int:
    return KINDS.index(group.kind)


def _pick(group: bpy.types.PropertyGroup, number: int) -> None:
    group.kind = KINDS[number]


class ADA_PG_recipe(RecipeProperties, bpy.types.PropertyGroup):
    """Exact parameters of a procedural material."""

    picked: EnumProperty(  # The same as `kind`, with pictures.
        name="Material",
        items=recipe_icons.items,
        get=_picked,
        set=_pick,
        options={'HIDDEN', 'SKIP_SAVE'},
    )


def material_of(kind: str) -> Any:
    """The catalogue's entry."""
    return MATERIALS[kind.lower().replace("_", " ")]


def from_words(text: str) -> dict[str, str] | None:
    """Settings that a description means, all of them; None where it names no material."""
    recipe = read_prompt(text).recipe
    return from_recipe(recipe) if recipe is not None else None


def require_words(text: str) -> dict[str, str]:
    """The same.

    Raises:
        AdaError: it names no material.
    """
    values = from_words(text)
    if values is None:
        raise AdaError("'{prompt}' names no material. Known are: {known}", prompt=text, known=", ".join(MATERIALS))
    return values


def from_recipe(recipe: Recipe) -> dict[str, str]:
    """The settings of a recipe, without its seed."""
    return {
        "kind": identifier(recipe.material),
        "color": recipe.color.upper() or OWN,
        "second": recipe.second.upper() or OWN,
        "feature": recipe.size.upper(),
        "surface": recipe.finish.upper(),
        "wear": recipe.wear.upper(),
        "tone": recipe.tone.upper(),
        "variant": recipe.variant.upper() or OWN,
    }


def as_recipe(values: dict[str, Any], seed: int) -> Recipe:
    """The recipe of settings; what the material has no use for is left out."""
    entry = material_of(values["kind"])

    def name(key: str) -> str:
        return "" if values[key] == OWN else str(values[key]).lower()

    variant = name("variant")
    return Recipe(
        material=entry.name,
        color=name("color"),
        second=name("second") if entry.seconds else "",
        size=name("feature") if entry.sizes else "medium",
        finish=name("surface") if entry.finishes else "plain",
        wear=name("wear"),
        tone=name("tone"),
        variant=variant if variant in entry.variants else "",
        seed=seed,
    )
