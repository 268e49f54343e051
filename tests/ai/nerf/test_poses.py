"""Refining poses and exposure against a ball whose pictures and distances are known without any field."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import sphere

torch = pytest.importorskip("torch", reason="torch is not installed")

from ada_forge.ai.job import run
from ada_forge.ai.nerf.cameras import Camera, project
from ada_forge.ai.nerf.dataset import View
from ada_forge.ai.nerf.exposure import Exposure
from ada_forge.ai.nerf.hull import Box
from ada_forge.ai.nerf.poses import _motion, _moved, refine_poses
from ada_forge.ai.nerf.render import Rendered
from scipy.spatial.transform import Rotation

SIZE = 48
FOCAL = 0.5 * SIZE / np.tan(0.5 * sphere.ANGLE)


def paint(normal):
    """A pattern with slopes in all directions."""
    return 0.5 + 0.4 * np.sin(5 * normal + np.roll(3 * normal, 1, -1))


class Ball:
    """Stands for a field: the ball of radius 1 in the box's coordinates."""

    def render(self, origins, directions, passes=False):
        yield from ()
        o, d = origins.double().numpy(), directions.double().numpy()
        half = (o * d).sum(1)
        inside = half**2 - (o * o).sum(1) + 1
        depth = np.where(inside > 0, -half - np.sqrt(np.maximum(inside, 0)), np.inf)
        normal = o + d * np.where(inside > 0, depth, 0)[:, None]
        alpha = (inside > 0).astype(np.float32)
        color, depth = (
            torch.from_numpy(values.astype(np.float32)) for values in (paint(normal) * alpha[:, None], depth)
        )
        return Rendered(color, torch.from_numpy(alpha), depth=depth, normal=color)


MODEL = SimpleNamespace(
    box=Box(sphere.CENTER, np.full(3, 2 * sphere.RADIUS), np.eye(3)), field=Ball(), device=torch.device("cpu")
)  # fmt: skip


def photograph(pose):
    camera = Camera(SIZE, SIZE, FOCAL, FOCAL, SIZE / 2, SIZE / 2, pose)
    y, x = np.mgrid[0:SIZE, 0:SIZE] + 0.5
    local = np.stack([(x - SIZE / 2) / FOCAL, -(y - SIZE / 2) / FOCAL, -np.ones_like(x)], -1).reshape(-1, 3)
    rays = local @ pose[:3, :3].T
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    origin = np.broadcast_to((pose[:3, 3] - sphere.CENTER) / sphere.RADIUS, rays.shape)
    drawn = run(Ball().render(torch.from_numpy(origin.copy()), torch.from_numpy(rays)))
    rgba = np.concatenate([drawn.color.numpy(), drawn.opacity.numpy()[:, None]], 1).reshape(SIZE, SIZE, 4)
    return View(Path("photo.png"), camera, np.round(255 * rgba).astype(np.uint8))


def apart(view, truth):
    """Pixels between what a pose shows of the ball's near side and what the true one shows, in the mean.

    Not degrees: a small object cannot tell a turn from a shift that cancels it, and need not.
    """
    normal = np.random.default_rng(1).normal(size=(400, 3))
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    back = (truth[:3, 3] - sphere.CENTER) / (4 * sphere.RADIUS)
    points = sphere.CENTER + sphere.RADIUS * normal[normal @ back > 0.3]
    here, there = (project(replace(view.camera, pose=pose), points)[0] for pose in (view.camera.pose, truth))
    return float(np.linalg.norm(here - there, axis=1).mean())


def test_poses_come_back():
    random = np.random.default_rng(3)
    truths = sphere.poses(4)
    views = [photograph(pose) for pose in truths]
    for view in views:
        wrong = view.camera.pose.copy()
        wrong[:3, :3] = Rotation.from_rotvec(random.normal(0, 0.004, 3)).as_matrix() @ wrong[:3, :3]
        wrong[:3, 3] += random.normal(0, 0.003 * 4 * sphere.RADIUS, 3)
        view.camera.pose = wrong
    before = [apart(view, truth) for view, truth in zip(views, truths)]
    assert run(refine_poses(views, MODEL, 0)) > 0.3
    run(refine_poses(views, MODEL, 1))
    after = [apart(view, truth) for view, truth in zip(views, truths)]
    assert min(before) > 0.4
    assert max(after) < 0.2


def test_right_poses_stay():
    truths = sphere.poses(2)
    views = [photograph(pose) for pose in truths]
    assert run(refine_poses(views, MODEL, 0)) < 0.01
    assert max(apart(view, truth) for view, truth in zip(views, truths)) < 0.01


def test_what_shows_nothing_is_left_alone():
    away = sphere.poses(1)[0].copy()
    away[:3, 3] += 100 * away[:3, 2]
    view = photograph(away)
    run(refine_poses([view], MODEL, 0))
    np.testing.assert_array_equal(view.camera.pose, away)


def test_motion_is_the_slope_of_projection():
    camera = Camera(SIZE, SIZE, FOCAL, 1.2 * FOCAL, 20, 30, sphere.poses(1)[0])
    points = sphere.CENTER + np.random.default_rng(0).normal(0, 3, (5, 3))
    slopes = _motion(camera, points)
    for axis in range(6):
        twist = np.zeros(6)
        twist[axis] = 1e-6
        change = (project(_moved(camera, twist), points)[0] - project(camera, points)[0]) / 1e-6
        np.testing.assert_allclose(slopes[..., axis], change, rtol=1e-3, atol=1e-3)


def test_exposure_is_found_and_centred():
    generator = torch.Generator().manual_seed(0)
    true = torch.tensor([[1.3, 1.0, 0.8], [1 / 1.3, 1.0, 1.25]])
    exposure, color = Exposure(2), torch.rand(400, 3, generator=generator)
    view = torch.randint(2, (400,), generator=generator)
    optimizer = torch.optim.Adam(exposure.parameters(), lr=0.05)
    for _ in range(120):
        loss = (exposure(color, view) - color * true[view]).square().mean() + exposure.penalty()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    torch.testing.assert_close(exposure.gains().detach(), true, rtol=0.02, atol=0.02)
    torch.testing.assert_close(exposure.gains().log().mean(0), torch.zeros(3), atol=1e-5, rtol=0)
