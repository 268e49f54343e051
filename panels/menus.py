"""The Ada menu of the 3D View, the Image Editor and the Render menu. F3 searches what menus hold."""

from __future__ import annotations

import bpy


def draw_textures(layout: bpy.types.UILayout) -> None:
    layout.operator("ada.texture_generate", icon='TEXTURE')
    layout.operator("ada.texture_batch", icon='RENDERLAYERS')
    layout.operator("ada.recipe_randomize", icon='SHADERFX')
    layout.operator("ada.texture_vary", icon='DUPLICATE')
    layout.operator("ada.texture_upscale", icon='FULLSCREEN_ENTER')
    layout.operator("ada.texture_recall", icon='LOOP_BACK')
    layout.operator("ada.texture_use", icon='MATERIAL')
    layout.operator("ada.texture_keep", icon='CHECKMARK')
    layout.operator("ada.texture_remove", icon='TRASH')
    layout.operator("ada.texture_mask_add", icon='BRUSH_DATA')
    layout.operator("ada.texture_maps", icon='MATERIAL')
    layout.operator("ada.texture_repair", icon='MOD_ARRAY')
    layout.operator("ada.texture_seam", icon='ARROW_LEFTRIGHT')
    layout.operator("ada.texture_extra_add", icon='ADD')
    layout.operator("ada.texture_steps_fit", icon='CHECKMARK')
    layout.operator("ada.texture_preset_save", icon='PRESET')
    layout.operator("ada.texture_preset_load", icon='IMPORT')
    layout.operator("ada.texture_preset_export", icon='EXPORT')
    layout.operator("ada.texture_style_add", icon='ADD')
    layout.operator("ada.texture_style_remove", icon='REMOVE')
    layout.operator("ada.texture_styles_import", icon='IMPORT')
    layout.operator("ada.texture_styles_export", icon='EXPORT')


def draw_models(layout: bpy.types.UILayout) -> None:
    layout.operator("ada.models_scan", icon='VIEWZOOM')
    layout.operator("ada.model_folder_add", icon='FILE_FOLDER')
    layout.operator("ada.model_download", icon='IMPORT')
    layout.operator("ada.model_use", icon='CHECKMARK')
    layout.operator("ada.model_folder_open", icon='FILEBROWSER')
    layout.operator("ada.model_forget", icon='REMOVE')
    layout.operator("ada.model_delete", icon='TRASH')


class ADA_MT_textures(bpy.types.Menu):
    bl_label = "Texture"

    def draw(self, context: bpy.types.Context) -> None:
        draw_textures(self.layout)


class ADA_MT_models(bpy.types.Menu):
    bl_label = "Models"

    def draw(self, context: bpy.types.Context) -> None:
        draw_models(self.layout)


class ADA_MT_main(bpy.types.Menu):
    bl_idname = "ADA_MT_main"
    bl_label = "Ada"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.operator("ada.demo_add", icon='SCENE_DATA')
        layout.operator("ada.views_capture", icon='CAMERA_DATA')
        layout.separator()
        layout.operator("ada.cameras_solve", icon='OUTLINER_OB_CAMERA')
        layout.operator("ada.cameras_import", icon='IMPORT')
        layout.operator("ada.photos_mask", icon='MOD_MASK')
        layout.operator("ada.photos_choose", icon='FILE_FOLDER')
        layout.operator("ada.crop_box_add", icon='CUBE')
        layout.operator("ada.reconstruct_start", icon='MESH_MONKEY')
        layout.operator("ada.reconstruct_resume", icon='PLAY')
        layout.operator("ada.field_render", icon='RENDER_STILL')
        layout.separator()
        layout.menu(ADA_MT_textures.__name__, icon='TEXTURE')
        layout.menu(ADA_MT_models.__name__, icon='SHADING_TEXTURE')
        layout.separator()
        layout.operator("ada.render_setup", icon='PREFERENCES')
        layout.operator("ada.render_profile_apply", icon='CHECKMARK')
        layout.operator("ada.render_tune", icon='MODIFIER')
        layout.operator("ada.render_restore", icon='LOOP_BACK')
        layout.operator("ada.frames_render", icon='RENDER_ANIMATION')
        layout.separator()
        layout.operator("ada.job_cancel_all", icon='CANCEL')
        layout.operator("ada.job_clear", icon='TRASH')
        layout.separator()
        layout.operator("ada.overlay_toggle", icon='OVERLAY')
        layout.operator("ada.history_plot", icon='GRAPH')
        layout.operator("ada.history_export", icon='EXPORT')
        layout.operator("ada.history_clear", icon='TRASH')
        layout.operator("ada.scene_estimate", icon='SCENE_DATA')
        layout.operator("ada.memory_measure", icon='TIME')
        layout.operator("ada.memory_forget", icon='TRASH')
        layout.operator("ada.models_park", icon='IMPORT')
        layout.operator("ada.models_drop", icon='X')
        layout.separator()
        layout.operator("ada.doctor_run", icon='CHECKMARK')
        layout.operator("ada.doctor_copy", icon='COPYDOWN')
        layout.operator("ada.doctor_copy_install", icon='COPYDOWN')


MENUS = ("VIEW3D_MT_editor_menus", "IMAGE_MT_editor_menus", "TOPBAR_MT_render")


def _draw_entry(self: bpy.types.Menu, context: bpy.types.Context) -> None:
    self.layout.menu(ADA_MT_main.bl_idname)


def register() -> None:
    for name in MENUS:
        getattr(bpy.types, name).append(_draw_entry)


def unregister() -> None:
    for name in MENUS:
        getattr(bpy.types, name).remove(_draw_entry)


classes = (ADA_MT_textures, ADA_MT_models, ADA_MT_main)
