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


def aim(scene: bpy.types.Scene, angle: float) -> None:
    scene.collection.objects.unlink(scene.camera)
    scenes.camera(scene, (6 * math.cos(angle), 6 * math.sin(angle), 3.0), (0, 0, 0.3))


def timed(scene: bpy.types.Scene, engine: str) -> tuple[float, float]:
    """Seconds of the processor and of the clock that a view takes."""
    scene.render.engine = engine
    clock, work = time.perf_counter(), time.process_time()
    bpy.ops.render.render()
    return time.process_time() - work, time.perf_counter() - clock


def measure(views: int, cycles_views: int) -> dict[str, float]:
    """Seconds a view of both engines on a turn around the scene; some are rendered by Cycles too, and stand for all.

    Both engines run on the processor here (Mesa draws without a card): processor seconds of all threads are compared.
    """
    scene = build()
    triangles = sum(len(obj.data.loop_triangles) for obj in scene.objects if obj.type == 'MESH')
    scene.cycles.samples = 16
    scene.cycles.use_adaptive_sampling = scene.cycles.use_denoising = False
    for engine in ('ADA_REALTIME', 'CYCLES'):  # Not counted: what happens once only.
        timed(scene, engine)
    realtime, cycles = [], []
    every = max(1, views // cycles_views)
    for number in range(views):
        aim(scene, 2.0 * math.pi * number / views)
        realtime.append(timed(scene, 'ADA_REALTIME'))
        if number % every == 0 and len(cycles) < cycles_views:
            cycles.append(timed(scene, 'CYCLES'))
    work, clock = ([statistics.mean(row[part] for row in rows) for rows in (realtime, cycles)] for part in (0, 1))
    return {
        "triangles": triangles,
        "realtime_views": len(realtime),
        "cycles_views": len(cycles),
        "realtime_seconds_per_view": work[0],
        "cycles_seconds_per_view": work[1],
        "realtime_views_speedup": work[1] / work[0],
        "realtime_views_speedup_by_the_clock": clock[1] / clock[0],
    }
