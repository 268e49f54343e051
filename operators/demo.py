"""A whole job to look at: a small scene, its capture, its reconstruction, both side by side."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy

from ..ai.job import run
from ..ai.nerf.settings import ReconstructSettings
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
        for other in context.view_layer.objects:
            other.select_set(other == obj)
        context.view_layer.objects.active = obj
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
    views = run(
        capture.capture_views(scene.name, (original.name,), replace(capture.CaptureSettings(), overwrite=True), folder / "views"),
        print_progress,
    )
    stage("capture")
    scene.ada.reconstruct.path = str(views.folder)
    settings = ADA_OT_reconstruct_start.read(bpy.context)
    result = run(ADA_OT_reconstruct_start.start(settings), print_progress)
    obj = bpy.data.objects[ADA_OT_reconstruct_start.finish(bpy.context, settings, result)]
    stage("reconstruct")
    truth = meshes.mesh_of_object(original, bpy.context.evaluated_depsgraph_get())
    quality = metrics.compare(result.mesh, truth, views.centers)
    stage("measure")
    export.export_glb([obj], folder / "reconstruction.glb")
    demo.place_beside(original, obj)
    demo.render_before_after(folder / "before_after.png")
    export.save_blend_copy(folder / "scene.blend")
    stage("render")
    report = {"psnr": result.psnr_test, **quality, "seconds": seconds, "folder": str(folder)}
    part = folder / "report.json.part"
    part.write_text(json.dumps(report, indent=1), encoding="utf-8")
    os.replace(part, folder / "report.json")
    return report


classes = (ADA_OT_demo_add,)
