"""Checkpoints in one file, offline: tiny ones of every family under the original releases' names."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("diffusers", reason="diffusers is not installed")

import single_files
import tiny
from ada_forge.ai.card.arbiter import Arbiter
from ada_forge.ai.card.card import Card
from ada_forge.ai.diffusion import vocabularies
from ada_forge.ai.diffusion.generate import generate
from ada_forge.ai.diffusion.load import choose_dtype, load_model
from ada_forge.ai.diffusion.models.header import read_header
from ada_forge.ai.diffusion.settings import LoadOptions, TextureSettings
from ada_forge.ai.errors import AdaError
from ada_forge.ai.job import run
from safetensors.torch import save_file


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """No vocabulary of this computer helps, and the hub is never asked."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "empty"))
    monkeypatch.setattr(vocabularies, "PACKAGES", ())
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("the network was asked"))


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Pipelines with the folder of their tokenizers, by family."""
    made = {}

    def get(family):
        if family not in made:
            folder = tmp_path_factory.mktemp(family)
            pipeline = single_files.make_pipeline(family, folder / "tokenizer")
            if family == "FLUX":
                pipeline.tokenizer_2.save_pretrained(folder / "tokenizer_2")
            made[family] = pipeline, folder
        return made[family]

    return get


def save(sources, family, folder, name="模型 model.safetensors", **more):
    """The file, with the vocabularies beside it."""
    pipeline, words = sources(family)
    shutil.copytree(words, folder, dirs_exist_ok=True)
    return single_files.save_single(pipeline, family, folder / name, **more)


def picture(path, **values):
    settings = TextureSettings("red brick wall", width=64, height=64, steps=2, model=path, **values)
    keeper = Arbiter(Card(lambda: None, lambda: None, lambda: None))
    return run(generate(settings, keeper=keeper))[0].image


@pytest.mark.parametrize("family", single_files.FAMILIES)
def test_every_family_loads_to_the_bit_and_makes_a_picture(sources, tmp_path, family):
    path = save(sources, family, tmp_path)
    source = sources(family)[0]
    with single_files.narrow_flux():
        model = load_model(path)
    assert type(model.pipeline) is type(source)
    for name, part in source.components.items():
        if isinstance(part, torch.nn.Module):
            own = getattr(model.pipeline, name).state_dict()
            assert all(torch.equal(value, own[key]) for key, value in part.state_dict().items())
    for name in ("tokenizer", "tokenizer_2"):
        there, here = getattr(source, name, None), getattr(model.pipeline, name, None)
        if there is not None:
            text = {"text": "old red brick 7 wall", "padding": "max_length", "max_length": 32}
            assert here(**text).input_ids == there(**text).input_ids
    with single_files.narrow_flux():
        image = picture(path)
    folder = tmp_path / "as a folder"
    source.save_pretrained(folder)
    np.testing.assert_allclose(image, picture(folder), atol=1e-6)
    assert image.std() > 0.01


@pytest.mark.parametrize(
    ("name", "few_step", "scheduler", "spacing"),
    [
        ("sd_turbo.safetensors", "TURBO", "EulerAncestralDiscreteScheduler", "trailing"),
        ("mine-lightning-4step.safetensors", "LIGHTNING", "EulerDiscreteScheduler", "leading"),
        ("mine_LCM.safetensors", "LCM", "EulerDiscreteScheduler", "leading"),
    ],
)
def test_few_step_models_are_known_by_their_names(sources, tmp_path, name, few_step, scheduler, spacing):
    model = load_model(save(sources, "SDXL", tmp_path, name))
    assert model.few_step == few_step
    assert type(model.pipeline.scheduler).__name__ == scheduler
    assert model.pipeline.scheduler.config.timestep_spacing == spacing


def test_half_precision_files_and_what_they_predict(sources, tmp_path):
    noted = {"modelspec.prediction_type": "v"}
    path = save(sources, "SD2", tmp_path, dtype=torch.float16, metadata=noted)
    model = load_model(path)
    assert model.pipeline.unet.dtype == torch.float32
    assert model.pipeline.scheduler.config.prediction_type == "v_prediction"
    assert load_model(path, dtype=torch.float16).pipeline.unet.dtype == torch.float16
    assert choose_dtype(torch.device("cuda"), "SDXL") == torch.float16
    assert choose_dtype(torch.device("mps"), "FLUX") == torch.bfloat16
    assert choose_dtype(torch.device("cpu"), "FLUX") == torch.float32


@pytest.mark.parametrize(("units", "dtype"), [(True, torch.bfloat16), (False, torch.float32)])
def test_bfloat16_where_the_processor_has_units_for_it(sources, tmp_path, monkeypatch, units, dtype):
    path = save(sources, "SD15", tmp_path)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: units)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    settings = TextureSettings("red", width=64, height=64, steps=2)
    plain, half = (load_model(path, options=LoadOptions(bfloat16=on)) for on in (False, True))
    assert (plain.pipeline.unet.dtype, half.pipeline.unet.dtype) == (torch.float32, dtype)
    images = [run(generate(settings, model))[0].image for model in (plain, half)]
    error = np.abs(images[1] - images[0]).mean()
    assert 0 < error < 0.02 if units else error == 0


def packed_list(folder, merges):
    """The layout of the list that open_clip and clip bring along."""
    with gzip.open(folder / vocabularies.PACKED, "wt", encoding="utf-8", newline="\n") as out:
        out.write("\n".join(["version", *merges]) + "\n")


@pytest.mark.parametrize("place", ["ComfyUI", "A1111", "A1111 on Windows", "model folder", "hub", "package"])
def test_the_vocabulary_is_found_where_it_usually_is(sources, tmp_path, monkeypatch, place):
    pipeline, words = sources("SD15")
    root = tmp_path / "program"
    where = {
        "ComfyUI": root / "comfy" / "sd1_tokenizer",
        "A1111": root / "venv" / "lib" / "python3.10" / "site-packages" / "open_clip",
        "A1111 on Windows": root / "venv" / "Lib" / "site-packages" / "clip",
        "model folder": tmp_path / "models" / "some" / "tokenizer",
        "hub": tmp_path / "empty" / "models--openai--clip" / "snapshots" / "abc",
        "package": tmp_path / "site" / "open_clip",
    }[place]
    where.mkdir(parents=True)
    for name in ("vocab.json", "merges.txt"):
        shutil.copyfile(words / "tokenizer" / name, where / name)
    if "A1111" in place or place == "package":  # The same as a packed list, whose letters stand in another order.
        monkeypatch.setattr(vocabularies, "PACKAGES", ("open_clip", "clip"))
        merges = (where / "merges.txt").read_text(encoding="utf-8").splitlines()[1:]
        monkeypatch.setattr(vocabularies, "CLIP_MERGES", len(merges))
        packed_list(where, merges)
        (where / "vocab.json").unlink()
        (where / "__init__.py").touch()
        monkeypatch.syspath_prepend(str(where.parent))
    checkpoints = root / "models" / "checkpoints"
    checkpoints.mkdir(parents=True)
    path = single_files.save_single(pipeline, "SD15", checkpoints / "m.safetensors")
    rows = len(pipeline.tokenizer)
    own = load_model(path, options=LoadOptions(folders=(tmp_path / "models",))).pipeline.tokenizer
    assert len(own) == rows
    assert own.pad_token == "<|endoftext|>"
    if where.joinpath("vocab.json").exists():
        assert own("red brick wall").input_ids == pipeline.tokenizer("red brick wall").input_ids
    else:
        assert own("red").input_ids[0] == rows - 2
        assert own.get_vocab()["!"] == 0


def test_without_a_vocabulary_one_sentence_says_what_is_missing(sources, tmp_path):
    path = single_files.save_single(sources("SD15")[0], "SD15", tmp_path / "lone.safetensors")
    with pytest.raises(AdaError, match=r"'lone.safetensors' needs the vocabulary of CLIP.*vocab.json and merges.txt"):
        load_model(path)
    path = save(sources, "FLUX", tmp_path / "flux", "flux.safetensors")
    shutil.rmtree(tmp_path / "flux" / "tokenizer_2")
    with pytest.raises(AdaError, match="needs the vocabulary of T5"):
        load_model(path)


def test_a_denoiser_alone_takes_the_rest_from_a_folder(sources, tmp_path):
    pipeline = sources("SD15")[0]
    other = single_files.make_pipeline("SD15", tmp_path / "words", seed=9)
    path = single_files.save_single(other, "SD15", tmp_path / "unet.safetensors", leave_out="first_stage_model")
    with pytest.raises(AdaError, match=r"only the denoiser of a model\. Install any Stable Diffusion 1\.5"):
        load_model(path)
    pipeline.save_pretrained(tmp_path / "models" / "donor")
    model = load_model(path, options=LoadOptions(folders=(tmp_path / "models",)))
    assert torch.equal(model.pipeline.unet.conv_in.weight, other.unet.conv_in.weight)
    assert torch.equal(model.pipeline.vae.encoder.conv_in.weight, pipeline.vae.encoder.conv_in.weight)


def test_files_that_are_no_whole_model_are_one_sentence(sources, tmp_path):
    pipeline = sources("SD15")[0]
    good = save(sources, "SD15", tmp_path)
    data = good.read_bytes()

    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    start = read_header(good).data_start
    header = bytearray(data[:start])
    header[20] ^= 0x40
    lora = tmp_path / "lora.safetensors"
    save_file({"lora_unet_mid_block_attentions_0_proj_in.lora_down.weight": torch.zeros(2, 4)}, lora)
    partial = single_files.save_single(
        pipeline, "SD15", tmp_path / "partial.safetensors", leave_out="model.diffusion_model.output_blocks.0.0"
    )
    for path, sentence in (
        (write("a.safetensors", b"hello, I am no model at all"), "is not a safetensors model"),
        (write("b.safetensors", b""), "is not a safetensors model"),
        (write("c.safetensors", data[:-1000]), "is cut off after"),
        (write("d.safetensors", data[:100]), "is cut off after"),
        (write("e.safetensors", bytes(header) + data[start:]), "is damaged|no model that is known"),
        (write("f.ckpt", b"PK\x03\x04"), "is a pickle.*Get the same model as .safetensors"),
        (write("g.safetensors", b"<html>log in</html>"), "is a web page"),
        (lora, "belongs to other models and makes no picture"),
        (partial, "holds only a part of its model"),
        (tmp_path / "none.safetensors", "does not exist"),
    ):
        with pytest.raises(AdaError, match=sentence) as raised:
            load_model(path)
        assert "\n" not in str(raised.value)


def test_a_flipped_bit_is_noticed_where_the_sum_is_noted(sources, tmp_path):
    path = save(sources, "SD15", tmp_path)
    start = read_header(path).data_start
    noted = {"modelspec.hash_sha256": "0x" + hashlib.sha256(path.read_bytes()[start:]).hexdigest()}
    path = save(sources, "SD15", tmp_path, metadata=noted)
    load_model(path)
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(AdaError, match="is damaged"):
        load_model(path)


def test_flipped_bits_without_a_sum_are_never_a_black_picture(sources, tmp_path):
    pipeline = single_files.make_pipeline("SD15", tmp_path / "tokenizer")
    with torch.no_grad():
        pipeline.unet.conv_in.weight[0, 0, 0, 0] = float("nan")
    path = single_files.save_single(pipeline, "SD15", tmp_path / "m.safetensors")
    with pytest.raises(AdaError, match="no valid picture"):
        picture(path)


def test_options(sources, tmp_path):
    path = save(sources, "SD15", tmp_path)
    plain = load_model(path).pipeline
    last = load_model(path, options=LoadOptions(channels_last=True)).pipeline
    assert last.unet.conv_in.weight.is_contiguous(memory_format=torch.channels_last)
    eight = load_model(path, options=LoadOptions(float8=True)).pipeline
    assert eight.unet.mid_block.resnets[0].conv1.weight.dtype == torch.float8_e4m3fn
    assert eight.unet.dtype == torch.float32
    images = [run(generate(TextureSettings("red", width=64, height=64, steps=2),
                           load_model(path, options=options)))[0].image
              for options in (None, LoadOptions(channels_last=True), LoadOptions(float8=True))]  # fmt: skip
    np.testing.assert_allclose(images[1], images[0], atol=1e-4)
    assert 0 < np.abs(images[2] - images[0]).mean() < 0.1
    assert plain.unet.conv_in.weight.dtype == torch.float32


@pytest.mark.parametrize("works", [True, False])
def test_compiling_falls_back_to_running_as_it_is(sources, tmp_path, monkeypatch, works):
    path = save(sources, "SD15", tmp_path)
    plain = picture(path)
    calls = []

    def compiler(graph, inputs):
        calls.append(len(graph.graph.nodes))
        if not works:
            raise RuntimeError("no C compiler")
        return graph.forward

    own = torch.nn.Module.compile
    monkeypatch.setattr(torch.nn.Module, "compile", lambda self, **more: own(self, backend=compiler))
    model = load_model(path, options=LoadOptions(compiled=True))
    assert model.compiled
    settings = TextureSettings("red brick wall", width=64, height=64, steps=2)
    [texture] = run(generate(settings, model))
    np.testing.assert_allclose(texture.image, plain, atol=1e-4)
    assert calls
    assert model.compiled == works
    assert any("could not be compiled" in note for note in texture.notes) != works
    torch._dynamo.reset()


def test_folders_in_one_precision_alone(tmp_path):
    folder = tiny.save_tiny("SD15", tmp_path / "model")
    for path in list(folder.glob("*/*.safetensors")):
        path.rename(path.with_name(path.name.replace(".safetensors", ".fp16.safetensors")))
    assert load_model(folder).pipeline.unet.conv_in.weight.isfinite().all()


def test_a_folder_with_a_safety_checker_does_not_load_it(tmp_path):
    folder = tiny.save_tiny("SD15", tmp_path / "model")
    index = json.loads((folder / "model_index.json").read_text())
    index["safety_checker"] = ["stable_diffusion", "StableDiffusionSafetyChecker"]
    (folder / "model_index.json").write_text(json.dumps(index))
    assert load_model(folder).pipeline.safety_checker is None
