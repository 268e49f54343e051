"""Weak input is named; cameras whose axes are another program's are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sphere

pytest.importorskip("scipy", reason="scipy is not installed")

from ada_forge.ai.errors import AdaError
from ada_forge.ai.nerf.dataset import load
from ada_forge.ai.nerf.hull import Box
from ada_forge.ai.nerf.notes import check_looks, weak_points
from ada_forge.ai.nerf.settings import PRESETS, ReconstructSettings, expected_gb

BOX = Box(sphere.CENTER, np.full(3, 2.2 * sphere.RADIUS), np.eye(3))


@pytest.fixture
def ball(tmp_path):
    return load(sphere.write(tmp_path / "ball", train=20, test=1, size=8))


def sentences(dataset, psnr=30.0):
    return [str(note) for note in weak_points(dataset, BOX, psnr)]


def test_good_photos_have_no_weak_point(ball):
    check_looks(ball)
    assert sentences(ball) == []


def test_each_weak_point_is_named(ball):
    ball.skipped = [Path("lost.png"), Path("b.png")]
    assert "2 photos were left out, lost.png among them" in sentences(ball)[0]
    ball.skipped = []
    assert "met at 14.2 dB only" in sentences(ball, 14.2)[0]
    ball.train = ball.train[:3]
    found = sentences(ball)
    assert "Only 3 photos" in found[0]
    ball.train = [ball.train[0], ball.train[0]]
    assert any("within 0 degrees" in text for text in sentences(ball))


def test_masks_that_hide_nothing_are_counted(ball):
    for view in ball.train[:5]:
        view.rgba = np.dstack([view.rgba[..., :3], np.full_like(view.rgba[..., 3], 255)])
    assert "5 masks hide nothing" in sentences(ball)[0]


def test_axes_of_opencv_are_refused(ball):
    for view in ball.train:
        view.camera.pose = view.camera.pose @ np.diag([1.0, -1, -1, 1])
    with pytest.raises(AdaError, match="look away from what they surround"):
        check_looks(ball)


def test_voxels_that_do_not_fit_are_refused():
    for preset in PRESETS:
        ReconstructSettings.from_preset(preset).check_memory()
    ReconstructSettings(resolution=1024, memory_gb=0.0).check_memory()
    with pytest.raises(AdaError, match=r"1024 voxels along a side need about .* limit is 8\.0 GB"):
        ReconstructSettings(resolution=1024).check_memory()
    assert expected_gb(288) == pytest.approx(1.75, abs=0.05)  # 1.06 were measured, with few rays.
