"""Draws a growing surface in the 3D viewports, without a datablock: a cancelled job leaves nothing behind."""

from __future__ import annotations

import bpy
import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader

from ..ai.mesh import Mesh
from .registry import registry
from .viewports import redraw

AMBIENT = 0.55  # Share of the colour that faces away from the light keep.
LIGHT = np.array([0.40, -0.55, 0.73])  # Towards the light, in the world, of length 1.

_mesh: Mesh | None = None  # What is shown.
_batch: gpu.types.GPUBatch | None = None  # Made of it at the first drawing: only there is a GPU context certain.
_token: int | None = None  # Of the draw handler.


def show(mesh: Mesh) -> None:
    """Show a mesh in place of the last one. Without an interface this does nothing."""
    global _mesh, _batch, _token
    if bpy.app.background or mesh is _mesh:
        return
    _mesh, _batch = mesh, None
    if _token is None:
        _token = registry.add_draw_handler(bpy.types.SpaceView3D, _draw, 'WINDOW', 'POST_VIEW')
    redraw('WINDOW')


def clear() -> None:
    """Show nothing any more, and give the draw handler back."""
    global _mesh, _batch, _token
    if _token is None:
        return
    registry.remove(_token)
    _mesh = _batch = _token = None
    redraw('WINDOW')


def shade(mesh: Mesh) -> np.ndarray:
    """The colours of a mesh under one fixed light: (n, 4) float32, sRGB. Grey where it has none."""
    colors = mesh.colors if mesh.colors is not None else np.full(mesh.vertices.shape, 0.72, dtype=np.float32)
    normals = mesh.normals if mesh.normals is not None else vertex_normals(mesh.vertices, mesh.faces)
    light = AMBIENT + (1.0 - AMBIENT) * np.clip(normals @ LIGHT, 0.0, 1.0)
    shaded = np.ones((len(mesh.vertices), 4), dtype=np.float32)
    shaded[:, :3] = np.clip(colors * light[:, None], 0.0, 1.0)
    return shaded


def vertex_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Unit normals (n, 3) of vertices (n, 3): the sum of their triangles' (m, 3), weighted by area."""
    corners = vertices[faces].astype(np.float64)
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    each = np.repeat(across, 3, axis=0)
    sums = np.stack([np.bincount(faces.ravel(), each[:, axis], len(vertices)) for axis in range(3)], axis=1)
    return sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-30)


def _draw() -> None:
    global _batch
    if _mesh is None:
        return
    shader = gpu.shader.from_builtin('SMOOTH_COLOR')
    if _batch is None:
        content = {"pos": np.ascontiguousarray(_mesh.vertices, dtype=np.float32), "color": shade(_mesh)}
        _batch = batch_for_shader(shader, 'TRIS', content, indices=np.ascontiguousarray(_mesh.faces, dtype=np.int32))
    before = gpu.state.depth_test_get(), gpu.state.depth_mask_get(), gpu.state.blend_get()
    gpu.state.depth_test_set('LESS_EQUAL')
    gpu.state.depth_mask_set(True)
    gpu.state.blend_set('NONE')
    try:
        _batch.draw(shader)
    finally:
        gpu.state.depth_test_set(before[0])
        gpu.state.depth_mask_set(before[1])
        gpu.state.blend_set(before[2])
