"""Baking photographs of things whose colours are known everywhere."""

import numpy as np
import pytest
from ada_forge.ai.job import run
from ada_forge.ai.mesh import Mesh
from ada_forge.ai.nerf.dataset import load
from ada_forge.ai.nerf.metrics import psnr_of
from ada_forge.ai.projection.atlas import find_texels
from ada_forge.ai.projection.bake import bake
from ada_forge.ai.projection.blend import blend, level_gains
from ada_forge.ai.projection.settings import BakeSettings
from sphere_views import write_sphere


def latitude_sphere(columns=96, rows=48):
    """A unit sphere with a latitude and longitude layout, its poles cut off at 80 degrees: mesh and UVs."""
    u, v = np.meshgrid(np.linspace(0, 1, columns + 1), np.linspace(0, 1, rows + 1), indexing="ij")
    turn, up = 2 * np.pi * u, np.radians(80) * (2 * v - 1)
    places = np.stack([np.cos(turn) * np.cos(up), np.sin(turn) * np.cos(up), np.sin(up)], -1).reshape(-1, 3)
    number = np.arange(places.shape[0]).reshape(columns + 1, rows + 1)
    a, b, c, d = number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    uv = np.stack([u, v], -1).reshape(-1, 2)[faces] * 0.98 + 0.01
    mesh = Mesh(places.astype(np.float32), faces.astype(np.int32), places.astype(np.float32))
    return mesh, uv


def true_colors(points):
    points = points / np.linalg.norm(points, axis=1, keepdims=True)
    shade = 0.6 + 0.4 * (points @ np.array([0.3, -0.5, 0.81]))
    return ((0.5 + 0.4 * np.sin(3 * points)) * shade[:, None]).clip(0, 1)


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sphere")
    write_sphere(folder, 128)
    return load(folder).train


def error_of(texture, mesh, uv):
    texels = find_texels(uv, texture.image.shape[0])
    truth = true_colors(texels.interpolate(mesh.vertices, mesh.faces))
    found = texture.image.reshape(-1, 3)[texels.index]
    seen = texture.seen.ravel()[texels.index]
    return psnr_of(np.square(found - truth)[seen].mean()), seen.mean()


def test_texture_shows_the_true_colours(photographs):
    mesh, uv = latitude_sphere()
    texture = run(bake(mesh, uv, photographs, BakeSettings(size=256)))
    psnr, seen = error_of(texture, mesh, uv)
    assert psnr > 38
    assert seen > 0.98
    assert np.abs(texture.gains - 1).max() < 0.02


def test_a_darker_photograph_is_evened_out(photographs):
    mesh, uv = latitude_sphere()
    views = [type(view)(view.path, view.camera, view.rgba.copy()) for view in photographs]
    for view in views[::3]:
        view.rgba[..., :3] = np.round(view.rgba[..., :3] * 0.7)
    plain = run(bake(mesh, uv, views, BakeSettings(size=256, level_exposure=False)))
    even = run(bake(mesh, uv, views, BakeSettings(size=256)))
    ratio = even.gains[::3].mean() / np.delete(even.gains, np.s_[::3], 0).mean()
    assert ratio == pytest.approx(1 / 0.7, rel=0.05)
    scale = true_colors(mesh.vertices).mean() / even.image[even.seen].mean()
    even.image = even.image * scale
    assert error_of(even, mesh, uv)[0] > error_of(plain, mesh, uv)[0] + 6


def test_what_stands_in_front_is_not_painted_on_what_is_behind(photographs):
    sphere, uv = latitude_sphere()
    # A square plate under the sphere, wholly in its shadow for the cameras above.
    plate = np.array([[-0.4, -0.4, -1.2], [0.4, -0.4, -1.2], [0.4, 0.4, -1.2], [-0.4, 0.4, -1.2]], np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32) + len(sphere.vertices)
    mesh = Mesh(
        np.concatenate([sphere.vertices, plate]),
        np.concatenate([sphere.faces, faces]),
        np.concatenate([sphere.normals, np.tile([0, 0, 1], (4, 1))]).astype(np.float32),
        np.full((len(sphere.vertices) + 4, 3), 0.25, np.float32),
    )
    corners = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])[faces - len(sphere.vertices)]
    layout = np.concatenate([uv * [1, 0.5], corners * [0.2, 0.2] + [0.1, 0.7]])
    above = [view for view in photographs if view.camera.center()[2] > 2.5]
    assert above
    texture = run(bake(mesh, layout, above, BakeSettings(size=128)))
    upper = texture.covered.copy()
    upper[:80] = False
    assert upper.any()
    assert not texture.seen[upper].any()
    np.testing.assert_allclose(texture.image[upper], 0.25)  # The colour of the nearest vertex stands in.


def test_gains_are_those_that_were_applied():
    random = np.random.default_rng(0)
    applied = np.exp(random.normal(0, 0.15, (5, 3)))
    colors = random.uniform(0.2, 0.6, (3000, 1, 3)) * applied
    weights = (random.random((3000, 5)) < 0.5).astype(float)
    found = level_gains(colors, weights)
    product = found * applied
    np.testing.assert_allclose(product / product.mean(0), 1, atol=0.02)


def test_blend_of_equal_photographs_is_the_photograph():
    fine, coarse = np.full((4, 3, 3), 0.6), np.full((4, 3, 3), 0.5)
    np.testing.assert_allclose(blend(fine, coarse, np.ones((4, 3))), 0.6)


def test_a_highlight_in_one_photograph_is_outvoted():
    coarse = np.full((1, 5, 3), 0.3)
    coarse[0, 0] = 1.0
    mean = blend(coarse, coarse, np.ones((1, 5)))
    assert np.abs(mean - 0.3).max() < 0.02
