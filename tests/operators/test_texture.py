"""Generate Texture as an operator and headless: seeds, pictures to start from, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from texture_scene import batch, empty_file, pixels_of, require_diffusion


@pytest.fixture
def scene(ext):
    yield from empty_file(ext)


@pytest.fixture
def model():
    require_diffusion()


def test_built_in_model_makes_an_image_and_recall_makes_it_again(ext, scene, model):
    import bpy

    settings = scene.ada.texture
    settings.prompt, settings.steps, settings.width, settings.height = "green moss", 3, 128, 128
    settings.seed_mode = 'RANDOM'
    assert bpy.ops.ada.texture_generate() == {'FINISHED'}
    (first,) = bpy.data.images
    record = json.loads(first["ada_texture"])
    assert record["texture"]["seed"] == settings.seed > 0
    assert all(0.0 <= rank <= 1.0 for rank in record["seam"])
    assert pixels_of(first)[..., :3].std() > 0.01
    settings.prompt, settings.steps, settings.width = "lava", 5, 256
    assert bpy.ops.ada.texture_recall(image=first.name) == {'FINISHED'}
    assert (settings.prompt, settings.steps, settings.width, settings.seed_mode) == ("green moss", 3, 128, 'FIXED')
    assert bpy.ops.ada.texture_generate() == {'FINISHED'}
    (second,) = set(bpy.data.images) - {first}
    assert np.array_equal(pixels_of(first), pixels_of(second))
    settings.seed += 1
    assert bpy.ops.ada.texture_generate() == {'FINISHED'}
    (third,) = set(bpy.data.images) - {first, second}
    assert not np.array_equal(pixels_of(first), pixels_of(third))


def test_seed_modes(ext, scene):
    texture = ext(".operators.texture_order")
    settings = scene.ada.texture
    values = {"seed": 7, "count": 3, "seed_mode": 'FIXED'}
    settings.seed = 7
    assert texture.take_seed(values) == 7
    texture.note_seed(settings, values, 7)
    assert settings.seed == 7
    values["seed_mode"] = 'INCREMENT'
    assert texture.take_seed(values) == 7
    texture.note_seed(settings, values, 7)
    assert settings.seed == 10
    values["seed_mode"] = 'RANDOM'
    seeds = {texture.take_seed(values) for _ in range(4)}
    assert len(seeds) == 4
    texture.note_seed(settings, values, min(seeds))
    assert settings.seed == min(seeds)


def test_image_to_image_and_masks_reach_the_engine(ext, scene):
    import bpy

    pytest.importorskip("torch", reason="torch is not installed")
    texture = ext(".operators.texture")
    source = bpy.data.images.new("source", 8, 4, alpha=True)
    pixels = np.ones((4, 8, 4), np.float32)
    pixels[..., 0] = np.linspace(0, 1, 8)
    pixels[3, :, 3] = 0.0  # The upper row is erased.
    source.pixels.foreach_set(pixels.ravel())
    settings = scene.ada.texture
    settings.prompt, settings.mode, settings.source = "brick", 'INPAINT', source
    read = texture.ADA_OT_texture_generate.read
    order = read(bpy.context)
    assert order.settings[0].image.shape == (4, 8, 3)
    assert order.settings[0].mask.tolist() == [[1.0] * 8] + [[0.0] * 8] * 3
    assert np.abs(order.settings[0].image[0, :, 0] - np.linspace(0, 1, 8)).max() < 1 / 255
    settings.mask_from = 'IMAGE'
    assert bpy.ops.ada.texture_mask_add() == {'FINISHED'}
    with pytest.raises(Exception, match="Nothing is masked"):
        read(bpy.context)
    flat = np.zeros((4, 8, 4), np.float32)
    flat[0, 2] = 1.0  # The lowest row.
    settings.mask.pixels.foreach_set(flat.ravel())
    settings.seed_mode = 'FIXED'
    other = read(bpy.context)
    assert np.argwhere(other.settings[0].mask > 0.5).tolist() == [[3, 2]]
    assert other == read(bpy.context)
    flat[1, 1] = 1.0
    settings.mask.pixels.foreach_set(flat.ravel())
    assert other != read(bpy.context)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"engine": 'BUILT_IN', "prompt": "  "}, "Write under Prompt"),
        ({"engine": 'MODEL', "prompt": "x"}, "Choose a model"),
        ({"engine": 'BUILT_IN', "prompt": "x", "mode": 'IMAGE'}, "Choose the image"),
        ({"engine": 'PROCEDURAL', "width": 64, "height": 32}, "Make width and height equal"),
        ({"engine": 'PROCEDURAL', "store": 'FILE'}, "Save the file first"),
    ],
)
def test_refused_in_a_sentence(ext, scene, values, sentence):
    import bpy

    if values["engine"] != 'PROCEDURAL':
        pytest.importorskip("torch", reason="torch is not installed")
    with pytest.raises(RuntimeError, match=sentence):
        bpy.ops.ada.texture_generate(**values)
    assert not bpy.data.images


def test_batch(tmp_path, ext, scene, model):
    out = tmp_path / "苔 t.png"
    given = ["mossy brick", "--seed", 3, "--steps", 2, "--size", "96x64", "--count", 2, "--json"]
    done = batch(*given, "--out", out)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout.splitlines()[-1])
    assert [row["seed"] for row in document["textures"]] == [3, 4]
    sizes = [ext(".render.images").png_size(Path(row["file"])) for row in document["textures"]]
    assert sizes == [(96, 64)] * 2
    assert {path.name for path in tmp_path.iterdir()} == {"苔 t-1.png", "苔 t-2.png"}


def test_batch_procedural_blend_and_refusals(tmp_path, ext, scene):
    import bpy

    out = tmp_path / "m.blend"
    done = batch("brick wall", "--engine", "procedural", "--size", 32, "--maps", "--tile-size", 0.5, "--out", out)
    assert done.returncode == 0, done.stderr
    with bpy.data.libraries.load(str(out)) as (held, _):
        assert len(held.images) >= 5
        assert any("brick" in name for name in held.materials)
    done = batch("candy", "--engine", "procedural", "--out", tmp_path / "x.png")
    assert done.returncode == 1
    assert "'candy' names no material" in done.stderr
    assert "Traceback" not in done.stderr
    assert batch("brick", "--out", tmp_path / "x.jpg").returncode == 2
