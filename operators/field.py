"""Pictures of the kept field, as the scene's camera sees it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy

from ..ai.errors import AdaError
from ..ai.job import Job
from ..ai.nerf.settings import PictureSettings
from ..ai.setup import packages
from ..render import cameras
from .field_properties import FieldProperties
from .job import JobOperator
from .properties import preferences, read_settings
from .reconstruct import absolute, chosen_device, field_file


class ADA_OT_field_render(FieldProperties, JobOperator, bpy.types.Operator):
    """Draw the kept field as the scene's camera sees it into a folder. Frames that are there and whole are kept"""

    bl_idname = "ada.field_render"
    bl_label = "Render Field"

    def settings(self, context: bpy.types.Context) -> Any:
        return self.read(context, self)

    @classmethod
    def read(cls, context: bpy.types.Context, operator: bpy.types.Operator | None = None) -> Any:
        """The field's file, cameras by frame, the folder and all settings, copied."""
        scene = context.scene
        values = read_settings(scene.ada.field, operator)
        numbers: Sequence[int] = (scene.frame_current,)
        if values["frames"] == 'RANGE':
            numbers = range(scene.frame_start, scene.frame_end + 1, scene.frame_step)
        return kept_field(scene), path_of(context, numbers), absolute(values["folder"]), picture_settings(scene, values)

    @classmethod
    def start(cls, settings: Any) -> Job:
        packages.require("torch", "scipy", "PIL", "safetensors")
        from ..ai.nerf import pictures  # The heavy import, on the thread that computes.

        path, shots, folder, values = settings
        return (
            yield from pictures.draw_pictures(path, [pictures.Shot(*shot) for shot in shots], folder, values)
        )  # fmt: skip

    @classmethod
    def finish(cls, context: bpy.types.Context, settings: Any, result: Any) -> str:
        return result.folder.name


def kept_field(scene: bpy.types.Scene) -> Path:
    """The file of the field that Reconstruct keeps with the settings of a scene.

    Raises:
        AdaError: none is there.
    """
    values = read_settings(scene.ada.reconstruct)
    if not values["path"] and not values["field_file"]:
        raise AdaError("Choose the photos of a reconstruction, or its field under Field File")
    path = field_file(values)
    if not path.is_file():
        raise AdaError("There is no kept field at '{path}'. Start a reconstruction with Keep Field on", path=str(path))
    return path


def picture_settings(scene: bpy.types.Scene, values: dict[str, Any]) -> PictureSettings:
    """What is drawn where."""
    chosen = preferences()
    return PictureSettings(
        values["passes"], values["overwrite"], chosen_device(scene.ada.reconstruct.device),
        chosen.free_threads if chosen is not None else 1,
    )  # fmt: skip


def path_of(context: bpy.types.Context, numbers: Sequence[int]) -> tuple[tuple[str, Any], ...]:
    """Names and cameras of the scene's camera at frames; the current frame stays.

    Raises:
        AdaError: the scene has no camera, or none with perspective.
    """
    scene = context.scene
    if scene.camera is None:
        raise AdaError("The scene '{name}' has no camera. Add one, or make one the active camera", name=scene.name)
    if not numbers:
        raise AdaError("There is no frame to render. Choose a first frame that is not after the last")
    before, shots = (scene.frame_current, scene.frame_subframe), []
    try:
        for number in numbers:
            if number != scene.frame_current:
                scene.frame_set(number)
            shots.append((f"{number:04}", cameras.read_camera(scene, scene.camera, context.evaluated_depsgraph_get())))
    finally:
        if scene.frame_current != before[0]:
            scene.frame_set(before[0], subframe=before[1])
    return tuple(shots)


def views_of(path: Path) -> tuple[tuple[str, Any], ...]:
    """Names and cameras of all photos of a dataset or of another program's cameras."""
    packages.require("PIL")
    from ..ai.nerf import dataset

    file, test = dataset.find_transforms(path)
    frames = dataset.read_frames(file) + (dataset.read_frames(test) if test else [])
    stems = [frame.image.stem for frame in frames]
    unique = len(set(stems)) == len(stems)
    return tuple(
        (stem if unique else f"{frame.image.parent.name}_{stem}", frame.camera) for stem, frame in zip(stems, frames)
    )


classes = (ADA_OT_field_render,)
