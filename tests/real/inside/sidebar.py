"""Pictures of the sidebar: every panel open, a job that runs, one that waits and one that failed, in each language."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
import bpy
from stage import MODULE, Scenario, ext, found, open_sidebar, picture, play, snap, values, wait_for


def open_all_panels() -> None:
    """Panels remember nothing yet in a new profile, so what is closed at first is opened by its registration."""
    classes = ext(".panels").classes
    for cls in reversed(classes):
        bpy.utils.unregister_class(cls)
    for cls in classes:
        if issubclass(cls, bpy.types.Panel):
            cls.bl_options = set(getattr(cls, "bl_options", set())) - {'DEFAULT_CLOSED'}
        bpy.utils.register_class(cls)


def scenario() -> Scenario:
    queue, state = ext(".operators.queue").queue, ext(".operators.queue").State
    view = bpy.context.preferences.view
    open_all_panels()
    yield from open_sidebar()
    settings = bpy.context.scene.ada.reconstruct
    settings.path = values["broken"]
    bpy.ops.ada.reconstruct_start('INVOKE_DEFAULT')
    yield from wait_for(lambda: queue.tasks and queue.tasks[0].state is state.FAILED, 60, "the failure")
    found["failure"] = str(queue.tasks[0].error)
    settings.path = values["dataset"]
    settings.use_crop = True
    for steps in (100_000, 100_001):
        settings.steps, settings.resolution, settings.rays = steps, 32, 256
        settings.use_crop = False
        bpy.ops.ada.reconstruct_start('INVOKE_DEFAULT')
    running = queue.tasks[1]
    yield from wait_for(lambda: "PSNR" in "".join(running.progress.metrics), 120, "the first figures")
    settings.use_crop = True
    for language in ("en_US", "zh_HANS"):
        view.language = language
        yield from open_sidebar()
        yield from picture(Path(values["out"]) / f"sidebar_{language}.png")
    queue.cancel_all()
    yield from wait_for(lambda: running.state is state.CANCELLED, 20, "the end of the job")
    yield from pictures_of_preferences()
    view.language = "en_US"


def pictures_of_preferences() -> Scenario:
    """The extension's preferences, in a window of their own in front."""
    bpy.ops.screen.userpref_show('INVOKE_DEFAULT')
    bpy.context.preferences.active_section = 'ADDONS'
    bpy.context.window_manager.addon_search = "Ada"
    bpy.ops.preferences.addon_expand(module=MODULE)
    for language in ("en_US", "zh_HANS"):
        bpy.context.preferences.view.language = language
        for _ in range(3):
            for window in bpy.context.window_manager.windows:
                for area in window.screen.areas:
                    area.tag_redraw()
            yield 0.3
        snap(Path(values["out"]) / f"preferences_{language}.png")


play(scenario)
