"""COLMAP's sparse models, text and binary: cameras, images, points3D.

Source: COLMAP's documentation, "Output Format"; its camera models in src/colmap/sensor/models.h.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ...errors import AdaError
from ..cameras import Camera
from .scene import ImportedScene, ImportedView, find_image, pose_of, stand_upright

PLACES = (".", "sparse/0", "sparse", "colmap/sparse/0", "dense/sparse", "0")
# Name, number of parameters, by the number in binary files.
MODELS = {
    0: ("SIMPLE_PINHOLE", 3), 1: ("PINHOLE", 4), 2: ("SIMPLE_RADIAL", 4), 3: ("RADIAL", 5), 4: ("OPENCV", 8),
    5: ("OPENCV_FISHEYE", 8), 6: ("FULL_OPENCV", 12), 7: ("FOV", 5), 8: ("SIMPLE_RADIAL_FISHEYE", 4),
    9: ("RADIAL_FISHEYE", 5), 10: ("THIN_PRISM_FISHEYE", 12),
}  # fmt: skip

# Their parameters after the principal point are the first of ours.
PLAIN = {
    "SIMPLE_PINHOLE", "PINHOLE", "SIMPLE_RADIAL", "RADIAL", "OPENCV",
    "SIMPLE_RADIAL_FISHEYE", "RADIAL_FISHEYE", "OPENCV_FISHEYE",
}  # fmt: skip

Lens = tuple[int, int, float, float, float, float, tuple[float, float, float, float, float], bool]


def find(folder: Path) -> Path | None:
    """The file with the poses in a folder or where COLMAP puts it below."""
    for place in PLACES:
        for name in ("images.bin", "images.txt"):
            path = folder / place / name
            if path.is_file() and path.with_name("cameras" + path.suffix).is_file():
                return path
    return None


def read(path: Path, upright: bool = True) -> ImportedScene:
    """Read a model.

    Args:
        path: any of its files, such as `images.bin`.
        upright: exchange the axes so that z is up.

    Raises:
        AdaError: a file is missing, damaged, or of a camera model that cannot be used.
    """
    images = path.with_name("images" + path.suffix)
    readers: tuple[Callable[..., dict[int, Lens]], Callable[..., list], Callable[..., list]]
    readers = (_lenses_binary, _poses_binary, _points_binary) if path.suffix == ".bin" else (
        _lenses_text, _poses_text, _points_text)  # fmt: skip
    lenses = _guarded(readers[0], path.with_name("cameras" + path.suffix))
    views = []
    for name, quaternion, translation, lens in _guarded(readers[1], images):
        if lens not in lenses:
            raise AdaError("'{path}' is cut off or damaged. Export the model again", path=images)
        to_camera = rotation_of(quaternion)
        width, height, fx, fy, cx, cy, distortion, fisheye = lenses[lens]
        pose = pose_of(images, name, to_camera.T, -to_camera.T @ np.array(translation))
        camera = Camera(width, height, fx, fy, cx, cy, pose, distortion, fisheye)
        views.append(ImportedView(name, find_image(images.parent, name), camera))
    if not views:
        raise AdaError("'{path}' holds no camera. Export a model with registered images", path=images)
    scene = ImportedScene(images, sorted(views, key=lambda view: view.name))
    cloud = path.with_name("points3D" + path.suffix)
    if cloud.is_file():
        rows = np.array(_guarded(readers[2], cloud), np.float64).reshape(-1, 7)
        scene.points, scene.colors, scene.seen = rows[:, :3].copy(), rows[:, 3:6].astype(np.uint8), rows[:, 6].copy()
    if upright:
        stand_upright(scene)
    return scene


def rotation_of(quaternion: tuple[float, ...]) -> np.ndarray:
    """The rotation matrix of a quaternion w, x, y, z of any length above 0."""
    w, x, y, z = np.array(quaternion) / max(float(np.linalg.norm(quaternion)), 1e-300)
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip


def _guarded(reader: Callable[[Path], dict | list], path: Path):  # type: ignore[no-untyped-def]
    try:
        return reader(path)
    except OSError as error:
        raise AdaError(
            "'{path}' cannot be read: {reason}. Check the file and its permissions", path=path, reason=error.strerror
        ) from error
    except (ValueError, IndexError, struct.error, UnicodeDecodeError) as error:
        raise AdaError("'{path}' is cut off or damaged. Export the model again", path=path) from error


def _lens(path: Path, model: str, width: int, height: int, numbers: tuple[float, ...]) -> Lens:
    shared_focal = model.startswith("SIMPLE") or model.startswith("RADIAL")
    fx, fy = numbers[0], numbers[0 if shared_focal else 1]
    cx, cy = numbers[1:3] if shared_focal else numbers[2:4]
    rest = numbers[3 if shared_focal else 4 :]
    fisheye = "FISHEYE" in model
    if model in PLAIN:
        terms = (*rest, *(0.0,) * (5 - len(rest)))
    elif model == "FULL_OPENCV" and not any(rest[5:]):
        terms = tuple(rest[:5])
    else:
        raise AdaError(
            "'{path}' uses the camera model {model}. Undistort the photos to a pinhole camera first",
            path=path, model=model,
        )  # fmt: skip
    k1, k2, a, b, c = terms
    if not (width > 0 and height > 0 and fx > 0 and fy > 0 and np.isfinite(numbers).all()):
        raise ValueError("no camera")
    return width, height, fx, fy, cx, cy, (k1, k2, a, b, c), fisheye


def _rows(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


def _lenses_text(path: Path) -> dict[int, Lens]:
    lenses = {}
    for row in _rows(path):
        if row.strip():
            number, model, width, height, *numbers = row.split()
            lenses[int(number)] = _lens(path, model, int(width), int(height), tuple(float(n) for n in numbers))
    return lenses


def _poses_text(path: Path) -> list[tuple]:
    rows = _rows(path)
    while rows and not rows[0].strip():
        rows.pop(0)
    found = []
    for row in rows[::2]:  # The other lines are the points in the image; they may be empty.
        if row.strip():
            parts = row.split(maxsplit=9)
            numbers = [float(part) for part in parts[1:8]]
            found.append((parts[9].strip(), tuple(numbers[:4]), tuple(numbers[4:]), int(parts[8])))
    return found


def _points_text(path: Path) -> list[list[float]]:
    rows = [row.split() for row in _rows(path) if row.strip()]
    return [[*(float(number) for number in row[1:7]), (len(row) - 8) / 2] for row in rows]


def _lenses_binary(path: Path) -> dict[int, Lens]:
    data = path.read_bytes()
    (count,), at = struct.unpack_from("<Q", data), 8
    lenses = {}
    for _ in range(count):
        number, model, width, height = struct.unpack_from("<IiQQ", data, at)
        at += 24
        name, length = MODELS.get(model, (f"{model}", 0))
        if not length:
            raise AdaError(
                "'{path}' uses the camera model {model}. Undistort the photos to a pinhole camera first",
                path=path, model=name,
            )  # fmt: skip
        lenses[number] = _lens(path, name, width, height, struct.unpack_from(f"<{length}d", data, at))
        at += 8 * length
    return lenses


def _poses_binary(path: Path) -> list[tuple]:
    data = path.read_bytes()
    (count,), at = struct.unpack_from("<Q", data), 8
    found = []
    for _ in range(count):
        _, *numbers, lens = struct.unpack_from("<I7dI", data, at)
        at += 64
        end = data.index(b"\0", at)
        name = data[at:end].decode("utf-8")
        (points,) = struct.unpack_from("<Q", data, end + 1)
        at = end + 9 + 24 * points
        found.append((name, tuple(numbers[:4]), tuple(numbers[4:]), lens))
    if at > len(data):
        raise ValueError("cut off")
    return found


def _points_binary(path: Path) -> list[tuple]:
    data = path.read_bytes()
    (count,), at = struct.unpack_from("<Q", data), 8
    found = []
    for _ in range(count):
        _, x, y, z, red, green, blue, _, track = struct.unpack_from("<Q3d3BdQ", data, at)
        at += 51 + 8 * track
        found.append((x, y, z, red, green, blue, track))
    return found
