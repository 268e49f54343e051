"""Agisoft Metashape's cameras, "Export Cameras" as Agisoft XML.

Source: Agisoft Metashape User Manual, appendix "Camera models".
"""

from __future__ import annotations

import math
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from ...errors import AdaError
from ..cameras import Camera
from .scene import ImportedScene, ImportedView, find_image, move, pose_of

EARTH = 1e6  # Metres from the origin beyond which coordinates count as geocentric.


def read(path: Path) -> ImportedScene:
    """Read the aligned cameras; those that were not aligned are left out.

    The transform of each component, which holds scale and georeference, is applied. Geocentric coordinates become
    metres east, north and up of the cameras' middle.

    Raises:
        AdaError: not such a file, no aligned camera, or a lens model that cannot be used.
    """
    try:
        root = ElementTree.fromstring(path.read_bytes())
        return _read(path, root)
    except OSError as error:
        raise AdaError(
            "'{path}' cannot be read: {reason}. Check the file and its permissions", path=path, reason=error.strerror
        ) from error
    except (ElementTree.ParseError, ValueError, AttributeError, TypeError, KeyError) as error:
        raise AdaError(
            "'{path}' is not an XML file of Metashape's cameras. Export the cameras again", path=path
        ) from error


def _read(path: Path, root: ElementTree.Element) -> ImportedScene:
    lenses = {sensor.attrib["id"]: sensor for sensor in root.iter("sensor")}
    parts = {part.attrib["id"]: _transform(part) for part in root.iter("component")}
    views = []
    for element in root.iter("camera"):
        matrix = element.find("transform")
        if matrix is None:
            continue
        name = element.attrib["label"]
        pose = np.array(str(matrix.text).split(), np.float64).reshape(4, 4)
        rotation, shift, scale = parts.get(element.attrib.get("component_id", ""), (np.eye(3), np.zeros(3), 1.0))
        rotated = pose_of(path, name, rotation @ pose[:3, :3], scale * rotation @ pose[:3, 3] + shift)
        sensor = lenses[element.attrib["sensor_id"]]
        views.append(ImportedView(name, find_image(path.parent, name), _camera(path, sensor, rotated)))
    if not views:
        raise AdaError("'{path}' holds no aligned camera. Align the photos and export the cameras again", path=path)
    scene = ImportedScene(path, views)
    _to_ground(scene)
    return scene


def _transform(part: ElementTree.Element) -> tuple[np.ndarray, np.ndarray, float]:
    transform = part.find("transform")
    rotation, shift, scale = (
        transform.find(name) if transform is not None else None for name in ("rotation", "translation", "scale")
    )
    return (
        np.eye(3) if rotation is None else np.array(str(rotation.text).split(), np.float64).reshape(3, 3),
        np.zeros(3) if shift is None else np.array(str(shift.text).split(), np.float64),
        1.0 if scale is None else float(str(scale.text)),
    )


def _camera(path: Path, sensor: ElementTree.Element, pose: np.ndarray) -> Camera:
    found = sensor.findall("calibration")
    calibration = next((one for one in found if one.get("class") == "adjusted"), found[-1] if found else None)
    resolution = sensor.find("resolution")
    if calibration is None or resolution is None:
        raise ValueError("no calibration")

    def value(name: str) -> float:
        element = calibration.find(name)
        return 0.0 if element is None else float(str(element.text))

    width, height = int(resolution.attrib["width"]), int(resolution.attrib["height"])
    kind = calibration.get("type", sensor.get("type", "frame"))
    fisheye = kind in {"fisheye", "equidistant_fisheye"}
    if kind not in {"frame", "fisheye", "equidistant_fisheye"} or (
        any(value(name) for name in ("p1", "p2")) if fisheye else value("k4")
    ):
        raise AdaError(
            "'{path}' uses the camera model {model}. Undistort the photos to a pinhole camera first",
            path=path, model=f"{kind} (p1, p2)" if fisheye else f"{kind} (k4)" if value("k4") else kind,
        )  # fmt: skip
    k1, k2, k3 = value("k1"), value("k2"), value("k3")
    # Metashape's first tangential term stretches x, OpenCV's the second.
    terms = (k1, k2, k3, value("k4"), 0.0) if fisheye else (k1, k2, value("p2"), value("p1"), k3)
    focal = value("f")
    return Camera(
        width, height, focal + value("b1"), focal, width / 2 + value("cx"), height / 2 + value("cy"), pose, terms,
        fisheye,
    )  # fmt: skip


def _to_ground(scene: ImportedScene) -> None:
    """Geocentric coordinates to metres east, north and up; up is away from the Earth's centre (within 0.2 degrees)."""
    middle = np.mean([view.camera.center() for view in scene.views], axis=0)
    distance = float(np.linalg.norm(middle))
    if distance < EARTH:
        return
    up = middle / distance
    east = np.array([-up[1], up[0], 0.0]) / max(math.hypot(up[0], up[1]), 1e-9)
    turn = np.stack([east, np.cross(up, east), up])
    move(scene, turn, -turn @ middle)
