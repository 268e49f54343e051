"""A card that gets hot, full or lost while a job runs: the job pauses, goes on, or ends with a sentence."""

from __future__ import annotations

import json
import threading
import time

import pytest

GIB = 1024**3
LOST = 15  # NVML_ERROR_GPU_IS_LOST


@pytest.fixture
def scene(ext, fake_card, monkeypatch):
    import bpy

    bpy.ops.wm.read_homefile(use_empty=False)
    scene = bpy.context.scene
    scene.ada.card.rate = 4.0
    monitor, queue = ext(".operators.monitor").monitor, ext(".operators.queue").queue
    monkeypatch.setattr(monitor.sampler, "_rate", 50.0)
    monitor.sampler.history.clear()
    yield scene
    queue.stop()
    queue.clear()
    monitor.stop()
    monitor.sampler.history.clear()
    assert not monitor.sampler.running
    scene.ada.card.use_guard = False


def until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)


def test_a_temperature_ramp_pauses_a_job_and_lets_it_go_on(ext, scene, fake_card, job_class):
    """60 to 90 °C and back, as the card tells it: from 84 on nothing is computed, below 76 it goes on by itself."""
    job, arbiter = ext(".ai.job"), ext(".ai.card.arbiter").arbiter
    monitor = ext(".operators.monitor").monitor
    scene.ada.card.use_guard = True
    over, seen, said = threading.Event(), {"steps": 0, "waits": 0}, set()

    def work():
        while not over.is_set():
            seen["steps"] += 1
            time.sleep(0.002)
            yield job.Progress(0.5, "Step")
        return "done"

    def report(progress):
        if str(progress).startswith("Waits"):
            seen["waits"] += 1
            said.add(str(progress))

    paused = []

    def ramp():
        try:
            for temperature in (60, 75, 83, 84, 90, 80, 76, 75, 70):
                fake_card(temperature=temperature)
                until(lambda t=temperature: monitor.latest is not None and monitor.latest.cards[0].temperature == t)
                before = dict(seen)
                until(lambda b=before: any(seen[name] >= b[name] + 4 for name in seen))
                paused.append((temperature, seen["waits"] >= before["waits"] + 4))
        finally:
            fake_card(temperature=40)
            over.set()

    thread = threading.Thread(target=ramp)
    thread.start()
    assert job.run(job_class(work).guarded(None), report) == "done"
    thread.join()
    assert [temperature for temperature, hot in paused if hot] == [84, 90, 80, 76]
    assert len(paused) == 9
    assert "Waits: the card is at 90 °C. Goes on below 76 °C" in said
    assert arbiter._busy == 0


def test_the_guard_is_off_unless_it_is_switched_on(ext, scene, fake_card, job_class):
    job, monitor = ext(".ai.job"), ext(".operators.monitor").monitor
    fake_card(temperature=99)

    def work():
        for _ in range(3):
            yield job.Progress(0.5, "Step")

    said = []
    job.run(job_class(work).guarded(None), lambda progress: said.append(str(progress)))
    assert said == ["Step"] * 3
    assert not monitor.sampler.running


def test_a_card_lost_in_the_middle_of_a_job(ext, scene, fake_card):
    """The driver goes while a job with a model runs through the queue: what does not need it goes on to its end, a
    render does not wait for it, and the monitor says so and recovers by itself.
    """
    job, queue = ext(".ai.job"), ext(".operators.queue")
    arbiter, monitor = ext(".ai.card.arbiter").arbiter, ext(".operators.monitor").monitor
    held = arbiter.hold("Lost", dict, GIB, lambda model, on: model)
    lost, go_on = threading.Event(), threading.Event()

    def work():
        with arbiter.use(held, 2 * GIB):
            yield job.Progress(0.3, "Step")
            lost.wait(10)
            yield job.Progress(0.6, "Step")
            go_on.wait(10)
            yield job.Progress(0.9, "Step")
        with arbiter.use(held, 2 * GIB):  # And what asks for memory anew.
            yield job.Progress(1.0, "Step")
        return 7

    results = []
    task = queue.queue.add(
        queue.Task("Lost", None, lambda: arbiter.steps(work()), lambda context, result: results.append(result))
    )
    try:
        monitor.watch("test")
        until(lambda: monitor.latest is not None and monitor.latest.cards[0].temperature == 45)
        queue.queue.tick()
        fake_card(**{"error.*": LOST})
        lost.set()
        until(lambda: monitor.latest.problem is not None)
        assert "does not answer" in str(monitor.latest.problem)
        monitor.tick()
        assert monitor.alarms == []
        threading.Timer(0.2, go_on.set).start()
        room = arbiter.begin_render(20 * GIB)
        assert room.free is None
        assert room.seconds < 15.0  # The step under way is let end; the driver is not waited for, which takes 30 s.
        arbiter.end_render()
        until(lambda: queue.queue.tick() is None or task.state not in (queue.State.WAITING, queue.State.RUNNING))
        assert (task.state, results) == (queue.State.FINISHED, [7])
        fake_card(temperature=51)
        until(lambda: monitor.latest.problem is None and monitor.latest.cards[0].temperature == 51)
    finally:
        lost.set()
        go_on.set()
        queue.queue.stop()
        arbiter.release(held)
        ext(".operators.usage").records.clear()


@pytest.mark.parametrize("text", ["unknown error", "the launch timed out and was terminated"])
def test_a_lost_card_ends_what_needs_it_with_a_sentence(ext, scene, job_class, monkeypatch, tmp_path, text):
    health = ext(".ai.card.memory").health
    monkeypatch.setattr(ext(".operators.rescue"), "data_folder", lambda: tmp_path)

    def work():
        raise RuntimeError(f"CUDA error: {text}")
        yield

    example = job_class(work)()
    try:
        assert example.execute(None) == {'CANCELLED'}
        assert "Restart Blender" in example.said
        assert list(tmp_path.rglob("*.blend"))
    finally:
        health.broken = False
        ext(".operators.usage").records.clear()


def test_a_render_waits_half_a_minute_at_most(ext, fake_card, monkeypatch):
    """With a clock of the test's own: the card stays full."""
    module = ext(".ai.card.arbiter")
    now = [0.0]
    monkeypatch.setattr(module.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    arbiter = module.Arbiter(module.real_card(), clock=lambda: now[0])
    fake_card(memory_total=24 * GIB, memory_used=23 * GIB, memory_reserved=0)
    room = arbiter.begin_render(2 * GIB)
    assert not room.enough
    assert room.free == GIB
    assert room.seconds == pytest.approx(30.0, abs=0.1)


def test_what_the_card_did_is_written_after_a_failure_too(ext, scene, fake_card, tmp_path, monkeypatch):
    batch, sharing = ext(".operators.batch"), ext(".operators.sharing").sharing
    fake_card(temperature=83)
    table = tmp_path / "card.csv"

    def fail(scene):
        time.sleep(1.0)
        raise RuntimeError("a fault")

    monkeypatch.setattr(sharing, "measure", fail)
    assert batch.main(["memory", "--monitor", str(table)]) == 1
    assert "83" in table.read_text(encoding="utf-8").splitlines()[1].split(",")


def test_the_guard_without_a_window(ext, scene, fake_card, tmp_path, monkeypatch):
    """`--set card.use_guard=1` around a subcommand."""
    batch, arbiter = ext(".operators.batch"), ext(".ai.card.arbiter").arbiter
    monitor = ext(".operators.monitor").monitor
    held_up = []
    own = ext(".operators.sharing")._held_up
    monkeypatch.setattr(arbiter, "held_up", lambda: held_up.append(own()) or None)
    fake_card(temperature=91)
    monitor.watch("test")
    until(lambda: monitor.latest is not None)
    result = tmp_path / "result.json"
    arguments = ["texture", "red bricks", "--engine", "procedural", "--size", "64x64", "--out", str(tmp_path / "a.png")]
    assert batch.main([*arguments, "--set", "card.use_guard=1", "--result", str(result)]) == 0
    assert json.loads(result.read_text(encoding="utf-8"))["command"] == "texture"
    assert any("91 °C" in str(reason) for reason in held_up)
