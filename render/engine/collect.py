"""What a scene holds: surfaces with their instances, lamps, the world's light."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import bpy
import numpy as np

from .. import compat
from . import geometry, lights, materials
from .geometry import Geometry
from .lights import Light
from .materials import BASE_TEXTURE, NORMAL_TEXTURE, Surface

TEXELS = 8  # For each instance, as in shaders/surface.vert.glsl.
ROW = 1024  # Instances in a row of the texture.


@dataclass(slots=True)
class Group:
    """All instances of a mesh that share their materials and are turned inside out or not."""

    geometry: Geometry
    surfaces: tuple[Surface, ...]  # By material slot; the last one also for slots that are missing.
    mirrored: bool
    matrices: list[np.ndarray] = field(default_factory=list)
    first: int = 0  # Of its instances, in the texture.


@dataclass(slots=True)
class Contents:
    """A scene as it is drawn."""

    groups: list[Group]
    lights: list[Light]
    ambient: np.ndarray  # (3,) radiance of the world.
    low: np.ndarray  # Bounding box of all surfaces, (3,).
    high: np.ndarray


class Store:
    """Keeps meshes and materials on the card from one picture to the next."""

    def __init__(self) -> None:
        self.uploads = 0  # Meshes put on the card so far.
        self._meshes: dict[tuple[int, str, bool], Geometry | None] = {}  # By data's session_uid, colours, textured.
        self._materials: dict[int, Surface] = {}

    def forget(self, depsgraph: bpy.types.Depsgraph) -> None:
        """Drop what the last change of the scene touched."""
        changed = set()
        for update in depsgraph.updates:
            item = update.id
            if isinstance(item, bpy.types.Object):
                if update.is_updated_geometry and item.data is not None:
                    changed |= {item.data.session_uid, item.data.original.session_uid}
                if update.is_updated_shading:
                    self._materials.clear()
            elif isinstance(item, bpy.types.Mesh):
                changed |= {item.session_uid, item.original.session_uid}
            elif isinstance(item, bpy.types.Material | bpy.types.NodeTree | bpy.types.Image):
                self._materials.clear()
        self._meshes = {key: mesh for key, mesh in self._meshes.items() if key[0] not in changed}

    def collect(self, depsgraph: bpy.types.Depsgraph) -> Contents:
        """Go through all that is visible; upload what is not there yet, free what is no longer used."""
        groups: dict[tuple, Group] = {}
        lamps: list[Light] = []
        seen = set()
        for instance in depsgraph.object_instances:
            obj = instance.object
            if obj.type == 'LIGHT' and len(lamps) < lights.MAX_LIGHTS and instance.show_self:
                lamps.append(lights.read_light(obj.data, np.array(instance.matrix_world, dtype=np.float64)))
            if obj.type != 'MESH' or not instance.show_self:
                continue
            slots = tuple(self._surface(slot.material) for slot in obj.material_slots) or (Surface(),)
            layer = next((surface.color_layer for surface in slots if surface.color_layer is not None), "")
            # A mesh that modifiers made has a number of its own each time, the others that of their original.
            textured = any(surface.flags & (BASE_TEXTURE | NORMAL_TEXTURE) for surface in slots)
            key = obj.data.session_uid or obj.data.original.session_uid, layer, textured
            seen.add(key)
            if key not in self._meshes:
                self._meshes[key] = geometry.upload(obj.data, layer, textured)
                self.uploads += 1
            mesh = self._meshes[key]
            if mesh is None:
                continue
            matrix = np.array(instance.matrix_world, dtype=np.float64)
            mirrored = bool(np.linalg.det(matrix[:3, :3]) < 0.0)
            group_key = (key, tuple(map(id, slots)) if obj.material_slots else (), mirrored)
            groups.setdefault(group_key, Group(mesh, slots, mirrored)).matrices.append(matrix)
        self._meshes = {key: mesh for key, mesh in self._meshes.items() if key in seen}
        found = list(groups.values())
        for group, first in zip(found, itertools.accumulate([0, *(len(group.matrices) for group in found)])):
            group.first = first
        low, high = bounds(found)
        return Contents(found, lamps, world_radiance(depsgraph.scene.world), low, high)

    def _surface(self, material: bpy.types.Material | None) -> Surface:
        key = material.original.session_uid if material is not None else 0  # What is evaluated has none of its own.
        if key not in self._materials:
            self._materials[key] = materials.understand(material)
        return self._materials[key]


def instance_texels(groups: list[Group]) -> np.ndarray:
    """The matrices of all instances as a picture, (rows, ROW * TEXELS, 4) float32."""
    matrices = np.array([matrix for group in groups for matrix in group.matrices]).reshape(-1, 4, 4)
    texels = np.zeros((-(-max(len(matrices), 1) // ROW) * ROW, TEXELS, 4), dtype=np.float32)
    count = len(matrices)
    texels[:count, 0:3] = matrices[:, :3]
    # Normals turn with the inverse transpose, up to its length: the cofactors, which exist for flat matrices as well.
    first, second, third = matrices[:, :3, 0], matrices[:, :3, 1], matrices[:, :3, 2]
    cofactors = np.stack([np.cross(second, third), np.cross(third, first), np.cross(first, second)], axis=2)
    sign = np.where(np.linalg.det(matrices[:, :3, :3]) < 0.0, -1.0, 1.0)
    length = np.maximum(np.abs(cofactors).max(axis=(1, 2)), 1e-30)
    texels[:count, 3:6, :3] = cofactors * (sign / length)[:, None, None]
    return texels.reshape(-1, ROW * TEXELS, 4)


def bounds(groups: list[Group]) -> tuple[np.ndarray, np.ndarray]:
    """The box around all surfaces, in the world."""
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for group in groups:
        box = itertools.product(*zip(group.geometry.low, group.geometry.high))
        corners = np.array([(*corner, 1.0) for corner in box])
        points = np.einsum("nij,cj->nci", np.array(group.matrices)[:, :3], corners).reshape(-1, 3)
        low, high = np.minimum(low, points.min(axis=0)), np.maximum(high, points.max(axis=0))
    return (low, high) if groups else (np.zeros(3), np.ones(3))


def world_radiance(world: bpy.types.World | None) -> np.ndarray:
    """Colour times strength of the world's background; textures count by their socket's plain colour."""
    if world is None:
        return np.zeros(3)
    tree = compat.active_nodes(world)
    output = tree.get_output_node('ALL') if tree is not None else None
    links = output.inputs["Surface"].links if output is not None else ()
    if not links or links[0].from_node.bl_idname != 'ShaderNodeBackground':
        return np.array(world.color, dtype=np.float64) if tree is None else np.zeros(3)
    inputs = links[0].from_node.inputs
    return np.array(inputs["Color"].default_value[:3], dtype=np.float64) * inputs["Strength"].default_value
