"""Settings of capturing views and of reconstructing. They stand apart because `properties` points to them."""

from __future__ import annotations

from math import radians
from typing import Any

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..ai.nerf.settings import PRESETS
from ..render import compat


def _fill_preset(group: Any, context: bpy.types.Context) -> None:
    for name, value in PRESETS[group.preset].items():
        setattr(group, name, value)


def _is_empty(group: Any, obj: bpy.types.Object) -> bool:
    return obj.type == 'EMPTY'


class CaptureProperties:
    """Shared by `scene.ada.capture` and the operator that overrides it."""

    folder: StringProperty(
        name="Folder",
        description="Where the dataset is written",
        subtype='DIR_PATH',
        default="//views",
        options=compat.BLEND_RELATIVE,
    )
    train: IntProperty(
        name="Training Views", description="Pictures to learn from", default=40, min=1, soft_max=200, max=2000
    )
    test: IntProperty(
        name="Test Views", description="Held-out pictures that measure quality", default=10, min=0, max=500
    )
    resolution: IntProperty(
        name="Resolution", description="Width and height in pixels", default=200, min=16, soft_max=1024, max=8192
    )
    samples: IntProperty(
        name="Samples", description="Light paths for each pixel", default=16, min=1, soft_max=512, max=65536
    )
    lowest: FloatProperty(
        name="Min Elevation",
        description="Elevation of the lowest camera, negative below the horizon",
        subtype='ANGLE',
        default=radians(-60),
        min=radians(-90),
        max=radians(90),
    )
    highest: FloatProperty(
        name="Max Elevation",
        description="Elevation of the highest camera",
        subtype='ANGLE',
        default=radians(90),
        min=radians(-90),
        max=radians(90),
    )
    field_of_view: FloatProperty(
        name="Field of View",
        description="Horizontal angle of the cameras",
        subtype='ANGLE',
        default=radians(40),
        min=radians(5),
        max=radians(120),
    )
    distance: FloatProperty(
        name="Distance",
        description="Of the cameras, as a multiple of the nearest from which all is seen",
        default=1.0,
        min=0.8,
        soft_max=4.0,
    )
    engine: EnumProperty(
        name="Engine",
        description="What renders the views",
        items=(
            ('CYCLES', "Cycles", "Path tracing"),
            ('REALTIME', "Ada Realtime", "Lamps with shadows, without bounces or noise: many views in little time"),
            ('EEVEE', "EEVEE", "Real-time renderer; needs a display"),
        ),
        default='CYCLES',
    )
    device: EnumProperty(
        name="Device",
        description="Where Cycles renders",
        items=(('CPU', "CPU", "The processor"), ('GPU', "GPU Compute", "The cards that the preferences enable")),
        default='CPU',
    )
    transparent: BoolProperty(
        name="Transparent",
        description="The objects alone with their masks in alpha; else the world is behind them",
        default=True,
    )
    denoise: BoolProperty(name="Denoise", description="Denoise each view", default=False)
    seed: IntProperty(name="Seed", description="Turns the cameras and varies the noise", default=0, min=0)
    overwrite: BoolProperty(
        name="Overwrite", description="Replace a dataset that was captured into this folder before", default=False
    )


class ReconstructProperties:
    """Shared by `scene.ada.reconstruct` and the operator that overrides it. Names as in `ReconstructSettings`."""

    path: StringProperty(
        name="Photos",
        description="A transforms.json, or the folder that holds it",
        subtype='FILE_PATH',
        options=compat.BLEND_RELATIVE,
    )
    preset: EnumProperty(
        name="Preset",
        description="Sets steps, resolution and image size; each can then be changed",
        items=(
            ('DRAFT', "Draft", "A first look in about a minute"),
            ('NORMAL', "Standard", "Good detail in a few minutes"),
            ('HIGH', "High", "The finest voxels; meant for a graphics card"),
        ),
        default='NORMAL',
        update=_fill_preset,
    )
    device: EnumProperty(
        name="Device",
        description="Where PyTorch computes",
        items=(
            ('AUTO', "Automatic", "The graphics card if PyTorch can use it, else the processor"),
            ('CPU', "CPU", "The processor"),
            ('CUDA', "CUDA", "An NVIDIA graphics card"),
        ),
        default='AUTO',
    )
    field: EnumProperty(
        name="Method",
        description="What represents the scene while it is learned",
        items=(
            ('SURFACE', "Signed Distance", "A surface on sparse voxels: clean, closed meshes"),
            ('CLASSIC', "Classic NeRF", "The network of the 2020 paper: slow, for comparison"),
        ),
        default='SURFACE',
    )
    steps: IntProperty(
        name="Steps", description="Optimisation steps", default=PRESETS['NORMAL']["steps"], min=1, soft_max=20000
    )
    coarse_resolution: IntProperty(
        name="First Resolution",
        description="Voxels along the longest side at the coarsest level",
        default=PRESETS['NORMAL']["coarse_resolution"],
        min=16,
        max=256,
    )
    resolution: IntProperty(
        name="Resolution",
        description="Voxels along the longest side at the finest level",
        default=PRESETS['NORMAL']["resolution"],
        min=16,
        soft_max=384,
        max=1024,
    )
    levels: IntProperty(
        name="Levels", description="Resolutions from coarse to fine", default=PRESETS['NORMAL']["levels"], min=1, max=8
    )
    rays: IntProperty(name="Rays", description="Rays for each step", default=2048, min=64, soft_max=16384, max=131072)
    max_image_size: IntProperty(
        name="Image Size Limit",
        description="Longest side in pixels; larger pictures are reduced as they are read, 0 keeps them as they are",
        default=PRESETS['NORMAL']["max_image_size"],
        min=0,
        soft_max=4096,
    )
    holdout: IntProperty(
        name="Hold Out Every",
        description="Every n-th picture measures quality where the data has no test split, 0 uses all to learn",
        default=8,
        min=0,
        max=100,
    )
    seed: IntProperty(name="Seed", description="Start of the random numbers", default=0, min=0)
    preview: EnumProperty(
        name="Preview",
        description="What the viewport shows while the job runs",
        items=(
            ('SURFACE', "Surface", "The surface as it grows"),
            ('VIEW', "Novel View", "The field as the viewport sees it, wherever you turn; with perspective only"),
            ('NONE', "Off", "Nothing: all time is for learning"),
        ),
        default='SURFACE',
    )
    memory_gb: FloatProperty(
        name="Memory Limit",
        description="Gigabytes that a reconstruction may take; photos that do not fit wait on disk, 0 sets no limit",
        default=8.0,
        min=0.0,
        soft_max=128.0,
        precision=1,
    )
    exposure: BoolProperty(
        name="Exposure per Photo",
        description="Learn how bright and how tinted each photo is, for cameras that were not set by hand",
        default=False,
    )
    refine_poses: BoolProperty(
        name="Refine Poses",
        description="Move cameras to where the field agrees best with their photos, for poses that are a little off",
        default=False,
    )
    keep: BoolProperty(
        name="Keep Field",
        description="Write what is learned to a file, also when the job is cancelled: to go on later, or to render it",
        default=True,
    )
    field_file: StringProperty(
        name="Field File",
        description="Where the field is kept; empty means beside the photos",
        subtype='FILE_PATH',
        options=compat.BLEND_RELATIVE,
    )
    use_crop: BoolProperty(name="Crop Box", description="Only what lies inside the box becomes mesh", default=False)
    crop_center: FloatVectorProperty(name="Center", description="Middle of the crop box", subtype='TRANSLATION', size=3)
    crop_size: FloatVectorProperty(
        name="Size", description="Side lengths of the crop box", subtype='XYZ_LENGTH', size=3, default=(2.0, 2.0, 2.0)
    )
    keep_unseen: BoolProperty(
        name="Keep Unseen Faces", description="Keep what no picture shows, so that the mesh stays closed", default=True
    )
    texture: BoolProperty(
        name="Texture",
        description="Unwrap the mesh and paint the photos onto it; else vertices are coloured",
        default=True,
    )
    texture_size: IntProperty(
        name="Texture Size",
        description="Pixels along a side of the texture, 0 takes as many as the photos hold",
        default=0,
        min=0,
        max=8192,
    )
    faces: IntProperty(
        name="Faces", description="The textured mesh has at most so many, 0 keeps all", default=50_000, min=0
    )
    quads: BoolProperty(name="Quads", description="Lay a new net of quads over the surface; slow", default=False)


class ADA_PG_capture(CaptureProperties, bpy.types.PropertyGroup):
    """Settings of Capture Views."""


class ADA_PG_reconstruct(ReconstructProperties, bpy.types.PropertyGroup):
    """Settings of Reconstruct."""

    crop_object: PointerProperty(
        name="Box",
        description="An empty whose cube is the crop box; its scale and rotation count",
        type=bpy.types.Object,
        poll=_is_empty,
    )
