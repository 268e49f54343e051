import json

import numpy as np
import pytest
from ada_forge.ai.errors import AdaError
from ada_forge.ai.job import run
from ada_forge.ai.nerf import dataset
from ada_forge.ai.photos.masks import key_alpha, write_masks
from ada_forge.ai.photos.settings import MaskSettings
from PIL import Image

GREEN = (20, 180, 40)
KEY = tuple(value / 255 for value in GREEN)


@pytest.fixture
def photos(tmp_path):
    """Four green photos with a red square."""
    folder = tmp_path / "照片 1"
    folder.mkdir()
    for number in range(4):
        image = np.full((12, 16, 3), GREEN, np.uint8)
        image[4:8, 5 : 9 + number] = (200, 30, 30)
        Image.fromarray(image).save(folder / f"p{number}.png")
    return folder


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_what_differs_from_the_key_stays(photos, tmp_path):
    before = files_of(photos)
    result = run(write_masks(photos, tmp_path / "out", MaskSettings(key_color=KEY)))
    assert (result.written, result.left_out, result.transforms) == (4, [], None)
    assert files_of(photos) == before
    found = np.asarray(Image.open(tmp_path / "out" / "p1.png"))
    expected = np.zeros((12, 16), np.uint8)
    expected[4:8, 5:10] = 255
    assert np.array_equal(found[..., 3], expected)
    assert found[5, 6, :3].tolist() == [200, 30, 30]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", photos.name]


def test_distance_by_hand():
    # Black and white are 1 apart in OKLab's lightness; a grey of half the lightness, linear 0.125, is sRGB 99.
    grey = np.array([[[0, 0, 0], [99, 99, 99], [255, 255, 255]]], np.uint8)
    assert key_alpha(grey, (0.0, 0.0, 0.0), 0.25, 0.5).tolist()[0] == pytest.approx([0, 128, 255], abs=1)
    assert key_alpha(grey, (1.0, 1.0, 1.0), 0.6, 0.1).tolist() == [[255, 0, 0]]


def test_inverted(photos, tmp_path):
    run(write_masks(photos, tmp_path / "out", MaskSettings(key_color=KEY, invert=True)))
    alpha = np.asarray(Image.open(tmp_path / "out" / "p0.png"))[..., 3]
    assert alpha[5, 6] == 0
    assert alpha[0, 0] == 255


def test_files_of_masks(photos, tmp_path):
    masks = tmp_path / "masks"
    masks.mkdir()
    white = np.zeros((12, 16), np.uint8)
    white[2:5] = 255
    Image.fromarray(white).save(masks / "p0.png")
    Image.fromarray(white).save(masks / "p1.png.png")  # As COLMAP names them.
    cut = np.full((12, 16, 4), 99, np.uint8)
    cut[..., 3] = white
    Image.fromarray(cut).save(masks / "p2.png")
    result = run(write_masks(photos, tmp_path / "out", MaskSettings('FOLDER', mask_folder=str(masks))))
    assert [path.name for path in result.left_out] == ["p3.png"]
    assert "'p3.png' was left out: it has no mask" in str(result.notes[0])
    for name in ("p0.png", "p1.png", "p2.png"):
        assert np.array_equal(np.asarray(Image.open(tmp_path / "out" / name))[..., 3], white)
    Image.fromarray(white[:6]).save(masks / "p0.png")
    with pytest.raises(AdaError, match="differ in size"):
        run(write_masks(photos, tmp_path / "other", MaskSettings('FOLDER', mask_folder=str(masks))))
    assert not (tmp_path / "other").exists()


def test_painted_masks_are_asked_for(photos, tmp_path):
    painted = np.zeros((12, 16), np.uint8)
    painted[3:9, 3:9] = 255

    def answer(request):
        assert request.name == "painted_alpha"
        return painted if request.payload.name in {"p0.png", "p2.png"} else None

    result = run(write_masks(photos, tmp_path / "out", MaskSettings('PAINTED')), answer=answer)
    assert result.written == 2
    assert np.array_equal(np.asarray(Image.open(tmp_path / "out" / "p2.png"))[..., 3], painted)


def test_masks_that_are_all_empty_or_all_full(photos, tmp_path):
    with pytest.raises(AdaError, match="hide everything"):
        run(write_masks(photos, tmp_path / "out", MaskSettings(key_color=KEY, tolerance=1.0)))
    with pytest.raises(AdaError, match="hide nothing"):
        run(write_masks(photos, tmp_path / "out", MaskSettings(key_color=(0.0, 0.0, 1.0), tolerance=0.0)))
    assert not (tmp_path / "out").exists()


def test_an_empty_mask_among_others_is_left_out(photos, tmp_path):
    Image.new("RGB", (16, 12), GREEN).save(photos / "p2.png")
    Image.new("RGB", (16, 12), (250, 250, 250)).save(photos / "p3.png")
    result = run(write_masks(photos, tmp_path / "out", MaskSettings(key_color=KEY)))
    assert [path.name for path in result.left_out] == ["p2.png"]
    assert "1 masks hide nothing" in str(result.notes[-1])


def test_never_over_the_originals(photos, tmp_path):
    before = files_of(photos)
    for overwrite in (False, True):
        with pytest.raises(AdaError, match="holds the photos themselves"):
            run(write_masks(photos, photos, MaskSettings(key_color=KEY, overwrite=overwrite)))
    assert files_of(photos) == before
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("kept")
    with pytest.raises(AdaError, match="holds other files"):
        run(write_masks(photos, tmp_path / "full", MaskSettings(key_color=KEY)))
    run(write_masks(photos, tmp_path / "full", MaskSettings(key_color=KEY, overwrite=True)))
    assert (tmp_path / "full" / "mine.txt").read_text() == "kept"


def test_cameras_come_along(photos, tmp_path):
    poses = [np.eye(4) for _ in range(4)]
    for number, pose in enumerate(poses):
        pose[0, 3] = number
    frames = [
        {"file_path": f"{photos.name}/p{n}.png", "transform_matrix": pose.tolist()} for n, pose in enumerate(poses)
    ]
    (tmp_path / "transforms.json").write_text(json.dumps({"fl_x": 15.0, "k1": 0.1, "frames": frames}))
    Image.new("RGB", (16, 12), GREEN).save(photos / "p1.png")
    result = run(write_masks(tmp_path / "transforms.json", tmp_path / "out", MaskSettings(key_color=KEY)))
    assert result.transforms == tmp_path / "out" / "transforms.json"
    data = dataset.load(result.transforms)
    assert [view.camera.center()[0] for view in data.train] == [0, 2, 3]
    assert [view.path.parent.name for view in data.train] == ["out"] * 3
    assert data.train[0].camera.distortion[0] == 0.1


def test_a_cancelled_run_leaves_nothing(photos, tmp_path):
    job = write_masks(photos, tmp_path / "out", MaskSettings(key_color=KEY))
    next(job)
    next(job)
    job.close()
    assert [path.name for path in tmp_path.iterdir()] == [photos.name]
