"""Files of other programs: the same three cameras written in each format, by hand from each format's definition."""

import json
import struct

import numpy as np
import pytest
from ada_forge.ai.errors import AdaError
from ada_forge.ai.nerf import dataset, importers
from ada_forge.ai.nerf.cameras import Camera, cast_rays, project
from ada_forge.ai.nerf.importers import colmap, realitycapture
from PIL import Image

SIZE = 40, 30
FOCAL, CENTER = 35.0, (21.0, 14.0)
TERMS = 0.1, -0.05, 0.01, -0.02  # k1, k2, p1, p2.


def poses():
    """Three cameras at z = 1 that look level along +y, -x and -y: camera to world, OpenGL axes, z up."""
    found = []
    for turn, place in ((0, (0.0, -3.0, 1.0)), (90, (3.0, 0.0, 1.0)), (180, (0.5, 3.0, 1.0))):
        c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
        pose = np.eye(4)
        pose[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ [[1, 0, 0], [0, 0, -1], [0, 1, 0]]
        pose[:3, 3] = place
        found.append(pose)
    return found


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "照片 1"
    (place / "images").mkdir(parents=True)
    for number in range(3):
        image = Image.new("RGBA", SIZE, (90, 120, 30, 255))
        image.putpixel((0, 0), (0, 0, 0, 0))
        image.save(place / "images" / f"p{number}.png")
    return place


def opencv(pose):
    """Camera to world with OpenCV's axes."""
    return pose[:3, :3] * [1, -1, -1], pose[:3, 3]


def quaternion(rotation):
    from scipy.spatial.transform import Rotation

    x, y, z, w = Rotation.from_matrix(rotation).as_quat()
    return w, x, y, z


def rows_of_colmap():
    for number, pose in enumerate(poses()):
        rotation, center = opencv(pose)
        yield quaternion(rotation.T), -rotation.T @ center, f"p{number}.png"


POINTS = [(0.1 * i, 0.2, 1.0 + 0.05 * i) for i in range(12)]


def write_colmap_text(folder):
    model = folder / "sparse" / "0"
    model.mkdir(parents=True)
    k = " ".join(map(str, TERMS))
    (model / "cameras.txt").write_text(f"# Cameras\n7 OPENCV 40 30 {FOCAL} {FOCAL} {CENTER[0]} {CENTER[1]} {k}\n")
    lines = ["# Images", "# two lines each"]
    for number, (q, t, name) in enumerate(rows_of_colmap()):
        values = " ".join(repr(float(v)) for v in (*q, *t))
        lines += [f"{number + 1} {values} 7 {name}", "" if number == 1 else "1.5 2.5 -1"]
    (model / "images.txt").write_text("\n".join(lines) + "\n")
    points = [f"{i} {x} {y} {z} 10 20 {i} 0.5 1 0 2 0" for i, (x, y, z) in enumerate(POINTS)]
    (model / "points3D.txt").write_text("\n".join(points))
    return model / "images.txt"


def write_colmap_binary(folder):
    model = folder / "sparse"
    model.mkdir()
    data = struct.pack("<QIiQQ8d", 1, 7, 4, 40, 30, FOCAL, FOCAL, *CENTER, *TERMS)
    (model / "cameras.bin").write_bytes(data)
    data = struct.pack("<Q", 3)
    for number, (q, t, name) in enumerate(rows_of_colmap()):
        data += struct.pack("<I7dI", number + 1, *q, *t, 7) + name.encode() + b"\0"
        data += struct.pack("<Q", number) + struct.pack("<ddq", 1.0, 2.0, -1) * number
    (model / "images.bin").write_bytes(data)
    data = struct.pack("<Q", len(POINTS))
    for i, point in enumerate(POINTS):
        data += struct.pack("<Q3d3BdQ", i, *point, 10, 20, i, 0.5, 2) + struct.pack("<4I", 1, 0, 2, 0)
    (model / "points3D.bin").write_bytes(data)
    return model / "images.bin"


def write_metashape(folder):
    """The component halves the scale and shifts by (1, 2, 3): camera places are stored before that."""
    cameras = ""
    for number, pose in enumerate(poses()):
        rotation, center = opencv(pose)
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = rotation, (center - [1, 2, 3]) / 0.5
        text = " ".join(repr(float(v)) for v in matrix.ravel())
        camera = f'<camera id="{number}" sensor_id="0" component_id="4" label="p{number}">'
        cameras += f"{camera}<transform>{text}</transform></camera>"
    cameras += '<camera id="9" sensor_id="0" component_id="4" label="lost"/>'
    calibration = "".join(
        f"<{name}>{value}</{name}>"
        for name, value in {
            "f": FOCAL, "cx": 1.0, "cy": -1.0, "k1": TERMS[0], "k2": TERMS[1], "p1": TERMS[3], "p2": TERMS[2],
        }.items()
    )  # fmt: skip
    file = folder / "cameras.xml"
    file.write_text(
        '<?xml version="1.0"?><document version="2.0"><chunk><sensors><sensor id="0" type="frame">'
        '<resolution width="40" height="30"/><calibration type="frame" class="initial"><f>1</f></calibration>'
        f'<calibration type="frame" class="adjusted">{calibration}</calibration></sensor></sensors>'
        '<components><component id="4"><transform><rotation>1 0 0 0 1 0 0 0 1</rotation>'
        "<translation>1 2 3</translation><scale>0.5</scale></transform></component></components>"
        f"<cameras>{cameras}</cameras></chunk></document>"
    )
    return file


def write_realitycapture(folder):
    """Level cameras have pitch 90; heading turns clockwise from north (+y), so west (-x) is 270."""
    header = "#name,x,y,alt,heading,pitch,roll,f,px,py,k1,k2,k3,k4,t1,t2"
    lines = [header]
    for number, (pose, heading) in enumerate(zip(poses(), (0, 270, 180))):
        x, y, z = pose[:3, 3]
        mm = 36 / 40
        lens = f"{FOCAL * mm},{1.0 * mm},{-1.0 * mm},{TERMS[0]},{TERMS[1]},0,0,{TERMS[2]},{TERMS[3]}"
        lines.append(f"p{number}.png,{x},{y},{z},{heading},90,0,{lens}")
    file = folder / "registration.csv"
    file.write_text("\n".join(lines))
    return file


def write_meshroom(folder):
    views, found = [], []
    for number, pose in enumerate(poses()):
        rotation, center = opencv(pose)
        view = {"viewId": str(number), "poseId": str(number), "intrinsicId": "5", "width": "40", "height": "30"}
        views.append({**view, "path": f"C:\\shots\\p{number}.png"})
        transform = {"rotation": [str(v) for v in rotation.ravel()], "center": [str(v) for v in center]}
        found.append({"poseId": str(number), "pose": {"transform": transform, "locked": "0"}})
    views.append({"viewId": "8", "poseId": "8", "intrinsicId": "5", "width": "40", "height": "30", "path": "lost.png"})
    lens = {
        "intrinsicId": "5", "width": "40", "height": "30", "sensorWidth": "36", "sensorHeight": "27", "type": "brown",
        "focalLength": str(FOCAL / 40 * 36), "pixelRatio": "1", "principalPoint": ["1", "-1"],
        "distortionParams": [str(v) for v in (TERMS[0], TERMS[1], 0, TERMS[2], TERMS[3])],
    }  # fmt: skip
    structure = [
        {"landmarkId": str(i), "X": list(map(str, p)), "color": ["10", "20", str(i)]} for i, p in enumerate(POINTS)
    ]
    file = folder / "cameras.sfm"
    file.write_text(
        json.dumps(
            {"version": ["1", "2", "2"], "views": views, "intrinsics": [lens], "poses": found, "structure": structure}
        )
    )
    return file


WRITERS = [write_colmap_text, write_colmap_binary, write_metashape, write_realitycapture, write_meshroom]


@pytest.mark.parametrize("write", WRITERS)
def test_every_format_gives_the_same_cameras(folder, write):
    file = write(folder)
    data = dataset.load(folder)  # By the folder, as Reconstruct's source.
    assert [view.path.name for view in data.train] == ["p0.png", "p1.png", "p2.png"]
    for view, pose in zip(data.train, poses()):
        camera = view.camera
        np.testing.assert_allclose(camera.pose, pose, atol=1e-6)
        assert (camera.width, camera.height) == SIZE
        assert (camera.fx, camera.fy, camera.cx, camera.cy) == pytest.approx((FOCAL, FOCAL, *CENTER))
        assert camera.distortion == pytest.approx((*TERMS, 0.0))
    scene = importers.read(file)
    if len(scene.points):
        np.testing.assert_allclose(scene.points, POINTS, atol=1e-6)
        assert scene.colors[3].tolist() == [10, 20, 3]
    assert [frame.image for frame in dataset.read_frames(file)] == [view.path for view in data.train]


def test_photos_of_another_size_keep_their_field_of_view(folder):
    write_metashape(folder)
    for file in (folder / "images").iterdir():
        Image.open(file).resize((20, 15)).save(file)
    camera = dataset.load(folder).train[0].camera
    assert (camera.width, camera.fx, camera.cx, camera.cy) == (20, FOCAL / 2, 10.5, 7.0)


def test_a_photo_that_is_gone_is_named(folder):
    write_colmap_text(folder)
    (folder / "images" / "p1.png").unlink()
    data = dataset.load(folder)
    assert len(data.train) == 2
    assert [path.name for path in data.skipped] == ["p1.png"]
    for file in (folder / "images").iterdir():
        file.unlink()
    with pytest.raises(AdaError, match="None of the photos"):
        dataset.load(folder)


@pytest.mark.parametrize("write", WRITERS)
def test_damaged_files_are_named(folder, write):
    file = write(folder)
    for damage in (file.read_bytes()[:60], b"", b"\xff\xfe\x00nonsense"):
        file.write_bytes(damage)
        with pytest.raises(AdaError) as caught:
            importers.read(file)
        assert file.name in str(caught.value)


def test_left_handed_poses_are_named(folder):
    file = write_metashape(folder)
    text = file.read_text().replace("<rotation>1 0 0 0 1 0 0 0 1<", "<rotation>1 0 0 0 1 0 0 0 -1<")
    file.write_text(text)
    with pytest.raises(AdaError, match=r"p0.*left-handed"):
        importers.read(file)


def test_cameras_that_look_away_are_named(folder):
    """OpenGL's axes in a file that should have OpenCV's: every camera looks backwards."""
    file = write_meshroom(folder)
    content = json.loads(file.read_text())
    for entry in content["poses"]:
        transform = entry["pose"]["transform"]
        rotation = np.array(transform["rotation"], float).reshape(3, 3) * [1, -1, -1]
        transform["rotation"] = rotation.ravel().tolist()
    file.write_text(json.dumps(content))
    with pytest.raises(AdaError, match="look away"):
        importers.read(file)


def test_a_lens_that_cannot_be_used_is_named(folder):
    file = write_colmap_text(folder)
    cameras = file.with_name("cameras.txt")
    cameras.write_text("7 FOV 40 30 35 35 20 15 0.9\n")
    with pytest.raises(AdaError, match="FOV"):
        importers.read(file)


@pytest.mark.parametrize(
    ("model", "numbers", "expected"),
    [
        ("SIMPLE_PINHOLE", (35, 20, 15), (35, 35, 20, 15, (0, 0, 0, 0, 0), False)),
        ("PINHOLE", (35, 34, 20, 15), (35, 34, 20, 15, (0, 0, 0, 0, 0), False)),
        ("SIMPLE_RADIAL", (35, 20, 15, 0.1), (35, 35, 20, 15, (0.1, 0, 0, 0, 0), False)),
        ("RADIAL", (35, 20, 15, 0.1, 0.2), (35, 35, 20, 15, (0.1, 0.2, 0, 0, 0), False)),
        ("OPENCV_FISHEYE", (35, 34, 20, 15, 1, 2, 3, 4), (35, 34, 20, 15, (1, 2, 3, 4, 0), True)),
        ("FULL_OPENCV", (35, 34, 20, 15, 1, 2, 3, 4, 5, 0, 0, 0), (35, 34, 20, 15, (1, 2, 3, 4, 5), False)),
        ("RADIAL_FISHEYE", (35, 20, 15, 0.1, 0.2), (35, 35, 20, 15, (0.1, 0.2, 0, 0, 0), True)),
    ],
)
def test_parameters_of_colmap_s_lenses(folder, model, numbers, expected):
    file = write_colmap_text(folder)
    file.with_name("cameras.txt").write_text(f"7 {model} 40 30 {' '.join(map(str, numbers))}\n")
    camera = colmap.read(file).views[0].camera
    assert (camera.fx, camera.fy, camera.cx, camera.cy, camera.distortion, camera.fisheye) == expected


def test_axes_are_exchanged_so_that_z_is_up(folder):
    """A world with y down, as COLMAP often leaves it: y = -z of ours, z = y."""
    turn = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    model = folder / "sparse"
    write_colmap_text(folder)
    text = ["# Images"]
    for number, pose in enumerate(poses()):
        rotation, center = opencv(pose)
        rotation, center = turn @ rotation, turn @ center
        values = " ".join(repr(float(v)) for v in (*quaternion(rotation.T), *(-rotation.T @ center)))
        text += [f"{number + 1} {values} 7 p{number}.png", ""]
    (model / "0" / "images.txt").write_text("\n".join(text))
    (model / "0" / "points3D.txt").unlink()
    for view, pose in zip(importers.read(model / "0" / "images.txt").views, poses()):
        np.testing.assert_allclose(view.camera.pose, pose, atol=1e-6)


def test_geocentric_coordinates_become_local(folder):
    file = write_metashape(folder)
    # A scene at longitude 90, latitude 0: east is -x, north z, up y of the Earth's axes.
    text = file.read_text()
    text = text.replace("<rotation>1 0 0 0 1 0 0 0 1<", "<rotation>-1 0 0 0 0 1 0 1 0<")
    text = text.replace("<translation>1 2 3<", "<translation>0 6378137 0<").replace("<scale>0.5<", "<scale>1<")
    file.write_text(text)
    views = importers.read(file).views
    centers = np.stack([view.camera.center() for view in views])
    expected = np.stack([2 * (pose[:3, 3] - [1, 2, 3]) for pose in poses()])
    np.testing.assert_allclose(centers, expected - expected.mean(0), atol=1e-3)
    np.testing.assert_allclose(views[0].camera.pose[:3, :3], poses()[0][:3, :3], atol=1e-5)


def test_realitycapture_s_angles_by_hand():
    np.testing.assert_allclose(realitycapture.rotation_of(0, 0, 0), np.eye(3))  # Looks down, north at the top.
    look = realitycapture.rotation_of(90, 90, 0) @ [0, 0, -1]
    np.testing.assert_allclose(look, [1, 0, 0], atol=1e-12)  # East.
    tilted = realitycapture.rotation_of(0, 60, 0) @ [0, 0, -1]
    np.testing.assert_allclose(tilted, [0, np.sqrt(3) / 2, -0.5], atol=1e-12)  # 30 degrees below the horizon.
    right = realitycapture.rotation_of(0, 0, 90) @ [1, 0, 0]
    np.testing.assert_allclose(right, [0, 0, -1], atol=1e-12)


def test_fisheye_of_a_transforms_file(folder):
    frames = [{"file_path": f"images/p{i}.png", "transform_matrix": pose.tolist()} for i, pose in enumerate(poses())]
    lens = {"w": 40, "h": 30, "fl_x": 20.0, "cx": 20, "cy": 15, "k1": 0.1, "k2": 0.02, "k3": 0.003, "k4": 0.0004}
    content = {"camera_model": "OPENCV_FISHEYE", **lens, "frames": frames}
    (folder / "transforms.json").write_text(json.dumps(content))
    camera = dataset.load(folder).train[0].camera
    assert camera.fisheye
    assert camera.distortion == (0.1, 0.02, 0.003, 0.0004, 0.0)
    pixels = np.array([[0.5, 0.5], [39.5, 29.5], [20.0, 15.0]])
    found, depth = project(camera, camera.center() + 3 * cast_rays(camera, pixels))
    np.testing.assert_allclose(found, pixels, atol=1e-8)
    assert (depth > 0).all()
    assert isinstance(camera, Camera)
