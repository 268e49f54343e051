"""A minute of random actions in the window; then nothing of the extension is left."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[2]))
import bpy
from random_sequence import Restless
from stage import MODULE, Scenario, ext, folder, found, open_sidebar, play, redraw, values, wait_for


def scenario() -> Scenario:
    yield from open_sidebar()
    user = Restless(MODULE, Path(values["dataset"]), folder, values["seed"])
    end = time.monotonic() + values["seconds"]
    steps = []
    actions = user.actions()
    while time.monotonic() < end:
        steps.append(next(actions))
        found["steps"] = steps[-40:]
        yield user.pause()
    found["done"], found["jobs"], found["count"] = dict(user.done), dict(user.jobs), len(steps)
    user.end()
    yield from redraw()
    registry = ext(".render.registry").registry
    found["registry"] = registry.counts()
    found["threads"] = [thread.name for thread in threading.enumerate() if thread.name.startswith("ada")]
    found["handlers"] = [
        f"{name}: {one.__module__}"
        for name in dir(bpy.app.handlers)
        if isinstance(handlers := getattr(bpy.app.handlers, name), list)
        for one in handlers
        if "ada_forge" in one.__module__
    ]
    yield from wait_for(lambda: not hasattr(bpy.types, "ADA_OT_reconstruct_start"), 2, "the classes to go")


play(scenario)
