import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("diffusers", reason="diffusers is not installed")

from ada_forge.ai.diffusion.seam import seam_rank
from ada_forge.ai.diffusion.seamless import wrap_around
from ada_forge.ai.diffusion.upscaler import SCALE, Upscaler, enlarge, resize
from diffusers import AutoencoderKL, UNet2DConditionModel
from torch import nn


def test_a_wrapping_convolution_by_hand():
    conv = nn.Conv2d(1, 1, (1, 3), padding=(0, 1), bias=False)
    conv.weight.data = torch.tensor([[[[1.0, 10.0, 100.0]]]])
    x = torch.tensor([[[[1.0, 2.0, 3.0]]]])
    assert conv(x).tolist() == [[[[210.0, 321.0, 32.0]]]]
    with wrap_around([conv]):
        assert conv(x).tolist() == [[[[213.0, 321.0, 132.0]]]]
    assert conv(x).tolist() == [[[[210.0, 321.0, 32.0]]]]


def test_axes_wrap_apart():
    conv = nn.Conv2d(2, 3, 3, padding=1)
    x = torch.randn(1, 2, 6, 5)
    expected = nn.functional.pad(nn.functional.pad(x, (1, 1, 0, 0), mode="circular"), (0, 0, 1, 1))
    with wrap_around([conv], "X"):
        torch.testing.assert_close(conv(x), nn.functional.conv2d(expected, conv.weight, conv.bias))
    with wrap_around([conv], "NONE"):
        torch.testing.assert_close(conv(x), nn.functional.conv2d(x, conv.weight, conv.bias, padding=1))
    with pytest.raises(ValueError, match="axes"), wrap_around([conv], "Z"):
        pass


def test_it_is_undone_after_an_error():
    conv = nn.Conv2d(1, 1, 3, padding=1)
    with pytest.raises(RuntimeError, match="oops"), wrap_around([conv]):
        raise RuntimeError("oops")
    assert "_conv_forward" not in vars(conv)


@pytest.fixture(scope="module")
def vae():
    torch.manual_seed(0)
    vae = AutoencoderKL(block_out_channels=(8, 8), down_block_types=("DownEncoderBlock2D",) * 2,
                        up_block_types=("UpDecoderBlock2D",) * 2, norm_num_groups=4)  # fmt: skip
    return vae.eval().requires_grad_(False)


def test_an_autoencoder_commutes_with_shifts_only_when_it_wraps(vae):
    """With asymmetric padding in its encoder: a shift of the picture is the same shift of latents and result."""
    x = torch.randn(1, 3, 16, 16)
    moved = torch.roll(x, (4, 6), (2, 3))

    def both():
        a, b = vae.encode(x).latent_dist.mean, vae.encode(moved).latent_dist.mean
        encoded = (torch.roll(a, (2, 3), (2, 3)) - b).abs().max()
        decoded = (torch.roll(vae.decode(a).sample, (4, 6), (2, 3)) - vae.decode(b).sample).abs().max()
        return float(encoded), float(decoded)

    assert min(both()) > 0.01
    with wrap_around([vae]):
        assert max(both()) < 1e-4
    assert min(both()) > 0.01


def test_a_unet_commutes_with_shifts():
    torch.manual_seed(0)
    unet = UNet2DConditionModel(sample_size=8, block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4,
                                cross_attention_dim=8, attention_head_dim=2,
                                down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
                                up_block_types=("CrossAttnUpBlock2D", "UpBlock2D")).eval()  # fmt: skip
    x, words = torch.randn(1, 4, 8, 8), torch.randn(1, 3, 8)
    with torch.no_grad(), wrap_around([unet]):
        a = torch.roll(unet(x, 500, words).sample, (2, 4), (2, 3))
        torch.testing.assert_close(a, unet(torch.roll(x, (2, 4), (2, 3)), 500, words).sample, atol=1e-5, rtol=1e-4)


def test_seam_rank_by_hand():
    ramp = np.tile(np.arange(8.0), (8, 1))  # The step from 7 back to 0 is the largest along x; along y all are 0.
    assert seam_rank(ramp) == (1.0, 0.5)
    wave = np.sin(2 * np.pi * (np.arange(16) + 0.5) / 16)
    x, y = seam_rank(np.add.outer(wave, wave)[..., None].repeat(3, 2))
    assert min(x, y) > 0.6  # The wave is steepest at the border, but so it is in the middle.
    assert max(x, y) < 1


def test_enlarging_and_resizing_wrap_around():
    x = torch.rand(1, 3, 8, 12)
    for large in (enlarge(x, 4), resize(x, 32, 48)):
        assert large.shape == (1, 3, 32, 48)
    moved = torch.roll(x, (2, 3), (2, 3))
    torch.testing.assert_close(torch.roll(enlarge(x, 4), (8, 12), (2, 3)), enlarge(moved, 4))
    torch.testing.assert_close(torch.roll(resize(x, 16, 24), (4, 6), (2, 3)), resize(moved, 16, 24))
    y = torch.rand(1, 1, 20, 21)  # 21 to 14 keeps whole thirds; a shift by 3 becomes one by 2.
    torch.testing.assert_close(torch.roll(resize(y, 20, 14), 2, 3), resize(torch.roll(y, 3, 3), 20, 14))
    torch.testing.assert_close(resize(x, 4, 6).mean(), x.mean(), atol=1e-3, rtol=0)


def test_the_upscaler_wraps_around():
    torch.manual_seed(0)
    network, x = Upscaler().eval(), torch.rand(1, 3, 12, 8)
    for weight in network.parameters():
        nn.init.normal_(weight, std=0.1)
    with torch.no_grad():
        y = network(x)
        assert y.shape == (1, 3, 12 * SCALE, 8 * SCALE)
        torch.testing.assert_close(
            torch.roll(y, (8, 12), (2, 3)), network(torch.roll(x, (2, 3), (2, 3))), atol=1e-5, rtol=0
        )
