"""Plain arrays to Blender's meshes and back."""

from __future__ import annotations

import bpy
import numpy as np

from ..ai.errors import AdaError
from ..ai.mesh import Mesh
from . import compat

COLOR = "Color"  # The colour attribute's name.


def srgb_to_linear(values: np.ndarray) -> np.ndarray:
    """Decode sRGB values in [0, 1] to linear light (IEC 61966-2-1), elementwise."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(values: np.ndarray) -> np.ndarray:
    """Encode linear light in [0, 1] to sRGB (IEC 61966-2-1), elementwise."""
    values = np.clip(values, 0.0, 1.0)
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1.0 / 2.4) - 0.055)


def add_mesh_object(
    scene: bpy.types.Scene,
    mesh: Mesh,
    name: str,
    collection: bpy.types.Collection | None = None,
    texture: np.ndarray | None = None,
) -> bpy.types.Object:
    """Make an object of a mesh, smooth, with its colours as attribute and material.

    Args:
        scene: where it is linked.
        mesh: in world space; the object stands at the origin, so that local is world.
        name: of the object and its data; Blender adds a number where it is taken.
        collection: where it is linked instead of the scene's own collection.
        texture: (h, w, 3) sRGB in [0, 1], row 0 the lowest; the material shows it by the mesh's UVs.

    Raises:
        AdaError: the arrays are no mesh.
    """
    _check(mesh)
    data = bpy.data.meshes.new(name)
    data.vertices.add(len(mesh.vertices))
    data.vertices.foreach_set("co", _flat(mesh.vertices, np.float32))
    sides = np.full(len(mesh.faces), 3, np.int32) if mesh.sides is None else mesh.sides
    corners = _polygon_corners(sides)
    data.loops.add(len(corners))
    data.loops.foreach_set("vertex_index", _flat(mesh.faces.ravel()[corners], np.int32))
    data.polygons.add(len(sides))
    data.polygons.foreach_set("loop_start", (np.cumsum(sides) - sides).astype(np.int32))
    if mesh.uv is not None:
        data.uv_layers.new(name="UVMap").data.foreach_set("uv", _flat(mesh.uv.reshape(-1, 2)[corners], np.float32))
    data.update(calc_edges=True)
    data.validate()  # A face with the same corner twice would crash Blender later.
    data.shade_smooth()
    if mesh.colors is not None:
        _set_colors(data, mesh.colors)
    if texture is not None:
        data.materials.append(_texture_material(name, texture))
    elif mesh.colors is not None:
        data.materials.append(_color_material(name))
    if mesh.normals is not None:
        data.normals_split_custom_set_from_vertices(mesh.normals)
    obj = bpy.data.objects.new(name, data)
    (collection or scene.collection).objects.link(obj)
    return obj


def _polygon_corners(sides: np.ndarray) -> np.ndarray:
    """Which of the corners of the fans, three for each triangle, are those of the polygons, in order."""
    fans = sides - 2
    first = 3 * (np.cumsum(fans) - fans)
    polygon = np.repeat(np.arange(len(sides)), sides)
    number = np.arange(len(polygon)) - np.repeat(np.cumsum(sides) - sides, sides)
    # The fan of a polygon 0 1 2 3 … is 0 1 2, 0 2 3, …: corner k > 1 ends triangle k - 2.
    return first[polygon] + np.where(number < 2, number, 3 * (number - 2) + 2)


def select_only(view_layer: bpy.types.ViewLayer, obj: bpy.types.Object) -> None:
    """Select this object alone and make it the active one."""
    view_layer.update()  # Until then what a script removed stands in the list as None, and what it added is absent.
    for other in view_layer.objects:
        other.select_set(other == obj)
    view_layer.objects.active = obj


def mesh_of_object(obj: bpy.types.Object, depsgraph: bpy.types.Depsgraph) -> Mesh:
    """The triangles of an object as the viewport shows it: modifiers applied, in world space.

    Colours are those of the active colour attribute, where there is one; a corner's colours are averaged over its
    vertex.

    Raises:
        AdaError: the object has no surface.
    """
    evaluated = obj.evaluated_get(depsgraph)
    try:
        data = evaluated.to_mesh()
    except RuntimeError as error:
        raise AdaError("'{name}' has no surface. Select a mesh", name=obj.name) from error
    try:
        data.calc_loop_triangles()
        matrix = np.array(evaluated.matrix_world, dtype=np.float64)
        vertices = _read(data.vertices, "co", 3) @ matrix[:3, :3].T + matrix[:3, 3]
        faces = _read(data.loop_triangles, "vertices", 3, np.int32)
        normals = _read(data.vertices, "normal", 3) @ np.linalg.pinv(matrix[:3, :3])
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
        if np.linalg.det(matrix[:3, :3]) < 0.0:  # Mirrored: what was counter-clockwise is clockwise.
            faces = faces[:, ::-1]
        return Mesh(vertices.astype(np.float32), np.ascontiguousarray(faces), normals.astype(np.float32), _colors(data))
    finally:
        evaluated.to_mesh_clear()


def _check(mesh: Mesh) -> None:
    if not len(mesh.vertices) or not len(mesh.faces):
        raise AdaError("The mesh is empty. Train longer or enlarge the crop box")
    if not np.isfinite(mesh.vertices).all() or mesh.faces.min() < 0 or mesh.faces.max() >= len(mesh.vertices):
        raise AdaError("The mesh is damaged. Start again with other settings")


def _flat(values: np.ndarray, kind: type[np.generic]) -> np.ndarray:
    return np.ascontiguousarray(values, dtype=kind).ravel()


def _read(collection: bpy.types.bpy_prop_collection, name: str, width: int, kind: type = np.float32) -> np.ndarray:
    values = np.empty(len(collection) * width, dtype=kind)
    collection.foreach_get(name, values)
    return values.reshape(-1, width)


def _set_colors(data: bpy.types.Mesh, colors: np.ndarray) -> None:
    """Store sRGB colours (n, 3) as a point attribute, linear as Blender's shaders want it."""
    attribute = data.color_attributes.new(COLOR, 'FLOAT_COLOR', 'POINT')
    rgba = np.ones((len(colors), 4), dtype=np.float32)
    rgba[:, :3] = srgb_to_linear(np.clip(colors, 0.0, 1.0))
    attribute.data.foreach_set("color", rgba.ravel())
    data.color_attributes.active_color = attribute
    data.color_attributes.render_color_index = data.color_attributes.active_color_index


def _colors(data: bpy.types.Mesh) -> np.ndarray | None:
    """The active colour attribute as (n, 3) float32 sRGB for each vertex."""
    attribute = data.color_attributes.active_color
    if attribute is None:
        return None
    linear = _read(attribute.data, "color", 4)[:, :3].astype(np.float64)
    if attribute.domain == 'CORNER':
        corners = _read(data.loops, "vertex_index", 1, np.int32)[:, 0]
        counts = np.maximum(np.bincount(corners, minlength=len(data.vertices)), 1)
        sums = [np.bincount(corners, linear[:, channel], len(data.vertices)) for channel in range(3)]
        linear = np.stack(sums, axis=1) / counts[:, None]
    return linear_to_srgb(linear).astype(np.float32)


def _color_material(name: str) -> bpy.types.Material:
    """A rough plastic in the colours of the attribute."""
    material, tree, surface = _plastic(name)
    color = tree.nodes.new("ShaderNodeVertexColor")
    color.layer_name = COLOR
    color.location = (-220.0, 280.0)
    tree.links.new(color.outputs["Color"], surface.inputs["Base Color"])
    return material


def _texture_material(name: str, texture: np.ndarray) -> bpy.types.Material:
    """A rough plastic in the colours of a texture, which is packed into the file."""
    height, width = texture.shape[:2]
    image = bpy.data.images.new(name, width, height)
    rgba = np.ones((height, width, 4), np.float32)
    rgba[..., :3] = texture
    image.pixels.foreach_set(rgba.ravel())  # Of an 8-bit image these are the stored values, sRGB as they stand.
    image.pack()
    material, tree, surface = _plastic(name)
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    node.location = (-320.0, 280.0)
    tree.links.new(node.outputs["Color"], surface.inputs["Base Color"])
    return material


def _plastic(name: str) -> tuple[bpy.types.Material, bpy.types.NodeTree, bpy.types.ShaderNode]:
    material = bpy.data.materials.new(name)
    tree = compat.nodes_of(material)
    surface = tree.nodes["Principled BSDF"]
    surface.inputs["Roughness"].default_value = 0.7
    surface.inputs["Specular IOR Level"].default_value = 0.2
    return material, tree, surface
