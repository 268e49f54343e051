"""Cameras from photos, and cameras of other programs."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import bpy
from bpy.props import StringProperty

from ..ai.errors import AdaError
from ..ai.job import Answer, Job, Request
from ..ai.photos.settings import CameraSettings
from ..ai.setup import packages
from ..render import cameras as camera_objects
from ..render import video_frames
from .camera_properties import CamerasProperties
from .job import JobOperator, translated
from .properties import preferences, read_settings
from .queue import as_sentence
from .reconstruct import absolute

latest: list[AdaError] = []  # What the last search left out or found weak; drawn by the panel.


class ADA_OT_cameras_solve(CamerasProperties, JobOperator, bpy.types.Operator):
    """Find out where photos were taken, in the background. Writes transforms.json; undo takes the cameras back"""

    bl_idname = "ada.cameras_solve"
    bl_label = "Find Cameras"

    def settings(self, context: bpy.types.Context) -> Any:
        return self.read(context, self)

    @classmethod
    def read(cls, context: bpy.types.Context, operator: bpy.types.Operator | None = None) -> Any:
        """The photos' path, the target folder and all settings, copied."""
        values = read_settings(context.scene.ada.cameras, operator)
        if not values["source"]:
            raise AdaError("Choose a folder of photos, or a video, under Photos")
        source = absolute(values["source"])
        if not source.exists():  # Said at the click, not when its turn comes.
            raise AdaError("'{path}' does not exist. Choose a folder of photos or a video", path=str(source))
        packages.require("pycolmap", "PIL")
        settings = CameraSettings(**{f.name: values[f.name] for f in fields(CameraSettings) if f.name in values})
        chosen = preferences()
        if chosen is not None:
            settings.free_threads = chosen.free_threads
        return source, absolute(values["folder"]) if values["folder"] else None, settings

    @classmethod
    def start(cls, settings: Any) -> Job:
        packages.require("pycolmap", "PIL")
        from ..ai.photos import cameras

        return (yield from cameras.find_cameras(*settings))

    @classmethod
    def answer(cls) -> Answer:
        def reply(request: Request) -> Any:
            if request.name == "video_length":
                return video_frames.video_length(request.payload)
            frame = request.payload
            return video_frames.write_frame(frame.video, frame.number, frame.target)

        return reply

    @classmethod
    def finish(cls, context: bpy.types.Context, settings: Any, result: Any) -> str:
        """The cameras are what to reconstruct from next."""
        latest[:] = result.notes
        collection = camera_objects.add_cameras(
            context.scene, result.path.parent.name, result.images, result.cameras, result.points, result.colors
        )
        context.scene.ada.reconstruct.path = str(result.path)
        return collection.name


def import_cameras(scene: bpy.types.Scene, path: Path) -> tuple[bpy.types.Collection, list[Any]]:
    """Add the cameras of a file to a scene; return their collection and the frames that were read."""
    packages.require("PIL")
    from ..ai.nerf import dataset, importers

    file, test = dataset.find_transforms(path)
    frames = dataset.read_frames(file) + (dataset.read_frames(test) if test else [])
    found = importers.read(file) if importers.reader_of(file) else importers.ImportedScene(file, [])
    collection = camera_objects.add_cameras(
        scene, path.parent.name if path.is_file() else path.name, [frame.image for frame in frames],
        [frame.camera for frame in frames], found.points, found.colors,
    )  # fmt: skip
    scene.ada.reconstruct.path = str(file)
    return collection, frames


def import_report(scene: bpy.types.Scene, path: Path, folder: Path | None) -> dict[str, Any]:
    """Import cameras; where a folder is given, write them there as transforms.json as well."""
    collection, frames = import_cameras(scene, path)
    report = {"collection": collection.name, "registered": len(frames), "path": scene.ada.reconstruct.path}
    if folder is not None:
        from ..ai.photos import transforms

        target = folder / "transforms.json"
        transforms.check_target(target, scene.ada.cameras.overwrite)
        folder.mkdir(parents=True, exist_ok=True)
        images, found = [frame.image for frame in frames], [frame.camera for frame in frames]
        transforms.write_transforms(target, images, found, False)
        scene.ada.reconstruct.path = report["path"] = str(target)
    return report


class ADA_OT_cameras_import(bpy.types.Operator):
    """Add the cameras of another program's file to the scene, and reconstruct from them"""

    bl_idname = "ada.cameras_import"
    bl_label = "Import Cameras"
    bl_options = {'REGISTER', 'UNDO'}

    filepath: StringProperty(name="File", subtype='FILE_PATH', options={'SKIP_SAVE'})
    filter_glob: StringProperty(default="*.json;*.bin;*.txt;*.xml;*.csv;*.sfm", options={'HIDDEN'})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if self.filepath:
            return self.execute(context)
        context.window_manager.fileselect_add(self)
        return {'RUNNING_MODAL'}

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            import_cameras(context.scene, absolute(self.filepath))
        except (AdaError, OSError) as error:
            self.report({'ERROR'}, translated(as_sentence(error)))
            return {'CANCELLED'}
        return {'FINISHED'}


classes = (ADA_OT_cameras_solve, ADA_OT_cameras_import)
