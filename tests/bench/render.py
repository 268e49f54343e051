"""Views by Ada Realtime against Cycles at 16 samples: a scene of 300 000 triangles, 512 x 512, colour, depth, normal.

python tests/bench/render.py [--views 100] [--cycles-views 5]       writes tests/out/bench-render.json
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import os
import statistics
import sys
import time
from pathlib import Path

import bpy

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "tests" / "out" / "bench-render.json"
sys.path[:0] = [str(ROOT / "tests" / "bench")]
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--views", type=int, default=100, help="by Ada Realtime (default: 100)")
    parser.add_argument("--cycles-views", type=int, default=5, help="by Cycles, whose mean stands for all (default: 5)")
    args = parser.parse_args()
    spec = importlib.util.spec_from_file_location("ada", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    extension = sys.modules["ada"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(extension)
    extension.register()
    try:
        scene = build()
        triangles = sum(len(obj.data.loop_triangles) for obj in scene.objects if obj.type == 'MESH')
        scene.render.engine = 'ADA_REALTIME'
        realtime = render_views(scene, args.views)
        scene.render.engine = 'CYCLES'
        scene.cycles.samples = 16
        scene.cycles.use_adaptive_sampling = scene.cycles.use_denoising = False
        cycles = render_views(scene, args.cycles_views)
    finally:
        extension.unregister()
    document = {
        "triangles": triangles,
        "realtime_seconds_per_view": statistics.mean(realtime),
        "cycles_seconds_per_view": statistics.mean(cycles),
        "realtime_views_speedup": statistics.mean(cycles) / statistics.mean(realtime),
    }
    OUT.parent.mkdir(exist_ok=True)
    kept = json.loads(OUT.read_text(encoding="utf-8")) if OUT.exists() else {}
    part = OUT.with_suffix(".part")
    part.write_text(json.dumps(kept | document, indent=1) + "\n", encoding="utf-8")
    os.replace(part, OUT)
    for name, value in document.items():
        print(f"{name:28} {value:.4g}")


main()
