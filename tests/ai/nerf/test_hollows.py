"""Hollows that no outline shows are found before the surface is learned."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from sphere import look_at

torch = pytest.importorskip("torch", reason="torch is not installed")

from ada_forge.ai.job import run
from ada_forge.ai.nerf import density, hollows
from ada_forge.ai.nerf.cameras import Camera
from ada_forge.ai.nerf.dataset import load
from ada_forge.ai.nerf.hull import find_hull, grid_points, seen_through

ANGLE, SIZE, BORE, FLOOR = 0.7, 48, 0.5, 0.0


def depth_of_cup(points: np.ndarray) -> np.ndarray:
    """Bound of the distance to a ball of radius 1 that is bored open from above down to its middle."""
    x, y, z = np.moveaxis(points, -1, 0)
    bore = np.maximum(np.hypot(x, y) - BORE, FLOOR - z)
    return np.maximum(np.linalg.norm(points, axis=-1) - 1, -bore)


def picture(pose: np.ndarray) -> np.ndarray:
    """Straight RGBA by sphere tracing, (SIZE, SIZE, 4) uint8."""
    y, x = np.mgrid[0:SIZE, 0:SIZE] + 0.5
    focal = 0.5 * SIZE / np.tan(0.5 * ANGLE)
    ray = np.stack([(x - SIZE / 2) / focal, (SIZE / 2 - y) / focal, -np.ones_like(x)], -1) @ pose[:3, :3].T
    ray /= np.linalg.norm(ray, axis=-1, keepdims=True)
    place = np.broadcast_to(pose[:3, 3], ray.shape).copy()
    for _ in range(60):
        place += ray * depth_of_cup(place)[..., None]
    hit = depth_of_cup(place) < 1e-2
    color = 0.5 + 0.4 * np.sin(5 * place + np.array([0.0, 1.0, 2.0]))
    return np.round(255 * np.concatenate([color, np.ones_like(x)[..., None]], -1) * hit[..., None]).astype(np.uint8)


@pytest.fixture(scope="module")
def cup(tmp_path_factory):
    """Thirty views from all around, the hull, and its grid points in the world."""
    folder = tmp_path_factory.mktemp("cup")
    (folder / "train").mkdir()
    frames = []
    for number in range(30):
        z, angle = 0.98 - 1.5 * number / 30, 2.4 * number
        back = np.array([np.sqrt(1 - z * z) * np.cos(angle), np.sqrt(1 - z * z) * np.sin(angle), z])
        pose = look_at(4 * back, np.zeros(3))
        Image.fromarray(picture(pose)).save(folder / "train" / f"r_{number}.png")
        frames.append({"file_path": f"./train/r_{number}", "transform_matrix": pose.tolist()})
    (folder / "transforms_train.json").write_text(json.dumps({"camera_angle_x": ANGLE, "frames": frames}))
    data = load(folder, holdout=0)
    hull = run(find_hull(data.train, 40))
    return data.train, hull, hull.box.to_world(grid_points(hull.box.half, hull.spacing)[0].astype(np.float64))


def carving(views, hull):
    return hollows.find_hollows(views, hull, None, 40, 200, torch.device("cpu"), torch.Generator().manual_seed(0))


def test_few_views_carve_nothing(cup):
    views, hull, _ = cup
    assert run(carving(views[:5], hull)) is hull


def test_a_bore_is_carved_and_its_wall_stays(cup):
    views, hull, points = cup
    found = run(carving(views, hull))
    distance = depth_of_cup(points)
    bore = (distance > 0.1) & (np.linalg.norm(points, axis=1) < 0.9) & (points[:, 2] > 0.3)
    wall = distance < -0.1
    before, after = hull.sdf.ravel() < 0, found.sdf.ravel() < 0
    assert before[bore].mean() > 0.6
    assert after[bore].mean() < 0.5 * before[bore].mean()
    assert after[wall].mean() > 0.97


def test_packed_distortion_is_that_of_equal_rays():
    random = np.random.default_rng(0)
    weights = torch.from_numpy(random.random((3, 5)).astype(np.float32))
    t = torch.from_numpy(np.sort(random.random((3, 5)), 1).astype(np.float32))
    ray = torch.arange(4).repeat_interleave(torch.tensor([5, 0, 5, 5]))  # The second ray has no sample.
    found = hollows.packed_distortion(weights.flatten(), t.flatten(), ray, 4, 0.2)
    expected = density.distortion_loss(weights, t, torch.full_like(t, 0.2)).sum()
    assert float(found) == pytest.approx(float(expected), rel=1e-5)


def test_what_a_camera_sees_through():
    camera = Camera(
        pose=look_at(np.array([0.0, -4.0, 0.0]), np.zeros(3)), width=3, height=3, fx=3, fy=3, cx=1.5, cy=1.5
    )
    points = np.array([[0.0, -1.0, 0.0], [0.0, 1.0, 0.0], [0.0, -5.0, 0.0], [9.0, 0.0, 0.0]])
    assert seen_through(camera, np.full((3, 3), 4.0), points).tolist() == [True, False, False, False]
