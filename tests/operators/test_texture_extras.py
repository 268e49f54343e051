"""LoRAs, embeddings, ControlNets and IP-Adapters: rows of the panel that reach the engine and are recalled."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "ai" / "diffusion"))
from model_files import FILES, SD15, SDXL, write


@pytest.fixture
def scene(ext):
    import bpy

    pytest.importorskip("torch", reason="torch is not installed")
    pytest.importorskip("diffusers", reason="diffusers is not installed")
    bpy.ops.wm.read_homefile()
    scene = bpy.context.scene
    settings = scene.ada.texture
    settings.engine, settings.prompt, settings.seamless = 'MODEL', "moss", 'NONE'
    settings.width, settings.height = 64, 48
    settings.seed_mode = 'FIXED'
    return scene


@pytest.fixture
def files(tmp_path):
    shapes = {
        "model": SD15, "big": SDXL, "lora": FILES["LoRA kohya"][0], "lcm-lora-4step": FILES["LoRA kohya"][0],
        "word": FILES["embedding A1111"][0], "depth": FILES["ControlNet"][0], "ip": FILES["IP adapter"][0],
    }  # fmt: skip
    return {name: str(write(tmp_path / f"{name}.safetensors", held)) for name, held in shapes.items()}


def order_of(ext):
    import bpy

    return ext(".operators.texture").ADA_OT_texture_generate.read(bpy.context)


def test_rows_reach_the_engine_and_come_back(ext, scene, files):
    import bpy

    settings = scene.ada.texture
    settings.model = files["model"]
    for name in ("lora", "word", "depth", "ip"):
        assert bpy.ops.ada.texture_extra_add(filepath=files[name]) == {'FINISHED'}
    settings.loras[0].weight = 0.75
    picture = bpy.data.images.new("风格", 4, 4)
    settings.ip_image = picture
    row = settings.controls.add()
    row.path, row.kind, row.origin, row.image, row.weight = files["depth"], 'CANNY', 'IMAGE', picture, 0.5
    order = order_of(ext)
    (made,) = order.settings
    assert made.loras == ((Path(files["lora"]), 0.75),)
    assert made.embeddings == (Path(files["word"]),)
    assert [(c.path.stem, c.kind, c.weight) for c in made.control] == [("depth", 'DEPTH', 1.0), ("depth", 'CANNY', 0.5)]
    depth = made.control[0].image
    assert depth.shape == (48, 64, 3)
    assert depth.max() == 1
    assert 0 < (depth > 0).mean() < 0.9  # The default cube, and nothing around it.
    assert made.control[1].image.shape == (4, 4, 3)
    assert made.ip_adapter == Path(files["ip"])
    assert made.ip_image.shape == (4, 4, 3)
    picture_of = ext(".operators.texture_order").Picture(np.zeros((4, 4, 3)), 0, (0, 0), "moss")
    record = json.loads(json.dumps(ext(".operators.texture_output").as_record(order, picture_of)))
    settings.loras.clear()
    settings.controls.clear()
    settings.ip_image, settings.ip_adapter = None, ""
    apply = ext(".operators.texture_tools").apply_record
    assert apply(scene.ada, record) == []
    assert order_of(ext) == order
    bpy.data.images.remove(picture)
    assert apply(scene.ada, record) == ["风格", "风格"]
    settings.loras[0].use = settings.controls[1].use = False
    settings.ip_adapter = ""
    (made,) = order_of(ext).settings
    assert (made.loras, len(made.control)) == ((), 1)


def test_what_does_not_fit_is_refused_at_the_click(ext, scene, files):
    import bpy

    error = ext(".ai.errors").AdaError
    settings = scene.ada.texture
    settings.model = files["big"]
    settings.loras.add().path = files["lora"]
    with pytest.raises(error, match=r"'lora.safetensors' is for Stable Diffusion 1.5, but the model is Stable Diff"):
        order_of(ext)
    settings.loras[0].path = ""
    with pytest.raises(error, match="has no file"):
        order_of(ext)
    settings.loras.clear()
    settings.model, settings.ip_adapter = files["model"], files["ip"]
    with pytest.raises(error, match="IP-Adapter needs an image"):
        order_of(ext)
    settings.ip_adapter = ""
    row = settings.controls.add()
    row.path, row.kind, row.origin = files["depth"], 'NORMAL', 'IMAGE'
    with pytest.raises(error, match="needs an image"):
        order_of(ext)
    row.image = bpy.data.images.new("x", 4, 4)
    with pytest.raises(error, match="come from the scene's camera"):
        order_of(ext)
    row.origin = 'CAMERA'
    scene.camera = None
    with pytest.raises(error, match="no camera"):
        order_of(ext)
    for path, sentence in ((files["model"], "is a whole model"), ("", "Choose a .safetensors")):
        with pytest.raises(RuntimeError, match=sentence):
            bpy.ops.ada.texture_extra_add(filepath=path)
    settings.engine = 'BUILT_IN'  # Has no use for them: they wait.
    assert order_of(ext).settings[0].control == ()


def test_a_few_step_lora_says_how_many(ext, scene, files):
    import bpy

    settings = scene.ada.texture
    settings.model, settings.steps = files["model"], 30
    assert not bpy.ops.ada.texture_steps_fit.poll()
    settings.loras.add().path = files["lcm-lora-4step"]
    info, defaults = ext(".operators.texture_rows").few_step(settings)
    assert (info.few_step, defaults.steps) == ("LCM", 4)
    assert bpy.ops.ada.texture_steps_fit() == {'FINISHED'}
    assert (settings.steps, settings.guidance) == (4, 1.0)
    bpy.ops.ada.texture_extra_remove(kind='LORA', index=0)
    assert len(settings.loras) == 0


def test_arguments_of_the_command(ext, scene, files, tmp_path):
    import argparse

    command = ext(".operators.texture_command")
    parser = argparse.ArgumentParser()
    command.arguments(parser)
    image = tmp_path / "p.png"
    ext(".ai.png").write_png(image, np.zeros((8, 8, 3), np.float32))
    args = parser.parse_args(
        ["moss", "--out", str(tmp_path / "o.png"), "--model", files["model"], "--lora", files["lora"] + ":0.4",
         "--lora", files["lora"], "--embedding", files["word"], "--control", f"depth={files['depth']}:0.5",
         "--control", f"canny={files['depth']}@{image}", "--image", str(image), "--extend", "8,0,16,0",
         "--ip-image", str(image)]
    )  # fmt: skip
    command._prepare(scene.ada, args)
    settings = scene.ada.texture
    assert [(Path(row.path).stem, round(row.weight, 3)) for row in settings.loras] == [("lora", 0.4), ("lora", 1.0)]
    assert [(row.kind, row.origin, row.weight) for row in settings.controls] == [
        ('DEPTH', 'CAMERA', 0.5), ('CANNY', 'IMAGE', 1.0)
    ]  # fmt: skip
    assert (settings.mode, settings.add_left, settings.add_top) == ('OUTPAINT', 8, 16)
    assert settings.ip_image == settings.source
    for wrong in (["--control", "depth"], ["--extend", "1,2"], ["--control", "x=y"]):
        with pytest.raises(SystemExit):
            parser.parse_args(["--out", "o.png", *wrong])


def test_a_real_picture_with_all_of_it_comes_back_to_the_pixel(ext, scene, tmp_path):
    """Tiny random networks of the real classes, through the operator: made, recalled, made again, enlarged."""
    import bpy
    import tiny
    from diffusers import StableDiffusionPipeline

    def made(**values):
        before = set(bpy.data.images)
        assert bpy.ops.ada.texture_generate(**values) == {'FINISHED'}
        (image,) = set(bpy.data.images) - before
        flat = np.empty(len(image.pixels), np.float32)
        image.pixels.foreach_get(flat)
        return image, flat

    settings = scene.ada.texture
    folder = tiny.save_tiny("SD15", tmp_path / "模型")
    settings.model, settings.steps = str(folder / "model_index.json"), 2
    _, plain = made()
    lora = tiny.save_tiny_lora(StableDiffusionPipeline.from_pretrained(folder), tmp_path / "moss.safetensors")
    settings.loras.add().path = str(lora)
    word = tiny.save_tiny_embedding(tmp_path / "word.safetensors")
    settings.embeddings.add().path = str(word)
    settings.controls.add().path = str(tiny.save_tiny_controlnet("SD15", tmp_path / "depth"))
    settings.ip_adapter = str(tiny.save_tiny_ip_adapter(tmp_path / "ip"))
    settings.ip_image = bpy.data.images.new("style", 16, 16)
    image, first = made()
    assert np.abs(first - plain).max() > 0.01
    scene.camera.location.x += 1  # The control picture is another one.
    _, moved = made()
    assert not np.array_equal(first, moved)
    scene.camera.location.x -= 1
    for rows in (settings.loras, settings.embeddings, settings.controls):
        rows.clear()
    settings.ip_adapter, settings.steps, settings.seed = "", 9, 5
    assert bpy.ops.ada.texture_recall(image=image.name) == {'FINISHED'}
    _, again = made()
    assert np.array_equal(first, again)
    settings.controls.clear()
    settings.ip_adapter = ""
    assert bpy.ops.ada.texture_upscale(image=image.name, factor=2.0, detail=True) == {'FINISHED'}
    sizes = {tuple(one.size) for one in bpy.data.images if "ada_texture" in one}
    assert sizes == {(64, 48), (128, 96)}
