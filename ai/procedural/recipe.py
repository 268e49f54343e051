"""What can be asked of a procedural material, and what comes back. No drawing here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from .noise import Canvas

SIZES = ("small", "medium", "large")
FINISHES = ("plain", "rough", "smooth")
TONES = ("plain", "dark", "bright")
WEARS = ("none", "dirty", "mossy", "worn", "cracked", "wet", "scratched")


@dataclass(frozen=True, slots=True)
class Recipe:
    """Exact parameters of one material. The same recipe and size give the same maps."""

    material: str
    color: str = ""  # Name of the main colour; empty takes the material's own.
    second: str = ""  # Name of the second colour (mortar, grout, veins, the other squares); empty likewise.
    size: str = "medium"  # Of the features.
    finish: str = "plain"  # Relief and roughness.
    wear: str = "none"
    tone: str = "plain"
    variant: str = ""  # For instance the direction of stripes; empty takes the first.
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """A recipe with its colours resolved: what a material's drawing function reads."""

    first: np.ndarray  # sRGB (3,).
    second: np.ndarray
    size: str
    finish: str
    variant: str

    def scale(self, small: int, medium: int, large: int) -> int:
        """The number for this feature size."""
        return {"small": small, "medium": medium, "large": large}[self.size]


@dataclass(slots=True)
class Maps:
    """Maps of one tile, float32, each (size, size) or (size, size, 3)."""

    color: np.ndarray  # sRGB in [0, 1], without light and shadow.
    height: np.ndarray  # In tile widths, positive towards the viewer.
    roughness: np.ndarray  # Principled BSDF roughness, [0, 1].
    metallic: np.ndarray  # [0, 1].
    emission: np.ndarray | None = None  # sRGB in [0, 1] of what glows by itself.


def maps(
    color: np.ndarray, height: np.ndarray, roughness: float | np.ndarray, metallic: float | np.ndarray = 0.0
) -> Maps:
    """Bring what a material drew to full images."""
    shape = height.shape
    return Maps(
        np.broadcast_to(np.clip(color, 0, 1), (*shape, 3)).astype(np.float32),
        height.astype(np.float32),
        np.broadcast_to(np.asarray(roughness, np.float32), shape),
        np.broadcast_to(np.asarray(metallic, np.float32), shape),
    )


@dataclass(frozen=True, slots=True)
class Material:
    """One entry of the catalogue."""

    name: str  # As the interface shows it, in lower case.
    draw: Callable[[Canvas, Look], Maps]
    words: tuple[str, ...]  # Nouns that mean it, the plainest first.
    colors: tuple[str, ...]  # Its own colours, the usual ones repeated.
    seconds: tuple[str, ...] = ()  # Its own second colours; empty where it has none.
    part: str = ""  # What the second colour belongs to ("mortar"); empty reads "red and white".
    sizes: bool = True
    finishes: bool = False
    wears: tuple[str, ...] = ()
    variants: dict[str, str] = field(default_factory=dict)  # Variant to its word in a caption.
    tinted: bool = True  # Whether the main colour covers most of the picture.
