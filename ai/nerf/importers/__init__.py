"""Readers of what other programs write: COLMAP, Metashape, RealityCapture, Meshroom. One file for each format.

nerfstudio's and instant-ngp's transforms.json is this project's own format; `ai/nerf/dataset.py` reads it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from ...errors import AdaError
from . import colmap, meshroom, metashape, realitycapture
from .scene import ImportedScene, ImportedView, check_sides

__all__ = ["ImportedScene", "ImportedView", "find", "read", "reader_of"]

BY_SUFFIX: dict[str, Callable[[Path], ImportedScene]] = {
    ".bin": colmap.read,
    ".txt": colmap.read,
    ".xml": metashape.read,
    ".csv": realitycapture.read,
    ".sfm": meshroom.read,
}
GLOB = "*.json;*.bin;*.txt;*.xml;*.csv;*.sfm"  # What a file browser offers.


def find(folder: Path) -> Path | None:
    """The file with camera poses in a folder, or None. A transforms.json does not count.

    Raises:
        AdaError: there are several.
    """
    model = colmap.find(folder)
    if model is not None:
        return model
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in {".xml", ".csv", ".sfm"})
    if len(found) > 1:
        raise AdaError("The folder '{path}' holds several files of cameras. Choose one of them", path=folder)
    return found[0] if found else None


def reader_of(path: Path) -> Callable[[Path], ImportedScene] | None:
    """The function that reads a file, or None for a transforms.json and what is none of these formats."""
    if path.suffix.lower() == ".json":
        try:
            return meshroom.read if meshroom.is_meshroom(json.loads(path.read_text(encoding="utf-8-sig"))) else None
        except (OSError, ValueError):
            return None  # Whoever reads it as a transforms.json says what is wrong.
    return BY_SUFFIX.get(path.suffix.lower())


def read(path: Path) -> ImportedScene:
    """Read a file of another program.

    Raises:
        AdaError: it cannot be read; the sentence says why and what to do.
    """
    reader = reader_of(path)
    if reader is None:
        raise AdaError(
            "'{path}' is not a file of cameras. Choose COLMAP's images.bin or images.txt, Metashape's XML, "
            "RealityCapture's CSV, Meshroom's SfM or a transforms.json",
            path=path,
        )
    scene = reader(path)
    check_sides(scene)
    return scene
