"""OpenEXR files: is every chunk there that the header promises, and does it decode?"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import bpy

MAGIC = 20000630
TILED, DEEP, MULTIPART = 0x200, 0x800, 0x1000  # Of the version field.
LINES = {0: 1, 1: 1, 2: 1, 3: 16, 4: 32, 5: 16, 6: 32, 7: 32, 8: 32, 9: 256}  # Rows in a chunk, by compression.
ZIPPED = {2, 3}


def exr_size(path: Path) -> tuple[int, int] | None:
    """Width and height of a scan-line OpenEXR file in pixels; None unless it is whole.

    Every chunk that the header promises must lie inside the file, what is zipped must unzip, and Blender must read it.

    Source: "The OpenEXR File Layout" (openexr.com), sections Header, Line Offset Table and Scan Line Blocks.
    """
    size = _structure_size(path)
    return size if size is not None and _decodes(path, *size) else None


def _structure_size(path: Path) -> tuple[int, int] | None:
    """The size of the picture, if all its chunks lie inside the file."""
    data = path.read_bytes() if path.is_file() else b""
    try:
        magic, version = struct.unpack_from("<iI", data)
        if magic != MAGIC or version & (TILED | DEEP | MULTIPART):
            return None
        header, at = read_header(data, 8)
        left, low, right, high = struct.unpack("<4i", header["dataWindow"])
        rows = high - low + 1
        chunks = -(-rows // LINES[header["compression"][0]])
        for offset in struct.unpack_from(f"<{chunks}Q", data, at):
            row, length = struct.unpack_from("<ii", data, offset)
            body = data[offset + 8 : offset + 8 + length]
            if not low <= row <= high or len(body) != length:
                return None
            if header["compression"][0] in ZIPPED and body[:1] == b"\x78":  # What does not shrink is stored as it is.
                zlib.decompress(body)
    except (struct.error, KeyError, ValueError, IndexError, zlib.error):
        return None
    return right - left + 1, rows


def read_header(data: bytes, at: int) -> tuple[dict[str, bytes], int]:
    """The header's attributes, and where what follows begins."""
    header = {}
    while data[at]:
        end = data.index(b"\0", at)
        kind_end = data.index(b"\0", end + 1)
        (length,) = struct.unpack_from("<i", data, kind_end + 1)
        header[data[at:end].decode()] = data[kind_end + 5 : kind_end + 5 + length]
        at = kind_end + 5 + length
    return header, at + 1


def _decodes(path: Path, width: int, height: int) -> bool:
    """Whether Blender reads it. Of layers it tells no size before they are shown, only that they are layers."""
    image = bpy.data.images.load(str(path), check_existing=False)
    try:
        return tuple(image.size) == (width, height) or image.type == 'MULTILAYER'
    finally:
        bpy.data.images.remove(image)
