"""Renders objects from cameras around them into a dataset that a reconstruction can read."""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix

from ..ai.errors import AdaError
from ..ai.job import Clock, Job, Progress
from . import compat, dataset, images, views
from .engine.engine import ENGINE as REALTIME

RENDERED = views.SURFACES | views.BOXES
ENGINES = {'CYCLES': 'CYCLES', 'REALTIME': REALTIME, 'EEVEE': compat.EEVEE}


@dataclass(frozen=True, slots=True)
class CaptureSettings:
    """How objects are photographed. Lengths in scene units, angles in degrees."""

    train: int = 40  # Views to learn from, 1 or more.
    test: int = 10  # Views held out, on a spiral of their own.
    resolution: int = 200  # Width and height in pixels, 8 to 8192.
    samples: int = 16  # Light paths for each pixel; of no use to Ada Realtime.
    lowest: float = -60.0  # Elevation of the lowest camera: -90 straight below, 0 level. -90 to 90 is the whole sphere.
    highest: float = 90.0
    field_of_view: float = 40.0  # 5 to 120.
    distance: float = 1.0  # Of the nearest at which everything is in the picture; at least 0.8.
    engine: str = 'CYCLES'  # A key of `ENGINES`.
    device: str = 'CPU'  # Of Cycles, or 'GPU'.
    transparent: bool = True  # The objects alone, cut out; otherwise the world behind them.
    denoise: bool = False
    overwrite: bool = False  # Replace a dataset that this made before.
    seed: int = 0  # Turns both spirals and varies the noise.


@dataclass(frozen=True, slots=True)
class CaptureResult:
    """What was written."""

    folder: Path
    transforms: Path  # The transforms.json with all views.
    train: int
    test: int
    seconds: float


def capture_views(
    scene: bpy.types.Scene, objects: Sequence[bpy.types.Object], settings: CaptureSettings, folder: Path
) -> Job:
    """Check what can be checked at once, then return the job that renders one view at each step.

    Only for Blender's main thread. The file stays as it is: what a view needs beside the user's objects, lights and
    world lives in a scene of its own that is gone again before the job yields, so that saving, undoing and closing
    the job find nothing of it. That costs about 0.05 s a view against keeping it (measured with 31 658 vertices).
    The spread of the cameras follows what the viewport shows of the objects, the pictures what a render shows.

    Args:
        scene: whose lights, world and frame are used.
        objects: what is photographed; nothing else is seen, and nothing else casts shadows.
        settings: see there.
        folder: of the dataset; made whole or not at all. Images are 8-bit RGBA with straight alpha, sRGB.

    Returns:
        The job; its result is a `CaptureResult`.

    Raises:
        AdaError: at once or at a step: nothing to render, bad settings, no such device, or nowhere to write.
    """
    _check(settings)
    chosen = [obj for obj in objects if not obj.hide_render and (obj.type in RENDERED or obj.is_instancer)]
    if not objects:
        raise AdaError("Nothing is selected. Select the objects to capture")
    if not chosen:
        raise AdaError("Nothing that is selected can be rendered. Select a mesh or another object with a surface")
    dataset.check_folder(folder, settings.overwrite)
    subjects = [obj.session_uid for obj in chosen]
    return _capture(scene.session_uid, subjects, scene.frame_current_final, settings, folder)


def _check(settings: CaptureSettings) -> None:
    if settings.train < 1 or settings.test < 0 or settings.samples < 1:
        raise AdaError("Capture at least one view with at least one sample")
    if not 8 <= settings.resolution <= 8192:
        raise AdaError("Choose a resolution between 8 and 8192 pixels, not {size}", size=settings.resolution)
    if not -90.0 <= settings.lowest <= settings.highest <= 90.0:
        raise AdaError("Choose elevations between -90 and 90 degrees, the lowest first")
    if not 5.0 <= settings.field_of_view <= 120.0 or settings.distance < 0.8:
        raise AdaError("Choose a field of view between 5 and 120 degrees and a distance of at least 0.8")
    if settings.engine == 'CYCLES' and settings.device == 'GPU' and not compat.has_cycles_gpu():
        raise AdaError("Cycles has no GPU to render with. Choose one in Preferences > System, or capture on the CPU")


def _capture(scene: int, subjects: list[int], frame: float, settings: CaptureSettings, folder: Path) -> Job:
    start = time.monotonic()
    total = settings.train + settings.test
    yield Progress(0.0, "Measuring the objects")
    with _stage(scene, subjects, frame, settings) as (stage, _):
        sphere = views.bounding_sphere(_evaluated(stage))
    if sphere is None:
        raise AdaError("Nothing that is selected can be rendered. Select a mesh or another object with a surface")
    poses = _poses(sphere, settings)
    temporary = dataset.open_folder(folder)
    lit = False
    try:
        clock = Clock(total)
        shots = [(split, index, pose) for split in poses for index, pose in enumerate(poses[split])]
        for number, (split, index, pose) in enumerate(shots):
            left = clock.tick(number)
            yield Progress(
                number / total,
                "Rendering view {number} of {total}",
                {"number": number + 1, "total": total},
                seconds_left=left,
            )
            while bpy.app.is_job_running('RENDER'):
                yield Progress(number / total, "Waiting for Blender's own render to finish")
            path = temporary / split / f"r_{index}.png"
            with _stage(scene, subjects, frame, settings) as (stage, camera):
                _aim(camera, pose, sphere)
                stage.cycles.seed = settings.seed + number
                images.write_still(stage, path, folder / split / path.name)
            lit = lit or _is_lit(images.read_pixels(path))
        if not lit:  # Not known from one view alone: from below a lamp may leave all in the dark.
            raise AdaError("The objects are black in the render. Add a light or a world to the scene")
        dataset.write_transforms(temporary, poses, settings.resolution, settings.field_of_view, sphere)
        dataset.publish(temporary, folder, settings.overwrite)
    finally:
        if temporary.exists():
            shutil.rmtree(temporary)
    seconds = time.monotonic() - start
    return CaptureResult(folder, folder / "transforms.json", settings.train, settings.test, seconds)


def _poses(sphere: tuple[np.ndarray, float], settings: CaptureSettings) -> dict[str, list[np.ndarray]]:
    """Camera-to-world matrices by split, around a sphere."""
    centre, radius = sphere
    reach = views.fitting_distance(radius, settings.field_of_view) * settings.distance
    turn = float(settings.seed)
    poses = {}
    for split, count, phase in (("train", settings.train, turn), ("test", settings.test, turn + 1.2345)):
        directions = views.view_directions(count, settings.lowest, settings.highest, phase)
        poses[split] = [views.look_at(centre + reach * direction, centre) for direction in directions]
    return poses


@contextmanager
def _stage(
    scene_uid: int, subject_uids: list[int], frame: float, settings: CaptureSettings
) -> Iterator[tuple[bpy.types.Scene, bpy.types.Object]]:
    """A scene with nothing but the subjects, the user's light and a camera. It is gone at the end of the block."""
    scene, subjects = _resolve(scene_uid, subject_uids)
    had_result = "Render Result" in bpy.data.images
    own: list[bpy.types.ID] = []
    try:
        stage = bpy.data.scenes.new("Ada Capture")
        own.append(stage)
        lights = [obj for obj in _rendered_objects(scene.view_layers[0].layer_collection) if obj.type == 'LIGHT']
        for obj in dict.fromkeys([*subjects, *lights]):
            stage.collection.objects.link(obj)
        stage.world = scene.world
        if scene.world is None and not lights:
            _add_light(stage, own)
        stage.frame_current, stage.frame_subframe = math.floor(frame), frame - math.floor(frame)
        stage.camera = _add_camera(stage, own, settings)
        _set_up(stage, scene, settings)
        yield stage, stage.camera
    finally:
        if own:
            bpy.data.batch_remove(own)
        if not had_result and "Render Result" in bpy.data.images:
            bpy.data.images.remove(bpy.data.images["Render Result"])


def _resolve(scene_uid: int, subject_uids: list[int]) -> tuple[bpy.types.Scene, list[bpy.types.Object]]:
    """Find the user's data again: undo and file loading replace what Python holds."""
    scenes = {scene.session_uid: scene for scene in bpy.data.scenes}
    found = {obj.session_uid: obj for obj in bpy.data.objects}
    if scene_uid not in scenes or any(uid not in found for uid in subject_uids):
        raise AdaError("The captured objects were removed meanwhile. Select objects and start again")
    subjects = [found[uid] for uid in subject_uids]
    for obj in subjects:
        if obj.instance_type in {'VERTS', 'FACES'}:  # It shows copies of its children, which must be in the scene.
            subjects += [child for child in obj.children if child not in subjects]
    return scenes[scene_uid], subjects


def _rendered_objects(layer: bpy.types.LayerCollection) -> Iterator[bpy.types.Object]:
    """The objects of a view layer that its renders show."""
    if layer.exclude or layer.collection.hide_render:
        return
    yield from (obj for obj in layer.collection.objects if not obj.hide_render)
    for child in layer.children:
        yield from _rendered_objects(child)


def _add_light(stage: bpy.types.Scene, own: list[bpy.types.ID]) -> None:
    """A neutral sky and sun, for a scene that has neither world nor light."""
    world = bpy.data.worlds.new("Ada Capture")
    own.append(world)
    background = compat.nodes_of(world).nodes["Background"]
    background.inputs["Color"].default_value = (1.0, 1.0, 1.0, 1.0)
    background.inputs["Strength"].default_value = 0.7
    stage.world = world
    light = bpy.data.lights.new("Ada Capture", 'SUN')
    own.append(light)
    light.energy, light.angle = 1.5, 0.3
    sun = bpy.data.objects.new("Ada Capture", light)
    own.append(sun)
    sun.rotation_euler = (0.6, 0.3, 0.4)
    stage.collection.objects.link(sun)


def _add_camera(stage: bpy.types.Scene, own: list[bpy.types.ID], settings: CaptureSettings) -> bpy.types.Object:
    data = bpy.data.cameras.new("Ada Capture")
    own.append(data)
    data.sensor_fit = 'HORIZONTAL'
    data.angle_x = math.radians(settings.field_of_view)
    camera = bpy.data.objects.new("Ada Capture", data)
    own.append(camera)
    stage.collection.objects.link(camera)
    return camera


def _set_up(stage: bpy.types.Scene, scene: bpy.types.Scene, settings: CaptureSettings) -> None:
    render = stage.render
    render.engine = ENGINES[settings.engine]
    render.threads_mode, render.threads = scene.render.threads_mode, scene.render.threads
    render.film_transparent = settings.transparent
    render.resolution_x = render.resolution_y = settings.resolution
    render.resolution_percentage = 100
    render.image_settings.file_format = 'PNG'
    render.image_settings.color_mode = 'RGBA'
    render.image_settings.color_depth = "8"
    render.dither_intensity = 0.0
    render.use_stamp_filename = False  # PNG text would tell where the user's file lies.
    stage.display_settings.display_device = "sRGB"
    stage.view_settings.view_transform = "Standard"
    stage.view_settings.look = "None"
    stage.eevee.taa_render_samples = settings.samples
    stage.cycles.device = settings.device
    stage.cycles.samples = settings.samples
    stage.cycles.use_adaptive_sampling = False
    compat.set_denoising(stage, settings.denoise)


def _evaluated(stage: bpy.types.Scene) -> bpy.types.Depsgraph:
    layer = stage.view_layers[0]
    layer.update()
    return layer.depsgraph


def _aim(camera: bpy.types.Object, pose: np.ndarray, sphere: tuple[np.ndarray, float]) -> None:
    """Set a camera's pose, and clip closely around the sphere: objects may be a millimetre or a kilometre large."""
    centre, radius = sphere
    reach = float(np.linalg.norm(pose[:3, 3] - centre))
    camera.matrix_world = Matrix(pose.tolist())
    camera.data.clip_start = max(reach - 1.5 * radius, 0.01 * radius)
    camera.data.clip_end = reach + 1.5 * radius


def _is_lit(pixels: np.ndarray) -> bool:
    if pixels[..., 3].max() == 0.0:
        raise AdaError("Nothing that is selected can be seen. Check its materials and its visibility in renders")
    return bool(pixels[..., :3].max() > 0.0)
