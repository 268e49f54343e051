"""Cameras and points as files that this project, nerfstudio and instant-ngp read."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import AdaError
from ..files import replacing, write_json
from ..nerf.cameras import Camera

WRITTEN_BY = "Ada Forge Cameras"  # Only such a file is replaced without asking.
POINTS = "sparse.ply"


def check_target(path: Path, overwrite: bool) -> None:
    """See whether a transforms file may be written.

    Raises:
        AdaError: there is one that was not made here, and it is not to be replaced.
    """
    if not path.exists() or overwrite:
        return
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        content = None
    if not isinstance(content, dict) or content.get("cameras_by") != WRITTEN_BY:
        raise AdaError("'{path}' was not made here. Choose another folder or Overwrite", path=str(path))


def write_transforms(path: Path, images: list[Path], cameras: list[Camera], points: bool) -> None:
    """Write a transforms.json. Photos are named relative to it, where they are on the same drive.

    Args:
        path: of the file; its folder exists.
        images: the photos.
        cameras: for the photos at full size, one each.
        points: whether `POINTS` lies beside it.

    Raises:
        AdaError: it could not be written.
    """
    lenses = [_lens(camera) for camera in cameras]
    shared = lenses[0] if all(lens == lenses[0] for lens in lenses) else {}
    model = "OPENCV_FISHEYE" if any(camera.fisheye for camera in cameras) else "OPENCV"
    document: dict[str, Any] = {"cameras_by": WRITTEN_BY, "camera_model": model, **shared}
    if points:
        document["ply_file_path"] = POINTS
    document["frames"] = [
        {
            "file_path": _name(image, path.parent),
            **({} if shared else lens),
            "transform_matrix": camera.pose.tolist(),
        }
        for image, camera, lens in zip(images, cameras, lenses)
    ]
    write_json(path, document)


def _lens(camera: Camera) -> dict[str, float]:
    names = ("k1", "k2", "k3", "k4") if camera.fisheye else ("k1", "k2", "p1", "p2", "k3")
    return {
        "w": camera.width, "h": camera.height, "fl_x": camera.fx, "fl_y": camera.fy, "cx": camera.cx, "cy": camera.cy,
        **dict(zip(names, camera.distortion)),
    }  # fmt: skip


def _name(image: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(image, folder)).as_posix()
    except ValueError:  # On another drive of Windows.
        return image.as_posix()


def write_points(path: Path, points: np.ndarray, colors: np.ndarray) -> None:
    """Write a binary PLY file of coloured points.

    Args:
        path: of the file.
        points: (n, 3).
        colors: (n, 3) uint8.

    Raises:
        AdaError: it could not be written.

    Source: Turk, "The PLY Polygon File Format", 1994.
    """
    kind = [("xyz", "<f4", 3), ("rgb", "u1", 3)]
    rows = np.zeros(len(points), kind)
    rows["xyz"], rows["rgb"] = points, colors
    names = [f"property float {axis}" for axis in "xyz"] + [
        f"property uchar {name}" for name in ("red", "green", "blue")
    ]
    header = "\n".join(
        ["ply", "format binary_little_endian 1.0", f"element vertex {len(rows)}", *names, "end_header", ""]
    )
    data = header.encode() + rows.tobytes()
    with replacing(path) as part:
        part.write_bytes(data)
        if part.read_bytes() != data:
            raise OSError("the disk gives back other bytes")
