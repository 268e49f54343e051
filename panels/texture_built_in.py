"""What the built-in model is and knows: a popover with prompts to choose from, and the way to larger models."""

from __future__ import annotations

from functools import cache

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..ai.diffusion.settings import BUILT_IN
from ..ai.procedural.color import COLORS
from ..operators import models, recipe_icons, texture_tools
from .jobs import draw_lines

WIDTH = 24  # Of the popover, in interface units.
LETTERS = 62  # Of a line in it.


@cache
def size() -> int:
    """Bytes of the model's folder."""
    return sum(path.stat().st_size for path in BUILT_IN.rglob("*") if path.is_file())


class ADA_PT_texture_built_in(bpy.types.Panel):
    bl_label = "Built-in Model"
    bl_space_type = 'TOPBAR'  # A popover: it is drawn nowhere by itself.
    bl_region_type = 'HEADER'
    bl_ui_units_x = WIDTH

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        settings = context.scene.ada.texture
        text = iface_(
            "A small model of {size:.0f} MB, trained by Ada Forge on its own procedural materials. It knows {count} of "
            "them in {colors} colors, worn or wet, large or small, and their mixtures; no people, places or things"
        )
        text = text.format(size=size() / 1e6, count=len(texture_tools.examples()), colors=len(COLORS))
        draw_lines(layout, text, context, room=LETTERS)
        layout.label(text="Start with one of these prompts")
        grid = layout.grid_flow(row_major=True, columns=3, even_columns=True, align=True)
        for name, prompt in texture_tools.examples():
            icon = recipe_icons.small(name)
            entry = grid.operator(texture_tools.ADA_OT_texture_prompt_set.bl_idname, text=name.title(), icon_value=icon)
            entry.prompt = prompt
        layout.separator()
        draw_lines(
            layout,
            iface_(
                "Procedural draws these materials exactly. For anything else add a large model: find or download one "
                "under Ada > Models, and choose Diffusion Model as the engine"
            ),
            context,
            room=LETTERS,
        )
        row = layout.row(align=True)
        row.prop_enum(settings, "engine", 'PROCEDURAL')
        row.prop_enum(settings, "engine", 'MODEL')
        row.operator(models.ADA_OT_models_scan.bl_idname, icon='VIEWZOOM')


def draw_built_in(layout: bpy.types.UILayout) -> None:
    """One line that names the model for what it is, and opens the popover."""
    text = iface_("Small built-in model, {count} materials").format(count=len(texture_tools.examples()))
    layout.popover(ADA_PT_texture_built_in.__name__, text=text, icon='INFO', translate=False)


classes = (ADA_PT_texture_built_in,)
