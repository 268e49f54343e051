"""The classic field, small enough for one core."""

import pytest
import sphere

torch = pytest.importorskip("torch", reason="torch is not installed")

from ada_forge.ai.job import run
from ada_forge.ai.nerf import train, trained
from ada_forge.ai.nerf.classic import ClassicField, ClassicNetwork
from ada_forge.ai.nerf.settings import ReconstructSettings


def test_the_network_is_the_paper_s():
    network = ClassicNetwork(torch.Generator().manual_seed(0))
    shapes = [tuple(layer.weight.shape) for layer in network.trunk]
    assert shapes == [(256, 63), *[(256, 256)] * 4, (256, 319), *[(256, 256)] * 2]
    assert network.view.weight.shape == (128, 256 + 27)
    assert sum(p.numel() for p in network.parameters()) == 595_844  # As in the authors' code.
    density, color = network(torch.zeros(5, 7, 3), torch.ones(5, 7, 3))
    assert density.shape == (5, 7)
    assert color.shape == (5, 7, 3)


def test_density_does_not_depend_on_the_direction():
    network = ClassicNetwork(torch.Generator().manual_seed(0), width=32)
    points = torch.rand(20, 3, generator=torch.Generator().manual_seed(1))
    first, second = (network(points, torch.full((20, 3), value)) for value in (0.1, 0.7))
    assert torch.equal(first[0], second[0])
    assert not torch.equal(first[1], second[1])


def test_it_learns_a_small_scene(tmp_path, monkeypatch):
    folder = sphere.write(tmp_path / "ball", train=10, test=2, size=14)

    def small(settings, device, generator):
        return ClassicField(settings, device, generator, width=48, samples=(16, 16), rate=4e-3)

    monkeypatch.setattr(trained, "ClassicField", small)
    settings = ReconstructSettings(
        field='CLASSIC',
        steps=150,
        rays=96,
        preview_seconds=0.0,
        resolution=24,
        coarse_resolution=16,
        device='CPU',
        threads=1,
    )
    result = run(train.reconstruct(folder, settings))
    assert result.psnr_train > 24
    assert len(result.mesh.faces) > 100
    distance = ((result.mesh.vertices - sphere.CENTER) ** 2).sum(1) ** 0.5
    assert distance.max() < 1.1 * sphere.RADIUS  # Soft after so few steps: the level lies within the ball.
    assert distance.mean() > 0.4 * sphere.RADIUS
