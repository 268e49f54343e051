"""Something is done to Blender while a job trains: a file opened, the extension disabled, Blender quit."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
import addon_utils
import bpy
from stage import MODULE, Scenario, ext, folder, found, move_into_view, play, press, values, wait_for


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("ada")]


def scenario() -> Scenario:
    file = folder / "训练 training.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file))
    module = ext(".operators.queue")
    settings = bpy.context.scene.ada.reconstruct
    settings.path = values["dataset"]
    for name, value in {**values["tiny"], "steps": 1_000_000}.items():
        setattr(settings, name, value)
    bpy.ops.ed.undo_push(message="Settings")
    bpy.ops.ada.reconstruct_start('INVOKE_DEFAULT')
    task = module.queue.tasks[-1]
    yield from wait_for(lambda: task.progress.metrics, 60, "the training")
    assert threads()
    before = sorted(bpy.data.objects.keys())
    what = values["what"]
    if what == "open":
        bpy.ops.wm.open_mainfile(filepath=str(file))
        assert not threads()
        assert task.state is module.State.CANCELLED
        assert hasattr(bpy.context.scene, "ada")
    elif what == "disable":
        addon_utils.disable(MODULE)
        assert not threads()
        assert ext(".render.registry").registry.counts() == {}
    elif what == "undo":
        yield from move_into_view()
        for _ in range(3):
            yield from press('Z', ctrl=True)
        yield from press('Z', ctrl=True, shift=True)
        assert task.state is module.State.RUNNING
        assert threads()
        module.queue.cancel_all()
        yield from wait_for(lambda: task.state is module.State.CANCELLED, 10, "the cancelled job's end")
    else:
        assert what == "quit"
        assert threads()
    yield 0.3
    assert sorted(bpy.data.objects.keys()) == before
    found["files"] = sorted(path.name for path in Path(values["dataset"]).rglob("*"))


play(scenario)
