"""Gives the card to Cycles while it renders, and back to our jobs afterwards.

`render_init` runs in the render's own thread in the interface, where nothing of Blender may be touched. What it must
know is therefore noted beforehand, on the main thread, whenever the scene changes.
"""

from __future__ import annotations

import logging

import bpy

from ..ai.card.alarms import ThermalGuard
from ..ai.card.arbiter import Room, arbiter, hot_card
from ..ai.job import Progress
from ..render import compat
from ..render.registry import registry
from .monitor import monitor
from .queue import State, Task, queue

log = logging.getLogger("ada_forge.card")

GUARD_SECONDS = 5.0  # How long the card is watched after a job's last sign of life.


class Sharing:
    """What is known of the render to come, and of the one that runs."""

    def __init__(self) -> None:
        self.on_card = False  # Whether Cycles would render the scene on a card.
        self.need = 0  # Bytes that it is estimated to take.
        self.last: Room | None = None  # What came of the last render's request.
        self._cleared = False
        self._subscription: int | None = None

    def note(self, scene: bpy.types.Scene) -> None:
        """Note what a render of this scene wants. Main thread."""
        self.on_card = scene.render.engine == 'CYCLES' and scene.cycles.device == 'GPU' and compat.has_cycles_gpu()

    def begin(self) -> None:
        """A render begins. Its own thread."""
        if not self.on_card or self._cleared:
            return
        self._cleared = True
        self.last = arbiter.begin_render(self.need)
        if not self.last.enough:
            log.warning("Cycles starts with less memory than it may need: %s", self.last)

    def end(self) -> None:
        """A render has ended, one way or another."""
        if self._cleared:
            self._cleared = False
            arbiter.end_render()

    def subscribe(self) -> None:
        """Hear of viewports that change their shading. Loading a file ends that."""
        if self._subscription is not None:
            registry.remove(self._subscription)
        self._subscription = registry.subscribe((bpy.types.View3DShading, "type"), _on_shading)

    def forget(self) -> None:
        """Registration ends."""
        self.end()
        self._subscription = None
        self.on_card = False


def _on_shading() -> None:
    """A viewport that renders with Cycles fires no handler: models that nobody uses make room for it."""
    for window in bpy.context.window_manager.windows:
        sharing.note(window.scene)
        shadings = [area.spaces.active.shading.type for area in window.screen.areas if area.type == 'VIEW_3D']
        if sharing.on_card and 'RENDERED' in shadings:
            arbiter.park_unused()
            return


def _on_change(scene: bpy.types.Scene, *_: object) -> None:
    sharing.note(scene)


def _on_load(*_: object) -> None:
    sharing.subscribe()
    sharing.end()
    sharing.note(bpy.context.scene)


def _on_render_init(*_: object) -> None:
    sharing.begin()


def _on_render_end(*_: object) -> None:
    sharing.end()


def _on_task(task: Task) -> None:
    """While a job runs under the thermal guard the card is watched."""
    if task.state is State.RUNNING and not bpy.app.background and bpy.context.scene.ada.card.use_guard:
        monitor.watch("guard", GUARD_SECONDS)


def _held_up() -> Progress | None:
    guard: ThermalGuard = monitor.guard
    return hot_card(guard.paused and "guard" in monitor.sampler.viewers(), guard.temperature, guard.resume_below)


def register() -> None:
    for name, function in (
        ("depsgraph_update_post", _on_change),
        ("load_post", _on_load),
        ("render_init", _on_render_init),
        ("render_complete", _on_render_end),
        ("render_cancel", _on_render_end),
    ):
        registry.add_handler(name, function)
    sharing.subscribe()
    queue.listeners.append(_on_task)
    arbiter.held_up = _held_up


def unregister() -> None:
    queue.listeners.remove(_on_task)
    arbiter.held_up = lambda: None
    sharing.forget()
    arbiter.drop_all()


sharing = Sharing()
