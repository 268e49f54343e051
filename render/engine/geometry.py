"""Meshes as vertex and index buffers, one batch for each material slot."""

from __future__ import annotations

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


def upload(mesh: bpy.types.Mesh, layer: str) -> Geometry | None:
    """Put an evaluated mesh on the card; None if it has no face.

    Args:
        mesh: with all modifiers applied.
        layer: name of its colour attribute that is used; "" for the active one.
    """
    mesh.calc_loop_triangles()
    triangles = _read(mesh.loop_triangles, "loops", 3, np.int32)
    if not len(triangles):
        return None
    points = _read(mesh.vertices, "co", 3)
    corners = _read(mesh.loops, "vertex_index", 1, np.int32)[:, 0]
    form = gpu.types.GPUVertFormat()
    for name, width in (("position", 3), ("normal", 3), ("color", 4), ("uv", 2)):
        form.attr_add(id=name, comp_type='F32', len=width, fetch_mode='FLOAT')
    vertices = gpu.types.GPUVertBuf(format=form, len=len(corners))
    vertices.attr_fill("position", np.ascontiguousarray(points[corners]))
    vertices.attr_fill("normal", _read(mesh.corner_normals, "vector", 3))
    vertices.attr_fill("color", _colors(mesh, corners, layer))
    vertices.attr_fill("uv", _uvs(mesh))
    slots = _read(mesh.loop_triangles, "material_index", 1, np.int32)[:, 0]
    batches = {}
    for slot in np.unique(slots).tolist():
        index = gpu.types.GPUIndexBuf(type='TRIS', seq=np.ascontiguousarray(triangles[slots == slot]))
        batches[slot] = gpu.types.GPUBatch(type='TRIS', buf=vertices, elem=index)
    return Geometry(batches, points.min(axis=0).astype(np.float64), points.max(axis=0).astype(np.float64))


def _read(collection: bpy.types.bpy_prop_collection, name: str, width: int, kind: type = np.float32) -> np.ndarray:
    values = np.empty(len(collection) * width, dtype=kind)
    collection.foreach_get(name, values)
    return values.reshape(-1, width)


def _colors(mesh: bpy.types.Mesh, corners: np.ndarray, layer: str) -> np.ndarray:
    """The colour attribute at each corner, (n, 4) float32, linear; white where there is none."""
    attribute = mesh.color_attributes.get(layer) if layer else mesh.color_attributes.active_color
    if attribute is None:
        return np.ones((len(corners), 4), dtype=np.float32)
    colors = _read(attribute.data, "color", 4)
    return colors if attribute.domain == 'CORNER' else np.ascontiguousarray(colors[corners])


def _uvs(mesh: bpy.types.Mesh) -> np.ndarray:
    layer = mesh.uv_layers.active
    if layer is None:
        return np.zeros((len(mesh.loops), 2), dtype=np.float32)
    return _read(layer.uv, "vector", 2)
