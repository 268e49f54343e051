"""Everything the user can run, by panel, F3 or headless."""

import time

import bpy
import numpy as np

from ..ai.nerf.live import NovelView
from ..render import image_preview, preview, view_preview, viewports
from ..render.engine import engine
from ..render.registry import registry
from . import (
    batch,
    cameras,
    capture,
    card,
    demo,
    doctor,
    field,
    job,
    mask,
    model_download,
    models,
    properties,
    recipe,
    reconstruct,
    render,
    render_tune,
    rescue,
    sharing,
    texture,
    texture_batch,
    texture_gallery,
    texture_maps,
    texture_presets,
    texture_repair,
    texture_rows,
    texture_tools,
    texture_upscale,
    usage,
)
from .monitor import monitor
from .queue import State, Task, as_sentence, queue

classes = (
    *job.classes,
    *capture.classes,
    *cameras.classes,
    *mask.classes,
    *reconstruct.classes,
    *field.classes,
    *render.classes,
    *render_tune.classes,
    *engine.classes,
    *texture.classes,
    *texture_batch.classes,
    *texture_presets.classes,
    *texture_tools.classes,
    *texture_upscale.classes,
    *texture_gallery.classes,
    *texture_maps.classes,
    *texture_repair.classes,
    *texture_rows.classes,
    *models.classes,
    *model_download.classes,
    *recipe.classes,
    *demo.classes,
    *card.classes,
    *usage.classes,
    *doctor.classes,
)


def register() -> None:
    properties.register()
    for cls in classes:
        bpy.utils.register_class(cls)
    registry.add_handler("load_pre", _on_load)
    registry.add_handler("render_init", render.on_render_init)
    queue.listeners.append(_on_change)
    queue.explain = rescue.explain
    sharing.register()
    models.register()
    batch.register()
    monitor.resume()


def stop() -> None:
    """End all jobs and wait for their threads; they use what is about to be unregistered."""
    queue.stop()
    monitor.stop()


def unregister() -> None:
    models.unregister()
    queue.explain = as_sentence
    sharing.unregister()
    queue.listeners.remove(_on_change)
    for cls in reversed(classes):
        bpy.utils.unregister_class(cls)
    properties.unregister()


def _on_load(*_: object) -> None:
    queue.stop()


class _Drawn:
    """What the panels have shown of the running task, so that they are drawn no more often than is read."""

    SECONDS = 0.5
    IDLE_SECONDS = 2.0  # Where nothing new is to be said.

    def __init__(self) -> None:
        self._shown: object = None
        self._at = 0.0

    def is_due(self, task: Task) -> bool:
        """Whether to draw the panels again; then it counts as done."""
        shown = (task.number, task.state, task.stopping, str(task.progress))
        since = time.monotonic() - self._at
        wait = self.SECONDS if shown != self._shown else self.IDLE_SECONDS
        if task.state is State.RUNNING and since < wait:
            return False
        self._shown, self._at = shown, time.monotonic()
        return True


_drawn = _Drawn()


def _on_change(task: Task) -> None:
    """Draw the panels that show the queue, and the surface or picture that grows while its job runs."""
    if _drawn.is_due(task):
        viewports.redraw('UI')
        viewports.redraw('UI', 'IMAGE_EDITOR')
    if task.state is not State.RUNNING:
        preview.clear()
        image_preview.clear()
        view_preview.clear()
    elif isinstance(task.preview, np.ndarray):
        image_preview.show(task.preview)
    elif isinstance(task.preview, NovelView):
        view_preview.show(task.preview)
    elif task.preview is not None:
        preview.show(task.preview)
