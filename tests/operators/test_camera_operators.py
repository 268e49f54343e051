"""Find Cameras, Import Cameras and Mask Photos as operators and headless; pictures out of videos."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "ai" / "photos"))


@pytest.fixture
def scene(ext):
    import bpy

    queue = ext(".operators.queue").queue
    queue.stop()
    queue.clear()
    bpy.ops.wm.read_homefile()
    yield bpy.context.scene
    queue.stop()


@pytest.fixture
def room():
    pytest.importorskip("scipy", reason="scipy is not installed")
    import room

    return room


def tree(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write_transforms(folder, room, count=3):
    """Photos of a room with the cameras they were drawn with; the last one's principal point is not in the middle."""
    poses = room.poses(count)
    paths = room.write(folder, poses)
    frames = [{"file_path": path.name, "transform_matrix": pose.tolist()} for path, pose in zip(paths, poses)]
    frames[-1] |= {"cx": 170.0, "cy": 111.0}
    (folder / "transforms.json").write_text(json.dumps({"w": 320, "h": 240, "fl_x": 300.0, "frames": frames}))
    return poses


def test_cameras_are_found_and_become_objects(ext, scene, room, tmp_path):
    pytest.importorskip("pycolmap", reason="pycolmap is not installed")
    import bpy

    folder = tmp_path / "房间"
    paths = room.write(folder, room.poses(5))
    paths[3].write_bytes(b"broken")
    before = set(bpy.data.objects)
    settings = scene.ada.cameras
    settings.source = str(folder)
    assert bpy.ops.ada.cameras_solve() == {'FINISHED'}
    collection = bpy.data.collections[folder.name]
    added = set(bpy.data.objects) - before
    assert added == set(collection.objects)
    assert [obj.type for obj in sorted(added, key=lambda obj: obj.name)] == ['CAMERA'] * 4 + ['MESH']
    assert scene.ada.reconstruct.path == str(folder / "transforms.json")
    assert "p03.png" in str(ext(".operators.cameras").latest[0])
    points = next(obj for obj in added if obj.type == 'MESH')
    assert len(points.data.vertices) > 100
    assert "Color" in points.data.color_attributes
    assert Path(bpy.path.abspath(bpy.data.objects["p00"].data.background_images[0].image.filepath)).samefile(paths[0])


def test_imported_cameras_see_what_their_photos_show(scene, room, tmp_path):
    """A point drawn through Blender's own projection falls where the camera model puts it."""
    import bpy
    from ada_forge.ai.nerf.cameras import Camera, project
    from bpy_extras.object_utils import world_to_camera_view
    from mathutils import Vector

    poses = write_transforms(tmp_path / "shots", room)
    assert bpy.ops.ada.cameras_import(filepath=str(tmp_path / "shots" / "transforms.json")) == {'FINISHED'}
    scene.render.resolution_x, scene.render.resolution_y = 320, 240
    bpy.context.view_layer.update()
    for number, pose in enumerate(poses):
        obj = bpy.data.objects[f"p{number:02}"]
        np.testing.assert_allclose(np.array(obj.matrix_world), pose, atol=1e-6)
        center = (170.0, 111.0) if number == 2 else (160.0, 120.0)
        expected, _ = project(Camera(320, 240, 300.0, 300.0, *center, pose), np.array([[0.9, 0.5, 0.7]]))
        x, y, _ = world_to_camera_view(scene, obj, Vector((0.9, 0.5, 0.7)))
        assert (320 * x, 240 * (1 - y)) == pytest.approx(tuple(expected[0]), abs=0.05)
    assert scene.ada.reconstruct.path == str(tmp_path / "shots" / "transforms.json")


def test_upright_photos_too(ext, scene):
    """Portrait pictures fit the sensor by their height."""
    import bpy
    from ada_forge.ai.nerf.cameras import Camera, project
    from bpy_extras.object_utils import world_to_camera_view
    from mathutils import Vector

    camera = Camera(240, 320, 300.0, 300.0, 110.0, 171.0, np.eye(4))
    add = ext(".render.cameras").add_cameras
    collection = add(scene, "Portrait", [Path("none.jpg")], [camera], np.zeros((0, 3)), np.zeros((0, 3)))
    scene.render.resolution_x, scene.render.resolution_y = 240, 320
    bpy.context.view_layer.update()
    expected, _ = project(camera, np.array([[0.2, 0.4, -2.0]]))
    x, y, _ = world_to_camera_view(scene, collection.objects[0], Vector((0.2, 0.4, -2.0)))
    assert (240 * x, 320 * (1 - y)) == pytest.approx(tuple(expected[0]), abs=0.05)


def test_what_is_missing_is_named(ext, scene, room, tmp_path, monkeypatch):
    import bpy

    with pytest.raises(RuntimeError, match="Choose a folder of photos, or a video"):
        bpy.ops.ada.cameras_solve()
    with pytest.raises(RuntimeError, match="does not exist"):
        bpy.ops.ada.cameras_solve(source=str(tmp_path / "none"))
    with pytest.raises(RuntimeError, match=r"holds no transforms\.json"):
        bpy.ops.ada.cameras_import(filepath=str(tmp_path))
    packages = ext(".ai.setup.packages")
    monkeypatch.setattr(packages, "missing_packages", lambda: (packages.BY_MODULE["pycolmap"],))
    with pytest.raises(RuntimeError, match="pycolmap must be installed"):
        bpy.ops.ada.cameras_solve(source=str(tmp_path))


def test_masks_beside_the_photos(ext, scene, room, tmp_path):
    import bpy

    pytest.importorskip("PIL", reason="Pillow is not installed")
    write_transforms(tmp_path / "shots", room)
    before = tree(tmp_path / "shots")
    scene.ada.reconstruct.path = str(tmp_path / "shots")
    settings = scene.ada.masks
    settings.key_color, settings.tolerance = (0.5, 0.43, 0.35), 0.1
    assert bpy.ops.ada.photos_mask() == {'FINISHED'}
    assert tree(tmp_path / "shots") == before
    assert sorted(path.name for path in (tmp_path / "shots_masked").iterdir()) == [
        "p00.png", "p01.png", "p02.png", "transforms.json",
    ]  # fmt: skip
    assert scene.ada.reconstruct.path == str(tmp_path / "shots_masked" / "transforms.json")
    with pytest.raises(RuntimeError, match="holds the photos themselves"):
        bpy.ops.ada.photos_mask(folder=str(tmp_path / "shots_masked"))


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_alpha_painted_in_the_image_editor(ext, scene, room, tmp_path, suffix):
    import bpy
    from PIL import Image

    paths = room.write(tmp_path / "shots", room.poses(3))
    if suffix != ".png":
        for number, path in enumerate(paths):
            Image.open(path).convert("RGB").save(path.with_suffix(suffix))
            path.unlink()
            paths[number] = path.with_suffix(suffix)
    image = bpy.data.images.load(str(paths[1]))
    pixels = np.array(image.pixels[:], np.float32).reshape(240, 320, -1)
    assert pixels.shape[2] == 4
    pixels[:60, :, 3] = 0  # Blender's rows count from below.
    image.pixels.foreach_set(pixels.ravel())
    before = tree(tmp_path / "shots")
    assert bpy.ops.ada.photos_mask(
        source=str(tmp_path / "shots"), folder=str(tmp_path / "out"), method='PAINTED'
    ) == {'FINISHED'}  # fmt: skip
    assert tree(tmp_path / "shots") == before
    (written,) = (tmp_path / "out").iterdir()
    found = np.asarray(Image.open(written))
    assert written.name == "p01.png"
    assert found[179, 5, 3] == 255
    assert found[180:, :, 3].max() == 0
    assert scene.ada.cameras.source == str(tmp_path / "out")
    assert len(ext(".operators.mask").latest) == 2


def test_pictures_out_of_a_video(ext, scene, tmp_path):
    """Ten pictures of growing brightness, written as a video and taken out again at their own size."""
    import bpy
    from ada_forge.ai.errors import AdaError

    frames = ext(".render.video_frames")
    compat = ext(".render.compat")
    maker = bpy.data.scenes.new("Maker")
    strips = compat.strips_of(maker.sequence_editor_create())
    for number in range(10):
        level = 0.1 + 0.08 * number
        image = bpy.data.images.new(f"f{number}", 64, 48)
        image.pixels.foreach_set(np.tile(np.array([level, level, level, 1], np.float32), 64 * 48))
        image.filepath_raw, image.file_format = str(tmp_path / f"f{number}.png"), 'PNG'
        image.save()
        strips.new_image(f"f{number}", image.filepath_raw, 1, number + 1)
    render = maker.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = 64, 48, 100
    maker.frame_start, maker.frame_end = 1, 10
    maker.view_settings.view_transform = 'Standard'
    if hasattr(render.image_settings, "media_type"):
        render.image_settings.media_type = 'VIDEO'
    try:
        render.image_settings.file_format = 'FFMPEG'
    except TypeError:
        pytest.skip("this Blender writes no videos")
    render.ffmpeg.format, render.ffmpeg.codec = 'MPEG4', 'H264'
    render.ffmpeg.constant_rate_factor, render.ffmpeg.gopsize = 'PERC_LOSSLESS', 1
    render.filepath = str(tmp_path / "clip.mp4")
    bpy.ops.render.render(animation=True, scene=maker.name)
    bpy.data.scenes.remove(maker)
    video = tmp_path / "clip.mp4"
    before = [list(bpy.data.scenes), len(bpy.data.images)]
    assert frames.video_length(video) == 10
    for number in (0, 4, 9):
        target = tmp_path / f"out{number}.png"
        frames.write_frame(video, number, target)
        image = bpy.data.images.load(str(target))
        assert tuple(image.size) == (64, 48)
        assert image.pixels[0] == pytest.approx(0.1 + 0.08 * number, abs=0.025)
        bpy.data.images.remove(image)
    assert [list(bpy.data.scenes), len(bpy.data.images)] == before
    (tmp_path / "bad.mp4").write_bytes(b"nothing")
    with pytest.raises(Exception, match="no video that Blender can read") as caught:
        frames.video_length(tmp_path / "bad.mp4")
    assert type(caught.value).__name__ == AdaError.__name__


def test_masks_drawn_as_curves(ext, scene, room, tmp_path):
    """A rectangle over the lower left quarter of one photo; the others have no mask."""
    import bpy
    from PIL import Image

    paths = room.write(tmp_path / "shots", room.poses(3))
    mask = bpy.data.masks.new(paths[1].stem)
    spline = mask.layers.new(name="Layer").splines.new()
    spline.points.add(4 - len(spline.points))
    spline.use_cyclic = True
    for point, place in zip(spline.points, [(0, 0.125), (0.5, 0.125), (0.5, 0.5), (0, 0.5)]):
        point.handle_type = 'VECTOR'
        point.co = place
        point.handle_left = point.handle_right = place
    assert bpy.ops.ada.photos_mask(
        source=str(tmp_path / "shots"), folder=str(tmp_path / "out"), method='SPLINES'
    ) == {'FINISHED'}  # fmt: skip
    (written,) = (tmp_path / "out").iterdir()
    alpha = np.asarray(Image.open(written))[..., 3]
    assert written.name == "p01.png"
    assert alpha[125:, :155].min() == 255  # The photo is 320 x 240.
    assert alpha[:115].max() == alpha[:, 165:].max() == 0
    assert "has no mask" in str(ext(".operators.mask").latest[0])


def ada(*arguments):
    pytest.importorskip("bpy", reason="the bpy wheel is not installed")
    return subprocess.run(
        [sys.executable, str(ROOT / "operators" / "batch.py"), *map(str, arguments)],
        capture_output=True, text=True, timeout=200, env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def test_headless_from_photos_to_masked_cameras(room, tmp_path):
    pytest.importorskip("pycolmap", reason="pycolmap is not installed")
    room.write(tmp_path / "shots", room.poses(4))
    done = ada("cameras", tmp_path / "shots", "--out", tmp_path / "found", "--blend", tmp_path / "c.blend", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["registered"], found["photos"], found["left_out"]) == (4, 4, [])
    assert (tmp_path / "found" / "transforms.json").is_file()
    assert (tmp_path / "c.blend").stat().st_size > 1000
    done = ada(
        "mask", tmp_path / "found", "--out", tmp_path / "cut", "--key", 0.5, 0.43, 0.35, "--tolerance", 0.1, "--json"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["written"] == 4
    done = ada("cameras", "--import", tmp_path / "cut", "--out", tmp_path / "again", "--json")
    assert done.returncode == 0, done.stderr
    first, again = (json.loads((tmp_path / name / "transforms.json").read_text()) for name in ("found", "again"))
    for one, other in zip(first["frames"], again["frames"]):
        np.testing.assert_allclose(one["transform_matrix"], other["transform_matrix"], atol=1e-9)
    assert again["frames"][0]["file_path"] == "../cut/p00.png"


def test_headless_says_what_is_wrong(tmp_path):
    pytest.importorskip("pycolmap", reason="pycolmap is not installed")
    (tmp_path / "empty").mkdir()
    done = ada("cameras", tmp_path / "empty")
    assert done.returncode == 1
    assert "holds 0 photos" in done.stderr
    assert "Traceback" not in done.stderr
    assert ada("cameras").returncode == 2
    assert ada("mask", tmp_path / "empty", "--out", tmp_path / "out").returncode == 2
