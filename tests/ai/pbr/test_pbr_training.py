"""The estimator's training: the same network in torch, samples that know the truth, a step that learns."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from ada_forge.ai.pbr import network, relief
from ada_forge.ai.procedural.light import slopes
from ada_forge.ai.training.pbr import fit
from ada_forge.ai.training.pbr.estimator import Estimator, Surround
from ada_forge.ai.training.pbr.samples import HELD_OUT, MARGIN, SEEN, Stream


@pytest.fixture(scope="module")
def estimator():
    torch.manual_seed(0)
    made = Estimator()
    for weight in made.parameters():
        if not weight.any():
            torch.nn.init.normal_(weight, std=0.05)
    return made.requires_grad_(False)


def test_numpy_runs_the_same_network(estimator):
    weights = {name: network.as_matrix(value.numpy()) for name, value in estimator.state_dict().items()}
    picture = np.random.default_rng(0).random((64, 96, 3)).astype(np.float32)
    found = network.estimate(weights, picture, network.context(weights, picture))
    seen = torch.from_numpy(network.as_seen(picture)).movedim(-1, 0)[None]
    expected = estimator(seen)[0].movedim(0, -1).numpy()
    assert expected.std() > 0.1
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_margin_is_the_other_side():
    x = torch.randn(2, 3, 4, 5, dtype=torch.double, requires_grad=True)
    assert torch.equal(Surround.apply(x), torch.nn.functional.pad(x, (1, 1, 1, 1), mode="circular"))
    assert torch.autograd.gradcheck(Surround.apply, (x,))


def test_integration_in_torch_is_that_of_the_maps():
    dx, dy, held = np.random.default_rng(0).standard_normal((3, 32, 48)).astype(np.float32)
    found = fit.integrate(*(torch.from_numpy(x)[None] for x in (dx, dy, held)), 0.5)[0].numpy()
    np.testing.assert_allclose(found, relief.integrate(dx, dy, held, 0.5), atol=1e-4)


def test_samples_know_the_truth():
    assert not set(SEEN) & set(HELD_OUT)
    samples = Stream(0, 64, 8).draw(12, 2)
    assert any(sample.known.all() for sample in samples)
    for sample in samples:
        assert sample.picture.shape == (64, 64, 3)
        assert 0 <= sample.picture.min() <= sample.picture.max() <= 1
        dx, dy = slopes(sample.truth[..., 2] / 64)
        inner = slice(MARGIN, -MARGIN)
        np.testing.assert_allclose(sample.truth[inner, inner, 0], dx[inner, inner], atol=1e-3)
        np.testing.assert_allclose(sample.truth[inner, inner, 1], dy[inner, inner], atol=1e-3)


def test_the_truth_loses_nothing_and_training_learns(tmp_path, monkeypatch):
    _, truth, known = fit.collate(Stream(1, 64, 8).draw(6, 2))
    perfect = fit.losses(truth, truth, known)
    flat = fit.losses(torch.zeros_like(truth), truth, known)
    assert perfect["slopes"] < 0.011  # The floor of the measure.
    assert all(flat[name] > perfect[name] for name in ("slopes", "height", "shape", "roughness"))
    monkeypatch.setattr(fit, "SHAPES", ((64, 4),))
    monkeypatch.setattr(fit, "SAVE", 4)
    fit.train(tmp_path, 3.0, 0)
    rows = [line.split(",") for line in (tmp_path / "log.csv").read_text().splitlines()]
    assert rows[0][:3] == ["step", "processor_seconds", "normal"]
    assert float(rows[-1][6]) < float(rows[1][6])  # Roughness is learned first.
    step = torch.load(tmp_path / "checkpoint.pt", weights_only=True)["step"]
    found, notes = fit.train(tmp_path, 3.5, 0)  # Goes on.
    assert int(notes["steps"]) > step
    assert set(found) == set(Estimator().state_dict())
