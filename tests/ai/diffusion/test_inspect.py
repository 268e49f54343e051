"""What a file is, told from its header. Files are written byte by byte; no torch."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from ada_forge.ai.diffusion.models import inspect, step_defaults
from ada_forge.ai.diffusion.models.header import read_header
from ada_forge.ai.diffusion.settings import BUILT_IN
from ada_forge.ai.errors import AdaError
from conftest import ROOT
from model_files import FILES, FLUX, SD2, SD15, SDXL, U, write


@pytest.mark.parametrize("case", FILES)
def test_kind_and_family_come_from_the_names(tmp_path, case):
    shapes, kind, family = FILES[case]
    info = inspect(write(tmp_path / "贴图 x.safetensors", shapes))
    assert (info.kind, info.family) == (kind, family)
    assert info.name == "贴图 x"
    assert info.dtype == "float16"
    assert info.size_bytes == (tmp_path / "贴图 x.safetensors").stat().st_size


def test_a_trainers_note_tells_the_family_where_names_do_not(tmp_path):
    shapes = {"lora_unet_mid_block_x.hada_w1_a": (2, 4)}
    assert inspect(write(tmp_path / "a.safetensors", shapes, {"ss_base_model_version": "sdxl_base_v1-0"})).family == (
        "SDXL"
    )
    noted = {"modelspec.architecture": "stable-diffusion-v1/lora", "modelspec.license": "CreativeML Open RAIL-M"}
    info = inspect(write(tmp_path / "b.safetensors", shapes, noted))
    assert (info.family, info.licence) == ("SD15", "CreativeML Open RAIL-M")


@pytest.mark.parametrize(
    ("name", "extra", "metadata", "prediction"),
    [
        ("v2-1_768-ema-pruned", {}, None, "v_prediction"),
        ("512-base-ema", {}, None, "epsilon"),
        ("mine", {}, None, ""),
        ("mine", {}, {"modelspec.prediction_type": "v"}, "v_prediction"),
        ("mine", {}, {"modelspec.prediction_type": "epsilon"}, "epsilon"),
        ("noob", {"v_pred": (1,)}, None, "v_prediction"),
    ],
)
def test_what_a_stable_diffusion_2_predicts(tmp_path, name, extra, metadata, prediction):
    path = write(tmp_path / f"{name}.safetensors", SD2 | extra, metadata)
    assert inspect(path).prediction == prediction
    path.with_suffix(".yaml").write_text('model:\n  params:\n    parameterization: "v"\n')
    if metadata is None:
        assert inspect(path).prediction == "v_prediction"
    assert inspect(write(tmp_path / "x.safetensors", SD15)).prediction == "epsilon"
    assert inspect(write(tmp_path / "x.safetensors", FLUX)).prediction == "flow"


@pytest.mark.parametrize(
    ("name", "shapes", "method", "steps"),
    [
        ("sdxl_lightning_2step", SDXL, "LIGHTNING", 2),
        ("Hyper-SD15-8steps-lora", SD15, "HYPER", 8),
        ("DreamShaperXL_Turbo_v2", SDXL, "TURBO", 4),
        ("lcm-lora-sdv1-5", SD15, "LCM", 4),
        ("plain", SD15 | {U + "time_embed_cond.weight": (4, 4)}, "LCM", 4),
        ("flux1", {"double_blocks.0.img_attn.norm.key_norm.scale": (4,)}, "SCHNELL", 4),
        ("flux1-dev", FLUX, "", None),
        ("falcmont", SD15, "", None),
        ("HyperRealism", SD15, "", None),
    ],
)
def test_few_step_models_are_recognised(tmp_path, name, shapes, method, steps):
    info = inspect(write(tmp_path / f"{name}.safetensors", shapes))
    defaults = step_defaults(info)
    assert info.few_step == method
    assert (defaults and defaults.steps) == steps
    assert defaults is None or defaults.guidance == 1.0


def test_an_inpainting_checkpoint_has_nine_channels(tmp_path):
    nine = SD15 | {U + "input_blocks.0.0.weight": (4, 9, 3, 3)}
    assert inspect(write(tmp_path / "a.safetensors", nine)).inpainting
    assert not inspect(write(tmp_path / "b.safetensors", SD15)).inpainting


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "not a safetensors model"),
        (b"nothing at all", "not a safetensors model"),
        (b"PK\x03\x04" + bytes(100), "is a pickle.*Get the same model as .safetensors"),
        (b"\x80\x02}q\x00.", "is a pickle"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "only points to the model"),
        (b"<!DOCTYPE html><html>", "is a web page"),
        (b"GGUF\x03\x00\x00\x00" + bytes(100), "is a GGUF file"),
        ((9).to_bytes(8, "little") + b'{"a": [1}' + bytes(10), "is damaged"),
        ((4).to_bytes(8, "little") + b"[[[]", "not a safetensors model"),
        ((2).to_bytes(8, "little") + b"{}", "is damaged"),
        ((50_000).to_bytes(8, "little") + b'{"a":' * 10_000, "is damaged"),
    ],
)
def test_what_is_no_model_is_one_sentence(tmp_path, data, sentence):
    path = tmp_path / "x.safetensors"
    path.write_bytes(data)
    with pytest.raises(AdaError, match=sentence):
        inspect(path)


def test_pickles_are_refused_by_name_as_well(tmp_path):
    path = tmp_path / "model.ckpt"
    path.write_bytes(b"anything")
    with pytest.raises(AdaError, match=r"'model\.ckpt' is a pickle.*convert it"):
        inspect(path)


def test_every_cut_and_every_flipped_header_bit_is_noticed_or_harmless(tmp_path):
    whole = write(tmp_path / "a.safetensors", {"emb_params": (2, 768)}).read_bytes()
    path = tmp_path / "b.safetensors"
    for size in range(0, len(whole), 37):
        path.write_bytes(whole[:size])
        with pytest.raises(AdaError, match=r"cut off after|not a safetensors"):
            inspect(path)
    path.write_bytes(whole + b"\0")
    with pytest.raises(AdaError, match="is damaged"):
        inspect(path)
    caught = 0
    length = 8 + int.from_bytes(whole[:8], "little")
    for bit in range(8 * length):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        try:
            read_header(path)
        except AdaError:
            caught += 1
    assert caught > 0.6 * 8 * length  # The rest are letters of the tensor's name, which say nothing about themselves.


def test_what_is_whole_but_unknown_is_said(tmp_path):
    with pytest.raises(AdaError, match="no model that is known"):
        inspect(write(tmp_path / "x.safetensors", {"blocks.0.weight": (2, 2), "blocks.1.weight": (2, 2)}))
    with pytest.raises(AdaError, match="does not exist"):
        inspect(tmp_path / "absent.safetensors")


def make_folder(folder, class_name, network=None, scheduler=None, part="unet"):
    (folder / part).mkdir(parents=True)
    (folder / "scheduler").mkdir()
    (folder / "model_index.json").write_text(json.dumps({"_class_name": class_name}))
    (folder / part / "config.json").write_text(json.dumps(network or {}))
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(scheduler or {}))
    write(folder / part / "diffusion_pytorch_model.safetensors", {"a.weight": (4, 4)})
    return folder


@pytest.mark.parametrize(
    ("class_name", "network", "family"),
    [
        ("StableDiffusionPipeline", {"cross_attention_dim": 768}, "SD15"),
        ("StableDiffusionInpaintPipeline", {"in_channels": 9}, "SD15"),
        ("StableDiffusionPipeline", {"cross_attention_dim": 1024}, "SD2"),
        ("StableDiffusionPipeline", {"use_linear_projection": True}, "SD2"),
        ("StableDiffusionXLPipeline", {"cross_attention_dim": 2048}, "SDXL"),
        ("StableDiffusionXLImg2ImgPipeline", {"cross_attention_dim": 1280}, "SDXL_REFINER"),
        ("StableDiffusion3Pipeline", {}, "SD3"),
        ("FluxPipeline", {}, "FLUX"),
        ("Flux2KleinPipeline", {}, "FLUX2"),
        ("PixArtSigmaPipeline", {}, "PIXART"),
        ("ZImagePipeline", {}, "OTHER"),
    ],
)
def test_folders_tell_by_their_index(tmp_path, class_name, network, family):
    info = inspect(make_folder(tmp_path / "m", class_name, network))
    assert (info.kind, info.family, info.name) == ("MODEL", family, "m")
    assert info.inpainting == (network.get("in_channels") == 9)


def test_folders_tell_licence_scheduler_and_distillation(tmp_path):
    v = make_folder(tmp_path / "v", "StableDiffusionPipeline", {}, {"prediction_type": "v_prediction"})
    (v / "LICENSE.md").write_text("You may.")
    assert (inspect(v).prediction, inspect(v).licence) == ("v_prediction", "You may.")
    lcm = make_folder(tmp_path / "lcm-sd", "StableDiffusionPipeline", {}, {"_class_name": "LCMScheduler"})
    (lcm / "README.md").write_text("---\nlicense: openrail++\n---\n")
    assert (inspect(lcm).few_step, inspect(lcm).licence) == ("LCM", "openrail++")
    hub = tmp_path / "models--owner--name" / "snapshots" / "0123"
    flux = make_folder(hub, "FluxPipeline", {"guidance_embeds": False}, part="transformer")
    assert (inspect(flux).name, inspect(flux).few_step) == ("owner/name", "SCHNELL")
    control = tmp_path / "control"
    control.mkdir()
    (control / "config.json").write_text('{"_class_name": "ControlNetModel"}')
    write(control / "diffusion_pytorch_model.safetensors", FILES["ControlNet XL"][0])
    assert (inspect(control).kind, inspect(control).family) == ("CONTROLNET", "SDXL")


def test_bad_folders_are_one_sentence(tmp_path):
    with pytest.raises(AdaError, match="holds no diffusers model"):
        inspect(tmp_path)
    folder = make_folder(tmp_path / "m", "StableDiffusionPipeline")
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-3])
    with pytest.raises(AdaError, match="cut off"):
        inspect(folder)
    weights.unlink()
    with pytest.raises(AdaError, match="holds no weights"):
        inspect(folder)
    (folder / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"\x80\x02")
    with pytest.raises(AdaError, match="is a pickle"):
        inspect(folder)
    (folder / "model_index.json").write_text("[")
    with pytest.raises(AdaError, match="is damaged"):
        inspect(folder)


def test_the_built_in_model_is_a_family_of_its_own():
    info = inspect(BUILT_IN)
    assert (info.kind, info.family, info.licence) == ("MODEL", "ADA", "gpl-3.0")


def test_no_torch_is_needed():
    code = f"""
import sys, types
stub = types.ModuleType("ada_forge"); stub.__path__ = [{str(ROOT)!r}]; sys.modules["ada_forge"] = stub
from ada_forge.ai.diffusion import models
sys.exit("torch" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
