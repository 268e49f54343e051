"""Textures in the real program: clicked in the sidebar, seen in the Image Editor. Pictures are in tests/out/."""

from __future__ import annotations

import sys

import program as real

sys.path.append(str(real.CHECKOUT / "tests" / "ai" / "diffusion"))
from model_files import FILES, SD15, SDXL, write


def test_texture_panel(program, profile, tmp_path):
    real.OUT.mkdir(exist_ok=True)
    found = program.play("texture", tmp_path / "stage", timeout=400, resources=profile, out=real.OUT)
    assert found["previews"] == 1
    assert found["material"].startswith("red brick wall")
    assert found["shown"] == found["material"]


def test_pictures_of_the_panels(program, profile, tmp_path):
    models = tmp_path / "stage" / "ComfyUI 模型"
    models.mkdir(parents=True)
    for name, shapes in {
        "SD15 base": SD15,
        "SDXL base": SDXL,
        "moss LCM 4step": FILES["LoRA kohya"][0],
        "control depth": FILES["ControlNet"][0],
    }.items():
        write(models / f"{name}.safetensors", shapes)
    real.OUT.mkdir(exist_ok=True)
    used = ["SD15 base", "moss LCM 4step", "control depth"]
    found = program.play(
        "texture_panels", tmp_path / "stage", timeout=300, resources=profile, out=real.OUT, models=models, used=used
    )
    assert len(found["models"]) == 4
    assert found["worn"] == [found["first"]]


def test_procedural_panel(program, profile, tmp_path):
    found = program.play("recipe", tmp_path / "stage", timeout=500, resources=profile, out=real.OUT)
    assert found["pictures"] >= 53  # Every material, one of them as the recipe stands.
    assert found["recipe"] == ["BRICK", "RED", "MOSSY"]
    assert len(found["images"]) >= 5


def test_maps_and_borders(program, profile, tmp_path):
    real.OUT.mkdir(exist_ok=True)
    found = program.play("texture_maps", tmp_path / "stage", timeout=400, resources=profile, out=real.OUT)
    kinds = ("ao", "height", "metallic", "normal", "roughness")
    assert found["worn"] == sorted(["wall", *(f"wall {kind}" for kind in kinds)])
    assert found["bpy.ops.ada.texture_repair("] == "wall seamless"
