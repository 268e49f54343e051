"""The model in the repository, as a user meets it: on the CPU, without a network."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("diffusers", reason="diffusers is not installed")

from ada_forge.ai.diffusion.generate import generate
from ada_forge.ai.diffusion.load import load_model
from ada_forge.ai.diffusion.seam import seam_rank
from ada_forge.ai.diffusion.settings import BUILT_IN, TextureSettings
from ada_forge.ai.job import run
from ada_forge.ai.procedural.color import dominant_color


@pytest.fixture(scope="module")
def model():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield load_model(BUILT_IN)
    torch.set_num_threads(threads)


def make(model, prompt, **values):
    return run(generate(TextureSettings(prompt, **({"width": 128, "height": 128, "steps": 12} | values)), model))


def test_its_size_and_card(model):
    files = [p for p in BUILT_IN.rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in files) <= 25_000_000
    assert {p.suffix for p in files} <= {".json", ".safetensors", ".md", ".txt", ""}
    assert model.card.circular
    assert len(model.card.materials) >= 24
    assert sum(p.numel() for p in model.upscaler.parameters()) * 2 <= 2_000_000
    assert "wrap" in (BUILT_IN / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("prompt", "color"),
    [("red plaster", "red"), ("blue plaster", "blue"), ("yellow plaster", "yellow"), ("white plaster", "white")],
)
def test_it_knows_colours(model, prompt, color):
    pictures = [t.image for t in make(model, prompt, count=3)]
    assert [dominant_color(picture) for picture in pictures].count(color) >= 2


@pytest.mark.parametrize(
    ("prompt", "color"),
    [("crimson leather", "red"), ("navy plaster", "blue"), ("emerald plaster", "green"), ("绯红灰泥", "red"),
     ("crimson wall made of candy", "red")],
)  # fmt: skip
def test_it_follows_synonyms_chinese_and_the_known_part_of_a_prompt(model, prompt, color):
    pictures = [t.image for t in make(model, prompt, count=3)]
    assert [dominant_color(picture) for picture in pictures].count(color) >= 2


@pytest.mark.parametrize("size", [(512, 512), (1024, 512), (300, 200)])
def test_every_size_tiles(model, size):
    [texture] = make(model, "gray concrete", width=size[0], height=size[1], steps=8)
    assert texture.image.shape == (size[1], size[0], 3)
    assert max(texture.seam) < 0.999
    assert texture.seam == seam_rank(texture.image)


def test_words_it_never_saw_still_give_the_known_part(model):
    [plain] = make(model, "green plaster")
    [odd] = make(model, "green plaster zorgblatt of candyland")
    assert dominant_color(plain.image) == dominant_color(odd.image) == "green"


def test_a_start_picture_is_kept_at_low_strength_and_left_at_full(model):
    start = make(model, "blue tiles with white grout", seed=3)[0].image
    near = make(model, "red plaster", image=start, strength=0.2, seed=4)[0].image
    far = make(model, "red plaster", image=start, strength=1.0, seed=4)[0].image
    assert np.abs(near - start).mean() < 0.5 * np.abs(far - start).mean()


def test_a_mask_changes_only_its_inside(model):
    start = make(model, "blue plaster", seed=3)[0].image
    mask = np.zeros((128, 128), np.float32)
    mask[:, 32:96] = 1
    [painted] = make(model, "red brick wall", image=start, mask=mask, strength=1.0, guidance=5.0)
    np.testing.assert_allclose(painted.image[:, :32], start[:, :32], atol=1e-6)
    assert dominant_color(painted.image[:, 40:88]) == "red"


def test_it_learns_a_lora(model, tmp_path):
    """A few steps towards one picture lower the loss, and the saved file loads."""
    from ada_forge.ai.diffusion.latents import encode, to_tensor
    from peft import LoraConfig
    from peft.utils import get_peft_model_state_dict

    pipeline = model.pipeline
    unet = pipeline.unet
    target = encode(pipeline, to_tensor(make(model, "orange lava", seed=9)[0].image))
    tokens = pipeline.tokenizer(["zorg"], padding="max_length", return_tensors="pt").input_ids
    words = pipeline.text_encoder(tokens).last_hidden_state.detach()
    torch.manual_seed(0)
    noise = torch.randn_like(target)
    unet.requires_grad_(False)
    unet.add_adapter(LoraConfig(r=4, target_modules=["to_q", "to_k", "to_v", "to_out.0"]), "default")
    try:
        optimizer = torch.optim.AdamW([p for p in unet.parameters() if p.requires_grad], 3e-3)
        losses = []
        for _ in range(12):
            signal = pipeline.scheduler.alphas_cumprod[600]
            noisy = signal.sqrt() * target + (1 - signal).sqrt() * noise
            wanted = signal.sqrt() * noise - (1 - signal).sqrt() * target
            loss = (unet(noisy, 600, words).sample - wanted).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(float(loss.detach()))
        state = get_peft_model_state_dict(unet)
    finally:
        unet.delete_adapters("default")
    assert losses[-1] < 0.97 * losses[0]
    pipeline.save_lora_weights(tmp_path, unet_lora_layers=state, weight_name="zorg.safetensors")
    before = make(model, "zorg")[0].image
    after = make(model, "zorg", loras=((tmp_path / "zorg.safetensors", 1.0),))[0].image
    assert np.abs(after - before).max() > 1e-3
