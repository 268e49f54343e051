"""Layers of an OpenEXR file as arrays: Blender shows them to Python nowhere else."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from .exr import MAGIC, read_header

TYPES = {1: np.dtype("<f2"), 2: np.dtype("<f4")}


def read_layers(path: Path) -> dict[str, np.ndarray]:
    """Every channel of an uncompressed scan-line file.

    Args:
        path: written with the codec 'NONE'.

    Returns:
        (height, width) float32, upper row first, by the channel's name, such as "ViewLayer.Combined.R".

    Raises:
        ValueError: it is another kind of file, or not whole.

    Source: "The OpenEXR File Layout" (openexr.com), sections Channel List and Scan Line Blocks: in each row all
    values of the first channel, then all of the second.
    """
    data = path.read_bytes()
    if len(data) < 8 or struct.unpack_from("<i", data)[0] != MAGIC:
        raise ValueError(f"{path.name} is no OpenEXR file")
    header, at = read_header(data, 8)
    if header["compression"] != b"\0":
        raise ValueError(f"{path.name} is compressed")
    left, low, right, high = struct.unpack("<4i", header["dataWindow"])
    width, height = right - left + 1, high - low + 1
    channels = _channels(header["channels"])
    row = np.dtype([(name, kind, width) for name, kind in channels])
    offsets = struct.unpack_from(f"<{height}Q", data, at)
    if max(offsets) + 8 + row.itemsize > len(data):
        raise ValueError(f"{path.name} is cut off")
    rows = np.stack([np.frombuffer(data, row, 1, offset + 8)[0] for offset in offsets])
    return {name: rows[name].astype(np.float32) for name, _ in channels}


def _channels(packed: bytes) -> list[tuple[str, np.dtype]]:
    """Names and types in the order in which a row holds them."""
    found, at = [], 0
    while packed[at]:
        end = packed.index(b"\0", at)
        (kind,) = struct.unpack_from("<i", packed, end + 1)
        found.append((packed[at:end].decode(), TYPES[kind]))
        at = end + 17
    return found
