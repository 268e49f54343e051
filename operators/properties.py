"""The one store of settings, `scene.ada`, and what reads and writes it by name."""

from __future__ import annotations

import json
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

from ..ai.errors import AdaError
from ..ai.nerf.settings import PRESETS
from ..render import compat
from . import model_properties, texture_adapter_properties
from .camera_properties import ADA_PG_cameras, ADA_PG_masks
from .card_properties import ADA_PG_card
from .field_properties import ADA_PG_field
from .render_properties import ADA_PG_render
from .texture_batch_properties import ADA_PG_texture_batch
from .texture_properties import ADA_PG_texture, ADA_PG_texture_output, ADA_PG_texture_upscale, ADA_PG_texture_vary
from .texture_recipe import ADA_PG_recipe

ROOT = __package__.rpartition(".")[0]


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


class ADA_PG_scene(bpy.types.PropertyGroup):
    """All settings of Ada Forge in this scene."""

    capture: PointerProperty(type=ADA_PG_capture)
    reconstruct: PointerProperty(type=ADA_PG_reconstruct)
    field: PointerProperty(type=ADA_PG_field)
    cameras: PointerProperty(type=ADA_PG_cameras)
    masks: PointerProperty(type=ADA_PG_masks)
    card: PointerProperty(type=ADA_PG_card)
    render: PointerProperty(type=ADA_PG_render)
    texture: PointerProperty(type=ADA_PG_texture)
    recipe: PointerProperty(type=ADA_PG_recipe)
    texture_output: PointerProperty(type=ADA_PG_texture_output)
    texture_vary: PointerProperty(type=ADA_PG_texture_vary)
    texture_batch: PointerProperty(type=ADA_PG_texture_batch)
    texture_upscale: PointerProperty(type=ADA_PG_texture_upscale)
    tune_report: StringProperty(
        name="Tuning Report", description="What Tune for This Scene has found and chosen", options={'HIDDEN'}
    )
    render_before: StringProperty(
        name="Settings Before", description="What Set Up GPU and profiles have changed in the scene", options={'HIDDEN'}
    )


classes = (
    ADA_PG_capture,
    ADA_PG_reconstruct,
    ADA_PG_field,
    ADA_PG_cameras,
    ADA_PG_masks,
    ADA_PG_card,
    ADA_PG_render,
    *texture_adapter_properties.classes,
    ADA_PG_texture,
    ADA_PG_recipe,
    ADA_PG_texture_output,
    ADA_PG_texture_vary,
    ADA_PG_texture_batch,
    ADA_PG_texture_upscale,
    ADA_PG_scene,
    *model_properties.classes,
)


def register() -> None:
    for cls in classes:
        bpy.utils.register_class(cls)
    bpy.types.Scene.ada = PointerProperty(type=ADA_PG_scene)
    bpy.types.WindowManager.ada_models = PointerProperty(type=model_properties.ADA_PG_models, options={'SKIP_SAVE'})


def unregister() -> None:
    del bpy.types.WindowManager.ada_models
    del bpy.types.Scene.ada
    for cls in reversed(classes):
        bpy.utils.unregister_class(cls)


def preferences() -> Any:
    """The preferences of the enabled extension, or None where it runs from a checkout that is not installed."""
    addon = bpy.context.preferences.addons.get(ROOT)
    return addon.preferences if addon else None


def read_settings(group: bpy.types.PropertyGroup, operator: bpy.types.Operator | None = None) -> dict[str, Any]:
    """Copy the settings of a group as plain values; properties set on the operator override them.

    A preset that is set on the operator brings its own values, unless those are set there as well.
    """
    hidden = {"rna_type", "name"} | {prop.identifier for prop in group.bl_rna.properties if prop.is_hidden}
    names = [prop.identifier for prop in group.bl_rna.properties if prop.identifier not in hidden]
    values = {name: getattr(group, name) for name in names}
    if operator is not None:
        given = {name for name in names if hasattr(operator, name) and operator.properties.is_property_set(name)}
        if "preset" in given:
            values |= PRESETS[operator.preset]
        values |= {name: getattr(operator, name) for name in given}
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    """A vector as a tuple, the rows of a list as dictionaries."""
    if isinstance(value, str) or not hasattr(value, "__len__"):
        return value
    return tuple(read_settings(one) if isinstance(one, bpy.types.PropertyGroup) else one for one in value)


def write_rows(rows: bpy.types.bpy_prop_collection, values: list[dict[str, Any]]) -> None:
    """Fill a list of settings with what `read_settings` gave, or with text by name.

    Raises:
        KeyError, TypeError, ValueError: a name or value that the rows do not take.
    """
    rows.clear()
    for one in values:
        row = rows.add()
        for name, value in one.items():
            setattr(row, name, parse(row.bl_rna.properties[name], value))


def apply_settings(scene: bpy.types.Scene, settings: dict[str, Any]) -> None:
    """Write values such as {"reconstruct.steps": "20"} to `scene.ada`; text is read as the setting's own type.

    Raises:
        AdaError: no setting has that name, or it does not take that value.
    """
    for path in sorted(settings, key=lambda path: not path.endswith(".preset")):  # A preset before what refines it.
        value = settings[path]
        group_name, _, name = path.partition(".")
        group = getattr(scene.ada, group_name, None)
        if not name or not isinstance(group, bpy.types.PropertyGroup) or name not in group.bl_rna.properties:
            raise AdaError("There is no setting '{name}'. The command 'settings' lists them all", name=path)
        prop = group.bl_rna.properties[name]
        try:
            if prop.type == 'COLLECTION':
                write_rows(getattr(group, name), json.loads(value) if isinstance(value, str) else value)
            else:
                setattr(group, name, parse(prop, value))
        except (TypeError, ValueError, KeyError) as error:
            raise AdaError("'{name}' does not take '{value}'", name=path, value=value) from error


def parse(prop: bpy.types.Property, value: Any) -> Any:
    """A value, which may be text, as a property takes it.

    Raises:
        KeyError, ValueError: it cannot be read as one.
    """
    if getattr(prop, "is_array", False):
        items = value.replace(",", " ").split() if isinstance(value, str) else value
        return [float(item) for item in items]
    if prop.type == 'ENUM' and prop.is_enum_flag:
        return set(value.replace(",", " ").split() if isinstance(value, str) else value)
    if prop.type == 'POINTER':
        if isinstance(value, bpy.types.ID):
            return value
        lists = {"Object": bpy.data.objects, "Image": bpy.data.images, "Text": bpy.data.texts}
        return lists[prop.fixed_type.identifier][value] if value else None
    if not isinstance(value, str):
        return value
    if prop.type == 'BOOLEAN':
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[value.lower()]
    if prop.type in {'INT', 'FLOAT'}:
        return {'INT': int, 'FLOAT': float}[prop.type](value)
    return value


def named(value: Any) -> Any:
    """A value of `read_settings` as JSON can hold it: datablocks by their names."""
    if isinstance(value, bpy.types.ID):
        return value.name
    if isinstance(value, dict):
        return {name: named(one) for name, one in value.items()}
    return tuple(named(one) for one in value) if isinstance(value, tuple) else value


def list_settings(scene: bpy.types.Scene) -> list[dict[str, Any]]:
    """Every setting as name, value and meaning."""
    rows = []
    groups = {
        name: group for name, group in read_settings(scene.ada).items() if isinstance(group, bpy.types.PropertyGroup)
    }
    for group_name, group in groups.items():
        for name, value in read_settings(group).items():
            plain = named(value)
            meaning = group.bl_rna.properties[name].description
            rows.append({"name": f"{group_name}.{name}", "value": plain, "meaning": meaning})
    return rows
