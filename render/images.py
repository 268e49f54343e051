"""Picture files: Blender says "Saved" on a full disk, so what was written is decoded again."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import bpy
import numpy as np

from ..ai.errors import AdaError
from ..ai.files import reason, replacing

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}  # Of PNG's colour types.


def write_still(scene: bpy.types.Scene, path: Path, final: Path | None = None) -> None:
    """Render a scene's camera with its own settings into a PNG file and see whether it is whole.

    Args:
        scene: its output settings are for PNG; its output path is overwritten.
        path: of the file.
        final: the name it will have later, for messages.

    Raises:
        AdaError: Blender could not render, or the file is incomplete.
    """
    render = scene.render
    render.filepath = str(path)
    render_still(scene)
    scale = render.resolution_percentage
    size = render.resolution_x * scale // 100, render.resolution_y * scale // 100
    if png_size(path) != size:
        name = str(final or path)
        raise AdaError("'{file}' was not written completely. Free some disk space and start again", file=name)


def render_still(scene: bpy.types.Scene) -> None:
    """Render a scene's camera at its own frame into the file its output settings name.

    Raises:
        AdaError: Blender could not render.
    """
    try:
        # The operator gives the scene it is told to render the frame of the context's scene.
        with bpy.context.temp_override(scene=scene):
            bpy.ops.render.render(write_still=True, scene=scene.name)
    except RuntimeError as error:
        raise AdaError("Blender could not render: {reason}", reason=reason(error)) from error


def png_size(path: Path) -> tuple[int, int] | None:
    """Width and height of a PNG file in pixels; None unless it is whole, as far as its checksums and data tell.

    Source: W3C, "Portable Network Graphics (PNG) Specification", sec. 5.3 (chunks) and 9.2 (rows begin with a byte).
    """
    data = path.read_bytes() if path.is_file() else b""
    if not data.startswith(SIGNATURE):
        return None
    size, row, kind, packed, at = (0, 0), 0, b"", b"", len(SIGNATURE)
    while at + 12 <= len(data) and kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        checksum = data[at + 8 + length : at + 12 + length]
        if checksum != struct.pack(">I", zlib.crc32(kind + body)):
            return None
        if kind == b"IHDR":
            width, height, depth, color = struct.unpack_from(">IIBB", body)
            size, row = (width, height), (width * depth * CHANNELS.get(color, 1) + 7) // 8
        elif kind == b"IDAT":
            packed += body
        at += 12 + length
    if kind != b"IEND":
        return None
    try:
        pixels = zlib.decompress(packed)
    except zlib.error:
        return None
    return size if len(pixels) == size[1] * (row + 1) else None


def read_pixels(path: Path) -> np.ndarray:
    """The picture as Blender decodes it: (height, width, 4) float32, upper row first, straight alpha, as stored."""
    image = bpy.data.images.load(str(path), check_existing=False)
    try:
        image.alpha_mode = 'CHANNEL_PACKED'
        pixels = np.empty(image.size[0] * image.size[1] * 4, dtype=np.float32)
        image.pixels.foreach_get(pixels)
        return pixels.reshape(image.size[1], image.size[0], 4)[::-1]
    finally:
        bpy.data.images.remove(image)


def render_png(scene: bpy.types.Scene, path: Path) -> None:
    """Render a scene's camera with its own settings into an 8-bit PNG file; it appears whole or not at all.

    Raises:
        AdaError: the file could not be written.
    """
    render, settings = scene.render, scene.render.image_settings
    before = render.filepath, settings.file_format, settings.color_mode, settings.color_depth
    try:
        settings.file_format, settings.color_mode, settings.color_depth = 'PNG', 'RGBA', '8'
        with replacing(path) as part:
            write_still(scene, part, path)
    finally:
        render.filepath, settings.file_format, settings.color_mode, settings.color_depth = before
