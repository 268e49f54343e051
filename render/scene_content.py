"""What Cycles would get to render: counted from what the viewport has evaluated, with what a render subdivides more."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import bpy

from ..ai.card.scene import MeshContent, SceneContent
from . import compat
from .scene_film import read_film
from .scene_shading import Demands, read_demands, read_textures, sky_pixels

SECONDS = 0.3  # Of the processor to look at instances: a million of them would take seconds.
FACES = {'MESH', 'CURVE', 'SURFACE', 'FONT', 'META'}
MOST_DICED = 12  # Times that adaptive subdivision halves an edge, unless the scene says otherwise.
DEFORMING = {'ARMATURE', 'CAST', 'CLOTH', 'CURVE', 'HOOK', 'LATTICE', 'LAPLACIANDEFORM', 'MESH_CACHE', 'NODES',
             'MESH_DEFORM', 'MESH_SEQUENCE_CACHE', 'SHRINKWRAP', 'SIMPLE_DEFORM', 'SOFT_BODY', 'SURFACE_DEFORM', 'WARP',
             'WAVE'}  # fmt: skip
UV_BYTES, TANGENT_BYTES = 24, 48  # Of a triangle; a tangent has a sign.
GENERATED_BYTES = 12  # Of a vertex.
ATTRIBUTE_BYTES = {'FLOAT': 4, 'INT': 4, 'BOOLEAN': 4, 'FLOAT2': 8, 'FLOAT_VECTOR': 12, 'BYTE_COLOR': 4,
                   'FLOAT_COLOR': 16}  # fmt: skip
VOXEL_BYTES = {'FULL': 4, 'HALF': 2, 'VARIABLE': 1}


@dataclass(slots=True)
class _Found:
    """What has been counted so far."""

    scene: bpy.types.Scene
    meshes: dict[int, MeshContent] = field(default_factory=dict)  # By the data's address.
    images: set[bpy.types.Image] = field(default_factory=set)
    demands: dict[int, Demands] = field(default_factory=dict)  # By the material's address.
    others: set[int] = field(default_factory=set)
    segments: int = 0
    points: int = 0
    volumes: int = 0
    instances: int = 0


def read_content(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> SceneContent:
    """Count what a render of a scene would hold. Main thread; nothing is loaded, rendered or changed.

    Args:
        scene: its render settings.
        depsgraph: of the viewport, as `context.evaluated_depsgraph_get()` gives it.
    """
    found = _Found(scene)
    complete = _add_objects(found, depsgraph)
    world = scene.world
    sky = read_demands(compat.active_nodes(world) if world is not None else None)
    found.images |= sky.images
    for demands in found.demands.values():
        found.images |= demands.images
    simplified = scene.render.use_simplify and scene.cycles.texture_limit_render != 'OFF'
    limit = int(scene.cycles.texture_limit_render) if simplified else 0
    return SceneContent(
        film=read_film(scene),
        meshes=tuple(found.meshes.values()),
        textures=tuple(read_textures(sorted(found.images, key=lambda image: image.name), limit)),
        segments=found.segments,
        points=found.points,
        volumes=found.volumes,
        instances=found.instances,
        sky=sky_pixels(world, sky),
        complete=complete,
    )


def _add_objects(found: _Found, depsgraph: bpy.types.Depsgraph) -> bool:
    """Count objects and instances; return whether there was time for all instances."""
    rendered = set(_rendered(depsgraph.view_layer_eval.layer_collection))
    for obj in rendered:
        found.instances += 1
        if obj.visible_get(view_layer=depsgraph.view_layer):
            evaluated = obj.evaluated_get(depsgraph)
            _add_hair(found, evaluated)
            _add_data(found, evaluated)
        elif obj.type == 'MESH':  # Hidden in the viewport only: known as it is stored.
            _add_mesh(found, obj, obj.data)
    begin = time.thread_time()
    for number, instance in enumerate(depsgraph.object_instances):
        if number % 256 == 255 and time.thread_time() - begin > SECONDS:
            found.instances += max(0, len(depsgraph.object_instances) - number - len(rendered))
            return False
        if instance.is_instance and instance.show_self and instance.parent.original in rendered:
            found.instances += 1
            _add_data(found, instance.object)
    return True


def _rendered(layer: bpy.types.LayerCollection) -> Iterator[bpy.types.Object]:
    if layer.exclude or layer.collection.hide_render:
        return
    yield from (obj.original for obj in layer.collection.objects if not obj.hide_render)
    for child in layer.children:
        yield from _rendered(child)


def _add_data(found: _Found, obj: bpy.types.Object) -> None:
    data = obj.data
    if data is None or data.as_pointer() in found.meshes or data.as_pointer() in found.others:
        return
    if obj.type == 'MESH':
        _add_mesh(found, obj, data)
        return
    found.others.add(data.as_pointer())
    _add_materials(found, obj)
    if obj.type == 'CURVES':
        found.segments += max(0, len(data.points) - len(data.curves))
    elif obj.type == 'POINTCLOUD':
        found.points += len(data.points)
    elif obj.type == 'VOLUME':
        found.volumes += _voxel_bytes(obj)


def _add_mesh(found: _Found, obj: bpy.types.Object, mesh: bpy.types.Mesh) -> None:
    demands = _add_materials(found, obj)
    loops, polygons = len(mesh.loops), len(mesh.polygons)
    vertices, triangles = len(mesh.vertices), loops - 2 * polygons
    base = triangles
    if obj.original.type == 'MESH':  # Not what geometry nodes made of something else.
        vertices, triangles, base = _as_rendered(found.scene, obj, vertices, loops, polygons)
    vertex_bytes = GENERATED_BYTES if any(one.generated for one in demands) else 0
    uv_maps = len({name for one in demands for name in one.uv_maps}) if mesh.uv_layers else 0
    triangle_bytes = UV_BYTES * min(uv_maps, len(mesh.uv_layers))
    triangle_bytes += TANGENT_BYTES if uv_maps and any(one.tangents for one in demands) else 0
    for name in {name for one in demands for name in one.attributes}:
        attribute = mesh.attributes.get(name)
        if attribute is None:
            continue
        size = ATTRIBUTE_BYTES.get(attribute.data_type, 12)
        vertex_bytes += size if attribute.domain == 'POINT' else 0
        triangle_bytes += {'CORNER': 3 * size, 'FACE': size}.get(attribute.domain, 0)
    found.meshes[mesh.as_pointer()] = MeshContent(
        obj.name, vertices, triangles, base / triangles if triangles else 1.0, vertex_bytes, triangle_bytes,
        _motion_steps(found.scene, obj), any(one.glows for one in demands),
    )  # fmt: skip


def _as_rendered(
    scene: bpy.types.Scene, obj: bpy.types.Object, vertices: int, loops: int, polygons: int
) -> tuple[int, int, int]:
    """Vertices and triangles at the render's subdivision, and triangles without any."""
    triangles = loops - 2 * polygons
    simplify = scene.render if scene.render.use_simplify else None
    shown = drawn = 0
    for modifier in obj.original.modifiers:
        if modifier.type not in {'SUBSURF', 'MULTIRES'}:
            continue
        if modifier.show_viewport:
            shown += min(modifier.levels, simplify.simplify_subdivision if simplify else 99)
        if modifier.show_render:
            drawn += min(modifier.render_levels, simplify.simplify_subdivision_render if simplify else 99)
    if not (shown or drawn):
        return vertices, triangles, triangles
    if polygons == len(obj.original.data.polygons):
        shown = 0  # The viewport subdivides on the card, or in no way.
    rate = _dicing_rate(scene, obj)
    base = triangles if not shown else max(1, triangles // 4**shown)
    if rate:
        count = min(base * 4 ** min(MOST_DICED, scene.cycles.max_subdivisions), _diced(scene, obj, rate))
        return count // 2, max(base, count), base
    if shown == 0 and drawn:  # The first subdivision makes a quad of each corner.
        triangles, shown = 2 * loops, 1
    factor = 4.0 ** (drawn - shown)
    return round(triangles * factor / 2.0) + 2, round(triangles * factor), base


def _dicing_rate(scene: bpy.types.Scene, obj: bpy.types.Object) -> float:
    """Pixels of an edge after adaptive subdivision; 0 without it."""
    last = obj.original.modifiers[-1] if obj.original.modifiers else None
    if last is None or last.type != 'SUBSURF' or not last.show_render:
        return 0.0
    if hasattr(last, "use_adaptive_subdivision"):
        pixels = last.adaptive_pixel_size if last.adaptive_space == 'PIXEL' else 1.0
        return scene.cycles.dicing_rate * pixels if last.use_adaptive_subdivision else 0.0
    own = obj.original.cycles
    experimental = scene.cycles.feature_set == 'EXPERIMENTAL'
    return scene.cycles.dicing_rate * own.dicing_rate if experimental and own.use_adaptive_subdivision else 0.0


def _diced(scene: bpy.types.Scene, obj: bpy.types.Object, rate: float) -> int:
    """Triangles of an object that adaptive subdivision makes as small as pixels: two for each that it may cover."""
    film, camera = read_film(scene), scene.camera
    share = 1.0
    if camera is not None and camera.type == 'CAMERA' and camera.data.type == 'PERSP':
        distance = (obj.matrix_world.translation - camera.matrix_world.translation).length
        across = max(obj.dimensions) / max(distance, 1e-3) / (2.0 * math.tan(camera.data.angle / 2.0))
        share = min(1.0, across * across)
    return round(2.0 * share * film.width * film.height / (rate * rate))


def _motion_steps(scene: bpy.types.Scene, obj: bpy.types.Object) -> int:
    own = obj.original
    if not (scene.render.use_motion_blur and own.cycles.use_motion_blur and own.cycles.use_deform_motion):
        return 0
    keys = getattr(own.data, "shape_keys", None)
    deforms = keys is not None or any(modifier.type in DEFORMING for modifier in own.modifiers)
    return 2**own.cycles.motion_steps if deforms else 0


def _add_materials(found: _Found, obj: bpy.types.Object) -> list[Demands]:
    """What the materials of an object ask for; those it uses are noted."""
    asked = []
    for slot in obj.material_slots:
        material = slot.material
        if material is not None:
            key = material.original.as_pointer()
            if key not in found.demands:
                found.demands[key] = read_demands(compat.active_nodes(material.original))
            asked.append(found.demands[key])
    return asked


def _add_hair(found: _Found, obj: bpy.types.Object) -> None:
    """Particles drawn as hair; those drawn as objects come as instances."""
    for modifier in obj.modifiers:
        if modifier.type != 'PARTICLE_SYSTEM' or not modifier.show_render:
            continue
        settings = modifier.particle_system.settings
        if settings.type == 'HAIR' and settings.render_type == 'PATH':
            strands = settings.count * (1 if settings.child_type == 'NONE' else settings.rendered_child_count)
            found.segments += strands * 2**settings.render_step


def _voxel_bytes(obj: bpy.types.Object) -> int:
    """Bytes of a volume's voxels: those of its file, or of the whole box where there is none."""
    volume = obj.data
    voxels = 0.0
    corners = [tuple(corner) for corner in obj.bound_box]
    extent = [max(axis) - min(axis) for axis in zip(*corners)]
    for grid in volume.grids if volume.grids.is_loaded else ():
        scale = [abs(grid.matrix_object[axis][axis]) or 1.0 for axis in range(3)]
        voxels += math.prod(max(1.0, length / step) for length, step in zip(extent, scale)) * grid.channels
    dense = round(voxels * VOXEL_BYTES[volume.render.precision])
    path = Path(bpy.path.abspath(volume.filepath)) if volume.filepath else None
    stored = path.stat().st_size if path is not None and path.is_file() else 0
    return min(dense, stored) if dense and stored else dense or stored
