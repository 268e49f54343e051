"""What is shown and changed while a field is learned: the viewport's camera, and a crop box that moves."""

from __future__ import annotations

import numpy as np
import pytest
import sphere

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("skimage", reason="scikit-image is not installed")

from ada_forge.ai.job import Progress, run
from ada_forge.ai.mesh import Mesh
from ada_forge.ai.nerf import train
from ada_forge.ai.nerf.cameras import Camera
from ada_forge.ai.nerf.dataset import load
from ada_forge.ai.nerf.hull import Box, crop_box, holds
from ada_forge.ai.nerf.live import LOOK, CropBox, Look, NovelView, guess_crop
from ada_forge.ai.nerf.metrics import is_watertight
from ada_forge.ai.nerf.settings import ReconstructSettings
from ada_forge.ai.nerf.surface import extract_mesh
from ada_forge.ai.nerf.train import reconstruct


@pytest.fixture(scope="module")
def ball(tmp_path_factory):
    return load(sphere.write(tmp_path_factory.mktemp("live") / "ball"))


@pytest.fixture(autouse=True)
def always(monkeypatch):
    """A preview after each step, however slow the machine is."""
    monkeypatch.setattr(train, "INTERVAL", 0)
    monkeypatch.setattr(train, "PREVIEW_REST", 0)


def quick(**changes):
    return ReconstructSettings(
        **{
            "device": 'CPU', "threads": 1, "steps": 12, "coarse_resolution": 16, "resolution": 24, "levels": 2,
            "rays": 128, "preview_seconds": 1e-6, "live": True, **changes,
        }
    )  # fmt: skip


def drive(ball, settings, answers):
    """Run a job whose looks are answered in turn, the last one again and again; the result and all previews."""
    asked, previews = [], []

    def answer(request):
        assert request.name == LOOK
        asked.append(request.payload)
        return answers[min(len(asked), len(answers)) - 1]

    def report(progress: Progress):
        if progress.preview is not None:
            previews.append((str(progress), progress.preview))

    return run(reconstruct(ball, settings), report, answer), previews, asked


def test_the_viewports_camera_sees_the_field(ball):
    place = sphere.CENTER + np.array([0, -4 * sphere.RADIUS, 0])
    camera = Camera(24, 16, 30.0, 30.0, 12.0, 8.0, sphere.look_at(place, sphere.CENTER))
    result, previews, asked = drive(ball, quick(), [Look(camera)])
    assert all(isinstance(preview, NovelView) for _, preview in previews)
    rgba = previews[-1][1].rgba
    assert rgba.shape == (16, 24, 4)
    assert rgba[8, 12, 3] > 0.9
    assert rgba[0, 0, 3] < 0.1
    np.testing.assert_allclose(asked[0].center, sphere.CENTER, atol=0.2 * sphere.RADIUS)
    assert result.psnr_test > 15


def test_a_crop_box_cuts_while_the_job_runs(ball):
    """Half of the ball is cut away by a turned box; nothing starts anew."""
    x, y, z = sphere.CENTER
    upper = CropBox((x, y, z + 0.6 * sphere.RADIUS), (2 * sphere.RADIUS, 2 * sphere.RADIUS, 1.2 * sphere.RADIUS))
    result, previews, _ = drive(ball, quick(), [Look(), Look(), Look(crop=upper)])
    heights = [(mesh.vertices[:, 2] - sphere.CENTER[2]).min() / sphere.RADIUS for _, mesh in previews]
    assert isinstance(previews[0][1], Mesh)
    assert max(heights[:2]) < -0.8
    assert heights[-1] == pytest.approx(0, abs=0.05)
    assert (result.mesh.vertices[:, 2] - sphere.CENTER[2]).min() / sphere.RADIUS == pytest.approx(0, abs=0.02)
    assert is_watertight(result.mesh)
    steps = [text for text, _ in previews]
    assert len(set(steps)) == len(steps), "it started anew"


def test_a_crop_box_that_grows_starts_anew(ball):
    x, y, z = sphere.CENTER
    small = CropBox((x, y, z + sphere.RADIUS), (2.2 * sphere.RADIUS,) * 3)
    whole = CropBox(tuple(sphere.CENTER), (2.4 * sphere.RADIUS,) * 3)
    settings = quick(crop_center=small.center, crop_size=small.size)
    result, previews, asked = drive(ball, settings, [Look(crop=small), Look(crop=small), Look(crop=whole)])
    assert asked[0].center[2] == pytest.approx(small.center[2])
    assert asked[-1].size == pytest.approx(whole.size)
    low = [(mesh.vertices[:, 2] - sphere.CENTER[2]).min() / sphere.RADIUS for _, mesh in previews]
    assert low[0] == pytest.approx(-0.1, abs=0.1)
    assert (result.mesh.vertices[:, 2] - sphere.CENTER[2]).min() / sphere.RADIUS < -0.9


def test_a_turned_box_cuts_where_it_stands():
    """A plane of a box turned by 45 degrees about z through a cube of distances."""
    count, spacing = 33, 2 / 32
    grid = (np.arange(count) - 16) * spacing
    x, y, z = np.meshgrid(grid, grid, grid, indexing="ij")
    ball = (np.sqrt(x * x + y * y + z * z) - 0.8).astype(np.float32)
    box = Box(np.array([5.0, 0, 0]), np.full(3, 4.0), np.eye(3))
    turned = crop_box((5.0 + np.sqrt(8), np.sqrt(8), 0), (8, 8, 8), (np.cos(np.pi / 8), 0, 0, np.sin(np.pi / 8)))
    mesh = run(extract_mesh(ball, spacing, box, lambda points, normals: np.zeros_like(points), crop=turned))
    along = (mesh.vertices - box.center) @ np.array([1, 1, 0]) / np.sqrt(2)
    assert along.min() == pytest.approx(0, abs=0.02)
    assert along.max() == pytest.approx(1.6, abs=0.02)
    assert not holds(box, turned)
    assert holds(box, crop_box((5, 0, 0), (2, 2, 2), (1, 0, 0, 0)))


def test_the_guess_stands_where_the_cameras_look(ball):
    box = guess_crop([view.camera for view in ball.train])
    np.testing.assert_allclose(box.center, sphere.CENTER, atol=0.05 * sphere.RADIUS)
    assert 2 * sphere.RADIUS < box.size[0] < 3.2 * sphere.RADIUS
