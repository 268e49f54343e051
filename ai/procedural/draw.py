"""From a recipe to maps, and random recipes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .catalog import MATERIALS
from .color import COLORS, draw_color
from .noise import Canvas
from .recipe import FINISHES, SIZES, TONES, WEARS, Look, Maps, Recipe
from .wear import apply_wear


def draw_recipe(rng: np.random.Generator, material: str = "", color: str = "", plain: bool = False) -> Recipe:
    """A random recipe, for training data and for a "Surprise Me" button.

    Args:
        rng: the only source of chance.
        material: its name; empty draws one.
        color: its name; empty draws one.
        plain: no size, finish, wear, tone or variant but the usual.
    """
    entry = MATERIALS[material or tuple(MATERIALS)[rng.integers(len(MATERIALS))]]
    if not color:
        pool = entry.colors if rng.random() < 0.5 else COLORS
        color = str(pool[rng.integers(len(pool))])
    second = ""
    if entry.seconds:
        seconds = [c for c in (entry.seconds if rng.random() < 0.6 else COLORS) if c != color]
        second = str((seconds or [c for c in COLORS if c != color])[rng.integers(len(seconds) or len(COLORS) - 1)])
        if entry.name == "fabric" and rng.random() < 0.5:
            second = color
    chosen = {"size": "medium", "finish": "plain", "wear": "none", "tone": "plain", "variant": ""}
    if not plain:
        if entry.sizes:
            chosen["size"] = str(rng.choice(SIZES, p=(0.22, 0.48, 0.30)))
        if entry.finishes:
            chosen["finish"] = str(rng.choice(FINISHES, p=(0.5, 0.25, 0.25)))
        if entry.wears and rng.random() < 0.32:
            chosen["wear"] = str(rng.choice(entry.wears))
        if rng.random() < 0.18:
            chosen["tone"] = str(rng.choice(TONES[1:]))
        if entry.variants:
            chosen["variant"] = str(rng.choice(tuple(entry.variants)))
    return Recipe(entry.name, color, second, seed=int(rng.integers(2**31)), **chosen)


def fill_in(recipe: Recipe) -> Recipe:
    """The recipe with its material's own colours where it names none.

    Raises:
        KeyError: there is no such material.
    """
    entry = MATERIALS[recipe.material]
    color = recipe.color or entry.colors[0]
    second = recipe.second
    if not second and entry.name == "fabric":
        second = color
    elif not second and entry.seconds:
        second = entry.seconds[0] if entry.seconds != COLORS else "gray" if color == "white" else "white"
    return replace(recipe, color=color, second=second)


def draw(recipe: Recipe, size: int) -> Maps:
    """Draw a recipe as maps of `size` x `size` pixels.

    Raises:
        KeyError: the recipe names something that the catalogue does not have.
    """
    entry = MATERIALS[recipe.material]
    if recipe.wear not in WEARS or recipe.tone not in TONES:
        raise KeyError(recipe.wear if recipe.wear not in WEARS else recipe.tone)
    rng = np.random.default_rng(recipe.seed)
    recipe = fill_in(recipe)
    first = draw_color(rng, recipe.color)
    second = draw_color(rng, recipe.second or ("gray" if recipe.color == "white" else "white"))
    if recipe.second == recipe.color:
        second = first
    variant = recipe.variant or next(iter(entry.variants), "")
    canvas = Canvas(size, rng)
    m = apply_wear(canvas, recipe.wear, entry.draw(canvas, Look(first, second, recipe.size, recipe.finish, variant)))
    if recipe.tone == "dark":
        m.color = m.color * np.float32(0.58)
    elif recipe.tone == "bright":
        m.color = np.clip(m.color, 0, 1) ** np.float32(0.75)
    m.color = np.clip(m.color, 0, 1).astype(np.float32)
    return m
