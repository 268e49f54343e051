"""RealityCapture's (RealityScan's) registration as CSV, "Internal/External camera parameters".

Columns: #name, x, y, alt, heading, pitch, roll, f, px, py, k1, k2, k3, k4, t1, t2. Lengths of the lens are those of a
sensor 36 mm long; angles are degrees; x is east, y north, alt up.

Source: Capturing Reality, "RealityCapture XMP Camera Math"; angles as read by nerfstudio's importer.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np

from ...errors import AdaError
from ..cameras import Camera
from ..images import size_of
from .scene import ImportedScene, ImportedView, find_image, pose_of

NEEDED = ("#name", "x", "y", "alt", "heading", "pitch", "roll", "f")


def read(path: Path) -> ImportedScene:
    """Read the registered cameras. The sizes of the photos are not in the file, so the photos must be there.

    Raises:
        AdaError: not such a file, no camera, none of the photos, or a lens model that cannot be used.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise AdaError(
            "'{path}' cannot be read: {reason}. Check the file and its permissions", path=path, reason=error.strerror
        ) from error
    except (csv.Error, UnicodeDecodeError):
        rows = []
    if not rows or any(name not in rows[0] for name in NEEDED):
        raise AdaError(
            "'{path}' is not a CSV file of RealityCapture's cameras. Export Internal/External camera parameters",
            path=path,
        )
    views = []
    for row in rows:
        name = str(row["#name"])
        image = find_image(path.parent, name)
        if image is None:
            continue
        try:
            camera = _camera(path, name, {key: float(row.get(key) or 0.0) for key in KEYS}, size_of(image))
        except ValueError as error:
            raise AdaError(
                "The pose of '{name}' in '{path}' is not made of numbers. Export the cameras again",
                name=name, path=path,
            ) from error  # fmt: skip
        views.append(ImportedView(name, image, camera))
    if not views:
        raise AdaError("None of the photos that '{path}' names is beside it. Put the photos into its folder", path=path)
    middle = np.mean([view.camera.center() for view in views], axis=0)
    if np.abs(middle).max() > 1e4:  # Map coordinates; single precision would lose the centimetres.
        for view in views:
            view.camera.pose[:3, 3] -= np.round(middle)
    return ImportedScene(path, views)


KEYS = ("x", "y", "alt", "heading", "pitch", "roll", "f", "px", "py", "k1", "k2", "k3", "k4", "t1", "t2")


def rotation_of(heading: float, pitch: float, roll: float) -> np.ndarray:
    """Camera to world, OpenGL axes. At 0, 0, 0 the camera looks down and the top of its picture is north.

    Args:
        heading: clockwise from north, degrees.
        pitch: 90 looks at the horizon, degrees.
        roll: about the picture's upward axis, degrees.
    """
    (ca, cb, cc), (sa, sb, sc) = (
        [function(math.radians(angle)) for angle in (-heading, pitch, roll)] for function in (math.cos, math.sin)
    )
    about_z = np.array([[ca, -sa, 0], [sa, ca, 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, cb, -sb], [0, sb, cb]])
    about_y = np.array([[cc, 0, sc], [0, 1, 0], [-sc, 0, cc]])
    return about_z @ about_x @ about_y


def _camera(path: Path, name: str, row: dict[str, float], size: tuple[int, int]) -> Camera:
    if row["k4"]:
        raise AdaError(
            "'{path}' uses the camera model {model}. Undistort the photos to a pinhole camera first",
            path=path, model="Brown4 (k4)",
        )  # fmt: skip
    width, height = size
    scale = max(size) / 36.0
    turn = rotation_of(row["heading"], row["pitch"], row["roll"]) * [1, -1, -1]
    pose = pose_of(path, name, turn, np.array([row["x"], row["y"], row["alt"]]))
    if not row["f"] > 0:
        raise ValueError("no focal length")
    return Camera(
        width, height, row["f"] * scale, row["f"] * scale,
        width / 2 + row["px"] * scale, height / 2 + row["py"] * scale, pose,
        (row["k1"], row["k2"], row["t1"], row["t2"], row["k3"]),
    )  # fmt: skip
