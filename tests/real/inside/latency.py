"""How late the main thread answers: idle and while a texture is generated, in turns."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
import bpy
from stage import Scenario, ext, found, open_sidebar, play, redraw, values, view, wait_for

INTERVAL = 0.01  # Seconds between two knocks at the main thread's door.
samples: list[float] = []
due = 0.0


def knock() -> float:
    """A timer that notes how much later than it wished it is called."""
    global due
    now = time.perf_counter()
    samples.append(now - due)
    due = time.perf_counter() + INTERVAL
    return INTERVAL


def listen(seconds: float, drawing: bool = False) -> Scenario:
    """Knock for some seconds; `drawing`, with the sidebar drawn ten times a second, as while a job reports."""
    global due
    samples.clear()
    due = time.perf_counter() + INTERVAL
    bpy.app.timers.register(knock, first_interval=INTERVAL)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        if drawing:
            area, _ = view()
            next(region for region in area.regions if region.type == 'UI').tag_redraw()
        yield 0.1
    bpy.app.timers.unregister(knock)


def scenario() -> Scenario:
    module = ext(".operators.queue")
    settings = bpy.context.scene.ada.texture
    settings.prompt, settings.width, settings.height, settings.steps = "red brick wall, gray mortar", 512, 512, 1000
    yield from open_sidebar()
    yield from redraw()
    found["idle"], found["drawing"], found["generating"], found["steps"] = [], [], [], []
    for _ in range(values["rounds"]):
        yield 0.5
        yield from listen(values["seconds"])
        found["idle"] += samples
        yield from listen(values["seconds"], drawing=True)
        found["drawing"] += samples
        bpy.ops.ada.texture_generate('INVOKE_DEFAULT')
        task = module.queue.tasks[-1]
        yield from wait_for(lambda task=task: "step" in task.progress.values, 120, "the first step")
        before = task.progress.values["step"]
        yield from listen(values["seconds"])
        found["generating"] += samples
        found["steps"].append(task.progress.values["step"] - before)
        module.queue.cancel_all()
        yield from wait_for(lambda task=task: task.state is module.State.CANCELLED, 60, "the cancelled job's end")
    found["threads"] = ext(".operators.texture_order").threads()


play(scenario)
