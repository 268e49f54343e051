"""What can be asked for, in plain values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

KINDS = ("albedo", "normal", "height", "roughness", "metallic", "ao", "orm")
LARGEST = 8192  # Pixels of a side.


@dataclass(frozen=True, slots=True)
class MapSettings:
    """How maps are made."""

    kinds: tuple[str, ...] = KINDS[1:]
    strength: float = 1.0  # Factor on the relief.
    invert: bool = False  # What rises sinks.
    normal: str = "OPENGL"  # Or 'DIRECTX': green points down.
    seamless: str = "AUTO"  # Which axes continue at the borders: 'AUTO' looks, 'BOTH', 'X', 'Y', 'NONE'.
    roughness: float = 0.0  # Added to the roughness found.
    models: tuple[Path, ...] = ()  # Folders of Marigold pipelines, which are used instead; of one kind each.
    device: str = "cpu"  # Theirs.
