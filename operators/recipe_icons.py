"""Pictures of the procedural materials for the interface: one of each, and one of the recipe as it stands.

They are drawn by the generator when a panel first shows them, a few at a time from a timer, so that the interface
never waits. The same items must stay alive as long as Blender shows them: they are kept here.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Any

import bpy
import bpy.utils.previews
import numpy as np
from bpy.app.translations import pgettext_iface as iface_

from ..ai.procedural.catalog import MATERIALS
from ..ai.procedural.draw import draw
from ..ai.procedural.light import light
from ..ai.procedural.recipe import Recipe
from ..render import viewports
from ..render.registry import registry

SMALL = 96  # Pixels of the pictures to choose from.
LARGE = 256  # Of the recipe as it stands.
KEPT = 12  # Pictures of recipes.
TICK = 0.05  # Seconds of drawing before the interface has its turn.


class _Icons:
    """The preview collection, which of its pictures are still to be drawn, and the timer that draws them."""

    def __init__(self) -> None:
        self.pictures: Any = None
        self.waiting: OrderedDict[str, tuple[Recipe, int]] = OrderedDict()
        self.recipes: list[Recipe] = []  # Whose large pictures are kept; the last is the recipe as it stands.
        self.token, self.held = 0, 0  # Of the timer and of the collection.
        self.items: list[tuple[str, str, str, int, int]] = []

    def icon(self, recipe: Recipe, size: int) -> int:
        """The icon of a recipe's picture, which is drawn soon if it is not there yet."""
        if self.pictures is None:
            self.pictures = bpy.utils.previews.new()
            self.held = registry.hold("previews", self.close)
        name = f"{size} {recipe}"
        if name not in self.pictures:
            self.pictures.new(name)
            self.waiting[name] = recipe, size
            if size == LARGE:
                self.waiting.move_to_end(name, last=False)
            if not self.token:
                self.token = registry.add_timer(self.work)
        return int(self.pictures[name].icon_id)

    def large(self, recipe: Recipe) -> int:
        """The icon of the recipe as it stands; those that stood longest ago are forgotten."""
        if recipe in self.recipes:
            self.recipes.remove(recipe)
        self.recipes.append(recipe)
        while len(self.recipes) > KEPT:
            name = f"{LARGE} {self.recipes.pop(0)}"
            self.waiting.pop(name, None)
            del self.pictures[name]
        return self.icon(recipe, LARGE)

    def work(self) -> float | None:
        """Draw for a moment; called by the timer until nothing waits."""
        end = time.monotonic() + TICK
        while self.waiting and time.monotonic() < end:
            name, (recipe, size) = self.waiting.popitem(last=False)
            fill(self.pictures[name], light(draw(recipe, size)))
        for area in ('VIEW_3D', 'IMAGE_EDITOR'):
            viewports.redraw('UI', area)
        if self.waiting:
            return 0.01
        token, self.token = self.token, 0
        registry.remove(token)
        return None

    def close(self) -> None:
        """Give the pictures back."""
        bpy.utils.previews.remove(self.pictures)
        self.pictures = None
        registry.remove(self.token)
        self.token, self.held = 0, 0
        self.waiting.clear()
        self.recipes.clear()


_icons = _Icons()
_texts: dict[str, str] = {}  # Blender points into the strings of the items; these never go.


def close() -> None:
    """Forget all pictures; they are drawn again when they are shown again."""
    registry.remove(_icons.held)


def fill(preview: Any, picture: np.ndarray) -> None:
    """Write a picture, (n, n, 3) in [0, 1] with row 0 the upper, into a preview."""
    rgba = np.ones((*picture.shape[:2], 4), np.float32)
    rgba[..., :3] = picture[::-1]
    preview.image_size = rgba.shape[1], rgba.shape[0]
    preview.image_pixels_float.foreach_set(rgba.ravel())


def show(recipe: Recipe) -> int:
    """The icon of the recipe as it stands."""
    return _icons.large(recipe)


def small(material: str) -> int:
    """The icon of a material in its own colours."""
    return _icons.icon(Recipe(material, MATERIALS[material].colors[0], seed=5), SMALL)


def items(_group: Any, _context: Any) -> list[tuple[str, str, str, int, int]]:
    """All materials as items of an enumeration with pictures; the recipe as it stands is shown for its material."""
    shown = _icons.recipes[-1] if _icons.recipes else None
    rows = []
    for number, (name, entry) in enumerate(MATERIALS.items()):
        is_shown = shown is not None and shown.material == name
        recipe, size = (shown, LARGE) if is_shown else (Recipe(name, entry.colors[0], seed=5), SMALL)
        icon = _icons.icon(recipe, size)
        identifier, label = name.upper().replace(" ", "_"), iface_(name.title())
        rows.append((_texts.setdefault(identifier, identifier), _texts.setdefault(label, label), "", icon, number))
    _icons.items = rows
    return rows
