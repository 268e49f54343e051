"""Everything that is drawn."""

import bpy

from ..operators.queue import State, Task, queue
from ..render import preview
from . import doctor, jobs, menus, preferences, reconstruct, translations

classes = (
    *preferences.classes,
    *reconstruct.classes,
    *jobs.classes,
    *doctor.classes,
    *menus.classes,
)


def register() -> None:
    for cls in classes:
        bpy.utils.register_class(cls)
    menus.register()
    translations.register()
    queue.listeners.append(on_change)


def unregister() -> None:
    queue.listeners.remove(on_change)
    preview.clear()
    translations.unregister()
    menus.unregister()
    for cls in reversed(classes):
        bpy.utils.unregister_class(cls)


def on_change(task: Task) -> None:
    """Redraw what shows the queue, and the surface that grows."""
    if bpy.app.background:
        return
    if task.state is not State.RUNNING:
        preview.clear()
    elif task.preview is not None:
        preview.show(task.preview)
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in {'VIEW_3D', 'IMAGE_EDITOR'}:
                for region in area.regions:
                    if region.type == 'UI':
                        region.tag_redraw()
