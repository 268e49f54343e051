"""Pictures of a kept field: frames of a camera path, or the views of a dataset, with their passes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import AdaError
from ..exr import write_exr
from ..job import Clock, Job, Progress
from ..png import read_png, write_png
from .cameras import Camera
from .kept import read_field
from .settings import PictureSettings
from .stages import torch_threads
from .trained import Picture, TrainedField

LAYER = "ViewLayer"
FARTHEST = 1e10  # Of the depth where there is nothing, as in Blender's own pass.


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture to draw."""

    name: str  # Of the files, without a suffix.
    camera: Camera


@dataclass(frozen=True, slots=True)
class DrawnPictures:
    """What was written."""

    folder: Path
    drawn: int
    skipped: int  # There and whole already.
    seconds: float


def draw_pictures(field_file: Path, shots: list[Shot], folder: Path, settings: PictureSettings) -> Job:
    """Draw a kept field: NAME.png holds colours and opacity, and NAME.exr the passes, where they are asked for.

    The layers of the EXR are Combined (linear light, premultiplied), Depth (along the viewing axis, scene units),
    Normal (world) and Mask (opacity). A job that gives `DrawnPictures`; pictures that are written stay when it ends
    early, and are passed over the next time.

    Args:
        field_file: what a reconstruction kept.
        shots: names and cameras.
        folder: made if it is not there.
        settings: see there.

    Raises:
        AdaError: no shot, no field, or a file that cannot be written.
    """
    if not shots:
        raise AdaError("There is no frame to render. Choose a first frame that is not after the last")
    began, drawn, skipped = time.monotonic(), 0, 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AdaError(
            "Cannot write to '{folder}': {reason}. Choose another folder", folder=str(folder), reason=error.strerror
        ) from error
    with torch_threads(settings.thread_count()):
        model: TrainedField = (yield from read_field(field_file, settings.device)).model
        clock = Clock(len(shots))
        for number, shot in enumerate(shots):
            if not settings.overwrite and _is_whole(folder, shot, settings.passes):
                skipped += 1
                yield Progress(number / len(shots), "{name} is there already", {"name": shot.name})
                continue
            picture = None
            job = model.render(shot.camera, shot.name, settings.passes)
            try:
                while True:
                    step = next(job)
                    share = (number + step.fraction) / len(shots)
                    yield Progress(share, step.message, step.values, seconds_left=clock.tick(number))
            except StopIteration as end:
                picture = end.value
            _write(folder, shot.name, picture)
            drawn += 1
            over = picture.rgba[..., :3] + 0.5 * (1 - picture.rgba[..., 3:])  # On grey, to be seen.
            yield Progress((number + 1) / len(shots), "Drawing {name}", {"name": shot.name}, preview=over)
    return DrawnPictures(folder, drawn, skipped, time.monotonic() - began)


def straight(rgba: np.ndarray) -> np.ndarray:
    """Premultiplied colours (..., 4) to straight ones."""
    alpha = rgba[..., 3:]
    return np.concatenate([rgba[..., :3] / np.maximum(alpha, 1e-6), alpha], -1).clip(0, 1)


def _write(folder: Path, name: str, picture: Picture) -> None:
    if picture.depth is not None and picture.normal is not None:
        color = straight(picture.rgba)
        linear = np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)[..., :3]
        alpha = picture.rgba[..., 3]
        channels = {f"{LAYER}.Combined.{axis}": linear[..., i] * alpha for i, axis in enumerate("RGB")}
        channels[f"{LAYER}.Combined.A"] = channels[f"{LAYER}.Mask.V"] = alpha
        channels[f"{LAYER}.Depth.Z"] = np.where(np.isfinite(picture.depth), picture.depth, FARTHEST)
        channels |= {f"{LAYER}.Normal.{axis}": picture.normal[..., i] for i, axis in enumerate("XYZ")}
        write_exr(folder / f"{name}.exr", channels)
    write_png(folder / f"{name}.png", straight(picture.rgba))  # Last: with it the frame is whole.


def _is_whole(folder: Path, shot: Shot, passes: bool) -> bool:
    file = folder / f"{shot.name}.png"
    if not file.is_file() or (passes and not file.with_suffix(".exr").is_file()):
        return False
    try:
        return read_png(file).pixels.shape[:2] == (shot.camera.height, shot.camera.width)
    except AdaError:  # Damaged: drawn again.
        return False
