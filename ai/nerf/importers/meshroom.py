"""Meshroom's (AliceVision's) SfMData as JSON: cameras.sfm, sfm.json.

Rotations are those of the camera to the world, row by row, with OpenCV's axes. Until version 1.2.0 the principal point
counts from the corner, later from the middle; the focal length is in pixels, later in millimetres.

Source: AliceVision, src/aliceVision/sfmDataIO/jsonIO.cpp and compatibilityData.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import AdaError
from ..cameras import Camera
from .scene import ImportedScene, ImportedView, find_image, pose_of, stand_upright

RADIAL = {"pinhole": 0, "radial1": 1, "radial3": 3, "brown": 5, "fisheye4": 4, "none": 0, "": 0}


def is_meshroom(content: Any) -> bool:
    """Whether a JSON document is SfMData."""
    return isinstance(content, dict) and {"views", "intrinsics"} <= content.keys()


def read(path: Path) -> ImportedScene:
    """Read the views that have a pose.

    Raises:
        AdaError: not such a file, no pose, or a lens model that cannot be used.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        if not is_meshroom(content):
            raise ValueError("no views")
        return _read(path, content)
    except OSError as error:
        raise AdaError(
            "'{path}' cannot be read: {reason}. Check the file and its permissions", path=path, reason=error.strerror
        ) from error
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise AdaError("'{path}' is not an SfM file of Meshroom. Export it again as JSON", path=path) from error


def _read(path: Path, content: dict[str, Any]) -> ImportedScene:
    version = tuple(int(part) for part in content.get("version", (1, 2, 2)))
    poses = {pose["poseId"]: pose["pose"]["transform"] for pose in content.get("poses", ())}
    lenses = {lens["intrinsicId"]: lens for lens in content["intrinsics"]}
    views = []
    for view in content["views"]:
        if view["poseId"] not in poses or view["intrinsicId"] not in lenses:
            continue
        name = str(view["path"])
        transform = poses[view["poseId"]]
        rotation = np.array(transform["rotation"], np.float64).reshape(3, 3)
        pose = pose_of(path, name, rotation, np.array(transform["center"], np.float64))
        camera = _camera(path, lenses[view["intrinsicId"]], version, pose)
        views.append(ImportedView(name, find_image(path.parent, name), camera))
    if not views:
        raise AdaError("'{path}' holds no camera. Export a model with registered images", path=path)
    scene = ImportedScene(path, views)
    landmarks = content.get("structure", ())
    if landmarks:
        scene.points = np.array([point["X"] for point in landmarks], np.float64)
        scene.colors = np.array([point.get("color", (128, 128, 128)) for point in landmarks]).astype(np.uint8)
    stand_upright(scene)
    return scene


def _camera(path: Path, lens: dict[str, Any], version: tuple[int, ...], pose: np.ndarray) -> Camera:
    kind = str(lens.get("distortionType") or lens.get("type") or "").lower()
    kind = {"radialk1": "radial1", "radialk3": "radial3"}.get(kind, kind)
    if kind not in RADIAL:
        raise AdaError(
            "'{path}' uses the camera model {model}. Undistort the photos to a pinhole camera first",
            path=path, model=kind,
        )  # fmt: skip
    width, height = float(lens["width"]), float(lens["height"])
    if "pxFocalLength" in lens:
        focal = lens["pxFocalLength"]
        fx, fy = (float(value) for value in (focal if isinstance(focal, list) else (focal, focal)))
    else:
        fx = float(lens["focalLength"]) / float(lens["sensorWidth"]) * width
        fy = fx * float(lens.get("pixelRatio") or 1.0)
    cx, cy = (float(value) for value in lens["principalPoint"])
    if version >= (1, 2, 1):
        cx, cy = cx + width / 2, cy + height / 2
    terms = [float(value) for value in lens.get("distortionParams") or ()][: RADIAL[kind]]
    k1, k2, k3, p1, p2 = (*terms, *(0.0,) * (5 - len(terms)))
    distortion = (k1, k2, k3, p1, 0.0) if kind == "fisheye4" else (k1, k2, p1, p2, k3)
    return Camera(round(width), round(height), fx, fy, cx, cy, pose, distortion, kind == "fisheye4")
