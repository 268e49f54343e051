"""What the baking of photographs into a texture can be told. No numpy: operators read this module."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BakeSettings:
    """Settings of one texture."""

    size: int = 0  # Texels along a side. 0: as many as the photographs hold, a power of two from 256 to 8192.
    views: int = 8  # Views considered for a face, the best first; at least 1.
    margin: int = 16  # Texels around each island that repeat its border, against seams in coarser mip levels.
    level_exposure: bool = True  # Even out brightness and white balance between photographs.
    memory: int = 0  # Bytes that prepared photographs may take; beyond, they are kept on disk. 0: no limit.
