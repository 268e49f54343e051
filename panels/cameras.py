"""Find or import cameras, and mask photos: what comes before Reconstruct."""

from __future__ import annotations

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..ai.photos.settings import VIDEO_SUFFIXES
from ..ai.setup.packages import BY_MODULE, missing_packages
from ..operators import cameras, mask
from ..operators.doctor import ADA_OT_doctor_copy_install
from .jobs import draw_lines, draw_notes, draw_running
from .reconstruct import running
from .sidebar import Sidebar


class ADA_PT_cameras(Sidebar, bpy.types.Panel):
    bl_label = "Find Cameras"
    bl_parent_id = "ADA_PT_reconstruct"
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = context.scene.ada.cameras
        if BY_MODULE["pycolmap"] in missing_packages():
            box = layout.box()
            text = iface_("{packages} must be installed. Copy the command, run it in a terminal, then press Run Doctor")
            draw_lines(box, text.format(packages="pycolmap"), context, icon='INFO')
            box.operator(ADA_OT_doctor_copy_install.bl_idname, icon='COPYDOWN')
        layout.prop(settings, "source")
        layout.prop(settings, "folder")
        if settings.source.lower().endswith(VIDEO_SUFFIXES):
            layout.prop(settings, "frames")
        column = layout.column()
        for name in ("matching", "lens", "image_size"):
            column.prop(settings, name)
        column = layout.column(align=True)
        for name in ("skip_blurred", "skip_duplicates", "overwrite"):
            column.prop(settings, name)
        task = running(cameras.ADA_OT_cameras_solve)
        if task is not None:
            draw_running(layout, task, context)
        row = layout.row()
        row.scale_y = 1.4
        row.operator(cameras.ADA_OT_cameras_solve.bl_idname, icon='OUTLINER_OB_CAMERA')
        layout.operator(cameras.ADA_OT_cameras_import.bl_idname, icon='IMPORT')
        draw_notes(layout, cameras.latest, context)


class ADA_PT_masks(Sidebar, bpy.types.Panel):
    bl_label = "Mask Photos"
    bl_parent_id = "ADA_PT_reconstruct"
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = context.scene.ada.masks
        for name in ("source", "folder", "method"):
            layout.prop(settings, name)
        if settings.method == 'KEY':
            column = layout.column()
            for name in ("key_color", "tolerance", "softness"):
                column.prop(settings, name)
        elif settings.method == 'FOLDER':
            layout.prop(settings, "mask_folder", text="Files")
        column = layout.column(align=True)
        column.prop(settings, "invert")
        column.prop(settings, "overwrite")
        task = running(mask.ADA_OT_photos_mask)
        if task is not None:
            draw_running(layout, task, context)
        row = layout.row()
        row.scale_y = 1.4
        row.operator(mask.ADA_OT_photos_mask.bl_idname, icon='MOD_MASK')
        draw_notes(layout, mask.latest, context)


classes = (ADA_PT_cameras, ADA_PT_masks)
