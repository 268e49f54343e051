"""Procedural materials by the operator: recipes, words, chance, and as the start of a model."""

from __future__ import annotations

import json

import numpy as np
import pytest
from texture_scene import draw, empty_file, pixels_of, require_diffusion


@pytest.fixture
def scene(ext):
    yield from empty_file(ext)


@pytest.fixture
def model():
    require_diffusion()


def test_procedural_image_is_the_job_s(ext, scene, tmp_path):
    """The operator's result is the generator's, to the byte that an image holds."""
    job, recipe = ext(".ai.job"), ext(".ai.procedural.recipe")
    (image,) = draw(scene, kind='BRICK', color='RED', wear='MOSSY', variant='ROUND')  # Bricks have no variants.
    asked = recipe.Recipe("brick", "red", wear="mossy", seed=4)
    expected = job.run(ext(".ai.procedural.generate").generate(asked, 64))
    assert np.abs(pixels_of(image)[..., :3] - expected.color).max() <= 0.5 / 255 + 1e-6
    assert image.use_fake_user
    record = json.loads(image["ada_texture"])
    assert record["recipe"]["kind"] == 'BRICK'
    path = tmp_path / "unpacked.png"  # The packed file is a PNG that holds the settings itself.
    path.write_bytes(image.packed_file.data)
    assert ext(".render.textures").file_record(path) == record


def test_words_decide_what_is_not_set_more_exactly(ext, scene):
    (image,) = draw(scene, words="old red bricks with moss", color='BLUE')
    recipe = json.loads(image["ada_texture"])["recipe"]
    assert [recipe[name] for name in ("kind", "color", "wear")] == ['BRICK', 'BLUE', 'MOSSY']
    with pytest.raises(RuntimeError, match="'zorg' names no material"):
        draw(scene, words="zorg")
    with pytest.raises(RuntimeError, match="Make width and height equal"):
        draw(scene, width=128)


def test_a_random_material_is_drawn_and_can_be_kept(ext, scene):
    import bpy

    store = scene.ada
    store.recipe.words, store.recipe.kind = "red brick", 'WOOD'
    assert store.recipe.variant == 'HORIZONTAL'  # The material's first.
    seen = set()
    for _ in range(8):
        assert bpy.ops.ada.recipe_randomize() == {'FINISHED'}
        seen.add((store.recipe.kind, store.texture.seed))
    assert len({kind for kind, _ in seen}) > 2
    assert len(seen) == 8
    assert store.recipe.words == ""
    store.recipe.kind = 'LAVA'
    bpy.ops.ada.recipe_randomize(keep_material=True)
    assert store.recipe.kind == 'LAVA'
    before, look = store.texture.seed, (store.recipe.color, store.recipe.feature)
    bpy.ops.ada.recipe_randomize(seed_only=True)
    assert store.texture.seed != before
    assert look == (store.recipe.color, store.recipe.feature)


def test_a_model_starts_from_a_procedural_material(ext, scene, model):
    import bpy

    draw_module, light = ext(".ai.procedural.draw"), ext(".ai.procedural.light").light
    settings = scene.ada.texture
    settings.mode, settings.width, settings.height, settings.seed = 'PROCEDURAL', 128, 128, 3
    settings.seed_mode, settings.steps, settings.strength = 'FIXED', 4, 0.3
    scene.ada.recipe.words = "blue tiles with white grout"
    order = ext(".operators.texture").ADA_OT_texture_generate.read(bpy.context)
    start = light(draw_module.draw(ext(".ai.procedural.recipe").Recipe("tiles", "blue", "white", seed=3), 128))
    np.testing.assert_array_equal(order.settings[0].image, start)
    assert order.settings[0].prompt == "blue tiles with white grout"  # None was written: the recipe says it.
    assert bpy.ops.ada.texture_generate() == {'FINISHED'}
    (image,) = bpy.data.images
    near = np.abs(pixels_of(image)[..., :3] - start).mean()
    assert 0.002 < near < 0.5 * np.abs(start - start.mean((0, 1))).mean()
    scene.ada.recipe.words = "red lava"
    assert bpy.ops.ada.texture_recall(image=image.name) == {'FINISHED'}
    assert (scene.ada.recipe.kind, scene.ada.recipe.color, settings.mode) == ('TILES', 'BLUE', 'PROCEDURAL')
