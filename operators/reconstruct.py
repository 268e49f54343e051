"""From posed photographs to a coloured mesh in the scene."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from typing import Any

import bpy
from bpy.props import StringProperty

from ..ai.errors import AdaError
from ..ai.job import Answer, Job
from ..ai.nerf.settings import ReconstructSettings
from ..ai.setup import packages
from ..render import meshes
from ..render.unwrap import unwrap
from .job import JobOperator
from .properties import ReconstructProperties, preferences, read_settings

FIELD_NAME = "ada-field.safetensors"  # Beside the photos.
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff")


def absolute(path: str) -> Path:
    """A path from the interface: `//` is the folder of the saved file.

    Raises:
        AdaError: the path is relative to a file that was never saved.
    """
    if path.startswith("//") and not bpy.data.filepath:
        raise AdaError("Save the file first, or choose an absolute folder: '{name}' is relative to it", name=path)
    return Path(os.path.abspath(bpy.path.abspath(path)))


def field_file(values: dict[str, Any]) -> Path:
    """Where the field of a reconstruction with these settings is kept."""
    if values["field_file"]:
        return absolute(values["field_file"])
    path = absolute(values["path"])
    return (path.parent if path.suffix else path) / FIELD_NAME


def chosen_device(name: str) -> str:
    """A device as torch's side takes it: where 'AUTO' is chosen the preferences decide, which also name the card."""
    chosen = preferences()
    if chosen is None:
        return name
    if name == 'AUTO':
        name = chosen.device
    return f"CUDA:{chosen.device_index}" if name == 'CUDA' else name


class Reconstructing(ReconstructProperties, JobOperator):
    """What starting and going on have in common."""

    resumes = False

    def settings(self, context: bpy.types.Context) -> Any:
        return self.read(context, self)

    @classmethod
    def read(cls, context: bpy.types.Context, operator: bpy.types.Operator | None = None) -> Any:
        """The dataset's path and all settings, copied from the scene, the operator and the preferences."""
        values = read_settings(context.scene.ada.reconstruct, operator)
        if not values["path"]:
            raise AdaError("Choose a transforms.json, or the folder that holds it, under Photos")
        path = absolute(values["path"])
        if not path.exists():  # Said at the click, not when its turn comes.
            raise AdaError("'{path}' does not exist. Choose a folder of photos or a transforms.json", path=path)
        settings = ReconstructSettings(
            **{field.name: values[field.name] for field in fields(ReconstructSettings) if field.name in values}
        )
        settings.resume = cls.resumes
        if values["keep"] or cls.resumes:
            settings.checkpoint = str(_writable(field_file(values)))
            if cls.resumes and not Path(settings.checkpoint).is_file():
                raise AdaError(
                    "There is no kept field at '{path}'. Start a reconstruction with Keep Field on",
                    path=settings.checkpoint,
                )
        if values["use_crop"]:
            _read_crop(settings, values)
        else:
            settings.crop_center = settings.crop_size = None
        chosen = preferences()
        if chosen is not None:
            settings.free_threads = chosen.free_threads
        settings.device = chosen_device(settings.device)
        return path, settings

    @classmethod
    def start(cls, settings: Any) -> Job:
        packages.require("torch", "scipy", "skimage", "PIL", "safetensors")
        from ..ai.nerf import textured  # The heavy import, on the thread that computes.

        path, values = settings
        return (yield from textured.reconstruct_textured(path, values))

    @classmethod
    def answer(cls) -> Answer:
        return lambda request: unwrap(request.payload.mesh, request.payload.faces, request.payload.quads)

    @classmethod
    def finish(cls, context: bpy.types.Context, settings: Any, result: Any) -> str:
        path = settings[0]
        stem = path.parent.name if path.suffix else path.name
        texture = None if result.texture is None else result.texture.image
        obj = meshes.add_mesh_object(context.scene, result.mesh, stem or "Reconstruction", texture=texture)
        meshes.select_only(context.view_layer, obj)
        return obj.name


class ADA_OT_reconstruct_start(Reconstructing, bpy.types.Operator):
    """Turn posed photos into a coloured mesh, in the background. Undo takes the mesh back"""

    bl_idname = "ada.reconstruct_start"
    bl_label = "Reconstruct"


class ADA_OT_reconstruct_resume(Reconstructing, bpy.types.Operator):
    """Go on with the kept field of these photos where the job was stopped, with the settings it began with"""

    bl_idname = "ada.reconstruct_resume"
    bl_label = "Go On Reconstructing"
    resumes = True


def _writable(path: Path) -> Path:
    """The path, if a file can be written there: not to be found out after an hour."""
    if path.suffix != ".safetensors" or not os.access(path.parent, os.W_OK) or path.is_dir():
        raise AdaError("No field can be kept at '{path}'. Choose a .safetensors file under Field File", path=str(path))
    return path


def _read_crop(settings: ReconstructSettings, values: dict[str, Any]) -> None:
    """An empty is drawn as a cube of half its display size times its scale, around its origin."""
    empty = values["crop_object"]
    if empty is None:
        return
    place, rotation, scale = empty.matrix_world.decompose()
    settings.crop_center = tuple(place)
    settings.crop_size = tuple(2 * empty.empty_display_size * abs(s) for s in scale)
    settings.crop_rotation = tuple(rotation)


class ADA_OT_crop_box_add(bpy.types.Operator):
    """Add an empty cube that bounds what becomes mesh, around the 3D cursor"""

    bl_idname = "ada.crop_box_add"
    bl_label = "Add Crop Box"
    bl_options = {'REGISTER', 'UNDO'}

    def execute(self, context: bpy.types.Context) -> set[str]:
        empty = bpy.data.objects.new("Crop Box", None)
        empty.empty_display_type = 'CUBE'
        empty.location = context.scene.cursor.location
        context.scene.collection.objects.link(empty)
        settings = context.scene.ada.reconstruct
        settings.use_crop, settings.crop_object = True, empty
        return {'FINISHED'}


class ADA_OT_photos_choose(bpy.types.Operator):
    """Reconstruct from this transforms file"""

    bl_idname = "ada.photos_choose"
    bl_label = "Choose Photos"
    bl_options = {'REGISTER', 'UNDO'}

    filepath: StringProperty(name="File", subtype='FILE_PATH', options={'SKIP_SAVE'})
    filter_glob: StringProperty(default="*.json", options={'HIDDEN'})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if self.filepath:  # Dropped on the viewport.
            return self.execute(context)
        context.window_manager.fileselect_add(self)
        return {'RUNNING_MODAL'}

    def execute(self, context: bpy.types.Context) -> set[str]:
        context.scene.ada.reconstruct.path = self.filepath
        return {'FINISHED'}


class ADA_FH_transforms(bpy.types.FileHandler):
    bl_idname = "ADA_FH_transforms"
    bl_label = "Posed Photos"
    bl_import_operator = "ada.photos_choose"
    bl_file_extensions = ".json"

    @classmethod
    def poll_drop(cls, context: bpy.types.Context) -> bool:
        return context.area is not None and context.area.type == 'VIEW_3D'


classes = (
    ADA_OT_reconstruct_start,
    ADA_OT_reconstruct_resume,
    ADA_OT_crop_box_add,
    ADA_OT_photos_choose,
    ADA_FH_transforms,
)
