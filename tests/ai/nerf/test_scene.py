"""Photographs without masks: the object is found before it is reconstructed."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from sphere_views import write_sphere

torch = pytest.importorskip("torch", reason="torch is not installed")

from ada_forge.ai.errors import AdaError
from ada_forge.ai.job import run
from ada_forge.ai.nerf import density, scene, train
from ada_forge.ai.nerf.cameras import cast_rays, pixel_centers
from ada_forge.ai.nerf.dataset import load
from ada_forge.ai.nerf.hull import grid_points
from ada_forge.ai.nerf.settings import ReconstructSettings


def surround(direction: np.ndarray) -> np.ndarray:
    """A far room, (n, 3) uint8."""
    return np.round(255 * (0.5 + 0.35 * np.sin(5 * direction[:, [1, 2, 0]] + 4 * direction))).clip(0, 255)


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """The sphere in front of a pattern that is very far."""
    folder = tmp_path_factory.mktemp("room")
    write_sphere(folder, size=48)
    for view in (data := load(folder)).train + data.test:
        behind = surround(cast_rays(view.camera, pixel_centers(view.camera))).reshape(48, 48, 3)
        share = view.rgba[..., 3:] / 255
        Image.fromarray(np.round(view.rgba[..., :3] * share + behind * (1 - share)).astype(np.uint8)).save(view.path)
    return folder


def test_the_sphere_before_a_room_is_found(room):
    settings = ReconstructSettings(
        resolution=32, steps=100, rays=512, scene_steps=150, holdout=0, preview_seconds=0, threads=1, device="CPU"
    )
    result = run(train.reconstruct(room, settings))
    distance = np.linalg.norm(result.mesh.vertices, axis=1)
    assert np.median(distance) == pytest.approx(1, abs=0.05)
    assert np.percentile(distance, 95) < 1.15
    assert result.psnr_train > 22


def test_contraction_and_its_border():
    points = torch.tensor([[0.5, -0.2, 0.1], [1.0, 0.0, 0.0], [4.0, 2.0, 0.0], [0.0, 0.0, -1e9]])
    expected = [[0.5, -0.2, 0.1], [1, 0, 0], [1.75, 0.875, 0], [0, 0, -2]]
    np.testing.assert_allclose(density.contract(points), expected, atol=1e-6)


def test_distortion_is_the_double_sum():
    generator = torch.Generator().manual_seed(0)
    weights = torch.rand(3, 7, generator=generator)
    middle = torch.sort(torch.rand(3, 7, generator=generator)).values
    width = torch.rand(3, 7, generator=generator)
    pairs = (weights[:, :, None] * weights[:, None] * (middle[:, :, None] - middle[:, None]).abs()).sum((1, 2))
    expected = pairs + (weights.square() * width).sum(1) / 3
    torch.testing.assert_close(density.distortion_loss(weights, middle, width), expected)


def test_nearest_point_of_lines():
    random = np.random.default_rng(0)
    place = np.array([0.3, -2.0, 5.0])
    directions = random.normal(size=(9, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    origins = place - directions * random.uniform(1, 5, (9, 1))
    np.testing.assert_allclose(scene.nearest_point(origins, directions), place, atol=1e-5)


def test_a_clear_field_holds_no_object(room):
    views = load(room).train
    finder = scene.SceneFinder(views, 0, torch.device("cpu"), torch.Generator().manual_seed(0))
    with pytest.raises(AdaError, match="crop box"):
        run(finder.go(24, None))


def test_the_hull_is_what_no_two_photographs_see_through(room):
    """A field that is a ball's thin shell: inside of it the hull is solid."""
    finder = scene.SceneFinder(load(room).train, 0, torch.device("cpu"), torch.Generator().manual_seed(0))
    count = finder.field.density.shape[-1]
    axis = torch.linspace(-2, 2, count)
    radius = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij")).norm(dim=0) * finder.radius
    shell = (radius - 1).abs() < 0.15
    finder.field.density.data[0, 0] = torch.where(shell, 2.0, -6.0)
    hull = run(finder.go(32, None))
    points, shape = grid_points(hull.box.half, hull.spacing)
    distance = np.linalg.norm(hull.box.to_world(points.astype(np.float64)), axis=1).reshape(shape)
    inside = hull.sdf < 0
    assert inside[distance < 0.95].all()
    assert not inside[distance > 1.35].any()
