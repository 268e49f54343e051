"""Gives the card to Cycles while it renders, and back to our jobs afterwards.

`render_init` runs in the render's own thread in the interface, where nothing of Blender may be touched. What it must
know is therefore noted beforehand, on the main thread, whenever the scene changes.
"""

from __future__ import annotations

import logging
import threading

import bpy

from ..ai.card.alarms import ThermalGuard
from ..ai.card.arbiter import Room, arbiter, hot_card
from ..ai.card.scene import SceneEstimate, estimate_scene
from ..ai.job import Progress
from ..render import compat, devices
from ..render.registry import registry
from ..render.scene_content import read_content
from . import cards, usage
from .monitor import monitor
from .queue import State, Task, queue

log = logging.getLogger("ada_forge.card")

ESTIMATE_SECONDS = 1.0  # After a change, before the scene is looked at.
VIEWPORT_SECONDS = 1.0  # Between two looks at viewports.
GUARD_SECONDS = 5.0  # How long the card is watched after a job's last sign of life.


class Sharing:
    """What is known of the render to come, and of the one that runs."""

    def __init__(self) -> None:
        self.on_card = False  # Whether Cycles would render the scene on the card that our jobs use.
        self.estimate: SceneEstimate | None = None  # Of what it would take.
        self.last: Room | None = None  # What came of the last render's request.
        self._cleared = False
        self._subscriptions: list[int] = []
        self._timer: int | None = None
        self._viewports: int | None = None  # The timer that looks at them.

    @property
    def need(self) -> int:
        """Bytes that Cycles is estimated to take on the card; 0 while nobody has looked at the scene."""
        return self.estimate.peak if self.estimate is not None else 0

    def note(self, scene: bpy.types.Scene) -> None:
        """Note what a render of this scene wants, and have it estimated when the user pauses. Main thread."""
        self.on_card = uses_our_card(scene)
        if self.on_card and self._timer is None and not bpy.app.background:
            self._timer = registry.add_timer(self._estimate_later, ESTIMATE_SECONDS)

    def measure(self, scene: bpy.types.Scene) -> SceneEstimate:
        """Estimate now. Main thread."""
        self.estimate = estimate(scene)
        return self.estimate

    def begin(self, scene: bpy.types.Scene | None = None) -> None:
        """A render begins. Its own thread, or the main one where a script renders."""
        if scene is not None and threading.current_thread() is threading.main_thread():
            self.on_card = uses_our_card(scene)
            if self.on_card:
                self.measure(scene)
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
        """Hear of viewports that change their shading, and of windows that show others. Loading a file ends that."""
        for token in self._subscriptions:
            registry.remove(token)
        keys = (bpy.types.View3DShading, "type"), (bpy.types.Window, "workspace")
        self._subscriptions = [registry.subscribe(key, _on_shading) for key in keys]

    def forget(self) -> None:
        """Registration ends."""
        self.end()
        self._subscriptions, self._timer, self._viewports = [], None, None
        self.on_card, self.estimate = False, None

    def watch_viewports(self) -> None:
        """Look at them while models of ours are idle on the card: the message bus tells nothing of the operator that
        toggles the shading, of new windows, and of jobs that end beside a viewport that renders. Main thread.
        """
        if arbiter.idle and self._viewports is None and not bpy.app.background:
            self._viewports = registry.add_timer(self._look_at_viewports)

    def _look_at_viewports(self) -> float | None:
        _on_shading()
        if arbiter.idle:
            return VIEWPORT_SECONDS
        registry.remove(self._viewports or 0)
        self._viewports = None
        return None

    def _estimate_later(self) -> float | None:
        windows = bpy.context.window_manager.windows
        if bpy.app.is_job_running('RENDER') or any(window.screen.is_animation_playing for window in windows):
            return ESTIMATE_SECONDS
        registry.remove(self._timer or 0)
        self._timer = None
        self.measure(windows[0].scene if windows else bpy.context.scene)
        return None


def estimate(scene: bpy.types.Scene) -> SceneEstimate:
    """What Cycles would take for a scene. Main thread."""
    on_card = scene.render.engine == 'CYCLES' and scene.cycles.device == 'GPU' and compat.has_cycles_gpu()
    reading = monitor.latest
    cores = max((card.cores or 0 for card in reading.cards), default=0) if reading is not None else 0
    with bpy.context.temp_override(scene=scene, view_layer=scene.view_layers[0]):
        depsgraph = bpy.context.evaluated_depsgraph_get()
    return estimate_scene(read_content(scene, depsgraph), on_card, cores or None)


def uses_our_card(scene: bpy.types.Scene) -> bool:
    """Whether Cycles would render the scene on the card that our jobs compute on."""
    if scene.render.engine != 'CYCLES' or scene.cycles.device != 'GPU' or not compat.has_cycles_gpu():
        return False
    ours, used = cards.our_bus(), devices.used_buses()
    return ours is None or None in used or not used or ours in used


def _on_shading() -> None:
    """A viewport that renders with Cycles fires no handler: models that nobody uses make room for it."""
    for window in bpy.context.window_manager.windows:
        sharing.note(window.scene)
        shadings = [area.spaces.active.shading.type for area in window.screen.areas if area.type == 'VIEW_3D']
        if sharing.on_card and 'RENDERED' in shadings:
            arbiter.park_unused()
            return


def _on_change(scene: bpy.types.Scene, *_: object) -> None:
    if threading.current_thread() is threading.main_thread():  # An animation's frames change in the render's thread.
        sharing.note(scene)


def _on_load(*_: object) -> None:
    sharing.subscribe()
    sharing.end()
    sharing.note(bpy.context.scene)
    _on_shading()  # The file may come with a viewport that renders.


def _on_render_init(scene: bpy.types.Scene | None = None, *_: object) -> None:
    sharing.begin(scene)


def _on_render_end(*_: object) -> None:
    sharing.end()


def _on_task(task: Task) -> None:
    """While a job runs under the thermal guard the card is watched; after it the viewports are."""
    if task.state not in (State.RUNNING, State.WAITING):
        sharing.watch_viewports()
    elif task.state is State.RUNNING and not bpy.app.background and bpy.context.scene.ada.card.use_guard:
        monitor.watch("guard", GUARD_SECONDS)


def _held_up() -> Progress | None:
    if threading.current_thread() is threading.main_thread():
        monitor.guard_here(GUARD_SECONDS)
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
    queue.listeners += [_on_task, usage.on_task]
    cards.follow()
    arbiter.held_up = _held_up


def unregister() -> None:
    for listener in (_on_task, usage.on_task):
        queue.listeners.remove(listener)
    usage.stop()
    arbiter.held_up = lambda: None
    sharing.forget()
    arbiter.drop_all()


sharing = Sharing()
