"""What Cycles is estimated to take, what operators took, two cards, and a card that breaks."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

GIB = 1024**3
BROKEN = "CUDA error: an illegal memory access was encountered"


@pytest.fixture
def scene(ext):
    import bpy

    bpy.ops.wm.read_homefile(use_empty=False)
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.device, scene.cycles.samples = 'CYCLES', 'GPU', 1
    scene.render.resolution_x = scene.render.resolution_y = 16
    yield scene
    queue = ext(".operators.queue").queue
    queue.stop()
    queue.clear()


def test_a_render_waits_for_what_its_scene_takes(ext, scene, monkeypatch):
    """A script's render on the card: the arbiter is asked for the estimate, fresh, path states included."""
    import bpy

    module = ext(".operators.sharing")
    monkeypatch.setattr(ext(".render.compat"), "has_cycles_gpu", lambda: True)
    asked = []
    monkeypatch.setattr(
        module.arbiter, "begin_render", lambda need: asked.append(need) or module.Room(True, None, 0.0, ())
    )
    module.sharing.estimate = None
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=100, y_subdivisions=100)
    bpy.ops.render.render()
    assert asked == [module.sharing.estimate.peak]
    scene_module = ext(".ai.card.scene")
    assert module.sharing.estimate.parts["Paths Under Way"] == scene_module.path_states(None) * scene_module.STATE
    assert module.sharing.estimate.parts["BVH"] >= 20_000 * scene_module.HIERARCHY
    module.sharing.estimate = None


def test_the_estimate_without_a_window(ext, scene, tmp_path):
    batch, result = ext(".operators.batch"), tmp_path / "result.json"
    assert batch.main(["memory", "--result", str(result)]) == 0
    found = json.loads(result.read_text(encoding="utf-8"))
    assert found["peak"] == sum(part["bytes"] for part in found["parts"])
    assert found["biggest"][0]["name"] == "Cube"
    assert batch.main(["settings", "--measure", "--result", str(result)]) == 0
    found = json.loads(result.read_text(encoding="utf-8"))
    assert found["memory"]["ram_peak"] >= found["memory"]["ram_before"] > 0


def test_every_job_is_measured(ext, scene, job_class, fake_card):
    job, usage = ext(".ai.job"), ext(".operators.usage")
    usage.records.clear()
    fake_card(memory_total=24 * GIB, memory_used=5 * GIB, memory_reserved=0)

    def work():
        yield job.Progress(0.5, "Step")

    cls = job_class(work)
    assert cls().execute(None) == {'FINISHED'}
    queue = ext(".operators.queue")
    task = queue.queue.add(queue.Task("Queued", None, work, lambda context, result: None))
    end = 400
    while task.state not in (queue.State.FINISHED, queue.State.FAILED) and end:
        queue.queue.tick()
        end -= 1
        time.sleep(0.02)
    assert [(record.name, record.peak) for record in usage.records] == [("Example", 5 * GIB), ("Queued", 5 * GIB)]
    assert "measurement" not in ext(".render.registry").registry.counts()
    usage.records.clear()


def test_any_operator_is_measured(ext, scene):
    import bpy

    usage = ext(".operators.usage")
    usage.records.clear()
    assert bpy.ops.ada.memory_measure(operator="scene_estimate") == {'FINISHED'}
    assert [record.name for record in usage.records] == ["Estimate Scene Memory"]
    with pytest.raises(RuntimeError, match="cannot run now"):
        bpy.ops.ada.memory_measure(operator="job_cancel_all")
    assert bpy.ops.ada.memory_forget() == {'FINISHED'}
    assert not bpy.ops.ada.memory_forget.poll()
    names = {item[0] for item in usage._list_operators(None, None)}
    assert {"reconstruct_start", "texture_generate", "views_capture"} <= names
    assert not names & {"memory_measure", "job_apply", "model_drop"}


@pytest.fixture
def whole(ext, monkeypatch, tmp_path):
    """A card that is whole before and after; what is rescued goes to a folder of the test."""
    health = ext(".ai.card.memory").health
    monkeypatch.setattr(ext(".operators.rescue"), "data_folder", lambda: tmp_path)
    health.broken = False
    yield health
    health.broken = False


def rescued(folder: Path) -> list[Path]:
    return sorted((folder / "recovered").rglob("*.*"))


def test_a_broken_card_saves_a_copy_and_refuses_further_jobs(ext, scene, job_class, whole, tmp_path):
    import bpy

    own = tmp_path / "mine.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(own))
    before = own.read_bytes()
    bpy.ops.mesh.primitive_monkey_add()
    painted = bpy.data.images.new("Painted", 8, 8)
    painted.pixels[0] = 0.25

    def work():
        raise RuntimeError(BROKEN)
        yield

    example = job_class(work)()
    assert example.execute(bpy.context) == {'CANCELLED'}
    blend, picture = sorted(rescued(tmp_path), key=lambda path: path.suffix)
    assert str(blend) in example.said
    assert "Restart Blender" in example.said
    assert (blend.name, picture.name) == ("mine.blend", "Painted.png")
    assert own.read_bytes() == before
    assert bpy.data.filepath == str(own)
    with bpy.data.libraries.load(str(blend)) as (found, _):
        assert "Suzanne" in found.objects
    assert whole.broken
    again = job_class(work)()
    assert again.execute(bpy.context) == {'CANCELLED'}
    assert "Save your file and restart" in again.said
    assert len(rescued(tmp_path)) == 2


def test_the_ladder_and_the_queue_rescue_as_well(ext, scene, whole, tmp_path):
    queue, job = ext(".operators.queue"), ext(".ai.job")
    ladder = ext(".ai.card.ladder")

    def attempt(rung):
        yield job.Progress(0.0, "Step")
        raise RuntimeError(BROKEN)

    task = queue.queue.add(
        queue.Task("Broken", None, lambda: ladder.descend(["a", "b"], attempt), lambda context, result: None)
    )
    for _ in range(400):
        queue.queue.tick()
        if task.state is queue.State.FAILED:
            break
        time.sleep(0.02)
    assert "A copy of your file is" in str(task.error)
    assert len(rescued(tmp_path)) == 1


def test_a_rescue_that_fails_says_so(ext, scene, whole, tmp_path):
    (tmp_path / "recovered").write_text("in the way")
    error = ext(".operators.rescue").explain(RuntimeError(BROKEN))
    assert "no copy of the file could be made" in str(error)
    assert "restart Blender" in str(error)


TWO = [("RTX 4090", 'CUDA', f"CUDA_RTX 4090_0000:0{number}:00", False, True, True, False) for number in (1, 2)]
CPU = ("Ryzen", 'CPU', "CPU", False, False, True, False)


@pytest.fixture
def two_cards(ext, monkeypatch):
    import _cycles
    import bpy

    width = 7 if bpy.app.version < (4, 5) else 8
    found = [(*card, False)[:width] for card in (*TWO, CPU)]
    monkeypatch.setattr(
        _cycles, "available_devices", lambda backend: [one for one in found if one[1] in {backend, 'CPU'}]
    )
    cycles = ext(".render.compat").cycles_preferences()
    before = cycles.compute_device_type
    cycles.compute_device_type = 'CUDA'
    cycles.refresh_devices()
    chosen = ext(".operators.properties").preferences()
    yield cycles, chosen
    chosen.cards, chosen.device_index = 'SHARED', 0
    chosen.cycles_before = ""
    cycles.devices.clear()
    cycles.compute_device_type = before or 'NONE'


def test_one_card_each_is_one_setting(ext, scene, two_cards):
    cycles, chosen = two_cards
    module = ext(".operators.sharing")

    def used():
        return {entry.id[-10:-3] for entry in cycles.devices if entry.use and entry.type == 'CUDA'}

    assert used() == {"0000:01", "0000:02"}
    assert module.uses_our_card(scene)
    chosen.cards = 'SPLIT'
    assert used() == {"0000:02"}
    assert not module.uses_our_card(scene)  # Nothing is parked for a render on the other card.
    chosen.device, chosen.device_index = 'CUDA', 1
    assert used() == {"0000:01"}
    assert ext(".operators.usage").place == "0000:02:00.0"
    ext(".operators.render").set_up(scene)
    assert used() == {"0000:01"}
    chosen.cards = 'SHARED'
    assert used() == {"0000:01", "0000:02"}
    chosen.device = 'AUTO'
