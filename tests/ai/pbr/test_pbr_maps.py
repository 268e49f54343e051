"""PBR maps of a picture: borders, integration, occlusion, the network, the job."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from ada_forge.ai.errors import AdaError
from ada_forge.ai.job import run
from ada_forge.ai.pbr import maps as maps_module
from ada_forge.ai.pbr import network, relief
from ada_forge.ai.pbr.border import resize, slopes, window, wraps
from ada_forge.ai.pbr.maps import make_maps, normals
from ada_forge.ai.pbr.network import CELL, CHANNELS, REACH, context, estimate, load_weights
from ada_forge.ai.pbr.occlusion import DIRECTIONS, find_occlusion
from ada_forge.ai.pbr.relief import find_relief, integrate
from ada_forge.ai.pbr.settings import MapSettings
from ada_forge.ai.procedural.draw import draw
from ada_forge.ai.procedural.light import light
from ada_forge.ai.procedural.recipe import Recipe
from conftest import ROOT

BOTH = (True, True)


@pytest.fixture(scope="module")
def brick():
    return draw(Recipe("brick", seed=2), 128)


def made(picture, **values):
    return run(make_maps(picture, MapSettings(**values)))


def waves(size=64, periods=3):
    """A height in pixels that tiles, and its true slopes by central differences."""
    at = 2 * np.pi * periods * np.arange(size) / size
    height = (np.sin(at)[:, None] * 2 + np.cos(at)[None] * 3).astype(np.float32)
    return height, *slopes(height, BOTH)


def test_slopes_know_the_border():
    ramp = np.tile(np.arange(8, dtype=np.float32), (4, 1))
    around, _ = slopes(ramp, BOTH)
    assert around[0].tolist() == [-3, 1, 1, 1, 1, 1, 1, -3]
    mirrored, down = slopes(ramp, (False, False))
    assert mirrored[0].tolist() == [0.5, 1, 1, 1, 1, 1, 1, 0.5]
    assert not down.any()


def test_resize_by_hand():
    row = np.array([[0, 0, 4, 4, 8, 8, 4, 4]], np.float32)
    assert resize(row, 1, 4, BOTH).tolist() == [[1, 4, 7, 4]]  # Weights 1, 3, 3, 1 of eight, around the border.
    assert resize(row, 1, 4, (False, False))[0, 0] == 0.5  # 0, 0, 0 and 4.
    flat = np.full((37, 53, 2), 3, np.float32)
    np.testing.assert_allclose(resize(flat, 20, 90, (True, False)), 3, atol=1e-5)


def test_window_goes_on_beyond_the_border():
    picture = np.arange(6).reshape(2, 3)
    assert window(picture, 0, -2, 1, 7, BOTH).tolist() == [[1, 2, 0, 1, 2, 0, 1]]
    assert window(picture, 0, -2, 1, 7, (False, True)).tolist() == [[1, 0, 0, 1, 2, 2, 1]]


def test_what_repeats_is_seen(brick):
    assert wraps(light(brick)) == BOTH
    assert wraps(light(brick)[:, :100]) == (False, True)
    assert wraps(light(brick)[10:100]) == (True, False)


def test_integration_finds_the_height_again():
    height, dx, dy = waves()
    found = integrate(dx, dy, np.zeros_like(height), 1e-4)
    np.testing.assert_allclose(found, height, atol=0.05)
    held = integrate(np.zeros_like(dx), np.zeros_like(dy), height, 10.0)  # A stiff spring: what is given stays.
    np.testing.assert_allclose(held, height, atol=0.05)


def test_normals_by_hand():
    height = np.tile(np.arange(16, dtype=np.float32), (16, 1))  # 45 degrees up to the right.
    inner = normals(height, (False, False))[8, 8].astype(float) / 65535 * 2 - 1
    np.testing.assert_allclose(inner, [-(0.5**0.5), 0, 0.5**0.5], atol=1e-4)
    up, down = normals(height.T.copy(), BOTH)[8, 8], normals(height.T.copy(), BOTH, directx=True)[8, 8]
    assert up[1] > 40000  # Lower rows are higher: it leans up, green in OpenGL.
    assert abs(int(up[1]) + int(down[1]) - 65535) <= 1
    assert (normals(np.zeros((4, 4), np.float32), BOTH)[0, 0] == [32768, 32768, 65535]).all()


def test_occlusion_beside_a_wall():
    """At a distance d from a long wall of height t the horizon towards the angle a has the tangent t cos(a) / d."""
    height = np.zeros((64, 64), np.float32)
    height[:, 40:] = 6
    seen = run(find_occlusion(height, (False, False)))
    assert seen[32, 60] == 1  # On top.
    for distance in (2, 3, 8):
        turns = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
        tangent = 6 * np.maximum(np.cos(turns), 0).round(6) / distance
        expected = (1 / (1 + tangent**2)).mean()
        assert seen[32, 40 - distance] == pytest.approx(expected, abs=0.06), distance
    assert seen[32, 39] < seen[32, 36] < seen[32, 20]
    assert run(find_occlusion(np.zeros((32, 48), np.float32), BOTH)).min() == 1


def test_what_lies_beyond_the_reach_has_no_say():
    """So tiles of a large picture agree where they meet."""
    side = 2 * REACH + CELL
    picture = np.random.default_rng(0).random((side, side + CELL, 3)).astype(np.float32)
    weights = load_weights()
    mood = context(weights, picture)
    changed = np.zeros_like(picture)
    changed[:side, :side] = picture[:side, :side]
    middle = slice(REACH, REACH + CELL)
    whole, other = (estimate(weights, one, mood)[middle, middle] for one in (picture, changed))
    np.testing.assert_allclose(other, whole, atol=1e-5)
    assert (
        np.abs(estimate(weights, changed, mood)[:, -REACH:] - estimate(weights, picture, mood)[:, -REACH:]).max() > 0.1
    )


def test_large_pictures_are_the_same_in_tiles(monkeypatch):
    picture = light(draw(Recipe("gravel", seed=1), 320))
    whole = run(find_relief(picture, BOTH))
    monkeypatch.setattr(relief, "TILE", 128)
    parts = run(find_relief(picture, BOTH))
    np.testing.assert_allclose(parts.height, whole.height, atol=0.02 * float(whole.height.std()))
    np.testing.assert_allclose(parts.roughness, whole.roughness, atol=1e-4)


def test_maps_move_with_the_picture(brick):
    """A tile gives a tile: shifted by whole cells, the maps are shifted."""
    picture = light(brick)
    one, other = made(picture), made(np.roll(picture, (CELL, 2 * CELL), (0, 1)))
    assert one.wrap == BOTH
    for kind, image in one.images.items():
        moved = np.roll(image, (CELL, 2 * CELL), (0, 1)).astype(int)
        limit = 400 if image.dtype == np.uint16 else 2
        assert np.abs(moved - other.images[kind].astype(int)).max() <= limit, kind


def test_kinds_sizes_and_types(brick):
    found = made(light(brick)[:80, :112], kinds=("albedo", "normal", "height", "roughness", "metallic", "ao", "orm"))
    types = {kind: (image.shape, image.dtype.name) for kind, image in found.images.items()}
    flat, colour = (80, 112), (80, 112, 3)
    assert types == {
        "albedo": (colour, "uint8"), "normal": (colour, "uint16"), "height": (flat, "uint16"),
        "roughness": (flat, "uint8"), "metallic": (flat, "uint8"), "ao": (flat, "uint8"), "orm": (colour, "uint8"),
    }  # fmt: skip
    packed = np.stack([found.images[kind] for kind in ("ao", "roughness", "metallic")], -1)
    np.testing.assert_array_equal(found.images["orm"], packed)
    assert (found.images["height"].min(), found.images["height"].max()) == (0, 65535)
    assert 0 < found.depth < 0.5


def test_strength_inversion_and_format(brick):
    picture = light(brick)
    plain, strong = made(picture, kinds=("height", "normal")), made(picture, kinds=("height",), strength=2.0)
    assert strong.depth == pytest.approx(2 * plain.depth, rel=1e-3)
    np.testing.assert_allclose(strong.images["height"].astype(int), plain.images["height"], atol=2)
    turned = made(picture, kinds=("height",), invert=True).images["height"]
    np.testing.assert_allclose(65535 - turned.astype(int), plain.images["height"], atol=2)
    directx = made(picture, kinds=("normal",), normal="DIRECTX").images["normal"]
    np.testing.assert_array_equal(directx[..., ::2], plain.images["normal"][..., ::2])
    np.testing.assert_allclose(65535 - directx[..., 1].astype(int), plain.images["normal"][..., 1], atol=1)


def test_one_colour_has_no_relief():
    found = made(np.full((64, 64, 3), 0.5, np.float32))
    assert found.depth < 1e-3
    assert np.ptp(found.images["normal"].astype(int), axis=(0, 1)).max() < 100


@pytest.mark.parametrize("size", [(8, 64), (64, 8200)])
def test_sizes_that_are_refused(size):
    with pytest.raises(AdaError, match="between 16 and 8192"):
        make_maps(np.zeros((*size, 3), np.float32), MapSettings())


def test_damaged_weights_are_refused(monkeypatch, tmp_path):
    data = bytearray(network.WEIGHTS.read_bytes())
    data[-5] ^= 1
    (tmp_path / "weights.safetensors").write_bytes(data)
    monkeypatch.setattr(network, "WEIGHTS", tmp_path / "weights.safetensors")
    network.load_weights.cache_clear()
    with pytest.raises(AdaError, match="Install Ada Forge again"):
        network.load_weights()
    monkeypatch.undo()
    assert network.load_weights()["stem.weight"].shape == (9 * 12, CHANNELS[0])
    assert network.WEIGHTS.stat().st_size < 2 << 20


def test_finishing_takes_bands(monkeypatch):
    height, _, _ = waves()
    whole = normals(height, BOTH)
    monkeypatch.setattr(maps_module, "BAND", 1000)
    np.testing.assert_array_equal(normals(height, BOTH), whole)


def test_numpy_is_all_it_needs():
    code = (
        "import sys, types; m = types.ModuleType('ada_forge'); m.__path__ = [sys.argv[1]];"
        "sys.modules['ada_forge'] = m;"
        "import numpy as np;"
        "from ada_forge.ai.pbr.maps import make_maps; from ada_forge.ai.pbr.settings import MapSettings;"
        "from ada_forge.ai.job import run; run(make_maps(np.random.rand(32, 32, 3), MapSettings()));"
        "assert not {'torch', 'scipy', 'PIL', 'bpy', 'diffusers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(ROOT)], check=True)
