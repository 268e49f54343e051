"""Tiles, outpainting, enlarging and repairing."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("diffusers", reason="diffusers is not installed")

import tiny
from ada_forge.ai.diffusion.generate import generate
from ada_forge.ai.diffusion.load import load_model
from ada_forge.ai.diffusion.masks import cross_faded, outpainted
from ada_forge.ai.diffusion.repair import make_seamless
from ada_forge.ai.diffusion.seam import seam_rank
from ada_forge.ai.diffusion.settings import Control, TextureSettings
from ada_forge.ai.diffusion.tiles import run_tiles, tile_starts
from ada_forge.ai.diffusion.upscale import upscale
from ada_forge.ai.diffusion.upscaler import resize
from ada_forge.ai.errors import AdaError
from ada_forge.ai.job import run


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_model(tiny.save_tiny("SD15", tmp_path_factory.mktemp("models") / "SD15"))


def smooth(tall, wide, seed=0):
    """A picture that does not tile."""
    coarse = torch.rand(1, 3, 6, 6, generator=torch.Generator().manual_seed(seed))
    large = torch.nn.functional.interpolate(coarse, (tall, wide), mode="bilinear", align_corners=True)
    fine = torch.rand(1, 3, tall, wide, generator=torch.Generator().manual_seed(seed)) * 0.04
    return (large * 0.9 + fine)[0].permute(1, 2, 0).numpy()


@pytest.mark.parametrize(
    ("arguments", "starts"),
    [
        ((64, 64, 16, True), [0]),
        ((128, 64, 16, True), [0, 32, 64, 96]),  # Three would do, but do not divide 128.
        ((96, 64, 16, True), [0, 48]),
        ((96, 64, 16, False), [0, 32]),
        ((160, 64, 16, False, 8), [0, 48, 96]),
    ],
)
def test_tile_starts_by_hand(arguments, starts):
    assert tile_starts(*arguments) == starts


@pytest.mark.parametrize(
    ("size", "wraps"), [*((size, True) for size in range(8, 420, 8)), *((size, False) for size in range(8, 420, 3))]
)
def test_tiles_cover_everything(size, wraps):
    starts = tile_starts(size, 64, 16, wraps, 8)
    covered = {(start + i) % size for start in starts for i in range(min(64, size))}
    assert covered == set(range(size))
    assert all(start % 8 == 0 for start in (starts if wraps else starts[:-1]))
    assert wraps or max(starts) + min(64, size) == size


def test_tiles_of_something_local_are_the_whole():
    x = torch.rand(1, 2, 40, 56)
    torch.testing.assert_close(run_tiles(lambda y: y * 2 + 1, [x], 16, 4, (True, True)), x * 2 + 1)
    large = run_tiles(lambda y: torch.nn.functional.interpolate(y, scale_factor=4), [x], 16, 4, (True, False))
    torch.testing.assert_close(large, torch.nn.functional.interpolate(x, scale_factor=4))
    half = run_tiles(lambda y, z: y[..., ::2, ::2] + z[..., ::4, ::4], [x, torch.zeros(1, 2, 80, 112)], 16, 4,
                     (True, True), 8)  # fmt: skip
    torch.testing.assert_close(half, x[..., ::2, ::2])


def test_resizing_wraps_only_where_told():
    x = torch.zeros(1, 1, 8, 8)
    x[..., 0] = 1
    assert resize(x, 16, 16, "Y")[..., -1].max() == 0
    assert resize(x, 16, 16, "X")[..., -1].min() > 0
    assert resize(x, 16, 16, "X").shape == (1, 1, 16, 16)


def test_outpainting_is_the_inpainting_of_a_larger_picture(model):
    image = smooth(48, 32)
    settings = TextureSettings("wall", image=image, outpaint=(16, 16, 0, 16), steps=3)
    whole = outpainted(settings)
    assert (whole.width, whole.height, whole.strength) == (64, 64, 1.0)
    assert (whole.mask[:48, 16 + 8 : 48 - 8][:24] == 0).all()  # The top has nothing added: it stays up to its border.
    assert (whole.mask[48:] == 1).all()
    [texture] = run(generate(settings, model))
    assert texture.image.shape == (64, 64, 3)
    inside = whole.mask == 0
    np.testing.assert_allclose(texture.image[inside], whole.image[inside], atol=1e-6)
    assert np.abs(texture.image - whole.image)[whole.mask == 1].mean() > 0.02
    assert texture.settings.outpaint == (16, 16, 0, 16)
    assert texture.settings.image is image
    for bad, sentence in (({"image": None}, "needs an image"), ({"outpaint": (-1, 0, 0, 0)}, "negative")):
        with pytest.raises(AdaError, match=sentence):
            generate(TextureSettings("wall", **({"image": image, "outpaint": (8, 0, 0, 0)} | bad)), model)


@pytest.mark.parametrize("axes", ["BOTH", "X", "Y"])
def test_borders_are_faded_into_each_other(axes):
    image = smooth(96, 128)
    assert min(seam_rank(image)) == 1.0
    tile, mask, shift = cross_faded(image, axes)
    tile = np.roll(tile, (-shift[0], -shift[1]), (0, 1))
    mask = np.roll(mask, (-shift[0], -shift[1]), (0, 1))
    np.testing.assert_array_equal(tile[mask == 0], image[mask == 0])
    for rank, own in zip(seam_rank(tile), "XY"):
        assert (rank <= 0.995) == (axes in ("BOTH", own))
    assert (mask == 0).mean() > 0.5


@pytest.mark.parametrize("strength", [0.0, 0.5])
def test_make_seamless(model, strength):
    image = smooth(128, 128, 1)
    settings = TextureSettings("wall", seamless="NONE", strength=strength, steps=4, seed=3)
    texture = run(make_seamless(image, settings, model if strength else None))
    assert max(texture.seam) <= 0.995
    assert seam_rank(texture.image) == texture.seam
    np.testing.assert_allclose(texture.image[40:88, 40:88], image[40:88, 40:88], atol=1e-6)
    assert texture.settings.image is image
    if strength:
        fade = run(make_seamless(image, TextureSettings("", strength=0.0)))
        assert np.abs(texture.image - fade.image).max() > 0.01
    with pytest.raises(AdaError, match="size must lie"):
        make_seamless(np.zeros((8, 8, 3)), settings)


@pytest.mark.parametrize("axes", ["BOTH", "X", "NONE"])
def test_the_network_enlarges_in_tiles_as_in_one(axes, monkeypatch):
    image = smooth(40, 48)
    settings = TextureSettings("", seamless=axes)
    whole = run(upscale(image, 4, settings)).image
    monkeypatch.setattr("ada_forge.ai.diffusion.upscale.TILE", 44)  # Overlaps of 40: where tiles fade, both know all.
    job = upscale(image, 4, settings)
    fractions = [event.fraction for event in iterate(job)]
    assert len(fractions) > 4
    assert fractions == sorted(fractions)
    np.testing.assert_allclose(run(upscale(image, 4, settings)).image, whole, atol=0.02)
    assert whole.shape == (160, 192, 3)
    small = resize(torch.from_numpy(whole).permute(2, 0, 1)[None], 40, 48, axes)[0].permute(1, 2, 0).numpy()
    assert np.abs(small - image).mean() < 0.03
    moved = run(upscale(np.roll(image, 8, 1), 4, settings)).image
    same = np.allclose(np.roll(moved, -32, 1), whole, atol=0.02)
    assert same == (axes != "NONE")


def iterate(job):
    while True:
        try:
            yield next(job)
        except StopIteration:
            return


def test_a_model_paints_detail_into_what_is_enlarged(model, tmp_path):
    image = smooth(48, 64)
    plain = run(upscale(image, 2, TextureSettings(""))).image
    assert plain.shape == (96, 128, 3)
    settings = TextureSettings("brick", strength=0.4, steps=5, seamless="BOTH", model=model.folder)
    control = Control(tiny.save_tiny_controlnet("SD15", tmp_path / "tile"), kind="TILE")
    painted = run(upscale(image, 2, settings, model))
    steered = run(upscale(image, 2, TextureSettings("brick", strength=0.4, steps=5, control=(control,)), model))
    assert painted.image.shape == (96, 128, 3)
    assert np.abs(painted.image - plain).mean() > 0.01
    assert np.abs(painted.image - steered.image).max() > 1e-3
    assert painted.settings.image is image
    assert max(painted.seam) <= 1
    reports = [e.fraction for e in iterate(upscale(image, 2, settings, model))]
    assert reports == sorted(reports)


@pytest.mark.parametrize(("factor", "sentence"), [(1, "factor must lie"), (17, "factor must lie"), (16, "8192")])
def test_impossible_factors(factor, sentence):
    with pytest.raises(AdaError, match=sentence):
        upscale(np.zeros((600, 16, 3)), factor, TextureSettings(""))
