"""Twelve scenes above 50 MB that the estimate of Cycles' memory was not fitted on, against what Cycles itself reports.

`python tests/bench/card_scenes.py` prints one line of JSON; tests/bench/card.py runs it in a process of its own.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import types
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import bpy
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
REPORT = re.compile(r"\| Mem:[\d.]+M, Peak:([\d.]+)M \|")
NOW = re.compile(r"^Mem: ([\d.]+)M")  # Since 5.2: what is held at this moment, in whole MiB.
MIB = 1024**2


def begin() -> bpy.types.Scene:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    scene = bpy.context.scene
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.location, camera.rotation_euler = (0.0, -9.0, 3.0), (1.25, 0.0, 0.0)
    scene.collection.objects.link(camera)
    scene.camera = camera
    light = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", 'SUN'))
    scene.collection.objects.link(light)
    scene.render.engine, scene.cycles.device, scene.cycles.samples = 'CYCLES', 'CPU', 1
    scene.render.resolution_x, scene.render.resolution_y = 160, 90
    scene.cycles.use_denoising = False
    return scene


def material(image: bpy.types.Image | None = None, normal: bpy.types.Image | None = None) -> bpy.types.Material:
    made = bpy.data.materials.new("Material")
    made.use_nodes = True
    nodes, links = made.node_tree.nodes, made.node_tree.links
    shader = nodes["Principled BSDF"]
    if image is not None:
        texture = nodes.new('ShaderNodeTexImage')
        texture.image = image
        links.new(texture.outputs["Color"], shader.inputs["Base Color"])
    if normal is not None:
        texture, bump = nodes.new('ShaderNodeTexImage'), nodes.new('ShaderNodeNormalMap')
        texture.image = normal
        links.new(texture.outputs["Color"], bump.inputs["Color"])
        links.new(bump.outputs["Normal"], shader.inputs["Normal"])
    return made


def picture(folder: Path, name: str, width: int, height: int, kind: str = 'PNG') -> bpy.types.Image:
    image = bpy.data.images.new(name, width, height, float_buffer=kind != 'PNG')
    image.pixels.foreach_set(np.tile(np.linspace(0.0, 1.0, width * 4, dtype=np.float32), height))
    path = folder / f"{name}.{'png' if kind == 'PNG' else 'exr'}"
    image.file_format, image.filepath_raw = kind, str(path)
    image.save()
    bpy.data.images.remove(image)
    return bpy.data.images.load(str(path))


def last() -> bpy.types.Object:
    return bpy.context.object


def torus(scene: bpy.types.Scene, folder: Path) -> None:
    bpy.ops.mesh.primitive_torus_add(major_segments=256, minor_segments=256)
    last().modifiers.new("Subdivision", 'SUBSURF').levels = 0
    last().modifiers[0].render_levels = 1
    last().data.materials.append(material())


def arrays(scene: bpy.types.Scene, folder: Path) -> None:
    bpy.ops.mesh.primitive_ico_sphere_add(subdivisions=6)
    last().scale = (0.3, 0.3, 0.3)
    for axis in range(2):
        modifier = last().modifiers.new("Array", 'ARRAY')
        modifier.count, modifier.relative_offset_displace = 6 - axis, tuple(1.2 * (axis == other) for other in range(3))


def subdivided(scene: bpy.types.Scene, folder: Path) -> None:
    for number in range(3):
        bpy.ops.mesh.primitive_monkey_add(location=(3.0 * number - 3.0, 0.0, 0.0))
        modifier = last().modifiers.new("Subdivision", 'SUBSURF')
        modifier.levels, modifier.render_levels = number, 4
        last().data.materials.append(material())


def room(scene: bpy.types.Scene, folder: Path) -> None:
    """Full HD with passes and denoising; four pictures, one of them grey."""
    scene.render.resolution_x, scene.render.resolution_y = 1920, 1080
    scene.cycles.use_denoising = True
    layer = scene.view_layers[0]
    layer.use_pass_z = layer.use_pass_normal = layer.use_pass_cryptomatte_object = True
    layer.use_pass_diffuse_direct = layer.use_pass_glossy_indirect = True
    for number in range(2):
        bpy.ops.mesh.primitive_cube_add(size=3.0 - number, location=(3.0 * number - 1.5, 0.0, 0.0))
        last().data.materials.append(
            material(picture(folder, f"c{number}", 1024, 1024), picture(folder, f"n{number}", 512, 512))
        )


def forest(scene: bpy.types.Scene, folder: Path) -> None:
    bpy.ops.mesh.primitive_cone_add(vertices=64)
    tree = last()
    modifier = tree.modifiers.new("Subdivision", 'SUBSURF')
    modifier.levels, modifier.render_levels = 1, 4
    group = bpy.data.collections.new("Trees")
    group.objects.link(tree)
    for number in range(3000):
        empty = bpy.data.objects.new("Tree", None)
        empty.instance_type, empty.instance_collection = 'COLLECTION', group
        empty.location = (number % 60 * 0.4 - 12.0, number // 60 * 0.6, 0.0)
        scene.collection.objects.link(empty)
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=520, y_subdivisions=520, size=40.0)
    last().data.materials.append(material(picture(folder, "ground", 2048, 1024)))


def fur(scene: bpy.types.Scene, folder: Path) -> None:
    bpy.ops.mesh.primitive_uv_sphere_add(segments=64, ring_count=32)
    settings = last().modifiers.new("Fur", 'PARTICLE_SYSTEM').particle_system.settings
    settings.type, settings.count, settings.hair_length = 'HAIR', 1200, 0.3
    settings.child_type, settings.rendered_child_count, settings.render_step = 'INTERPOLATED', 20, 4
    last().data.materials.append(material())


def sky(scene: bpy.types.Scene, folder: Path) -> None:
    bpy.ops.mesh.primitive_uv_sphere_add()
    scene.world = bpy.data.worlds.new("World")
    scene.world.use_nodes = True
    nodes = scene.world.node_tree.nodes
    texture = nodes.new('ShaderNodeTexEnvironment')
    texture.image = picture(folder, "sky", 2048, 1024, 'OPEN_EXR')
    scene.world.node_tree.links.new(texture.outputs["Color"], nodes["Background"].inputs["Color"])


def ocean(scene: bpy.types.Scene, folder: Path) -> None:
    bpy.ops.mesh.primitive_plane_add()
    modifier = last().modifiers.new("Ocean", 'OCEAN')
    modifier.repeat_x, modifier.repeat_y = 4, 4
    modifier.resolution = modifier.viewport_resolution = 12
    last().data.materials.append(material())


def glowing(scene: bpy.types.Scene, folder: Path) -> None:
    bpy.ops.mesh.primitive_ico_sphere_add(subdivisions=8)
    made = material()
    made.node_tree.nodes["Principled BSDF"].inputs["Emission Strength"].default_value = 2.0
    last().data.materials.append(made)


def waving(scene: bpy.types.Scene, folder: Path) -> None:
    scene.render.use_motion_blur = True
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=430, y_subdivisions=430, size=4.0)
    last().modifiers.new("Wave", 'WAVE')
    last().data.materials.append(material(picture(folder, "wave", 512, 512)))


def smoke(scene: bpy.types.Scene, folder: Path) -> None:
    """A volume from geometry nodes, in single precision, and a wall behind it."""
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=300, y_subdivisions=300, size=8.0)
    bpy.ops.mesh.primitive_cube_add()
    tree = bpy.data.node_groups.new("Smoke", 'GeometryNodeTree')
    tree.interface.new_socket("Geometry", in_out='OUTPUT', socket_type='NodeSocketGeometry')
    cube, noise = tree.nodes.new('GeometryNodeVolumeCube'), tree.nodes.new('ShaderNodeTexNoise')
    paint, end = tree.nodes.new('GeometryNodeSetMaterial'), tree.nodes.new('NodeGroupOutput')
    for axis in "XYZ":
        cube.inputs[f"Resolution {axis}"].default_value = 280
    fog = bpy.data.materials.new("Fog")
    fog.use_nodes = True
    nodes = fog.node_tree.nodes
    nodes.clear()
    volume, output = nodes.new('ShaderNodeVolumePrincipled'), nodes.new('ShaderNodeOutputMaterial')
    fog.node_tree.links.new(volume.outputs["Volume"], output.inputs["Volume"])
    paint.inputs["Material"].default_value = fog
    tree.links.new(noise.outputs[0], cube.inputs["Density"])
    tree.links.new(cube.outputs[0], paint.inputs["Geometry"])
    tree.links.new(paint.outputs[0], end.inputs[0])
    last().modifiers.new("Smoke", 'NODES').node_group = tree


def town(scene: bpy.types.Scene, folder: Path) -> None:
    """Many meshes of their own, painted by vertex, with flat and rounded ones."""
    rng = np.random.default_rng(1)
    paint = material()
    node = paint.node_tree.nodes.new('ShaderNodeVertexColor')
    node.layer_name = "Paint"
    paint.node_tree.links.new(node.outputs[0], paint.node_tree.nodes["Principled BSDF"].inputs["Base Color"])
    bpy.ops.mesh.primitive_cube_add()
    source = last()
    source.data.color_attributes.new("Paint", 'FLOAT_COLOR', 'POINT')
    source.data.materials.append(paint)
    for number in range(200):
        house = source.copy()
        house.data = source.data.copy()
        house.location, house.scale = (number % 20 - 10.0, number // 20, 0.0), tuple(rng.uniform(0.2, 0.5, 3))
        modifier = house.modifiers.new("Subdivision", 'SUBSURF')
        modifier.subdivision_type = 'SIMPLE' if number % 2 else 'CATMULL_CLARK'
        modifier.levels, modifier.render_levels = 1, 5
        scene.collection.objects.link(house)


SCENES: tuple[Callable[[bpy.types.Scene, Path], None], ...] = (
    torus, arrays, subdivided, room, forest, fur, sky, ocean, glowing, waving, smoke, town,
)  # fmt: skip


@contextmanager
def quiet():
    """Cycles prints a line for each step to the process's stdout."""
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def reported_peak() -> int:
    """Render, and return the peak of Cycles' memory as it reports it, in bytes."""
    lines: list[str] = []

    def listen(text, *_):
        lines.append(text)

    bpy.app.handlers.render_stats.append(listen)
    try:
        with quiet():
            bpy.ops.render.render()
    finally:
        bpy.app.handlers.render_stats.remove(listen)
    found = [float(match[1]) for line in lines if (match := REPORT.search(line) or NOW.search(line))]
    return round(max(found) * MIB)


def compare(build: Callable[[bpy.types.Scene, Path], None]) -> tuple[int, int]:
    """Estimated and reported peak of a scene, in bytes."""
    from ada_forge.ai.card.scene import estimate_scene
    from ada_forge.render.scene_content import read_content

    with tempfile.TemporaryDirectory() as folder:
        scene = begin()
        build(scene, Path(folder))
        estimate = estimate_scene(read_content(scene, bpy.context.evaluated_depsgraph_get()))
        return estimate.peak, reported_peak()


def main() -> None:
    stub = types.ModuleType("ada_forge")
    stub.__path__ = [str(ROOT)]
    sys.modules["ada_forge"] = stub
    wanted = sys.argv[1:]
    print(json.dumps({build.__name__: compare(build) for build in SCENES if not wanted or build.__name__ in wanted}))
    sys.stdout.flush()
    os._exit(0)  # The wheel may hang in its destructors.


if __name__ == "__main__":
    main()
