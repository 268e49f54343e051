"""Settings of Render Field. They stand apart from `field` because `properties` points to them."""

from __future__ import annotations

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ..render import compat


class FieldProperties:
    """Shared by `scene.ada.field` and the operator that overrides it."""

    folder: StringProperty(
        name="Folder",
        description="Where pictures of the field are written, named by their frame",
        subtype='DIR_PATH',
        default="//field",
        options=compat.BLEND_RELATIVE,
    )
    frames: EnumProperty(
        name="Frames",
        description="For which frames the scene's camera draws the field",
        items=(
            ('CURRENT', "Current Frame", "A still of the frame that is shown"),
            ('RANGE', "Frame Range", "From the scene's first frame to its last, by its step"),
        ),
        default='CURRENT',
    )
    passes: BoolProperty(
        name="Passes", description="Write depth, normals and mask as layers of an EXR file as well", default=False
    )
    overwrite: BoolProperty(
        name="Overwrite",
        description="Render frames again that are there and whole; otherwise they are kept",
        default=False,
    )


class ADA_PG_field(FieldProperties, bpy.types.PropertyGroup):
    """Settings of Render Field."""
