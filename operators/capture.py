"""From selected objects to a dataset of posed views."""

from __future__ import annotations

from math import degrees
from typing import Any

import bpy

from ..ai.errors import AdaError
from ..ai.job import Job
from ..render import capture
from .job import JobOperator
from .properties import read_settings
from .reconstruct import absolute
from .reconstruct_properties import CaptureProperties


class ADA_OT_views_capture(CaptureProperties, JobOperator, bpy.types.Operator):
    """Render the selected objects from cameras around them into a dataset folder. Files are written; undo keeps them"""

    bl_idname = "ada.views_capture"
    bl_label = "Capture Views"
    threaded = False

    def settings(self, context: bpy.types.Context) -> Any:
        return self.read(context, self)

    @classmethod
    def read(cls, context: bpy.types.Context, operator: bpy.types.Operator | None = None) -> Any:
        """Identities of the scene and of the objects, the folder and all settings."""
        values = read_settings(context.scene.ada.capture, operator)
        folder = absolute(values.pop("folder"))
        for name in ("lowest", "highest", "field_of_view"):
            values[name] = round(degrees(values[name]), 4)
        objects = tuple(obj.session_uid for obj in context.selected_objects)
        return context.scene.session_uid, objects, capture.CaptureSettings(**values), folder

    @classmethod
    def start(cls, settings: Any) -> Job:
        scene_uid, uids, values, folder = settings
        scene = next((scene for scene in bpy.data.scenes if scene.session_uid == scene_uid), None)
        objects = [obj for obj in bpy.data.objects if obj.session_uid in uids]
        if scene is None or len(objects) < len(uids):
            raise AdaError("The captured objects were removed meanwhile. Select objects and start again")
        return (yield from capture.capture_views(scene, objects, values, folder))

    @classmethod
    def finish(cls, context: bpy.types.Context, settings: Any, result: Any) -> str:
        """The views are what to reconstruct next."""
        context.scene.ada.reconstruct.path = str(result.folder)
        return result.folder.name


classes = (ADA_OT_views_capture,)
