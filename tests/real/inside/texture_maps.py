"""PBR maps and Make Seamless with the mouse: from the sub-panels of the Texture panel to a worn material."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
import bpy
import numpy as np
from opened import bring_back, only_show
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


def panel_of_parts() -> type:
    """A panel that holds the two sub-panels alone: the others would push them off the screen."""
    own, texture = ext(".panels.texture_maps"), ext(".panels.texture")

    def draw(self: bpy.types.Panel, context: bpy.types.Context) -> None:
        self.layout.use_property_split, self.layout.use_property_decorate = True, False
        for part in (own.draw_maps, own.draw_repair):
            part(self.layout.box(), context)

    shown = type("ADA_PT_maps_alone", texture.ADA_PT_texture.__bases__, {"bl_label": "Texture", "draw": draw})
    bpy.utils.register_class(shown)
    return shown


def click(command: str) -> Scenario:
    """Press a button of the sidebar and wait for the end of its job."""
    module = ext(".operators.queue")
    yield from find_button(command)
    yield from press('LEFTMOUSE')
    task = module.queue.tasks[-1]
    ended = (module.State.WAITING, module.State.RUNNING)
    yield from wait_for(lambda: task.state not in ended, 120, command)
    assert task.state is module.State.FINISHED, f"{task.error}\n{task.details}"
    found[command] = task.outcome


def scenario() -> Scenario:
    out, preferences = Path(values["out"]), bpy.context.preferences.view
    bpy.data.objects["Cube"].select_set(True)
    bpy.context.view_layer.objects.active = bpy.data.objects["Cube"]
    draw, light, recipe = (ext(f".ai.procedural.{name}") for name in ("draw", "light", "recipe"))
    wall = light.light(draw.draw(recipe.Recipe("cobblestone", seed=4), 256))
    ext(".render.textures").add_image("wall", np.ascontiguousarray(wall[:, :200]))  # Cut: it does not repeat along x.
    area, _ = view()
    with bpy.context.temp_override(window=window(), area=area):
        bpy.ops.screen.screen_full_area(use_hide_panels=True)
    yield from redraw()
    panels = ext(".panels")
    only_show(panels, set())
    shown = panel_of_parts()
    bpy.context.scene.ada.texture_output.mapping = 'UV'
    bpy.ops.ada.texture_seam(image="wall")
    for language in ("zh_HANS", "en_US"):
        preferences.language = language
        yield from open_sidebar()
        yield from picture(out / f"texture_maps_{language}.png")
    yield from click("bpy.ops.ada.texture_maps(")
    found["worn"] = sorted(
        node.image.name for node in bpy.data.objects["Cube"].active_material.node_tree.nodes if node.type == 'TEX_IMAGE'
    )
    view()[0].spaces.active.shading.type = 'MATERIAL'
    yield 2.0
    yield from picture(out / "texture_maps_worn.png")
    view()[0].spaces.active.shading.type = 'SOLID'
    yield from click("bpy.ops.ada.texture_repair(")
    bpy.utils.unregister_class(shown)
    bring_back(panels)


play(scenario)
