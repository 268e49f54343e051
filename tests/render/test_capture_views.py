"""A capture, looked at from outside: its files, its poses, and what it leaves of the user's scene."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from conftest import ROOT

bpy = pytest.importorskip("bpy")
Image = pytest.importorskip("PIL.Image")

from ada_forge.ai.errors import AdaError
from ada_forge.ai.job import run
from ada_forge.render import capture

FEW = capture.CaptureSettings(train=3, test=2, resolution=64, samples=1)


@pytest.fixture
def scene():
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", 'SUN'))
    scene.collection.objects.link(sun)
    return scene


def add_cube(scene, name="Cube", center=(0.0, 0.0, 0.0), size=1.0):
    corners = np.array([(x, y, z) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)]) * size
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(corners.tolist(), [], faces)
    cube = bpy.data.objects.new(name, mesh)
    cube.location = center
    scene.collection.objects.link(cube)
    return cube


def contents():
    """Everything in the file by kind: name and number of users."""
    kinds = {prop.identifier for prop in bpy.data.bl_rna.properties if prop.type == 'COLLECTION'}
    return {kind: sorted((item.name, item.users) for item in getattr(bpy.data, kind)) for kind in kinds}


def alpha_of(folder, frame):
    path = folder / frame["file_path"]
    image = Image.open(path if path.suffix else path.with_suffix(".png"))
    assert image.mode == "RGBA"
    return np.asarray(image)[..., 3] / 255.0


def project(points, frame, data):
    """Pixel coordinates (n, 2) of world points (n, 3), from the JSON alone."""
    local = np.c_[points, np.ones(len(points))] @ np.linalg.inv(frame["transform_matrix"]).T
    assert (local[:, 2] < 0.0).all()
    x = data["fl_x"] * local[:, 0] / -local[:, 2] + data["cx"]
    y = data["fl_y"] * -local[:, 1] / -local[:, 2] + data["cy"]
    return np.stack([x, y], axis=1)


def silhouette_box(alpha):
    """Left, top, right and lower edge of what is seen, in pixels, to a fraction of one by the coverage of the rim."""
    columns, rows = alpha.max(axis=0), alpha.max(axis=1)
    edges = []
    for line in (columns, rows):
        seen = np.flatnonzero(line > 0.02)
        edges.append((seen[0] + 1.0 - line[seen[0]], seen[-1] + line[seen[-1]]))
    return np.array([edges[0][0], edges[1][0], edges[0][1], edges[1][1]])


def box_error(points, frame, data, folder):
    pixels = project(points, frame, data)
    expected = np.concatenate([pixels.min(axis=0), pixels.max(axis=0)])
    return np.abs(silhouette_box(alpha_of(folder, frame)) - expected).max()


def test_a_cube(scene, tmp_path):
    cube = add_cube(scene, center=(3.0, -2.0, 1.0), size=0.7)
    cube.rotation_euler = (0.3, 0.2, 0.9)
    folder = tmp_path / "有 空格 dataset"
    before = contents()
    reports = []
    settings = replace(FEW, train=6, resolution=128, samples=16)
    result = run(capture.capture_views(scene, [cube], settings, folder), reports.append)
    assert contents() == before
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]
    assert (result.folder, result.train, result.test) == (folder, 6, 2)
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*.png")) == sorted(
        [f"train/r_{index}.png" for index in range(6)] + [f"test/r_{index}.png" for index in range(2)]
    )
    fractions = [report.fraction for report in reports]
    assert fractions == sorted(fractions)
    assert reports[-1].seconds_left > 0.0
    assert str(reports[-1]) == "Rendering view 8 of 8"

    corners = np.array([cube.matrix_world @ vertex.co for vertex in cube.data.vertices])
    whole = json.loads(result.transforms.read_text(encoding="utf-8"))
    for split, count in (("train", 6), ("test", 2)):
        data = json.loads((folder / f"transforms_{split}.json").read_text(encoding="utf-8"))
        assert len(data["frames"]) == count
        assert data["frames"][0]["file_path"] == f"./{split}/r_0"
        assert data["fl_x"] == pytest.approx(64.0 / np.tan(data["camera_angle_x"] / 2.0))
        for frame in data["frames"]:
            assert box_error(corners, frame, data, folder) < 1.5
    assert len(whole["frames"]) == 8
    assert whole["train_filenames"] == [f"train/r_{index}.png" for index in range(6)]
    assert np.allclose(whole["sphere_center"], (3.0, -2.0, 1.0), atol=1e-5)
    for frame in whole["frames"]:  # In the picture whole, and large.
        alpha = alpha_of(folder, frame)
        rim = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
        assert rim.max() == 0.0
        assert 0.1 < alpha.mean() < 0.6


def test_ada_realtime_sees_the_same(ext, scene, tmp_path):
    """Same outlines as Cycles from the same cameras, lit, and nothing of it left in the file."""
    module, run_job = ext(".render.capture"), ext(".ai.job").run
    cube = add_cube(scene, center=(0.2, -0.1, 0.4))
    cube.rotation_euler = (0.3, 0.2, 0.9)
    before = contents()
    for engine in ("REALTIME", "CYCLES"):
        settings = module.CaptureSettings(train=3, test=0, resolution=64, samples=32, engine=engine)
        run_job(module.capture_views(scene, [cube], settings, tmp_path / engine))
    assert contents() == before
    corners = np.array([cube.matrix_world @ vertex.co for vertex in cube.data.vertices])
    folder, brightest = tmp_path / "REALTIME", []
    data = json.loads((folder / "transforms_train.json").read_text(encoding="utf-8"))
    for number, frame in enumerate(data["frames"]):
        assert box_error(corners, frame, data, folder) < 1.5
        one, other = (
            np.asarray(Image.open(tmp_path / engine / "train" / f"r_{number}.png")) / 255.0
            for engine in ("REALTIME", "CYCLES")
        )
        assert np.abs(one[..., 3] - other[..., 3]).mean() < 0.02
        assert np.abs(one[..., :3] - other[..., :3]).mean() < 0.03
        brightest.append(one[..., :3].max())
    assert max(brightest) > 0.3  # From below the sun leaves all in the dark.


def test_closing_half_way_leaves_nothing(scene, tmp_path):
    cube = add_cube(scene)
    before = contents()
    for steps in (1, 2, 4):
        job = capture.capture_views(scene, [cube], FEW, tmp_path / "views")
        for _ in range(steps):
            next(job)
            assert contents() == before  # Saving or undoing between two steps finds nothing either.
        job.close()
        assert contents() == before
        assert list(tmp_path.iterdir()) == []


def test_only_the_selection_is_seen(scene, tmp_path):
    cube = add_cube(scene)
    add_cube(scene, "Other", center=(1.2, 0.0, 0.0))
    add_cube(scene, "Around", size=30.0)
    result = run(capture.capture_views(scene, [cube], FEW, tmp_path / "views"))
    data = json.loads(result.transforms.read_text(encoding="utf-8"))
    corners = np.array([vertex.co[:] for vertex in cube.data.vertices])
    assert all(box_error(corners, frame, data, result.folder) < 1.5 for frame in data["frames"])


def test_modifiers_and_instances_are_seen(scene, tmp_path):
    cube = add_cube(scene, size=0.5)
    array = cube.modifiers.new("Array", 'ARRAY')
    array.count, array.use_relative_offset, array.use_constant_offset = 2, False, True
    array.constant_offset_displace = (1.0, 0.0, 0.0)
    hidden = bpy.data.collections.new("Hidden")
    hidden.objects.link(add_cube(scene, "Instanced", center=(0.0, 0.0, 0.2), size=0.4))
    scene.collection.objects.unlink(bpy.data.objects["Instanced"])
    instance = bpy.data.objects.new("Instance", None)
    instance.instance_type, instance.instance_collection = 'COLLECTION', hidden
    instance.location = (0.0, 0.0, 1.5)
    scene.collection.objects.link(instance)
    before = contents()
    result = run(capture.capture_views(scene, [cube, instance], FEW, tmp_path / "views"))
    assert contents() == before
    unit = np.array([(x, y, z) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
    points = np.concatenate([unit * 0.5, unit * 0.5 + (1.0, 0.0, 0.0), unit * 0.4 + (0.0, 0.0, 1.7)])
    data = json.loads(result.transforms.read_text(encoding="utf-8"))
    assert all(box_error(points, frame, data, result.folder) < 1.5 for frame in data["frames"])


def test_copies_on_vertices_are_seen(scene, tmp_path):
    carrier = add_cube(scene, "Carrier", size=2.0)
    carrier.instance_type = 'VERTS'
    carrier.show_instancer_for_render = carrier.show_instancer_for_viewport = False
    small = add_cube(scene, "Small", size=0.3)
    small.parent = carrier
    result = run(capture.capture_views(scene, [carrier], FEW, tmp_path / "views"))
    unit = np.array([(x, y, z) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
    points = (unit[:, None] * 2.0 + unit[None] * 0.3).reshape(-1, 3)
    data = json.loads(result.transforms.read_text(encoding="utf-8"))
    assert all(box_error(points, frame, data, result.folder) < 1.5 for frame in data["frames"])


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_any_size(scene, tmp_path, scale):
    cube = add_cube(scene, size=scale, center=(2.0 * scale, 0.0, 0.0))
    result = run(capture.capture_views(scene, [cube], replace(FEW, train=1, test=0), tmp_path / "views"))
    data = json.loads(result.transforms.read_text(encoding="utf-8"))
    corners = np.array([cube.matrix_world @ vertex.co for vertex in cube.data.vertices])
    assert box_error(corners, data["frames"][0], data, result.folder) < 1.5


def test_a_scene_without_light_gets_one(scene, tmp_path):
    bpy.data.objects.remove(bpy.data.objects["Sun"])
    scene.world = None
    cube = add_cube(scene)
    before = contents()
    result = run(capture.capture_views(scene, [cube], FEW, tmp_path / "views"))
    assert contents() == before
    assert np.asarray(Image.open(result.folder / "train" / "r_0.png"))[..., :3].max() > 50


def test_a_dark_scene_is_refused(scene, tmp_path):
    bpy.data.objects["Sun"].data.energy = 0.0
    scene.world = None
    with pytest.raises(AdaError, match="black"):
        run(capture.capture_views(scene, [add_cube(scene)], FEW, tmp_path / "views"))
    assert list(tmp_path.iterdir()) == []


def test_unseen_objects_are_refused(scene, tmp_path):
    cube = add_cube(scene)
    cube.visible_camera = False
    with pytest.raises(AdaError, match="can be seen"):
        run(capture.capture_views(scene, [cube], FEW, tmp_path / "views"))
    assert list(tmp_path.iterdir()) == []


def test_the_seed_repeats_and_varies(scene, tmp_path):
    cube = add_cube(scene)

    def first(name, seed):
        result = run(capture.capture_views(scene, [cube], replace(FEW, seed=seed), tmp_path / name))
        poses = [frame["transform_matrix"] for frame in json.loads(result.transforms.read_text())["frames"]]
        return np.array(poses), np.asarray(Image.open(result.folder / "train" / "r_0.png"))

    (poses, picture), (again, same), (others, _) = first("a", 0), first("b", 0), first("c", 1)
    assert np.array_equal(poses, again)
    assert np.array_equal(picture, same)
    assert np.abs(poses - others).max() > 0.5


def test_refusals_at_the_click(scene, tmp_path):
    cube, sun = add_cube(scene), bpy.data.objects["Sun"]
    hidden = add_cube(scene, "Hidden")
    hidden.hide_render = True
    for objects, settings, match in (
        ([], FEW, "Nothing is selected"),
        ([sun], FEW, "can be rendered"),
        ([hidden], FEW, "can be rendered"),
        ([cube], replace(FEW, train=0), "at least one"),
        ([cube], replace(FEW, resolution=4), "resolution"),
        ([cube], replace(FEW, lowest=30.0, highest=-30.0), "elevations"),
        ([cube], replace(FEW, field_of_view=170.0), "field of view"),
        ([cube], replace(FEW, device='GPU'), "no GPU"),
    ):
        with pytest.raises(AdaError, match=match):
            capture.capture_views(scene, objects, settings, tmp_path / "views")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(scene, tmp_path):
    cube = add_cube(scene)
    folder = tmp_path / "views"
    folder.mkdir()
    run(capture.capture_views(scene, [cube], FEW, folder))  # An empty folder is filled.
    with pytest.raises(AdaError, match="views' holds a dataset"):
        capture.capture_views(scene, [cube], FEW, folder)
    stale = folder / "train" / "r_2.png"
    assert stale.exists()
    run(capture.capture_views(scene, [cube], replace(FEW, train=2, overwrite=True), folder))
    assert not stale.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["views"]

    foreign = tmp_path / "photos"
    foreign.mkdir()
    (foreign / "keep.txt").write_text("mine")
    with pytest.raises(AdaError, match="photos' holds other files"):
        capture.capture_views(scene, [cube], replace(FEW, overwrite=True), foreign)
    with pytest.raises(AdaError, match="is a file"):
        capture.capture_views(scene, [cube], FEW, foreign / "keep.txt")
    with pytest.raises(AdaError, match="Cannot write to"):
        run(capture.capture_views(scene, [cube], FEW, foreign / "keep.txt" / "views"))
    assert (foreign / "keep.txt").read_text() == "mine"


def test_a_folder_filled_meanwhile_is_kept(scene, tmp_path):
    folder = tmp_path / "views"
    job = capture.capture_views(scene, [add_cube(scene)], FEW, folder)
    next(job)
    folder.mkdir()
    (folder / "keep.txt").write_text("mine")
    with pytest.raises(AdaError, match="holds other files"):
        run(job)
    assert [path.name for path in tmp_path.rglob("*")] == ["views", "keep.txt"]


def test_objects_removed_meanwhile(scene, tmp_path):
    cube = add_cube(scene)
    job = capture.capture_views(scene, [cube], FEW, tmp_path / "views")
    next(job)
    next(job)
    bpy.data.objects.remove(cube)
    with pytest.raises(AdaError, match="removed meanwhile"):
        run(job)
    assert list(tmp_path.iterdir()) == []


def test_a_file_opened_meanwhile(scene, tmp_path):
    job = capture.capture_views(scene, [add_cube(scene)], FEW, tmp_path / "views")
    next(job)
    next(job)
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    before = contents()
    with pytest.raises(AdaError, match="removed meanwhile"):
        run(job)
    assert contents() == before
    assert list(tmp_path.iterdir()) == []


FULL = """
import resource, sys, types
from pathlib import Path
stub = types.ModuleType("ada_forge")
stub.__path__ = [sys.argv[1]]
sys.modules["ada_forge"] = stub
import bpy
from ada_forge.ai.errors import AdaError
from ada_forge.ai.job import run
from ada_forge.render import capture, export, images
folder = Path(sys.argv[2])
scene = bpy.context.scene
cube = bpy.data.objects["Cube"]
scene.render.engine, scene.cycles.samples = 'CYCLES', 1
scene.render.resolution_x = scene.render.resolution_y = 64
scene.cycles.use_denoising = False
cube.modifiers.new("Subdivision", 'SUBSURF').levels = 5
settings = capture.CaptureSettings(train=2, test=1, resolution=64, samples=1)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
for act in (
    lambda: export.export_glb([cube], folder / "a.glb"),
    lambda: export.save_blend_copy(folder / "a.blend"),
    lambda: images.render_png(scene, folder / "a.png"),
    lambda: run(capture.capture_views(scene, [cube], settings, folder / "views")),
):
    try:
        act()
        print("ADA: no error")
    except AdaError as error:
        print("ADA:", error)
"""


def test_disk_full(tmp_path):
    """A limit on file sizes cuts every file off in its middle, as a full disk does."""
    pytest.importorskip("resource", reason="file size limits are a thing of Unix")
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(tmp_path / "profile")}
    target = tmp_path / "target"
    target.mkdir()
    command = [sys.executable, "-c", FULL, str(ROOT), str(target), "800"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    said = re.findall("ADA: (.*)", done.stdout)  # Blender writes between the lines.
    assert len(said) == 4, done.stdout + done.stderr
    for line, name in zip(said, ("a.glb", "a.blend", "a.png", "r_0.png")):
        assert name in line
        assert "Traceback" not in line
    assert list(target.iterdir()) == []
