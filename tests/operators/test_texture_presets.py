"""Presets and styles: kept, shared as files, read by the headless entry, and what they refuse."""

from __future__ import annotations

import json

import numpy as np
import pytest


@pytest.fixture
def scene(ext, tmp_path, monkeypatch):
    import bpy

    bpy.ops.wm.read_homefile()
    monkeypatch.setattr(ext(".operators.doctor"), "data_folder", lambda: tmp_path / "data")
    return bpy.context.scene


def test_a_preset_is_kept_loaded_shared_and_deleted(ext, scene, tmp_path):
    import bpy

    presets = ext(".operators.texture_presets")
    settings = scene.ada.texture
    settings.engine, settings.steps, settings.seed, settings.prompt = 'MODEL', 33, 77, "moss"
    settings.source = bpy.data.images.new("source", 4, 4)
    row = settings.loras.add()
    row.path, row.weight = "/x/砖.safetensors", 0.5
    row = settings.controls.add()
    row.kind, row.image = 'TILE', settings.source
    scene.ada.texture_output.tile_size = 3.0
    assert bpy.ops.ada.texture_preset_save(title="我的 preset/../x") == {'FINISHED'}
    (path,) = presets.preset_files()
    assert path.parent == tmp_path / "data" / "presets"
    bpy.ops.wm.read_homefile()
    scene = bpy.context.scene
    assert bpy.ops.ada.texture_preset_load(filepath=str(path)) == {'FINISHED'}
    settings = scene.ada.texture
    assert (settings.engine, settings.steps, settings.seed, settings.prompt) == ('MODEL', 33, 0, "moss")
    assert (settings.loras[0].path, settings.loras[0].weight) == ("/x/砖.safetensors", 0.5)
    assert (settings.controls[0].kind, settings.controls[0].image) == ('TILE', None)
    assert scene.ada.texture_output.tile_size == 3.0
    shared = tmp_path / "shared"
    assert bpy.ops.ada.texture_preset_export(filepath=str(shared)) == {'FINISHED'}
    assert json.loads(shared.with_suffix(".json").read_text()) == json.loads(path.read_text())
    assert bpy.ops.ada.texture_preset_remove(title=path.stem) == {'FINISHED'}
    assert presets.preset_files() == []


def test_headless_settings_reads_a_preset(ext, scene, tmp_path):
    import bpy

    scene.ada.texture.steps = 41
    scene.ada.texture.loras.add().path = "/x/y.safetensors"
    path = tmp_path / "p.json"
    bpy.ops.ada.texture_preset_export(filepath=str(path))
    bpy.ops.wm.read_homefile()
    assert (
        ext(".operators.batch").main(["settings", "--settings", str(path), "--result", str(tmp_path / "r.json")]) == 0
    )
    rows = {row["name"]: row["value"] for row in json.loads((tmp_path / "r.json").read_text())["settings"]}
    assert rows["texture.steps"] == 41
    assert rows["texture.loras"][0]["path"] == "/x/y.safetensors"


def test_other_versions_and_other_files(ext, scene, tmp_path):
    import bpy

    path = tmp_path / "p.json"
    path.write_text('{"texture": {"steps": 9, "shoe": 1, "mode": "NEW"}, "capture": {"train": 3}}')
    train = scene.ada.capture.train
    left_out = ext(".operators.texture_presets").apply_preset(scene, path)
    assert left_out == ["texture.shoe", "texture.mode"]
    assert (scene.ada.texture.steps, scene.ada.capture.train) == (9, train)
    for text in ("", "[]", '{"texture": 3}', '{"capture": {"train": 3}}'):
        path.write_text(text)
        with pytest.raises(RuntimeError, match="is no preset"):
            bpy.ops.ada.texture_preset_load(filepath=str(path))


def test_a_style_goes_into_the_prompt_and_into_the_record(ext, scene, tmp_path):
    import bpy

    pytest.importorskip("torch", reason="torch is not installed")
    presets, order_module = ext(".operators.texture_presets"), ext(".operators.texture_order")
    assert bpy.ops.ada.texture_style_add(title="Mine", prompt="old {prompt}", negative="new") == {'FINISHED'}
    settings = scene.ada.texture
    assert settings.style == "Mine"
    settings.engine, settings.prompt, settings.negative = 'MODEL', "brick", "text"
    row = order_module.styled(ext(".operators.properties").read_settings(settings))
    assert (row["prompt"], row["negative"], row["style"]) == ("old brick", "text, new", "")
    settings.engine = 'BUILT_IN'
    assert order_module.styled(ext(".operators.properties").read_settings(settings))["prompt"] == "brick"
    out = tmp_path / "mine.json"
    bpy.ops.ada.texture_styles_export(filepath=str(out))
    assert bpy.ops.ada.texture_style_remove() == {'FINISHED'}
    assert "Mine" not in [style.name for style in presets.known_styles()]
    settings.style, settings.engine = "Mine", 'MODEL'
    with pytest.raises(ext(".ai.errors").AdaError, match="no style 'Mine'"):
        order_module.styled(ext(".operators.properties").read_settings(settings))
    assert bpy.ops.ada.texture_styles_import(filepath=str(out)) == {'FINISHED'}
    assert presets.find_style("Mine").prompt == "old {prompt}"
    (tmp_path / "x.png").write_bytes(np.zeros(9).tobytes())
    with pytest.raises(RuntimeError, match=r"holds no styles|cannot be read"):
        bpy.ops.ada.texture_styles_import(filepath=str(tmp_path / "x.png"))
    with pytest.raises(RuntimeError, match="needs a name"):
        bpy.ops.ada.texture_style_add(title=" ", prompt="x")
