"""Presets of textures, files that `batch.py --settings` reads as well, and styles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as report_
from bpy.props import StringProperty

from ..ai.diffusion import styles
from ..ai.diffusion.styles import Style
from ..ai.errors import AdaError
from ..ai.files import write_json
from ..render import textures
from . import doctor
from .job import translated
from .properties import apply_settings, named, read_settings
from .queue import as_sentence

GROUPS = ("texture", "recipe", "texture_output", "texture_batch", "texture_upscale", "texture_vary")
OWN = {"source", "mask", "ip_image", "text", "seed", "file"}  # Of one file or one picture: not in a preset.


def presets_folder() -> Path:
    return doctor.data_folder() / "presets"


def preset_files() -> list[Path]:
    """The user's presets, by name."""
    folder = presets_folder()
    return sorted(folder.glob("*.json"), key=lambda path: path.stem.lower()) if folder.is_dir() else []


def preset_of(store: Any) -> dict[str, dict[str, Any]]:
    """The settings of textures as a preset holds them."""
    groups = {name: read_settings(getattr(store, name)) for name in GROUPS}
    for row in groups["texture"]["controls"]:
        row["image"] = None
    return {
        name: {key: named(value) for key, value in values.items() if key not in OWN} for name, values in groups.items()
    }


def apply_preset(scene: bpy.types.Scene, path: Path) -> list[str]:
    """Write a preset's settings to the scene; return those that this version does not take.

    Raises:
        AdaError: the file is no preset.
    """
    try:
        groups = json.loads(path.read_text(encoding="utf-8"))
        settings = {f"{group}.{name}": value for group, values in groups.items() if group in GROUPS
                    for name, value in values.items() if name not in OWN}  # fmt: skip
    except (OSError, ValueError, AttributeError) as error:
        raise AdaError(
            "'{name}' is no preset. Choose a JSON file that Save Preset has written", name=path.name
        ) from error
    if not settings:
        raise AdaError("'{name}' is no preset. Choose a JSON file that Save Preset has written", name=path.name)
    left_out = []
    for name, value in settings.items():
        try:
            apply_settings(scene, {name: value})
        except AdaError:  # Of another version: the rest is worth having.
            left_out.append(name)
    return left_out


class _FileOperator:
    """Mix-in: an operator on a file, which is asked for unless given."""

    filepath: StringProperty(subtype='FILE_PATH', options={'HIDDEN', 'SKIP_SAVE'})
    filter_glob: StringProperty(default="*.json", options={'HIDDEN'})
    check_existing: bpy.props.BoolProperty(default=False, options={'HIDDEN', 'SKIP_SAVE'})
    writes = False

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if self.filepath and not self.writes:
            return self.execute(context)
        if self.writes:
            self.filepath, self.check_existing = self.default_name, True
        context.window_manager.fileselect_add(self)
        return {'RUNNING_MODAL'}

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            path = Path(bpy.path.abspath(self.filepath))
            if self.writes and not path.suffix:
                path = path.with_suffix(".json")
            self.work(context, path)
        except (AdaError, OSError) as error:
            self.report({'ERROR'}, translated(as_sentence(error)))
            return {'CANCELLED'}
        return {'FINISHED'}


class ADA_OT_texture_preset_save(bpy.types.Operator):
    """Keep all settings of textures, without seed and images, as a preset of yours"""

    bl_idname = "ada.texture_preset_save"
    bl_label = "Save Texture Preset"

    title: StringProperty(name="Name", description="A preset of this name is replaced", default="Preset")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            presets_folder().mkdir(parents=True, exist_ok=True)
            write_json(presets_folder() / f"{textures.clean_name(self.title)}.json", preset_of(context.scene.ada))
        except (AdaError, OSError) as error:
            self.report({'ERROR'}, translated(as_sentence(error)))
            return {'CANCELLED'}
        return {'FINISHED'}


class ADA_OT_texture_preset_export(_FileOperator, bpy.types.Operator):
    """Write all settings of textures, without seed and images, to a file for others; batch.py --settings reads it"""

    bl_idname = "ada.texture_preset_export"
    bl_label = "Export Texture Preset"
    default_name = "texture preset.json"
    writes = True

    def work(self, context: bpy.types.Context, path: Path) -> None:
        write_json(path, preset_of(context.scene.ada))


class ADA_OT_texture_preset_load(_FileOperator, bpy.types.Operator):
    """Take all settings of textures from a preset file"""

    bl_idname = "ada.texture_preset_load"
    bl_label = "Load Texture Preset"
    bl_options = {'REGISTER', 'UNDO'}

    def work(self, context: bpy.types.Context, path: Path) -> None:
        left_out = apply_preset(context.scene, path)
        if left_out:
            text = report_("Not all could be brought back: {names}").format(names=", ".join(left_out))
            self.report({'WARNING'}, text)


class ADA_OT_texture_preset_remove(bpy.types.Operator):
    """Delete this preset"""

    bl_idname = "ada.texture_preset_remove"
    bl_label = "Delete Texture Preset"
    bl_options = {'INTERNAL'}

    title: StringProperty(options={'HIDDEN', 'SKIP_SAVE'})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context: bpy.types.Context) -> set[str]:
        path = next((path for path in preset_files() if path.stem == self.title), None)
        if path is None:
            return {'CANCELLED'}
        path.unlink()
        return {'FINISHED'}


def styles_file() -> Path:
    return doctor.data_folder() / "styles.json"


def known_styles() -> list[Style]:
    """The shipped styles until the user changes something, then the user's.

    Raises:
        AdaError: the user's file is damaged.
    """
    return styles.load(styles_file()) if styles_file().is_file() else list(styles.SHIPPED)


def find_style(name: str) -> Style:
    """Raises:
    AdaError: there is none of that name.
    """
    found = next((style for style in known_styles() if style.name == name), None)
    if found is None:
        raise AdaError("There is no style '{name}'. Choose another under Style", name=name)
    return found


class ADA_OT_texture_style_add(bpy.types.Operator):
    """Keep words for every prompt as a style of yours"""

    bl_idname = "ada.texture_style_add"
    bl_label = "Add Style"

    title: StringProperty(name="Name", description="A style of this name is replaced", default="Style")
    prompt: StringProperty(
        name="Prompt", description="{prompt} stands for the prompt itself; without it, these words follow the prompt"
    )
    negative: StringProperty(name="Negative Prompt", description="What it should not show")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_props_dialog(self, width=420)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            if not self.title.strip() or not (self.prompt.strip() or self.negative.strip()):
                raise AdaError("A style needs a name and words")
            added = Style(self.title.strip(), self.prompt, self.negative)
            styles.save(styles_file(), styles.merged(known_styles(), [added]))
        except (AdaError, OSError) as error:
            self.report({'ERROR'}, translated(as_sentence(error)))
            return {'CANCELLED'}
        context.scene.ada.texture.style = added.name
        return {'FINISHED'}


class ADA_OT_texture_style_remove(bpy.types.Operator):
    """Delete the style that is chosen"""

    bl_idname = "ada.texture_style_remove"
    bl_label = "Delete Style"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        cls.poll_message_set("No style is chosen")
        return bool(context.scene.ada.texture.style)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings = context.scene.ada.texture
        try:
            chosen = find_style(settings.style)
            styles.save(styles_file(), [style for style in known_styles() if style != chosen])
        except (AdaError, OSError) as error:
            self.report({'ERROR'}, translated(as_sentence(error)))
            return {'CANCELLED'}
        settings.style = ""
        return {'FINISHED'}


class ADA_OT_texture_styles_import(_FileOperator, bpy.types.Operator):
    """Take styles from a file: JSON, or the styles.csv of A1111. Those of the same name are replaced"""

    bl_idname = "ada.texture_styles_import"
    bl_label = "Import Styles"

    filter_glob: StringProperty(default="*.json;*.csv", options={'HIDDEN'})

    def work(self, context: bpy.types.Context, path: Path) -> None:
        more = styles.load(path)
        if not more:
            raise AdaError("'{name}' holds no styles. Choose a JSON file of styles, or a styles.csv", name=path.name)
        styles.save(styles_file(), styles.merged(known_styles(), more))
        self.report({'INFO'}, report_("{count} styles").format(count=len(more)))


class ADA_OT_texture_styles_export(_FileOperator, bpy.types.Operator):
    """Write all styles to a file for others"""

    bl_idname = "ada.texture_styles_export"
    bl_label = "Export Styles"
    default_name = "styles.json"
    writes = True

    def work(self, context: bpy.types.Context, path: Path) -> None:
        styles.save(path, known_styles())


classes = (
    ADA_OT_texture_preset_save,
    ADA_OT_texture_preset_export,
    ADA_OT_texture_preset_load,
    ADA_OT_texture_preset_remove,
    ADA_OT_texture_style_add,
    ADA_OT_texture_style_remove,
    ADA_OT_texture_styles_import,
    ADA_OT_texture_styles_export,
)
