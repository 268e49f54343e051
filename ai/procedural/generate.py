"""The procedural job: a recipe in, finished maps out. Any size, tileable, instant at small sizes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import AdaError
from ..job import Job, Progress
from .catalog import MATERIALS
from .color import COLORS
from .draw import draw
from .light import light, normals_from_height
from .recipe import FINISHES, SIZES, TONES, WEARS, Recipe

LARGEST = 8192


@dataclass(slots=True)
class ProceduralTexture:
    """Maps of one material, each (size, size) or (size, size, 3) float32."""

    recipe: Recipe
    color: np.ndarray  # sRGB in [0, 1], without light.
    picture: np.ndarray  # The same under a lamp: what a photograph would show.
    height: np.ndarray  # In [0, 1]; `depth` scales it back.
    depth: float  # What a height of 1 stands for, in tile widths.
    normal: np.ndarray  # OpenGL tangent space, unit vectors in [-1, 1].
    roughness: np.ndarray
    metallic: np.ndarray


def generate(recipe: Recipe, size: int = 512) -> Job:
    """Draw a recipe.

    Args:
        recipe: exact parameters. Words that its material has no use for are passed over.
        size: pixels of the square tile, 16 to 8192.

    Returns:
        A job whose result is a `ProceduralTexture`.

    Raises:
        AdaError: a name that the catalogue does not have, or an impossible size.
    """
    for value, known in (
        (recipe.material, tuple(MATERIALS)),
        (recipe.color, ("", *COLORS)),
        (recipe.second, ("", *COLORS)),
        (recipe.size, SIZES),
        (recipe.finish, FINISHES),
        (recipe.wear, WEARS),
        (recipe.tone, TONES),
    ):
        if value not in known:
            raise AdaError("'{value}' is not known here. Choose one of: {known}", value=value, known=", ".join(known))
    if not 16 <= size <= LARGEST:
        raise AdaError("The size must lie between 16 and {largest} pixels, not {size}", largest=LARGEST, size=size)
    return _generate(recipe, size)


def _generate(recipe: Recipe, size: int) -> Job:
    yield Progress(0.0, "Drawing {material}", {"material": recipe.material})
    maps = draw(recipe, size)
    yield Progress(0.7, "Lighting {material}", {"material": recipe.material}, preview=maps.color)
    low, high = float(maps.height.min()), float(maps.height.max())
    depth = high - low
    return ProceduralTexture(
        recipe=recipe,
        color=maps.color,
        picture=light(maps),
        height=((maps.height - low) / depth if depth > 0 else np.full_like(maps.height, 0.5)).astype(np.float32),
        depth=depth,
        normal=normals_from_height(maps.height),
        roughness=np.clip(maps.roughness, 0, 1),
        metallic=np.clip(maps.metallic, 0, 1),
    )
