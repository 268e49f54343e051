"""What the materials and the sky of a scene ask of Cycles' memory: attributes, light trees, pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import bpy

from ..ai.card.scene import TextureContent
from ..ai.image_header import ImageHeader, parse_image_header, read_image_header
from . import compat

SKY_SIZE, SUN_SIZE = (4096, 2048), (512, 256)  # Least of the importance map that Cycles chooses by itself.
BUILT_IN = {'GENERATED', 'MOVIE', 'VIEWER'}  # Sources that Blender, not Cycles, decodes.
PROCEDURAL = {'TEX_NOISE', 'TEX_VORONOI', 'TEX_WAVE', 'TEX_MAGIC', 'TEX_CHECKER', 'TEX_BRICK', 'TEX_GRADIENT',
              'TEX_GABOR', 'TEX_WHITE_NOISE'}  # fmt: skip


@dataclass(slots=True)
class Demands:
    """What shaders ask for."""

    uv_maps: set[str] = field(default_factory=set)  # "" is the active one.
    generated: bool = False
    tangents: bool = False
    attributes: set[str] = field(default_factory=set)
    glows: bool = False
    images: set[bpy.types.Image] = field(default_factory=set)
    suns: int = 0  # Sky textures with a sun of their own.


def read_demands(tree: bpy.types.NodeTree | None) -> Demands:
    """What the nodes that reach the output ask for: Cycles leaves the others out."""
    demands = Demands()
    output = tree.get_output_node('CYCLES') if tree is not None else None
    for node in _reaching(output, set()) if output is not None else ():
        _add_node(demands, node)
    return demands


def _reaching(node: bpy.types.Node, seen: set[int]) -> Iterator[bpy.types.Node]:
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if node.as_pointer() in seen:
            continue
        seen.add(node.as_pointer())
        if not node.mute:
            yield node
        if node.type == 'GROUP' and node.node_tree is not None:
            inner = next(
                (one for one in node.node_tree.nodes if one.type == 'GROUP_OUTPUT' and one.is_active_output), None
            )
            if inner is not None:
                yield from _reaching(inner, seen)
        waiting += [link.from_node for socket in node.inputs for link in socket.links]


def _add_node(demands: Demands, node: bpy.types.Node) -> None:
    kind = node.type
    if kind in {'TEX_IMAGE', 'TEX_ENVIRONMENT'} and node.image is not None:
        demands.images.add(node.image)
    if kind == 'TEX_IMAGE' and not node.inputs["Vector"].is_linked:
        demands.uv_maps.add("")
    elif kind in PROCEDURAL and "Vector" in node.inputs and not node.inputs["Vector"].is_linked:
        demands.generated = True
    elif kind == 'UVMAP':
        demands.uv_maps.add(node.uv_map)
    elif kind == 'TEX_COORD':
        demands.generated |= node.outputs["Generated"].is_linked
        if node.outputs["UV"].is_linked:
            demands.uv_maps.add("")
    elif kind == 'TANGENT' or (kind == 'NORMAL_MAP' and node.space == 'TANGENT'):
        demands.tangents = True
        demands.uv_maps.add(getattr(node, "uv_map", ""))
    elif kind == 'VERTEX_COLOR':
        demands.attributes.add(node.layer_name)
    elif kind == 'ATTRIBUTE' and node.attribute_type == 'GEOMETRY':
        demands.attributes.add(node.attribute_name)
    elif kind == 'TEX_SKY':
        demands.suns += bool(getattr(node, "sun_disc", False))
    elif kind == 'BSDF_PRINCIPLED':
        demands.generated = True  # For its tangent.
        demands.glows |= _is_above_zero(node.inputs["Emission Strength"])
    elif kind == 'EMISSION':
        demands.glows |= _is_above_zero(node.inputs["Strength"])


def _is_above_zero(socket: bpy.types.NodeSocket) -> bool:
    return socket.is_linked or socket.default_value > 0.0


def sky_pixels(world: bpy.types.World | None, demands: Demands) -> int:
    """Pixels of the map from which Cycles samples the sky; 0 where all of it is one colour or none is made."""
    tree = compat.active_nodes(world) if world is not None else None
    if tree is None or world.cycles.sampling_method == 'NONE':
        return 0
    if not any(node.type == 'BACKGROUND' and node.inputs["Color"].is_linked for node in tree.nodes):
        return 0
    if world.cycles.sampling_method == 'MANUAL':
        return world.cycles.sample_map_resolution**2 // 2
    width, height = SUN_SIZE if demands.suns == 1 else SKY_SIZE
    for image in demands.images:
        header = _header(image)
        if header is not None:
            width, height = max(width, header.width), max(height, header.height)
    return width * height


def read_textures(images: Iterable[bpy.types.Image], limit: int) -> list[TextureContent]:
    """The pictures as Cycles loads them.

    Args:
        images: used by its shaders.
        limit: of the longer side in pixels, 0 for none; larger ones are halved until they fit.
    """
    found = []
    for image in images:
        header = _header(image)
        if header is None:
            continue
        width, height = header.width, header.height
        while limit and max(width, height) > limit:
            width, height = (width + 1) // 2, (height + 1) // 2
        channels = 1 if header.channels == 1 else 4
        tiles = len(image.tiles) if image.source == 'TILED' else 1
        found.append(TextureContent(image.name, width, height * tiles, channels * header.bytes))
    return found


def _header(image: bpy.types.Image) -> ImageHeader | None:
    """Size and depth, without having Blender load what it has not loaded yet; None where they are not to be had."""
    if image.packed_file is None and image.source not in BUILT_IN and not image.is_dirty:
        name = (
            image.filepath.replace("<UDIM>", str(image.tiles[0].number)) if image.source == 'TILED' else image.filepath
        )
        header = read_image_header(Path(bpy.path.abspath(name, library=image.library)))
        if header is not None:
            return header
    elif not image.has_data and image.packed_file is not None:
        header = parse_image_header(image.packed_file.data)
        if header is not None:  # Blender decodes what is packed: to four channels, of a byte or of a float.
            return ImageHeader(header.width, header.height, 4, 1 if header.bytes == 1 else 4)
    if image.has_data and all(image.size):
        return ImageHeader(*image.size, image.channels, 4 if image.is_float else 1)
    if image.source == 'GENERATED':
        return ImageHeader(image.generated_width, image.generated_height, 4, 4 if image.use_generated_float else 1)
    return None
