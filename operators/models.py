"""The models on this computer: found, chosen, taken out of the list, deleted. Downloads are in `model_download.py`."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as report_
from bpy.props import StringProperty

from ..ai.diffusion.few_step import FEW_STEP_NAMES
from ..ai.diffusion.models import Catalogue, ModelInfo, catalogue, inspect, likely_folders, native_side, proposed
from ..ai.diffusion.models.fit import MAKERS
from ..ai.diffusion.models.shelf import Shelf
from ..ai.errors import AdaError
from ..ai.job import Job
from ..render.registry import registry
from . import doctor
from .job import JobOperator, translated
from .properties import preferences
from .queue import as_sentence
from .reconstruct import absolute

SHELF_NAME = "models.json"

_shelf: Shelf | None = None  # As read, or as the last operator left it.
_timer = 0  # Token of the one that fills the list at the start.
_known: dict[tuple[str, float], ModelInfo | AdaError] = {}  # Files outside the shelf, by path and time of change.


def shelf() -> Shelf:
    """What is known of the models on this computer."""
    global _shelf
    if _shelf is None:
        _shelf = Shelf.load(doctor.data_folder() / SHELF_NAME)
    return _shelf


def models_folder() -> Path:
    """Where downloads go."""
    chosen = preferences()
    if chosen is not None and chosen.models_folder:
        return absolute(chosen.models_folder)
    return doctor.data_folder() / "models"


def scanned_folders() -> list[Path]:
    """All that is searched for models: ours, the user's, and where other programs are known to keep them."""
    return list(dict.fromkeys([models_folder(), *shelf().folders, *likely_folders()]))


def keep() -> None:
    """Write the shelf to the disk and show it."""
    shelf().save(doctor.data_folder() / SHELF_NAME)
    fill()


def fill() -> None:
    """Show the shelf in the list of the panel."""
    group = bpy.context.window_manager.ada_models
    chosen = group.entries[group.index].path if 0 <= group.index < len(group.entries) else ""
    group.entries.clear()
    for number, info in enumerate(shelf().models):
        entry = group.entries.add()
        entry.name, entry.path, entry.kind = info.name, str(info.path), info.kind
        if entry.path == chosen:
            group.index = number


def find(path: str) -> ModelInfo | None:
    """What a model file is, of the shelf or by looking into it once; None where there is none or it is damaged."""
    found = look(path)
    return None if isinstance(found, AdaError) else found


def look(path: str) -> ModelInfo | AdaError | None:
    """The same, with what is wrong with it; None for an empty path. Panels call this at every drawing."""
    if not path:
        return None
    try:
        place = absolute(path)
        known = shelf().find(place)
        if known is not None:
            return known
        key = (str(place), place.stat().st_mtime)
    except (AdaError, OSError) as error:
        return as_sentence(error)
    if key not in _known:
        try:
            _known[key] = inspect(place)
        except AdaError as error:
            _known[key] = error
    return _known[key]


class ADA_OT_models_scan(JobOperator, bpy.types.Operator):
    """Look for models in your folders, in the hub's cache and where ComfyUI and A1111 are installed"""

    bl_idname = "ada.models_scan"
    bl_label = "Find Models"

    def settings(self, context: bpy.types.Context) -> tuple[Path, ...]:
        return tuple(scanned_folders())

    @classmethod
    def start(cls, settings: tuple[Path, ...]) -> Job:
        return (yield from catalogue.scan_steps(settings))

    @classmethod
    def finish(cls, context: bpy.types.Context, settings: Any, result: Catalogue) -> str:
        shelf().replace(result)
        keep()
        return str(len(shelf().models))


class ADA_OT_model_folder_add(bpy.types.Operator):
    """Look for models in a folder too: one of yours, or that of a ComfyUI or A1111. Nothing in it is changed"""

    bl_idname = "ada.model_folder_add"
    bl_label = "Add Model Folder"

    directory: StringProperty(subtype='DIR_PATH', options={'HIDDEN', 'SKIP_SAVE'})
    filter_folder: bpy.props.BoolProperty(default=True, options={'HIDDEN', 'SKIP_SAVE'})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {'RUNNING_MODAL'}

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            folder = absolute(self.directory)
            if not self.directory or not folder.is_dir():
                raise AdaError("The folder '{folder}' does not exist. Choose another one", folder=self.directory)
            if folder not in shelf().folders:
                shelf().folders.append(folder)
            keep()
        except AdaError as error:
            self.report({'ERROR'}, translated(error))
            return {'CANCELLED'}
        return bpy.ops.ada.models_scan('INVOKE_DEFAULT')


class ADA_OT_model_folder_remove(bpy.types.Operator):
    """Look for models in this folder no more. The files stay"""

    bl_idname = "ada.model_folder_remove"
    bl_label = "Remove Model Folder"
    bl_options = {'INTERNAL'}

    directory: StringProperty(options={'HIDDEN', 'SKIP_SAVE'})

    def execute(self, context: bpy.types.Context) -> set[str]:
        folder = Path(self.directory)
        shelf().folders = [other for other in shelf().folders if other != folder]
        shelf().models = [info for info in shelf().models if folder not in info.path.parents]
        keep()
        return {'FINISHED'}


class ModelOperator:
    """Mix-in: an operator on one model, named by `path`; empty takes the one that is chosen in the list."""

    path: StringProperty(options={'HIDDEN', 'SKIP_SAVE'})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        cls.poll_message_set("No model is chosen. Press Find Models in Ada > Models")
        return bool(context.window_manager.ada_models.entries)

    def chosen(self, context: bpy.types.Context) -> ModelInfo:
        """Raises:
        AdaError: there is none, or it is damaged.
        """
        group = context.window_manager.ada_models
        path = self.path or (group.entries[group.index].path if group.index < len(group.entries) else "")
        found = look(path)
        if isinstance(found, AdaError):
            raise found
        if found is None:
            raise AdaError("No model is chosen. Press Find Models in Ada > Models")
        return found


class ADA_OT_model_use(ModelOperator, bpy.types.Operator):
    """Make textures with this model, with the steps, guidance and size that suit it; or put this LoRA on"""

    bl_idname = "ada.model_use"
    bl_label = "Use Model"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            info = self.chosen(context)
            use(context.scene.ada.texture, info)
        except AdaError as error:
            self.report({'ERROR'}, translated(error))
            return {'CANCELLED'}
        if info.few_step and info.kind in MAKERS | {"LORA"}:
            text = report_("Made for few steps: {method}").format(method=FEW_STEP_NAMES[info.few_step])
            self.report({'INFO'}, text)
        return {'FINISHED'}


def use(settings: bpy.types.PropertyGroup, info: ModelInfo) -> None:
    """Write a model, or what is put on one, to the settings of textures.

    Raises:
        AdaError: it is only a part of a model.
    """
    rows = {"LORA": settings.loras, "EMBEDDING": settings.embeddings, "CONTROLNET": settings.controls}
    path = str(info.path)
    if info.kind in MAKERS:
        settings.engine, settings.model = 'MODEL', path
        settings.width = settings.height = native_side(info)
    elif info.kind in rows:
        row = next((row for row in rows[info.kind] if row.path == path), None) or rows[info.kind].add()
        row.path, row.use = path, True
        if info.kind == "CONTROLNET":
            row.kind = control_kind(info.name)
    elif info.kind == "IP_ADAPTER":
        settings.ip_adapter = path
    else:
        raise AdaError("'{name}' is only a part of a model. Choose a whole one", name=info.name)
    if info.kind in MAKERS or info.few_step:
        defaults = proposed(info)
        settings.steps, settings.guidance, settings.scheduler = defaults.steps, defaults.guidance, 'AUTO'


def control_kind(name: str) -> str:
    """What a ControlNet was taught with, by the name of its file."""
    words = {"depth": 'DEPTH', "normal": 'NORMAL', "canny": 'CANNY', "tile": 'TILE'}
    return next((kind for word, kind in words.items() if word in name.lower()), 'OTHER')


class ADA_OT_model_folder_open(ModelOperator, bpy.types.Operator):
    """Show the folder of this model"""

    bl_idname = "ada.model_folder_open"
    bl_label = "Open Model Folder"

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            path = self.chosen(context).path
        except AdaError as error:
            self.report({'ERROR'}, translated(error))
            return {'CANCELLED'}
        return bpy.ops.wm.path_open(filepath=str(path if path.is_dir() else path.parent))


class ADA_OT_model_forget(ModelOperator, bpy.types.Operator):
    """Take this model out of the list. Its files stay"""

    bl_idname = "ada.model_forget"
    bl_label = "Remove Model from List"

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            shelf().remove(self.chosen(context).path)
            keep()
        except AdaError as error:
            self.report({'ERROR'}, translated(error))
            return {'CANCELLED'}
        return {'FINISHED'}


class ADA_OT_model_delete(ModelOperator, bpy.types.Operator):
    """Delete the files of this model from the disk. This cannot be undone"""

    bl_idname = "ada.model_delete"
    bl_label = "Delete Model"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        try:
            info = self.chosen(context)
        except AdaError as error:
            self.report({'ERROR'}, translated(error))
            return {'CANCELLED'}
        self.path = str(info.path)
        text = report_("Delete '{name}', {size}, from the disk? This cannot be undone")
        return context.window_manager.invoke_confirm(
            self,
            event,
            title=report_("Delete Model"),
            message=text.format(name=info.path, size=size_text(info.size_bytes)),
            icon='WARNING',
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            info = self.chosen(context)
            delete_files(info.path)
        except (AdaError, OSError) as error:
            self.report({'ERROR'}, translated(as_sentence(error)))
            return {'CANCELLED'}
        shelf().models = [other for other in shelf().models if other.path != info.path]
        keep()
        return {'FINISHED'}


def delete_files(path: Path) -> None:
    """Delete a model's file, or its folder.

    Raises:
        AdaError: it lies in the hub's cache, whose files other programs share.
        OSError: it could not be deleted.
    """
    if catalogue.hub_cache().resolve() in path.resolve().parents or path.parent.name == "snapshots":
        raise AdaError("'{name}' lies in the hub's cache, which programs share. Delete it there", name=path.name)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def size_text(count: int) -> str:
    """Bytes as people read them."""
    return f"{count / 1024**3:.1f} GiB" if count >= 1024**3 else f"{count / 1024**2:.0f} MiB"


def of_kind(kinds: Iterable[str]) -> list[ModelInfo]:
    """The models of some kinds, in the order of the list."""
    return [info for info in shelf().models if info.kind in kinds]


def register() -> None:
    """Fill the list as soon as Blender has started: while it registers extensions, nothing may be written."""
    global _timer
    registry.add_handler("load_post", _on_load)
    if not bpy.app.background:
        _timer = registry.add_timer(_fill_once)


def unregister() -> None:
    global _shelf
    _shelf = None
    _known.clear()


def _on_load(*_: object) -> None:
    fill()


def _fill_once() -> None:
    fill()
    registry.remove(_timer)


classes = (
    ADA_OT_models_scan,
    ADA_OT_model_folder_add,
    ADA_OT_model_folder_remove,
    ADA_OT_model_use,
    ADA_OT_model_folder_open,
    ADA_OT_model_forget,
    ADA_OT_model_delete,
)
