"""Asks Blender to draw the 3D viewports again."""

from __future__ import annotations

import bpy


def redraw(region_type: str) -> None:
    """Have one kind of region of every 3D viewport drawn anew: 'WINDOW' is the view, 'UI' the sidebar."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == 'VIEW_3D':
                for region in area.regions:
                    if region.type == region_type:
                        region.tag_redraw()
