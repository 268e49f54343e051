"""Posed photographs: transforms files of NeRF-synthetic, instant-ngp and nerfstudio, and what `importers/` reads."""

from __future__ import annotations

import json
import math
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..array_store import ArrayStore, StoredArray
from ..errors import AdaError
from ..job import Progress, run
from . import importers
from .cameras import Camera
from .images import has_alpha, read_rgba, size_of

FISHEYE = "OPENCV_FISHEYE"  # Nerfstudio's name for the lens.
SUFFIXES = ("", ".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".PNG", ".JPG", ".JPEG")


class View:
    """One photograph with its camera. Its pixels are in memory, or on disk in a store of the dataset."""

    __slots__ = ("_background", "_rgba", "_store", "camera", "path")

    def __init__(
        self, path: Path, camera: Camera, rgba: np.ndarray, background: np.ndarray | None = None,
        store: ArrayStore | None = None,
    ) -> None:  # fmt: skip
        self.path = path
        self.camera = camera  # For the image as stored here, that is after reduction.
        self._store = store
        self._rgba = self._put(rgba)
        self._background = None if background is None else self._put(background)

    def _put(self, values: np.ndarray) -> np.ndarray | StoredArray:
        return values if self._store is None else self._store.add(values)

    @property
    def rgba(self) -> np.ndarray:
        """(height, width, 4) uint8, sRGB, straight alpha."""
        return self._rgba.read() if isinstance(self._rgba, StoredArray) else self._rgba

    @rgba.setter
    def rgba(self, values: np.ndarray) -> None:
        self._rgba = self._put(values)

    @property
    def background(self) -> np.ndarray | None:
        """What lies behind the object and a guess of its opacity, found where there are no masks; as `rgba`."""
        return self._background.read() if isinstance(self._background, StoredArray) else self._background

    @background.setter
    def background(self, values: np.ndarray) -> None:
        self._background = self._put(values)


@dataclass(slots=True)
class Dataset:
    """Posed photographs of one scene."""

    path: Path
    train: list[View]
    test: list[View] = field(default_factory=list)  # Held out; may be empty.
    skipped: list[Path] = field(default_factory=list)  # Left out: their mask is empty, or there is no such file.

    def has_masks(self) -> bool:
        """Whether any pixel of the photographs to learn from is cut out."""
        return any((view.rgba[..., 3] < 128).any() for view in self.train)


@dataclass(slots=True)
class Frame:
    """One entry of a transforms file, checked, its image not yet read."""

    image: Path
    mask: Path | None
    camera: Camera


def load(path: Path | str, max_image_size: int = 0, holdout: int = 0) -> Dataset:
    """Read a dataset and wait for it. See `load_job`."""
    dataset: Dataset = run(load_job(path, max_image_size, holdout))
    return dataset


def load_job(
    path: Path | str, max_image_size: int = 0, holdout: int = 0, memory: int = 0
) -> Generator[Progress, Any, Dataset]:  # fmt: skip
    """Read a dataset as a job: one image between two yields.

    Args:
        path: a folder with `transforms_train.json`, `transforms.json` or another program's cameras, or such a file.
        max_image_size: images with a longer side, in pixels, are reduced to it. 0: never.
        holdout: every n-th frame becomes a test view where the data has no test split and at least 12 frames. 0: none.
        memory: bytes that photographs may take; where they are more, they are kept in a temporary file. 0: no limit.

    Raises:
        AdaError: anything that is wrong with the data; the sentence names the file.
    """
    train_file, test_file = find_transforms(Path(path))
    frames, missing = _read(train_file)
    test_frames = read_frames(test_file) if test_file else []
    if not test_file and holdout > 1 and len(frames) >= 12:
        test_frames = frames[holdout // 2 :: holdout]
        frames = [frame for index, frame in enumerate(frames) if index % holdout != holdout // 2]
    dataset = Dataset(train_file, [], skipped=missing)
    total = len(frames) + len(test_frames)
    store = ArrayStore() if memory and _pixel_bytes(frames + test_frames, max_image_size) > memory else None
    uncut: list[Path] = []
    for index, frame in enumerate(frames + test_frames):
        yield Progress(index / total, "Reading {name}", {"name": frame.image.name})
        rgba = read_rgba(frame.image, frame.mask, max_image_size)
        if frame.mask is None and not has_alpha(frame.image):
            uncut.append(frame.image)
        height, width = rgba.shape[:2]
        view = View(frame.image, frame.camera.resized(width, height), rgba, store=store)
        if not (rgba[..., 3] >= 128).any():
            dataset.skipped.append(frame.image)
        else:
            (dataset.train if index < len(frames) else dataset.test).append(view)
    if uncut and len(uncut) < total:
        raise AdaError(
            "'{name}' has no alpha channel, though other images of '{path}' have. Mask all of them, or none",
            name=uncut[0], path=train_file,
        )  # fmt: skip
    _check_masks(dataset)
    return dataset


def _pixel_bytes(frames: list[Frame], max_image_size: int) -> int:
    """What the reduced photographs and, in the worst case, their backgrounds take."""
    total = 0.0
    for frame in frames:
        longest = max(frame.camera.width, frame.camera.height)
        scale = min(1.0, max_image_size / longest) if max_image_size else 1.0
        total += 8 * frame.camera.width * frame.camera.height * scale**2
    return int(total)


def find_transforms(path: Path) -> tuple[Path, Path | None]:
    """Return the file with the training poses and, where there is one, the file with the test poses.

    Raises:
        AdaError: there is no such folder or file, or nothing in it to read.
    """
    if not path.exists():
        raise AdaError("'{path}' does not exist. Choose a folder of photos or a transforms.json", path=path)
    if path.is_dir():
        for name in ("transforms_train.json", "transforms.json"):
            if (path / name).is_file():
                path = path / name
                break
        else:
            found = importers.find(path)
            if found is None:
                raise AdaError(
                    "The folder '{path}' holds no transforms.json. Choose a folder with photos and their camera poses",
                    path=path,
                )
            return found, None
    test = path.with_name("transforms_test.json")
    return path, test if path.name == "transforms_train.json" and test.is_file() else None


def read_frames(path: Path) -> list[Frame]:
    """Read and check the poses and intrinsics of a file; images are only looked up and measured.

    nerfstudio's `applied_transform` and instant-ngp's `scale` and `offset` say how the poses were made or will be
    normalised; the world that the poses of the file are in is the world of the mesh, so they are not applied.

    Raises:
        AdaError: not JSON, no frames, most images missing, or a pose or focal length that cannot be.
    """
    return _read(path)[0]


def _read(path: Path) -> tuple[list[Frame], list[Path]]:
    """The frames whose images are there, and the images that are not."""
    if importers.reader_of(path) is not None:
        return _imported_frames(importers.read(path))
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise AdaError(
            "'{path}' cannot be read: {reason}. Check the file and its permissions", path=path, reason=error.strerror
        ) from error
    except ValueError as error:  # Of decoding the text or the JSON.
        raise AdaError("'{path}' is not a JSON file. Choose a transforms.json", path=path) from error
    entries = content.get("frames") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not entries:
        raise AdaError("'{path}' holds no camera poses. Choose a transforms.json with a list of frames", path=path)
    model = str(content.get("camera_model", "OPENCV")).upper()
    if (model != FISHEYE and "FISHEYE" in model) or model in ('EQUIRECTANGULAR', 'ORTHOPHOTO'):
        raise AdaError(
            "'{path}' uses the camera model {model}. Undistort the photos to a pinhole camera first",
            path=path, model=model,
        )  # fmt: skip
    found = [_read_frame(path, content, entry) for entry in entries]
    missing = [frame for frame in found if isinstance(frame, Path)]
    if 2 * len(missing) > len(found):
        raise AdaError(
            "'{path}' names the image '{name}', which does not exist. Put it back", path=path, name=missing[0].name
        )
    return [frame for frame in found if isinstance(frame, Frame)], missing


def _imported_frames(scene: importers.ImportedScene) -> tuple[list[Frame], list[Path]]:
    frames = []
    for view in scene.views:
        if view.image is not None:
            width, height = size_of(view.image)
            _check_size(view.image.name, scene.path, (width, height), (view.camera.width, view.camera.height))
            frames.append(Frame(view.image, None, view.camera.resized(width, height)))
    if not frames:
        raise AdaError(
            "None of the photos that '{path}' names is beside it. Put the photos into its folder", path=scene.path
        )
    return frames, [Path(view.name) for view in scene.views if view.image is None]


def _check_size(name: str, path: Path, size: tuple[float, float], stated: tuple[float, float]) -> None:
    (width, height), (full_width, full_height) = size, stated
    if abs(width / full_width - height / full_height) > 0.02 * width / full_width:
        raise AdaError(
            "'{name}' is {width} x {height} pixels but '{path}' says {w} x {h}. Export the poses for these images",
            name=name, width=width, height=height, path=path, w=round(full_width), h=round(full_height),
        )  # fmt: skip


def _read_frame(path: Path, content: dict[str, Any], entry: Any) -> Frame | Path:
    if not isinstance(entry, dict) or "file_path" not in entry or "transform_matrix" not in entry:
        raise AdaError("A frame in '{path}' lacks its image or its pose. Export the camera poses again", path=path)
    name = str(entry["file_path"])
    image = _find_image(path, name)
    if image is None:
        return path.parent / name
    mask = None
    if entry.get("mask_path"):
        mask = _find_image(path, str(entry["mask_path"]))
        if mask is None:
            raise AdaError(
                "'{path}' names the image '{name}', which does not exist. Put it back",
                path=path, name=entry["mask_path"],
            )  # fmt: skip
    pose = _read_pose(path, name, entry["transform_matrix"])
    width, height = size_of(image)

    def value(key: str, default: float | None = None) -> float | None:
        raw = entry.get(key, content.get(key, default))
        if raw is None:
            return None
        if isinstance(raw, bool) or not isinstance(raw, (int, float)) or not math.isfinite(raw):
            raise AdaError(
                "'{key}' of '{name}' in '{path}' is not a number. Export the camera poses again",
                key=key, name=name, path=path,
            )  # fmt: skip
        return float(raw)

    full_width, full_height = value("w", width) or width, value("h", height) or height
    _check_size(name, path, (width, height), (full_width, full_height))
    fx, fy = value("fl_x"), value("fl_y")
    for key, size in (("camera_angle_x", full_width), ("camera_angle_y", full_height)):
        angle = value(key)
        if angle is not None and 0 < angle < math.pi:
            focal = 0.5 * size / math.tan(0.5 * angle)
            fx, fy = (
                (focal if fx is None and key.endswith("x") else fx),
                (focal if fy is None and key.endswith("y") else fy),
            )
    fx, fy = fx if fx is not None else fy, fy if fy is not None else fx
    if fx is None or fy is None or fx <= 0 or fy <= 0:
        raise AdaError(
            "'{path}' gives no focal length for '{name}'. It needs camera_angle_x or fl_x", path=path, name=name
        )
    fisheye = str(content.get("camera_model", "")).upper() == FISHEYE or bool(content.get("is_fisheye"))
    keys = ("k1", "k2", "k3", "k4", "") if fisheye else ("k1", "k2", "p1", "p2", "k3")
    a, b, c, d, e = (value(key, 0.0) or 0.0 for key in keys)
    full = Camera(
        round(full_width), round(full_height), fx, fy,
        value("cx", full_width / 2) or 0.0, value("cy", full_height / 2) or 0.0, pose, (a, b, c, d, e),
        fisheye,
    )  # fmt: skip
    return Frame(image, mask, full.resized(width, height))


def _find_image(path: Path, name: str) -> Path | None:
    for suffix in SUFFIXES:
        image = path.parent / (name + suffix)
        if image.is_file():
            return image
    return None


def _read_pose(path: Path, name: str, matrix: Any) -> np.ndarray:
    try:
        pose = np.array(matrix, np.float64)
    except (TypeError, ValueError):
        pose = np.zeros(0)
    if pose.shape not in ((4, 4), (3, 4)) or not np.isfinite(pose).all():
        raise AdaError(
            "The pose of '{name}' in '{path}' is not a matrix of 4 x 4 numbers. Export the camera poses again",
            name=name, path=path,
        )  # fmt: skip
    rotation = pose[:3, :3]
    if np.abs(rotation.T @ rotation - np.eye(3)).max() > 5e-3 or np.linalg.det(rotation) < 0:
        raise AdaError(
            "The pose of '{name}' in '{path}' is mirrored, scaled or sheared. Export the camera without scale",
            name=name, path=path,
        )  # fmt: skip
    u, _, v = np.linalg.svd(rotation)
    rigid = np.eye(4)
    rigid[:3, :3], rigid[:3, 3] = u @ v, pose[:3, 3]
    return rigid


def _check_masks(dataset: Dataset) -> None:
    if not dataset.train:
        raise AdaError(
            "All masks of '{path}' are empty. Check the alpha channel of its images", path=dataset.path
        )  # fmt: skip
    centers = np.stack([view.camera.center() for view in dataset.train])
    distance = np.linalg.norm(centers, axis=1).max()
    if np.ptp(centers, axis=0).max() <= 1e-6 * max(distance, 1e-6):
        raise AdaError(
            "All cameras of '{path}' are in one place. Take photos from around the object", path=dataset.path
        )  # fmt: skip
