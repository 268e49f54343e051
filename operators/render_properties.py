"""Settings of the Render panel. They stand apart from `render` because `properties` points to them."""

from __future__ import annotations

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ..render import compat


class RenderProperties:
    """Shared by `scene.ada.render` and the operators that override it."""

    profile: EnumProperty(
        name="Render Profile",
        description="What the settings of Cycles are chosen for",
        items=(
            ('PREVIEW', "Preview", "A quick look: some noise is left to the denoiser"),
            ('BALANCED', "Balanced", "Clean pictures in reasonable time"),
            ('FINAL', "Final", "The last picture, where time matters less"),
            ('ANIMATION', "Animation", "Frames that flicker little and start quickly"),
            ('ARTICLE', "As in the Article", "1024 samples, adaptive, denoised: the setting this began with"),
        ),
        default='BALANCED',
    )
    goal: EnumProperty(
        name="As Good As",
        description="What the tuned settings shall be as good as, in less time",
        items=(
            ('ARTICLE', "1024 Samples", "1024 samples at most, to a noise of 0.01, denoised"),
            ('DEFAULT', "4096 Samples", "Blender's own default: 4096 samples at most, to a noise of 0.01, denoised"),
        ),
        default='ARTICLE',
    )
    frames: EnumProperty(
        name="Frames",
        description="Which frames are rendered",
        items=(
            ('CURRENT', "Current Frame", "A still of the frame that is shown"),
            ('RANGE', "Frame Range", "From the scene's first frame to its last, by its step"),
        ),
        default='CURRENT',
    )
    folder: StringProperty(
        name="Folder",
        description="Where frames are written, named by their number",
        subtype='DIR_PATH',
        default="//frames",
        options=compat.BLEND_RELATIVE,
    )
    overwrite: BoolProperty(
        name="Overwrite",
        description="Render frames again that are there and whole; otherwise they are kept",
        default=False,
    )
    require_gpu: BoolProperty(
        name="Require GPU",
        description="Do not render where Cycles would use the processor instead of a card",
        default=False,
    )


class ADA_PG_render(RenderProperties, bpy.types.PropertyGroup):
    """Settings of rendering."""
