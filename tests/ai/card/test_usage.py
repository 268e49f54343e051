"""What work takes, over the fake card; who takes most of it."""

from __future__ import annotations

import os
import sys
import threading
import time

import pytest
from ada_forge.ai.card.arbiter import Arbiter, Card
from ada_forge.ai.card.usage import Meter, name_users

GIB = 1024**3


def show(card, used):
    card(memory_total=24 * GIB, memory_reserved=0, memory_used=used * GIB)


def test_before_peak_and_after(fake_card):
    show(fake_card, 2)
    meter = Meter("Job")
    meter.start()
    show(fake_card, 20)
    time.sleep(0.5)
    show(fake_card, 3)
    time.sleep(0.3)
    usage = meter.stop()
    assert (usage.before, usage.peak, usage.after) == (2 * GIB, 20 * GIB, 3 * GIB)
    assert usage.ram_peak >= usage.ram_before > 0
    assert usage.document()["name"] == "Job"
    assert not [thread for thread in threading.enumerate() if thread.name == "ada-meter"]


def test_main_memory_alone_without_a_card(fake_card):
    fake_card(**{"error.nvmlInitWithFlags": 12})
    meter = Meter("Job")
    meter.start()
    block = bytearray(300_000_000)
    time.sleep(0.4)
    del block
    usage = meter.stop()
    assert usage.peak is None
    assert usage.ram_peak - usage.ram_before > 200_000_000


def test_a_driver_that_hangs_holds_up_nobody(fake_card, monkeypatch):
    monkeypatch.setattr("ada_forge.ai.card.usage.WAIT_SECONDS", 0.05)
    fake_card(**{"delay.nvmlDeviceGetMemoryInfo": 300_000})
    begin = time.monotonic()
    meter = Meter("Job")
    meter.start()
    usage = meter.stop()
    assert time.monotonic() - begin < 0.25
    assert usage.peak is None
    meter._thread.join()


def test_torch_tells_its_own_peak(fake_card, monkeypatch):
    class Cuda:
        reset = 0
        is_available = is_initialized = staticmethod(lambda: True)
        max_memory_reserved = staticmethod(lambda: 7 * GIB)

        @classmethod
        def reset_peak_memory_stats(cls):
            cls.reset += 1

    monkeypatch.setitem(sys.modules, "torch", type("Torch", (), {"cuda": Cuda}))
    meter = Meter("Job")
    meter.start()
    assert meter.stop().torch_peak == 7 * GIB
    assert Cuda.reset == 1


def test_the_biggest_users_are_models_blender_and_other_programs():
    models = [("Model", 3 * GIB), ("Small", GIB)]
    processes = {os.getpid(): 10 * GIB, os.getppid(): 5 * GIB, 2**22 + 1: 2 * GIB}
    users = name_users(models, processes, 4)
    assert users[0] == ("Blender, Cycles", 6 * GIB)
    assert users[1][1] == 5 * GIB
    assert not users[1][0].startswith("PID")
    assert users[2:] == [("Model", 3 * GIB), (f"PID {2**22 + 1}", 2 * GIB)]
    assert name_users(models, {}, 3) == models


def test_processes_come_from_nvml(fake_card):
    from ada_forge.ai.card.nvml import process_memory

    fake_card(compute=f"self:{3 * GIB},77:na", graphics=f"self:{2 * GIB},1234:{GIB}")
    assert process_memory() == {os.getpid(): 3 * GIB, 77: 0, 1234: GIB}
    fake_card(**{"error.*": 15})
    assert process_memory() == {}


def test_the_arbiter_names_them(fake_card):
    arbiter = Arbiter(Card(lambda: None, lambda: None, lambda: None, processes=lambda: {2**22 + 1: 9 * GIB}))
    held = arbiter.hold("Model", dict, 2 * GIB, lambda model, on: model)
    with arbiter.use(held):
        assert arbiter.biggest_users() == [(f"PID {2**22 + 1}", 9 * GIB), ("Model", 2 * GIB)]


@pytest.mark.parametrize(
    "text", ["CUDA error: an illegal memory access was encountered", "CUDA error: device-side assert"]
)
def test_a_card_that_breaks_while_it_is_emptied(monkeypatch, text):
    from ada_forge.ai.card import card
    from ada_forge.ai.card.memory import health

    class Cuda:
        is_available = is_initialized = staticmethod(lambda: True)

        @staticmethod
        def synchronize():
            raise RuntimeError(text)

    monkeypatch.setitem(sys.modules, "torch", type("Torch", (), {"cuda": Cuda}))
    monkeypatch.setattr(health, "broken", False)
    card._empty_cache()
    assert health.broken
    card._empty_cache()  # And never asks again.
