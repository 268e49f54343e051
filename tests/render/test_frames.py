"""Frames: whole ones are kept, damaged ones rendered again, what was written is decoded."""

from __future__ import annotations

import pytest

SIZE = (24, 16)


@pytest.fixture
def frames(ext):
    return ext(".render.frames")


@pytest.fixture
def scene(ext):
    import bpy

    bpy.ops.wm.read_homefile(use_factory_startup=True)
    scene = bpy.context.scene
    scene.render.engine = 'CYCLES'
    scene.cycles.samples = 1
    scene.cycles.use_denoising = False
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    scene.render.resolution_percentage = 100
    scene.frame_set(7)
    cube = bpy.data.objects["Cube"]
    for frame, x in ((1, -3.0), (4, 3.0)):
        cube.location.x = x
        cube.keyframe_insert("location", frame=frame)
    return scene


def render(ext, frames, scene, numbers, folder, **options):
    return ext(".ai.job").run(frames.render_frames(scene, numbers, folder, **options))


def test_a_range_is_rendered_and_resumed(ext, frames, scene, tmp_path):
    folder = tmp_path / "帧 frames"
    result = render(ext, frames, scene, range(1, 5), folder)
    files = [folder / f"000{frame}.png" for frame in range(1, 5)]
    assert sorted(folder.iterdir()) == files
    assert (result.rendered, result.skipped, result.repaired) == (4, 0, 0)
    assert 0 < result.seconds_per_frame <= result.slowest_seconds <= result.seconds
    assert len({path.read_bytes() for path in files}) == 4  # The animation moves.
    assert scene.frame_current == 7

    untouched = files[0].stat().st_mtime_ns
    whole = files[1].read_bytes()
    files[1].write_bytes(whole[: len(whole) * 2 // 3])
    files[2].write_bytes(b"")
    files[3].unlink()
    again = render(ext, frames, scene, range(1, 5), folder)
    assert (again.rendered, again.skipped, again.repaired) == (3, 1, 2)
    assert files[0].stat().st_mtime_ns == untouched
    assert all(frames.is_whole(path, SIZE) for path in files)
    assert sorted(folder.iterdir()) == files

    nothing = render(ext, frames, scene, range(1, 5), folder)
    assert (nothing.rendered, nothing.skipped, nothing.seconds_per_frame) == (0, 4, None)
    assert render(ext, frames, scene, (1,), folder, overwrite=True).rendered == 1


def test_a_frame_of_another_size_is_rendered_again(ext, frames, scene, tmp_path):
    render(ext, frames, scene, (1,), tmp_path)
    scene.render.resolution_percentage = 50
    result = render(ext, frames, scene, (1,), tmp_path)
    assert (result.rendered, result.repaired) == (1, 1)
    assert frames.is_whole(tmp_path / "0001.png", (12, 8))


@pytest.mark.parametrize("codec", ['NONE', 'ZIP', 'PIZ', 'DWAA'])
@pytest.mark.parametrize("kind", ['OPEN_EXR', 'OPEN_EXR_MULTILAYER'])
@pytest.mark.parametrize("interleave", [False, True])
def test_exr_is_followed_to_its_last_chunk(ext, frames, scene, tmp_path, kind, codec, interleave):
    compat = ext(".render.compat")
    compat.set_file_format(scene, kind)
    if not compat.set_value(scene.render.image_settings, "use_exr_interleave", interleave) and interleave:
        pytest.skip("this Blender interleaves all layers")
    scene.view_layers[0].use_pass_normal = scene.view_layers[0].use_pass_z = True
    scene.render.image_settings.exr_codec = codec
    result = render(ext, frames, scene, (1,), tmp_path)
    path = tmp_path / "0001.exr"
    assert result.rendered == 1
    assert frames.is_whole(path, SIZE)
    whole = path.read_bytes()
    for keep in (len(whole) - 1, len(whole) * 3 // 4, 300, 7, 0):
        path.write_bytes(whole[:keep])
        assert not frames.is_whole(path, SIZE), keep
    again = render(ext, frames, scene, (1,), tmp_path)
    assert (again.rendered, again.repaired) == (1, 1)
    assert render(ext, frames, scene, (1,), tmp_path).skipped == 1
    if codec == 'ZIP':
        damaged = bytearray(whole)
        damaged[-20] ^= 0xFF
        path.write_bytes(damaged)
        assert not frames.is_whole(path, SIZE)


def test_a_file_that_is_not_written_whole_is_said(ext, frames, scene, tmp_path, monkeypatch):
    monkeypatch.setattr(frames, "is_whole", lambda path, size: False)
    with pytest.raises(ext(".ai.errors").AdaError, match=r"0003\.png.*not written completely"):
        render(ext, frames, scene, (3,), tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert scene.frame_current == 7


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda scene: setattr(scene, "camera", None), "has no camera"),
        (lambda scene: setattr(scene.render.image_settings, "file_format", 'JPEG'), "PNG or OpenEXR, not JPEG"),
    ],
)
def test_what_cannot_be_rendered_is_said_at_once(ext, frames, scene, tmp_path, change, match):
    change(scene)
    with pytest.raises(ext(".ai.errors").AdaError, match=match):
        frames.render_frames(scene, (1,), tmp_path)
    with pytest.raises(ext(".ai.errors").AdaError, match="no frame"):
        frames.render_frames(scene, (), tmp_path)


def test_closing_the_job_puts_the_scene_back(frames, scene, tmp_path):
    job = frames.render_frames(scene, (1, 2, 3), tmp_path)
    next(job)
    next(job)
    assert scene.frame_current == 1
    job.close()
    assert scene.frame_current == 7
    assert [path.name for path in tmp_path.iterdir()] == ["0001.png"]


def test_a_removed_scene_is_said(ext, frames, scene, tmp_path):
    import bpy

    other = bpy.data.scenes.new("Other")
    other.camera = scene.camera
    job = frames.render_frames(other, (1, 2), tmp_path)
    next(job)
    bpy.data.scenes.remove(other)
    with pytest.raises(ext(".ai.errors").AdaError, match="removed meanwhile"):
        next(job)


def test_the_size_of_a_cropped_border(frames, scene):
    render = scene.render
    render.resolution_x, render.resolution_y = 200, 100
    assert frames.picture_size(scene) == (200, 100)
    render.use_border = render.use_crop_to_border = True
    render.border_min_x, render.border_max_x, render.border_min_y, render.border_max_y = 0.25, 0.75, 0.1, 0.6
    assert frames.picture_size(scene) == (100, 50)
