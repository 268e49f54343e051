"""Meshes as vertex and index buffers, one batch for each material slot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import bpy
import gpu
import numpy as np


@dataclass(frozen=True, slots=True)
class Geometry:
    """A mesh on the card, in its own space."""

    batches: dict[int, gpu.types.GPUBatch]  # By material slot.
    low: np.ndarray  # Corners of the bounding box, (3,) float64.
    high: np.ndarray


def upload(mesh: bpy.types.Mesh, layer: str, textured: bool = True) -> Geometry | None:
    """Put an evaluated mesh on the card; None if it has no face.

    What is smooth all over and has no texture is stored once a point instead of once a corner: a quarter for quads.

    Args:
        mesh: with all modifiers applied.
        layer: name of its colour attribute that is used; "" for the active one.
        textured: whether its texture places are needed.
    """
    mesh.calc_loop_triangles()
    triangles = _read(mesh.loop_triangles, "loops", 3, np.int32)
    if not len(triangles):
        return None
    # Attributes are copied whole, `vertices` and `loops` item by item: 2 to 4 ms for each 100 000 corners.
    points = _read(mesh.attributes["position"].data, "vector", 3)
    corners = _read(mesh.attributes[".corner_vert"].data, "value", 1, np.int32)[:, 0]
    colors = mesh.color_attributes.get(layer) if layer else mesh.color_attributes.active_color
    by_point = not textured and mesh.normals_domain == 'POINT' and (colors is None or colors.domain == 'POINT')
    if by_point:
        triangles = np.take(corners, triangles)
        values = points, _read(mesh.vertex_normals, "vector", 3), _colors(colors, None, len(points))
        places = np.zeros((len(points), 2), dtype=np.float32)
    else:
        normals = _read(mesh.corner_normals, "vector", 3)
        values = np.take(points, corners, axis=0), normals, _colors(colors, corners, len(corners))
        places = _uvs(mesh)
    form = gpu.types.GPUVertFormat()
    for name, width in (("position", 3), ("normal", 3), ("color", 4), ("uv", 2)):
        form.attr_add(id=name, comp_type='F32', len=width, fetch_mode='FLOAT')
    vertices = gpu.types.GPUVertBuf(format=form, len=len(places))
    for name, filled in zip(("position", "normal", "color", "uv"), (*values, places)):
        vertices.attr_fill(name, filled)
    batches = {}
    for slot, faces in _by_slot(mesh, triangles):
        index = gpu.types.GPUIndexBuf(type='TRIS', seq=faces)
        batches[slot] = gpu.types.GPUBatch(type='TRIS', buf=vertices, elem=index)
    return Geometry(batches, points.min(axis=0).astype(np.float64), points.max(axis=0).astype(np.float64))


def _by_slot(mesh: bpy.types.Mesh, triangles: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """The triangles of each material slot. A mesh with one material has no list of them."""
    indices = mesh.attributes.get("material_index")
    if indices is None:
        yield 0, triangles
        return
    faces = _read(mesh.loop_triangle_polygons, "value", 1, np.int32)[:, 0]
    slots = _read(indices.data, "value", 1, np.int32)[:, 0][faces]
    for slot in np.unique(slots).tolist():
        yield slot, np.ascontiguousarray(triangles[slots == slot])


def _read(collection: bpy.types.bpy_prop_collection, name: str, width: int, kind: type = np.float32) -> np.ndarray:
    values = np.empty(len(collection) * width, dtype=kind)
    collection.foreach_get(name, values)
    return values.reshape(-1, width)


def _colors(attribute: bpy.types.Attribute | None, corners: np.ndarray | None, count: int) -> np.ndarray:
    """The colour attribute at each corner, or at each point where no corners are given: (count, 4) float32, linear;
    white where there is none.
    """
    if attribute is None:
        return np.ones((count, 4), dtype=np.float32)
    colors = _read(attribute.data, "color", 4)
    return colors if corners is None or attribute.domain == 'CORNER' else np.take(colors, corners, axis=0)


def _uvs(mesh: bpy.types.Mesh) -> np.ndarray:
    layer = mesh.uv_layers.active
    if layer is None:
        return np.zeros((len(mesh.loops), 2), dtype=np.float32)
    return _read(layer.uv, "vector", 2)
