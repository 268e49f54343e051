"""A whole job to look at: a small scene, its capture, its reconstruction, both side by side."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..ai import files
from ..ai.job import run
from ..render import capture, demo, export, meshes
from .job import print_progress
from .reconstruct import ADA_OT_reconstruct_start


class ADA_OT_demo_add(bpy.types.Operator):
    """Add a small coloured object with lights, to try Capture Views and Reconstruct on"""

    bl_idname = "ada.demo_add"
    bl_label = "Add Demo Scene"
    bl_options = {'REGISTER', 'UNDO'}

    def execute(self, context: bpy.types.Context) -> set[str]:
        obj = demo.add_demo_objects(context.scene)
        meshes.select_only(context.view_layer, obj)
        return {'FINISHED'}


def make(folder: Path) -> dict[str, Any]:
    """Run all stages into `folder`; return the report that is also written there as report.json."""
    from ..ai.nerf import metrics

    seconds: dict[str, float] = {}
    began = time.monotonic()

    def stage(name: str) -> None:
        nonlocal began
        seconds[name], began = round(time.monotonic() - began, 1), time.monotonic()

    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    original = demo.build_demo_scene()
    scene = bpy.context.scene
    stage("build")
    settings = capture.CaptureSettings(overwrite=True)
    views: capture.CaptureResult = run(
        capture.capture_views(scene, [original], settings, folder / "views"), print_progress
    )
    stage("capture")
    scene.ada.reconstruct.path = str(views.folder)
    start = ADA_OT_reconstruct_start
    choice = start.read(bpy.context)
    result = run(start.start(choice), print_progress, start.answer())
    obj = bpy.data.objects[start.finish(bpy.context, choice, result)]
    stage("reconstruct")
    truth = meshes.mesh_of_object(original, bpy.context.evaluated_depsgraph_get())
    quality = metrics.compare_meshes(result.mesh, truth, camera_centers(views.transforms))
    stage("measure")
    export.export_glb([obj], folder / "reconstruction.glb")
    demo.place_beside(original, obj)
    demo.render_before_after(folder / "before_after.png")
    export.save_blend_copy(folder / "scene.blend")
    stage("render")
    report = {"psnr": result.psnr_test, **quality, "device": result.device, "seconds": seconds, "folder": str(folder)}
    files.write_json(folder / "report.json", report)
    return report


def camera_centers(transforms: Path) -> np.ndarray:
    """Where the cameras of a dataset stand: (n, 3), in the scene's units."""
    frames = json.loads(transforms.read_text(encoding="utf-8"))["frames"]
    return np.array([frame["transform_matrix"] for frame in frames])[:, :3, 3]


classes = (ADA_OT_demo_add,)
