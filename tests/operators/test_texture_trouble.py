"""What goes wrong around a texture job costs one sentence and nothing of the user's."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
from texture_scene import empty_file, pixels_of


@pytest.fixture
def scene(ext):
    for scene in empty_file(ext):
        scene.ada.texture.engine, scene.ada.texture.width, scene.ada.texture.height = 'PROCEDURAL', 32, 32
        yield scene


def full_disk(ext, monkeypatch, everywhere):
    """Writing fails as on a full disk: everywhere, or everywhere but for temporary files."""
    import bpy

    textures, error = ext(".render.textures"), ext(".ai.errors").AdaError
    own = textures.write_png

    def write_png(path, *rest):
        if everywhere or not str(path).startswith(bpy.app.tempdir):
            raise error("'{file}' could not be written: {reason}", file=str(path), reason="No space left on device")
        own(path, *rest)

    monkeypatch.setattr(textures, "write_png", write_png)


@pytest.mark.parametrize("everywhere", [False, True])
def test_a_full_disk_does_not_cost_the_texture(ext, scene, monkeypatch, tmp_path, everywhere):
    import bpy

    assert bpy.ops.ada.texture_generate() == {'FINISHED'}
    (whole,) = bpy.data.images
    output = scene.ada.texture_output
    output.store, output.folder, output.maps = 'FILE', str(tmp_path), True
    full_disk(ext, monkeypatch, everywhere)
    assert bpy.ops.ada.texture_generate() == {'FINISHED'}
    images = [image for image in bpy.data.images if image != whole]
    assert len(images) == 5
    assert all(image.packed_file is not None for image in images)
    (color,) = [image for image in images if "ada_texture" in image]
    assert np.array_equal(pixels_of(color)[..., :3], pixels_of(whole)[..., :3])
    notes = json.loads(color["ada_texture"])["notes"]
    assert "could not be written as a file" in notes[0][0]
    heights = next(image for image in images if image.name.endswith("height"))
    assert len(np.unique(pixels_of(heights)[..., 0])) > 256
    assert list(tmp_path.iterdir()) == []
    path, name = tmp_path / "saved.blend", color.name
    monkeypatch.undo()
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    assert pixels_of(bpy.data.images[name])[..., :3].std() > 0.01


def test_a_folder_that_cannot_be_made(ext, scene, tmp_path):
    import bpy

    (tmp_path / "file").write_text("in the way")
    assert bpy.ops.ada.texture_generate(store='FILE', folder=str(tmp_path / "file" / "x")) == {'FINISHED'}
    (image,) = bpy.data.images
    assert image.packed_file is not None


def queued(ext, **values):
    """Press the button: the job waits in the queue, which the test drives."""
    import bpy

    operator = ext(".operators.texture").ADA_OT_texture_generate
    for name, value in values.items():
        setattr(bpy.context.scene.ada.texture, name, value)
    order = operator.read(bpy.context)
    queue_module = ext(".operators.queue")
    task = queue_module.Task(
        label=operator.bl_label,
        settings=order,
        start=lambda: operator.guarded(order),
        finish=lambda context, result: operator.finish(context, order, result),
    )
    queue_module.queue.add(task)
    return task


def drive(ext, until):
    queue = ext(".operators.queue").queue
    end = time.monotonic() + 60
    while not until():
        assert time.monotonic() < end
        queue.tick()
        time.sleep(0.01)


def test_images_and_objects_may_go_while_it_is_made(ext, scene):
    import bpy

    state = ext(".operators.queue").State
    scene.ada.texture_output.material = True
    bpy.data.objects["Cube"].select_set(True)
    scene.ada.texture.source = bpy.data.images.new("source", 8, 8)
    task = queued(ext, width=256, height=256)
    drive(ext, lambda: task.state is state.RUNNING)
    bpy.data.images.remove(scene.ada.texture.source)
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    drive(ext, lambda: task.state not in (state.RUNNING, state.WAITING))
    assert task.state is state.FINISHED, task.details
    assert bpy.data.materials[task.outcome].users >= 0


def test_another_file_ends_the_job_and_gets_nothing(ext, scene):
    import bpy

    state = ext(".operators.queue").State
    task = queued(ext, width=2048, height=2048, count=8)  # Long enough, however late this thread is.
    drive(ext, lambda: task.progress.fraction > 0)
    bpy.ops.wm.read_homefile()
    assert task.state is state.CANCELLED
    assert not [image for image in bpy.data.images if "ada_texture" in image]


def test_names_that_are_paths_stay_names(ext, scene, tmp_path):
    import bpy

    picture = ext(".operators.texture_order").Picture
    operator = ext(".operators.texture").ADA_OT_texture_generate
    for prompt in ("../../up", "C:\\x\\y", "/etc/passwd", "a\nb\0c", "砖" * 500, "🧱", "."):
        order = operator.read(bpy.context)
        order.output.update(store='FILE', folder=str(tmp_path / "in"))
        made = picture(np.zeros((4, 4, 3), np.float32), 1, (0.5, 0.5), prompt)
        image = bpy.data.images[ext(".operators.texture_output").add(order, made)]
        assert not set("/\\:\n") & set(image.name)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    assert len(list((tmp_path / "in").iterdir())) == 7
