"""Upscale Texture: the operator's result is the job's; what it refuses; headless."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from texture_scene import require_diffusion


@pytest.fixture
def scene(ext):
    import bpy

    require_diffusion()
    bpy.ops.wm.read_homefile()
    for image in list(bpy.data.images):
        bpy.data.images.remove(image)
    return bpy.context.scene


def waves():
    x = np.arange(32) / 32 * 2 * np.pi
    picture = 0.5 + 0.4 * np.sin(3 * x)[:, None, None] * np.cos(2 * x)[:, None] * np.ones(3)
    return (np.round(picture * 255) / 255).astype(np.float32)


def pixels_of(image):
    flat = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(flat)
    return flat.reshape(image.size[1], image.size[0], -1)[::-1, :, :3]


def test_the_result_is_the_job_s_and_is_remembered(ext, scene):
    import bpy

    textures = ext(".render.textures")
    record = {"texture": {"engine": 'BUILT_IN', "prompt": "moss", "seamless": 'X', "seed": 7}, "prompt": "moss"}
    image = textures.add_image("波 waves", waves(), record)
    assert bpy.ops.ada.texture_upscale(image=image.name, factor=1.5) == {'FINISHED'}
    (made,) = set(bpy.data.images) - {image}
    assert tuple(made.size) == (48, 48)
    settings = ext(".ai.diffusion.settings").TextureSettings("moss", seamless='X', seed=7)
    expected = ext(".ai.job").run(ext(".ai.diffusion.upscale").upscale(waves(), 1.5, settings)).image
    assert np.abs(pixels_of(made) - expected).max() <= 0.5 / 255 + 1e-6
    told = json.loads(made["ada_texture"])
    assert (told["upscale"]["source"], told["upscale"]["factor"]) == ("波 waves", 1.5)
    scene.ada.texture_upscale.factor = 4
    assert bpy.ops.ada.texture_recall(image=made.name) == {'FINISHED'}
    assert scene.ada.texture_upscale.factor == 1.5
    assert scene.ada.texture.seed == 7


def test_detail_wants_a_model(ext, scene, tmp_path):
    import bpy

    image = ext(".render.textures").add_image("waves", waves())
    with pytest.raises(RuntimeError, match="Only a diffusion model adds detail"):
        bpy.ops.ada.texture_upscale(image=image.name, detail=True)
    with pytest.raises(RuntimeError, match="8192 are the most"):
        bpy.ops.ada.texture_upscale(image=ext(".render.textures").add_image("l", np.zeros((4, 4096, 3))).name, factor=4)
    scene.ada.texture.engine = 'MODEL'
    with pytest.raises(RuntimeError, match="Write under Prompt"):
        bpy.ops.ada.texture_upscale(image=image.name, detail=True)
    scene.ada.texture.prompt = "moss"
    with pytest.raises(RuntimeError, match="Choose a model"):
        bpy.ops.ada.texture_upscale(image=image.name, detail=True)


def test_headless_writes_a_png(ext, scene, tmp_path, capfd):
    source, out = tmp_path / "源.png", tmp_path / "out.png"
    ext(".ai.png").write_png(source, waves())
    main = ext(".operators.batch").main
    assert main(["texture-upscale", str(source), "--factor", "2", "--out", str(out), "--json"]) == 0
    document = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert (document["width"], document["height"]) == (64, 64)
    assert ext(".render.images").png_size(out) == (64, 64)
    assert ext(".render.textures").file_record(out)["upscale"]["factor"] == 2
    assert main(["texture-upscale", str(tmp_path / "gone.png"), "--out", str(out)]) == 1
    assert "no picture that can be read" in capfd.readouterr().err
    assert Path(document["out"]) == out
