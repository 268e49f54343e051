"""Curves to alpha: areas and places known by hand."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("PIL", reason="Pillow is not installed")

from ada_forge.ai.photos.outlines import OutlineLayer, fill_outlines, sample_curve, to_pixels


def corners(*places):
    """A polygon: handles on its points."""
    return np.array([[place, place, place] for place in places], float)


def test_mask_space_is_the_longer_side():
    places = np.array([[0.5, 0.5], [0.0, 0.5], [0.5, 0.75]])
    np.testing.assert_allclose(to_pixels(places, 200, 100), [[100, 50], [0, 50], [100, 0]])
    np.testing.assert_allclose(to_pixels(places, 100, 200), [[50, 100], [-50, 100], [50, 50]])


def test_layers_add_take_away_and_turn():
    square = corners((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))
    upper = corners((0, 0.5), (1, 0.5), (1, 1), (0, 1))
    alpha = fill_outlines([OutlineLayer((square,))], 40, 40)
    assert alpha[20, 20] == 255
    assert alpha[5, 20] == 0
    assert (alpha / 255).sum() == pytest.approx(400, rel=0.06)
    alpha = fill_outlines([OutlineLayer((square,)), OutlineLayer((upper,), subtracts=True)], 40, 40)
    assert alpha[15, 20] == 0
    assert alpha[25, 20] == 255
    alpha = fill_outlines([OutlineLayer((square,), inverted=True)], 40, 40)
    assert alpha[20, 20] == 0
    assert alpha[2, 2] == 255


def test_handles_bend():
    """Four points whose handles make a circle of radius 0.4, to 0.03 %."""
    k = 0.5523 * 0.4
    points = []
    for turn in range(4):
        x, y = [(1, 0), (0, 1), (-1, 0), (0, -1)][turn]
        center, along = np.array([0.5 + 0.4 * x, 0.5 + 0.4 * y]), np.array([-y, x]) * k
        points.append([center - along, center, center + along])
    radii = np.linalg.norm(sample_curve(np.array(points)) - 0.5, axis=1)
    np.testing.assert_allclose(radii, 0.4, rtol=3e-4)
