"""Endless training data: lit procedural tiles with captions, from a seed."""

from __future__ import annotations

import numpy as np

from ...procedural.catalog import MATERIALS
from ...procedural.draw import draw, draw_recipe
from ...procedural.light import light
from ...procedural.recipe import Recipe
from .architecture import TILE

# Materials of the generator that the model is not taught yet: fewer are learned sooner. Shorten this list once the
# others are good, and go on training; their words are in the vocabulary already.
LATER = frozenset(
    {
        *("slate", "soil", "herringbone", "carpet", "denim", "argyle", "scallops", "perforated metal"),
        *("peeling paint", "gold foil", "moss", "snow", "corrugated metal"),
        *("terrazzo", "crystal", "ice", "bark", "fur", "scales", "stars"),
        *("knit", "plaid", "quilt", "dots", "chevron"),
    }
)
TAUGHT = tuple(name for name in MATERIALS if name not in LATER)


def draw_tile(rng: np.random.Generator, material: str = "", size: int = TILE) -> tuple[np.ndarray, Recipe]:
    """A picture (size, size, 3) uint8 and its recipe; the material at random unless given."""
    recipe = draw_recipe(rng, material or TAUGHT[rng.integers(len(TAUGHT))])
    return to_bytes(light(draw(recipe, size))), recipe


def to_bytes(image: np.ndarray) -> np.ndarray:
    """Float [0, 1] to uint8, rounded."""
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
