"""The overlay over a scripted card: pictures, what a draw costs, when it redraws, and what it outlives."""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, os.path.dirname(__file__))
import bpy
import stage
from scripted import GIB, Torch, busy, card

OUT = Path(stage.values["out"])


def words(overlay):
    return [text for *_, text in overlay._places]


def scenario():
    overlay = stage.ext(".render.overlay").overlay
    monitor = stage.ext(".operators.monitor").monitor
    registry = stage.ext(".render.registry").registry
    settings = bpy.context.scene.ada.card
    settings.rate = 4.0
    held = registry.counts()
    sys.modules["torch"] = Torch

    costs = []
    draw = overlay._draw_view

    def timed():
        start = time.thread_time()
        draw()
        costs.append((time.thread_time() - start) * 1000.0)

    overlay._draw_view = timed
    changes = []
    update = overlay.update
    overlay.update = lambda *arguments: changes.append(update(*arguments))
    busy()
    with stage.in_view():
        bpy.ops.ada.overlay_toggle()
    yield from stage.wait_for(lambda: overlay.draws and words(overlay), 20, "the overlay")
    for temperature in (60, 64, 67, 70, 73, 76, 80, 84, 71):  # A ramp for the curves.
        busy(temperature)
        yield 0.6
    yield 2.0
    if stage.values.get("only_draws"):
        yield from measure(costs)
        return
    yield from stage.picture(OUT / "overlay.png")
    stage.found["words"] = words(overlay)

    # Nothing changes: nothing is drawn. The curves move on and the processor's load changes by itself.
    shown = settings.rows
    settings.rows = {'NAME', 'POWER'}
    card(memory_total=24 * GIB, power=50_000)
    yield from stage.wait_for(lambda: words(overlay)[-1:] == ["Power  50 / 450 W"], 10, "the rows to go")
    yield 0.6
    drawn, count = overlay.draws, monitor.sampler.history.count
    changes.clear()
    yield 1.0
    yield from stage.wait_for(
        lambda: len(changes) >= 4 and monitor.sampler.history.count >= count + 4, 30, "four readings"
    )
    stage.found["idle"] = {
        "draws": overlay.draws - drawn,
        "changes": sum(changes),
        "updates": len(changes),
        "readings": monitor.sampler.history.count - count,
    }
    settings.rows = shown
    yield 1.0

    yield from measure(costs)

    # Alarms, all rows, the other corners, Fahrenheit.
    settings.rows = {'NAME', 'MEMORY', 'TEMPERATURE', 'UTILIZATION', 'POWER', 'COMPUTER'}
    settings.unit = 'FAHRENHEIT'
    settings.corner = 'TOP_RIGHT'
    settings.size = 1.3
    card(memory_total=24 * GIB, memory_used=23 * GIB, temperature=90, throttle=0x44, utilization=100)
    yield from stage.wait_for(lambda: any("slows" in word for word in words(overlay)), 10, "the alarm")
    yield from stage.picture(OUT / "overlay_alarm.png")
    stage.found["alarm_words"] = words(overlay)

    # Quad view, undo, a new window, another workspace, another file.
    settings.corner = 'TOP_LEFT'
    with stage.in_view():
        bpy.ops.screen.region_quadview()
    yield from stage.redraw(4)
    before = overlay.draws
    yield from stage.redraw(1)
    yield from stage.picture(OUT / "overlay_quad.png")
    assert overlay.draws > before
    with stage.in_view():
        bpy.ops.screen.region_quadview()
        bpy.ops.mesh.primitive_cube_add()
        bpy.ops.ed.undo_push(message="Cube")
        bpy.ops.ed.undo()
    assert bpy.context.scene.ada.card.show_overlay

    def still_draws(what):
        before = overlay.draws
        yield from stage.wait_for(
            lambda: (
                [area.tag_redraw() for window in bpy.context.window_manager.windows for area in window.screen.areas]
                and overlay.draws > before
            ),
            10,
            f"the overlay after {what}",
        )

    yield from still_draws("undo")
    with stage.in_view():
        bpy.ops.wm.window_new()
    yield from still_draws("a new window")
    stage.window().workspace = bpy.data.workspaces["Modeling"]
    yield from still_draws("another workspace")
    bpy.ops.wm.read_homefile(load_ui=False)
    yield 0.5
    assert bpy.context.scene.ada.card.show_overlay
    yield from still_draws("another file")
    stage.found["held"] = registry.counts()

    # Off: no draw, no thread, nothing held.
    monitor.show_overlay(False)
    yield 1.5
    before = overlay.draws
    yield from stage.redraw(3)
    stage.found["draws_when_off"] = overlay.draws - before
    stage.found["running_when_off"] = monitor.sampler.running
    assert registry.counts() == held, (registry.counts(), held)
    monitor.show_overlay(True)  # Left on at the end: quitting must not hang.
    yield 0.5
    del sys.modules["torch"]


def measure(costs):
    """Every draw for the bench: redraws without and with a new picture."""
    costs.clear()
    _, region = stage.view()
    for turn in range(150):
        if turn % 5 == 0:
            busy(50 + turn % 40)
        region.tag_redraw()
        yield 0.02
    stage.found["draw_ms_median"] = statistics.median(costs)
    stage.found["draw_ms_p95"] = sorted(costs)[int(len(costs) * 0.95)]
    stage.found["measured_draws"] = len(costs)


stage.play(scenario)
