"""OpenEXR files of 32-bit floats, written whole or not at all. Standard library and NumPy."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from .files import replacing

ROWS = 16  # In a chunk.
ZIP = 3


def write_exr(path: Path, channels: Mapping[str, np.ndarray]) -> None:
    """Write a scan-line file; Blender shows channels named Layer.Pass.X as layers and passes.

    Args:
        path: the file.
        channels: (h, w) each, upper row first, by name.

    Raises:
        AdaError: the file could not be written; what stood there before is untouched.

    Source: "The OpenEXR File Layout" and "Technical Introduction" (openexr.com): in a chunk all values of a row's
    first channel by name, then of the second; ZIP puts the even bytes before the odd ones and takes differences.
    """
    names = sorted(channels)
    rows = np.stack([channels[name].astype("<f4") for name in names], 1)  # (h, channels, w).
    height, _, width = rows.shape
    chunks = [_compress(rows[top : top + ROWS].tobytes()) for top in range(0, height, ROWS)]
    header = _header(names, width, height)
    offset, table = len(header) + 8 * len(chunks), b""
    for chunk in chunks:
        table += struct.pack("<Q", offset)
        offset += 8 + len(chunk)
    body = [struct.pack("<ii", ROWS * number, len(chunk)) + chunk for number, chunk in enumerate(chunks)]
    data = b"".join([header, table, *body])
    with replacing(path) as part:
        part.write_bytes(data)
        if part.read_bytes() != data:
            raise OSError("the disk gives back other bytes")


def _header(names: list[str], width: int, height: int) -> bytes:
    window = struct.pack("<4i", 0, 0, width - 1, height - 1)
    listed = b"".join(name.encode() + b"\0" + struct.pack("<iB3xii", 2, 0, 1, 1) for name in names) + b"\0"
    attributes = [
        ("channels", "chlist", listed),
        ("compression", "compression", bytes([ZIP])),
        ("dataWindow", "box2i", window),
        ("displayWindow", "box2i", window),
        ("lineOrder", "lineOrder", b"\0"),
        ("pixelAspectRatio", "float", struct.pack("<f", 1.0)),
        ("screenWindowCenter", "v2f", struct.pack("<2f", 0.0, 0.0)),
        ("screenWindowWidth", "float", struct.pack("<f", 1.0)),
    ]
    if any("." in name for name in names):
        attributes.append(("BlenderMultiChannel", "string", b"Blender V2.55.1 and newer"))
    long_names = any(len(name) > 31 for name in names)
    packed = struct.pack("<ii", 20000630, 2 | (0x400 if long_names else 0))
    for name, kind, value in attributes:
        packed += name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<i", len(value)) + value
    return packed + b"\0"


def _compress(raw: bytes) -> bytes:
    values = np.frombuffer(raw, np.uint8)
    parted = np.concatenate([values[::2], values[1::2]]).astype(np.int16)
    parted[1:] = np.diff(parted) + 128
    packed = zlib.compress((parted & 255).astype(np.uint8).tobytes(), 4)
    return packed if len(packed) < len(raw) else raw
