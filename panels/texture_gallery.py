"""The textures that are there: the active one, those it is to be chosen among, all of this file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..operators import texture, texture_gallery, texture_tools, texture_upscale
from ..operators.job import translated
from .jobs import draw_lines

COLUMNS = 3
SHOWN = 24  # Thumbnails of the history.
AXES = {'BOTH': "XY", 'X': "X", 'Y': "Y"}  # Which borders are asked to continue.


def draw_active(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """The active texture: how seamless it is, and what can be done with it."""
    image = texture_tools.active_image(context)
    record = texture_tools.record_of(image)
    if record is None:
        return
    box = layout.box()
    box.label(text=image.name, icon='IMAGE_DATA', translate=False)
    if image.preview is not None:  # Seen also where no Image Editor is open.
        box.template_icon(icon_value=image.preview.icon_id, scale=8.0)
    draw_seam(box, record, context)
    for note in texture_tools.notes_of(record):
        draw_lines(box, translated(note), context, icon='INFO')
    row = box.row(align=True)
    row.operator(texture_gallery.ADA_OT_texture_use.bl_idname, text="Use", icon='MATERIAL').image = image.name
    row.operator(texture_tools.ADA_OT_texture_recall.bl_idname, text="Recall", icon='LOOP_BACK').image = image.name
    candidates = texture_gallery.candidates_of(image)
    if len(candidates) > 1:
        draw_lines(box, iface_("{count} to choose from").format(count=len(candidates)), context)
        draw_grid(box, candidates, image)
        row = box.row()
        row.operator(texture_gallery.ADA_OT_texture_keep.bl_idname, icon='CHECKMARK').image = image.name


def draw_change(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What makes other textures out of the active one."""
    image = texture_tools.active_image(context)
    if image is None:
        layout.label(text="No textures yet")
        return
    record = texture_tools.record_of(image)
    layout.label(text=image.name, icon='IMAGE_DATA', translate=False)
    if record is not None:
        settings = context.scene.ada.texture_vary
        column = layout.column(align=True)
        if record.get("texture", {}).get("engine") != 'PROCEDURAL':
            column.prop(settings, "way")
            column.prop(settings, "amount", slider=True)
        column.prop(settings, "count")
        column.operator(texture_gallery.ADA_OT_texture_vary.bl_idname, icon='DUPLICATE').image = image.name
    settings = context.scene.ada.texture_upscale
    column = layout.column(align=True)
    column.prop(settings, "factor")
    if context.scene.ada.texture.engine == 'MODEL':
        column.prop(settings, "detail")
        if settings.detail:
            column.prop(settings, "strength", slider=True)
    column.operator(texture_upscale.ADA_OT_texture_upscale.bl_idname, icon='FULLSCREEN_ENTER').image = image.name


def draw_seam(layout: bpy.types.UILayout, record: dict[str, Any], context: bpy.types.Context) -> None:
    """The seam scores of a texture of ours, and a warning where a border is seen that was to continue."""
    wanted = AXES.get(record.get("texture", {}).get("seamless", ""), "")
    if draw_scores(layout, record.get("seam", ()), wanted):
        text = iface_("A border can be seen where the texture repeats. Try another seed")
        draw_lines(layout, text, context, icon='ERROR')


def draw_scores(layout: bpy.types.UILayout, seam: Iterable[float], wanted: str = "XY") -> bool:
    """One line of scores along x and y; returns whether a border is seen along an axis of `wanted`."""
    scores = dict(zip("XY", seam))
    if scores:
        text = "  ".join(f"{axis} {rank:.3f}" for axis, rank in scores.items())
        layout.label(text=iface_("Seam score: {scores}").format(scores=text), translate=False)
    return any(rank > texture.SEAM_WARNING for axis, rank in scores.items() if axis in wanted)


def draw_grid(layout: bpy.types.UILayout, images: list[bpy.types.Image], active: bpy.types.Image | None) -> None:
    """Thumbnails; a click shows one."""
    grid = layout.grid_flow(row_major=True, columns=COLUMNS, even_columns=True, align=True)
    for image in images:
        cell = grid.column(align=True)
        if image.preview is not None:
            cell.template_icon(icon_value=image.preview.icon_id, scale=3.6)
        show = cell.operator(
            texture_gallery.ADA_OT_texture_show.bl_idname,
            text="",
            icon='RADIOBUT_ON' if image == active else 'RADIOBUT_OFF',
        )
        show.image = image.name


def draw_history(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """All textures of this file, the newest first."""
    images = texture_gallery.made_here()
    if not images:
        layout.label(text="No textures yet")
        return
    image = texture_tools.active_image(context)
    draw_grid(layout, images[:SHOWN], image)
    if len(images) > SHOWN:
        draw_lines(layout, iface_("and {count} more").format(count=len(images) - SHOWN), context)
    if image in images:
        layout.operator(texture_gallery.ADA_OT_texture_remove.bl_idname, icon='TRASH').image = image.name
