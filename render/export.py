"""Writes results to files that are whole or not there at all."""

from __future__ import annotations

import json
import os
import struct
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import bpy

from ..ai.errors import AdaError
from ..ai.files import reason, replacing

JSON_CHUNK, BINARY_CHUNK = 0x4E4F534A, 0x004E4942


def export_glb(objects: Sequence[bpy.types.Object], path: Path) -> None:
    """Write objects, with modifiers, materials and vertex colours, as binary glTF 2.0.

    The exporter works on a scene, so it gets one with just these objects: the user's selection stays as it is.

    Raises:
        AdaError: Blender's exporter is off, or the file could not be written.
    """
    if "gltf" not in dir(bpy.ops.export_scene):
        raise AdaError("Blender's glTF exporter is off. Enable the add-on 'glTF 2.0 format' in Preferences > Add-ons")
    with _stage(objects), replacing(path) as part:
        bpy.ops.export_scene.gltf(
            filepath=str(part), export_format='GLB', use_active_scene=True, export_apply=True, export_yup=True
        )
        _require(is_whole_glb(part), path)


def export_obj(objects: Sequence[bpy.types.Object], path: Path) -> None:
    """Write objects as Wavefront OBJ with its .mtl; textures that are packed become PNG files beside it.

    Raises:
        AdaError: the files could not be written; none of them is replaced then.
    """
    faces = 0
    with _stage(objects) as stage, _folder_beside(path) as folder, _unpacked(objects, folder):
        draft = folder / path.name
        for obj in objects:
            faces += len(obj.evaluated_get(stage.view_layers[0].depsgraph).data.polygons)
        bpy.ops.wm.obj_export(
            filepath=str(draft), path_mode='STRIP', export_pbr_extensions=True, export_colors=True
        )  # fmt: skip
        lines = draft.read_text(encoding="utf-8").splitlines() if draft.is_file() else []
        _require(sum(line.startswith("f ") for line in lines) == faces, path)
        for part in sorted(folder.iterdir()):
            os.replace(part, path.with_name(part.name))


def export_ply(objects: Sequence[bpy.types.Object], path: Path) -> None:
    """Write objects as one binary PLY with vertex colours (sRGB), normals and UVs.

    Raises:
        AdaError: the file could not be written.
    """
    with _stage(objects) as stage, replacing(path) as part:
        depsgraph = stage.view_layers[0].depsgraph
        faces = sum(len(obj.evaluated_get(depsgraph).data.polygons) for obj in objects)
        bpy.ops.wm.ply_export(filepath=str(part), export_colors='SRGB', export_uv=True, export_normals=True)
        _require(ply_faces(part) == faces, path)


def ply_faces(path: Path) -> int | None:
    """The faces that a binary PLY file holds; None where it is cut off.

    Source: Turk, "The PLY Polygon File Format", 1994: vertices of fixed size, then a count and 4-byte numbers a face.
    """
    data = path.read_bytes() if path.is_file() else b""
    head, mark, body = data.partition(b"end_header\n")
    lines = [line.split() for line in head.decode("ascii", "replace").splitlines()]
    counts = {line[1]: int(line[2]) for line in lines if line[:1] == ["element"]}
    if not mark or set(counts) != {"vertex", "face"}:
        return None
    sizes = {"float": 4, "uchar": 1, "int": 4, "uint": 4}
    at = counts["vertex"] * sum(sizes[line[1]] for line in lines if line[:1] == ["property"] and line[1] != "list")
    for _ in range(counts["face"]):
        if at >= len(body):
            return None
        at += 1 + 4 * body[at]
    return counts["face"] if at == len(body) else None


@contextmanager
def _stage(objects: Sequence[bpy.types.Object]) -> Iterator[bpy.types.Scene]:
    """A scene with just these objects, in which the exporters work."""
    stage = bpy.data.scenes.new("Ada Export")
    try:
        for obj in objects:
            stage.collection.objects.link(obj)
        stage.view_layers[0].update()
        with bpy.context.temp_override(scene=stage, view_layer=stage.view_layers[0]):
            yield stage
    finally:
        bpy.data.scenes.remove(stage)


@contextmanager
def _folder_beside(path: Path) -> Iterator[Path]:
    if not path.parent.is_dir():
        raise AdaError("The folder '{folder}' does not exist. Choose another one", folder=str(path.parent))
    try:
        with tempfile.TemporaryDirectory(prefix=".ada-", dir=path.parent) as folder:
            yield Path(folder)
    except (OSError, RuntimeError) as error:
        raise AdaError("'{file}' could not be written: {reason}", file=str(path), reason=reason(error)) from error


@contextmanager
def _unpacked(objects: Sequence[bpy.types.Object], folder: Path) -> Iterator[None]:
    """Packed images of the objects' materials as PNG files; their paths in the file are as before at the end."""
    nodes = [
        node
        for obj in objects
        for material in obj.data.materials
        if material is not None and material.node_tree is not None
        for node in material.node_tree.nodes
        if node.type == 'TEX_IMAGE' and node.image is not None and node.image.packed_file is not None
    ]
    before = {node.image: node.image.filepath_raw for node in nodes}
    try:
        for image in before:
            target = folder / f"{bpy.path.clean_name(image.name)}.png"
            image.save(filepath=str(target))
            image.filepath_raw = str(target)
        yield
    finally:
        for image, path in before.items():
            image.filepath_raw = path


def _require(whole: bool, path: Path) -> None:
    if not whole:
        raise AdaError("'{file}' was not written completely. Free some disk space and try again", file=str(path))


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
        _require(not missing, path)
