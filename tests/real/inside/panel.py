"""The panel used with the mouse: a job started, run to its end, undone and done again; another one cancelled."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
import bpy
from stage import (
    Scenario,
    ext,
    find_button,
    found,
    move_into_view,
    open_sidebar,
    picture,
    play,
    press,
    values,
    wait_for,
)


def objects() -> set[str]:
    return set(bpy.data.objects.keys())


def scenario() -> Scenario:
    module = ext(".operators.queue")
    queue, state = module.queue, module.State
    registry = ext(".render.registry").registry
    out = Path(values["out"])
    bpy.ops.object.select_all(action='SELECT')
    bpy.ops.object.delete()
    bpy.ops.ed.undo_push(message="Empty")
    settings = bpy.context.scene.ada.reconstruct
    settings.path = values["dataset"]
    for name, value in {**values["tiny"], "steps": 400}.items():
        setattr(settings, name, value)
    bpy.ops.ed.undo_push(message="Settings")
    before = objects()
    yield from open_sidebar()

    view = bpy.context.preferences.view
    for view.language in ("zh_HANS", "en_US"):
        yield from open_sidebar()
        yield from picture(out / f"first_look_{view.language}.png")

    # Start, twice as fast as one can: it runs once.
    yield from find_button("bpy.ops.ada.reconstruct_start(")
    yield from press('LEFTMOUSE')
    yield from press('LEFTMOUSE')
    assert len(queue.tasks) == 1, [task.label for task in queue.tasks]
    task = queue.tasks[0]
    previews = 0
    end = time.monotonic() + 180
    while task.state in (state.WAITING, state.RUNNING):
        assert time.monotonic() < end, f"the job did not end: {task.progress}"
        assert objects() == before, "something was written before the end"
        if task.preview is not None and registry.counts().get("draw handler") and not previews:
            yield from picture(out / "preview.png")
            previews += 1
        yield 0.1
    assert task.state is state.FINISHED, f"{task.state}: {task.error}\n{task.details}"
    assert previews, "no preview was drawn"
    assert not registry.counts().get("draw handler"), "the preview is still drawn"
    (name,) = objects() - before
    assert name == task.outcome
    mesh = bpy.data.objects[name]
    found["vertices"] = len(mesh.data.vertices)
    found["dimensions"] = list(mesh.dimensions)
    found["center"] = [sum(v.co[i] for v in mesh.data.vertices) / len(mesh.data.vertices) for i in range(3)]
    found["attributes"] = [attribute.name for attribute in mesh.data.color_attributes]
    yield from picture(out / "finished.png")

    yield from move_into_view()
    yield from press('Z', ctrl=True)
    yield 0.3
    assert objects() == before, "undo did not take the mesh away in one step"
    yield from press('Z', ctrl=True, shift=True)
    yield 0.3
    assert objects() == before | {name}, "redo did not bring the mesh back"

    bpy.context.scene.ada.reconstruct.steps = 1_000_000
    yield from find_button("bpy.ops.ada.reconstruct_start(")
    yield from press('LEFTMOUSE')
    task = queue.tasks[-1]
    yield from wait_for(lambda: task.progress.fraction > 0 and task.progress.metrics, 60, "the second job")
    yield from picture(out / "running.png")
    yield from find_button("bpy.ops.ada.job_cancel(")
    clicked = time.monotonic()
    yield from press('LEFTMOUSE')
    yield from wait_for(lambda: task.state is state.CANCELLED, 10, "the cancelled job's end")
    found["cancel_seconds"] = round(time.monotonic() - clicked, 2)
    assert objects() == before | {name}
    assert not registry.counts().get("thread")
    yield from picture(out / "cancelled.png")


play(scenario)
