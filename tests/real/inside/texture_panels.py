"""Pictures of the Texture and Models panels, closed as they first come and with all sub-panels open."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
import bpy
from opened import bring_back, only_show, open_all
from stage import (
    Scenario,
    ext,
    find_button,
    found,
    in_view,
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


def scenario() -> Scenario:
    out = Path(values["out"])
    settings = bpy.context.scene.ada.texture
    preferences = bpy.context.preferences.view
    area, _ = view()
    with bpy.context.temp_override(window=window(), area=area):
        bpy.ops.screen.screen_full_area(use_hide_panels=True)
    yield from redraw()
    yield from open_sidebar()
    models = ext(".operators.models")
    panels = ext(".panels")
    only_show(panels, {"ADA_PT_texture", "ADA_PT_models"})  # The others would push them off the screen.
    for language in ("zh_HANS", "en_US"):
        preferences.language = language
        yield from open_sidebar()
        yield from picture(out / f"texture_closed_{language}.png")
    yield from find_button("bpy.ops.ada.texture_generate(")  # One click, nothing written: it makes an example.
    yield from press('LEFTMOUSE')
    queue = ext(".operators.queue")
    (task,) = queue.queue.tasks
    yield from wait_for(lambda: task.state not in (queue.State.WAITING, queue.State.RUNNING), 120, "the first texture")
    assert task.state is queue.State.FINISHED, task.details
    assert settings.prompt
    found["first"] = task.outcome
    with in_view():
        bpy.ops.ada.texture_use(image=task.outcome)  # The second one puts it on the cube.
    yield 0.5
    found["worn"] = [node.image.name for node in bpy.data.objects["Cube"].active_material.node_tree.nodes
                     if node.type == 'TEX_IMAGE']  # fmt: skip
    view()[0].spaces.active.shading.type = 'MATERIAL'
    yield 2.0
    yield from picture(out / "texture_two_clicks.png")
    view()[0].spaces.active.shading.type = 'SOLID'
    models.shelf().folders = [Path(values["models"])]
    bpy.ops.ada.models_scan()
    found["models"] = [info.name for info in models.shelf().models]
    for info in models.shelf().models:
        if info.name in values["used"]:
            bpy.ops.ada.model_use(path=str(info.path))
    settings.prompt, settings.steps = "{red|blue} brick wall, moss", 20
    for name, draw in (("texture", "draw_texture"), ("models", "draw_models")):
        module = ext(f".panels.{name}")
        only_show(panels, set())
        shown = open_all(module, draw, getattr(module, f"ADA_PT_{name}"))
        for language in ("zh_HANS", "en_US"):
            preferences.language = language
            yield from open_sidebar()
            yield from picture(out / f"{name}_open_{language}.png")
        bpy.utils.unregister_class(shown)
    bring_back(panels)


play(scenario)
