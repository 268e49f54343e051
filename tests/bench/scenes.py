"""Scenes to measure render settings on, written in code. They are fixed before what is measured on them.

Each builder fills an empty scene: objects, lights, world, camera. Sizes are metres, lamps watts; all random numbers
come from a seed. `build(name)` opens a new file with one of them.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import bpy
from mathutils import Vector

SIZE = (320, 240)  # Of the picture, in pixels.


def build(name: str) -> bpy.types.Scene:
    """Open a new file with that scene, for Cycles with Blender's own default settings."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = 'CYCLES'
    scene.cycles.device = 'CPU'
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = 'Standard'
    SCENES[name](scene)
    return scene


def material(name: str, color=(0.8, 0.8, 0.8), roughness=0.5, **inputs: float) -> bpy.types.Material:
    """A Principled material; `inputs` by the socket's name with _ for blanks: transmission_weight=1."""
    made = bpy.data.materials.new(name)
    if made.node_tree is None:
        made.use_nodes = True
    node = made.node_tree.nodes["Principled BSDF"]
    node.inputs["Base Color"].default_value = (*color, 1.0)
    node.inputs["Roughness"].default_value = roughness
    sockets = {socket.name.lower().replace(" ", "_"): socket for socket in node.inputs}
    for key, value in inputs.items():
        sockets[key].default_value = value
    return made


def glowing(name: str, color: tuple[float, float, float], strength: float) -> bpy.types.Material:
    made = material(name, (0.0, 0.0, 0.0), emission_strength=strength)
    made.node_tree.nodes["Principled BSDF"].inputs["Emission Color"].default_value = (*color, 1.0)
    return made


def add(kind: str, paint: bpy.types.Material | None = None, smooth: bool = False, **values) -> bpy.types.Object:
    """A primitive by the end of its operator's name: `add("cube", size=2)`."""
    getattr(bpy.ops.mesh, f"primitive_{kind}_add")(**values)
    obj = bpy.context.object
    if paint is not None:
        obj.data.materials.append(paint)
    if smooth:
        obj.data.shade_smooth()
    return obj


def box(paint: bpy.types.Material, low: tuple, high: tuple) -> bpy.types.Object:
    """A block between two corners."""
    middle = [(a + b) / 2 for a, b in zip(low, high)]
    return add("cube", paint, size=1.0, location=middle, scale=[b - a for a, b in zip(low, high)])


def lamp(scene, kind: str, energy: float, place: tuple, target=(0, 0, 0), color=(1, 1, 1), **values) -> None:
    data = bpy.data.lights.new(kind.title(), kind)
    data.energy, data.color = energy, color
    for name, value in values.items():
        setattr(data, name, value)
    _aimed(scene, bpy.data.objects.new(kind.title(), data), place, target)


def camera(scene, place: tuple, target: tuple, lens: float = 35.0) -> None:
    data = bpy.data.cameras.new("Camera")
    data.lens = lens
    scene.camera = _aimed(scene, bpy.data.objects.new("Camera", data), place, target)


def world(scene, color: tuple, strength: float) -> bpy.types.NodeTree:
    scene.world = bpy.data.worlds.new("World")
    if scene.world.node_tree is None:
        scene.world.use_nodes = True
    background = scene.world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (*color, 1.0)
    background.inputs["Strength"].default_value = strength
    return scene.world.node_tree


def sky(scene, elevation: float, strength: float) -> None:
    """A plain sky that is brighter towards the horizon, and a sun of half a degree."""
    tree = world(scene, (0.35, 0.55, 1.0), strength)
    place = tree.nodes.new('ShaderNodeTexCoord')
    ramp = tree.nodes.new('ShaderNodeValToRGB')
    split = tree.nodes.new('ShaderNodeSeparateXYZ')
    ramp.color_ramp.elements[0].color = (0.9, 0.95, 1.0, 1.0)
    ramp.color_ramp.elements[1].color = (0.15, 0.35, 0.9, 1.0)
    tree.links.new(place.outputs["Generated"], split.inputs[0])
    tree.links.new(split.outputs["Z"], ramp.inputs[0])
    tree.links.new(ramp.outputs["Color"], tree.nodes["Background"].inputs["Color"])
    angle = math.radians(elevation)
    direction = (30 * math.cos(angle) * 0.6, -30 * math.cos(angle) * 0.8, 30 * math.sin(angle))
    lamp(scene, 'SUN', 4.0, direction, color=(1.0, 0.95, 0.85), angle=math.radians(0.53))


def _aimed(scene, obj: bpy.types.Object, place: tuple, target: tuple) -> bpy.types.Object:
    scene.collection.objects.link(obj)
    obj.location = place
    obj.rotation_euler = (Vector(target) - Vector(place)).to_track_quat('-Z', 'Y').to_euler()
    return obj


def _room(size: tuple[float, float, float], walls: tuple) -> None:
    """A closed room around (0, 0, height / 2), each wall a thin block: left, right, back, front, floor, ceiling."""
    half_x, half_y, z, t = size[0] / 2, size[1] / 2, size[2], 0.1
    spans = (
        ((-half_x - t, -half_y, 0), (-half_x, half_y, z)),
        ((half_x, -half_y, 0), (half_x + t, half_y, z)),
        ((-half_x, half_y, 0), (half_x, half_y + t, z)),
        ((-half_x, -half_y - t, 0), (half_x, -half_y, z)),
        ((-half_x - t, -half_y - t, -t), (half_x + t, half_y + t, 0)),
        ((-half_x - t, -half_y - t, z), (half_x + t, half_y + t, z + t)),
    )
    for paint, (low, high) in zip(walls, spans):
        box(paint, low, high)


def interior_lamp(scene) -> None:
    """Closed room, one area lamp, a glass ball, a gold head, a mirror: caustics on coloured walls."""
    white, red, green = material("White"), material("Red", (0.7, 0.08, 0.06)), material("Green", (0.1, 0.5, 0.12))
    _room((4.0, 5.0, 2.6), (red, green, white, white, material("Floor", (0.5, 0.4, 0.3), 0.4), white))
    lamp(scene, 'AREA', 90.0, (0, 0, 2.55), (0, 0, 0), size=0.8)
    glass = material("Glass", (1, 1, 1), 0.0, transmission_weight=1.0, ior=1.45)
    gold = material("Gold", (1.0, 0.72, 0.3), 0.15, metallic=1.0)
    add("uv_sphere", glass, True, segments=64, ring_count=32, radius=0.45, location=(0.6, 0.2, 0.45))
    head = add("monkey", gold, True, size=1.0, location=(-0.6, 0.7, 0.6), rotation=(0, 0, 0.4))
    head.modifiers.new("Smooth", 'SUBSURF').render_levels = 2
    box(material("Mirror", (0.9, 0.9, 0.9), 0.02, metallic=1.0), (-0.7, 2.44, 0.9), (0.7, 2.49, 1.9))
    box(material("Box", (0.2, 0.3, 0.6), 0.3), (0.9, 1.2, 0.0), (1.5, 1.8, 0.9))
    camera(scene, (0.0, -2.3, 1.3), (0.0, 1.0, 0.8), 24.0)


def interior_window(scene) -> None:
    """A room that is lit through one window by sun and sky; a glass table with metal legs, glossy floor."""
    wall = material("Wall", (0.85, 0.82, 0.78), 0.8)
    floor = material("Floor", (0.35, 0.2, 0.1), 0.15)
    t, (half_x, half_y, z) = 0.15, (2.5, 3.0, 2.8)
    box(wall, (-half_x, half_y, 0), (half_x, half_y + t, z))
    box(wall, (-half_x, -half_y - t, 0), (half_x, -half_y, z))
    box(wall, (-half_x - t, -half_y, 0), (-half_x, half_y, z))
    box(floor, (-half_x - t, -half_y - t, -t), (half_x + t, half_y + t, 0))
    box(wall, (-half_x - t, -half_y - t, z), (half_x + t, half_y + t, z + t))
    for low, high in (  # The right wall, around its window.
        ((half_x, -half_y, 0), (half_x + t, half_y, 0.9)),
        ((half_x, -half_y, 2.2), (half_x + t, half_y, z)),
        ((half_x, -half_y, 0.9), (half_x + t, -0.4, 2.2)),
        ((half_x, 1.6, 0.9), (half_x + t, half_y, 2.2)),
    ):
        box(wall, low, high)
    world(scene, (0.6, 0.75, 1.0), 4.0)
    lamp(scene, 'SUN', 20.0, (8.0, 2.5, 6.0), (0, 0.5, 0), color=(1.0, 0.93, 0.8), angle=math.radians(0.53))
    glass = material("Glass", (0.9, 1.0, 0.95), 0.0, transmission_weight=1.0, ior=1.5)
    steel = material("Steel", (0.7, 0.7, 0.72), 0.2, metallic=1.0)
    box(glass, (-0.7, 0.2, 0.70), (0.7, 1.2, 0.73))
    for x in (-0.6, 0.6):
        for y in (0.3, 1.1):
            add("cylinder", steel, True, radius=0.03, depth=0.7, location=(x, y, 0.35))
    add("torus", steel, True, major_radius=0.16, minor_radius=0.05, location=(-0.3, 0.7, 0.78))
    add("uv_sphere", glass, True, segments=64, ring_count=32, radius=0.14, location=(0.25, 0.75, 0.87))
    box(material("Sofa", (0.5, 0.1, 0.12), 0.9), (-2.3, 1.8, 0.0), (-0.6, 2.8, 0.7))
    camera(scene, (-1.6, -2.6, 1.5), (0.2, 0.9, 0.8), 26.0)


def exterior_sun(scene) -> None:
    """Houses in sun and sky: diffuse, easy."""
    sky(scene, 35.0, 0.6)
    add("plane", material("Ground", (0.35, 0.33, 0.28), 0.9), size=80.0)
    numbers = random.Random(3)
    for x in range(-2, 3):
        for y in range(3):
            color = [numbers.uniform(0.4, 0.9) for _ in range(3)]
            wide, high = numbers.uniform(2.0, 3.2), numbers.uniform(2.5, 6.0)
            place = x * 5.0 + numbers.uniform(-0.6, 0.6), y * 6.0
            box(
                material("House", color, 0.8),
                (place[0] - wide / 2, place[1], 0),
                (place[0] + wide / 2, place[1] + 3, high),
            )
            add("cone", material("Roof", (0.4, 0.12, 0.08), 0.7), vertices=4, radius1=wide * 0.8, depth=1.5,
                location=(place[0], place[1] + 1.5, high + 0.75), rotation=(0, 0, math.pi / 4))  # fmt: skip
    camera(scene, (-8.0, -14.0, 5.0), (0.0, 4.0, 2.0), 32.0)


def many_lights(scene) -> None:
    """A hall with 150 small lamps of all colours, half of them hidden from each place."""
    world(scene, (0, 0, 0), 0.0)
    add("plane", material("Floor", (0.6, 0.6, 0.6), 0.25), size=30.0)
    paint = material("Column", (0.7, 0.68, 0.62), 0.6)
    for x in range(-3, 4):
        for y in range(5):
            add("cylinder", paint, True, radius=0.25, depth=4.0, location=(x * 2.2, y * 2.2, 2.0))
    numbers = random.Random(11)
    for _ in range(150):
        place = numbers.uniform(-7.5, 7.5), numbers.uniform(-1.0, 10.0), numbers.uniform(0.2, 3.6)
        color = [0.3 + 0.7 * numbers.random() for _ in range(3)]
        lamp(scene, 'POINT', numbers.uniform(2.0, 12.0), place, color=color, shadow_soft_size=0.03)
    camera(scene, (0.9, -5.0, 2.0), (0.4, 4.0, 1.4), 28.0)


def volume(scene) -> None:
    """Mist in a hall, and light shafts through slits."""
    world(scene, (0, 0, 0), 0.0)
    wall = material("Wall", (0.6, 0.6, 0.62), 0.8)
    add("plane", wall, size=16.0)
    box(wall, (-4, 4.0, 0), (4, 4.2, 4))
    for index in range(6):
        box(wall, (-4, -3.0 + index * 1.1, 3.9), (4, -2.3 + index * 1.1, 4.0))
    mist = bpy.data.materials.new("Mist")
    if mist.node_tree is None:
        mist.use_nodes = True
    tree = mist.node_tree
    tree.nodes.remove(tree.nodes["Principled BSDF"])
    scatter = tree.nodes.new('ShaderNodeVolumePrincipled')
    scatter.inputs["Density"].default_value = 0.12
    scatter.inputs["Anisotropy"].default_value = 0.3
    tree.links.new(scatter.outputs[0], tree.get_output_node('ALL').inputs["Volume"])
    box(mist, (-4, -4.5, 0.01), (4, 3.9, 3.8))
    lamp(scene, 'SPOT', 20000.0, (0.5, -1.0, 9.0), (0, 0, 0), spot_size=1.0, spot_blend=0.2, shadow_soft_size=0.1)
    add("monkey", material("Stone", (0.5, 0.45, 0.4), 0.7), True, size=1.4, location=(0, 1.0, 0.9))
    camera(scene, (0.0, -7.5, 1.7), (0.0, 1.0, 1.6), 32.0)


def foliage(scene) -> None:
    """3 000 leaves that let light through, over grass, in sun and sky."""
    sky(scene, 50.0, 0.7)
    add("plane", material("Earth", (0.2, 0.14, 0.08), 0.9), size=30.0)
    leaf = bpy.data.materials.new("Leaf")
    if leaf.node_tree is None:
        leaf.use_nodes = True
    tree = leaf.node_tree
    front, back = tree.nodes["Principled BSDF"], tree.nodes.new('ShaderNodeBsdfTranslucent')
    front.inputs["Base Color"].default_value = (0.12, 0.3, 0.05, 1.0)
    back.inputs["Color"].default_value = (0.25, 0.5, 0.05, 1.0)
    mix = tree.nodes.new('ShaderNodeMixShader')
    mix.inputs[0].default_value = 0.4
    tree.links.new(front.outputs[0], mix.inputs[1])
    tree.links.new(back.outputs[0], mix.inputs[2])
    tree.links.new(mix.outputs[0], tree.get_output_node('ALL').inputs["Surface"])
    numbers = random.Random(5)
    points, faces = [], []
    for number in range(3000):
        if number < 2000:  # The crown.
            direction = Vector([numbers.gauss(0, 1) for _ in range(3)]).normalized()
            place = Vector((0, 0, 2.8)) + direction * (1.6 * numbers.random() ** 0.4)
            size = 0.14
        else:  # The grass.
            place, size = Vector((numbers.uniform(-4, 4), numbers.uniform(-3, 4), 0.1)), 0.12
        axis = Vector([numbers.gauss(0, 1) for _ in range(3)]).normalized()
        side = axis.orthogonal().normalized()
        faces.append(tuple(range(len(points), len(points) + 4)))
        points += [place - axis * size, place + side * size * 0.4, place + axis * size, place - side * size * 0.4]
    mesh = bpy.data.meshes.new("Leaves")
    mesh.from_pydata([tuple(point) for point in points], [], faces)
    mesh.materials.append(leaf)
    scene.collection.objects.link(bpy.data.objects.new("Leaves", mesh))
    add("cylinder", material("Bark", (0.15, 0.09, 0.05), 0.9), True, radius=0.15, depth=2.6, location=(0, 0, 1.3))
    camera(scene, (0.5, -6.5, 1.8), (0.0, 0.0, 2.0), 35.0)


def product(scene) -> None:
    """A bottle of glass and a lacquered can on white, three soft boxes."""
    world(scene, (1, 1, 1), 0.8)
    add("plane", material("White", (0.9, 0.9, 0.9), 0.6), size=20.0)
    glass = material("Glass", (0.75, 0.95, 0.8), 0.0, transmission_weight=1.0, ior=1.5)
    lacquer = material("Lacquer", (0.6, 0.03, 0.05), 0.25, coat_weight=1.0, coat_roughness=0.03)
    steel = material("Steel", (0.8, 0.8, 0.82), 0.12, metallic=1.0)
    add("cylinder", glass, True, radius=0.35, depth=1.4, vertices=64, location=(-0.5, 0, 0.701))
    add("uv_sphere", glass, True, segments=64, ring_count=32, radius=0.3, location=(-0.5, 0, 1.55))
    add("cylinder", lacquer, True, radius=0.4, depth=1.0, vertices=64, location=(0.6, 0.2, 0.501))
    add("torus", steel, True, major_radius=0.38, minor_radius=0.03, major_segments=64, location=(0.6, 0.2, 1.01))
    for energy, place, size in ((120.0, (-3, -2, 3.5), 2.0), (60.0, (3, -2, 2.5), 1.5), (80.0, (0, 3, 4), 2.5)):
        lamp(scene, 'AREA', energy, place, (0, 0, 0.6), size=size)
    camera(scene, (0.2, -5.0, 1.9), (0.0, 0.0, 0.7), 50.0)


def night(scene) -> None:
    """A street at night, lit by glowing signs and windows alone, on wet ground."""
    world(scene, (0.01, 0.015, 0.04), 0.3)
    add("plane", material("Asphalt", (0.04, 0.04, 0.045), 0.12), size=60.0)
    numbers = random.Random(8)
    for side in (-1.0, 1.0):
        for index in range(5):
            near = index * 4.0
            front = side * 3.5
            high = numbers.uniform(5, 9)
            edge = sorted((front, front + side * 4))
            box(material("House", (0.25, 0.23, 0.22), 0.8), (edge[0], near, 0), (edge[1], near + 3.6, high))
            for level in range(2, int(high), 2):
                if numbers.random() < 0.6:
                    warm = glowing("Window", (1.0, 0.7, 0.35), numbers.uniform(2.0, 6.0))
                    edge = sorted((front, front - side * 0.02))
                    box(warm, (edge[0], near + 1.0, level), (edge[1], near + 2.0, level + 1.0))
            color = tuple(0.1 + 0.9 * numbers.random() for _ in range(3))
            edge = sorted((front - side * 0.1, front - side * 0.9))
            box(glowing("Sign", color, 12.0), (edge[0], near + 0.4, 2.6), (edge[1], near + 0.5, 3.0))
    camera(scene, (0.3, -6.0, 1.7), (0.0, 8.0, 2.0), 28.0)


SCENES: dict[str, Callable[[bpy.types.Scene], None]] = {
    "interior_lamp": interior_lamp,
    "interior_window": interior_window,
    "exterior_sun": exterior_sun,
    "many_lights": many_lights,
    "volume": volume,
    "foliage": foliage,
    "product": product,
    "night": night,
}
INTERIORS = ("interior_lamp", "interior_window")
