"""From posed photographs to a coloured mesh in the scene."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from typing import Any

import bpy
from bpy.props import StringProperty
from mathutils import Matrix, Quaternion, Vector

from ..ai.errors import AdaError
from ..ai.job import Answer, Job, Request
from ..ai.nerf.live import LOOK, CropBox, Look, guess_crop
from ..ai.nerf.settings import ReconstructSettings
from ..ai.setup import packages
from ..render import meshes, view_preview
from ..render.unwrap import unwrap
from .job import JobOperator, translated
from .properties import preferences, read_settings
from .reconstruct_properties import ReconstructProperties

FIELD_NAME = "ada-field.safetensors"  # Beside the photos.
NOVEL_SIZE = 240  # Pixels along the longer side of a picture of the field while it is learned.

latest: list[AdaError] = []  # What the last reconstruction found weak; drawn by the panel.
latest_boxes: dict[str, CropBox] = {}  # By the path of the photos: what the last reconstruction of them found.


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
        if not cls.resumes:
            settings.check_memory()  # Said at the click, not when its turn comes.
        if values["keep"] or cls.resumes:
            settings.checkpoint = str(_writable(field_file(values)))
            if cls.resumes and not Path(settings.checkpoint).is_file():
                raise AdaError(
                    "There is no kept field at '{path}'. Start a reconstruction with Keep Field on",
                    path=settings.checkpoint,
                )
        settings.live = not bpy.app.background
        if values["preview"] == 'NONE':
            settings.preview_seconds = 0.0
        if not values["use_crop"]:
            settings.crop_center = settings.crop_size = None
        elif (box := read_crop(values["crop_object"])) is not None:
            settings.crop_center, settings.crop_size, settings.crop_rotation = box.center, box.size, box.rotation
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
        def reply(request: Request) -> Any:
            if request.name == LOOK:
                return look(request.payload)
            return unwrap(request.payload.mesh, request.payload.faces, request.payload.quads)

        return reply

    @classmethod
    def finish(cls, context: bpy.types.Context, settings: Any, result: Any) -> str:
        latest[:] = result.notes
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


def read_crop(empty: bpy.types.Object | None) -> CropBox | None:
    """An empty is drawn as a cube of half its display size times its scale, around its origin."""
    if empty is None:
        return None
    place, rotation, scale = empty.matrix_world.decompose()
    x, y, z = (2 * empty.empty_display_size * abs(side) for side in scale)
    return CropBox(tuple(place), (x, y, z), tuple(rotation))


def look(found: CropBox) -> Look:
    """What the viewport shows and where the crop box stands; `found` is the box of the running reconstruction."""
    settings = bpy.context.scene.ada.reconstruct
    latest_boxes[settings.path] = found
    crop = read_crop(settings.crop_object) if settings.use_crop else None
    return Look(view_preview.viewport_camera(NOVEL_SIZE) if settings.preview == 'VIEW' else None, crop)


def guess_box(scene: bpy.types.Scene) -> CropBox | None:
    """The box that the last reconstruction found, else one from the cameras of the photos; None without any.

    Raises:
        AdaError: the photos' file is not what it should be.
    """
    path = scene.ada.reconstruct.path
    if path in latest_boxes:
        return latest_boxes[path]
    if not path:
        return None
    packages.require("PIL")
    from ..ai.nerf import dataset

    file, _ = dataset.find_transforms(absolute(path))
    return guess_crop([frame.camera for frame in dataset.read_frames(file)])


class ADA_OT_crop_box_add(bpy.types.Operator):
    """Add an empty cube around what the cameras look at. Only its inside becomes mesh; move it while the job runs"""

    bl_idname = "ada.crop_box_add"
    bl_label = "Add Crop Box"
    bl_options = {'REGISTER', 'UNDO'}

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            box = guess_box(context.scene)
        except AdaError as error:
            self.report({'WARNING'}, translated(error))
            box = None
        empty = bpy.data.objects.new("Crop Box", None)
        empty.empty_display_type = 'CUBE'
        if box is None:
            empty.location = context.scene.cursor.location
        else:
            size = Vector(box.size) / 2
            empty.matrix_world = Matrix.LocRotScale(Vector(box.center), Quaternion(box.rotation), size)
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
