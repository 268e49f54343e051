"""A reconstruction makes room for a render in the middle of its steps, and nothing of it is lost."""

from __future__ import annotations

import gc

import pytest
import sphere

torch = pytest.importorskip("torch", reason="torch is not installed")

from ada_forge.ai.card.arbiter import Arbiter, Place, arbiter
from ada_forge.ai.errors import AdaError
from ada_forge.ai.job import run
from ada_forge.ai.nerf import checkpoint, train
from ada_forge.ai.nerf import held as module
from ada_forge.ai.nerf.dataset import load
from ada_forge.ai.nerf.fit import SurfaceField
from ada_forge.ai.nerf.settings import ReconstructSettings

SURFACE = {"steps": 24, "coarse_resolution": 12, "resolution": 20, "levels": 2, "rays": 256, "exposure": True}
CLASSIC = {"field": 'CLASSIC', "steps": 2, "resolution": 16, "rays": 64}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return load(sphere.write(tmp_path_factory.mktemp("ball") / "data", train=6, test=0, size=24))


def settings(**values):
    return ReconstructSettings(device='CPU', threads=1, preview_seconds=0.0, holdout=0, **values)


@pytest.fixture(autouse=True)
def empty_arbiter(monkeypatch):
    monkeypatch.setattr(arbiter, "holdings", [])  # Earlier tests leave warm models in its care.


@pytest.fixture
def card(monkeypatch):
    """The processor as if it were a card: what is parked is unreadable until it comes back, to another place."""
    away, hold = {}, Arbiter.hold

    def shift(tensors, device):
        for tensor in tensors:
            if id(tensor) in away:
                tensor.data = away.pop(id(tensor)).clone()
            else:
                away[id(tensor)] = tensor.data
                tensor.data = torch.full_like(tensor.data, float("nan") if tensor.is_floating_point() else 1)

    monkeypatch.setattr(module, "shift", shift)
    monkeypatch.setattr(Arbiter, "hold", lambda self, name, load, size, move, _: hold(self, name, load, size, move))
    yield away
    assert not away
    assert not arbiter.holdings


@pytest.mark.parametrize("values", [SURFACE, CLASSIC], ids=["surface", "classic"])
def test_renders_between_the_steps_change_nothing(data, card, values, tmp_path):
    """All that is learned is the same to the last bit."""

    def learn(name, meanwhile):
        job = arbiter.steps(train.reconstruct(data, settings(checkpoint=str(tmp_path / name), **values)))
        try:
            while True:
                next(job)
                meanwhile(job)
        except (StopIteration, AdaError):  # The network alone has no surface after so few steps.
            return checkpoint.read(tmp_path / name).tensors

    turns, places = iter(range(10_000)), []

    def render(job):
        if next(turns) % 4 == 3:
            room = arbiter.begin_render(0)
            places.extend(one.place for one in arbiter.holdings)
            assert room.parked == ("Reconstruction",)
            assert "Cycles" in str(next(job))
            arbiter.end_render()

    plain, paused = learn("plain", lambda job: None), learn("paused", render)
    assert len(places) > 4
    assert set(places) == {Place.PARKED}
    assert plain.keys() == paused.keys()
    assert all(torch.equal(plain[name], paused[name]) for name in plain)


def test_nearly_all_that_it_takes_is_held(data):
    """What is on the device in the middle of the training, and how much of it the arbiter knows."""
    gc.collect()
    before = {id(one) for one in gc.get_objects() if issubclass(type(one), torch.Tensor)}
    job = train.reconstruct(data, settings(**{**SURFACE, "steps": 5000}))
    for report in job:
        if report.metrics:
            break
    [holding] = arbiter.holdings
    known = {one.untyped_storage().data_ptr() for one in module.find_tensors(train_holders(job))}
    others = {
        one.untyped_storage().data_ptr(): one.untyped_storage().nbytes()
        for one in gc.get_objects()
        if issubclass(type(one), torch.Tensor)
        and id(one) not in before
        and one.untyped_storage().data_ptr() not in known
    }
    assert holding.name == "Reconstruction"
    assert holding.place is Place.PARKED  # On the processor it is in main memory.
    assert holding.size == module.count_bytes(train_holders(job))
    assert sum(others.values()) < 0.1 * holding.size
    job.close()
    assert not arbiter.holdings


def train_holders(job):
    return job.gi_frame.f_locals["run"].holders()


def test_no_two_tensors_share_their_memory(data):
    """Or they would be two after they have been away."""
    job = train.reconstruct(data, settings(**{**SURFACE, "steps": 5000}))
    for report in job:
        if report.metrics:
            break
    places = [one.untyped_storage().data_ptr() for one in module.find_tensors(train_holders(job)) if one.numel()]
    assert len(set(places)) == len(places)
    job.close()


def test_out_of_memory_makes_room_and_at_last_names_who_has_it(data, monkeypatch):
    idle = arbiter.hold("Texture", object, 3 * 1024**3, lambda model, on_card: model)
    with arbiter.use(idle):
        pass

    def fail(self, *_):
        raise torch.OutOfMemoryError("CUDA out of memory")
        yield

    monkeypatch.setattr(SurfaceField, "train", fail)
    try:
        with pytest.raises(AdaError, match="too little memory"):
            run(train.reconstruct(data, settings(**SURFACE)))
        assert idle.place is Place.PARKED
    finally:
        arbiter.release(idle)
