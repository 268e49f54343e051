import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("diffusers", reason="diffusers is not installed")

from ada_forge.ai.diffusion.card import read_card
from ada_forge.ai.diffusion.load import load_model
from ada_forge.ai.procedural.catalog import MATERIALS
from ada_forge.ai.training.default import architecture, autoencoder, denoiser, export, refine, upscaler
from ada_forge.ai.training.default.autoencoder import principal_patches, psnr, to_tensor
from ada_forge.ai.training.default.muon import orthogonalize
from ada_forge.ai.training.default.stream import LATER, TAUGHT, draw_tile
from ada_forge.ai.training.default.vocabulary import caption_words, make_tokenizer
from diffusers import AutoencoderTiny


def test_every_caption_word_is_one_token_and_others_fall_to_pieces(tmp_path):
    tokenizer = make_tokenizer(tmp_path)
    for word in caption_words():
        assert len(tokenizer(word).input_ids) == 3, word
    assert len(tokenizer("a wall made of candy").input_ids) > 7
    reloaded = type(tokenizer).from_pretrained(tmp_path)
    assert reloaded("mossy brick, zorgblatt").input_ids == tokenizer("mossy brick, zorgblatt").input_ids


def test_materials_taught():
    assert set(TAUGHT) | LATER == set(MATERIALS)
    assert len(set(TAUGHT)) == len(TAUGHT) >= 24


def test_the_autoencoder_starts_as_its_principal_components():
    """At once about as good as the mean colour of every 8 x 8 patch; the first latent has the deviation set."""
    rng = np.random.default_rng(0)
    tiles = np.stack([draw_tile(rng)[0] for _ in range(60)])
    vae = architecture.make_autoencoder()
    torch.manual_seed(0)
    architecture.start_from_pca(vae, *principal_patches(tiles, rng))
    x = to_tensor(tiles)
    patches = torch.nn.functional.avg_pool2d(x, 8).repeat_interleave(8, 2).repeat_interleave(8, 3)
    flat = (-10 * torch.log10(((x - patches) / 2).square().mean((1, 2, 3)))).mean()
    assert psnr(vae, x) > float(flat) - 2
    with torch.no_grad():
        deviations = vae.encode(x).latents.std((0, 2, 3))
    assert float(deviations[0]) == pytest.approx(1.2, abs=0.25)
    assert float(deviations[-1]) < float(deviations[0])


def test_deeper_is_the_same_at_first():
    torch.manual_seed(0)
    shallow = architecture.make_circular(
        AutoencoderTiny(
            encoder_block_out_channels=(48,) * 4,
            decoder_block_out_channels=(40,) * 4,
            num_encoder_blocks=(0, 0, 1, 2),
            num_decoder_blocks=(3, 3, 1, 0),
            latent_channels=12,
        )
    )
    deep = architecture.deepen(shallow)
    x = torch.rand(1, 3, 64, 64) * 2 - 1
    with torch.no_grad():
        torch.testing.assert_close(deep.encode(x).latents, shallow.encode(x).latents)
        torch.testing.assert_close(deep(x).sample, shallow(x).sample)
    assert architecture.deepen(deep) is deep


def test_orthogonalize():
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonalize(torch.randn(12, 40)))
    assert float(values.min()) > 0.5
    assert float(values.max()) < 1.4
    assert orthogonalize(torch.randn(40, 12)).shape == (40, 12)


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """The whole way, with a few steps of each training."""
    folder, release = tmp_path_factory.mktemp("training"), tmp_path_factory.mktemp("release")
    patch = pytest.MonkeyPatch()
    for module in (autoencoder, denoiser, refine, upscaler):
        patch.setattr(module, "HELD_OUT", 4)
    patch.setattr(denoiser, "POOL", 50)
    patch.setattr(refine, "POOL", 20)
    patch.setattr(denoiser, "BATCH", 4)
    for module in (export, denoiser):
        patch.setattr(module, "LOGS", folder / "logs")
    autoencoder.train_autoencoder(folder, 0.5, tiles=40)
    refine.refine_autoencoder(folder, None, 1.0)
    denoiser.train_denoiser(folder, None, 1.5)
    upscaler.train_upscaler(folder, None, 0.3, tiles=4)
    export.export(folder, None, release)
    yield folder, release
    patch.undo()


def test_the_release_is_whole(release):
    folder, release = release
    card = read_card(release)
    assert card.circular
    assert card.upscale == 4
    assert card.materials == TAUGHT
    model = load_model(release)
    trainer = denoiser.Trainer(folder, None, 0)
    trainer.load()
    assert card.trained_samples == trainer.samples > 0
    wanted = trainer.average["unet"].state_dict()
    for name, value in model.pipeline.unet.state_dict().items():
        torch.testing.assert_close(value, wanted[name].half().float())
    assert (folder / "logs" / "denoiser.csv").read_text().count("\n") == 2


def test_training_goes_on_where_it_stopped(release):
    folder, release = release
    before = denoiser.Trainer(folder, None, 0)
    before.load()
    denoiser.train_denoiser(folder, None, 0.5)
    after = denoiser.Trainer(folder, None, 0)
    after.load()
    assert after.step > before.step
    assert after.minutes > before.minutes
    assert len((folder / "denoiser.csv").read_text().splitlines()) == 3


def test_a_fresh_folder_goes_on_from_the_release(release, tmp_path):
    _, release = release
    trainer = denoiser.Trainer(tmp_path, release, 0)
    shipped = load_model(release).pipeline.unet.state_dict()
    for name, value in trainer.net["unet"].state_dict().items():
        torch.testing.assert_close(value, shipped[name])
    first = trainer.samples
    denoiser.train_denoiser(tmp_path, release, 0.5)
    export.export(tmp_path, release, tmp_path / "next")
    assert read_card(tmp_path / "next").trained_samples > first > 0
    lines = (tmp_path / "denoiser.csv").read_text().splitlines()
    assert lines[0].startswith("cpu_minutes")  # The log of the release goes on.
    assert len(lines) == 3


def test_captions_are_loosened_but_keep_their_words():
    rng = np.random.default_rng(0)
    texts = [denoiser.loosen(rng, "red brick wall") for _ in range(200)]
    assert 100 < texts.count("red brick wall") < 190
    assert all({"red", "brick", "wall"} <= set(text.split()) for text in texts)
