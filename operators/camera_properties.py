"""Settings of finding cameras and of masks. Names as in `ai/photos/settings.py`."""

from __future__ import annotations

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, FloatVectorProperty, IntProperty, StringProperty

from ..render import compat


class CamerasProperties:
    """Shared by `scene.ada.cameras` and the operator that overrides it."""

    source: StringProperty(
        name="Photos",
        description="A folder of photos, or a video",
        subtype='FILE_PATH',
        options=compat.BLEND_RELATIVE,
    )
    folder: StringProperty(
        name="Folder",
        description="Where transforms.json and the pictures of a video are written. Empty: beside the photos",
        subtype='DIR_PATH',
        options=compat.BLEND_RELATIVE,
    )
    image_size: IntProperty(
        name="Image Size Limit",
        description="Longest side in pixels at which features are searched; more is slower and not always better",
        default=1600,
        min=256,
        max=8192,
    )
    matching: EnumProperty(
        name="Compare",
        description="Which photos are compared with which",
        items=(
            ('AUTO', "Automatic", "All up to 60 photos, beyond that each with those that look like it"),
            ('ALL', "All Pairs", "Every photo with every other: thorough, slow for many"),
            ('SEQUENCE', "In Order", "Each with those before and after it: videos and walks"),
        ),
        default='AUTO',
    )
    lens: EnumProperty(
        name="Lens",
        description="How the lens bends straight lines",
        items=(
            ('AUTO', "Automatic", "By the number of photos"),
            ('RADIAL', "Simple", "One term: few photos"),
            ('FULL', "Full", "Four terms: from a dozen photos with one lens"),
            ('FISHEYE', "Fisheye", "Lenses that see half of all directions"),
        ),
        default='AUTO',
    )
    frames: IntProperty(
        name="Video Pictures", description="Pictures taken out of a video, evenly", default=80, min=3, soft_max=400
    )
    skip_blurred: BoolProperty(
        name="Skip Blurred", description="Leave out photos far less sharp than their neighbors", default=True
    )
    skip_duplicates: BoolProperty(
        name="Skip Duplicates", description="Leave out photos that show the same as the one before", default=True
    )
    overwrite: BoolProperty(
        name="Overwrite", description="Replace a transforms.json that was not made here", default=False
    )
    seed: IntProperty(name="Seed", description="Start of the random numbers", default=0, min=0)


class MasksProperties:
    """Shared by `scene.ada.masks` and the operator that overrides it."""

    source: StringProperty(
        name="Photos",
        description="A folder of photos, with or without cameras. Empty: those of Reconstruct",
        subtype='FILE_PATH',
        options=compat.BLEND_RELATIVE,
    )
    folder: StringProperty(
        name="Folder",
        description="Where the masked photos are written. Empty: a folder beside the photos",
        subtype='DIR_PATH',
        options=compat.BLEND_RELATIVE,
    )
    method: EnumProperty(
        name="Mask",
        description="What tells the object from what is around it",
        items=(
            ('KEY', "Key Color", "All that differs from a color belongs to the object"),
            ('FOLDER', "Mask Files", "White in pictures named like the photos"),
            ('PAINTED', "Painted", "What the Erase Alpha brush left of the photos in the Image Editor"),
            ('SPLINES', "Outlined", "Closed curves of Blender's masks, each mask named like its photo"),
        ),
        default='KEY',
    )
    key_color: FloatVectorProperty(
        name="Key Color",
        description="Color of the background",
        subtype='COLOR_GAMMA',
        size=3,
        min=0.0,
        max=1.0,
        default=(0.0, 0.7, 0.1),
    )
    tolerance: FloatProperty(
        name="Tolerance",
        description="How far from the key color still is background; black and white are 1 apart",
        default=0.15,
        min=0.0,
        max=1.0,
    )
    softness: FloatProperty(
        name="Softness", description="Width of the border between both", default=0.05, min=0.001, max=1.0
    )
    mask_folder: StringProperty(
        name="Mask Files",
        description="Folder of masks, named like the photos",
        subtype='DIR_PATH',
        options=compat.BLEND_RELATIVE,
    )
    invert: BoolProperty(name="Invert", description="Keep what would be hidden", default=False)
    overwrite: BoolProperty(
        name="Overwrite",
        description="Write into a folder that holds files; those of the same names are replaced",
        default=False,
    )


class ADA_PG_cameras(CamerasProperties, bpy.types.PropertyGroup):
    """Settings of Find Cameras."""


class ADA_PG_masks(MasksProperties, bpy.types.PropertyGroup):
    """Settings of Mask Photos."""
