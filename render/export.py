"""Writes results to files that are whole or not there at all."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path

import bpy

from ..ai.errors import AdaError
from ..ai.files import replacing

JSON_CHUNK, BINARY_CHUNK = 0x4E4F534A, 0x004E4942


def export_glb(objects: Sequence[bpy.types.Object], path: Path) -> None:
    """Write objects, with modifiers, materials and vertex colours, as binary glTF 2.0.

    The exporter works on a scene, so it gets one with just these objects: the user's selection stays as it is.

    Raises:
        AdaError: Blender's exporter is off, or the file could not be written.
    """
    if "gltf" not in dir(bpy.ops.export_scene):
        raise AdaError("Blender's glTF exporter is off. Enable the add-on 'glTF 2.0 format' in Preferences > Add-ons")
    stage = bpy.data.scenes.new("Ada Export")
    try:
        for obj in objects:
            stage.collection.objects.link(obj)
        stage.view_layers[0].update()
        with replacing(path) as part, bpy.context.temp_override(scene=stage, view_layer=stage.view_layers[0]):
            bpy.ops.export_scene.gltf(
                filepath=str(part), export_format='GLB', use_active_scene=True, export_apply=True, export_yup=True
            )
            if not is_whole_glb(part):
                raise AdaError(
                    "'{file}' was not written completely. Free some disk space and try again", file=str(path)
                )
    finally:
        bpy.data.scenes.remove(stage)


def is_whole_glb(path: Path) -> bool:
    """Whether a file is a GLB that holds a mesh and all the bytes which its JSON speaks of.

    Source: Khronos, "glTF 2.0 Specification", sec. 4.4 (binary glTF layout).
    """
    data = path.read_bytes() if path.is_file() else b""
    if len(data) < 20 or struct.unpack_from("<4sII", data) != (b"glTF", 2, len(data)):
        return False
    length, kind = struct.unpack_from("<II", data, 12)
    after = 20 + length
    if kind != JSON_CHUNK or after + 8 > len(data):
        return False
    content = json.loads(data[20:after])
    size, kind = struct.unpack_from("<II", data, after)
    ends = [view.get("byteOffset", 0) + view["byteLength"] for view in content.get("bufferViews", [])]
    return kind == BINARY_CHUNK and after + 8 + size == len(data) and bool(content.get("meshes")) and max(ends) <= size


def save_blend_copy(path: Path) -> None:
    """Save the open file under another name; the open file keeps its own.

    Raises:
        AdaError: the file could not be written.
    """
    with replacing(path) as part:
        bpy.ops.wm.save_as_mainfile(filepath=str(part), copy=True, check_existing=False)
        # A .blend ends with the description of its structures: what was cut off does not open.
        with bpy.data.libraries.load(str(part)) as (found, _):
            missing = {scene.name for scene in bpy.data.scenes} - set(found.scenes)
            missing |= {obj.name for obj in bpy.data.objects if obj.library is None and obj.users} - set(found.objects)
        if missing:
            raise AdaError("'{file}' was not written completely. Free some disk space and try again", file=str(path))
