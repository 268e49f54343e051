"""Depth, normals and edges of simple surfaces, against what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from ada_forge.ai.projection import guides

PERSPECTIVE = np.array([[2.0, 0, 0, 0], [0, 2.0, 0, 0], [0, 0, -1.02, -0.2], [0, 0, -1, 0]])
ORTHOGRAPHIC = np.array([[0.5, 0, 0, 0], [0, 0.5, 0, 0], [0, 0, -0.02, -1], [0, 0, 0, 1.0]])


def sight(corners, projection=PERSPECTIVE, normals=None):
    corners = np.array(corners, float)
    if normals is None:
        flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normals = np.repeat((flat / np.linalg.norm(flat, axis=1, keepdims=True))[:, None], 3, 1)
    return guides.Sight(corners, normals, projection, 0.1)


def ground(y=-1.0, far=50.0):
    """A floor from far before the camera to behind it, as two triangles."""
    a, b, c, d = (-60, y, 20), (60, y, 20), (60, y, -far), (-60, y, -far)
    return [[a, b, c], [a, c, d]]


@pytest.mark.parametrize("projection", [PERSPECTIVE, ORTHOGRAPHIC])
def test_a_tilted_wall(projection):
    """z = -4 + x, seen whole: the depth of each pixel is that of the plane on its ray."""
    wall = [[(-30, -30, -34), (30, -30, 26), (0, 40, -4)]]
    depth, normals = guides.see(sight(wall, projection), 32, 24)
    x = (np.arange(32) + 0.5) / 16 - 1
    expected = 4 / (1 + x / 2) if projection is PERSPECTIVE else 4 - 2 * x  # x / depth is ndc / 2, or x is 2 ndc.
    assert np.abs(depth - expected).max() < 1e-9
    assert np.allclose(normals, np.array([-1, 0, 1]) / np.sqrt(2))


def test_a_floor_that_passes_under_the_camera_is_cut_not_left_out():
    depth, normals = guides.see(sight(ground()), 20, 20)
    y = 1 - (np.arange(20) + 0.5) / 10
    assert np.isinf(depth[y > -0.04]).all()  # 2 / 50: the far edge.
    below = y < -0.05
    assert np.allclose(depth[below], (-2 / y[below])[:, None])
    assert np.allclose(normals[below], [0, 1, 0])
    picture = guides.depth_picture(depth)
    assert picture[-1].max() == picture.max() == 1
    assert (np.diff(picture[below][:, 0, 0]) > 0).all()


def test_the_nearer_one_is_seen_and_nothing_is_black():
    near, far = [(-1, -1, -3), (1, -1, -3), (0, 1, -3)], [(-4, -4, -8), (4, -4, -8), (0, 4, -8)]
    depth, normals = guides.see(sight([far, near]), 40, 40)
    assert depth[20, 20] == pytest.approx(3)
    assert depth[36, 20] == pytest.approx(8)
    assert np.isinf(depth[0, 0])
    picture = guides.depth_picture(depth)
    assert (picture[20, 20, 0], picture[36, 20, 0], picture[0, 0, 0]) == pytest.approx((1, 0, 0))
    colors = guides.normal_picture(normals)
    assert np.allclose(colors[20, 20], [0.5, 0.5, 1])
    assert np.allclose(colors[0, 0], [0.5, 0.5, 1])
    left = guides.normal_picture(np.array([[[-1.0, 0, 0], [0, 1.0, 0]]]))
    assert np.allclose(left, [[[1, 0.5, 0.5], [0.5, 1, 0.5]]])  # Red is left, green is up.


def test_nothing_at_all_and_behind():
    behind = [[(-1, -1, 3), (1, -1, 3), (0, 1, 3)]]
    depth, normals = guides.see(sight(behind), 8, 4)
    assert np.isinf(depth).all()
    assert not normals.any()
    assert not guides.depth_picture(depth).any()


def test_edges_are_thin_and_closed():
    image = np.zeros((32, 32, 3), np.float32)
    image[8:24, 8:24, 1] = 1
    edges = guides.find_edges(image)
    assert set(np.unique(edges)) == {0, 1}
    line = edges[..., 0]
    assert line[16].sum() == line[:, 16].sum() == 2  # One pixel each side.
    assert 56 <= line.sum() <= 68  # The square's outline of 4 x 16 pixels, give or take its corners.
    assert not line[10:22, 10:22].any()
    assert not line[:6].any()


def test_weak_edges_stay_only_where_they_hang_on_strong_ones():
    image = np.zeros((16, 40, 1), np.float32)
    image[8:, :20] = 1.0
    image[8:, 20:] = 0.15  # Its gradient, 0.6, lies between the thresholds.
    joined = guides.find_edges(image)[..., 0]
    assert joined[7:9, 25:38].any(0).all()
    image[:, :20] = 0.15 * (np.arange(16) >= 8)[:, None, None]
    assert not guides.find_edges(image)[..., 0].any()


def test_edges_of_a_tile_continue_at_its_borders():
    rng = np.random.default_rng(3)
    waves = sum(
        rng.normal() * np.cos(2 * np.pi * (u * np.arange(48)[:, None] + v * np.arange(48)) / 48 + rng.uniform(0, 6))
        for u in range(4)
        for v in range(4)
    )
    image = (waves > 0).astype(np.float32)[..., None]
    edges = guides.find_edges(image, "BOTH")
    assert 0.02 < edges.mean() < 0.3
    rolled = guides.find_edges(np.roll(image, (17, 5), (0, 1)), "BOTH")
    assert np.array_equal(rolled, np.roll(edges, (17, 5), (0, 1)))
    assert not np.array_equal(guides.find_edges(image), edges)
