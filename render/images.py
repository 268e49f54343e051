"""Picture files: Blender says "Saved" on a full disk, so what was written is decoded again."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import bpy
import numpy as np

from ..ai.errors import AdaError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}  # Of PNG's colour types.


def verify_png(path: Path, width: int, height: int) -> None:
    """Decode a PNG file as far as its checksums and its compressed data go.

    Args:
        path: the file.
        width: what it must have, in pixels.
        height: likewise.

    Raises:
        AdaError: the file is missing, incomplete, damaged or of another size.

    Source: W3C, "Portable Network Graphics (PNG) Specification", sec. 5.3 (chunks) and 9.2 (rows begin with a byte).
    """
    if _png_size(path) != (width, height):
        raise AdaError("'{file}' was not written completely. Free some disk space and start again", file=str(path))


def _png_size(path: Path) -> tuple[int, int] | None:
    """The size of a whole and sound PNG, in pixels."""
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
    part = path.with_name(f".{path.stem}-part.png")
    render, settings = scene.render, scene.render.image_settings
    before = render.filepath, settings.file_format, settings.color_mode, settings.color_depth
    size = tuple(side * render.resolution_percentage // 100 for side in (render.resolution_x, render.resolution_y))
    try:
        render.filepath = str(part)
        settings.file_format, settings.color_mode, settings.color_depth = 'PNG', 'RGBA', '8'
        bpy.ops.render.render(write_still=True, scene=scene.name)
        verify_png(part, *size)
        os.replace(part, path)
    finally:
        render.filepath, settings.file_format, settings.color_mode, settings.color_depth = before
        part.unlink(missing_ok=True)
