"""OpenEXR files: is every chunk there that the header promises, and does it decode?"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ..ai.image_header import read_exr_attributes

MAGIC = 20000630
TILED, DEEP, MULTIPART = 0x200, 0x800, 0x1000  # Of the version field.
LINES = {0: 1, 1: 1, 2: 1, 3: 16, 4: 32, 5: 16, 6: 32, 7: 32, 8: 32, 9: 256}  # Rows in a chunk, by compression.
ZIPPED = {2, 3}
TYPES = {0: np.dtype("<u4"), 1: np.dtype("<f2"), 2: np.dtype("<f4")}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file with many, or all of a file with one."""

    window: tuple[int, int, int, int]  # Of the data: left, first row, right, last row, in pixels.
    compression: int
    channels: tuple[tuple[str, np.dtype], ...]  # In the order in which a row holds them.
    offsets: tuple[int, ...]  # Where the chunks begin.
    prefix: int  # Bytes of the part's number before each chunk.

    @property
    def width(self) -> int:
        return self.window[2] - self.window[0] + 1

    @property
    def height(self) -> int:
        return self.window[3] - self.window[1] + 1

    def chunks(self, data: bytes) -> Iterator[tuple[int, int, bytes]]:
        """The first row of each chunk, counted from 0, its number of rows, and its bytes.

        Raises:
            ValueError: a chunk does not lie inside the file, or belongs to no row.
        """
        lines = LINES[self.compression]
        for offset in self.offsets:
            row, length = struct.unpack_from("<ii", data, offset + self.prefix)
            start = offset + self.prefix + 8
            row -= self.window[1]
            if not 0 <= row < self.height or length < 0 or start + length > len(data):
                raise ValueError("A chunk of the file is cut off")
            yield row, min(lines, self.height - row), data[start : start + length]


def read_parts(data: bytes) -> list[Part]:
    """The parts of a file of scan lines. Blender 5.2 writes one for each pass, unless told to interleave them.

    Raises:
        ValueError, KeyError, IndexError, struct.error: it is another kind of file, or cut off.

    Source: "The OpenEXR File Layout" (openexr.com), sections Header, Multi-Part and Offset Tables.
    """
    magic, version = struct.unpack_from("<iI", data)
    if magic != MAGIC or version & (TILED | DEEP):
        raise ValueError("No OpenEXR file of scan lines")
    several = bool(version & MULTIPART)
    header, at = read_exr_attributes(data, 8)
    headers = [header]
    while several and data[at]:
        header, at = read_exr_attributes(data, at)
        headers.append(header)
    at += several
    parts = []
    for header in headers:
        window = struct.unpack("<4i", header["dataWindow"])
        compression = header["compression"][0]
        count = -(-(window[3] - window[1] + 1) // LINES[compression])
        if several and struct.unpack("<i", header["chunkCount"])[0] != count:
            raise ValueError("The header contradicts itself")
        offsets = struct.unpack_from(f"<{count}Q", data, at)
        at += 8 * count
        parts.append(Part(window, compression, _channels(header["channels"]), offsets, 4 if several else 0))
    return parts


def exr_size(path: Path) -> tuple[int, int] | None:
    """Width and height of a scan-line OpenEXR file in pixels; None unless it is whole.

    Every chunk that the headers promise must lie inside the file, what is zipped must unzip, and Blender must read it.

    Source: "The OpenEXR File Layout" (openexr.com), sections Header, Line Offset Table and Scan Line Blocks.
    """
    size = _structure_size(path)
    return size if size is not None and _decodes(path, *size) else None


def _structure_size(path: Path) -> tuple[int, int] | None:
    """The size of the picture, if all its chunks lie inside the file."""
    data = path.read_bytes() if path.is_file() else b""
    try:
        parts = read_parts(data)
        for part in parts:
            line = part.width * sum(kind.itemsize for _, kind in part.channels)
            for _row, rows, body in part.chunks(data):
                # What does not shrink is stored as it is.
                zipped = part.compression in ZIPPED and len(body) != line * rows
                if zipped and len(zlib.decompress(body)) != line * rows:
                    return None
    except (struct.error, KeyError, ValueError, IndexError, zlib.error):
        return None
    sizes = {(part.width, part.height) for part in parts}
    return sizes.pop() if len(sizes) == 1 else None


def _channels(packed: bytes) -> tuple[tuple[str, np.dtype], ...]:
    found, at = [], 0
    while packed[at]:
        end = packed.index(b"\0", at)
        (kind,) = struct.unpack_from("<i", packed, end + 1)
        found.append((packed[at:end].decode(), TYPES[kind]))
        at = end + 17
    return tuple(found)


def _decodes(path: Path, width: int, height: int) -> bool:
    """Whether Blender reads it. Of layers it tells no size before they are shown, only that they are layers."""
    image = bpy.data.images.load(str(path), check_existing=False)
    try:
        return tuple(image.size) == (width, height) or image.type == 'MULTILAYER'
    finally:
        bpy.data.images.remove(image)
