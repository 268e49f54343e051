"""Views by Ada Realtime against Cycles at 16 samples: 300 000 triangles, 512 x 512, colour, depth, normal."""

from __future__ import annotations

import math
import statistics
import time

import bpy
import scenes


def build() -> bpy.types.Scene:
    """Ten smooth balls of 30 000 triangles each, on a floor, under a sun and two point lamps."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.resolution_x = scene.render.resolution_y = 512
    scene.render.film_transparent = True
    scenes.world(scene, (0.6, 0.7, 1.0), 0.3)
    scenes.add("plane", scenes.material("Floor"), size=8.0)
    for number in range(10):
        angle = number * 2.0 * math.pi / 10
        paint = scenes.material("Paint", (0.5 + 0.5 * math.cos(angle), 0.5, 0.5 + 0.5 * math.sin(angle)), 0.4)
        place = 2.0 * math.cos(angle), 2.0 * math.sin(angle), 0.5
        scenes.add("uv_sphere", paint, True, segments=150, ring_count=101, radius=0.5, location=place)
    scenes.lamp(scene, 'SUN', 2.0, (3, -3, 6))
    scenes.lamp(scene, 'POINT', 150.0, (-2, -3, 3))
    scenes.lamp(scene, 'POINT', 100.0, (3, 2, 2))
    scenes.camera(scene, (6, 0, 3), (0, 0, 0.3))
    layer = scene.view_layers[0]
    layer.use_pass_z = layer.use_pass_normal = True
    return scene


def render_views(scene: bpy.types.Scene, count: int) -> list[float]:
    """Seconds of each view of a turn around the scene, after one that is not counted."""
    seconds = []
    for number in range(-1, count):
        angle = 2.0 * math.pi * number / count
        scene.collection.objects.unlink(scene.camera)
        scenes.camera(scene, (6 * math.cos(angle), 6 * math.sin(angle), 3.0), (0, 0, 0.3))
        start = time.perf_counter()
        bpy.ops.render.render()
        seconds.append(time.perf_counter() - start)
    return seconds[1:]


def measure(views: int, cycles_views: int) -> dict[str, float]:
    """Seconds a view of both engines, of the clock; Cycles' mean of a few stands for all."""
    scene = build()
    triangles = sum(len(obj.data.loop_triangles) for obj in scene.objects if obj.type == 'MESH')
    scene.render.engine = 'ADA_REALTIME'
    realtime = render_views(scene, views)
    scene.render.engine = 'CYCLES'
    scene.cycles.samples = 16
    scene.cycles.use_adaptive_sampling = scene.cycles.use_denoising = False
    cycles = render_views(scene, cycles_views)
    return {
        "triangles": triangles,
        "realtime_views": views,
        "cycles_views": cycles_views,
        "realtime_seconds_per_view": statistics.mean(realtime),
        "cycles_seconds_per_view": statistics.mean(cycles),
        "realtime_views_speedup": statistics.mean(cycles) / statistics.mean(realtime),
    }
