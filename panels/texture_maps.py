"""PBR maps and borders of the active image, in the Texture panel."""

from __future__ import annotations

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..operators import texture_maps, texture_repair, texture_tools
from .jobs import draw_lines
from .texture_gallery import draw_scores


def draw_maps(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What Make PBR Maps makes of the active image."""
    image = texture_tools.active_image(context)
    if image is None:
        draw_lines(layout, iface_("There is no texture. Open an image in the Image Editor"), context, icon='INFO')
        return
    settings = context.scene.ada.texture_maps
    layout.label(text=image.name, icon='IMAGE_DATA', translate=False)
    grid = layout.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
    grid.use_property_split = False
    for item in settings.bl_rna.properties["kinds"].enum_items:
        grid.prop_enum(settings, "kinds", item.identifier)
    column = layout.column()
    column.prop(settings, "relief")
    column.prop(settings, "invert")
    column.prop(settings, "roughness")
    column.prop(settings, "normal")
    column.prop(settings, "borders")
    column.prop(settings, "estimator")
    if settings.estimator == 'MODEL':
        column.prop(settings, "model")
    column = layout.column()
    column.prop(settings, "material")
    if settings.material:
        for name in ("tile_size", "mapping", "displacement"):
            column.prop(context.scene.ada.texture_output, name)
    row = layout.row()
    row.scale_y = 1.4
    row.operator(texture_maps.ADA_OT_texture_maps.bl_idname, icon='MATERIAL').image = image.name


def draw_repair(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """How well the active image continues at its borders, and what mends it."""
    image = texture_tools.active_image(context)
    if image is None:
        draw_lines(layout, iface_("There is no texture. Open an image in the Image Editor"), context, icon='INFO')
        return
    settings = context.scene.ada.texture_repair
    layout.label(text=image.name, icon='IMAGE_DATA', translate=False)
    record = texture_tools.record_of(image) or {}
    if draw_scores(layout, texture_tools.measured_seam(image) or record.get("seam", ())):
        draw_lines(layout, iface_("A border can be seen where the image repeats"), context, icon='ERROR')
    layout.operator(texture_maps.ADA_OT_texture_seam.bl_idname, icon='ARROW_LEFTRIGHT').image = image.name
    layout.prop(settings, "axes")
    layout.prop(settings, "anew", slider=True)
    if settings.anew > 0:
        row = layout.row()
        row.use_property_split = False
        row.prop(context.scene.ada.texture, "prompt", text="", placeholder="Prompt")
    row = layout.row()
    row.scale_y = 1.4
    row.operator(texture_repair.ADA_OT_texture_repair.bl_idname, icon='MOD_ARRAY').image = image.name
