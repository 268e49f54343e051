"""A triangle mesh as plain arrays: what crosses between the pure half and Blender."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(slots=True)
class Mesh:
    """Triangles in scene units, in Blender's world."""

    vertices: np.ndarray  # (n, 3) float32.
    faces: np.ndarray  # (m, 3) int32, counter-clockwise seen from outside.
    normals: np.ndarray | None = None  # (n, 3) float32, unit length, outward.
    colors: np.ndarray | None = None  # (n, 3) float32 in [0, 1], sRGB-encoded.
    uv: np.ndarray | None = None  # (m, 3, 2) float32 in [0, 1], of each face's corners.
    sides: np.ndarray | None = None  # (p,) int32, corners of the polygons whose fans the faces are, in order.
