"""Reconstruct and Capture Views as operators: what they put into the file, and what they refuse."""

from __future__ import annotations

import json

import numpy as np
import pytest


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
def sphere(tmp_path_factory):
    """Twelve 24² views of a shaded sphere of radius 0.5 around (1, 2, 3), as a NeRF-synthetic folder."""
    image = pytest.importorskip("PIL.Image")
    folder = tmp_path_factory.mktemp("球 views")
    size, focal, place = 24, 30.0, np.array([1.0, 2.0, 3.0])
    frames = []
    for index in range(12):
        z = -0.8 + 1.6 * (index + 0.5) / 12
        angle = 2.39996 * index
        back = np.array([np.cos(angle) * np.sqrt(1 - z * z), np.sin(angle) * np.sqrt(1 - z * z), z])
        right = np.cross([0, 0, 1.0], back)
        right /= np.linalg.norm(right)
        pose = np.eye(4)
        pose[:3] = np.stack([right, np.cross(back, right), back, place + 2 * back], axis=1)
        x, y = np.meshgrid(np.arange(size) + 0.5, np.arange(size) + 0.5)
        rays = np.stack([(x - size / 2) / focal, -(y - size / 2) / focal, -np.ones_like(x)], axis=-1)
        rays = rays / np.linalg.norm(rays, axis=-1, keepdims=True) @ pose[:3, :3].T
        along = -2 * rays @ back
        inside = along**2 - 4 + 0.25
        hit = inside > 0
        normal = (2 * back + (along - np.sqrt(np.maximum(inside, 0)))[..., None] * rays) / 0.5
        rgba = np.concatenate([0.5 + 0.45 * normal, hit[..., None]], axis=-1) * hit[..., None]
        name = f"r_{index}.png"
        image.fromarray((rgba * 255).round().astype(np.uint8), "RGBA").save(folder / name)
        frames.append({"file_path": name, "transform_matrix": pose.tolist()})
    intrinsics = {"w": size, "h": size, "fl_x": focal, "fl_y": focal, "cx": size / 2, "cy": size / 2}
    (folder / "transforms.json").write_text(json.dumps(intrinsics | {"frames": frames}))
    return folder


def small(scene, path):
    settings = scene.ada.reconstruct
    settings.path, settings.preset, settings.device = str(path), 'DRAFT', 'CPU'
    settings.steps, settings.coarse_resolution, settings.resolution, settings.levels = 60, 24, 32, 2
    settings.rays, settings.holdout = 512, 6


def drive(queue):
    import time

    end = time.monotonic() + 120
    while queue.tick() is not None:
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("way", ["script", "queue"])
def test_a_sphere_comes_back_in_its_place(ext, scene, sphere, way):
    pytest.importorskip("torch")
    import bpy

    small(scene, sphere)
    before = set(bpy.data.objects)
    if way == "script":
        assert bpy.ops.ada.reconstruct_start() == {'FINISHED'}
    else:
        queue = ext(".operators.queue").queue
        operator = ext(".operators.reconstruct").ADA_OT_reconstruct_start
        task_class = ext(".operators.queue").Task
        settings = operator.read(bpy.context)
        task = queue.add(
            task_class(
                operator.bl_label,
                settings,
                lambda: operator.start(settings),
                lambda context, result: operator.finish(context, settings, result),
                answer=operator.answer(),
            )
        )
        drive(queue)
        assert task.error is None, task.details
        assert task.outcome in bpy.data.objects
    (obj,) = set(bpy.data.objects) - before
    assert obj.name.startswith(sphere.name)
    assert bpy.context.object == obj
    points = np.array([obj.matrix_world @ vertex.co for vertex in obj.data.vertices])
    radii = np.linalg.norm(points - [1, 2, 3], axis=1)
    assert np.median(radii) == pytest.approx(0.5, abs=0.04)
    assert np.percentile(np.abs(radii - 0.5), 95) < 0.1
    assert "Color" in obj.data.color_attributes
    (node,) = (node for node in obj.active_material.node_tree.nodes if node.type == 'TEX_IMAGE')
    assert node.image.packed_file is not None
    assert len(obj.data.uv_layers) == 1
    assert list(bpy.data.scenes) == [scene]  # Nothing is left of the workplace.


def test_without_photos_it_says_what_to_choose(scene):
    import bpy

    with pytest.raises(RuntimeError, match=r"Choose a transforms\.json"):
        bpy.ops.ada.reconstruct_start()


def test_a_failed_reconstruction_changes_nothing(scene, tmp_path):
    pytest.importorskip("torch")
    import bpy

    broken = tmp_path / "transforms.json"
    broken.write_text("{not json")
    scene.ada.reconstruct.path = str(broken)
    before = [obj.name for obj in bpy.data.objects]
    with pytest.raises(RuntimeError, match=r"transforms\.json"):
        bpy.ops.ada.reconstruct_start()
    assert [obj.name for obj in bpy.data.objects] == before


def test_capture_sets_what_to_reconstruct_next(scene, tmp_path):
    import bpy

    settings = scene.ada.capture
    settings.folder, settings.train, settings.test = str(tmp_path / "views"), 3, 1
    settings.resolution, settings.samples = 16, 1
    for obj in bpy.data.objects:
        obj.select_set(obj.name == "Cube")
    assert bpy.ops.ada.views_capture() == {'FINISHED'}
    assert scene.ada.reconstruct.path == str(tmp_path / "views")
    assert len(list((tmp_path / "views" / "train").iterdir())) == 3


def test_capture_refuses_an_empty_selection(scene, tmp_path):
    import bpy

    bpy.ops.object.select_all(action='DESELECT')
    scene.ada.capture.folder = str(tmp_path / "views")
    with pytest.raises(RuntimeError, match="Nothing is selected"):
        bpy.ops.ada.views_capture()
    assert list(tmp_path.iterdir()) == []


def test_a_dropped_file_becomes_the_setting(scene, tmp_path):
    import bpy

    assert bpy.ops.ada.photos_choose('INVOKE_DEFAULT', filepath=str(tmp_path / "transforms.json")) == {'FINISHED'}
    assert scene.ada.reconstruct.path == str(tmp_path / "transforms.json")


def test_missing_packages_are_named_with_what_to_do(ext, scene, tmp_path, monkeypatch):
    import bpy

    packages = ext(".ai.setup.packages")
    monkeypatch.setattr(packages, "missing_packages", lambda: [packages.BY_MODULE["torch"]])
    (tmp_path / "transforms.json").write_text("{}")
    scene.ada.reconstruct.path = str(tmp_path)
    with pytest.raises(RuntimeError, match="torch must be installed"):
        bpy.ops.ada.reconstruct_start()


def test_go_on_where_the_job_was_stopped(ext, scene, sphere, tmp_path):
    pytest.importorskip("torch")
    import bpy

    small(scene, sphere)
    settings = scene.ada.reconstruct
    settings.field_file, settings.texture = str(tmp_path / "field.safetensors"), False
    with pytest.raises(RuntimeError, match="no kept field"):
        bpy.ops.ada.reconstruct_resume()
    operator = ext(".operators.reconstruct").ADA_OT_reconstruct_start
    has_field = ext(".panels.reconstruct").has_field
    assert not has_field(settings)
    job = operator.start(operator.read(bpy.context))
    next(report for report in job if str(report).startswith("Step"))
    job.close()
    assert has_field(settings)
    settings.steps = 5
    before = set(bpy.data.objects)
    assert bpy.ops.ada.reconstruct_resume() == {'FINISHED'}
    (obj,) = set(bpy.data.objects) - before
    assert len(obj.data.polygons) > 100


def test_a_field_is_not_kept_where_none_can_be(scene, sphere, tmp_path):
    import bpy

    small(scene, sphere)
    for path in (tmp_path / "absent" / "field.safetensors", tmp_path / "photo.png", tmp_path):
        scene.ada.reconstruct.field_file = str(path)
        with pytest.raises(RuntimeError, match="No field can be kept"):
            bpy.ops.ada.reconstruct_start()


def test_the_crop_box_is_guessed_and_read(ext, scene, sphere):
    """Around what the cameras look at; where a reconstruction found a box, there; else at the cursor."""
    import bpy
    from mathutils import Quaternion

    module = ext(".operators.reconstruct")
    scene.cursor.location = (9, 9, 9)
    assert bpy.ops.ada.crop_box_add() == {'FINISHED'}
    assert tuple(scene.ada.reconstruct.crop_object.location) == (9, 9, 9)
    scene.ada.reconstruct.path = str(sphere)
    assert bpy.ops.ada.crop_box_add() == {'FINISHED'}
    bpy.context.view_layer.update()
    box = module.read_crop(scene.ada.reconstruct.crop_object)
    assert box.center == pytest.approx((1, 2, 3), abs=0.02)
    assert all(1 < side < 1.8 for side in box.size)
    live = ext(".ai.nerf.live")
    turn = tuple(Quaternion((0, 0, 1), 0.5))
    answer = module.ADA_OT_reconstruct_start.answer()
    request = ext(".ai.job").Request(live.LOOK, live.CropBox((1, 0, 0), (1, 2, 3), turn))
    assert answer(request).crop == box
    scene.ada.reconstruct.use_crop = False
    assert answer(request).crop is None
    assert bpy.ops.ada.crop_box_add() == {'FINISHED'}
    bpy.context.view_layer.update()
    found = module.read_crop(scene.ada.reconstruct.crop_object)
    assert found.center == pytest.approx((1, 0, 0))
    assert found.size == pytest.approx((1, 2, 3))
    assert found.rotation == pytest.approx(turn, abs=1e-6)
    module.latest_boxes.clear()
