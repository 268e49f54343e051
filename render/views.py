"""Where cameras stand around objects. Numbers only, but for `bounding_sphere`, which asks Blender."""

from __future__ import annotations

import math

import bpy
import numpy as np

GOLDEN_ANGLE = math.pi * (3.0 - math.sqrt(5.0))
SURFACES = {'MESH', 'CURVE', 'SURFACE', 'META', 'FONT'}  # What `to_mesh` turns into a mesh.
BOXES = {'CURVES', 'POINTCLOUD', 'VOLUME', 'GPENCIL', 'GREASEPENCIL'}  # Seen in a render; only their boxes are known.


def view_directions(count: int, lowest: float, highest: float, phase: float = 0.0) -> np.ndarray:
    """Spread directions evenly over a band of the unit sphere: a Fibonacci spiral.

    z_i = z_min + (z_max - z_min) (i + 1/2) / n,   azimuth_i = i pi (3 - sqrt 5) + phase

    Args:
        count: n >= 0.
        lowest: elevation of the band's lower edge in degrees, -90 to 90.
        highest: elevation of its upper edge in degrees.
        phase: turns the spiral about z, in radians.

    Returns:
        Unit vectors, (count, 3) float64.

    Source: Swinbank & Purser, "Fibonacci grids: a novel approach to global modelling", 2006, sec. 2.
    """
    steps = np.arange(count) + 0.5
    bottom, top = math.sin(math.radians(lowest)), math.sin(math.radians(highest))
    z = bottom + (top - bottom) * steps / max(count, 1)
    radius = np.sqrt(np.maximum(0.0, 1.0 - z * z))
    azimuth = np.arange(count) * GOLDEN_ANGLE + phase
    return np.stack([radius * np.cos(azimuth), radius * np.sin(azimuth), z], axis=1)


def look_at(position: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The camera-to-world matrix of a camera that looks at a point, its picture upright.

    Args:
        position: where the camera stands, (3,).
        target: what it looks at, (3,), elsewhere.

    Returns:
        (4, 4) float64, rigid. OpenGL axes: x to the right, y up, looking along -z. Straight above or below the
        target, where nothing is upright, world y is up in the picture.
    """
    back = position - target
    back = back / np.linalg.norm(back)
    right = np.cross([0.0, 0.0, 1.0], back)
    length = np.linalg.norm(right)
    right = right / length if length > 1e-9 else np.array([1.0, 0.0, 0.0])
    pose = np.eye(4)
    pose[:3, :4] = np.stack([right, np.cross(back, right), back, position], axis=1)
    return pose


def fitting_distance(radius: float, field_of_view: float) -> float:
    """How far from a sphere's centre the whole sphere is in the picture, with a rim of 5 %.

    Args:
        radius: of the sphere, in scene units.
        field_of_view: angle between two opposite sides of the square picture, in degrees.
    """
    return 1.05 * radius / math.sin(math.radians(field_of_view) / 2.0)


def bounding_sphere(depsgraph: bpy.types.Depsgraph) -> tuple[np.ndarray, float] | None:
    """The sphere around everything in an evaluated scene that a render shows, modifiers and instances included.

    Returns:
        Centre (3,) float64 and radius > 0, in scene units; None where there is nothing.
    """
    directions = view_directions(256, -90.0, 90.0)
    known: dict[int, np.ndarray] = {}  # By the evaluated object: its instances share it.
    found: list[np.ndarray] = []
    for instance in depsgraph.object_instances:
        obj = instance.object
        if not instance.show_self or obj.hide_render or obj.type not in SURFACES | BOXES:
            continue
        key = obj.as_pointer()
        if key not in known:
            known[key] = _extreme_points(_local_points(obj), directions)
        matrix = np.array(instance.matrix_world, dtype=np.float64)
        found.append(known[key] @ matrix[:3, :3].T + matrix[:3, 3])
    points = np.concatenate(found) if found else np.empty((0, 3))
    if not len(points) or not np.isfinite(points).all():
        return None
    centre = (points.min(axis=0) + points.max(axis=0)) / 2.0
    radius = float(np.linalg.norm(points - centre, axis=1).max())
    return (centre, radius) if radius > 0.0 else None


def _local_points(obj: bpy.types.Object) -> np.ndarray:
    """The points of an evaluated object in its own space, (n, 3) float64."""
    if obj.type not in SURFACES:
        return np.array(obj.bound_box, dtype=np.float64)
    mesh = obj.to_mesh()
    points = np.empty(len(mesh.vertices) * 3, dtype=np.float32)
    mesh.vertices.foreach_get("co", points)
    obj.to_mesh_clear()
    return points.reshape(-1, 3).astype(np.float64)


def _extreme_points(points: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Of many points, the outermost in each direction: they span the same sphere within 1 %."""
    if len(points) <= len(directions):
        return points
    return points[np.unique([int((points @ direction).argmax()) for direction in directions])]
