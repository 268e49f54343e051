"""Textures, in the sidebars of the 3D View and the Image Editor."""

from __future__ import annotations

from collections.abc import Callable

import bpy
from bpy.app.translations import pgettext_iface as iface_
from bpy.app.translations import pgettext_n as n_

from ..ai.setup.packages import BY_MODULE, missing_packages
from ..operators import texture, texture_gallery, texture_maps, texture_repair, texture_tools, texture_upscale
from ..operators.doctor import ADA_OT_doctor_copy_install
from ..operators.texture_order import NEEDED
from .jobs import draw_lines, draw_running
from .models import draw_choice
from .reconstruct import running
from .sidebar import ImageSidebar, Sidebar
from .texture_batch import draw_batch
from .texture_built_in import draw_built_in
from .texture_extras import draw_extras, draw_few_step
from .texture_gallery import draw_active, draw_change, draw_history
from .texture_maps import draw_maps, draw_repair
from .texture_presets import ADA_MT_texture_presets, draw_style
from .texture_recipe import draw_recipe


def draw_texture(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """All of the panel: what is needed for a first texture on top, the rest in closed sub-panels."""
    layout.use_property_split = True
    layout.use_property_decorate = False
    settings = context.scene.ada.texture
    layout.prop(settings, "engine")
    if settings.engine == 'PROCEDURAL':
        draw_recipe(layout, context)
    else:
        _draw_missing(layout, context)
        _draw_prompt(layout, context)
        draw_few_step(layout, context)
    row = layout.row()
    row.scale_y = 1.6
    row.operator(texture.ADA_OT_texture_generate.bl_idname, text="Generate", icon='TEXTURE')
    task = next(filter(None, map(running, JOBS)), None)
    if task is not None:
        draw_running(layout, task, context)
    draw_active(layout, context)
    for title, draw, is_for in SUBPANELS:
        if is_for(settings.engine):
            header, body = layout.panel(f"ADA_PT_texture_{title.split()[0].lower()}", default_closed=True)
            header.label(text=title)
            if body is not None:
                draw(body, context)


def _draw_missing(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    absent = [name for name in NEEDED if BY_MODULE[name] in missing_packages()]
    if absent:
        box = layout.box()
        text = iface_("{packages} must be installed. Copy the command, run it in a terminal, then press Run Doctor")
        draw_lines(box, text.format(packages=", ".join(BY_MODULE[name].name for name in absent)), context, icon='ERROR')
        box.operator(ADA_OT_doctor_copy_install.bl_idname, icon='COPYDOWN')
        draw_lines(box, iface_("Procedural textures need nothing of this"), context)
        box.prop_enum(context.scene.ada.texture, "engine", 'PROCEDURAL')


def _draw_prompt(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    settings = context.scene.ada.texture
    if settings.engine == 'MODEL':
        draw_choice(layout, context)
    row = layout.row(align=True)
    row.use_property_split = False
    row.prop(settings, "prompt", text="", placeholder="Prompt")
    if settings.engine == 'BUILT_IN':
        draw_built_in(layout)
    else:
        draw_style(layout, context)


def _draw_settings(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    settings = context.scene.ada.texture
    is_diffused = settings.engine != 'PROCEDURAL'
    if settings.engine == 'MODEL':
        layout.prop(settings, "model")
    if is_diffused:
        row = layout.row()
        row.use_property_split = False
        row.prop(settings, "negative", text="", placeholder="Negative Prompt")
    column = layout.column(align=True)
    column.prop(settings, "width")
    column.prop(settings, "height")
    if is_diffused:
        layout.prop(settings, "seamless")
        column = layout.column(align=True)
        column.prop(settings, "steps")
        column.prop(settings, "guidance")
    if is_diffused:
        column = layout.column(align=True)
        column.prop(settings, "seed_mode")
        column.prop(settings, "seed")
    layout.prop(settings, "count")
    if is_diffused:
        layout.prop(settings, "scheduler")
        layout.prop(settings, "tiled_vae")
        column = layout.column(align=True)
        column.prop(settings, "variation")
        column.prop(settings, "variation_seed")


def _draw_start(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    settings = context.scene.ada.texture
    layout.prop(settings, "mode", text="")
    if settings.mode == 'TEXT':
        return
    if settings.mode == 'PROCEDURAL':
        layout.prop(settings, "strength")
        draw_recipe(layout.box(), context, start=True)
        return
    column = layout.column()
    column.prop(settings, "source")
    column.prop(settings, "strength")
    if settings.mode == 'OUTPAINT':
        column = layout.column(align=True)
        for name in ("add_left", "add_right", "add_top", "add_bottom"):
            column.prop(settings, name)
    if settings.mode == 'INPAINT':
        column.prop(settings, "mask_from")
        if settings.mask_from == 'IMAGE':
            column.prop(settings, "mask")
            column.operator(texture_tools.ADA_OT_texture_mask_add.bl_idname, icon='BRUSH_DATA')


def _draw_output(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    output = context.scene.ada.texture_output
    layout.prop(output, "store")
    if output.store == 'FILE':
        layout.prop(output, "folder")
    layout.prop(output, "maps")
    layout.prop(output, "material")
    layout.prop(output, "asset")
    if output.material or output.asset:
        column = layout.column()
        for name in ("tile_size", "mapping", "displacement"):
            column.prop(output, name)
    if output.asset:
        column = layout.column()
        column.prop(output, "catalog")
        column.prop(output, "tags")


def _is_diffused(engine: str) -> bool:
    return engine != 'PROCEDURAL'


def _is_own_model(engine: str) -> bool:
    return engine == 'MODEL'


def _is_any(engine: str) -> bool:
    return True


# Whose progress stands under the button.
JOBS = (
    texture.ADA_OT_texture_generate,
    texture_gallery.ADA_OT_texture_vary,
    texture_upscale.ADA_OT_texture_upscale,
    texture_maps.ADA_OT_texture_maps,
    texture_repair.ADA_OT_texture_repair,
)
# Title, what draws it, and whether an engine has it; closed at first.
SUBPANELS: tuple[tuple[str, Callable[[bpy.types.UILayout, bpy.types.Context], None], Callable[[str], bool]], ...] = (
    (n_("Settings"), _draw_settings, _is_any),
    (n_("Start From"), _draw_start, _is_diffused),
    (n_("On the Model"), draw_extras, _is_own_model),
    (n_("Batch"), draw_batch, _is_diffused),
    (n_("Result"), _draw_output, _is_any),
    (n_("Change"), draw_change, _is_any),
    (n_("PBR Maps"), draw_maps, _is_any),
    (n_("Make Seamless"), draw_repair, _is_any),
    (n_("History"), draw_history, _is_any),
)


class ADA_PT_texture(Sidebar, bpy.types.Panel):
    bl_label = "Texture"
    bl_order = 25

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        self.layout.menu(ADA_MT_texture_presets.__name__, text="", icon='PRESET')

    def draw(self, context: bpy.types.Context) -> None:
        draw_texture(self.layout, context)


class ADA_PT_texture_image(ImageSidebar, bpy.types.Panel):
    bl_label = "Texture"
    bl_order = 25

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        self.layout.menu(ADA_MT_texture_presets.__name__, text="", icon='PRESET')

    def draw(self, context: bpy.types.Context) -> None:
        draw_texture(self.layout, context)


classes = (ADA_PT_texture, ADA_PT_texture_image)
