"""Everything the user can run, by panel, F3 or headless."""

import bpy

from ..render.registry import registry
from . import batch, capture, demo, doctor, job, properties, reconstruct
from .queue import queue

classes = (*job.classes, *capture.classes, *reconstruct.classes, *demo.classes, *doctor.classes)


def register() -> None:
    properties.register()
    for cls in classes:
        bpy.utils.register_class(cls)
    registry.add_handler("load_pre", _on_load)
    batch.register()


def stop() -> None:
    """End all jobs and wait for their threads; they use what is about to be unregistered."""
    queue.stop()


def unregister() -> None:
    for cls in reversed(classes):
        bpy.utils.unregister_class(cls)
    properties.unregister()


def _on_load(*_: object) -> None:
    queue.stop()
