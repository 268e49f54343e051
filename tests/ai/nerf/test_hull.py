import numpy as np
import pytest
import sphere
from ada_forge.ai.errors import AdaError
from ada_forge.ai.job import run
from ada_forge.ai.nerf.dataset import load
from ada_forge.ai.nerf.hull import bounds_of_masks, crop_box, find_hull, grid_points, signed_distance


@pytest.fixture(scope="module")
def views(tmp_path_factory):
    return load(sphere.write(tmp_path_factory.mktemp("hull") / "ball", train=14, test=0, size=40)).train


def test_box_is_found_wherever_the_object_is(views):
    bounds = bounds_of_masks(views)
    assert not bounds.cut
    low, high = bounds.box.center - bounds.box.size / 2, bounds.box.center + bounds.box.size / 2
    assert (low < sphere.CENTER - sphere.RADIUS).all()
    assert (high > sphere.CENTER + sphere.RADIUS).all()
    assert (bounds.box.size < 2.8 * sphere.RADIUS).all()


def test_hull_holds_the_ball_and_little_more(views):
    hull = run(find_hull(views, 32))
    points, shape = grid_points(hull.box.half, hull.spacing)
    assert shape == hull.sdf.shape
    distance = np.linalg.norm(hull.box.to_world(points.astype(np.float64)) - sphere.CENTER, axis=1)
    inside = hull.sdf.ravel() < 0
    assert inside[distance < 0.93 * sphere.RADIUS].all()
    assert not inside[distance > 1.35 * sphere.RADIUS].any()
    assert hull.outside is None


def test_crop_box_turns_and_inverts():
    half_turn_about_z = (np.cos(np.pi / 4), 0, 0, np.sin(np.pi / 4))  # By 90 degrees: x becomes y.
    box = crop_box((1, 2, 3), (4, 8, 2), half_turn_about_z)
    assert box.scale == 4
    np.testing.assert_allclose(box.half, [0.5, 1, 0.25])
    np.testing.assert_allclose(box.to_world(np.array([0.5, 0, 0])), [1, 4, 3], atol=1e-12)
    points = np.random.default_rng(0).normal(size=(5, 3))
    np.testing.assert_allclose(box.to_local(box.to_world(points)), points, atol=1e-12)


@pytest.mark.parametrize("size", [(1, 0, 1), (1, -2, 1), (1, float("nan"), 1)])
def test_crop_box_without_volume(size):
    with pytest.raises(AdaError):
        crop_box((0, 0, 0), size, (1, 0, 0, 0))


def test_crop_box_cuts_and_knows_what_is_outside(views):
    crop = crop_box(sphere.CENTER + np.array([0, 0, 7]), (16, 16, 14), (1, 0, 0, 0))
    hull = run(find_hull(views, 24, crop))
    assert hull.box is crop
    assert (hull.sdf < 0).any()
    assert hull.outside.cells.any()
    cells = np.argwhere(hull.outside.cells)
    world = crop.to_world(hull.outside.low + (cells + 0.5) * hull.outside.spacing)
    assert (world[:, 2] < sphere.CENTER[2]).all()


def test_crop_box_beside_the_object(views):
    with pytest.raises(AdaError, match="crop box"):
        run(find_hull(views, 24, crop_box(sphere.CENTER + np.array([14, 0, 0]), (4, 4, 4), (1, 0, 0, 0))))


def test_poses_that_contradict_the_masks(views):
    import copy

    wrong = copy.deepcopy(views)
    for view in wrong[::2]:
        view.camera.pose[:3, 3] += 40 * view.camera.pose[:3, 0]
    with pytest.raises(AdaError, match="do not agree"):
        run(find_hull(wrong, 24))


def test_one_direction_leaves_a_side_open(views):
    with pytest.raises(AdaError, match="other sides"):
        bounds_of_masks(views[:1])


def test_signed_distance_by_hand():
    occupied = np.zeros((7, 1, 1), bool)
    occupied[2:5] = True
    found = signed_distance(occupied, 2.0)[:, 0, 0]
    assert found.tolist() == [3, 1, -1, -3, -1, 1, 3]
