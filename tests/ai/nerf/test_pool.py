import numpy as np
import pytest
import sphere

torch = pytest.importorskip("torch", reason="torch is not installed")

from ada_forge.ai.job import run
from ada_forge.ai.nerf.dataset import load
from ada_forge.ai.nerf.hull import Box
from ada_forge.ai.nerf.pool import TURN, RayPool

CPU = torch.device("cpu")


@pytest.fixture
def pool(tmp_path):
    views = load(sphere.write(tmp_path / "ball", train=3, test=0, size=16)).train
    box = Box(sphere.CENTER, np.full(3, 3.0 * sphere.RADIUS), np.eye(3))
    found = RayPool(CPU)

    def everywhere(origins, directions):
        return torch.ones(len(origins)), torch.full((len(origins),), 9.0)

    run(found.fill(views, box, everywhere, None, 10_000, 0))
    return found


def everything(pool, generator):
    """Batches until the rays are looked at anew."""
    return [pool.draw(64, generator) for _ in range(TURN)]


def test_rays_that_miss_the_object_are_drawn_less(pool):
    generator = torch.Generator().manual_seed(0)
    beside = pool.rgba[:, 3] == 0
    assert 0.3 < beside.float().mean() < 0.9
    for batch in everything(pool, generator):
        met = batch.alpha > 0
        pool.narrow(batch, torch.where(met, 4.0, torch.inf), torch.where(met, 5.0, 0.0), 0.5)
        pool.note(batch, torch.full((len(batch.index),), 1e-3))
    assert pool.clear[beside].float().mean() > 0.9
    assert not pool.clear[~beside].any()
    evenly = torch.cat([batch.index[:32] for batch in everything(pool, generator)])
    assert beside[evenly].float().mean() < 0.5 * beside.float().mean()
    assert beside[evenly].any()


def test_spans_are_narrowed_and_now_and_then_looked_at_in_full(pool):
    generator = torch.Generator().manual_seed(0)
    for _ in range(2):
        for batch in everything(pool, generator):
            met = batch.alpha > 0
            pool.narrow(batch, torch.where(met, 4.0, torch.inf), torch.where(met, 5.0, 0.0), 0.5)
            pool.note(batch, torch.full((len(batch.index),), 1e-3))
    batches = everything(pool, generator)
    starts = torch.cat([batch.spans[0][batch.alpha > 0] for batch in batches])
    ends = torch.cat([batch.spans[1][batch.alpha > 0] for batch in batches])
    narrow = starts == 3.5
    assert 0.8 < narrow.float().mean() < 0.95
    assert (ends[narrow] == 5.5).all()
    assert (starts[~narrow] == 1).all()
    assert all((batch.spans[0][batch.alpha == 0] == 1).all() for batch in batches)


def test_hard_rays_come_more_often(pool):
    generator = torch.Generator().manual_seed(0)
    hard = torch.zeros(len(pool), dtype=torch.bool)
    hard[::50] = True
    pool.error = torch.where(hard, 0.1, 1e-3)
    drawn = torch.cat([batch.index[32:] for batch in everything(pool, generator)])
    share = 0.1**0.5 * hard.sum() / (0.1**0.5 * hard.sum() + 1e-3**0.5 * (~hard).sum())
    assert hard[drawn].float().mean().item() == pytest.approx(share.item(), rel=0.2)
