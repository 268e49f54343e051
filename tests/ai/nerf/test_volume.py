import math

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from ada_forge.ai.nerf.encoding import encode_directions, encode_positions
from ada_forge.ai.nerf.volume import mask_loss, packed_weights, render_weights, sample_pdf, section_alpha


def test_positions_by_hand():
    found = encode_positions(torch.tensor([[0.5, -0.25]], dtype=torch.float64), 2)
    root = math.sqrt(0.5)
    # x; sin and cos of pi x = (pi / 2, -pi / 4); sin and cos of 2 pi x = (pi, -pi / 2).
    wanted = [0.5, -0.25, 1, -root, 0, root, 0, -1, -1, 0]
    torch.testing.assert_close(found, torch.tensor([wanted], dtype=torch.float64), atol=1e-12, rtol=0)
    assert encode_positions(torch.zeros(5, 3), 10).shape == (5, 63)
    assert encode_positions(torch.zeros(5, 3), 4).shape == (5, 27)


def test_directions_by_hand():
    found = encode_directions(torch.tensor([[0.6, 0.0, 0.8]]))
    torch.testing.assert_close(found, torch.tensor([[1, 0.6, 0, 0.8, 0, 0, 0.48, 0.36, 0.92]]))


def test_weights_by_hand():
    # Two sections that halve the light: 1/2, then 1/4; an endless last one takes the rest.
    found = render_weights(torch.tensor([[math.log(2), math.log(2), 1.0]]), torch.tensor([[1.0, 1.0, 1e10]]))
    torch.testing.assert_close(found, torch.tensor([[0.5, 0.25, 0.25]]))


def test_packed_weights_start_anew_with_each_ray():
    found = packed_weights(torch.tensor([0.5, 0.5, 0.25, 0.5, 0.1]), torch.tensor([0, 0, 2, 2, 5]))
    torch.testing.assert_close(found, torch.tensor([0.5, 0.25, 0.25, 0.375, 0.1]))
    assert packed_weights(torch.zeros(0), torch.zeros(0, dtype=torch.int64)).shape == (0,)


def test_packed_weights_agree_with_the_dense_ones():
    generator = torch.Generator().manual_seed(1)
    density, spacing = torch.rand(6, 9, generator=generator) * 4, torch.rand(6, 9, generator=generator)
    alpha = 1 - torch.exp(-density * spacing)
    packed = packed_weights(alpha.flatten(), torch.arange(6).repeat_interleave(9))
    torch.testing.assert_close(packed.view(6, 9), render_weights(density, spacing))


def test_section_alpha_by_hand():
    # Straight in, section of length 0.2 around f = 0.1, s = 10: Phi goes from f = 0.2 to f = 0.
    before, after = 1 / (1 + math.exp(-2)), 0.5
    found = section_alpha(torch.tensor([0.1, 0.1]), torch.tensor([1.0, -1.0]), 0.2, 10.0)
    assert found[0].item() == pytest.approx(1 - after / before, abs=1e-6)
    assert found[1].item() == 0  # Leaving the surface.
    far_inside = section_alpha(torch.tensor([-3.0]), torch.tensor([1.0]), 0.2, 100.0)
    assert far_inside.item() == pytest.approx(1, abs=2e-4)  # Both sigmoids are 0 in float32; their quotient is not.


def test_a_ray_through_a_wall_is_opaque():
    t = torch.arange(-1, 1, 0.02)
    alpha = section_alpha(-t, torch.ones_like(t), 0.02, 40.0)
    weights = packed_weights(alpha, torch.zeros(len(t), dtype=torch.int64))
    assert weights.sum().item() == pytest.approx(1, abs=1e-3)
    assert (weights * t).sum().item() == pytest.approx(0, abs=0.01)  # NeuS: unbiased, the peak is on the surface.


def test_mask_loss_by_hand():
    found = mask_loss(torch.tensor([0.5, 0.5]), torch.tensor([1.0, 0.0]))
    assert found.item() == pytest.approx(-math.log(0.501), abs=1e-6)
    wrong = torch.tensor([0.0], requires_grad=True)
    mask_loss(wrong, torch.ones(1)).backward()
    assert wrong.grad.item() < -1  # A ray that is wholly wrong still pulls.


def test_sample_pdf_by_hand():
    # Three quarters of the weight in the second of two bins [0, 1], [1, 3].
    edges, weights = torch.tensor([[0.0, 1.0, 3.0]]), torch.tensor([[1.0, 3.0]])
    found = sample_pdf(edges, weights, torch.tensor([[0.0, 0.125, 0.25, 0.625, 0.99]]))
    torch.testing.assert_close(found, torch.tensor([[0.0, 0.5, 1.0, 2.0, 2.973333]]), atol=1e-4, rtol=0)
    flat = sample_pdf(edges, torch.zeros(1, 2), torch.tensor([[0.5]]))
    assert flat.item() == pytest.approx(1.0, abs=1e-5)
