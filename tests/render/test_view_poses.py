"""Where the cameras stand, by numbers worked out by hand."""

import math

import numpy as np
import pytest

pytest.importorskip("bpy")
from ada_forge.render import views


def test_directions_fill_the_band_evenly():
    directions = views.view_directions(200, -30.0, 90.0)
    assert np.allclose(np.linalg.norm(directions, axis=1), 1.0)
    # Equal steps in z are equal areas (Archimedes); the band from -30 to 90 degrees is z in [-1/2, 1].
    assert np.allclose(np.diff(directions[:, 2]), 1.5 / 200)
    assert directions[0, 2] == pytest.approx(-0.5 + 0.75 / 200)
    angles = np.degrees(np.arccos(np.clip(directions @ directions.T, -1.0, 1.0)))
    np.fill_diagonal(angles, 360.0)
    # 200 equal discs on 3/4 of the sphere would be 14 degrees apart if they could tile it.
    assert angles.min() > 9.0


def test_phase_turns_the_spiral():
    still, turned = views.view_directions(5, -90.0, 90.0), views.view_directions(5, -90.0, 90.0, math.pi / 2.0)
    assert np.allclose(turned, np.stack([-still[:, 1], still[:, 0], still[:, 2]], axis=1))


def test_look_at_from_the_front():
    # From -y towards the origin: right is +x, up is +z, back is -y.
    expected = [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, -1.0, -5.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
    assert np.allclose(views.look_at(np.array([0.0, -5.0, 0.0]), np.zeros(3)), expected)


@pytest.mark.parametrize("position", [(3.0, 1.0, 2.0), (0.0, 0.0, 4.0), (0.0, 0.0, -4.0), (1e-12, 0.0, 4.0)])
def test_look_at_is_rigid_and_aims(position):
    target = np.array([0.5, 0.0, 0.0]) if position[0] > 1.0 else np.zeros(3)
    pose = views.look_at(np.array(position), target)
    assert np.allclose(pose[:3, :3].T @ pose[:3, :3], np.eye(3), atol=1e-9)
    assert np.linalg.det(pose[:3, :3]) == pytest.approx(1.0)
    seen = np.linalg.inv(pose) @ [*target, 1.0]
    assert np.allclose(seen[:2], 0.0, atol=1e-9)
    assert seen[2] < 0.0


def test_a_sphere_at_the_fitting_distance_touches_the_rim():
    # Half the angle under which a sphere of radius 1 is seen from d is asin(1 / d).
    distance = views.fitting_distance(1.0, 60.0)
    assert math.degrees(math.asin(1.05 / distance)) == pytest.approx(30.0)
