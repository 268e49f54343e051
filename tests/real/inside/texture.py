"""Textures used with the mouse: Generate clicked in both sidebars, the preview in the Image Editor, undo and redo."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
import bpy
from stage import (
    Scenario,
    ext,
    find_button,
    found,
    move_into_view,
    open_sidebar,
    picture,
    play,
    press,
    redraw,
    values,
    view,
    wait_for,
    window,
)


def split() -> Scenario:
    """An Image Editor with its sidebar beside the 3D View."""
    area, _ = view()
    with bpy.context.temp_override(window=window(), area=area):
        bpy.ops.screen.area_split(direction='VERTICAL', factor=0.5)
    yield from redraw()
    views = [area for area in window().screen.areas if area.type == 'VIEW_3D']
    editor = min(views, key=lambda area: area.x)
    editor.type = 'IMAGE_EDITOR'
    editor.spaces.active.show_region_ui = True
    yield from redraw()
    region = next(region for region in editor.regions if region.type == 'UI')
    yield from wait_for(lambda: region.active_panel_category != 'UNSUPPORTED', 20, "the Image Editor's tabs")
    region.active_panel_category = "Ada"
    yield from redraw()


def names() -> set[str]:
    return {image.name for image in bpy.data.images if "ada_texture" in image}


def scenario() -> Scenario:
    module = ext(".operators.queue")
    queue, state = module.queue, module.State
    registry = ext(".render.registry").registry
    out = Path(values["out"])
    yield from split()
    settings, output = bpy.context.scene.ada.texture, bpy.context.scene.ada.texture_output
    settings.prompt, settings.width, settings.height, settings.steps = "red brick wall, gray mortar", 256, 256, 60
    output.material = True
    bpy.data.objects["Cube"].select_set(True)
    bpy.ops.ed.undo_push(message="Settings")
    yield from open_sidebar()
    yield from picture(out / "texture_first_look.png")

    yield from find_button("bpy.ops.ada.texture_generate(")
    yield from press('LEFTMOUSE')
    assert [task.label for task in queue.tasks] == ["Generate Texture"]
    task = queue.tasks[0]
    previews = 0
    while task.state in (state.WAITING, state.RUNNING):
        assert not names(), "something was written before the end"
        if task.preview is not None and registry.counts().get("draw handler") and not previews:
            yield from picture(out / "texture_preview.png")
            previews += 1
        yield 0.05
    assert task.state is state.FINISHED, f"{task.state}: {task.error}\n{task.details}"
    found["previews"] = previews
    assert not registry.counts().get("draw handler"), "the preview is still drawn"
    (name,) = names()
    assert name == task.outcome
    cube = bpy.data.objects["Cube"]
    found["material"] = cube.active_material.name
    editor = next(area for area in window().screen.areas if area.type == 'IMAGE_EDITOR')
    found["shown"] = editor.spaces.active.image.name
    view()[0].spaces.active.shading.type = 'MATERIAL'
    yield 2.0
    yield from picture(out / "texture_finished.png")

    yield from move_into_view()
    yield from press('Z', ctrl=True)
    yield 0.3
    assert not names(), "undo did not take the image away in one step"
    assert bpy.data.objects["Cube"].active_material.name != found["material"]
    yield from press('Z', ctrl=True, shift=True)
    yield 0.3
    assert names() == {name}, "redo did not bring the image back"
    assert bpy.data.images[name].packed_file is not None

    bpy.context.scene.ada.texture.steps = 1000
    yield from find_button("bpy.ops.ada.texture_generate(")
    yield from press('LEFTMOUSE')
    task = queue.tasks[-1]
    yield from wait_for(lambda: task.progress.metrics, 60, "the second job")
    queue.cancel(task)
    yield from wait_for(lambda: task.state is state.CANCELLED, 10, "the cancelled job's end")
    assert names() == {name}
    assert not registry.counts().get("thread")
    for view_ in [bpy.context.preferences.view]:
        view_.language = "zh_HANS"
        yield from open_sidebar()
        yield from picture(out / "texture_zh_HANS.png")
        view_.language = "en_US"


if __name__ == "__main__":
    play(scenario)
