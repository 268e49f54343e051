"""The one store of settings, `scene.ada`, and what reads and writes it by name."""

from __future__ import annotations

import json
from typing import Any

import bpy
from bpy.props import (
    PointerProperty,
    StringProperty,
)

from ..ai.errors import AdaError
from ..ai.nerf.settings import PRESETS
from . import model_properties, texture_adapter_properties
from .camera_properties import ADA_PG_cameras, ADA_PG_masks
from .card_properties import ADA_PG_card
from .field_properties import ADA_PG_field
from .reconstruct_properties import ADA_PG_capture, ADA_PG_reconstruct
from .render_properties import ADA_PG_render
from .texture_batch_properties import ADA_PG_texture_batch
from .texture_maps_properties import ADA_PG_texture_maps, ADA_PG_texture_repair
from .texture_properties import ADA_PG_texture, ADA_PG_texture_output, ADA_PG_texture_upscale, ADA_PG_texture_vary
from .texture_recipe import ADA_PG_recipe

ROOT = __package__.rpartition(".")[0]


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
    texture_maps: PointerProperty(type=ADA_PG_texture_maps)
    texture_repair: PointerProperty(type=ADA_PG_texture_repair)
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
    ADA_PG_texture_maps,
    ADA_PG_texture_repair,
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
