"""What is put on a diffusion model: LoRAs, embeddings, ControlNets, an IP-Adapter."""

from __future__ import annotations

from pathlib import PurePath

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..ai.diffusion.few_step import FEW_STEP_NAMES
from ..ai.diffusion.models import ModelInfo
from ..ai.diffusion.models.fit import mismatch
from ..ai.errors import AdaError
from ..operators import models, texture_rows
from ..operators.job import translated
from .jobs import draw_lines


class _KnownFiles:
    """Mix-in: a menu of the known files of one kind, and of the file browser."""

    kind = ""

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        for info in models.of_kind({self.kind}):
            layout.operator(models.ADA_OT_model_use.bl_idname, text=info.name, translate=False).path = str(info.path)
        layout.separator()
        layout.operator(texture_rows.ADA_OT_texture_extra_add.bl_idname, text="Open File", icon='FILEBROWSER')


class ADA_MT_texture_loras(_KnownFiles, bpy.types.Menu):
    bl_label = "LoRA"
    kind = "LORA"


class ADA_MT_texture_embeddings(_KnownFiles, bpy.types.Menu):
    bl_label = "Embedding"
    kind = "EMBEDDING"


class ADA_MT_texture_controlnets(_KnownFiles, bpy.types.Menu):
    bl_label = "ControlNet"
    kind = "CONTROLNET"


class ADA_MT_texture_ip_adapters(_KnownFiles, bpy.types.Menu):
    bl_label = "IP-Adapter"
    kind = "IP_ADAPTER"


def draw_extras(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    settings = context.scene.ada.texture
    _draw_rows(layout, context, "LORA", settings.loras, ADA_MT_texture_loras)
    _draw_rows(layout, context, "EMBEDDING", settings.embeddings, ADA_MT_texture_embeddings)
    _draw_rows(layout, context, "CONTROLNET", settings.controls, ADA_MT_texture_controlnets)
    row = layout.row()
    row.label(text="IP-Adapter")
    if not settings.ip_adapter:
        row.menu(ADA_MT_texture_ip_adapters.__name__, text="", icon='ADD')
        return
    box = layout.box()
    row = box.row(align=True)
    row.label(text=_short(settings.ip_adapter), icon='IMAGE_DATA', translate=False)
    row.operator(texture_rows.ADA_OT_texture_extra_remove.bl_idname, text="", icon='X').kind = "IP_ADAPTER"
    _draw_problem(box, context, settings.ip_adapter, "IP_ADAPTER")
    box.prop(settings, "ip_image", text="Image")
    box.prop(settings, "ip_weight", slider=True)


def _draw_rows(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    kind: str,
    rows: bpy.types.bpy_prop_collection,
    menu: type[bpy.types.Menu],
) -> None:
    head = layout.row()
    head.label(text=menu.bl_label)
    head.menu(menu.__name__, text="", icon='ADD')
    for number, item in enumerate(rows):
        box = layout.box()
        row = box.row(align=True)
        row.use_property_split = False
        row.prop(item, "use", text="")
        row.label(text=_short(item.path), translate=False)
        if kind == "LORA":
            row.prop(item, "weight", text="")
        remove = row.operator(texture_rows.ADA_OT_texture_extra_remove.bl_idname, text="", icon='X')
        remove.kind, remove.index = kind, number
        if item.use:
            _draw_problem(box, context, item.path, kind)
        if kind == "CONTROLNET" and item.use:
            _draw_control(box, context, item)


def _draw_control(layout: bpy.types.UILayout, context: bpy.types.Context, item: bpy.types.PropertyGroup) -> None:
    column = layout.column()
    column.prop(item, "kind")
    if item.kind != 'TILE':
        column.prop(item, "origin")
    if item.origin != 'CAMERA' or item.kind == 'OTHER':
        column.prop(item, "image")
    column.prop(item, "weight", slider=True)
    if item.kind not in {'TILE', 'OTHER'} and item.origin == 'CAMERA' and context.scene.ada.texture.seamless != 'NONE':
        draw_lines(column, iface_("A view of the scene does not repeat. Set Seamless to None"), context, icon='INFO')


def _draw_problem(layout: bpy.types.UILayout, context: bpy.types.Context, path: str, kind: str) -> None:
    """Say at once what a start would refuse."""
    found, model = models.look(path), models.look(context.scene.ada.texture.model)
    problem = found if isinstance(found, AdaError) else None
    if isinstance(found, ModelInfo) and isinstance(model, ModelInfo):
        problem = mismatch(found, kind, model)
    if problem is not None:
        draw_lines(layout, translated(problem), context, icon='ERROR')


def _short(path: str) -> str:
    return PurePath(path.replace("\\", "/").rstrip("/")).stem


def draw_few_step(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Where the model or a LoRA is made for few steps and more are set: say so, and offer to set it right."""
    settings = context.scene.ada.texture
    found = texture_rows.few_step(settings)
    if found is None or settings.steps <= found[1].most_steps:
        return
    info, defaults = found
    text = iface_("'{name}' is made for few steps ({method}): {steps} are enough")
    named = text.format(name=info.name, method=FEW_STEP_NAMES[info.few_step], steps=defaults.steps)
    draw_lines(layout, named, context, icon='INFO')
    layout.operator(texture_rows.ADA_OT_texture_steps_fit.bl_idname, icon='CHECKMARK')


classes = (
    ADA_MT_texture_loras,
    ADA_MT_texture_embeddings,
    ADA_MT_texture_controlnets,
    ADA_MT_texture_ip_adapters,
)
