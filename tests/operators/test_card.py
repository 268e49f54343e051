"""Handlers around renders, the message bus, the monitor's session and its operators."""

from __future__ import annotations

import json
import time
import types

import pytest

GIB = 1024**3


@pytest.fixture
def sharing(ext):
    module = ext(".operators.sharing")
    arbiter = ext(".ai.card.arbiter").arbiter
    yield module.sharing
    module.sharing.end()
    module.sharing.on_card = False
    for held in list(arbiter.holdings):
        arbiter.release(held)


@pytest.fixture
def held(ext, sharing, monkeypatch):
    """A model of ours on the card, and a Cycles that would use it."""
    arbiter = ext(".ai.card.arbiter").arbiter
    monkeypatch.setattr(ext(".render.compat"), "has_cycles_gpu", lambda: True)
    holding = arbiter.hold("Model", lambda: {"on": True}, GIB, lambda model, on: {"on": on})
    with arbiter.use(holding):
        pass
    return holding


def make_scene(device='GPU'):
    import bpy

    bpy.ops.wm.read_homefile(use_empty=False)
    scene = bpy.context.scene
    scene.render.engine = 'CYCLES'
    scene.cycles.device = device
    scene.cycles.samples = 1
    scene.render.resolution_x = scene.render.resolution_y = 8
    return scene


@pytest.mark.parametrize("device", ['GPU', 'CPU'])
def test_models_are_parked_while_cycles_renders_on_the_card(ext, held, sharing, device):
    import bpy

    arbiter, place = ext(".ai.card.arbiter").arbiter, ext(".ai.card.arbiter").Place
    make_scene(device)
    bpy.context.view_layer.update()
    during = []

    def look(*_):
        during.append((arbiter.rendering, held.place))

    bpy.app.handlers.render_pre.append(look)
    try:
        bpy.ops.render.render()
    finally:
        bpy.app.handlers.render_pre.remove(look)
    assert during == [(device == 'GPU', place.PARKED if device == 'GPU' else place.RESIDENT)]
    assert not arbiter.rendering
    with arbiter.use(held) as model:
        assert model == {"on": True}


def test_a_cancelled_render_gives_the_card_back(ext, held, sharing):
    arbiter, module = ext(".ai.card.arbiter").arbiter, ext(".operators.sharing")
    sharing.on_card = True
    module._on_render_init()
    assert arbiter.rendering
    module._on_render_end()
    module._on_render_end()
    assert not arbiter.rendering
    module._on_render_init()
    module._on_load()  # Another file is opened and no end was heard of.
    assert not arbiter.rendering


def test_a_script_that_runs_a_job_and_renders_in_it(ext, held, sharing):
    """The job waits for its answer, the answer renders, the job has its model back."""
    import bpy

    job, arbiter = ext(".ai.job"), ext(".ai.card.arbiter").arbiter
    base = ext(".operators.job").JobOperator
    make_scene()
    bpy.context.view_layer.update()
    states = []

    class Renders(base):
        @classmethod
        def start(cls, settings):
            with arbiter.use(held):
                states.append(held.model["on"])
                yield job.Request("render")
                states.append(held.model["on"])
            return settings

    def answer(request):
        bpy.ops.render.render()
        states.append(held.model["on"])

    assert job.run(Renders.guarded(5), answer=answer) == 5
    assert states == [True, False, True]


def test_models_are_parked_and_dropped_by_hand(ext, held):
    import bpy

    arbiter, place = ext(".ai.card.arbiter").arbiter, ext(".ai.card.arbiter").Place
    assert bpy.ops.ada.model_park(name="Model") == {'FINISHED'}
    assert held.place is place.PARKED
    with arbiter.use(held), pytest.raises(RuntimeError, match="uses this model"):
        bpy.ops.ada.model_drop(name="Model")
    assert bpy.ops.ada.models_park() == {'FINISHED'}
    assert held.place is place.PARKED
    assert bpy.ops.ada.models_drop() == {'FINISHED'}
    assert held.place is place.DROPPED
    with pytest.raises(RuntimeError, match="uses this model"):
        bpy.ops.ada.model_park(name="unknown")
    arbiter.release(held)
    assert not bpy.ops.ada.models_drop.poll()


@pytest.fixture
def viewport(ext, monkeypatch):
    """Blender as the module sees it, with one window and one 3D View whose shading a test sets."""
    import bpy

    module = ext(".operators.sharing")
    shading = types.SimpleNamespace(type='SOLID')
    area = types.SimpleNamespace(
        type='VIEW_3D', spaces=types.SimpleNamespace(active=types.SimpleNamespace(shading=shading))
    )
    window = types.SimpleNamespace(scene=bpy.context.scene, screen=types.SimpleNamespace(areas=[area]))
    context = types.SimpleNamespace(
        scene=bpy.context.scene, window_manager=types.SimpleNamespace(windows=[window]),
    )  # fmt: skip
    monkeypatch.setattr(module, "bpy", types.SimpleNamespace(context=context, types=bpy.types, app=bpy.app))
    return window, shading


@pytest.mark.parametrize("device", ['GPU', 'CPU'])
def test_a_viewport_that_renders_makes_idle_models_leave_the_card(ext, held, sharing, monkeypatch, request, device):
    module, place = ext(".operators.sharing"), ext(".ai.card.arbiter").Place
    scene = make_scene(device)
    window, shading = request.getfixturevalue("viewport")
    window.scene = scene
    module._on_shading()
    assert held.place is place.RESIDENT
    shading.type = 'RENDERED'
    module._on_shading()
    assert held.place is (place.PARKED if device == 'GPU' else place.RESIDENT)
    with ext(".ai.card.arbiter").arbiter.use(held):
        module._on_shading()
        assert held.place is place.RESIDENT  # A job has it.
    module._on_load()  # A file that comes with such a viewport.
    assert held.place is (place.PARKED if device == 'GPU' else place.RESIDENT)


def test_a_viewport_that_renders_is_heard_of_after_each_load(ext, sharing):
    import bpy

    registry = ext(".render.registry").registry
    for _ in range(3):
        bpy.ops.wm.read_homefile(use_empty=False)
        assert registry.counts()["message bus"] == 2


def test_the_timer_shows_readings_alarms_and_rests(ext, fake_card, monkeypatch):
    monitor = ext(".operators.monitor").monitor
    registry = ext(".render.registry").registry
    before = registry.counts()
    fake_card(temperature=90)
    count = monitor.sampler.history.count
    monitor.watch("test")
    end = time.monotonic() + 5
    while monitor.sampler.history.count == count and time.monotonic() < end:
        time.sleep(0.01)
    assert monitor.tick() == pytest.approx(0.5)
    assert "slows down" in str(monitor.alarms[0])
    assert registry.counts()["thread"] == before.get("thread", 0) + 1
    monitor.watch("test", 0.0)  # Its time is over; the thread finds out at its next look.
    assert monitor.sampler.running
    assert monitor.tick() == 0.5  # The timer stays until then: who watches next must find it or start one.
    end = time.monotonic() + 5
    while monitor.sampler.running and time.monotonic() < end:
        time.sleep(0.01)
    assert monitor.tick() is None
    assert monitor.alarms == []
    assert registry.counts() == before


def test_the_guard_pauses_a_job(ext, fake_card):
    import bpy

    monitor, module = ext(".operators.monitor").monitor, ext(".operators.sharing")
    bpy.context.scene.ada.card.use_guard = True
    try:
        fake_card(temperature=88)
        count = monitor.sampler.history.count
        monitor.watch("guard", 60.0)
        end = time.monotonic() + 5
        while monitor.sampler.history.count == count and time.monotonic() < end:
            time.sleep(0.01)
        monitor.tick()
        assert "88 °C" in str(module._held_up())
    finally:
        bpy.context.scene.ada.card.use_guard = False
        monitor.stop()
    assert module._held_up() is None


def test_history_is_exported_and_plotted(ext, fake_card, tmp_path):
    pytest.importorskip("matplotlib")
    import bpy

    card, monitor = ext(".ai.card.reading"), ext(".operators.monitor").monitor
    monitor.sampler.history.clear()
    assert not bpy.ops.ada.history_plot.poll()
    for second in range(5):
        monitor.sampler.history.add(card.Reading(float(second), (card.CardReading(0, "X", temperature=50),)))
    path = tmp_path / "显卡.json"
    assert bpy.ops.ada.history_export(filepath=str(path)) == {'FINISHED'}
    assert len(json.loads(path.read_text(encoding="utf-8"))["readings"]) == 5
    with pytest.raises(RuntimeError, match="must end in"):
        bpy.ops.ada.history_export(filepath=str(tmp_path / "card.txt"))
    assert bpy.ops.ada.history_plot() == {'FINISHED'}
    image = bpy.data.images["Graphics Card"]
    assert tuple(image.size) == (1000, 750)
    assert image.packed_file is not None
    assert bpy.ops.ada.history_clear() == {'FINISHED'}
    assert monitor.latest is None


def test_monitor_without_a_window(ext, fake_card, tmp_path):
    pytest.importorskip("matplotlib")
    batch = ext(".operators.batch")
    fake_card(temperature=66, memory_used=3 * GIB)
    files = {
        name: tmp_path / f"card.{suffix}" for name, suffix in (("csv", "csv"), ("history", "json"), ("plot", "png"))
    }
    options = [text for name, path in files.items() for text in (f"--{name}", str(path))]
    result = tmp_path / "result.json"
    assert batch.main(["monitor", "--seconds", "1.2", *options, "--result", str(result)]) == 0
    found = json.loads(result.read_text(encoding="utf-8"))
    assert found["gpu0_highest_temperature"] == 66
    assert found["readings"] >= 2
    assert all(path.stat().st_size > 100 for path in files.values())
    assert batch.main(["monitor", "--seconds", "1", "--csv", str(tmp_path / "x.png")]) == 2
    assert batch.main(["monitor", "--seconds", "0"]) == 2
    around = tmp_path / "around.csv"
    assert batch.main(["settings", "--monitor", str(around), "--result", str(result)]) == 0
    assert "66" in around.read_text(encoding="utf-8").splitlines()[1].split(",")
    assert batch.main(["settings", "--monitor", str(tmp_path / "around.txt")]) == 1
