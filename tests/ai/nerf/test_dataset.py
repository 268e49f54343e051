import json

import numpy as np
import pytest
import sphere
from ada_forge.ai.array_store import StoredArray
from ada_forge.ai.errors import AdaError
from ada_forge.ai.job import run
from ada_forge.ai.nerf.dataset import load, load_job
from ada_forge.ai.nerf.images import read_rgba
from PIL import Image


@pytest.fixture
def folder(tmp_path):
    return sphere.write(tmp_path / "球 and spaces", train=4, test=1, size=8)


def change(folder, **values):
    file = folder / "transforms_train.json"
    content = json.loads(file.read_text())
    content.update(values)
    file.write_text(json.dumps(content))
    return file


def first_frame(folder, **values):
    frames = json.loads((folder / "transforms_train.json").read_text())["frames"]
    frames[0].update(values)
    return change(folder, frames=frames)


def refused(path, *parts):
    with pytest.raises(AdaError) as caught:
        load(path)
    for part in parts:
        assert str(part) in str(caught.value)


def test_synthetic_folder_and_file(folder):
    for path in (folder, str(folder / "transforms_train.json")):
        data = load(path)
        assert (len(data.train), len(data.test)) == (4, 1)
        camera = data.train[0].camera
        assert camera.fx == pytest.approx(0.5 * 8 / np.tan(0.35))
        assert camera.fx == camera.fy
        assert (camera.cx, camera.cy, camera.width) == (4, 4, 8)
        assert data.train[0].rgba.shape == (8, 8, 4)


def test_one_file_with_intrinsics_for_each_image(tmp_path):
    frames = []
    for number, pose in enumerate(sphere.poses(16)):
        size = 10 if number == 0 else 8
        Image.fromarray(sphere.draw(pose, size)).save(tmp_path / f"{number}.png")
        frames.append({"file_path": f"{number}.png", "transform_matrix": pose.tolist()})
    frames[0].update(w=20, h=20, fl_x=30.0, fl_y=28.0, cx=11.0, cy=9.0, k1=0.1, p2=-0.01)
    (tmp_path / "transforms.json").write_text(json.dumps({"fl_x": 12.0, "k2": 0.2, "frames": frames}))
    data = load(tmp_path)
    assert len(data.train) == 16
    first, other = data.train[0].camera, data.train[1].camera
    assert (first.width, first.fx, first.fy, first.cx, first.cy) == (10, 15, 14, 5.5, 4.5)  # The image is half as wide.
    assert first.distortion == (0.1, 0.2, 0, -0.01, 0)
    assert (other.width, other.fx, other.fy, other.cx) == (8, 12, 12, 4)
    held = load(tmp_path, holdout=8)
    assert ([view.path.name for view in held.test], len(held.train)) == (["4.png", "12.png"], 14)


def test_reducing_keeps_colour_clean_and_scales_the_camera(tmp_path):
    image = np.zeros((4, 8, 4), np.uint8)
    image[..., :] = (0, 255, 0, 0)  # Green behind nothing must not bleed.
    image[:, 1:4] = (200, 40, 20, 255)
    Image.fromarray(image).save(tmp_path / "a.png")
    small = read_rgba(tmp_path / "a.png", max_size=4)
    assert small.shape == (2, 4, 4)
    assert small[0, 0].tolist() == pytest.approx([200, 40, 20, 128], abs=2)
    assert small[0, 3, 3] == 0


def test_sixteen_bit_and_grey_images(tmp_path):
    grey = np.array([[0, 32896, 65535]], np.uint16)
    Image.fromarray(grey).save(tmp_path / "grey16.png")
    Image.fromarray(np.array([[0, 255, 255]], np.uint8)).save(tmp_path / "mask.png")
    found = read_rgba(tmp_path / "grey16.png", tmp_path / "mask.png")
    assert found[0].tolist() == [[0, 0, 0, 0], [128, 128, 128, 255], [255, 255, 255, 255]]
    Image.fromarray(np.array([[[90, 255], [30, 0]]], np.uint8), mode="LA").save(tmp_path / "la.png")
    assert read_rgba(tmp_path / "la.png")[0].tolist() == [[90, 90, 90, 255], [30, 30, 30, 0]]


def test_mask_of_its_own(folder):
    Image.open(folder / "train/r_0.png").convert("RGB").save(folder / "plain.png")
    Image.open(folder / "train/r_0.png").getchannel("A").save(folder / "mask.png")
    first_frame(folder, file_path="plain.png", mask_path="mask.png")
    alpha = load(folder).train[0].rgba[..., 3]
    assert np.array_equal(alpha, np.asarray(Image.open(folder / "train/r_0.png"))[..., 3])


def test_no_such_folder(tmp_path):
    refused(tmp_path / "none", "none", "does not exist")


def test_empty_folder(tmp_path):
    refused(tmp_path, tmp_path, "transforms.json")


@pytest.mark.parametrize("text", ["{", "[1, 2]", "{}", '{"frames": []}', '{"frames": [3]}', "\x00"])
def test_json_without_poses(folder, text):
    file = folder / "transforms_train.json"
    file.write_text(text)
    refused(folder, file.name)


def test_not_text(folder):
    (folder / "transforms_train.json").write_bytes(b"\xff\xfe\xff\x89PNG")
    refused(folder, "not a JSON file")


def test_missing_images(folder):
    for number in (2, 0):  # Half of them.
        (folder / f"train/r_{number}.png").unlink()
    data = load(folder)
    assert len(data.train) == 2
    assert [path.name for path in data.skipped] == ["r_0", "r_2"]
    (folder / "train/r_1.png").unlink()
    refused(folder, "r_0", "transforms_train.json")


@pytest.mark.parametrize(
    ("matrix", "word"),
    [
        ([[float("nan")] * 4] * 4, "4 x 4"),
        ([[1, 0], [0, 1]], "4 x 4"),
        ("pose", "4 x 4"),
        ((2 * np.eye(4)).tolist(), "scaled"),
        (np.diag([1.0, 1, -1, 1]).tolist(), "mirrored"),
        ([[1, 0.5, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], "sheared"),
    ],
)
def test_impossible_pose(folder, matrix, word):
    first_frame(folder, transform_matrix=matrix)
    refused(folder, "r_0", word)


@pytest.mark.parametrize("values", [{"camera_angle_x": None}, {"camera_angle_x": "wide"}, {"fl_x": -3.0}])
def test_no_focal_length(folder, values):
    change(folder, **values)
    refused(folder, "transforms_train.json")


def test_size_that_is_not_the_image_s(folder):
    first_frame(folder, w=800, h=600)
    refused(folder, "8 x 8", "800 x 600")


def test_a_lens_that_cannot_be_used(folder):
    change(folder, camera_model="FISHEYE624")
    refused(folder, "FISHEYE624")


def test_cut_off_image(folder):
    file = folder / "train/r_1.png"
    file.write_bytes(file.read_bytes()[:-60])
    refused(folder, "r_1.png", "broken")
    file.write_bytes(b"no image")
    refused(folder, "r_1.png")


def test_one_image_without_alpha_among_masked_ones(folder):
    Image.open(folder / "train/r_1.png").convert("RGB").save(folder / "train/r_1.png")
    refused(folder, "r_1.png", "alpha")


def test_photographs_without_masks(folder):
    for file in [*(folder / "train").iterdir(), *(folder / "test").iterdir()]:
        Image.open(file).convert("RGB").save(file)
    data = load(folder)
    assert len(data.train) == 4
    assert not data.has_masks()
    assert all(view.rgba[..., 3].min() == 255 for view in data.train + data.test)


def test_alpha_that_hides_nothing_or_everything(folder):
    for value in (255, 0):
        for file in (folder / "train").iterdir():
            image = Image.open(file)
            image.putalpha(value)
            image.save(file)
        if value:
            assert not load(folder).has_masks()
        else:
            refused(folder, "transforms_train.json", "empty")


def test_a_view_with_an_empty_mask_is_left_out(folder):
    image = Image.open(folder / "train/r_1.png")
    image.putalpha(0)
    image.save(folder / "train/r_1.png")
    data = load(folder)
    assert ([file.name for file in data.skipped], len(data.train)) == (["r_1.png"], 3)


def test_all_cameras_in_one_place(folder):
    frames = json.loads((folder / "transforms_train.json").read_text())["frames"]
    for frame in frames:
        frame["transform_matrix"] = frames[0]["transform_matrix"]
    change(folder, frames=frames)
    refused(folder, "one place")


def test_photos_beyond_the_limit_wait_on_disk(tmp_path):
    folder = sphere.write(tmp_path / "data", train=4, test=1)
    plain = load(folder)
    size = plain.train[0].rgba.nbytes
    kept = run(load_job(folder, memory=8 * size))  # With backgrounds, five photos take ten times that.
    for one, other in zip(plain.train + plain.test, kept.train + kept.test):
        assert isinstance(other._rgba, StoredArray)
        np.testing.assert_array_equal(one.rgba, other.rgba)
    kept.train[0].background = kept.train[0].rgba // 2
    np.testing.assert_array_equal(kept.train[0].background, plain.train[0].rgba // 2)
    assert kept.train[1].background is None
    assert not isinstance(run(load_job(folder, memory=10 * size)).train[0]._rgba, StoredArray)
