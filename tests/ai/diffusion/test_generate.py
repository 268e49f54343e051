import json
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("diffusers", reason="diffusers is not installed")

from ada_forge.ai.diffusion.card import write_sums
from ada_forge.ai.diffusion.generate import generate
from ada_forge.ai.diffusion.load import load_model
from ada_forge.ai.diffusion.settings import TextureSettings
from ada_forge.ai.errors import AdaError
from ada_forge.ai.job import Progress, run
from tiny_models import save_tiny_stable_diffusion


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_tiny_stable_diffusion(tmp_path_factory.mktemp("贴图 model"))


@pytest.fixture(scope="module")
def model(folder):
    return load_model(folder)


def settings(**values):
    return TextureSettings(**({"prompt": "red brick wall", "width": 64, "height": 64, "steps": 4} | values))


def test_a_folder_becomes_a_picture_with_a_report_for_each_step(folder):
    reports = []
    [texture] = run(generate(settings(model=folder, width=96, height=64)), reports.append)
    assert texture.image.shape == (64, 96, 3)
    assert texture.image.dtype == np.float32
    assert texture.image.min() >= 0
    assert texture.image.max() <= 1
    assert [r.values["step"] for r in reports if "step" in r.values] == [1, 2, 3, 4]
    fractions = [r.fraction for r in reports]
    assert fractions == sorted(fractions)
    assert fractions[-1] <= 1
    assert texture.settings.guidance == 7.0


def test_same_seed_same_pixels_and_other_seed_other_pixels(model):
    first, second = (run(generate(settings(seed=5), model))[0].image for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert np.abs(run(generate(settings(seed=6), model))[0].image - first).max() > 0.01


def test_several_pictures_count_their_seeds_up(model):
    textures = run(generate(settings(seed=5, count=2), model))
    assert [t.settings.seed for t in textures] == [5, 6]
    np.testing.assert_array_equal(textures[1].image, run(generate(settings(seed=6), model))[0].image)


def test_the_mask_keeps_every_pixel_outside(model):
    image = np.random.default_rng(0).random((64, 64, 3)).astype(np.float32)
    mask = np.zeros((64, 64), np.float32)
    mask[16:40, 24:56] = 1
    [texture] = run(generate(settings(image=image, mask=mask, strength=1.0), model))
    np.testing.assert_allclose(texture.image[mask == 0], image[mask == 0], atol=1e-6)
    assert np.abs(texture.image - image)[mask == 1].mean() > 0.05


def test_a_start_picture_runs_its_share_of_the_steps(model):
    image = np.full((64, 64, 3), 0.5, np.float32)
    steps = [e for e in generate(settings(image=image, strength=0.5, steps=6), model) if "step" in e.values]
    assert len(steps) == 3


def test_cancelling_ends_the_thread_and_restores_the_network(model):
    job = generate(settings(steps=50), model)
    for event in job:
        if event.values.get("step") == 2:
            break
    assert any("_conv_forward" in vars(m) for m in model.pipeline.unet.modules())
    job.close()
    assert not [t for t in threading.enumerate() if t.name == "ada-diffusion"]
    assert not any("_conv_forward" in vars(m) for m in model.pipeline.unet.modules())


def test_lora_files_change_the_picture_and_leave_no_trace(model, tmp_path):
    from peft import LoraConfig
    from peft.utils import get_peft_model_state_dict

    unet = model.pipeline.unet
    before = run(generate(settings(), model))[0].image
    torch.manual_seed(1)
    unet.add_adapter(LoraConfig(r=2, target_modules=["to_q", "to_v"], init_lora_weights=False), "default")
    state = get_peft_model_state_dict(unet)
    unet.delete_adapters("default")
    model.pipeline.save_lora_weights(tmp_path, unet_lora_layers=state, weight_name="painted.safetensors")
    path = tmp_path / "painted.safetensors"
    full = run(generate(settings(loras=((path, 1.0),)), model))[0].image
    none = run(generate(settings(loras=((path, 0.0),)), model))[0].image
    assert np.abs(full - before).max() > 1e-3
    np.testing.assert_allclose(none, before, atol=1e-5)
    np.testing.assert_array_equal(run(generate(settings(), model))[0].image, before)


def test_chinese_prompts_reach_the_model_in_english(model):
    [texture] = run(generate(settings(prompt="红色砖墙，带白色砂浆"), model))
    assert texture.english == "red brick wall, with white mortar"
    with pytest.raises(AdaError, match="Write the prompt in English"):
        generate(settings(prompt="龘"), model)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"steps": 0}, "Steps must lie"),
        *(({"width": side}, "The size must lie") for side in (0, 7, -5, 100_000)),
        *(({"height": side}, "The size must lie") for side in (0, 7, 100_000)),
        ({"image": np.zeros((32, 32, 3)), "outpaint": (0, 100_000, 0, 100_000)}, "The size must lie"),
        ({"count": 0}, "Count must be"),
        ({"seed": -1}, "A seed must lie"),
        ({"seed": 2**70}, "A seed must lie"),
        ({"guidance": float("nan")}, "Guidance must lie"),
        ({"guidance": -1.0}, "Guidance must lie"),
        ({"seamless": "XY"}, "Seamless must be"),
        ({"loras": ((Path("a.safetensors"), float("nan")),)}, "A weight is no number"),
        ({"image": np.full((8, 8, 3), np.nan)}, "no numbers"),
        ({"image": np.zeros((8, 8))}, "three channels"),
        ({"ip_image": np.zeros((8, 8, 4))}, "three channels"),
        ({"image": np.zeros((8, 8, 3)), "strength": float("nan")}, "Strength must lie"),
        ({"variation": float("nan")}, "The variation must lie"),
        ({"image": np.zeros((8, 8, 3)), "strength": 0.0}, "Strength must lie"),
        ({"mask": np.zeros((8, 8))}, "A mask needs an image"),
        ({"image": np.zeros((8, 8, 3)), "mask": np.zeros((9, 8))}, "differ in size"),
    ],
)
def test_impossible_settings_are_one_sentence(values, sentence):
    with pytest.raises(AdaError, match=sentence) as raised:
        generate(settings(**values))
    assert "\n" not in str(raised.value)


def test_no_memory_is_one_sentence(model, monkeypatch):
    monkeypatch.setattr(model.pipeline.unet, "forward", lambda *_, **__: torch.empty(2**60), raising=False)
    with pytest.raises(AdaError, match=r"Not enough memory for 64 x 64 pixels\. Choose a smaller size"):
        run(generate(settings(), model))


def test_bad_folders_are_one_sentence(folder, tmp_path):
    with pytest.raises(AdaError, match="holds no diffusers model"):
        load_model(tmp_path)
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    write_sums(copy)
    load_model(copy)
    weights = copy / "unet" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")
    with pytest.raises(AdaError, match="missing or damaged"):
        load_model(copy)
    (copy / "SHA256SUMS").unlink()
    weights.write_bytes(b"nothing")
    with pytest.raises(AdaError, match="is not a safetensors model"):
        load_model(copy)
    (copy / "ada.json").write_text("[1]")
    with pytest.raises(AdaError, match="is damaged"):
        load_model(copy)
    with pytest.raises(AdaError, match="cannot be used"):
        load_model(folder, "cuda:7")


def test_the_card_beside_a_model_is_heeded(folder, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / "ada.json").write_text(json.dumps({"circular": True, "guidance": 2.5, "multiple": 32, "of the future": 1}))
    card = load_model(copy).card
    assert (card.circular, card.guidance, card.multiple) == (True, 2.5, 32)
    [texture] = run(generate(replace(settings(model=copy), seamless="NONE", width=70)))
    assert texture.image.shape == (64, 70, 3)
    assert texture.settings.guidance == 2.5


def test_progress_sentences_can_be_formatted(model):
    assert all(isinstance(e, Progress) and str(e) for e in generate(settings(), model))
