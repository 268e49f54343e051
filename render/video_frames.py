"""Pictures out of videos, by Blender's own decoder: its sequencer, in a scene of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy

from ..ai.errors import AdaError
from ..ai.files import replacing
from . import compat
from .images import write_still


def video_length(path: Path) -> int:
    """How many pictures a video has. Only for Blender's main thread.

    Raises:
        AdaError: Blender cannot read it.
    """
    with _opened(path) as (_, strip):
        return int(strip.frame_duration)


def write_frame(video: Path, number: int, target: Path) -> None:
    """Write one picture at its own size, colours as they are stored, into a PNG file that appears whole or not at all.

    Only for Blender's main thread.

    Args:
        video: the file.
        number: of the picture, from 0.
        target: the PNG file.

    Raises:
        AdaError: Blender cannot read the video, or the file could not be written.
    """
    with _opened(video) as (scene, strip):
        render = scene.render
        element = strip.elements[0]
        render.resolution_x, render.resolution_y = element.orig_width, element.orig_height
        render.resolution_percentage = 100
        render.use_sequencer, render.use_compositing, render.dither_intensity = True, False, 0.0
        render.use_stamp = False
        compat.set_file_format(scene, 'PNG')
        render.image_settings.color_mode, render.image_settings.color_depth = 'RGB', '8'
        scene.view_settings.view_transform, scene.view_settings.look = 'Standard', 'None'
        scene.frame_start, scene.frame_end = 1, strip.frame_duration
        scene.frame_set(number + 1)
        with replacing(target) as part:
            write_still(scene, part, target)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[bpy.types.Scene, bpy.types.bpy_struct]]:
    """A scene whose sequencer shows the video from frame 1 on; nothing of it stays."""
    scene = bpy.data.scenes.new("Ada Video")
    try:
        try:
            strip = compat.strips_of(scene.sequence_editor_create()).new_movie("Ada Video", str(path), 1, 1)
        except RuntimeError:
            strip = None
        if strip is None or strip.frame_duration < 1 or not strip.elements or not strip.elements[0].orig_width:
            raise AdaError("'{name}' is no video that Blender can read. Convert it to MP4", name=path.name)
        yield scene, strip
    finally:
        bpy.data.scenes.remove(scene)
