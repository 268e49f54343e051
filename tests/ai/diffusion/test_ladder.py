"""Memory that runs out: models in the arbiter's care, and every rung of the ladder on the CPU, with its real hooks."""

from __future__ import annotations

import os
import threading
import time

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("diffusers", reason="diffusers is not installed")

import single_files
import tiny
from ada_forge.ai.card.arbiter import Arbiter, Place
from ada_forge.ai.card.card import Card
from ada_forge.ai.card.planner import Plan, Rung
from ada_forge.ai.diffusion import generate as module
from ada_forge.ai.diffusion import load, placement, stepwise, warm
from ada_forge.ai.diffusion.needs import measure_needs
from ada_forge.ai.diffusion.settings import BUILT_IN, TextureSettings
from ada_forge.ai.errors import AdaError
from ada_forge.ai.job import run
from torch.profiler import ProfilerActivity, profile

GIB = 1024**3
RUNGS = tuple(Rung)
IMAGE = np.random.default_rng(0).random((128, 128, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    made = {}

    def get(family):
        if family not in made:
            made[family] = tiny.save_tiny(family, folder / family)
        return made[family]

    return get


@pytest.fixture
def keeper():
    return Arbiter(Card(lambda: 100 * GIB, lambda: None, lambda: 100 * GIB))


@pytest.fixture
def rungs(monkeypatch):
    """Makes the planner start at a rung; on the CPU as if it were a card."""

    def start(first):
        plans = tuple(Plan(rung, GIB) for rung in RUNGS[RUNGS.index(first) :])
        monkeypatch.setattr(warm, "plan", lambda *_: (plans, 100 * GIB))
        monkeypatch.setattr(warm, "_on_card", lambda device: True)

    return start


def settings(folder, **values):
    return TextureSettings(
        **({"prompt": "red wall", "width": 128, "height": 128, "steps": 2, "model": folder} | values)
    )


def psnr(a, b):
    return -10 * np.log10(np.mean((a - b) ** 2) + 1e-20)


def made(folder, keeper, reports=None, **values):
    said = [] if reports is None else reports
    job = module.generate(settings(folder, **values), keeper=keeper)
    return run(job, lambda event: said.append(str(event)))[0].image


CASES = [("SD15", rung) for rung in RUNGS]
CASES += [(family, rung) for family in ("SDXL", "SD3", "FLUX") for rung in (Rung.MODEL_OFFLOAD, Rung.SMALL_TILES)]


@pytest.mark.parametrize(("family", "rung"), CASES)
def test_every_rung_makes_the_same_picture(folders, keeper, rungs, family, rung):
    rungs(Rung.RESIDENT)
    plain = made(folders(family), keeper, image=IMAGE)
    rungs(rung)
    [held] = keeper.holdings
    for _ in range(2):  # The second time with what the first has left behind.
        lower = made(folders(family), keeper, image=IMAGE)
        np.testing.assert_array_equal(lower, plain)
        assert held.place is (Place.RESIDENT if rung is Rung.RESIDENT else Place.PARKED)
    for network in held.model.networks().values():
        assert not any(hasattr(one, "_hf_hook") or one_is_meta(one) for one in network.modules())


def one_is_meta(module):
    return any(value.is_meta for value in module.parameters(recurse=False))


@pytest.mark.parametrize(
    ("rung", "entered"),
    [
        (Rung.RESIDENT, []),
        (Rung.ENCODER_FIRST, [1, 0, 1]),  # The picture is encoded beforehand.
        (Rung.MODEL_OFFLOAD, [2, 0, 2, 1, 2]),
    ],
)
def test_networks_come_when_they_are_needed(folders, keeper, rungs, monkeypatch, rung, entered):
    rungs(rung)
    seen, own = [], placement.Placement.enter

    def enter(self, number):
        if self._current != number:
            seen.append(number)
        own(self, number)

    monkeypatch.setattr(placement.Placement, "enter", enter)
    mask = np.zeros((128, 128), np.float32)
    mask[:64] = 1
    made(folders("SD15"), keeper, image=IMAGE, mask=mask, strength=1.0)
    assert seen[-len(entered) :] == entered if entered else seen == []


def test_layer_by_layer_no_weight_stays(folders, keeper, rungs):
    rungs(Rung.SEQUENTIAL)
    job = module.generate(settings(folders("SD15"), steps=4), keeper=keeper)
    while "step" not in next(job).values:
        pass
    [held] = keeper.holdings
    assert all(value.is_meta for value in held.model.pipeline.unet.parameters())
    job.close()
    assert not any(value.is_meta for value in held.model.pipeline.unet.parameters())
    assert held.users == 0


def test_tiles_differ_by_less_than_is_seen(keeper, rungs):
    """With the model that ships, which has learnt its weights."""
    size = {"width": 1024, "height": 1024, "steps": 2}
    rungs(Rung.RESIDENT)
    plain = made(BUILT_IN, keeper, **size)
    for rung in (Rung.TILED, Rung.SMALL_TILES):
        rungs(rung)
        assert psnr(made(BUILT_IN, keeper, **size), plain) >= 40


def test_the_bottom_of_the_ladder_is_one_sentence(folders, keeper, rungs, monkeypatch):
    rungs(Rung.RESIDENT)
    monkeypatch.setattr(module, "_attempt", failing(module._attempt, [], RUNGS))
    with pytest.raises(AdaError, match="too little memory even with the smallest plan"):
        made(folders("SD15"), keeper)
    [held] = keeper.holdings
    assert held.users == 0
    monkeypatch.undo()
    assert made(folders("SD15"), keeper).std() > 0.01


def test_out_of_memory_while_weights_go_to_the_card_goes_down_a_rung(folders, keeper, rungs, monkeypatch):
    rungs(Rung.RESIDENT)
    plain = made(folders("SD15"), keeper)
    keeper.park(keeper.holdings[0])
    own, failed = warm.move_to, []

    def move_to(model, device):
        if model.rung is Rung.RESIDENT and keeper.holdings[0].users and len(failed) < 2:
            failed.append(device)
            raise torch.OutOfMemoryError("CUDA out of memory")
        own(model, device)

    monkeypatch.setattr(warm, "move_to", move_to)
    said = []
    np.testing.assert_array_equal(made(folders("SD15"), keeper, said), plain)
    assert len(failed) == 2
    assert said.count("Not enough memory. Starts again with a smaller plan") == 1


def test_out_of_memory_at_load_drops_the_others_and_tries_again(folders, keeper, monkeypatch):
    other = keeper.hold("other", object, GIB, lambda model, to_card: model)
    with keeper.use(other):
        pass
    own, calls = load._load_folder, []

    def fail(times):
        def load_folder(*args):
            calls.append(args)
            if len(calls) <= times:
                raise torch.OutOfMemoryError("DefaultCPUAllocator: not enough memory")
            return own(*args)

        return load_folder

    monkeypatch.setattr(load, "_load_folder", fail(1))
    assert made(folders("SD15"), keeper).std() > 0.01
    assert len(calls) == 2
    assert other.place is Place.DROPPED
    keeper.drop_all()
    calls.clear()
    monkeypatch.setattr(load, "_load_folder", fail(2))
    with pytest.raises(AdaError, match="Main memory is too small to load 'SD15'"):
        made(folders("SD15"), keeper)


def test_the_second_job_does_not_load_again(folders, keeper, monkeypatch):
    loaded, own = [], load._load_folder
    monkeypatch.setattr(load, "_load_folder", lambda *args: loaded.append(args) or own(*args))
    first, second = made(folders("SD15"), keeper, seed=1), made(folders("SD15"), keeper, seed=2)
    assert len(loaded) == 1
    assert np.abs(first - second).max() > 0.01
    made(folders("SDXL"), keeper)
    np.testing.assert_array_equal(made(folders("SD15"), keeper, seed=1), first)
    assert len(loaded) == 2
    keeper.drop_all()
    np.testing.assert_array_equal(made(folders("SD15"), keeper, seed=1), first)
    assert len(loaded) == 3


def test_a_model_that_was_replaced_on_the_disk_is_loaded_anew(tmp_path, keeper):
    folder = tiny.save_tiny("SD15", tmp_path / "model")
    first = made(folder, keeper)
    tiny.save_tiny("SD15", folder, seed=5)
    os.utime(folder / "model_index.json", ns=(1, 1))
    assert np.abs(made(folder, keeper) - first).max() > 0.01
    assert len(keeper.holdings) == 1


@pytest.mark.parametrize("rung", [Rung.RESIDENT, Rung.MODEL_OFFLOAD, Rung.SEQUENTIAL])
def test_a_render_between_two_steps_changes_nothing(folders, keeper, rungs, rung):
    rungs(rung)
    plain = made(folders("SD15"), keeper, steps=4)
    job = keeper.steps(module.generate(settings(folders("SD15"), steps=4), keeper=keeper))
    for event in job:
        if event.values.get("step") == 2:
            break
    room = keeper.begin_render(0)
    assert room.parked == ("SD15",)
    assert "Cycles" in str(next(job))
    keeper.end_render()
    np.testing.assert_array_equal(run(job)[0].image, plain)


def test_cancelling_a_load_ends_it_at_once(folders, keeper, monkeypatch):
    monkeypatch.setattr(stepwise, "POLL_SECONDS", 1e-3)
    job = module.generate(settings(folders("SD15")), keeper=keeper)
    seen = []
    for event in job:
        seen.append(str(event))
        if len(seen) == 5:
            break
    assert seen[-1].startswith("Loading SD15: ")
    began = time.monotonic()
    job.close()
    assert time.monotonic() - began < 1
    assert not [one for one in threading.enumerate() if one.name.startswith("ada-")]
    assert keeper.holdings[0].place is Place.DROPPED


def test_the_plan_is_said_before_it_starts(folders):
    def first(free):
        keeper = Arbiter(Card(lambda: 100 * GIB, lambda: None, lambda: free))
        said = []
        made(folders("SD15"), keeper, said)
        return next(text for text in said if "GiB" in text)

    assert first(100 * GIB) == "Main memory suffices: 0.2 of 100.0 GiB free"
    assert first(1024**2).startswith("Tries the smallest plan")


@pytest.mark.parametrize("family", ["SD15", "SDXL"])
def test_what_is_measured_is_what_torch_takes(tmp_path, family):
    """The decoder's and the denoiser's peak against the profiler's, within 15 %; the weights against their sum."""
    pipeline = single_files.make_pipeline(family, tmp_path / "tokenizer")
    needs = measure_needs(pipeline, 256, 256, guided=True)
    assert needs.decoder.activations == pytest.approx(peak(pipeline.vae.decode, torch.zeros(1, 4, 32, 32)), rel=0.15)
    words = torch.zeros(2, 77, pipeline.unet.config.cross_attention_dim)
    added = {"text_embeds": torch.zeros(2, 2 * single_files.WIDE), "time_ids": torch.zeros(2, 6)}
    step = peak(pipeline.unet, torch.zeros(2, 4, 32, 32), torch.zeros(2), words, added_cond_kwargs=added)
    assert needs.denoiser.activations == pytest.approx(step, rel=0.15)
    networks = [part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)]
    counted = sum(value.numel() * 4 for network in networks for value in network.state_dict().values())
    weights = sum(part.weights for part in (needs.encoder, needs.denoiser, needs.decoder))
    assert weights == pytest.approx(counted, rel=0.01)


@torch.no_grad()
def peak(call, *args, **kwargs):
    """Bytes that live at once at the worst moment of a call, as torch's profiler counts them on the CPU."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        call(*args, **kwargs)
    now = most = 0
    for event in seen.profiler.kineto_results.events():
        if event.name() == "[memory]":
            now += event.nbytes()
            most = max(most, now)
    return most


@pytest.mark.parametrize("last", range(1, len(RUNGS)))
def test_out_of_memory_goes_down_to_the_rung_that_fits(folders, keeper, rungs, monkeypatch, last):
    rungs(Rung.RESIDENT)
    plain = made(folders("SD15"), keeper, seed=7)
    tried = []
    monkeypatch.setattr(module, "_attempt", failing(module._attempt, tried, RUNGS[:last]))
    said = []
    image = made(folders("SD15"), keeper, said, seed=7)
    assert tried == list(RUNGS[: last + 1])
    assert said.count("Not enough memory. Starts again with a smaller plan") == last
    np.testing.assert_array_equal(image, plain)
    [held] = keeper.holdings
    assert held.users == 0


def failing(own, tried, bad):
    """An attempt that runs out of memory after its first step on some rungs."""

    def attempt(model, *args):
        tried.append(model.rung)
        job = own(model, *args)
        yield next(job)
        if model.rung in bad:
            job.close()
            raise torch.OutOfMemoryError("CUDA out of memory")
        return (yield from job)

    return attempt
