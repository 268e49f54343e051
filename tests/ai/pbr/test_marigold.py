"""Marigold pipelines: tiny random ones of the real classes, saved as real folders, loaded by the real code."""

from __future__ import annotations

import numpy as np
import pytest
from ada_forge.ai.errors import AdaError
from ada_forge.ai.job import run
from ada_forge.ai.pbr import installed
from ada_forge.ai.pbr.border import slopes
from ada_forge.ai.pbr.maps import make_maps, to_bytes
from ada_forge.ai.pbr.settings import MapSettings

torch = pytest.importorskip("torch", reason="torch is not installed")
diffusers = pytest.importorskip("diffusers", reason="diffusers is not installed")
from ada_forge.ai.pbr import marigold
from ada_forge.ai.training.default.vocabulary import make_tokenizer
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

MATERIAL = {
    "target_names": ["albedo", "material"],
    "albedo": {"prediction_space": "srgb"},
    "material": {"prediction_space": "stack", "sub_target_names": ["roughness", "metallicity", None]},
    "roughness": {"prediction_space": "linear"},
    "metallicity": {"prediction_space": "linear"},
}


def save(kind, folder):
    """A random pipeline of one kind, as `save_pretrained` lays it out; returns the folder."""
    torch.manual_seed(1)
    pictures = 3 if kind == "Intrinsics" else 2  # What is seen, and what is estimated.
    tokenizer = make_tokenizer(folder.parent / f".{folder.name} words")
    more = {"target_properties": MATERIAL} if kind == "Intrinsics" else {}
    pipeline = getattr(diffusers, f"Marigold{kind}Pipeline")(
        unet=UNet2DConditionModel(
            sample_size=8, block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4, cross_attention_dim=16,
            attention_head_dim=2, in_channels=4 * pictures, out_channels=4 * (pictures - 1),
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        ),
        vae=AutoencoderKL(
            block_out_channels=(8, 8, 8, 8), down_block_types=("DownEncoderBlock2D",) * 4, latent_channels=4,
            up_block_types=("UpDecoderBlock2D",) * 4, norm_num_groups=4, sample_size=64,
        ),
        scheduler=DDIMScheduler(prediction_type="v_prediction", clip_sample=False),
        text_encoder=CLIPTextModel(
            CLIPTextConfig(vocab_size=len(tokenizer), hidden_size=16, intermediate_size=16, num_hidden_layers=1,
                           num_attention_heads=2, max_position_embeddings=32, bos_token_id=tokenizer.bos_token_id,
                           eos_token_id=tokenizer.eos_token_id)
        ),
        tokenizer=tokenizer,
        default_denoising_steps=1,
        default_processing_resolution=64,
        **more,
    )  # fmt: skip
    pipeline.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    root = tmp_path_factory.mktemp("marigold")
    return {kind: save(kind, root / kind.lower()) for kind in ("Normals", "Depth", "Intrinsics")}


@pytest.fixture(scope="module")
def picture():
    return np.random.default_rng(0).random((64, 96, 3)).astype(np.float32)


def test_folders_tell_what_they_are(models, tmp_path):
    assert [installed.kind_of(path) for path in models.values()] == ["normals", "depth", "intrinsics"]
    assert installed.kind_of(tmp_path) == ""
    assert set(installed.chosen(models["Depth"].parent)) == set(models.values())
    assert installed.choose([tmp_path, models["Depth"], models["Depth"]]) == (models["Depth"],)
    with pytest.raises(AdaError, match="holds no Marigold model"):
        installed.chosen(tmp_path)


def test_all_three_make_maps(models, picture):
    settings = MapSettings(models=tuple(models.values()), seamless="NONE")
    found = run(make_maps(picture, settings))
    assert found.estimator == "normals, depth, intrinsics"
    pipeline = diffusers.MarigoldIntrinsicsPipeline.from_pretrained(models["Intrinsics"])
    said = pipeline(picture, generator=torch.Generator().manual_seed(0)).prediction
    np.testing.assert_allclose(found.images["roughness"].astype(int), to_bytes(said[1, ..., 0]), atol=1)
    other = run(make_maps(picture, MapSettings(seamless="NONE")))
    assert np.abs(other.images["height"].astype(int) - found.images["height"]).max() > 1000
    tile = run(make_maps(picture, MapSettings(models=(models["Normals"],), seamless="BOTH")))
    assert tile.wrap == (True, True)


def test_heights_of_normals_and_depth():
    at = 2 * np.pi * np.arange(64) / 64
    height = (np.sin(at)[:, None] * 3 + np.cos(2 * at)[None] * 2).astype(np.float32)
    dx, dy = slopes(height, (True, True))
    normals = np.stack([-dx, dy, np.ones_like(dx)], -1) / np.sqrt(1 + dx * dx + dy * dy)[..., None]
    for wrap in ((True, True), (False, False)):
        found = marigold._height({"normals": normals}, np.zeros_like(height), wrap)
        assert np.corrcoef(found.ravel(), height.ravel())[0, 1] > 0.99
        assert found.std() == pytest.approx(height.std(), rel=0.1)
    depth = 0.5 - height / 20  # Far is 1.
    np.testing.assert_allclose(marigold._height({"depth": depth}, height, (True, True)) - 0, height - 10, atol=0.01)
    both = marigold._height({"normals": normals, "depth": depth}, np.zeros_like(height), (True, True))
    assert np.corrcoef(both.ravel(), height.ravel())[0, 1] > 0.999
    assert marigold._height({"roughness": depth}, height, (True, True)) is None


def test_a_model_that_cannot_be_loaded_is_refused(models, tmp_path, picture):
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "model_index.json").write_bytes((models["Normals"] / "model_index.json").read_bytes())
    with pytest.raises(AdaError, match="could not be loaded"):
        run(make_maps(picture, MapSettings(models=(folder,))))


def test_a_model_is_in_the_arbiters_care_and_lack_of_memory_is_one_sentence(models, picture, monkeypatch):
    monkeypatch.setattr(marigold.arbiter, "holdings", [])  # Earlier tests leave warm models in its care.
    own, seen = marigold._load, []

    def load(folder, device):
        seen.extend((one.name, one.size) for one in marigold.arbiter.holdings)
        return own(folder, device)

    settings = MapSettings(models=(models["Normals"],), seamless="NONE")
    monkeypatch.setattr(marigold, "_load", load)
    run(make_maps(picture, settings))
    weights = sum(path.stat().st_size for path in models["Normals"].rglob("*.safetensors"))
    assert seen == [("normals", weights)]
    assert not marigold.arbiter.holdings

    def fail(folder, device):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(marigold, "_load", fail)
    with pytest.raises(AdaError, match="too little memory"):
        run(make_maps(picture, settings))
    assert not marigold.arbiter.holdings
