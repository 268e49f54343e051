"""The Render panel used with the mouse: a profile applied, a scene tuned, everything restored, a frame rendered."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
import bpy
from stage import Scenario, ext, find_button, found, open_sidebar, picture, play, press, redraw, values, wait_for

OUT = Path(values["out"])


def show_only_render() -> None:
    """Close all other panels of the sidebar, open those of the Render panel."""
    classes = [cls for cls in ext(".panels").classes if issubclass(cls, bpy.types.Panel)]
    for cls in reversed(classes):
        bpy.utils.unregister_class(cls)
    for cls in classes:
        wanted = cls.__name__.startswith("ADA_PT_render")
        cls.bl_options = set(getattr(cls, "bl_options", set())) - {'DEFAULT_CLOSED'} | (
            set() if wanted or 'HIDE_HEADER' in getattr(cls, "bl_options", set()) else {'DEFAULT_CLOSED'}
        )
        bpy.utils.register_class(cls)


def everything(scene: bpy.types.Scene) -> dict[str, object]:
    owner = scene.cycles
    props = (prop.identifier for prop in owner.bl_rna.properties if prop.type in {'BOOLEAN', 'INT', 'FLOAT', 'ENUM'})
    return {name: getattr(owner, name) for name in props if not owner.bl_rna.properties[name].is_readonly}


def pictures(name: str) -> Scenario:
    view = bpy.context.preferences.view
    for language in ("zh_HANS", "en_US"):
        view.language = language
        yield from open_sidebar()
        yield from picture(OUT / f"{name}_{language}.png")


def scenario() -> Scenario:
    queue, state = ext(".operators.queue").queue, ext(".operators.queue").State
    show_only_render()
    scene = bpy.context.scene
    scene.render.engine = 'CYCLES'
    scene.render.resolution_x, scene.render.resolution_y = 96, 72
    scene.cycles.samples = 300
    scene.render.threads_mode, scene.render.threads = 'FIXED', 1
    scene.ada.render.profile, scene.ada.render.folder = 'PREVIEW', values["frames"]
    before = everything(scene)
    yield from pictures("render_profile")

    yield from find_button("bpy.ops.ada.render_profile_apply(")
    yield from press('LEFTMOUSE')
    yield from wait_for(lambda: scene.cycles.samples == 128, 10, "the profile")
    yield from redraw()

    yield from find_button("bpy.ops.ada.render_tune(")
    yield from press('LEFTMOUSE')
    yield from wait_for(lambda: queue.tasks, 20, "the tuning's start")
    task = queue.tasks[-1]
    yield from wait_for(lambda: task.state not in (state.WAITING, state.RUNNING), 200, "the tuning's end")
    assert task.state is state.FINISHED, f"{task.error}\n{task.details}"
    found["outcome"] = task.outcome
    found["tuned"] = everything(scene) != before
    yield from pictures("render_tuned")

    yield from find_button("bpy.ops.ada.render_restore(")
    yield from press('LEFTMOUSE')
    yield from wait_for(lambda: not scene.ada.render_before, 10, "the restored settings")
    found["restored"] = everything(scene) == before
    scene.render.engine = 'ADA_REALTIME'
    yield from pictures("render_realtime")

    yield from find_button("bpy.ops.ada.frames_render(")
    yield from press('LEFTMOUSE')
    yield from wait_for(lambda: len(queue.tasks) > 1, 20, "the start of rendering")
    task = queue.tasks[-1]
    yield from wait_for(lambda: task.state not in (state.WAITING, state.RUNNING), 100, "the frame")
    assert task.state is state.FINISHED, f"{task.error}\n{task.details}"
    found["files"] = sorted(path.name for path in Path(values["frames"]).iterdir())


play(scenario)
