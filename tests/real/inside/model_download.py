"""A model downloaded with the mouse from a hub on this computer: refused offline, cancelled, gone on, used."""

from __future__ import annotations

import os
import sys
import time
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
    values,
    wait_for,
)


def scenario() -> Scenario:
    os.environ["HF_ENDPOINT"] = values["hub"]
    queue, state = ext(".operators.queue").queue, ext(".operators.queue").State
    models, panels = ext(".operators.models"), ext(".panels")
    only_show(panels, set())
    shown = open_all(panels.models, "draw_models", panels.models.ADA_PT_models)
    yield from open_sidebar()
    group = bpy.context.window_manager.ada_models
    group.repository = "owner/name"
    system = bpy.context.preferences.system
    system.use_online_access = False
    with in_view():
        try:
            bpy.ops.ada.model_download('INVOKE_DEFAULT')
        except RuntimeError as error:
            found["offline"] = str(error)
    assert not queue.tasks
    system.use_online_access = True
    yield from find_button("bpy.ops.ada.model_download(")
    yield from press('LEFTMOUSE')
    (task,) = queue.tasks
    yield from wait_for(lambda: 0.1 < task.progress.fraction < 0.9, 30, "a part of the file")
    yield from picture(Path(values["out"]) / "model_download.png")
    yield from find_button("bpy.ops.ada.job_cancel(")
    clicked = time.monotonic()
    yield from press('LEFTMOUSE')
    yield from wait_for(lambda: task.state is state.CANCELLED, 10, "the end of the cancelled download")
    found["cancel_seconds"] = round(time.monotonic() - clicked, 2)
    assert not models.shelf().models
    yield from find_button("bpy.ops.ada.model_download(")
    yield from press('LEFTMOUSE')
    task = queue.tasks[-1]
    yield from wait_for(lambda: task.state not in (state.WAITING, state.RUNNING), 60, "the second download")
    assert task.state is state.FINISHED, task.details
    (info,) = models.shelf().models
    found["kind"], found["path"] = info.kind, str(info.path)
    group.show = 'LORA'
    yield from open_sidebar()
    yield from picture(Path(values["out"]) / "model_downloaded.png")
    yield from find_button("bpy.ops.ada.model_use(")
    yield from press('LEFTMOUSE')
    yield 0.3
    found["loras"] = [row.path for row in bpy.context.scene.ada.texture.loras]
    bpy.utils.unregister_class(shown)
    bring_back(panels)


play(scenario)
