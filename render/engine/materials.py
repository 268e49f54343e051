"""What the engine understands of a material: the node that stands before the output, its values and its textures."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import gpu

from .. import compat

BASE_TEXTURE, NORMAL_TEXTURE, VERTEX_COLORS = 1, 2, 4  # Flags of the surface shader.


@dataclass(frozen=True, slots=True)
class Surface:
    """A material as the surface shader takes it."""

    base: tuple[float, float, float, float] = (0.8, 0.8, 0.8, 1.0)
    metallic: float = 0.0
    specular: float = 0.5  # 0.5 reflects 4 % of what comes straight on.
    exponent: float = 30.0  # Of Blinn-Phong.
    emission: tuple[float, float, float] = (0.0, 0.0, 0.0)
    normal_strength: float = 1.0
    base_image: bpy.types.Image | None = None
    normal_image: bpy.types.Image | None = None
    color_layer: str | None = None  # Name of a colour attribute, "" for the active one; None: not used.
    culls_back: bool = False

    @property
    def flags(self) -> int:
        return (
            BASE_TEXTURE * (self.base_image is not None)
            + NORMAL_TEXTURE * (self.normal_image is not None)
            + VERTEX_COLORS * (self.color_layer is not None)
        )


def exponent_of(roughness: float) -> float:
    """The Blinn-Phong exponent whose highlight is as wide as that of GGX: 2 / r^4 - 2.

    Source: B. Karis, "Specular BRDF Reference" (2013), section D: Blinn-Phong with alpha = roughness squared.
    """
    return min(max(2.0 / max(roughness, 0.05) ** 4 - 2.0, 0.0), 8192.0)


def understand(material: bpy.types.Material | None) -> Surface:
    """Read a material. What cannot be drawn (mixed shaders, procedural textures) keeps its plain colour."""
    if material is None:
        return Surface()
    culls = material.use_backface_culling
    tree = compat.active_nodes(material)
    node = _surface_node(tree) if tree is not None else None
    if node is None:
        color = tuple(material.diffuse_color)
        return Surface(color, material.metallic, exponent=exponent_of(material.roughness), culls_back=culls)
    if node.bl_idname == 'ShaderNodeEmission':
        glow = _scaled(node.inputs["Color"].default_value, node.inputs["Strength"].default_value)
        return Surface((0.0, 0.0, 0.0, 1.0), specular=0.0, emission=glow, culls_back=culls)
    plain = node.bl_idname == 'ShaderNodeBsdfDiffuse'
    color = node.inputs["Color" if plain else "Base Color"]
    image, layer = _color_source(color)
    bump, strength = _normal_source(node.inputs["Normal"])
    base = tuple(color.default_value)
    if plain:
        return Surface(base, 0.0, 0.0, 1.0, (0.0, 0.0, 0.0), strength, image, bump, layer, culls)
    inputs = node.inputs
    return Surface(
        base,
        inputs["Metallic"].default_value,
        inputs["Specular IOR Level"].default_value,
        exponent_of(inputs["Roughness"].default_value),
        _scaled(inputs["Emission Color"].default_value, inputs["Emission Strength"].default_value),
        strength,
        image,
        bump,
        layer,
        culls,
    )


def image_texture(image: bpy.types.Image | None) -> gpu.types.GPUTexture | None:
    """The image on the card, linear; None where its file is missing."""
    if image is None or (not image.has_data and not image.size[0]):
        return None
    return gpu.texture.from_image(image)


def _surface_node(tree: bpy.types.NodeTree) -> bpy.types.Node | None:
    output = tree.get_output_node('ALL') or tree.get_output_node('CYCLES') or tree.get_output_node('EEVEE')
    links = output.inputs["Surface"].links if output is not None else ()
    node = links[0].from_node if links else None
    known = {'ShaderNodeBsdfPrincipled', 'ShaderNodeBsdfDiffuse', 'ShaderNodeEmission'}
    return node if node is not None and node.bl_idname in known else None


def _color_source(socket: bpy.types.NodeSocket) -> tuple[bpy.types.Image | None, str | None]:
    """The image or the colour attribute that feeds a socket."""
    node = socket.links[0].from_node if socket.is_linked else None
    if node is None:
        return None, None
    if node.bl_idname == 'ShaderNodeTexImage' and node.image is not None:
        return node.image, None
    if node.bl_idname == 'ShaderNodeVertexColor':
        return None, node.layer_name
    if node.bl_idname == 'ShaderNodeAttribute' and node.attribute_type == 'GEOMETRY':
        return None, node.attribute_name
    return None, None


def _normal_source(socket: bpy.types.NodeSocket) -> tuple[bpy.types.Image | None, float]:
    """The tangent-space normal texture behind a Normal Map node, and its strength."""
    node = socket.links[0].from_node if socket.is_linked else None
    if node is None or node.bl_idname != 'ShaderNodeNormalMap' or node.space != 'TANGENT':
        return None, 1.0
    return _color_source(node.inputs["Color"])[0], node.inputs["Strength"].default_value


def _scaled(color: object, strength: float) -> tuple[float, float, float]:
    return tuple(channel * strength for channel in tuple(color)[:3])
