"""A reconstruction looked at and changed while it runs: novel views over the viewport, a crop box that is moved."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
import bpy
import numpy as np
from mathutils import Euler
from stage import Scenario, ext, found, in_view, open_sidebar, picture, play, redraw, values, view, wait_for


def open_panels() -> None:
    """Open what belongs to Reconstruct. Panels remember nothing yet in a new profile."""
    classes = (*ext(".panels.reconstruct").classes, *ext(".panels.cameras").classes)
    for cls in reversed(classes):
        bpy.utils.unregister_class(cls)
    for cls in classes:
        options = set(getattr(cls, "bl_options", set()))
        cls.bl_options = options | {'DEFAULT_CLOSED'} if "capture" in cls.__name__ else options - {'DEFAULT_CLOSED'}
        bpy.utils.register_class(cls)


def scenario() -> Scenario:
    queue, state = ext(".operators.queue").queue, ext(".operators.queue").State
    novel = ext(".ai.nerf.live").NovelView
    out = Path(values["out"])
    bpy.ops.object.select_all(action='SELECT')
    bpy.ops.object.delete()
    area, _ = view()
    shown = area.spaces.active.region_3d
    shown.view_perspective, shown.view_distance = 'PERSP', 6.0
    shown.view_location, shown.view_rotation = (0, 0, 0), Euler((1.1, 0, 0.6)).to_quaternion()
    open_panels()
    yield from open_sidebar()
    settings = bpy.context.scene.ada.reconstruct
    settings.path, settings.steps, settings.texture, settings.preview = values["dataset"], 100_000, False, 'VIEW'
    settings.coarse_resolution, settings.resolution, settings.levels, settings.rays = 24, 48, 2, 512
    bpy.ops.ada.reconstruct_start('INVOKE_DEFAULT')
    (task,) = queue.tasks

    def error() -> str:
        return f"{task.state}: {task.error} {task.details}"

    def ended() -> bool:
        return task.state not in (state.WAITING, state.RUNNING)

    def is_seen() -> bool:
        return isinstance(task.preview, novel) and task.preview.rgba[..., 3].max() > 0.9

    yield from wait_for(lambda: ended() or is_seen(), 200, "something in the view")
    assert not ended(), error()
    yield from picture(out / "novel_view.png")
    found["covered"] = float((task.preview.rgba[..., 3] > 0.5).mean())
    with in_view():
        bpy.ops.view3d.view_axis(type='TOP')
        bpy.ops.view3d.view_persportho()
    before = task.preview
    yield from wait_for(lambda: task.preview is not before, 120, "the next view")
    yield 1.0
    yield from redraw()

    settings.preview = 'SURFACE'
    assert bpy.ops.ada.crop_box_add() == {'FINISHED'}
    box = settings.crop_object
    found["box"] = [list(box.matrix_world.translation), [2 * side for side in box.scale]]
    shown.view_rotation, shown.view_perspective = Euler((1.1, 0, 0.6)).to_quaternion(), 'PERSP'
    box.location.z += box.scale.z
    bpy.context.view_layer.update()

    def is_cut() -> bool:
        return hasattr(task.preview, "vertices") and task.preview.vertices[:, 2].min() > -0.2

    yield from wait_for(lambda: ended() or is_cut(), 200, "the cut surface")
    assert not ended(), error()
    found["lowest"] = float(np.min(task.preview.vertices[:, 2]))
    preferences = bpy.context.preferences.view
    for preferences.language in ("zh_HANS", "en_US"):
        yield from open_sidebar()
        yield from picture(out / f"crop_while_running_{preferences.language}.png")
    queue.cancel_all()
    yield from wait_for(lambda: task.state is state.CANCELLED, 20, "the end of the job")
    assert not ext(".render.registry").registry.counts().get("draw handler")


play(scenario)
