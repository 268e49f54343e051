"""A NeRF-synthetic dataset on disk: a folder that appears whole or not at all."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from ..ai.errors import AdaError

GENERATOR = "Ada Forge"  # Written into transforms.json: only such a folder may be overwritten.


def check_folder(folder: Path, overwrite: bool) -> None:
    """See whether a dataset may be written there.

    Raises:
        AdaError: the folder holds something that is not to be overwritten.
    """
    if folder.exists() and not folder.is_dir():
        raise AdaError("'{folder}' is a file. Choose another folder", folder=str(folder))
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    if not _is_own(folder):
        raise AdaError("'{folder}' holds other files. Choose an empty folder", folder=str(folder))
    if not overwrite:
        raise AdaError("'{folder}' holds a dataset already. Choose another folder or Overwrite", folder=str(folder))


def open_folder(folder: Path) -> Path:
    """Make the folder to write into first, beside the final one.

    Raises:
        AdaError: nothing can be written there.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise AdaError(
            "Cannot write to '{folder}': {reason}. Choose another folder", folder=str(folder), reason=error.strerror
        ) from error


def publish(temporary: Path, folder: Path, overwrite: bool) -> None:
    """Rename the finished folder to its final name.

    Raises:
        AdaError: the folder has been filled by someone else in the meantime.
    """
    check_folder(folder, overwrite)
    temporary.chmod(0o755)  # mkdtemp makes it private.
    if not folder.exists():
        temporary.rename(folder)
        return
    replaced = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent)) / "replaced"
    folder.rename(replaced)
    try:
        temporary.rename(folder)
    except OSError:
        replaced.rename(folder)
        raise
    finally:
        shutil.rmtree(replaced.parent)


def write_transforms(
    folder: Path, poses: dict[str, list[np.ndarray]], resolution: int, field_of_view: float, sphere: tuple[Any, float]
) -> None:
    """Write transforms_train.json, transforms_test.json and both together as transforms.json.

    Args:
        folder: where the folders train/ and test/ are.
        poses: by "train" and "test": camera-to-world matrices (4, 4) of r_0.png, r_1.png, …
        resolution: width and height in pixels.
        field_of_view: horizontal, in degrees.
        sphere: centre (3,) and radius of what was captured, in scene units.

    Raises:
        AdaError: a file could not be written.
    """
    focal = 0.5 * resolution / math.tan(math.radians(field_of_view) / 2.0)
    shared = {
        "camera_angle_x": math.radians(field_of_view),
        "camera_model": "PINHOLE",
        "w": resolution,
        "h": resolution,
        "fl_x": focal,
        "fl_y": focal,
        "cx": resolution / 2.0,
        "cy": resolution / 2.0,
    }
    names = {split: [f"{split}/r_{index}" for index in range(len(poses[split]))] for split in poses}
    for split in poses:
        frames = [_frame(f"./{name}", pose) for name, pose in zip(names[split], poses[split])]
        _write_json(folder / f"transforms_{split}.json", {**shared, "frames": frames})
    frames = [_frame(f"{name}.png", pose) for split in poses for name, pose in zip(names[split], poses[split])]
    lists = {f"{split}_filenames": [f"{name}.png" for name in names[split]] for split in poses}
    whole = {
        "generator": GENERATOR,
        **shared,
        "sphere_center": [float(value) for value in sphere[0]],
        "sphere_radius": sphere[1],
        **lists,
        "frames": frames,
    }
    _write_json(folder / "transforms.json", whole)


def _frame(path: str, pose: np.ndarray) -> dict[str, object]:
    return {"file_path": path, "transform_matrix": pose.tolist()}


def _write_json(path: Path, content: dict[str, object]) -> None:
    try:
        path.write_text(json.dumps(content, indent=1), encoding="utf-8")
    except OSError as error:
        raise AdaError("'{file}' could not be written: {reason}", file=str(path), reason=error.strerror) from error


def _is_own(folder: Path) -> bool:
    try:
        content = json.loads((folder / "transforms.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.get("generator") == GENERATOR
