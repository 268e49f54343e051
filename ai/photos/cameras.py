"""From a folder of photos, or a video, to cameras: what to work on, the solver, an upright world, a transforms.json."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import AdaError
from ..job import Job, Progress, Request
from ..nerf.cameras import Camera
from ..nerf.importers import colmap
from ..nerf.importers.scene import ImportedScene
from . import process, transforms, world
from .choose import MINIMUM, Chosen, Photo, choose, list_photos
from .settings import VIDEO_SUFFIXES, CameraSettings

STAGES = {"features": (0.12, 0.35), "pairs": (0.35, 0.7), "cameras": (0.7, 0.98)}  # Shares of the whole.
FULL_LENS_FROM = 12  # Photos with one lens that can tell all terms of its distortion.
MODELS = {'RADIAL': "SIMPLE_RADIAL", 'FULL': "OPENCV", 'FISHEYE': "OPENCV_FISHEYE"}
ONE_PLACE = 0.8  # Share of pairs between which the camera only turned.
ROUGH = 1.5  # Pixels of mean reprojection error above which the cameras are weak.


@dataclass(slots=True)
class FoundCameras:
    """What a search for cameras found, in Blender's world."""

    path: Path  # Of transforms.json.
    photos: int  # Looked at.
    registered: int  # Those with a camera.
    error_pixels: float  # Mean reprojection error, pixels of the working copies.
    seconds: float
    images: list[Path] = field(default_factory=list)
    cameras: list[Camera] = field(default_factory=list)
    points: np.ndarray = field(default_factory=lambda: np.zeros((0, 3)))
    colors: np.ndarray = field(default_factory=lambda: np.zeros((0, 3), np.uint8))
    left_out: list[Path] = field(default_factory=list)  # Blurred, the same as another, broken, or without a camera.
    notes: list[AdaError] = field(default_factory=list)  # What was left out or is weak, in whole sentences.


@dataclass(frozen=True, slots=True)
class VideoFrame:
    """Payload of the request "video_frame": write one picture of a video into a PNG file."""

    video: Path
    number: int  # 0 is the first.
    target: Path


def target_of(source: Path, folder: Path | None) -> Path:
    """Where transforms.json goes: beside the photos, into a folder named like the video, or into a chosen folder."""
    if folder is None:
        folder = source.with_suffix("") if source.suffix.lower() in VIDEO_SUFFIXES else source
    return folder / "transforms.json"


def find_cameras(source: Path, folder: Path | None, settings: CameraSettings) -> Job:
    """Find where photos were taken.

    Args:
        source: a folder of photos, or a video file.
        folder: where `transforms.json`, the points, and a video's pictures are written; None as `target_of` says.
        settings: what to leave out and how to compare.

    Yields:
        Requests for a video: "video_length", its path, answered by the number of pictures; "video_frame", a
        `VideoFrame`.

    Returns:
        `FoundCameras`.

    Raises:
        AdaError: too few photos, no two that overlap, all from one place, or nothing can be written.
    """
    began = time.monotonic()
    target = target_of(source, folder)
    transforms.check_target(target, settings.overwrite)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AdaError(
            "Cannot write to '{folder}': {reason}. Choose another folder",
            folder=str(target.parent), reason=error.strerror,
        ) from error  # fmt: skip
    if source.suffix.lower() in VIDEO_SUFFIXES and not source.is_dir():
        paths = yield from _take_frames(source, target.parent / "images", settings.frames)
    else:
        paths = list_photos(source)
    with tempfile.TemporaryDirectory(prefix="ada-cameras-", ignore_cleanup_errors=True) as place:
        work = Path(place)
        chosen: Chosen = Chosen()
        for_photos = choose(paths, work, settings)
        try:
            while True:
                step = next(for_photos)
                yield Progress(STAGES["features"][0] * step.fraction, step.message, step.values)
        except StopIteration as end:
            chosen = end.value
        solved = yield from _solve(chosen, work, settings)
        yield Progress(0.98, "Writing the cameras")
        found = _settle(work, chosen, solved)
    found.photos, found.path = len(paths), target
    if len(found.points):
        transforms.write_points(target.with_name(transforms.POINTS), found.points, found.colors)
    transforms.write_transforms(target, found.images, found.cameras, len(found.points) > 0)
    found.seconds = time.monotonic() - began
    return found


def _take_frames(video: Path, folder: Path, count: int) -> Job:
    if not video.is_file():
        raise AdaError("'{path}' does not exist. Choose a folder of photos or a video", path=str(video))
    length = yield Request("video_length", video)
    count = min(count, length)
    if count < MINIMUM:
        raise AdaError("'{name}' has {count} pictures, too few to find cameras. Choose another video",
                       name=video.name, count=length)  # fmt: skip
    folder.mkdir(exist_ok=True)
    paths = []
    for number in np.linspace(0, length - 1, count).round().astype(int).tolist():
        yield Progress(0.0, "Reading picture {number} of {name}", {"number": number + 1, "name": video.name})
        path = folder / f"{video.stem}_{number + 1:06}.png"
        yield Request("video_frame", VideoFrame(video, number, path))
        paths.append(path)
    return paths


def _task(chosen: Chosen, work: Path, settings: CameraSettings) -> dict[str, Any]:
    lenses: dict[str, list[Photo]] = {}
    for photo in chosen.photos:
        lenses.setdefault(photo.lens, []).append(photo)
    groups = []
    for photos in lenses.values():
        kind = settings.lens
        if kind == 'AUTO':
            kind = 'FULL' if len(photos) >= FULL_LENS_FROM else 'RADIAL'
        groups.append(
            {"names": [p.name for p in photos], "model": MODELS[kind], "params": _first_guess(photos[0], kind)}
        )
    return {
        "folder": str(work), "groups": groups, "masks": chosen.masks, "matching": settings.matching,
        "threads": settings.thread_count(), "seed": settings.seed,
    }  # fmt: skip


def _first_guess(photo: Photo, kind: str) -> str:
    """The lens as COLMAP takes it, where the photo's EXIF data tell its focal length."""
    if photo.focal is None:
        return ""
    width, height = photo.copy_size
    focal = photo.focal * width / photo.size[0]
    numbers = (
        [focal, width / 2, height / 2, 0.0] if kind == 'RADIAL' else [focal, focal, width / 2, height / 2] + 4 * [0.0]
    )
    return ",".join(f"{number:.6f}" for number in numbers)


def _solve(chosen: Chosen, work: Path, settings: CameraSettings) -> Job:
    """Run the solver; return what it said of matches and models."""
    said: dict[str, Any] = {"pairs": 0, "turning": 0, "error": 0.0, "sizes": []}
    progress = Progress(STAGES["features"][0], "Finding features")
    listening = process.listen(_task(chosen, work, settings), work / "solver.log")
    try:
        for message in listening:
            stage = message.pop("stage") if message else ""
            if message and stage in STAGES:
                low, high = STAGES[stage]
                fraction = low + (high - low) * message["done"] / max(message["total"], 1)
                if stage == "features":
                    progress = Progress(fraction, "Finding features: {done} of {total} photos", message)
                elif stage == "pairs":
                    progress = Progress(fraction, "Comparing photos: {done} of {total} pairs", message)
                else:
                    progress = Progress(min(fraction, high), "Placing cameras: {done} of {total}", message)
            elif message:
                said |= message
            yield progress
    finally:
        listening.close()
    if said["pairs"] and said["turning"] > ONE_PLACE * said["pairs"]:
        raise AdaError("The photos were all taken from one place. Walk around the object while taking photos")
    if not said["sizes"]:
        raise AdaError("The photos do not overlap enough. Take more, each showing most of what the one before showed")
    return said


def _settle(work: Path, chosen: Chosen, solved: dict[str, Any]) -> FoundCameras:
    scene: ImportedScene = colmap.read(work / "model" / "images.bin", upright=False)
    by_name = {photo.name: photo for photo in chosen.photos}
    world.settle(scene, scene.seen)
    photos = [by_name[view.name] for view in scene.views]
    placed = {photo.name for photo in photos}
    notes, left_out = list(chosen.notes), list(chosen.left_out)
    for photo in chosen.photos:
        if photo.name not in placed:
            left_out.append(photo.path)
            notes.append(AdaError("'{name}' was left out: it does not overlap the others enough", name=photo.path.name))
    if len(solved["sizes"]) > 1 and solved["sizes"][1] > len(photos) // 4:
        notes.append(
            AdaError("The photos fall into {count} parts that do not overlap; the largest is used. Add photos between",
                     count=len(solved["sizes"]))
        )  # fmt: skip
    if len(photos) < 8:
        notes.append(
            AdaError("Only {count} photos have a camera: the shape will be weak. Take 20 or more", count=len(photos))
        )
    if solved["error"] > ROUGH:
        notes.append(
            AdaError("The cameras are off by {error:.1f} pixels in the mean: check for blur or moving things",
                     error=solved["error"])
        )  # fmt: skip
    return FoundCameras(
        Path(), 0, len(photos), round(solved["error"], 3), 0.0, [photo.path for photo in photos],
        [view.camera.resized(*photo.size) for view, photo in zip(scene.views, photos)],
        scene.points, scene.colors, left_out, notes,
    )  # fmt: skip
