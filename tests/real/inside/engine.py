"""Ada Realtime in the viewport: a picture, what is uploaded after which change, what a redraw costs, F12."""

from __future__ import annotations

import math
import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, os.path.dirname(__file__))
import bpy
import numpy as np
import stage

OUT = Path(stage.values["out"])


def add_scene():
    """The demo's toy on a floor, a textured ball, a heap of instances, a sun and a spot, 100 000 triangles."""
    scene = bpy.context.scene
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    toy = stage.ext(".render.demo").add_demo_objects(scene)
    for lamp in [obj for obj in scene.objects if obj.type == 'LIGHT']:
        bpy.data.objects.remove(lamp)
    nodes = scene.world.node_tree.nodes["Background"].inputs
    nodes["Color"].default_value, nodes["Strength"].default_value = (0.5, 0.6, 0.8, 1.0), 0.25
    bpy.ops.mesh.primitive_plane_add(size=14.0)
    bpy.ops.mesh.primitive_uv_sphere_add(segments=128, ring_count=64, radius=0.7, location=(-1.2, -2.0, 0.7))
    ball = bpy.context.object
    ball.data.shade_smooth()
    image = bpy.data.images.new("Squares", 256, 256)
    image.generated_type = 'UV_GRID'
    material = bpy.data.materials.new("Squares")
    tree = stage.ext(".render.compat").nodes_of(material)
    texture = tree.nodes.new('ShaderNodeTexImage')
    texture.image = image
    tree.links.new(texture.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    tree.nodes["Principled BSDF"].inputs["Roughness"].default_value = 0.3
    ball.data.materials.append(material)
    bpy.ops.mesh.primitive_ico_sphere_add(subdivisions=3, radius=0.18)
    first = bpy.context.object
    for number in range(60):
        angle = number * 2.4
        copy = bpy.data.objects.new(f"Pebble {number}", first.data)
        copy.location = (math.cos(angle) * (3.0 + number / 40), math.sin(angle) * (3.0 + number / 40), 0.15)
        scene.collection.objects.link(copy)
    first.location = (2.6, 0.0, 0.15)
    for kind, energy, place, angle in (
        ('SUN', 1.5, (3, -3, 6), (0.5, 0.4, 0)),
        ('SPOT', 900.0, (-3, -4, 5), (0.75, 0, -0.6)),
    ):
        light = bpy.data.lights.new(kind, kind)
        light.energy = energy
        lamp = bpy.data.objects.new(kind, light)
        lamp.location, lamp.rotation_euler = place, angle
        scene.collection.objects.link(lamp)
    return scene, toy, ball


def triangles(scene):
    depsgraph = bpy.context.evaluated_depsgraph_get()
    total = 0
    for instance in depsgraph.object_instances:
        if instance.object.type == 'MESH':
            instance.object.data.calc_loop_triangles()
            total += len(instance.object.data.loop_triangles)
    return total


def scenario():
    scene, toy, ball = add_scene()
    stage.found["triangles"] = triangles(scene)
    module = stage.ext(".render.engine.engine")
    engine = module.AdaRealtimeEngine
    painters, costs, draws = [], [], []
    original_draw, original_paint = engine.view_draw, module.Painter.draw

    def view_draw(self, context, depsgraph):
        start = time.thread_time()
        original_draw(self, context, depsgraph)
        costs.append((time.thread_time() - start) * 1000.0)
        painters[:] = [self.painter]

    def paint(self, *arguments, **keywords):
        draws.append(1)
        return original_paint(self, *arguments, **keywords)

    engine.view_draw, module.Painter.draw = view_draw, paint
    area, region = stage.view()
    space = area.spaces.active
    space.region_3d.view_rotation = (0.80, 0.46, 0.19, 0.33)
    space.region_3d.view_location, space.region_3d.view_distance = (0.0, 0.0, 0.7), 9.0
    scene.render.engine = 'ADA_REALTIME'
    space.shading.type = 'RENDERED'
    yield from stage.wait_for(lambda: draws, 60, "the first picture")
    yield from stage.redraw(4)
    yield from stage.picture(OUT / "realtime.png")
    store = painters[0].store
    meshes = {obj.data for obj in scene.objects if obj.type == 'MESH'}
    stage.found["first"] = {"uploads": store.uploads, "meshes": len(meshes)}

    def uploads_after(change):
        before, drawn = store.uploads, len(draws)
        change()
        yield from stage.wait_for(lambda: len(draws) > drawn, 30, "a new picture")
        yield from stage.redraw(2)
        stage.found.setdefault("uploads_after", []).append(store.uploads - before)

    def lift():
        for vertex in ball.data.vertices[:200]:
            vertex.co.z += 0.1
        ball.data.update()

    yield from uploads_after(lambda: setattr(toy.location, "x", 0.4))
    yield from uploads_after(lambda: setattr(bpy.data.lights["SUN"], "energy", 2.0))
    yield from uploads_after(lift)
    yield from uploads_after(lambda: setattr(ball.modifiers.new("Bend", 'SIMPLE_DEFORM'), "angle", 0.5))

    # Redraws without a change: the picture that is there is shown.
    yield from stage.redraw(4)
    costs.clear()
    drawn = len(draws)
    for _ in range(100):
        region.tag_redraw()
        yield 0.02
    stage.found["redraw"] = {"count": len(costs), "median_ms": statistics.median(costs), "painted": len(draws) - drawn}

    # F12, from the thread in which the window renders.
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(camera)
    scene.camera = camera
    camera.matrix_world = space.region_3d.view_matrix.inverted()
    scene.render.resolution_x, scene.render.resolution_y = 480, 270
    scene.render.filepath = str(OUT / "realtime_f12.png")
    ended = []
    handlers = bpy.app.handlers.render_complete
    handlers.append(lambda *_: ended.append(1))
    bpy.context.preferences.view.render_display_type = 'NONE'
    with stage.in_view():
        bpy.ops.render.render('INVOKE_DEFAULT', write_still=True)
    yield from stage.wait_for(lambda: ended and not bpy.app.is_job_running('RENDER'), 90, "F12")
    handlers.clear()
    image = bpy.data.images.load(str(OUT / "realtime_f12.png"))
    pixels = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(pixels)
    stage.found["f12_contrast"] = float(pixels.reshape(-1, 4)[:, :3].std())

    # Another engine and back, another file: nothing of the old one is drawn or left.
    space.shading.type = 'SOLID'
    yield from stage.redraw(3)
    space.shading.type = 'RENDERED'
    yield from stage.redraw(3)
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    yield 1.0
    yield from stage.redraw(2)
    engine.view_draw, module.Painter.draw = original_draw, original_paint


stage.play(scenario)
