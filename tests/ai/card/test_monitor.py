"""The monitor against a fake card: every value, failures one by one, lost cards, threads that end."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from ada_forge.ai.card import alarms, history, plot
from ada_forge.ai.card.nvml import NvmlReader, free_memory
from ada_forge.ai.card.reading import CARD_VALUES, CardReading, Reading
from ada_forge.ai.card.sampler import Sampler, add_torch, take_reading
from ada_forge.ai.errors import AdaError

GIB = 1024**3
LOST, NOT_SUPPORTED, UNINITIALIZED, RESET = 15, 3, 1, 16


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def reader(fake_card):
    clock = Clock()
    made = NvmlReader(clock, throughput=False)
    made.test_clock = clock
    yield made
    made.close()


def wait_until(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.002)


def test_every_value_is_read(fake_card):
    fake_card(
        memory_total=24 * GIB, memory_used=9 * GIB, memory_reserved=GIB, temperature=71, utilization=98, power=431250,
        memory_utilization=64, sm_clock=2730, memory_clock=10501, throttle=0x24, fan=62, pstate=2, encoder=11,
        decoder=12, pcie_micros=0, compute=f"self:{3 * GIB},77:na", graphics=f"self:{3 * GIB},1234:5",
    )  # fmt: skip
    reader = NvmlReader()
    (card,) = reader.read()
    reader.close()
    assert reader.problem is None
    assert card == CardReading(
        index=0, name="NVIDIA GeForce RTX 4090", uuid="GPU-00000000-1111-2222-3333-444444444444", utilization=98,
        memory_utilization=64, memory_total=24 * GIB, memory_used=9 * GIB, memory_reserved=GIB, memory_free=14 * GIB,
        temperature=71, slowdown_temperature=92, shutdown_temperature=95, power=431.25, power_limit=450.0,
        sm_clock=2730, memory_clock=10501, throttle=0x24, fan=62, pstate=2, pcie_generation=4, pcie_width=16,
        pcie_sent=800, pcie_received=1200, encoder=11, decoder=12, own_memory=3 * GIB,
        cores=16384,
    )  # fmt: skip
    assert card.reasons() == ["Power limit", "Temperature (driver)"]
    assert card.memory_share == pytest.approx(10 / 24)


FUNCTIONS = {
    "nvmlDeviceGetNumGpuCores": {"cores"},
    "nvmlDeviceGetName": {"name"},
    "nvmlDeviceGetUUID": {"uuid"},
    "nvmlDeviceGetTemperatureThreshold": {"slowdown_temperature", "shutdown_temperature"},
    "nvmlDeviceGetTemperature": {"temperature"},
    "nvmlDeviceGetUtilizationRates": {"utilization", "memory_utilization"},
    "nvmlDeviceGetPowerUsage": {"power"},
    "nvmlDeviceGetEnforcedPowerLimit": {"power_limit"},
    "nvmlDeviceGetClockInfo": {"sm_clock", "memory_clock"},
    "nvmlDeviceGetCurrentClocksEventReasons": {"throttle"},
    "nvmlDeviceGetFanSpeed": {"fan"},
    "nvmlDeviceGetPerformanceState": {"pstate"},
    "nvmlDeviceGetCurrPcieLinkGeneration": {"pcie_generation"},
    "nvmlDeviceGetCurrPcieLinkWidth": {"pcie_width"},
    "nvmlDeviceGetPcieThroughput": {"pcie_sent", "pcie_received"},
    "nvmlDeviceGetEncoderUtilization": {"encoder"},
    "nvmlDeviceGetDecoderUtilization": {"decoder"},
}
BY_TORCH = {"torch_allocated", "torch_reserved", "torch_peak"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_value_that_fails_takes_no_other_with_it(fake_card, function):
    fake_card(**{f"error.{function}": NOT_SUPPORTED, "pcie_micros": 0})
    reader = NvmlReader()
    (card,) = reader.read()
    reader.close()
    assert {name for name in CARD_VALUES if getattr(card, name) is None} == FUNCTIONS[function] | BY_TORCH
    assert reader.problem is None


def test_an_old_driver_gives_memory_without_the_reserved_part(fake_card, reader):
    fake_card(**{"error.nvmlDeviceGetMemoryInfo_v2": NOT_SUPPORTED}, memory_used=2 * GIB, memory_reserved=GIB)
    (card,) = reader.read()
    assert (card.memory_used, card.memory_reserved) == (3 * GIB, None)


def test_own_memory_is_unknown_under_wddm_and_zero_where_this_process_is_not_listed(fake_card, reader):
    fake_card(compute="self:na")
    assert reader.read()[0].own_memory is None
    fake_card(compute="77:500")
    assert reader.read()[0].own_memory == 0
    failing = {f"error.nvmlDeviceGet{kind}RunningProcesses_v3": NOT_SUPPORTED for kind in ("Compute", "Graphics")}
    fake_card(**failing)
    assert reader.read()[0].own_memory is None


@pytest.mark.parametrize("code", [LOST, RESET])
def test_a_lost_card_is_said_and_comes_back(fake_card, reader, code):
    assert reader.read()[0].temperature == 45
    fake_card(**{"error.*": code})
    assert reader.read()[0].temperature is None
    assert "does not answer" in str(reader.problem)
    assert reader.read() == ()  # It is not asked again at once.
    reader.test_clock.now += 2.5
    assert reader.read() == ()
    assert "does not answer" in str(reader.problem)
    fake_card(temperature=50)
    reader.test_clock.now += 2.5
    assert reader.read()[0].temperature == 50
    assert reader.problem is None


def test_a_shutdown_by_someone_else_heals_at_the_next_look(fake_card, reader):
    import pynvml

    assert reader.read()
    pynvml.nvmlShutdown()
    assert reader.read()[0].temperature is None
    assert reader.read()[0].temperature == 45
    assert reader.problem is None


def test_no_driver_then_a_driver(fake_card, reader):
    fake_card(**{"error.nvmlInitWithFlags": 9})
    assert reader.read() == ()
    assert "No NVIDIA driver" in str(reader.problem)
    fake_card()
    reader.test_clock.now += 2.5
    assert len(reader.read()) == 1
    fake_card(count=0)
    other = NvmlReader()
    assert other.read() == ()
    assert "no card" in str(other.problem)
    other.close()


def test_two_cards(fake_card, reader):
    fake_card(**{"count": 2, "1.name": "Tesla T4", "1.temperature": 60, "1.memory_total": 16 * GIB, "temperature": 30})
    first, second = reader.read()
    assert (first.index, first.temperature, second.index, second.temperature) == (0, 30, 1, 60)
    assert second.name == "Tesla T4"
    assert free_memory(1) == second.memory_free != free_memory(0)
    assert free_memory("0000:02:00.0") == second.memory_free
    assert free_memory("0000:09:00.0") is None


def test_free_memory_is_unknown_without_a_driver(fake_card):
    fake_card(**{"error.nvmlInitWithFlags": 12})
    assert free_memory() is None
    fake_card(**{"error.*": LOST})
    assert free_memory() is None


@pytest.mark.parametrize("absent", ["pynvml", "library"])
def test_without_nvml_the_machine_is_still_read(absent):
    """In a process of its own, where no fake is loaded."""
    code = """
import sys, types
root, absent = sys.argv[1:]
stub = types.ModuleType("ada_forge"); stub.__path__ = [root]; sys.modules["ada_forge"] = stub
if absent == "pynvml": sys.modules["pynvml"] = None
from ada_forge.ai.card.nvml import NvmlReader
from ada_forge.ai.card.sampler import take_reading
reading = take_reading(NvmlReader())
assert reading.cards == (), reading
assert reading.ram_total > reading.ram_used > 0
assert "torch" not in sys.modules
print(reading.problem)
"""
    root = str(Path(__file__).resolve().parents[3])
    environment = {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"}
    done = subprocess.run([sys.executable, "-c", code, root, absent], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    said = {"pynvml": "Install nvidia-ml-py", "library": "No NVIDIA driver"}[absent]
    if absent == "library" and said not in done.stdout:
        pytest.skip("this machine has an NVIDIA driver")
    assert said in done.stdout


class FakeCuda:
    """What `torch.cuda` tells, for a machine without a card."""

    def __init__(self, uuids):
        self._uuids = uuids

    def is_available(self):
        return True

    def is_initialized(self):
        return True

    def device_count(self):
        return len(self._uuids)

    def get_device_properties(self, index):
        class Properties:
            name, total_memory, uuid = f"Card {index}", 16 * GIB, self._uuids[index]

        return Properties()

    def memory_allocated(self, index):
        return 100 + index

    def memory_reserved(self, index):
        return 200 + index

    def max_memory_reserved(self, index):
        return 300 + index


def test_torch_is_matched_by_uuid(monkeypatch):
    """CUDA_DEVICE_ORDER may number the cards otherwise than NVML does."""
    torch = type("Torch", (), {"cuda": FakeCuda(["bbb", "aaa"])})
    monkeypatch.setitem(sys.modules, "torch", torch)
    first, second = add_torch((CardReading(0, uuid="GPU-aaa"), CardReading(1, uuid="GPU-bbb")))
    assert (first.torch_allocated, first.torch_reserved, first.torch_peak) == (101, 201, 301)
    assert second.torch_allocated == 100
    (only,) = add_torch(())[:1]
    assert (only.name, only.memory_total, only.torch_reserved) == ("Card 0", 16 * GIB, 200)


def test_a_mac_shows_what_torch_knows(monkeypatch):
    mps = type("Mps", (), {"is_available": staticmethod(lambda: True)})
    torch = type("Torch", (), {
        "cuda": type("Cuda", (), {"is_available": staticmethod(lambda: False)}),
        "backends": type("Backends", (), {"mps": mps}),
        "mps": type("Memory", (), {
            "recommended_max_memory": staticmethod(lambda: 18 * GIB),
            "current_allocated_memory": staticmethod(lambda: 2 * GIB),
            "driver_allocated_memory": staticmethod(lambda: 3 * GIB),
        }),
    })  # fmt: skip
    monkeypatch.setitem(sys.modules, "torch", torch)
    (card,) = add_torch(())
    assert (card.memory_total, card.torch_allocated, card.torch_reserved) == (18 * GIB, 2 * GIB, 3 * GIB)
    known = CardReading(0, uuid="GPU-aaa")
    assert add_torch((known,)) == (known,)


def test_the_thread_lives_as_long_as_its_viewers(fake_card):
    sampler = Sampler(rate=200.0, open_reader=lambda: NvmlReader(throughput=False))
    assert not sampler.running
    sampler.watch("overlay")
    sampler.watch("panel")
    wait_until(lambda: sampler.history.count >= 3)
    first, *others = sampler.history.readings()
    assert first.cpu is None  # Nobody knows yet.
    assert all(isinstance(reading.cpu, float) for reading in others)
    sampler.unwatch("overlay")
    assert sampler.running
    assert sampler.viewers() == {"panel"}
    sampler.unwatch("panel")
    assert not sampler.running
    assert not [thread for thread in threading.enumerate() if thread.name == "ada-card"]


def test_a_viewer_that_is_not_renewed_is_forgotten(fake_card):
    sampler = Sampler(rate=200.0, open_reader=lambda: NvmlReader(throughput=False))
    sampler.watch("panel", seconds=0.05)
    assert sampler.running
    wait_until(lambda: not sampler.running)
    sampler.watch("panel", seconds=60.0)  # And may come again.
    count = sampler.history.count
    wait_until(lambda: sampler.history.count > count)
    sampler.stop()
    assert not sampler.running


def test_starting_and_stopping_many_times_leaves_no_thread(fake_card):
    import pynvml

    sampler = Sampler(rate=200.0, open_reader=lambda: NvmlReader(throughput=False))
    for turn in range(200):
        sampler.watch(str(turn))
        if turn % 3:
            sampler.watch("other", seconds=0.001)
        if turn % 2:
            sampler.stop()
        else:
            sampler.unwatch(str(turn))
    sampler.stop()
    wait_until(lambda: not [thread for thread in threading.enumerate() if thread.name == "ada-card"])
    with pytest.raises(pynvml.NVMLError) as raised:
        pynvml.nvmlShutdown()  # Everything that was initialised has been given back.
    assert raised.value.value == UNINITIALIZED


def test_a_driver_that_hangs_does_not_hang_the_interface(fake_card, monkeypatch, caplog):
    monkeypatch.setattr("ada_forge.ai.card.sampler.JOIN_SECONDS", 0.05)
    fake_card(**{"delay.nvmlDeviceGetTemperature": 400_000})
    sampler = Sampler(rate=4.0, open_reader=lambda: NvmlReader(throughput=False))
    sampler.watch("overlay")
    time.sleep(0.1)
    sampler.stop()
    assert "did not answer" in caplog.text
    wait_until(lambda: not [thread for thread in threading.enumerate() if thread.name == "ada-card"])


def test_a_card_that_fills_up_is_seen(fake_card):
    seen = history.History(8)
    reader = NvmlReader(throughput=False)
    for used in range(0, 24, 2):
        fake_card(memory_total=24 * GIB, memory_reserved=0, memory_used=used * GIB, temperature=40 + used)
        seen.add(take_reading(reader))
    reader.close()
    values = history.series(seen.readings(), 0, "memory_used")
    assert values == [used * GIB for used in range(8, 24, 2)]  # The ring keeps the newest eight.
    assert seen.count == 12
    assert seen.latest.cards[0].temperature == 62
    assert [reading.cards[0].temperature for reading in seen.readings(newest=2)] == [60, 62]
    seen.resize(3)
    assert len(seen.readings()) == 3


def make_readings(count=20):
    cards = [
        CardReading(0, "RTX 4090", memory_total=24 * GIB, memory_used=n * GIB, memory_free=(24 - n) * GIB,
                    temperature=None if n == 3 else 40 + n, slowdown_temperature=92, utilization=5 * n)
        for n in range(count)
    ]  # fmt: skip
    return [Reading(1000.0 + n / 2, (card,), 10.0, GIB, 8 * GIB) for n, card in enumerate(cards)]


def test_tables_hold_what_was_read(tmp_path):
    readings = make_readings()
    history.write_csv(readings, tmp_path / "图 1.csv")
    with (tmp_path / "图 1.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 20
    assert float(rows[4]["time"]) == 1002.0
    assert (rows[3]["gpu0_temperature"], rows[4]["gpu0_temperature"]) == ("", "44")
    history.write_json(readings, tmp_path / "new" / "table.json")
    loaded = json.loads((tmp_path / "new" / "table.json").read_text(encoding="utf-8"))["readings"]
    assert loaded[3]["gpu0_temperature"] is None
    assert loaded[19]["gpu0_utilization"] == 95
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["table.json"]


def test_what_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(AdaError, match="Cannot write"):
        history.write_csv(make_readings(), tmp_path / "file" / "table.csv")


def test_the_plot_shows_three_curves(tmp_path):
    pytest.importorskip("matplotlib")
    image = pytest.importorskip("PIL.Image")
    plot.write_plot(make_readings(), tmp_path / "plot.png")
    with image.open(tmp_path / "plot.png") as picture:
        assert picture.size == (1000, 750)
        pixels = picture.convert("RGB").load()
        blue = [y for y in range(750) for x in range(0, 1000, 2) if pixels[x, y] == (31, 119, 180)]  # The colour C0.
    assert all(any(low <= y < low + 250 for y in blue) for low in (0, 250, 500))
    plot.write_plot([Reading(0.0, (), 5.0, GIB, 2 * GIB)], tmp_path / "cardless.png")
    plot.write_plot([], tmp_path / "empty.png")


def test_alarms_of_a_temperature_ramp(fake_card, reader):
    said = {}
    for temperature in range(80, 96):
        fake_card(temperature=temperature, slowdown=92)
        said[temperature] = [str(alarm) for alarm in alarms.find_alarms(take_reading(reader))]
    assert not any(said[temperature] for temperature in range(80, 87))
    assert said[87] == ["NVIDIA GeForce RTX 4090: 87 °C; it slows down at 92 °C"]
    assert len(said[95]) == 1


def test_alarms_of_memory_and_clocks(fake_card, reader):
    fake_card(memory_total=24 * GIB, memory_used=round(22.85 * GIB), memory_reserved=0, throttle=0x4)
    (full,) = alarms.find_alarms(take_reading(reader))
    assert str(full) == "NVIDIA GeForce RTX 4090: 95% of the memory is in use"
    fake_card(throttle=0x4 | 0x40)
    (slow,) = alarms.find_alarms(take_reading(reader))
    assert str(slow).endswith("slowed down. Temperature (hardware)")
    fake_card(throttle=0x1 | 0x2 | 0x4)
    assert alarms.find_alarms(take_reading(reader)) == []


def test_the_thermal_guard_has_two_temperatures():
    guard = alarms.ThermalGuard(enabled=True, pause_at=84, resume_below=76)

    def update(*temperatures):
        return guard.update(Reading(0.0, tuple(CardReading(i, temperature=t) for i, t in enumerate(temperatures))))

    assert [update(t) for t in (70, 83, 84, 80, 76, 75, 83)] == [False, False, True, True, True, False, False]
    assert update(20, 90)
    assert guard.temperature == 90
    assert not update(None)
    guard.enabled = False
    assert not update(99)
