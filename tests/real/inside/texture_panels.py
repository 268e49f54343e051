"""Pictures of the Texture and Models panels, closed as they first come and with all sub-panels open."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent))
import bpy
from stage import (
    Scenario,
    ext,
    find_button,
    found,
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


class Opened:
    """A layout whose sub-panels are open at first; everything else is the layout's own."""

    def __init__(self, layout: Any) -> None:
        object.__setattr__(self, "own", layout)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.own, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.own, name, value)

    def panel(self, idname: str, **_: Any) -> Any:
        return self.own.panel(f"{idname}_opened", default_closed=False)


def open_all(module: Any, name: str) -> None:
    own = getattr(module, name)
    setattr(module, name, lambda layout, context: own(Opened(layout), context))


def only_show(panels: Any, names: set[str]) -> None:
    """Take all other panels of the 3D View's sidebar away, and bring these back."""
    for cls in panels.classes:
        if not issubclass(cls, bpy.types.Panel) or cls.bl_space_type != 'VIEW_3D':
            continue
        if cls.is_registered and cls.__name__ not in names:
            bpy.utils.unregister_class(cls)
        elif not cls.is_registered and cls.__name__ in names:
            bpy.utils.register_class(cls)


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
    yield from find_button("bpy.ops.ada.texture_use(")  # The second click puts it on the cube.
    yield from press('LEFTMOUSE')
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
        open_all(module, draw)
        own = getattr(module, f"ADA_PT_{name}")
        parts = {"bl_label": own.bl_label, "draw": own.draw}
        shown = type(f"ADA_PT_{name}_opened", (*own.__bases__,), parts)
        bpy.utils.register_class(shown)
        for language in ("zh_HANS", "en_US"):
            preferences.language = language
            yield from open_sidebar()
            yield from picture(out / f"{name}_open_{language}.png")
        bpy.utils.unregister_class(shown)
    for cls in panels.classes:  # All as the extension expects it when it is switched off.
        if not cls.is_registered:
            bpy.utils.register_class(cls)


play(scenario)
