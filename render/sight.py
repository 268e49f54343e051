"""The surfaces before a camera, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np

from ..ai.errors import AdaError
from .views import SURFACES


@dataclass(frozen=True, slots=True)
class Triangles:
    """All that a scene's camera could see, in its space: x to the right, y up, looking along -z."""

    corners: np.ndarray  # (m, 3, 3) float64.
    normals: np.ndarray  # (m, 3, 3) unit vectors.
    projection: np.ndarray  # (4, 4), for a picture of the size that was asked for.
    near: float


def look(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph, width: int, height: int) -> Triangles:
    """Collect what renders of a scene show, modifiers and instances included, as its camera sees it.

    Raises:
        AdaError: the scene has no camera, or nothing to see.
    """
    camera = scene.camera
    if camera is None or camera.type != 'CAMERA':
        raise AdaError("The scene has no camera. Add one, or take an image instead")
    evaluated = camera.evaluated_get(depsgraph)
    projection = np.array(
        evaluated.calc_matrix_camera(depsgraph, x=width, y=height, scale_x=1.0, scale_y=1.0), dtype=np.float64
    )
    world_to_camera = np.linalg.inv(_rigid(np.array(evaluated.matrix_world, dtype=np.float64)))
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for instance in depsgraph.object_instances:
        obj = instance.object
        if instance.show_self and not obj.hide_render and obj.type in SURFACES:
            corners, normals = _read(obj)
            if len(corners):
                matrix = world_to_camera @ np.array(instance.matrix_world, dtype=np.float64)
                found.append(_moved(corners, normals, matrix))
    if not found:
        raise AdaError("The scene has no surface to see. Add an object, or take an image instead")
    corners, normals = (np.concatenate(arrays) for arrays in zip(*found))
    return Triangles(corners, normals, projection, float(evaluated.data.clip_start))


def _rigid(matrix: np.ndarray) -> np.ndarray:
    """A camera's scale does not count."""
    matrix = matrix.copy()
    matrix[:3, :3] /= np.maximum(np.linalg.norm(matrix[:3, :3], axis=0), 1e-12)
    return matrix


def _read(obj: bpy.types.Object) -> tuple[np.ndarray, np.ndarray]:
    """Places and normals of the corners of an evaluated object's triangles in its own space, (m, 3, 3) each."""
    mesh = obj.to_mesh()
    if mesh is None:  # A curve without thickness.
        return np.empty((0, 3, 3)), np.empty((0, 3, 3))
    mesh.calc_loop_triangles()
    count = len(mesh.loop_triangles)
    vertices, loops = np.empty(count * 3, np.int32), np.empty(count * 3, np.int32)
    mesh.loop_triangles.foreach_get("vertices", vertices)
    mesh.loop_triangles.foreach_get("loops", loops)
    places, normals = np.empty(len(mesh.vertices) * 3, np.float32), np.empty(len(mesh.loops) * 3, np.float32)
    mesh.vertices.foreach_get("co", places)
    mesh.corner_normals.foreach_get("vector", normals)
    corners = places.reshape(-1, 3)[vertices].reshape(-1, 3, 3), normals.reshape(-1, 3)[loops].reshape(-1, 3, 3)
    obj.to_mesh_clear()
    return corners


def _moved(corners: np.ndarray, normals: np.ndarray, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """In camera space; normals turn with the inverse transpose and face the camera, as renders show both sides."""
    linear = matrix[:3, :3]
    moved = corners @ linear.T + matrix[:3, 3]
    turned = normals @ np.linalg.pinv(linear)
    turned /= np.maximum(np.linalg.norm(turned, axis=2, keepdims=True), 1e-12)
    away = (turned * moved).sum(2, keepdims=True) > 0
    return moved, np.where(away, -turned, turned)
