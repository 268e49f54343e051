"""Photographs without masks: the object is found before it is reconstructed."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from ada_forge.ai.nerf import density, scene


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
