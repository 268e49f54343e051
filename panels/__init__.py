"""Everything that is drawn."""

import bpy

from ..operators.queue import Task, queue
from . import card, doctor, jobs, menus, preferences, reconstruct, render, translations

classes = (
    *preferences.classes,
    *reconstruct.classes,
    *render.classes,
    *card.classes,
    *jobs.classes,
    *doctor.classes,
    *menus.classes,
)


def register() -> None:
    for cls in classes:
        bpy.utils.register_class(cls)
    menus.register()
    render.register()
    card.register()
    translations.register()
    queue.listeners.append(_redraw)


def unregister() -> None:
    queue.listeners.remove(_redraw)
    translations.unregister()
    card.unregister()
    render.unregister()
    menus.unregister()
    for cls in reversed(classes):
        bpy.utils.unregister_class(cls)


def _redraw(task: Task) -> None:
    """Redraw what shows the queue."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in {'VIEW_3D', 'IMAGE_EDITOR'}:
                for region in area.regions:
                    if region.type == 'UI':
                        region.tag_redraw()
