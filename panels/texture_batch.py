"""Many textures at once."""

from __future__ import annotations

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..operators import texture_batch
from .jobs import draw_lines, draw_running
from .reconstruct import running


def draw_batch(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    batch = context.scene.ada.texture_batch
    column = layout.column()
    column.prop(batch, "origin")
    if batch.origin == 'TEXT':
        column.prop(batch, "text")
    elif batch.origin == 'FILE':
        column.prop(batch, "file")
    else:
        draw_lines(
            column, iface_("{red|blue} in the prompt stands for either, __name__ for a line of name.txt"), context
        )
    column.prop(batch, "lists")
    column.prop(batch, "combine")
    if batch.combine == 'RANDOM':
        column.prop(batch, "forms")
    column.prop(batch, "seeds")
    column.prop(batch, "same_seeds")
    column.prop(batch, "folder")
    column.prop(batch, "load")
    layout.operator(texture_batch.ADA_OT_texture_batch.bl_idname, icon='RENDERLAYERS')
    task = running(texture_batch.ADA_OT_texture_batch)
    if task is not None:
        draw_running(layout, task, context)
