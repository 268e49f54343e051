"""Stills and frame ranges on disk: every file decoded back, whole ones kept, the rest rendered again."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import bpy

from ..ai.errors import AdaError
from ..ai.job import Clock, Job, Progress
from . import exr, images

SUFFIXES = {'PNG': ".png", 'OPEN_EXR': ".exr", 'OPEN_EXR_MULTILAYER': ".exr"}


@dataclass(frozen=True, slots=True)
class FramesResult:
    """What was written."""

    folder: Path
    rendered: int
    skipped: int  # Whole already.
    repaired: int  # Of the rendered ones: a damaged file was there before.
    seconds: float  # All in all.
    seconds_per_frame: float | None  # Mean of the rendered ones.
    median_seconds: float | None
    slowest_frame: int | None
    slowest_seconds: float | None


def render_frames(scene: bpy.types.Scene, frames: Sequence[int], folder: Path, overwrite: bool = False) -> Job:
    """Check what can be checked at once, then return the job that renders one frame at each step.

    Files are named by their frame, `0001.png`, in the scene's own format; each is written under another name,
    decoded, then renamed. Only for Blender's main thread.

    Args:
        scene: rendered with its own settings.
        frames: which ones, in the order they are rendered.
        folder: made if it is not there.
        overwrite: render frames that are whole already as well.

    Returns:
        The job; its result is a `FramesResult`.

    Raises:
        AdaError: at once or at a step: no camera, nothing to render, a format that cannot be checked, a file that
            could not be written.
    """
    if not frames:
        raise AdaError("There is no frame to render. Choose a first frame that is not after the last")
    if scene.camera is None:
        raise AdaError("The scene '{name}' has no camera. Add one, or make one the active camera", name=scene.name)
    kind = scene.render.image_settings.file_format
    if kind not in SUFFIXES:
        raise AdaError("Frames are written as PNG or OpenEXR, not {format}. Change Output > File Format", format=kind)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AdaError("Cannot make the folder '{folder}'. Choose another one", folder=str(folder)) from error
    return _render_frames(scene.session_uid, tuple(frames), folder, overwrite)


def frame_path(scene: bpy.types.Scene, folder: Path, frame: int) -> Path:
    """The file of a frame."""
    return folder / f"{frame:04d}{SUFFIXES[scene.render.image_settings.file_format]}"


def is_whole(path: Path, size: tuple[int, int]) -> bool:
    """Whether the file is there and can be decoded to its last byte at that size."""
    return (images.png_size(path) if path.suffix == ".png" else exr.exr_size(path)) == size


def picture_size(scene: bpy.types.Scene) -> tuple[int, int]:
    """Width and height of a render in pixels."""
    render = scene.render
    width, height = (side * render.resolution_percentage // 100 for side in (render.resolution_x, render.resolution_y))
    if render.use_border and render.use_crop_to_border:
        left, right = int(render.border_min_x * width), int(render.border_max_x * width)
        low, high = int(render.border_min_y * height), int(render.border_max_y * height)
        return right - left, high - low
    return width, height


def _render_frames(uid: int, frames: tuple[int, ...], folder: Path, overwrite: bool) -> Job:
    began = time.monotonic()
    scene = _scene(uid)
    start = scene.frame_current
    size = picture_size(scene)
    clock = Clock(len(frames), window=600.0)
    seconds: dict[int, float] = {}
    repaired = 0
    try:
        for number, frame in enumerate(frames):
            left = clock.tick(number) if seconds else None
            metrics = {"s/frame": statistics.mean(seconds.values())} if seconds else {}
            yield Progress(
                number / len(frames),
                "Frame {frame} ({number} of {total})",
                {"frame": frame, "number": number + 1, "total": len(frames)},
                metrics,
                left,
            )
            while bpy.app.is_job_running('RENDER'):
                yield Progress(number / len(frames), "Waiting for Blender's own render to finish")
            scene = _scene(uid)
            path = frame_path(scene, folder, frame)
            if not overwrite and is_whole(path, size):
                continue
            repaired += path.exists() and not overwrite
            before = time.monotonic()
            _render_frame(scene, frame, path, size)
            seconds[frame] = time.monotonic() - before
    finally:
        scene = next((scene for scene in bpy.data.scenes if scene.session_uid == uid), None)
        if scene is not None and scene.frame_current != start:
            scene.frame_set(start)
    slowest = max(seconds, key=seconds.get) if seconds else None
    return FramesResult(
        folder,
        len(seconds),
        len(frames) - len(seconds),
        repaired,
        round(time.monotonic() - began, 3),
        round(statistics.mean(seconds.values()), 3) if seconds else None,
        round(statistics.median(seconds.values()), 3) if seconds else None,
        slowest,
        round(seconds[slowest], 3) if slowest is not None else None,
    )


def _scene(uid: int) -> bpy.types.Scene:
    """Find the scene again: undo and file loading replace what Python holds."""
    scene = next((scene for scene in bpy.data.scenes if scene.session_uid == uid), None)
    if scene is None:
        raise AdaError("The rendered scene was removed meanwhile. Start again")
    return scene


def _render_frame(scene: bpy.types.Scene, frame: int, path: Path, size: tuple[int, int]) -> None:
    part = path.with_name(f".{path.stem}-part{path.suffix}")
    before = scene.render.filepath
    try:
        scene.render.filepath = str(part)
        scene.frame_set(frame)
        images.render_still(scene)
        if not is_whole(part, size):
            raise AdaError("'{file}' was not written completely. Free some disk space and start again", file=str(path))
        os.replace(part, path)
    finally:
        scene.render.filepath = before
        part.unlink(missing_ok=True)
