"""Menus of presets and styles."""

from __future__ import annotations

import bpy

from ..operators import texture_presets


class ADA_MT_texture_presets(bpy.types.Menu):
    bl_label = "Texture Presets"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        files = texture_presets.preset_files()
        for path in files:
            load = layout.operator(
                texture_presets.ADA_OT_texture_preset_load.bl_idname, text=path.stem, icon='PRESET', translate=False
            )
            load.filepath = str(path)
        if files:
            layout.separator()
        layout.operator(texture_presets.ADA_OT_texture_preset_save.bl_idname, icon='ADD')
        layout.operator(texture_presets.ADA_OT_texture_preset_load.bl_idname, text="Open File", icon='FILEBROWSER')
        layout.operator(texture_presets.ADA_OT_texture_preset_export.bl_idname, icon='EXPORT')
        if files:
            layout.menu(ADA_MT_texture_presets_delete.__name__, icon='TRASH')


class ADA_MT_texture_presets_delete(bpy.types.Menu):
    bl_label = "Delete Texture Preset"

    def draw(self, context: bpy.types.Context) -> None:
        for path in texture_presets.preset_files():
            remove = self.layout.operator(
                texture_presets.ADA_OT_texture_preset_remove.bl_idname, text=path.stem, translate=False
            )
            remove.title = path.stem


class ADA_MT_texture_styles(bpy.types.Menu):
    bl_label = "Styles"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.operator(texture_presets.ADA_OT_texture_style_add.bl_idname, icon='ADD')
        layout.operator(texture_presets.ADA_OT_texture_style_remove.bl_idname, icon='REMOVE')
        layout.separator()
        layout.operator(texture_presets.ADA_OT_texture_styles_import.bl_idname, icon='IMPORT')
        layout.operator(texture_presets.ADA_OT_texture_styles_export.bl_idname, icon='EXPORT')


def draw_style(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """The style of the Texture panel."""
    row = layout.row(align=True)
    row.prop(context.scene.ada.texture, "style")
    row.menu(ADA_MT_texture_styles.__name__, text="", icon='DOWNARROW_HLT')


classes = (ADA_MT_texture_presets, ADA_MT_texture_presets_delete, ADA_MT_texture_styles)
