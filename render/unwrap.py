"""A mesh made lighter and laid out flat by Blender, beside the user's scene."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import bpy
import numpy as np

from ..ai.errors import AdaError
from ..ai.files import reason
from ..ai.mesh import Mesh
from ..ai.projection.raster import overlapping_faces
from . import meshes

ANGLES = 75.0, 60.0, 45.0, 30.0  # Degrees between faces of an island; smaller ones lie flatter, in more pieces.
SMOOTHING = 10  # Iterations; the layout is that of a smoother surface, whose islands are ten times fewer.
ISLAND_MARGIN = 0.003  # Of the texture's side.
LOOK = 2048  # Texels along a side at which islands are searched for overlaps.


def unwrap(mesh: Mesh, faces: int = 0, quads: bool = False) -> Mesh:
    """Reduce a mesh and give it UVs whose islands do not overlap. Only for Blender's main thread.

    Args:
        mesh: triangles; only its places and faces are used.
        faces: so many are left at most. 0: all.
        quads: lay a new net of quads over the surface (QuadriFlow: Huang et al., SGP 2018); `faces` of them, or
            half as many as there are triangles.

    Returns:
        A mesh with `uv`, with smooth normals, without colours.

    Raises:
        AdaError: Blender could not do it.
    """
    with _workplace(mesh) as (scene, obj):
        try:
            if quads:
                _remesh(scene, obj, faces or len(mesh.faces) // 2)
            elif 0 < faces < len(mesh.faces):
                _decimate(scene, obj, faces / len(mesh.faces))
            _lay_out(scene, obj)
        except RuntimeError as error:
            raise AdaError("Blender could not lay the mesh out: {reason}", reason=reason(error)) from error
        return _read(obj.data)


@contextmanager
def _workplace(mesh: Mesh) -> Iterator[tuple[bpy.types.Scene, bpy.types.Object]]:
    """A scene of its own with the mesh: the user's selection, mode and undo history stay as they are."""
    scene = bpy.data.scenes.new("Ada Unwrap")
    try:
        obj = meshes.add_mesh_object(scene, Mesh(mesh.vertices, mesh.faces), "Ada Unwrap")
        layer = scene.view_layers[0]
        layer.objects.active = obj
        obj.select_set(True, view_layer=layer)
        yield scene, obj
    finally:
        for obj in list(scene.collection.objects):
            data = obj.data
            bpy.data.objects.remove(obj)
            bpy.data.meshes.remove(data)
        bpy.data.scenes.remove(scene)


def _decimate(scene: bpy.types.Scene, obj: bpy.types.Object, ratio: float) -> None:
    modifier = obj.modifiers.new("Decimate", 'DECIMATE')
    modifier.ratio = ratio
    layer = scene.view_layers[0]
    layer.update()
    full = obj.data
    reduced = bpy.data.meshes.new_from_object(obj.evaluated_get(layer.depsgraph), depsgraph=layer.depsgraph)
    obj.modifiers.clear()
    obj.data = reduced
    bpy.data.meshes.remove(full)


def _remesh(scene: bpy.types.Scene, obj: bpy.types.Object, faces: int) -> None:
    with bpy.context.temp_override(scene=scene, view_layer=scene.view_layers[0], active_object=obj, object=obj):
        bpy.ops.object.quadriflow_remesh(mode='FACES', target_faces=faces, use_mesh_symmetry=False)


def _lay_out(scene: bpy.types.Scene, obj: bpy.types.Object) -> None:
    """Smart UV Project with the widest angle at which no islands overlap, or the fewest faces do."""
    original = _values(obj.data.vertices, "co", 3, np.float32)
    modifier = obj.modifiers.new("Smooth", 'SMOOTH')
    modifier.factor, modifier.iterations = 0.5, SMOOTHING
    layer = scene.view_layers[0]
    layer.update()
    smooth = _values(obj.evaluated_get(layer.depsgraph).data.vertices, "co", 3, np.float32)
    obj.modifiers.clear()
    obj.data.vertices.foreach_set("co", smooth.ravel())
    obj.data.update()
    try:
        overlaps = []
        for angle in ANGLES:
            _project(scene, obj, angle)
            overlaps.append(len(overlapping_faces(_read(obj.data).uv, LOOK)))
            if not overlaps[-1]:
                return
        _project(scene, obj, ANGLES[int(np.argmin(overlaps))])
    finally:
        obj.data.vertices.foreach_set("co", original.ravel())
        obj.data.update()


def _project(scene: bpy.types.Scene, obj: bpy.types.Object, angle: float) -> None:
    place = {"scene": scene, "view_layer": scene.view_layers[0], "active_object": obj, "object": obj}
    with bpy.context.temp_override(**place):
        bpy.ops.object.mode_set(mode='EDIT')
    try:
        with bpy.context.temp_override(**place, edit_object=obj, objects_in_mode_unique_data=[obj]):
            bpy.ops.mesh.select_all(action='SELECT')
            bpy.ops.uv.smart_project(angle_limit=math.radians(angle), island_margin=ISLAND_MARGIN)
    finally:
        with bpy.context.temp_override(**place):
            bpy.ops.object.mode_set(mode='OBJECT')


def _read(data: bpy.types.Mesh) -> Mesh:
    """Arrays of a mesh with UVs; polygons are cut into fans, which `sides` remembers."""
    vertices, normals = _values(data.vertices, "co", 3, np.float32), _values(data.vertices, "normal", 3, np.float32)
    corner = _values(data.loops, "vertex_index", 1, np.int32)[:, 0]
    first = _values(data.polygons, "loop_start", 1, np.int32)[:, 0]
    sides = _values(data.polygons, "loop_total", 1, np.int32)[:, 0]
    uv = _values(data.uv_layers.active.data, "uv", 2, np.float32)
    polygon = np.repeat(np.arange(len(sides)), sides - 2)
    number = np.arange(len(polygon)) - np.repeat(np.cumsum(sides - 2) - (sides - 2), sides - 2)
    loops = first[polygon, None] + np.stack([np.zeros_like(number), number + 1, number + 2], -1)
    return Mesh(vertices, corner[loops], normals, None, uv[loops], None if (sides == 3).all() else sides)


def _values(collection: bpy.types.bpy_prop_collection, name: str, width: int, kind: type) -> np.ndarray:
    found = np.empty(len(collection) * width, kind)
    collection.foreach_get(name, found)
    return found.reshape(-1, width)
