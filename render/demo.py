"""A small scene to try everything on: a toy dinosaur in a photo studio, and its picture beside what was made of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import bmesh
import bpy
import numpy as np
from mathutils import Matrix, Vector

from ..ai.mesh import Mesh
from . import compat, images, meshes

VOXEL = 0.02  # Of the remesher that makes one skin of all parts, in scene units; the toy is 3 long.
AIM = Vector((0.0, 0.0, 1.1))  # What the picture shows in its middle, while the toy stands alone.
TOWARDS = Vector((0.42, -1.0, 0.30)).normalized()  # From there to the camera.
RIGHT = TOWARDS.cross((0.0, 0.0, -1.0)).normalized()
GAP = 3.1  # Between original and reconstruction, in scene units.

GREEN, DARK, CREAM = (0.36, 0.70, 0.42), (0.13, 0.47, 0.40), (0.97, 0.89, 0.69)
ORANGE, YELLOW, PINK = (0.95, 0.42, 0.13), (0.99, 0.78, 0.22), (0.96, 0.58, 0.55)
BLACK, WHITE = (0.06, 0.06, 0.09), (0.97, 0.97, 0.95)
DOTS = (  # On both sides: centre, radius, colour.
    ((0.10, 0.52, 1.02), 0.13, DARK),
    ((-0.26, 0.50, 0.98), 0.10, DARK),
    ((-0.10, 0.50, 0.72), 0.09, DARK),
    ((-0.48, 0.36, 0.90), 0.08, DARK),
    ((1.12, 0.37, 1.52), 0.10, PINK),
    ((1.46, 0.13, 1.63), 0.045, DARK),
)
GLEAM = ((1.07, 0.48, 1.86), 0.05)  # In the eyes.


@dataclass(frozen=True, slots=True)
class Part:
    """An ellipsoid of the toy, which looks along +x."""

    kind: str
    center: tuple[float, float, float]
    radii: tuple[float, float, float]
    tilt: float = 0.0  # About y, in degrees; positive lowers the front.

    def local(self, points: np.ndarray) -> np.ndarray:
        """Points (n, 3) where this part is the unit sphere."""
        rotation = np.array(Matrix.Rotation(math.radians(self.tilt), 3, 'Y'))
        return (points - self.center) @ rotation / self.radii

    def distance(self, points: np.ndarray) -> np.ndarray:
        """To the surface, to first order, negative inside: (n,) in scene units."""
        local = self.local(points)
        length = np.linalg.norm(local, axis=1)
        return length * (length - 1.0) / np.maximum(np.linalg.norm(local / self.radii, axis=1), 1e-9)


def build_demo_scene() -> bpy.types.Object:
    """Open a new file with the toy, a studio and a camera; return the toy."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    toy = add_demo_objects(scene)
    _add_backdrop(scene)
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(camera)
    camera.data.lens = 85.0
    _stand_at(camera, AIM + RIGHT * GAP / 2.0 + TOWARDS * 16.0, AIM + RIGHT * GAP / 2.0)
    scene.camera = camera
    return toy


def add_demo_objects(scene: bpy.types.Scene) -> bpy.types.Object:
    """Add the toy and its lights; return the toy."""
    toy = meshes.add_mesh_object(scene, _toy_mesh(scene), "Dinosaur")
    if scene.world is None:
        scene.world = bpy.data.worlds.new("Studio")
    background = compat.nodes_of(scene.world).nodes["Background"]
    background.inputs["Color"].default_value = (1.0, 0.98, 0.95, 1.0)
    background.inputs["Strength"].default_value = 0.5
    for name, place, size, watts in (
        ("Key", (-2.5, -5.0, 6.0), 4.0, 520.0),
        ("Rim", (3.0, 5.0, 4.5), 4.0, 110.0),
    ):
        light = bpy.data.lights.new(name, 'AREA')
        light.size, light.energy = size, watts
        lamp = bpy.data.objects.new(name, light)
        scene.collection.objects.link(lamp)
        _stand_at(lamp, Vector(place), AIM)
    return toy


def place_beside(original: bpy.types.Object, reconstructed: bpy.types.Object) -> None:
    """Move the reconstruction to the right of the original, as the demo's camera sees it."""
    reconstructed.location = original.location + RIGHT * GAP


def render_before_after(path: Path) -> None:
    """Render the demo's camera with Cycles into a PNG file.

    Raises:
        AdaError: the file could not be written.
    """
    scene = bpy.context.scene
    scene.render.engine = 'CYCLES'
    scene.cycles.device = 'CPU'
    scene.cycles.samples = 12
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.max_bounces = 4
    compat.set_denoising(scene, True)
    scene.view_settings.view_transform = 'Standard'
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 960, 540, 100
    images.render_png(scene, path)


def _parts() -> list[Part]:
    parts = [
        Part("body", (0.00, 0.0, 0.80), (0.70, 0.52, 0.58), -12.0),
        Part("body", (0.50, 0.0, 1.18), (0.36, 0.36, 0.46), 30.0),
        Part("head", (0.78, 0.0, 1.66), (0.52, 0.50, 0.48)),
        Part("head", (1.14, 0.0, 1.53), (0.38, 0.37, 0.29), 6.0),
    ]
    for step in np.linspace(0.0, 1.0, 9).tolist():
        place = (-0.45 - 1.05 * step, 0.25 * step**2, 0.68 - 0.25 * step + 0.45 * step**3)
        parts.append(Part("tail", place, (0.40 * (1.0 - step) + 0.07,) * 3))
    for side in (-1.0, 1.0):
        for x in (-0.34, 0.36):
            parts.append(Part("leg", (x, 0.34 * side, 0.34), (0.23, 0.21, 0.38)))
            parts.append(Part("foot", (x + 0.10, 0.35 * side, 0.13), (0.25, 0.20, 0.13)))
        parts.append(Part("eye", (0.99, 0.40 * side, 1.79), (0.13, 0.09, 0.15)))
    plates = (
        (0.72, 2.14, 0.24, 0.0),
        (0.40, 1.93, 0.27, -50.0),
        (0.17, 1.58, 0.30, -60.0),
        (-0.18, 1.44, 0.33, -22.0),
        (-0.55, 1.20, 0.30, -38.0),
        (-0.87, 0.92, 0.25, -42.0),
        (-1.15, 0.76, 0.20, -25.0),
        (-1.38, 0.72, 0.15, 0.0),
    )
    for x, z, size, tilt in plates:
        parts.append(Part("plate", (x, 0.25 * max(0.0, (-0.45 - x) / 1.05) ** 2, z), (size, 0.075, size), tilt))
    return parts


def _toy_mesh(scene: bpy.types.Scene) -> Mesh:
    """One closed skin around all parts, in their colours."""
    hull = bpy.data.meshes.new("Hull")
    obj = bpy.data.objects.new("Hull", hull)
    scene.collection.objects.link(obj)
    shape = bmesh.new()
    try:
        for part in _parts():
            matrix = Matrix.LocRotScale(part.center, Matrix.Rotation(math.radians(part.tilt), 3, 'Y'), part.radii)
            bmesh.ops.create_icosphere(shape, subdivisions=4, radius=1.0, matrix=matrix)
        shape.to_mesh(hull)
        skin = obj.modifiers.new("Skin", 'REMESH')
        skin.mode, skin.voxel_size = 'VOXEL', VOXEL
        smooth = obj.modifiers.new("Smooth", 'SMOOTH')
        smooth.factor, smooth.iterations = 0.5, 12
        mesh = meshes.mesh_of_object(obj, bpy.context.evaluated_depsgraph_get())
    finally:
        shape.free()
        bpy.data.objects.remove(obj)
        bpy.data.meshes.remove(hull)
    return Mesh(mesh.vertices, mesh.faces, colors=_paint(mesh.vertices.astype(np.float64)))


def _paint(points: np.ndarray) -> np.ndarray:
    """The toy's colour at points (n, 3) of its skin: (n, 3) float32, sRGB. Edges are one voxel soft, so not jagged."""
    parts = _parts()
    distances = np.array([part.distance(points) for part in parts])
    shares = np.exp((distances.min(axis=0) - distances) / (0.25 * VOXEL))
    shares /= shares.sum(axis=0)
    colors = sum(share[:, None] * _part_color(part, points) for part, share in zip(parts, shares))
    skin = sum(share for part, share in zip(parts, shares) if part.kind in {"body", "head"})
    mirrored = np.stack([points[:, 0], np.abs(points[:, 1]), points[:, 2]], axis=1)
    for center, radius, color in DOTS:
        colors = _mix(colors, color, skin * _soft(radius - np.linalg.norm(mirrored - center, axis=1)))
    x, _, z = mirrored.T
    mouth = _soft(0.016 - np.abs(z - 1.42 - 0.5 * (x - 1.45) ** 2)) * _soft(x - 1.12)
    colors = _mix(colors, DARK, skin * mouth)
    center, radius = GLEAM
    return _mix(colors, WHITE, _soft(radius - np.linalg.norm(mirrored - center, axis=1))).astype(np.float32)


def _part_color(part: Part, points: np.ndarray) -> np.ndarray:
    local = part.local(points)
    if part.kind == "body":
        return _mix(GREEN, CREAM, _soft(points[:, 0] * 0.55 - points[:, 2] + 0.72) * _soft(0.34 - np.abs(points[:, 1])))
    if part.kind == "tail":
        return _mix(GREEN, DARK, _soft(0.05 - np.abs(np.mod(points[:, 0], 0.26) - 0.13)))
    if part.kind == "foot":
        return _mix(GREEN, CREAM, _soft((local[:, 0] - 0.55) * part.radii[0]))
    if part.kind == "plate":
        return _mix(ORANGE, YELLOW, _soft((np.hypot(local[:, 0], local[:, 2]) - 0.78) * part.radii[0]))
    return np.broadcast_to(BLACK if part.kind == "eye" else GREEN, points.shape)


def _soft(inside: np.ndarray) -> np.ndarray:
    """From a distance into a patch its share, 0 to 1."""
    return np.clip(0.5 + inside / (1.5 * VOXEL), 0.0, 1.0)


def _mix(below: np.ndarray | tuple, above: tuple, share: np.ndarray) -> np.ndarray:
    return below + share[:, None] * (np.asarray(above) - below)


def _add_backdrop(scene: bpy.types.Scene) -> None:
    """A floor that bends up into a wall behind the toy, square to the camera."""
    angles = np.linspace(0.0, math.pi / 2.0, 24)
    bend = np.stack([5.0 + 3.0 * np.sin(angles), 3.0 - 3.0 * np.cos(angles)], axis=1)
    profile = np.concatenate([[(-14.0, 0.0)], bend, [(8.0, 14.0)]])  # (distance behind the toy, height).
    back = Vector((-TOWARDS.x, -TOWARDS.y, 0.0)).normalized()
    rows = [[back * deep + RIGHT * wide + Vector((0.0, 0.0, high)) for deep, high in profile] for wide in (-25.0, 25.0)]
    count = len(profile)
    faces = [(i, count + i, count + i + 1, i + 1) for i in range(count - 1)]
    data = bpy.data.meshes.new("Backdrop")
    data.from_pydata([tuple(point) for row in rows for point in row], [], faces)
    data.shade_smooth()
    material = bpy.data.materials.new("Backdrop")
    surface = compat.nodes_of(material).nodes["Principled BSDF"]
    surface.inputs["Base Color"].default_value = (0.86, 0.72, 0.55, 1.0)
    surface.inputs["Roughness"].default_value = 0.9
    data.materials.append(material)
    scene.collection.objects.link(bpy.data.objects.new("Backdrop", data))


def _stand_at(obj: bpy.types.Object, place: Vector, target: Vector) -> None:
    obj.matrix_world = Matrix.LocRotScale(place, (target - place).to_track_quat('-Z', 'Y'), None)
