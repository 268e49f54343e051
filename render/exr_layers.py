"""Layers of an OpenEXR file as arrays: Blender shows them to Python nowhere else."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from .exr import MAGIC, Part, read_parts


def read_layers(path: Path) -> dict[str, np.ndarray]:
    """Every channel of an uncompressed scan-line file, of one part or of many.

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
    try:
        parts = read_parts(data)
        if any(part.compression for part in parts):
            raise ValueError(f"{path.name} is compressed")
        return {name: values for part in parts for name, values in _read_part(data, part).items()}
    except (struct.error, KeyError, IndexError) as error:
        raise ValueError(f"{path.name} is cut off") from error


def _read_part(data: bytes, part: Part) -> dict[str, np.ndarray]:
    row = np.dtype([(name, kind, part.width) for name, kind in part.channels])
    rows = np.zeros(part.height, row)
    for number, _, body in part.chunks(data):
        rows[number] = np.frombuffer(body, row, 1)[0]
    return {name: rows[name].astype(np.float32) for name, _ in part.channels}
