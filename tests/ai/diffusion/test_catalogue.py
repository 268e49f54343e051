"""Model folders as ComfyUI, A1111 and the hub's cache lay them out."""

from __future__ import annotations

import pytest
from ada_forge.ai.diffusion.models import catalogue, hub_cache, inspect, scan, scan_all
from ada_forge.ai.diffusion.models.shelf import Shelf
from ada_forge.ai.diffusion.settings import BUILT_IN
from model_files import FILES, SD15, SDXL, write
from test_inspect import make_folder


def put(path, shapes):
    path.parent.mkdir(parents=True, exist_ok=True)
    return write(path, shapes)


def names(folders):
    return [(info.kind, info.name) for info in scan(folders)[1:]]


def test_the_built_in_model_comes_first_also_alone():
    assert [info.path for info in scan([])] == [BUILT_IN]


def test_a_comfyui(tmp_path):
    models = tmp_path / "models"
    put(models / "checkpoints" / "SDXL" / "base.safetensors", SDXL)
    put(models / "loras" / "moss.safetensors", FILES["LoRA kohya"][0])
    put(models / "controlnet" / "depth.safetensors", FILES["ControlNet"][0])
    put(models / "vae" / "v.safetensors", FILES["VAE"][0])
    make_folder(models / "diffusers" / "whole", "StableDiffusionPipeline")
    put(tmp_path / "venv" / "lib" / "not.safetensors", SD15)
    put(tmp_path / "output" / "not.safetensors", SD15)
    other = tmp_path / "a1111"
    put(other / "models" / "Stable-diffusion" / "old.safetensors", SD15)
    put(other / "embeddings" / "moss.safetensors", FILES["embedding A1111"][0])
    comfy = tmp_path / "comfy"
    comfy.mkdir()
    (comfy / "extra_model_paths.yaml").write_text("a111:\n    base_path: ../a1111/\n    vae: models/VAE\n")
    assert names([tmp_path / "models"]) == [
        ("MODEL", "base"), ("MODEL", "whole"), ("LORA", "moss"), ("CONTROLNET", "depth"), ("VAE", "v"),
    ]  # fmt: skip
    assert names([comfy]) == names([other]) == [("MODEL", "old"), ("EMBEDDING", "moss")]
    assert len(names([tmp_path])) == 7
    assert len(names([tmp_path, tmp_path, models])) == 7


def test_the_hubs_cache(tmp_path, monkeypatch):
    repository = tmp_path / "models--owner--name"
    for revision in ("old", "new"):
        make_folder(repository / "snapshots" / revision, "StableDiffusionXLPipeline")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("old")
    [_, info] = scan([tmp_path])
    assert (info.name, info.path.name, info.family) == ("owner/name", "old", "SDXL")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    assert hub_cache() == tmp_path
    monkeypatch.delenv("HF_HUB_CACHE")
    monkeypatch.setenv("HF_HOME", "/elsewhere")
    assert hub_cache().as_posix() == "/elsewhere/hub"


def test_what_is_damaged_is_told_apart(tmp_path):
    put(tmp_path / "good.safetensors", SD15)
    (tmp_path / "bad.safetensors").write_bytes(b"nothing at all")
    (tmp_path / "old.ckpt").write_bytes(b"\x80\x02")
    found = scan_all([tmp_path, tmp_path / "absent"])
    assert [info.name for info in found.models[1:]] == ["good"]
    assert [(path.name, "pickle" in str(error)) for path, error in found.problems] == [
        ("bad.safetensors", False), ("old.ckpt", True),
    ]  # fmt: skip


def test_links_in_a_circle_end(tmp_path):
    put(tmp_path / "a" / "x.safetensors", SD15)
    try:
        (tmp_path / "a" / "again").symlink_to(tmp_path, target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no links")
    assert names([tmp_path]) == [("MODEL", "x")]
    deep = tmp_path.joinpath(*["d"] * (catalogue.DEEPEST + 2))
    put(deep / "deep.safetensors", SD15)
    assert names([tmp_path]) == [("MODEL", "x")]


def test_the_shelf_remembers(tmp_path):
    put(tmp_path / "m" / "base.safetensors", SDXL)
    put(tmp_path / "m" / "moss.safetensors", FILES["LoRA kohya"][0])
    shelf = Shelf([tmp_path / "m"])
    shelf.replace(scan_all(shelf.folders))
    assert [info.name for info in shelf.models] == ["base", "moss"]
    shelf.remove(tmp_path / "m" / "moss.safetensors")
    file = tmp_path / "data" / "models.json"
    shelf.save(file)
    again = Shelf.load(file)
    assert again == shelf
    again.replace(scan_all(again.folders))
    assert [info.name for info in again.models] == ["base"]  # What was taken out stays out,
    again.add(inspect(tmp_path / "m" / "moss.safetensors"))  # until the user wants it back.
    again.replace(scan_all(again.folders))
    assert [info.name for info in again.models] == ["base", "moss"]
    again.save(file)
    (tmp_path / "m" / "base.safetensors").unlink()
    assert [info.name for info in Shelf.load(file).models] == ["moss"]
    for damaged in (
        "",
        "[]",
        '{"folders": []}',
        '{"folders": [], "hidden": [], "models": [{"kind": "X", "path": "a"}]}',
    ):
        file.write_text(damaged)
        assert Shelf.load(file) == Shelf()
