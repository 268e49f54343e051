"""The procedural engine used with the mouse: pictures to choose from, a description typed, Generate clicked."""

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
    move,
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
from texture import split


def scenario() -> Scenario:
    module = ext(".operators.queue")
    icons = ext(".operators.recipe_icons")._icons
    registry = ext(".render.registry").registry
    out = Path(values["out"])
    yield from split()
    store = bpy.context.scene.ada
    store.texture.engine, store.texture.width, store.texture.height, store.texture.seed = 'PROCEDURAL', 512, 512, 5
    store.texture_output.maps = store.texture_output.material = True
    bpy.data.objects["Cube"].select_set(True)
    yield from open_sidebar()
    yield from wait_for(lambda: icons.pictures is not None and not icons.waiting, 120, "the materials' pictures")
    assert not registry.counts().get("timer"), "the timer goes on with nothing to draw"
    found["pictures"] = len(icons.pictures)
    yield from picture(out / "recipe_first_look.png")

    editor = next(area for area in window().screen.areas if area.type == 'IMAGE_EDITOR')
    region = next(region for region in editor.regions if region.type == 'UI')
    yield from move(region.x + region.width // 2, region.y + region.height - 160, 0.3)
    yield from press('LEFTMOUSE')
    yield 1.0
    yield from picture(out / "recipe_choice.png")
    yield from press('ESC')

    bpy.context.scene.ada.recipe.words = "old red bricks with moss"
    yield from redraw()
    yield from wait_for(lambda: not icons.waiting, 60, "the picture of the description")
    yield from picture(out / "recipe_described.png")
    store = bpy.context.scene.ada
    found["recipe"] = [store.recipe.kind, store.recipe.color, store.recipe.wear]

    yield from find_button("bpy.ops.ada.texture_generate(")
    yield from press('LEFTMOUSE')
    task = module.queue.tasks[0]
    yield from wait_for(lambda: task.state not in (module.State.WAITING, module.State.RUNNING), 120, "the texture")
    assert task.state is module.State.FINISHED, f"{task.error}\n{task.details}"
    found["images"] = sorted(image.name for image in bpy.data.images if image.packed_file)
    view()[0].spaces.active.shading.type = 'MATERIAL'
    yield 3.0
    yield from picture(out / "recipe_finished.png")
    bpy.context.preferences.view.language = "zh_HANS"
    yield from open_sidebar()
    yield from picture(out / "recipe_zh_HANS.png")
    bpy.context.preferences.view.language = "en_US"


if __name__ == "__main__":
    play(scenario)
