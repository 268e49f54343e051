"""What every reader returns: cameras in Blender's world, the photos they belong to, and sparse points."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ...errors import AdaError
from ..cameras import Camera

SUFFIXES = ("", ".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".PNG", ".JPG", ".JPEG", ".TIF", ".TIFF")
FOLDERS = (".", "images", "input", "photos", "..", "../images", "../input", "../..", "../../images", "../../input")


@dataclass(slots=True)
class ImportedView:
    """One photo as a file of another program describes it."""

    name: str  # As it stands in the file.
    image: Path | None  # None: it was not found.
    camera: Camera  # For the size that the file states.


@dataclass(slots=True)
class ImportedScene:
    """All that was read, in Blender's world: z is up."""

    path: Path
    views: list[ImportedView]
    points: np.ndarray = field(default_factory=lambda: np.zeros((0, 3)))  # (n, 3) float64.
    colors: np.ndarray = field(default_factory=lambda: np.zeros((0, 3), np.uint8))  # (n, 3) uint8, sRGB.
    seen: np.ndarray = field(default_factory=lambda: np.zeros(0))  # (n,) photos that show each point, where known.


def find_image(folder: Path, name: str) -> Path | None:
    """Look for a photo beside a file of poses and where photogrammetry programs put it.

    Args:
        folder: of the file of poses.
        name: a name with or without suffix, a relative or an absolute path, of this machine or of another.
    """
    plain = name.replace("\\", "/")
    for candidate in dict.fromkeys((plain, plain.rpartition("/")[2])):
        for place in FOLDERS:
            for suffix in SUFFIXES:
                path = folder / place / (candidate + suffix)
                if path.is_file():
                    return path.resolve() if place != "." else path
    return None


def pose_of(path: Path, name: str, rotation: np.ndarray, center: np.ndarray) -> np.ndarray:
    """Turn OpenCV's camera axes (x right, y down, looking along z) into OpenGL's.

    Args:
        path: of the file, for messages.
        name: of the photo, for messages.
        rotation: camera to world, (3, 3).
        center: of the camera in the world, (3,).

    Returns:
        (4, 4) float64, rigid.

    Raises:
        AdaError: no rotation, or one that mirrors.
    """
    if not (np.isfinite(rotation).all() and np.isfinite(center).all()):
        raise AdaError(
            "The pose of '{name}' in '{path}' is not made of numbers. Export the cameras again", name=name, path=path
        )
    if np.abs(rotation.T @ rotation - np.eye(3)).max() > 5e-3:
        raise AdaError(
            "The pose of '{name}' in '{path}' is scaled or sheared. Export the cameras again", name=name, path=path
        )
    if np.linalg.det(rotation) < 0:
        raise AdaError(
            "The pose of '{name}' in '{path}' is left-handed. Export the cameras with right-handed axes",
            name=name, path=path,
        )  # fmt: skip
    u, _, v = np.linalg.svd(rotation)
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = u @ v * [1, -1, -1], center
    return pose


def move(scene: ImportedScene, rotation: np.ndarray, shift: np.ndarray, scale: float = 1.0) -> None:
    """Carry cameras and points into another world: scale, then turn, then shift."""
    for view in scene.views:
        pose = view.camera.pose
        pose[:3, 3] = scale * rotation @ pose[:3, 3] + shift
        pose[:3, :3] = rotation @ pose[:3, :3]
    scene.points = scale * scene.points @ rotation.T + shift


def stand_upright(scene: ImportedScene) -> None:
    """Make z the axis that is most nearly up in the photos. Programs without a convention leave it to chance.

    Axes are only exchanged and turned over; nothing is tilted.
    """
    up = np.mean([view.camera.pose[:3, 1] for view in scene.views], axis=0)
    axis = int(np.abs(up).argmax())
    third = np.eye(3)[axis] * np.sign(up[axis])
    first = np.eye(3)[0 if axis != 0 else 1]
    move(scene, np.stack([first, np.cross(third, first), third]), np.zeros(3))


def check_sides(scene: ImportedScene) -> None:
    """See that the cameras look towards the points, not away from them.

    Raises:
        AdaError: most points are behind most cameras: the axes of the cameras are not those of the format.
    """
    if len(scene.points) < 10 or not scene.views:
        return
    points = scene.points[:: max(1, len(scene.points) // 500)]
    poses = np.stack([view.camera.pose for view in scene.views[:: max(1, len(scene.views) // 50)]])
    depth = -np.einsum("npk,nk->np", points[None] - poses[:, None, :3, 3], poses[:, :3, 2])
    if np.median((depth > 0).mean(1)) < 0.3:
        raise AdaError(
            "The cameras of '{path}' look away from its points: their axes are turned or mirrored. "
            "Export the cameras again with this format's own axes",
            path=scene.path,
        )
