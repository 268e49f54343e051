"""The objects of the reconstruction bench, rendered by Cycles into NeRF-synthetic datasets with their true meshes.

    python tests/bench/objects.py OUT [--names suzanne thin …] [--size 100] [--train 40] [--test 10] [--textured]

Each dataset holds train/ and test/ with RGBA images, transforms_train.json, transforms_test.json and truth.npz with
the arrays `vertices` and `faces` in world units. Views lie on two spirals that do not meet. With --textured the same
views are opaque, before a pattern that lies infinitely far away, in folders named …_scene.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix, Vector

ANGLE = 0.6911112070083618  # Horizontal field of view of the NeRF-synthetic cameras, radians.
DISTANCE = 4.0311289
LOWEST = math.radians(-60)


def suzanne() -> None:
    bpy.ops.mesh.primitive_monkey_add(size=2)
    _finish(bpy.context.object, smooth=3)


def thin() -> None:
    """A tripod of rods and a ring: parts of one to three pixels."""
    parts = []
    for number in range(3):
        angle = number * 2 * math.pi / 3
        foot = Vector((0.9 * math.cos(angle), 0.9 * math.sin(angle), -0.9))
        parts.append(_rod(foot, Vector((0, 0, 0.6)), 0.045))
    bpy.ops.mesh.primitive_torus_add(location=(0, 0, -0.25), major_radius=0.62, minor_radius=0.05, major_segments=96)
    parts.append(bpy.context.object)
    bpy.ops.mesh.primitive_uv_sphere_add(location=(0, 0, 0.7), radius=0.28, segments=64, ring_count=32)
    parts.append(bpy.context.object)
    _finish(_join(parts))


def cavity() -> None:
    """A cup with a deep bore and a bowl cut into its side: what no silhouette shows."""
    bpy.ops.mesh.primitive_cylinder_add(radius=0.85, depth=1.6, vertices=128)
    cup = bpy.context.object
    bpy.ops.mesh.primitive_cylinder_add(radius=0.55, depth=1.5, vertices=128, location=(0, 0, 0.35))
    bore = bpy.context.object
    bpy.ops.mesh.primitive_uv_sphere_add(radius=0.5, segments=96, ring_count=48, location=(0, -1.05, -0.2))
    for cutter in (bore, bpy.context.object):
        cut = cup.modifiers.new("cut", 'BOOLEAN')
        cut.operation, cut.object, cut.solver = 'DIFFERENCE', cutter, 'EXACT'
        bpy.context.view_layer.objects.active = cup
        bpy.ops.object.modifier_apply(modifier="cut")
        bpy.data.objects.remove(cutter)
    _finish(cup, cuts=True)


def glossy() -> None:
    """A knot with a polished coat: its colour depends on where one stands."""
    count, rings = 256, 32
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    radius = 0.62 + 0.22 * np.cos(3 * t)
    line = np.stack([radius * np.cos(2 * t), radius * np.sin(2 * t), 0.45 * np.sin(3 * t)], -1)
    along = np.roll(line, -1, 0) - np.roll(line, 1, 0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    side = np.cross(along, line * [1, 1, 0])
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    up = np.cross(along, side)
    angle = np.linspace(0, 2 * np.pi, rings, endpoint=False)[None, :, None]
    places = line[:, None] + 0.17 * (np.cos(angle) * side[:, None] + np.sin(angle) * up[:, None])
    i, j = np.meshgrid(np.arange(count), np.arange(rings), indexing="ij")
    after, next_j = (i + 1) % count, (j + 1) % rings
    faces = np.stack([i * rings + j, i * rings + next_j, after * rings + next_j, after * rings + j], -1).reshape(-1, 4)
    mesh = bpy.data.meshes.new("knot")
    mesh.from_pydata(places.reshape(-1, 3).tolist(), [], faces.tolist())
    obj = bpy.data.objects.new("knot", mesh)
    bpy.context.collection.objects.link(obj)
    _finish(obj, roughness=0.15)


def parts() -> None:
    """Four bodies that do not touch."""
    bodies = []
    bpy.ops.mesh.primitive_uv_sphere_add(radius=0.42, segments=64, ring_count=32, location=(-0.65, -0.45, 0.1))
    bodies.append(bpy.context.object)
    bpy.ops.mesh.primitive_cube_add(size=0.7, location=(0.6, -0.5, -0.2), rotation=(0.3, 0.5, 0.2))
    bodies.append(bpy.context.object)
    bpy.ops.mesh.primitive_torus_add(
        major_radius=0.38, minor_radius=0.13, major_segments=96, minor_segments=32, location=(0.1, 0.6, 0.3),
        rotation=(1, 0, 0.4),
    )  # fmt: skip
    bodies.append(bpy.context.object)
    bpy.ops.mesh.primitive_cone_add(radius1=0.35, depth=0.8, vertices=96, location=(0.1, -0.2, 0.8))
    bodies.append(bpy.context.object)
    _finish(_join(bodies), cuts=True)


OBJECTS: dict[str, Callable[[], None]] = {
    "suzanne": suzanne, "thin": thin, "cavity": cavity, "glossy": glossy, "parts": parts
}  # fmt: skip


def _rod(start: Vector, end: Vector, radius: float) -> bpy.types.Object:
    bpy.ops.mesh.primitive_cylinder_add(radius=radius, depth=(end - start).length, vertices=48)
    rod = bpy.context.object
    rod.location, rod.rotation_mode = (start + end) / 2, 'QUATERNION'
    rod.rotation_quaternion = (end - start).to_track_quat("Z", "Y")
    return rod


def _join(parts: list[bpy.types.Object]) -> bpy.types.Object:
    for obj in bpy.context.view_layer.objects:
        obj.select_set(obj in parts)
    bpy.context.view_layer.objects.active = parts[0]
    bpy.ops.object.join()
    bpy.ops.object.transform_apply(location=True, rotation=True, scale=True)
    return bpy.context.object


def _finish(obj: bpy.types.Object, smooth: int = 0, cuts: bool = False, roughness: float = 0.6) -> None:
    """Paint an object by the place of each face corner, so that flat faces show the pattern too."""
    bpy.context.view_layer.objects.active = obj
    if smooth:
        modifier = obj.modifiers.new("smooth", 'SUBSURF')
        modifier.levels = smooth
        bpy.ops.object.modifier_apply(modifier=modifier.name)
    elif cuts:
        _divide(obj.data, 0.05)
    mesh = obj.data
    mesh.polygons.foreach_set("use_smooth", [not cuts] * len(mesh.polygons))
    color = mesh.color_attributes.new("Col", 'FLOAT_COLOR', 'POINT')
    color.data.foreach_set("color", _paint(_vertices(mesh)).ravel())
    material = bpy.data.materials.new("paint")
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    surface, attribute = nodes["Principled BSDF"], nodes.new("ShaderNodeVertexColor")
    surface.inputs["Roughness"].default_value = roughness
    surface.inputs["Specular IOR Level"].default_value = 0.2 if roughness > 0.5 else 0.5
    attribute.layer_name = "Col"
    links.new(attribute.outputs["Color"], surface.inputs["Base Color"])
    mesh.materials.clear()
    mesh.materials.append(material)


def _divide(mesh: bpy.types.Mesh, spacing: float) -> None:
    """Cut all faces at planes `spacing` apart along each axis, so that none is larger than such a cell."""
    import bmesh  # Exists once bpy is there.

    work = bmesh.new()
    work.from_mesh(mesh)
    places = _vertices(mesh)
    for axis, (low, high) in enumerate(zip(places.min(0), places.max(0))):
        normal = [float(number == axis) for number in range(3)]
        for place in np.arange(low + spacing / 2, high, spacing):
            middle = [float(place) * value for value in normal]
            geometry = [*work.verts, *work.edges, *work.faces]
            bmesh.ops.bisect_plane(work, geom=geometry, plane_co=middle, plane_no=normal, dist=1e-6)
    bmesh.ops.triangulate(work, faces=work.faces[:])
    work.to_mesh(mesh)
    work.free()


def _vertices(mesh: bpy.types.Mesh) -> np.ndarray:
    places = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", places)
    return places.reshape(-1, 3)


def _paint(places: np.ndarray) -> np.ndarray:
    """Slow waves under bands and spots with hard edges; linear RGBA, (n, 4) float32."""
    x, y, z = places.T
    color = 0.5 + 0.38 * np.stack([np.sin(2.3 * x + 0.5), np.cos(2.6 * y), np.sin(2.1 * z - x)], -1)
    color[np.sin(13 * (z + 0.2 * x)) > 0.65] = (0.88, 0.8, 0.12)
    color[np.sin(10 * x) * np.cos(10 * y) * np.sin(12 * z + 1) > 0.45] = (0.06, 0.18, 0.55)
    return np.concatenate([np.clip(color, 0.02, 0.98), np.ones((len(places), 1))], 1).astype(np.float32)


def studio(size: int, textured: bool) -> bpy.types.Object:
    scene = bpy.context.scene
    world = scene.world = bpy.data.worlds.new("studio")
    world.use_nodes = True
    background = world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value, background.inputs["Strength"].default_value = (1, 1, 1, 1), 0.7
    if textured:
        _hang_pattern(world.node_tree)
    sun = bpy.data.objects.new("sun", bpy.data.lights.new("sun", 'SUN'))
    sun.data.energy, sun.data.angle, sun.rotation_euler = 1.5, 0.3, (0.6, 0.3, 0.4)
    camera = scene.camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    camera.data.sensor_fit, camera.data.angle_x = 'HORIZONTAL', ANGLE
    for obj in (sun, camera):
        scene.collection.objects.link(obj)
    render = scene.render
    render.engine, render.film_transparent, render.use_persistent_data = 'CYCLES', not textured, True
    scene.cycles.device, scene.cycles.samples, scene.cycles.max_bounces = 'CPU', 16, 4
    scene.cycles.use_denoising = scene.cycles.use_adaptive_sampling = False
    render.resolution_x = render.resolution_y = size
    render.resolution_percentage = 100
    image = render.image_settings
    image.file_format, image.color_mode, image.color_depth = 'PNG', 'RGBA', '8'
    scene.view_settings.view_transform = 'Standard'
    render.threads_mode, render.threads = 'FIXED', 1
    return camera


def _hang_pattern(tree: bpy.types.NodeTree) -> None:
    """Coloured patches all around, which only the camera sees: they light nothing, so the object looks the same."""
    nodes, links = tree.nodes, tree.links
    patches, path = nodes.new("ShaderNodeTexVoronoi"), nodes.new("ShaderNodeLightPath")
    patches.inputs["Scale"].default_value = 7.0
    pattern, mix = nodes.new("ShaderNodeBackground"), nodes.new("ShaderNodeMixShader")
    links.new(nodes.new("ShaderNodeTexCoord").outputs["Generated"], patches.inputs["Vector"])
    links.new(patches.outputs["Color"], pattern.inputs["Color"])
    links.new(path.outputs["Is Camera Ray"], mix.inputs["Fac"])
    links.new(nodes["Background"].outputs[0], mix.inputs[1])
    links.new(pattern.outputs[0], mix.inputs[2])
    links.new(mix.outputs[0], nodes["World Output"].inputs["Surface"])


def _spiral(count: int, phase: float) -> list[Vector]:
    places = []
    for number in range(count):
        z = math.sin(LOWEST) + (1 - math.sin(LOWEST)) * (number + 0.5) / count
        ring, angle = math.sqrt(1 - z * z), number * math.pi * (3 - math.sqrt(5)) + phase
        places.append(DISTANCE * Vector((ring * math.cos(angle), ring * math.sin(angle), z)))
    return places


def make(
    name: str, folder: Path, size: int = 100, train: int = 40, test: int = 10, textured: bool = False
) -> Path:  # fmt: skip
    """Build one object, render its views and save its true mesh; return the folder."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    OBJECTS[name]()
    meshes = [obj for obj in bpy.context.scene.objects if obj.type == 'MESH']
    camera = studio(size, textured)
    for split, count, phase in (("train", train, 0.0), ("test", test, 1.2345)):
        frames = []
        for number, place in enumerate(_spiral(count, phase)):
            turn = (-place).to_track_quat("-Z", "Y").to_matrix().to_4x4()
            camera.matrix_world = Matrix.Translation(place) @ turn
            bpy.context.view_layer.update()
            bpy.context.scene.render.filepath = str(folder.resolve() / split / f"r_{number}.png")
            bpy.ops.render.render(write_still=True)
            pose = [list(row) for row in camera.matrix_world]
            frames.append({"file_path": f"./{split}/r_{number}", "transform_matrix": pose})
        text = json.dumps({"camera_angle_x": ANGLE, "frames": frames}, indent=1)
        (folder / f"transforms_{split}.json").write_text(text)
    (obj,) = meshes
    obj.data.calc_loop_triangles()
    faces = np.empty(3 * len(obj.data.loop_triangles), np.int32)
    obj.data.loop_triangles.foreach_get("vertices", faces)
    np.savez(folder / "truth.npz", vertices=_vertices(obj.data), faces=faces.reshape(-1, 3))
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description="Render the objects of the reconstruction bench.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--names", nargs="+", choices=list(OBJECTS), default=list(OBJECTS))
    parser.add_argument("--size", type=int, default=100, help="pixels along a side of the images")
    parser.add_argument("--train", type=int, default=40)
    parser.add_argument("--test", type=int, default=10)
    parser.add_argument("--textured", action="store_true", help="opaque, before a pattern")
    options = parser.parse_args()
    for name in options.names:
        folder = options.out / (f"{name}{options.size}" + ("_scene" if options.textured else ""))
        make(name, folder, options.size, options.train, options.test, options.textured)


if __name__ == "__main__":
    main()
