"""Capture views of the scene, and turn posed photos into a mesh."""

from __future__ import annotations

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..ai.errors import AdaError
from ..ai.nerf.settings import expected_gb
from ..operators.capture import ADA_OT_views_capture
from ..operators.demo import ADA_OT_demo_add
from ..operators.field import ADA_OT_field_render
from ..operators.properties import read_settings
from ..operators.queue import Task, queue
from ..operators.reconstruct import (
    ADA_OT_crop_box_add,
    ADA_OT_reconstruct_resume,
    ADA_OT_reconstruct_start,
    field_file,
    latest,
)
from .doctor import draw_missing
from .jobs import draw_lines, draw_notes, draw_running
from .sidebar import Sidebar


def running(operator: type[bpy.types.Operator]) -> Task | None:
    """The running task of that operator."""
    task = queue.running
    return task if task is not None and task.label == operator.bl_label else None


def has_field(settings: bpy.types.PropertyGroup) -> bool:
    """Whether the field of these photos is kept."""
    try:
        return bool(settings.path or settings.field_file) and field_file(read_settings(settings)).is_file()
    except (AdaError, OSError):  # A path that means nothing yet.
        return False


def describe(settings: bpy.types.PropertyGroup) -> str:
    """What the preset, or what was made of it, comes to."""
    text = iface_("{resolution} voxels a side, {steps} steps, about {memory:.1f} GB beside the photos")
    memory = expected_gb(settings.resolution)
    return text.format(resolution=settings.resolution, steps=settings.steps, memory=memory)


class ADA_PT_reconstruct(Sidebar, bpy.types.Panel):
    bl_label = "Reconstruct"
    bl_order = 20

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = context.scene.ada.reconstruct
        draw_missing(layout, context)
        column = layout.column()
        column.prop(settings, "path")
        column.prop(settings, "preset")
        draw_lines(column, describe(settings), context)
        column.prop(settings, "device")
        column.prop(settings, "texture")
        column.prop(settings, "preview")
        row = layout.row(heading="Crop Box")
        row.prop(settings, "use_crop", text="")
        row.operator(ADA_OT_crop_box_add.bl_idname, icon='CUBE')
        if settings.use_crop:
            column = layout.column()
            column.prop(settings, "crop_object")
            if settings.crop_object is None:
                column.prop(settings, "crop_center")
                column.prop(settings, "crop_size")
        task = running(ADA_OT_reconstruct_start) or running(ADA_OT_reconstruct_resume)
        if task is not None:
            draw_running(layout, task, context)
        row = layout.row(align=True)
        row.scale_y = 1.4
        row.operator(ADA_OT_reconstruct_start.bl_idname, text="Start", icon='MESH_MONKEY')
        if task is None and has_field(settings):
            row.operator(ADA_OT_reconstruct_resume.bl_idname, text="Go On", icon='PLAY')
        draw_notes(layout, latest, context)


class ADA_PT_reconstruct_advanced(Sidebar, bpy.types.Panel):
    bl_label = "Advanced"
    bl_parent_id = "ADA_PT_reconstruct"
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = context.scene.ada.reconstruct
        layout.prop(settings, "field")
        column = layout.column(align=True)
        for name in ("steps", "rays"):
            column.prop(settings, name)
        column = layout.column(align=True)
        for name in ("coarse_resolution", "resolution", "levels"):
            column.prop(settings, name)
        column = layout.column(align=True)
        column.active = settings.texture
        for name in ("texture_size", "faces", "quads"):
            column.prop(settings, name)
        for name in ("max_image_size", "memory_gb", "holdout", "seed"):
            layout.prop(settings, name)
        column = layout.column(align=True)
        for name in ("exposure", "refine_poses", "keep_unseen"):
            column.prop(settings, name)
        column = layout.column(align=True)
        column.prop(settings, "keep")
        row = column.row()
        row.active = settings.keep
        row.prop(settings, "field_file")


class ADA_PT_field(Sidebar, bpy.types.Panel):
    bl_label = "Render Field"
    bl_parent_id = "ADA_PT_reconstruct"
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = context.scene.ada.field
        layout.prop(settings, "folder")
        layout.prop(settings, "frames")
        column = layout.column(align=True)
        column.prop(settings, "passes")
        column.prop(settings, "overwrite")
        task = running(ADA_OT_field_render)
        if task is not None:
            draw_running(layout, task, context)
        row = layout.row()
        row.scale_y = 1.4
        row.active = has_field(context.scene.ada.reconstruct)
        row.operator(ADA_OT_field_render.bl_idname, icon='RENDER_STILL')


class ADA_PT_capture(Sidebar, bpy.types.Panel):
    bl_label = "Capture Views"
    bl_order = 10
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = context.scene.ada.capture
        layout.prop(settings, "folder")
        column = layout.column(align=True)
        column.prop(settings, "train")
        column.prop(settings, "test")
        layout.prop(settings, "resolution")
        layout.prop(settings, "engine")
        layout.prop(settings, "overwrite")
        task = running(ADA_OT_views_capture)
        if task is not None:
            draw_running(layout, task, context)
        row = layout.row()
        row.scale_y = 1.4
        row.operator(ADA_OT_views_capture.bl_idname, icon='CAMERA_DATA')
        layout.operator(ADA_OT_demo_add.bl_idname, icon='SCENE_DATA')


class ADA_PT_capture_advanced(Sidebar, bpy.types.Panel):
    bl_label = "Advanced"
    bl_parent_id = "ADA_PT_capture"
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = context.scene.ada.capture
        if settings.engine != 'REALTIME':
            column = layout.column(align=True)
            if settings.engine == 'CYCLES':
                column.prop(settings, "device")
            column.prop(settings, "samples")
        column = layout.column(align=True)
        for name in ("lowest", "highest", "field_of_view", "distance"):
            column.prop(settings, name)
        layout.prop(settings, "transparent")
        if settings.engine == 'CYCLES':
            layout.prop(settings, "denoise")
        layout.prop(settings, "seed")


classes = (ADA_PT_capture, ADA_PT_capture_advanced, ADA_PT_reconstruct, ADA_PT_reconstruct_advanced, ADA_PT_field)
