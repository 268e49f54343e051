"""Every path that wraps commutes with shifts: rolling what goes in rolls what comes out. Tiny random models."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("diffusers", reason="diffusers is not installed")

import equivariance

LIMIT = 1e-3  # Mean error over standard deviation.
SHIFTS = {"X": (0, 1), "Y": (1, 0), "BOTH": (1, 1)}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    return equivariance.Models(tmp_path_factory.mktemp("models"))


CASES = [("SD15", path, axes) for path in equivariance.PATHS for axes in SHIFTS]
CASES += [(family, path, "BOTH") for family in ("SD2", "SDXL") for path in ("words", "picture", "control")]


@pytest.mark.parametrize(("family", "path", "axes"), CASES)
def test_a_path_commutes_with_shifts(models, family, path, axes):
    assert equivariance.error(models, family, path, axes, SHIFTS[axes]) <= LIMIT


@pytest.mark.parametrize("path", equivariance.PATHS)
def test_without_the_option_it_does_not(models, path):
    """Else the measure would see nothing."""
    assert equivariance.error(models, "SD15", path, "NONE", (1, 1)) > 10 * LIMIT


def test_an_axis_that_does_not_wrap_does_not_commute(models):
    assert equivariance.error(models, "SD15", "words", "X", (1, 0)) > 10 * LIMIT
    assert equivariance.error(models, "SD15", "words", "Y", (0, 1)) > 10 * LIMIT


@pytest.mark.parametrize("axes", SHIFTS)
@pytest.mark.parametrize("way", ["decode", "encode"])
def test_a_tiled_vae_commutes_with_shifts_by_its_stride(models, axes, way):
    assert equivariance.tiled_vae_error(models, way, axes, SHIFTS[axes]) <= LIMIT
    assert equivariance.tiled_vae_error(models, way, "NONE", SHIFTS[axes]) > 10 * LIMIT


@pytest.mark.parametrize("axes", SHIFTS)
def test_a_tiled_denoiser_commutes_with_shifts_by_its_stride(models, axes):
    assert equivariance.tiled_denoiser_error(models, axes, SHIFTS[axes]) <= LIMIT
    assert equivariance.tiled_denoiser_error(models, "NONE", SHIFTS[axes]) > 10 * LIMIT


@pytest.mark.parametrize("family", ["SD3", "FLUX", "PIXART"])
def test_transformers_make_no_seam(models, family):
    """Their results know where they are; the jump across the border is no larger than those inside all the same."""
    ranks = np.array([equivariance.seam(models, family, "BOTH", seed) for seed in range(3)])
    assert ranks.max() <= 0.995
    plain = np.array([equivariance.seam(models, family, "NONE", seed) for seed in range(3)])
    assert plain.mean() > ranks.mean() + 0.1
