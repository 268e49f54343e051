"""Everything the user can run, by panel, F3 or headless."""

import bpy
import numpy as np

from ..render import image_preview, preview, viewports
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
    sharing,
    texture,
    texture_batch,
    texture_gallery,
    texture_presets,
    texture_rows,
    texture_tools,
    texture_upscale,
)
from .monitor import monitor
from .queue import State, Task, queue

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
    *texture_rows.classes,
    *models.classes,
    *model_download.classes,
    *recipe.classes,
    *demo.classes,
    *card.classes,
    *doctor.classes,
)


def register() -> None:
    properties.register()
    for cls in classes:
        bpy.utils.register_class(cls)
    registry.add_handler("load_pre", _on_load)
    registry.add_handler("render_init", render.on_render_init)
    queue.listeners.append(_on_change)
    sharing.register()
    models.register()
    batch.register()


def stop() -> None:
    """End all jobs and wait for their threads; they use what is about to be unregistered."""
    queue.stop()
    monitor.stop()


def unregister() -> None:
    models.unregister()
    sharing.unregister()
    queue.listeners.remove(_on_change)
    for cls in reversed(classes):
        bpy.utils.unregister_class(cls)
    properties.unregister()


def _on_load(*_: object) -> None:
    queue.stop()


def _on_change(task: Task) -> None:
    """Draw the panels that show the queue, and the surface or picture that grows while its job runs."""
    viewports.redraw('UI')
    viewports.redraw('UI', 'IMAGE_EDITOR')
    if task.state is not State.RUNNING:
        preview.clear()
        image_preview.clear()
    elif isinstance(task.preview, np.ndarray):
        image_preview.show(task.preview)
    elif task.preview is not None:
        preview.show(task.preview)
