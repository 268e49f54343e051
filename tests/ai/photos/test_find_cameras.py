"""The whole search, with the solver's process, on a room whose cameras are known."""

import json
import os

import numpy as np
import pytest
import room
from ada_forge.ai.errors import AdaError
from ada_forge.ai.job import Request, run
from ada_forge.ai.nerf import dataset
from ada_forge.ai.nerf.cameras import Camera
from ada_forge.ai.nerf.importers.scene import ImportedScene, ImportedView
from ada_forge.ai.photos import process, solver, transforms, world
from ada_forge.ai.photos.cameras import find_cameras, target_of
from ada_forge.ai.photos.settings import CameraSettings
from PIL import Image

ONE = CameraSettings(threads=1)


@pytest.fixture
def pycolmap():
    pytest.importorskip("pycolmap", reason="pycolmap is not installed")


def centers(cameras):
    return np.stack([camera.center() for camera in cameras])


def test_a_room_comes_back(pycolmap, tmp_path):
    """Two of the photos have another size and one is cut out; nothing is said of their lenses."""
    truth = room.poses(8)
    folder = tmp_path / "房间 1"
    paths = room.write(folder, truth)
    for number in (2, 5):
        Image.fromarray(room.draw(truth[number], (400, 300), 375.0)).save(paths[number])
    image = Image.open(paths[1])
    alpha = np.full((240, 320), 255, np.uint8)
    alpha[:, :40] = 0
    image.putalpha(Image.fromarray(alpha))
    image.save(paths[1])
    fractions = []
    result = run(find_cameras(folder, None, ONE), lambda progress: fractions.append(progress.fraction))
    assert (result.photos, result.registered, result.left_out, result.notes) == (8, 8, [], [])
    apart = room.align(centers(result.cameras), np.stack([pose[:3, 3] for pose in truth]))
    extent = np.linalg.norm(np.ptp(np.stack([pose[:3, 3] for pose in truth]), axis=0))
    assert apart.max() < 0.01 * extent
    assert fractions == sorted(fractions)
    assert len(result.points) > 200
    assert result.error_pixels < 1
    # Upright, the first camera looks along +y, cameras about 4 units from what they see.
    first = result.cameras[0].pose
    assert abs(first[0, 2]) < 1e-6
    assert first[1, 2] < 0
    assert np.mean([camera.pose[:3, 1] for camera in result.cameras], axis=0)[2] > 0.8
    # The file is what Reconstruct reads.
    frames = dataset.read_frames(result.path)
    assert [frame.image.name for frame in frames] == [path.name for path in paths]
    np.testing.assert_allclose(
        [frame.camera.pose for frame in frames], [camera.pose for camera in result.cameras], atol=1e-9
    )
    assert frames[2].camera.width == 400
    assert frames[2].camera.fx / 375 == pytest.approx(1, abs=0.05)
    assert (folder / "sparse.ply").stat().st_size > 15 * len(result.points)
    # A second run replaces its own file.
    assert json.loads(result.path.read_text())["cameras_by"] == transforms.WRITTEN_BY
    transforms.check_target(result.path, False)


def test_three_photos_are_a_best_effort(pycolmap, tmp_path):
    room.write(tmp_path / "three", room.poses(5)[:3])
    result = run(find_cameras(tmp_path / "three", None, ONE))
    assert result.registered == 3
    assert "Only 3 photos have a camera" in str(result.notes[-1])


def test_a_photo_of_something_else_is_named(pycolmap, tmp_path):
    paths = room.write(tmp_path / "odd", room.poses(5))
    Image.fromarray(room.draw(room.poses(5)[2], seed=7)).save(paths[2])
    result = run(find_cameras(tmp_path / "odd", None, ONE))
    assert result.registered == 4
    assert result.left_out == [paths[2]]
    assert "'p02.png' was left out: it does not overlap" in " ".join(map(str, result.notes))


def test_photos_that_do_not_overlap(pycolmap, tmp_path):
    for number, pose in enumerate(room.poses(3)):
        room.write(tmp_path / "apart", [pose], seed=number + 1)
        (tmp_path / "apart" / "p00.png").rename(tmp_path / "apart" / f"q{number}.png")
    with pytest.raises(AdaError, match="do not overlap enough"):
        run(find_cameras(tmp_path / "apart", None, ONE))
    assert not (tmp_path / "apart" / "transforms.json").exists()


def test_photos_from_one_place(pycolmap, tmp_path):
    turned = [room.look((3, 3, 2), (0.8 + 0.35 * step, 0.8 - 0.35 * step, 0.8)) for step in (-2, -1, 0, 1, 2)]
    room.write(tmp_path / "turned", turned)
    with pytest.raises(AdaError, match="taken from one place"):
        run(find_cameras(tmp_path / "turned", None, ONE))


def test_closing_the_job_ends_the_solver(pycolmap, tmp_path, monkeypatch):
    room.write(tmp_path / "room", room.poses(5))
    started = []
    popen = process.subprocess.Popen
    monkeypatch.setattr(process.subprocess, "Popen", lambda *a, **k: started.append(popen(*a, **k)) or started[-1])
    job = find_cameras(tmp_path / "room", None, ONE)
    for _ in job:
        if started:
            break
    assert started[0].poll() is None
    job.close()
    assert started[0].poll() is not None
    assert not (tmp_path / "room" / "transforms.json").exists()


def test_a_solver_that_breaks_down_is_one_sentence(tmp_path):
    task = {"folder": str(tmp_path / "none"), "groups": [], "masks": False, "matching": 'AUTO', "threads": 1, "seed": 0}
    with pytest.raises(AdaError, match="The camera solver broke down"):
        list(process.listen(task | {"groups": 3}, tmp_path / "log"))


def test_a_foreign_file_is_not_replaced(tmp_path):
    paths = room.write(tmp_path / "room", room.poses(3))
    target = paths[0].with_name("transforms.json")
    target.write_text('{"frames": []}')
    with pytest.raises(AdaError, match="was not made here"):
        run(find_cameras(tmp_path / "room", None, ONE))
    assert target.read_text() == '{"frames": []}'
    transforms.check_target(target, True)


def test_a_video_is_asked_for_its_pictures(pycolmap, tmp_path):
    video = tmp_path / "clip.mp4"
    video.touch()
    truth = room.poses(40)
    asked = []

    def answer(request: Request):
        if request.name == "video_length":
            assert request.payload == video
            return 40
        asked.append(request.payload.number)
        Image.fromarray(room.draw(truth[request.payload.number])).save(request.payload.target)
        return None

    result = run(find_cameras(video, None, CameraSettings(threads=1, frames=5)), answer=answer)
    assert asked == [0, 10, 20, 29, 39]
    assert result.path == tmp_path / "clip" / "transforms.json"
    assert [frame.image.parent.name for frame in dataset.read_frames(result.path)] == ["images"] * 5


def test_where_the_file_goes(tmp_path):
    assert target_of(tmp_path / "shots", None) == tmp_path / "shots" / "transforms.json"
    assert target_of(tmp_path / "clip.MOV", None) == tmp_path / "clip" / "transforms.json"
    assert target_of(tmp_path / "shots", tmp_path / "out") == tmp_path / "out" / "transforms.json"


def test_lenses_of_their_own_are_written_for_each_photo(tmp_path):
    cameras = [
        Camera(8, 6, 7.0, 7.5, 4.0, 3.0, room.poses(2)[0], (0.1, 0.2, 0.3, 0.4, 0.5)),
        Camera(8, 6, 9.0, 9.5, 4.1, 3.1, room.poses(2)[1]),
    ]
    images = [tmp_path / "a.png", tmp_path / "b.png"]
    for image in images:
        Image.new("RGB", (8, 6)).save(image)
    (tmp_path / "out").mkdir()
    file = tmp_path / "out" / "transforms.json"
    transforms.write_transforms(file, images, cameras, True)
    content = json.loads(file.read_text())
    assert content["ply_file_path"] == "sparse.ply"
    assert content["frames"][0]["file_path"] == os.path.join("..", "a.png").replace(os.sep, "/")
    for frame, camera in zip(dataset.read_frames(file), cameras):
        assert (frame.camera.fx, frame.camera.fy, frame.camera.cy) == (camera.fx, camera.fy, camera.cy)
        assert frame.camera.distortion == camera.distortion


def test_the_world_stands_upright():
    """Cameras and points turned, shrunk and moved anyhow come back upright, at the stated distance."""
    from scipy.spatial.transform import Rotation

    turn = Rotation.from_euler("xyz", (200, 50, 70), degrees=True).as_matrix()
    views = []
    for pose in room.poses(6):
        moved = np.eye(4)
        moved[:3, :3], moved[:3, 3] = turn @ pose[:3, :3], 0.1 * turn @ pose[:3, 3] + [5, 6, 7]
        views.append(ImportedView("", None, Camera(8, 6, 7, 7, 4, 3, moved)))
    points = np.random.default_rng(0).uniform(0.5, 1, (101, 3))
    scene = ImportedScene(None, views, 0.1 * points @ turn.T + [5, 6, 7])
    world.settle(scene, np.ones(101))
    places = centers([view.camera for view in views])
    np.testing.assert_allclose(room.align(places, np.stack([p[:3, 3] for p in room.poses(6)])), 0, atol=1e-9)
    assert np.median(np.linalg.norm(places, axis=1)) == pytest.approx(4, rel=1e-6)
    ups = np.mean([view.camera.pose[:3, 1] for view in views], axis=0)
    assert np.linalg.norm(ups[:2]) < 1e-9
    assert ups[2] > 0
    look = -views[0].camera.pose[:3, 2]
    assert look[0] == pytest.approx(0, abs=1e-9)
    assert look[1] > 0


def test_a_turning_camera_is_told_from_a_plane():
    from scipy.spatial.transform import Rotation

    calibration = np.array([[300.0, 0, 160], [0, 300, 120], [0, 0, 1]])
    normal = np.array([[0.1, 0.2, 1.0]])
    pairs = []
    for degrees in (5, 12, 20):
        turn = Rotation.from_euler("yx", (degrees, 3), degrees=True).as_matrix()
        for shift in (0.0, 0.2):  # Of the distance to the plane.
            plane = turn + shift * np.array([[1.0], [0.3], [0.1]]) @ normal
            pairs.append((7 * calibration @ plane @ np.linalg.inv(calibration), (320, 240), (320, 240)))
    assert solver.count_turned(pairs[::2]) == 3
    assert solver.count_turned(pairs[1::2]) == 0
    assert solver.count_turned([]) == 0


def test_weighted_median_by_hand():
    points = np.array([[1.0, 5], [2, 4], [3, 3]])
    assert world.weighted_median(points, np.array([1.0, 1, 3])).tolist() == [3, 3]
    assert world.weighted_median(points, np.ones(3)).tolist() == [2, 4]
