"""Render Field: the kept field as Blender's camera sees it, in the interface's way and headless."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests"))


@pytest.fixture
def scene(ext):
    import bpy

    queue = ext(".operators.queue").queue
    queue.stop()
    queue.clear()
    bpy.ops.wm.read_homefile()
    yield bpy.context.scene
    queue.stop()


@pytest.fixture(scope="module")
def kept(ext, tmp_path_factory):
    """A field of the unit sphere around the origin, and its photos."""
    pytest.importorskip("torch", reason="torch is not installed")
    from sphere_views import write_sphere

    folder = tmp_path_factory.mktemp("kept")
    write_sphere(folder / "photos")
    run, settings = ext(".ai.job").run, ext(".ai.nerf.settings").ReconstructSettings
    run(
        ext(".ai.nerf.train").reconstruct(
            folder / "photos",
            settings(
                device='CPU', threads=1, steps=120, coarse_resolution=24, resolution=32, levels=2, rays=512,
                preview_seconds=0, checkpoint=str(folder / "field.safetensors"),
            ),
        )
    )  # fmt: skip
    return folder


def stand(scene, place, lens=50.0):
    import bpy
    from mathutils import Vector

    camera = scene.camera
    camera.location, camera.rotation_mode = place, 'QUATERNION'
    camera.rotation_quaternion = (-Vector(place)).to_track_quat("-Z", "Y")
    camera.data.lens = lens
    bpy.context.view_layer.update()
    return camera


@pytest.mark.parametrize("size", [(320, 200), (200, 320)])
@pytest.mark.parametrize("fit", ['AUTO', 'HORIZONTAL', 'VERTICAL'])
def test_a_camera_is_read_as_blender_draws_it(ext, scene, size, fit):
    import bpy
    from bpy_extras.object_utils import world_to_camera_view
    from mathutils import Vector

    camera = stand(scene, (3, -4, 2))
    camera.data.sensor_fit, camera.data.shift_x, camera.data.shift_y = fit, 0.1, -0.05
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    found = ext(".render.cameras").read_camera(scene, camera, bpy.context.evaluated_depsgraph_get())
    places = np.array([[0.2, 0.3, 0.4], [-0.5, 0.1, 0.0]])
    pixels, _ = ext(".ai.nerf.cameras").project(found, places)
    for place, pixel in zip(places, pixels):
        x, y, _ = world_to_camera_view(scene, camera, Vector(place))
        assert tuple(pixel) == pytest.approx((size[0] * x, size[1] * (1 - y)), abs=0.02)
    camera.data.type = 'ORTHO'
    with pytest.raises(Exception, match="no perspective camera"):
        ext(".render.cameras").read_camera(scene, camera, bpy.context.evaluated_depsgraph_get())


def test_frames_of_a_moving_camera(ext, scene, kept, tmp_path):
    import bpy

    scene.ada.reconstruct.field_file = str(kept / "field.safetensors")
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 48, 32, 50
    scene.frame_start, scene.frame_end, scene.frame_step = 1, 5, 2
    camera = stand(scene, (0, -6, 0))
    camera.keyframe_insert("location", frame=1)
    camera.location.x = 1.0
    camera.keyframe_insert("location", frame=5)
    scene.frame_set(3)
    read = ext(".ai.png").read_png
    assert bpy.ops.ada.field_render(folder=str(tmp_path), frames='RANGE', passes=True) == {'FINISHED'}
    assert scene.frame_current == 3
    names = [f"{number:04}.{suffix}" for number in (1, 3, 5) for suffix in ("exr", "png")]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    middles = []
    for number in (1, 3, 5):
        alpha = read(tmp_path / f"{number:04}.png").pixels[..., 3]
        assert alpha.shape == (16, 24)
        middles.append((alpha * np.arange(24.0)).sum() / alpha.sum())
    assert middles[0] == pytest.approx(11.5, abs=0.3)
    assert middles[0] > middles[1] + 0.5 > middles[2] + 1  # The camera moves right, so what it sees moves left.
    assert ext(".render.exr").exr_size(tmp_path / "0003.exr") == (24, 16)  # Blender reads it.
    image = bpy.data.images.load(str(tmp_path / "0003.exr"))
    assert len(tuple(image.size)) == 2  # Only now is it read.
    assert image.type == 'MULTILAYER'
    assert bpy.ops.ada.field_render(folder=str(tmp_path), frames='RANGE') == {'FINISHED'}


def test_what_is_missing_is_named(scene, kept, tmp_path):
    import bpy

    with pytest.raises(RuntimeError, match="Choose the photos of a reconstruction"):
        bpy.ops.ada.field_render(folder=str(tmp_path))
    scene.ada.reconstruct.field_file = str(tmp_path / "none.safetensors")
    with pytest.raises(RuntimeError, match="no kept field"):
        bpy.ops.ada.field_render(folder=str(tmp_path))
    scene.ada.reconstruct.field_file = str(kept / "field.safetensors")
    scene.camera = None
    with pytest.raises(RuntimeError, match="has no camera"):
        bpy.ops.ada.field_render(folder=str(tmp_path))


def test_headless_draws_the_views_of_a_dataset(kept, tmp_path):
    done = subprocess.run(
        [
            sys.executable, ROOT / "operators" / "batch.py", "field", "--field", kept / "field.safetensors", "--out",
            tmp_path / "out", "--views", kept / "photos", "--json", "--set", "reconstruct.device=CPU",
        ],
        capture_output=True, text=True, timeout=300, env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["drawn"], found["skipped"]) == (15, 0)
    from PIL import Image

    photo = np.asarray(Image.open(kept / "photos" / "test" / "r_1.png")) / 255.0
    drawn = np.asarray(Image.open(tmp_path / "out" / "test_r_1.png")) / 255.0
    shown = [rgba[..., :3] * rgba[..., 3:] for rgba in (photo, drawn)]
    assert -10 * math.log10(np.square(shown[0] - shown[1]).mean()) > 22
