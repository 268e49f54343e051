"""Settings of Make PBR Maps (`scene.ada.texture_maps`) and Make Seamless (`scene.ada.texture_repair`)."""

from __future__ import annotations

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, StringProperty

from ..render import compat


class MapsProperties:
    """Shared by `scene.ada.texture_maps` and the operator that overrides it."""

    kinds: EnumProperty(
        name="Maps",
        description="Which maps are made",
        items=(
            ('NORMAL', "Normal", "Which way the surface faces, in tangent space"),
            ('HEIGHT', "Height", "How far it rises, in 16 bits"),
            ('ROUGHNESS', "Roughness", "How dull it is"),
            ('METALLIC', "Metallic", "A guess where it is bare metal"),
            ('AO', "Occlusion", "How much of the sky each place sees"),
            ('ORM', "ORM", "Occlusion, roughness and metallic as red, green and blue of one image, for game engines"),
            ('ALBEDO', "Albedo", "The image without the light and shade that are on it"),
        ),
        options={'ENUM_FLAG'},
        default={'NORMAL', 'HEIGHT', 'ROUGHNESS', 'METALLIC', 'AO'},
    )
    relief: FloatProperty(
        name="Strength",
        description="Factor on the relief that is found",
        default=1.0,
        min=0.0,
        soft_max=3.0,
        max=100.0,
    )
    invert: BoolProperty(name="Invert", description="What rises sinks", default=False)
    normal: EnumProperty(
        name="Normal Format",
        description="Which way green points in the normal map",
        items=(
            ('OPENGL', "OpenGL", "Up: Blender, Unity, Godot"),
            ('DIRECTX', "DirectX", "Down: Unreal Engine. The material of ours turns it back"),
        ),
        default='OPENGL',
    )
    borders: EnumProperty(
        name="Repeats",
        description="Along which axes the image repeats; the maps then do so too",
        items=(
            ('AUTO', "Automatic", "Looked for in the image"),
            ('BOTH', "Both", "Left to right and bottom to top"),
            ('X', "X", "Left to right"),
            ('Y', "Y", "Bottom to top"),
            ('NONE', "None", "A picture with borders"),
        ),
        default='AUTO',
    )
    roughness: FloatProperty(
        name="Roughness", description="Added to the roughness that is found", default=0.0, min=-1.0, max=1.0
    )
    estimator: EnumProperty(
        name="Estimator",
        description="What looks at the image",
        items=(
            ('AUTO', "Automatic", "Marigold models found by Find Models, else the built-in estimator"),
            ('BUILT_IN', "Built-in Estimator", "A small network that ships with Ada Forge. It needs no download"),
            ('MODEL', "Marigold", "Marigold models in a folder of yours"),
        ),
        default='AUTO',
    )
    model: StringProperty(
        name="Marigold Folder",
        description="Folder of a Marigold model for normals, depth or intrinsics, or a folder with several",
        subtype='DIR_PATH',
        options=compat.BLEND_RELATIVE,
    )
    material: BoolProperty(
        name="New Material",
        description="Make a material of the image and its maps and put it on the selection",
        default=True,
    )


class RepairProperties:
    """Shared by `scene.ada.texture_repair` and the operator that overrides it."""

    axes: EnumProperty(
        name="Repeat Along",
        description="At which borders the image shall continue",
        items=(
            ('BOTH', "Both", "Left to right and bottom to top"),
            ('X', "X", "Left to right"),
            ('Y', "Y", "Bottom to top"),
        ),
        default='BOTH',
    )
    anew: FloatProperty(
        name="Paint Anew",
        description="How far the model of the Texture panel paints anew what is faded; 0 only fades, without a model",
        default=0.0,
        min=0.0,
        max=1.0,
    )


class ADA_PG_texture_maps(MapsProperties, bpy.types.PropertyGroup):
    """Settings of Make PBR Maps."""


class ADA_PG_texture_repair(RepairProperties, bpy.types.PropertyGroup):
    """Settings of Make Seamless."""
