"""A material of texture maps, with a tile size in the scene's own units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ..ai.errors import AdaError
from . import compat

TILE = "Tile Size"  # Name and label of the node that holds it.
DEPTH = "Depth"  # Name and label of the node that holds what a height of 1 stands for, in tiles.
FLIP = "Flip Green"  # Name and label of the node that turns a DirectX normal map into an OpenGL one.


@dataclass(frozen=True, slots=True)
class Surface:
    """What a material is made of."""

    name: str
    # 'color', and any of 'albedo' (used instead), 'normal', 'height', 'roughness', 'metallic', 'ao', 'orm'.
    images: dict[str, bpy.types.Image]
    tile_size: float = 1.0  # Side of one repetition in the scene's units.
    mapping: str = 'BOX'  # Or 'UV'.
    units_per_uv: float = 1.0  # Length on the mesh that one unit of its UV map covers.
    depth: float = 0.02  # What a height of 1 stands for, in tiles.
    displacement: str = 'BUMP'  # 'BUMP', 'DISPLACEMENT' or 'BOTH'.
    directx: bool = False  # Green points down in the normal map.


def add_material(surface: Surface) -> bpy.types.Material:
    """Make the material. One node, "Tile Size", holds the size for all its maps."""
    material = bpy.data.materials.new(surface.name)
    tree = compat.nodes_of(material)
    tree.nodes.clear()
    build = _Builder(tree)
    output = build.node("ShaderNodeOutputMaterial", 700, 0)
    shader = build.node("ShaderNodeBsdfPrincipled", 350, 0)
    build.link(shader.outputs["BSDF"], output.inputs["Surface"])
    tile = build.node("ShaderNodeValue", -1150, -250)
    tile.name = tile.label = TILE
    tile.outputs[0].default_value = surface.tile_size
    vector = _coordinates(build, surface, tile.outputs[0])
    unused = ("color" if "albedo" in surface.images else "", "orm" if "roughness" in surface.images else "")
    images = {kind: build.image(surface, kind, vector) for kind in surface.images if kind not in unused}
    packed = _split_orm(build, images)
    _wire_color(build, images, shader, packed)
    _wire_numbers(build, images, shader, packed)
    _wire_relief(build, surface, images, shader, output, tile.outputs[0])
    material.displacement_method = surface.displacement
    return material


class _Builder:
    """Adds nodes to a tree."""

    def __init__(self, tree: bpy.types.NodeTree) -> None:
        self.tree = tree
        self.row = 300

    def node(self, kind: str, x: float, y: float) -> Any:
        node = self.tree.nodes.new(kind)
        node.location = x, y
        return node

    def link(self, output: Any, entry: Any) -> None:
        self.tree.links.new(output, entry)

    def math(self, operation: str, x: float, y: float, first: Any, second: Any) -> Any:
        """A vector operation of two sockets; returns its result."""
        node = self.node("ShaderNodeVectorMath", x, y)
        node.operation = operation
        self.link(first, node.inputs[0])
        self.link(second, node.inputs[1])
        return node.outputs[0]

    def image(self, surface: Surface, kind: str, vector: Any) -> Any:
        node = self.node("ShaderNodeTexImage", -450, self.row)
        self.row -= 300
        node.label = kind.title()
        node.image = surface.images[kind]
        if surface.mapping == 'BOX':
            node.projection, node.projection_blend = 'BOX', 0.2
        self.link(vector, node.inputs["Vector"])
        return node.outputs["Color"]


def _coordinates(build: _Builder, surface: Surface, tile: Any) -> Any:
    """Texture coordinates in tiles.

    Object coordinates are those of the unscaled mesh; times the object's scale, which an Attribute node reads from
    the object, they are lengths.
    """
    source = build.node("ShaderNodeTexCoord", -1400, 100)
    if surface.mapping == 'UV':
        length = build.node("ShaderNodeValue", -1400, -250)
        length.label = "Length of the UV Map"
        length.outputs[0].default_value = surface.units_per_uv
        lengths = build.math('MULTIPLY', -950, 100, source.outputs["UV"], length.outputs[0])
    else:
        scale = build.node("ShaderNodeAttribute", -1400, -150)
        scale.attribute_type, scale.attribute_name = 'OBJECT', "scale"
        lengths = build.math('MULTIPLY', -950, 100, source.outputs["Object"], scale.outputs["Vector"])
    return build.math('DIVIDE', -700, 100, lengths, tile)


def _wire_color(build: _Builder, images: dict[str, Any], shader: Any, packed: dict[str, Any]) -> None:
    color = images.get("albedo") or images["color"]
    occlusion = images.get("ao") or packed.get("ao")
    if occlusion is not None:
        mix = build.node("ShaderNodeMix", 50, 250)
        mix.data_type, mix.blend_type = 'RGBA', 'MULTIPLY'
        # Its sockets share their names among the types of data: identifiers tell them apart.
        entries = {socket.identifier: socket for socket in mix.inputs}
        entries["Factor_Float"].default_value = 1.0
        build.link(color, entries["A_Color"])
        build.link(occlusion, entries["B_Color"])
        color = next(socket for socket in mix.outputs if socket.identifier == "Result_Color")
    build.link(color, shader.inputs["Base Color"])


def _split_orm(build: _Builder, images: dict[str, Any]) -> dict[str, Any]:
    """What the packed image holds, by kind."""
    if "orm" not in images:
        return {}
    split = build.node("ShaderNodeSeparateColor", -100, 0)
    build.link(images["orm"], split.inputs["Color"])
    return {"ao": split.outputs["Red"], "roughness": split.outputs["Green"], "metallic": split.outputs["Blue"]}


def _wire_numbers(build: _Builder, images: dict[str, Any], shader: Any, packed: dict[str, Any]) -> None:
    for kind, entry in (("roughness", "Roughness"), ("metallic", "Metallic")):
        source = images.get(kind) or packed.get(kind)
        if source is not None:
            build.link(source, shader.inputs[entry])


def _wire_relief(
    build: _Builder, surface: Surface, images: dict[str, Any], shader: Any, output: Any, tile: Any
) -> None:
    """Normals from the normal map along a UV map; a box projection has no tangents, there the height makes them."""
    height = images.get("height")
    if "normal" in images and surface.mapping == 'UV':
        normal = build.node("ShaderNodeNormalMap", 50, -250)
        color = _flipped(build, images["normal"]) if surface.directx else images["normal"]
        build.link(color, normal.inputs["Color"])
        build.link(normal.outputs["Normal"], shader.inputs["Normal"])
    if height is None:
        return
    depth = build.node("ShaderNodeMath", 50, -650)
    depth.operation = 'MULTIPLY'
    depth.name = depth.label = DEPTH
    build.link(tile, depth.inputs[0])
    depth.inputs[1].default_value = surface.depth
    if surface.displacement == 'BUMP':
        if not shader.inputs["Normal"].is_linked:
            bump = build.node("ShaderNodeBump", 50, -450)
            build.link(height, bump.inputs["Height"])
            build.link(depth.outputs[0], bump.inputs["Distance"])
            build.link(bump.outputs[0], shader.inputs["Normal"])
        return
    displacement = build.node("ShaderNodeDisplacement", 350, -650)
    displacement.inputs["Midlevel"].default_value = 0.5
    build.link(height, displacement.inputs["Height"])
    build.link(depth.outputs[0], displacement.inputs["Scale"])
    build.link(displacement.outputs[0], output.inputs["Displacement"])


def _flipped(build: _Builder, color: Any) -> Any:
    """A normal map with its green turned over."""
    split = build.node("ShaderNodeSeparateColor", -350, -350)
    build.link(color, split.inputs["Color"])
    flip = build.node("ShaderNodeMath", -200, -400)
    flip.operation, flip.name, flip.label = 'SUBTRACT', FLIP, FLIP
    flip.inputs[0].default_value = 1.0
    build.link(split.outputs["Green"], flip.inputs[1])
    joined = build.node("ShaderNodeCombineColor", -50, -350)
    build.link(split.outputs["Red"], joined.inputs["Red"])
    build.link(flip.outputs[0], joined.inputs["Green"])
    build.link(split.outputs["Blue"], joined.inputs["Blue"])
    return joined.outputs["Color"]


def made_of(material: bpy.types.Material) -> set[bpy.types.Image]:
    """The images of a material that was made here; none of any other."""
    tree = material.node_tree
    if tree is None or TILE not in tree.nodes:
        return set()
    return {node.image for node in tree.nodes if node.type == 'TEX_IMAGE' and node.image is not None}


def suits(material: bpy.types.Material, directx: bool) -> bool:
    """Whether a material that was made here reads normal maps of this format."""
    nodes = material.node_tree.nodes
    return (FLIP in nodes) == directx or all(node.type != 'NORMAL_MAP' for node in nodes)


def set_depth(material: bpy.types.Material, depth: float) -> None:
    """Tell a material that was made here what a height of 1 stands for, in tiles."""
    if DEPTH in material.node_tree.nodes:
        material.node_tree.nodes[DEPTH].inputs[1].default_value = depth


def assign(material: bpy.types.Material, objects: list[bpy.types.Object]) -> None:
    """Put a material into the active slot of each object, or into a new one."""
    for obj in objects:
        obj.active_material = material


def takes_material(obj: bpy.types.Object) -> bool:
    return hasattr(obj.data, "materials")


def units_per_uv(objects: list[bpy.types.Object]) -> float:
    """Length on the objects that one unit of their UV maps covers: the root of surface over UV area.

    Raises:
        AdaError: one of them has no UV map.
    """
    surface = flat = 0.0
    for obj in objects:
        layer = obj.data.uv_layers.active if obj.type == 'MESH' else None
        if layer is None:
            raise AdaError("'{name}' has no UV map. Unwrap it, or choose Box under Mapping", name=obj.name)
        mesh = obj.data
        mesh.calc_loop_triangles()
        count = len(mesh.loop_triangles)
        corners, loops = np.empty(count * 3, np.int32), np.empty(count * 3, np.int32)
        mesh.loop_triangles.foreach_get("vertices", corners)
        mesh.loop_triangles.foreach_get("loops", loops)
        places = np.empty(len(mesh.vertices) * 3, np.float32)
        mesh.vertices.foreach_get("co", places)
        uvs = np.empty(len(mesh.loops) * 2, np.float32)
        layer.uv.foreach_get("vector", uvs)
        scaled = places.reshape(-1, 3).astype(np.float64) * np.array(obj.scale)
        surface += _area(scaled[corners.reshape(-1, 3)])
        flat += _area(np.pad(uvs.reshape(-1, 2).astype(np.float64), ((0, 0), (0, 1)))[loops.reshape(-1, 3)])
    return float(np.sqrt(surface / flat)) if surface > 0 and flat > 0 else 1.0


def _area(triangles: np.ndarray) -> float:
    """Sum of the areas of triangles (n, 3, 3)."""
    across = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    return float(np.linalg.norm(across, axis=1).sum() / 2)
