import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from ada_forge.ai.diffusion.seam import seam_rank
from ada_forge.ai.errors import AdaError
from ada_forge.ai.job import run
from ada_forge.ai.procedural.caption import describe, draw_caption
from ada_forge.ai.procedural.catalog import MATERIALS
from ada_forge.ai.procedural.color import COLORS, dominant_color, draw_color, name_color
from ada_forge.ai.procedural.draw import draw, draw_recipe
from ada_forge.ai.procedural.generate import generate
from ada_forge.ai.procedural.light import light, normals_from_height, slopes
from ada_forge.ai.procedural.noise import Canvas
from ada_forge.ai.procedural.recipe import WEARS, Recipe
from conftest import ROOT


def test_there_are_at_least_forty():
    assert len(MATERIALS) >= 40
    words = [word for entry in MATERIALS.values() for word in entry.words]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("name", MATERIALS)
def test_a_material(name):
    """Whole maps in range, the same again from the same recipe, different from another seed, and no seam."""
    entry = MATERIALS[name]
    pictures = []
    for seed in range(3):
        recipe = Recipe(name, seed=seed)
        m = draw(recipe, 96)
        assert m.color.shape == (96, 96, 3)
        assert m.color.dtype == np.float32
        for values in (m.color, m.roughness, m.metallic):
            assert np.isfinite(values).all()
            assert values.min() >= -0.2
            assert values.max() <= 1.2
        assert m.height.shape == m.roughness.shape == m.metallic.shape == (96, 96)
        assert np.ptp(m.height) < 0.2  # A relief, not a mountain: a fifth of the tile at most.
        np.testing.assert_array_equal(m.color, draw(recipe, 96).color)
        pictures.append(light(m))
    assert np.abs(pictures[0] - pictures[1]).mean() > 1e-3
    ranks = [seam_rank(light(draw(Recipe(name, seed=s, variant=v), 128)))
             for s in range(4) for v in entry.variants or ("",)]  # fmt: skip
    assert np.median(ranks) < 0.97


@pytest.mark.parametrize("wear", WEARS)
def test_wear(wear):
    recipe = Recipe("brick", "red", "white", seed=4)
    plain, worn = draw(recipe, 128), draw(replace(recipe, wear=wear), 128)
    changed = np.abs(plain.color - worn.color).max(-1) > 0.02
    assert (changed.mean() == 0) if wear == "none" else (changed.mean() > 0.02)


@pytest.mark.parametrize("color", COLORS)
def test_the_colour_is_the_one_asked_for(color):
    rng = np.random.default_rng(1)
    assert sum(name_color(draw_color(rng, color)) == color for _ in range(40)) >= 38
    hits = [dominant_color(draw(Recipe(name, color, color, seed=s), 64).color) == color
            for name in ("fabric", "plaster", "leather", "concrete") for s in range(3)]  # fmt: skip
    assert np.mean(hits) >= 0.75


@pytest.mark.parametrize("name", MATERIALS)
def test_a_larger_picture_shows_the_same_layout(name):
    """What the panel previews small is what comes out large: cells, strokes and noise stand where they stood."""
    recipe = Recipe(name, seed=2)
    small, large = draw(recipe, 128).color, draw(recipe, 256).color
    smooth = [one.reshape(32, one.shape[0] // 32, 32, one.shape[0] // 32, 3).mean((1, 3)) for one in (small, large)]
    assert np.abs(smooth[0] - smooth[1]).mean() < 0.03
    other = draw(Recipe(name, seed=3), 256).color.reshape(32, 8, 32, 8, 3).mean((1, 3))
    assert np.abs(smooth[0] - smooth[1]).mean() < 0.5 * np.abs(smooth[0] - other).mean()


def test_noise_is_the_same_at_every_size():
    small, large = (Canvas(n, np.random.default_rng(3)).noise(3.0, 1, 24) for n in (64, 256))
    shrunk = large.reshape(64, 4, 64, 4).mean((1, 3))
    assert np.corrcoef(small.ravel(), shrunk.ravel())[0, 1] > 0.999
    odd = Canvas(150, np.random.default_rng(3)).noise(3.0, 1, 24)
    assert odd[75, 75] == pytest.approx(large[128, 128], abs=0.1)


def test_slopes_and_normals_by_hand():
    x = (np.arange(64) + 0.5) / 64
    height = np.tile(0.1 * np.sin(2 * np.pi * x), (64, 1)).astype(np.float32)
    dx, dy = slopes(height)
    np.testing.assert_allclose(dx[0], 0.1 * 2 * np.pi * np.cos(2 * np.pi * x), atol=2e-3)
    assert np.abs(dy).max() < 1e-6
    normal = normals_from_height(height)
    np.testing.assert_allclose(np.linalg.norm(normal, axis=-1), 1, atol=1e-6)
    assert normal[0, 0, 0] < 0 < normal[0, 32, 0]  # Uphill to the right leans left.
    assert normals_from_height(height.T)[0, 0, 1] > 0  # Uphill to the bottom leans up: OpenGL's green.


def test_voronoi_against_brute_force():
    cells = Canvas(40, np.random.default_rng(0)).voronoi(4, jitter=0.75)
    rng = np.random.default_rng(0)
    px, py = (0.5 + (rng.random((4, 4), dtype=np.float32) - 0.5) * 0.75 for _ in range(2))
    points = np.stack([(np.arange(4) + px) / 4, (np.arange(4)[:, None] + py) / 4], -1).reshape(-1, 2)
    axis = (np.arange(40) + 0.5) / 40
    pixels = np.stack(np.meshgrid(axis, axis), -1)
    delta = pixels[:, :, None] - points
    distance = np.linalg.norm(delta - np.round(delta), axis=-1) * 4
    np.testing.assert_array_equal(distance.argmin(-1), cells.ids)
    distance.sort(-1)
    np.testing.assert_allclose(distance[..., 0], cells.first, atol=1e-4)
    # The second nearest may lie outside the 3 x 3 fields that are searched, very rarely.
    assert np.quantile(np.abs(distance[..., 1] - cells.second), 0.99) < 1e-4


def test_noise_has_unit_deviation_and_its_band():
    canvas = Canvas(128, np.random.default_rng(0))
    field = canvas.noise(2.0, 4, 1000)
    assert field.std() == pytest.approx(1, abs=1e-3)
    assert abs(field.mean()) < 1e-3
    spectrum = np.abs(np.fft.fft2(field))
    assert spectrum[:3, :3].max() < 1e-2 * spectrum.max()


def test_captions_are_true_and_varied():
    rng = np.random.default_rng(0)
    recipe = Recipe("brick", "white", "black", wear="mossy", seed=1)
    assert describe(recipe) == "mossy white brick wall with black mortar"
    texts = {draw_caption(rng, recipe) for _ in range(200)}
    assert len(texts) > 100
    swapped = [t for t in texts if any(f"{c} mortar" in t for c in ("white", "pale", "ivory"))]
    assert not swapped
    for _ in range(300):
        assert describe(draw_recipe(rng))
        assert draw_caption(rng, draw_recipe(rng))


def test_the_job():
    texture = run(generate(Recipe("gravel", seed=3), 64))
    assert texture.height.min() == 0
    assert texture.height.max() == 1
    assert 0 < texture.depth < 0.2
    assert texture.picture.shape == texture.normal.shape == texture.color.shape == (64, 64, 3)
    for recipe, size in ((Recipe("cheese"), 64), (Recipe("brick", "mauve"), 64), (Recipe("brick"), 8)):
        with pytest.raises(AdaError):
            generate(recipe, size)


def test_numpy_is_all_it_needs():
    code = (
        "import sys, types; m = types.ModuleType('ada_forge'); m.__path__ = [sys.argv[1]];"
        "sys.modules['ada_forge'] = m;"
        "import ada_forge.ai.procedural.generate;"
        "assert not {'torch', 'scipy', 'PIL', 'bpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(ROOT)], check=True)
