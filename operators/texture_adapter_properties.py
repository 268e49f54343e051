"""What is put on a diffusion model for a texture: rows of `scene.ada.texture.loras`, `.embeddings` and `.controls`."""

from __future__ import annotations

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, PointerProperty, StringProperty

from ..render import compat


class _File:
    """A file or folder that can be switched off without losing it."""

    use: BoolProperty(name="Use", description="Off: it stays in the list and does nothing", default=True)
    path: StringProperty(
        name="File", description="Where it lies", subtype='FILE_PATH', options=compat.BLEND_RELATIVE
    )  # fmt: skip


class ADA_PG_texture_lora(_File, bpy.types.PropertyGroup):
    """One LoRA."""

    weight: FloatProperty(
        name="Weight", description="How strongly it works", default=1.0, min=-4.0, max=4.0, soft_min=0.0, soft_max=1.5
    )


class ADA_PG_texture_embedding(_File, bpy.types.PropertyGroup):
    """One learned word. It is called in the prompt by the name of its file."""


class ADA_PG_texture_control(_File, bpy.types.PropertyGroup):
    """One ControlNet and what it is shown."""

    kind: EnumProperty(
        name="Kind",
        description="What kind of picture this ControlNet was taught with",
        items=(
            ('DEPTH', "Depth", "Near is white, far is black"),
            ('NORMAL', "Normal", "Which way the surface faces"),
            ('CANNY', "Edges", "White lines on black, by Canny's method"),
            ('TILE', "Tile", "The picture itself, to add detail when it is enlarged"),
            ('OTHER', "Other", "Whatever this ControlNet was taught with"),
        ),
        default='DEPTH',
    )
    origin: EnumProperty(
        name="From",
        description="Where its picture comes from",
        items=(
            ('CAMERA', "Scene Camera", "What the scene's camera sees, drawn when you press Generate"),
            ('IMAGE', "Image", "An image of yours; edges are found in it"),
            ('READY', "Finished Image", "An image that is of this kind already"),
        ),
        default='CAMERA',
    )
    image: PointerProperty(name="Image", description="What it is shown", type=bpy.types.Image)
    weight: FloatProperty(name="Weight", description="How strongly it works", default=1.0, min=0.0, max=2.0)


classes = (ADA_PG_texture_lora, ADA_PG_texture_embedding, ADA_PG_texture_control)
