"""Cycles on the card, profiles with what they change and why, and frames on disk."""

from __future__ import annotations

import bpy
from bl_ui.utils import PresetPanel
from bpy.app.translations import pgettext_iface as iface_

from ..operators import render, render_tune
from .jobs import draw_lines, draw_running
from .reconstruct import running
from .sidebar import Sidebar

OF_EEVEE = (
    "DATA_PT_EEVEE_light",
    "EEVEE_MATERIAL_PT_context_material",
    "EEVEE_MATERIAL_PT_surface",
    "EEVEE_WORLD_PT_surface",
)
WITHOUT_EFFECT = {"VIEWLAYER_PT_filter", "VIEWLAYER_PT_layer_passes"}


class ADA_PT_render_presets(PresetPanel, bpy.types.Panel):
    bl_label = "Presets"  # Blender exchanges it for the name of the last preset.
    preset_subdir = render.PRESETS
    preset_operator = "script.execute_preset"
    preset_add_operator = render.ADA_OT_render_preset_add.bl_idname


class ADA_PT_render(Sidebar, bpy.types.Panel):
    bl_label = "Render"
    bl_order = 30
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        scene = context.scene
        if scene.render.engine == 'CYCLES':
            report = render.read_report(scene)
            column = layout.column(align=True)
            for number, line in enumerate(render.describe(report)):
                warns = number == 0 and report.falls_back
                draw_lines(column, line, context, icon='ERROR' if warns else 'BLANK1' if number else 'INFO')
        elif scene.render.engine == render.REALTIME:
            column = layout.column(heading="Passes")
            column.prop(context.view_layer, "use_pass_z")
            column.prop(context.view_layer, "use_pass_normal")
        if scene.render.engine == 'CYCLES':
            row = layout.row(align=True)
            row.operator(render.ADA_OT_render_setup.bl_idname, icon='PREFERENCES')
            row.operator(render.ADA_OT_render_restore.bl_idname, text="", icon='LOOP_BACK')


class ADA_PT_render_profile(Sidebar, bpy.types.Panel):
    bl_label = "Render Profile"
    bl_parent_id = "ADA_PT_render"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return context.scene.render.engine == 'CYCLES'

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        ADA_PT_render_presets.draw_panel_header(self.layout)

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        scene = context.scene
        layout.prop(scene.ada.render, "profile", text="")
        rows = render.profile_changes(scene, scene.ada.render.profile)
        if rows:
            layout.operator(render.ADA_OT_render_profile_apply.bl_idname, icon='CHECKMARK')
        else:
            layout.label(text="The scene has these settings", icon='CHECKMARK')
        for row in rows:
            box = draw_setting(layout, row.owner, row.name)
            now, then = (shown(row.owner, row.name, value) for value in (row.now, row.then))
            text = iface_("{now} becomes {then}").format(now=now, then=then)
            draw_lines(box, text, context, icon='FORWARD')
            draw_lines(box, iface_(row.why), context, icon='BLANK1')


class ADA_PT_render_tune(Sidebar, bpy.types.Panel):
    bl_label = "Tune for This Scene"
    bl_parent_id = "ADA_PT_render"
    bl_options = {'DEFAULT_CLOSED'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return context.scene.render.engine == 'CYCLES'

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        scene = context.scene
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(scene.ada.render, "goal")
        task = running(render_tune.ADA_OT_render_tune)
        if task is not None:
            draw_running(layout, task, context)
        layout.operator(render_tune.ADA_OT_render_tune.bl_idname, icon='MODIFIER')
        report = render_tune.read_report(scene)
        if report is None:
            return
        column = layout.column(align=True)
        for number, line in enumerate(render_tune.describe(report)):
            draw_lines(column, line, context, icon='BLANK1' if number else 'TIME')
        for owner, name, why in render_tune.chosen(scene, report):
            box = draw_setting(layout, owner, name)
            draw_lines(box, why, context, icon='BLANK1')


class ADA_PT_render_frames(Sidebar, bpy.types.Panel):
    bl_label = "Frames"
    bl_parent_id = "ADA_PT_render"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        chosen = context.scene.ada.render
        for name in ("frames", "folder", "overwrite", "require_gpu"):
            layout.prop(chosen, name)
        task = running(render.ADA_OT_frames_render)
        if task is not None:
            draw_running(layout, task, context)
        row = layout.row()
        row.scale_y = 1.4
        row.operator(render.ADA_OT_frames_render.bl_idname, icon='RENDER_ANIMATION')


def draw_setting(layout: bpy.types.UILayout, owner: bpy.types.bpy_struct, name: str) -> bpy.types.UILayout:
    """A box with a setting of Blender's, which can be changed there; a menu's name stands above it, to be readable."""
    box = layout.box().column(align=True)
    prop = owner.bl_rna.properties[name]
    if prop.type == 'ENUM':
        box.label(text=prop.name, text_ctxt=prop.translation_context)
        box.prop(owner, name, text="")
    else:
        box.prop(owner, name)
    return box


def shown(owner: bpy.types.bpy_struct, name: str, value: object) -> str:
    """A value as the interface shows it."""
    if isinstance(value, bool):
        return iface_("on") if value else iface_("off")
    if isinstance(value, str):
        prop = owner.bl_rna.properties[name]
        item = prop.enum_items.get(value) if prop.type == 'ENUM' else None
        return iface_(item.name) if item is not None else value
    return f"{value:g}" if isinstance(value, float) else str(value)


def draw_warning(self: bpy.types.Panel, context: bpy.types.Context) -> None:
    """In Blender's own render properties, below the engine: it says nothing about the processor itself."""
    if context.engine == 'CYCLES':
        report = render.read_report(context.scene)
        if report.falls_back:
            column = self.layout.column(align=True)
            draw_lines(column, render.describe(report)[0], context, icon='ERROR')
            column.operator(render.ADA_OT_render_setup.bl_idname, icon='PREFERENCES')


def register() -> None:
    bpy.types.RENDER_PT_context.append(draw_warning)
    for panel in _shared_panels():
        panel.COMPAT_ENGINES.add(render.REALTIME)


def unregister() -> None:
    for panel in _shared_panels():
        panel.COMPAT_ENGINES.discard(render.REALTIME)
    bpy.types.RENDER_PT_context.remove(draw_warning)


def _shared_panels() -> list[type[bpy.types.Panel]]:
    """Blender's panels whose settings the real-time engine follows: those of all engines, and some of EEVEE's."""
    found = [getattr(bpy.types, name) for name in OF_EEVEE if hasattr(bpy.types, name)]
    for panel in bpy.types.Panel.__subclasses__():
        if 'BLENDER_RENDER' in getattr(panel, "COMPAT_ENGINES", ()) and panel.__name__ not in WITHOUT_EFFECT:
            found.append(panel)
    return found


classes = (ADA_PT_render_presets, ADA_PT_render, ADA_PT_render_profile, ADA_PT_render_tune, ADA_PT_render_frames)
