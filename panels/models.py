"""The models on this computer: a list, what is known of each, and downloads."""

from __future__ import annotations

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..ai.diffusion.few_step import FEW_STEP_NAMES
from ..ai.diffusion.models import ModelInfo
from ..ai.diffusion.models.families import FAMILIES
from ..ai.diffusion.models.fit import MAKERS
from ..ai.errors import AdaError
from ..operators import model_download, models
from ..operators.job import translated
from .jobs import draw_lines, draw_running
from .reconstruct import running
from .sidebar import ImageSidebar, Sidebar

ICONS = {
    'MODEL': 'SHADING_TEXTURE', 'LORA': 'BRUSHES_ALL', 'CONTROLNET': 'OUTLINER_OB_CAMERA', 'EMBEDDING': 'FONT_DATA',
    'IP_ADAPTER': 'IMAGE_DATA',
}  # fmt: skip
SHORT = {
    "SD15": "SD 1.5", "SD2": "SD 2", "SDXL": "SDXL", "SDXL_REFINER": "SDXL", "SD3": "SD 3", "FLUX": "FLUX",
    "FLUX2": "FLUX.2", "PIXART": "PixArt",
}  # fmt: skip
LICENCE_LINES = 8


class ADA_UL_models(bpy.types.UIList):
    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index=0, flt_flag=0) -> None:  # type: ignore[no-untyped-def]
        info = models.find(item.path)
        row = layout.split(factor=0.55, align=True)
        row.label(text=item.name, icon=ICONS.get(item.kind, 'FILE'), translate=False)
        side = row.row(align=True)
        side.alignment = 'RIGHT'
        side.active = False
        text = (
            iface_("Missing") if info is None else f"{SHORT.get(info.family, '')} {models.size_text(info.size_bytes)}"
        )
        side.label(text=text, translate=False)

    def filter_items(self, context, data, property) -> tuple[list[int], list[int]]:  # type: ignore[no-untyped-def]
        entries = getattr(data, property)
        flags = [self.bitflag_filter_item if is_shown(entry, data.show) else 0 for entry in entries]
        if self.filter_name:
            named = bpy.types.UI_UL_list.filter_items_by_name(
                self.filter_name, self.bitflag_filter_item, entries, "name"
            )
            flags = [flag & name for flag, name in zip(flags, named)]
        return flags, []


def is_shown(entry: bpy.types.PropertyGroup, show: str) -> bool:
    """Whether a row is of the kind that is listed."""
    if show == 'MODEL':
        return entry.kind in MAKERS
    return entry.kind == show if show != 'PART' else entry.kind not in MAKERS | ICONS.keys()


def figures(info: ModelInfo) -> list[str]:
    """Family, distillation and size."""
    family = FAMILIES.get(info.family, "")
    return [text for text in (family, FEW_STEP_NAMES.get(info.few_step, ""), models.size_text(info.size_bytes)) if text]


class ADA_MT_texture_models(bpy.types.Menu):
    bl_label = "Model"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        for info in models.of_kind(MAKERS):
            text = "   ".join([info.name, *figures(info)])
            layout.operator(
                models.ADA_OT_model_use.bl_idname, text=text, icon=ICONS['MODEL'], translate=False
            ).path = str(info.path)  # fmt: skip
        layout.separator()
        layout.operator(models.ADA_OT_models_scan.bl_idname, icon='VIEWZOOM')
        layout.operator(models.ADA_OT_model_folder_add.bl_idname, icon='FILE_FOLDER')


def draw_choice(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """The model of the Texture panel, as a menu of those that are known."""
    settings = context.scene.ada.texture
    found = models.look(settings.model)
    row = layout.row(align=True)
    if isinstance(found, ModelInfo):
        row.menu(ADA_MT_texture_models.__name__, text=found.name, icon=ICONS['MODEL'], translate=False)
        layout.label(text=" · ".join(figures(found)), translate=False)
        return
    row.menu(ADA_MT_texture_models.__name__, text="Choose a Model", icon=ICONS['MODEL'])
    if isinstance(found, AdaError):
        draw_lines(layout, translated(found), context, icon='ERROR')
    elif not models.of_kind(MAKERS):
        draw_lines(layout, iface_("No model is known yet. Find those on this computer, or download one"), context)
        layout.operator(models.ADA_OT_models_scan.bl_idname, icon='VIEWZOOM')
    draw_scan(layout, context)


def draw_scan(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    task = running(models.ADA_OT_models_scan)
    if task is not None:
        draw_running(layout, task, context)


def draw_models(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """All of the panel."""
    group = context.window_manager.ada_models
    layout.prop(group, "show", text="")
    row = layout.row()
    row.template_list(ADA_UL_models.__name__, "", group, "entries", group, "index", rows=4)
    column = row.column(align=True)
    column.operator(models.ADA_OT_models_scan.bl_idname, text="", icon='FILE_REFRESH')
    column.operator(models.ADA_OT_model_folder_add.bl_idname, text="", icon='ADD')
    column.separator()
    column.operator(models.ADA_OT_model_folder_open.bl_idname, text="", icon='FILEBROWSER')
    column.operator(models.ADA_OT_model_forget.bl_idname, text="", icon='REMOVE')
    column.operator(models.ADA_OT_model_delete.bl_idname, text="", icon='TRASH')
    draw_scan(layout, context)
    entry = group.entries[group.index] if group.index < len(group.entries) else None
    if entry is not None and is_shown(entry, group.show):
        _draw_chosen(layout, entry.path, context)
    elif not group.entries:
        draw_lines(layout, iface_("No model is known yet. Find those on this computer, or download one"), context)
        layout.operator(models.ADA_OT_models_scan.bl_idname, icon='VIEWZOOM')
    header, body = layout.panel("ADA_PT_models_folders", default_closed=True)
    header.label(text="Folders")
    if body is not None:
        _draw_folders(body)
    header, body = layout.panel("ADA_PT_models_download", default_closed=True)
    header.label(text="Download")
    if body is not None:
        _draw_download(body, context)


def _draw_chosen(layout: bpy.types.UILayout, path: str, context: bpy.types.Context) -> None:
    info = models.look(path)
    box = layout.box()
    if not isinstance(info, ModelInfo):
        if info is not None:
            draw_lines(box, translated(info), context, icon='ERROR')
        return
    draw_lines(box, " · ".join(figures(info)), context)
    draw_lines(box, str(info.path), context, icon='FILE_FOLDER')
    if info.licence:
        for line in info.licence.strip().splitlines()[:LICENCE_LINES]:
            if line.strip():
                draw_lines(box, line.strip(), context)
    else:
        box.label(text="It says nothing of a licence", icon='INFO')
    box.operator(models.ADA_OT_model_use.bl_idname, icon='CHECKMARK').path = path


def _draw_folders(layout: bpy.types.UILayout) -> None:
    own = models.shelf().folders
    for folder in models.scanned_folders():
        row = layout.row(align=True)
        row.label(text=str(folder), icon='FILE_FOLDER', translate=False)
        if folder in own:
            remove = row.operator(models.ADA_OT_model_folder_remove.bl_idname, text="", icon='X')
            remove.directory = str(folder)
    layout.operator(models.ADA_OT_model_folder_add.bl_idname, icon='ADD')


def _draw_download(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    group = context.window_manager.ada_models
    if not bpy.app.online_access:
        draw_lines(layout, iface_("Blender is offline. Models are downloaded only when it may go online"), context)
        layout.prop(context.preferences.system, "use_online_access")
    column = layout.column(align=True)
    column.prop(group, "repository", text="", placeholder="owner/name")
    column.prop(group, "file", text="", placeholder="File")
    column.prop(group, "token", text="", placeholder="Token")
    draw_lines(layout, iface_("Into {folder}").format(folder=models.models_folder()), context)
    task = running(model_download.ADA_OT_model_download)
    if task is not None:
        draw_running(layout, task, context)
    row = layout.row()
    row.enabled = bpy.app.online_access
    row.operator(model_download.ADA_OT_model_download.bl_idname, text="Download", icon='IMPORT')


class ADA_PT_models(Sidebar, bpy.types.Panel):
    bl_label = "Models"
    bl_order = 27
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        draw_models(self.layout, context)


class ADA_PT_models_image(ImageSidebar, bpy.types.Panel):
    bl_label = "Models"
    bl_order = 27
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        draw_models(self.layout, context)


classes = (ADA_UL_models, ADA_MT_texture_models, ADA_PT_models, ADA_PT_models_image)
