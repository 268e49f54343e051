"""Asks Blender to draw the 3D viewports, or other editors, again."""

from __future__ import annotations

import bpy


def redraw(region_type: str, area_type: str = 'VIEW_3D') -> None:
    """Have one kind of region of every such editor drawn anew: 'WINDOW' is the view, 'UI' the sidebar."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == area_type:
                for region in area.regions:
                    if region.type == region_type:
                        region.tag_redraw()
