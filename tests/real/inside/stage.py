"""Plays a scenario inside Blender: a generator that yields how many seconds Blender shall go on by itself.

`values` came from the test; what the scenario writes into `found` goes back to it. After the scenario Blender is quit
the way a user quits it, with the extension enabled.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np

MODULE = "bl_ext.user_default.ada_forge"
folder = Path(sys.argv[sys.argv.index("--") + 1])
values: dict[str, Any] = json.loads((folder / "values.json").read_text(encoding="utf-8"))
found: dict[str, Any] = {}
mouse = [400, 400]

Scenario = Iterator[float]


def ext(name: str = "") -> Any:
    """A module of the enabled extension."""
    return importlib.import_module(MODULE + name)


def play(scenario: Callable[[], Scenario], quit_after: bool = True) -> None:
    """Run the scenario once the window has been drawn."""
    steps = scenario()

    def step() -> float | None:
        try:
            return next(steps)
        except StopIteration:
            found["ended"] = True
            _write()
            if quit_after:
                bpy.ops.wm.quit_blender()
        except BaseException:
            found["error"] = traceback.format_exc()
            _write()
            os._exit(8)
        return None

    bpy.app.timers.register(step, first_interval=0.5, persistent=True)


def _write() -> None:
    part = folder / "found.json.part"
    part.write_text(json.dumps(found, default=str), encoding="utf-8")
    os.replace(part, folder / "found.json")


def window() -> bpy.types.Window:
    return bpy.context.window_manager.windows[0]


def view() -> tuple[bpy.types.Area, bpy.types.Region]:
    """The 3D View and its main region."""
    area = next(area for area in window().screen.areas if area.type == 'VIEW_3D')
    return area, next(region for region in area.regions if region.type == 'WINDOW')


def in_view() -> Any:
    """A context override for operators that want the 3D View."""
    area, region = view()
    return bpy.context.temp_override(window=window(), area=area, region=region)


def wait_for(condition: Callable[[], object], seconds: float, what: str) -> Scenario:
    """Let Blender go on until the condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds:.0f} s in vain for {what}"
        yield 0.05


def redraw(times: int = 2) -> Scenario:
    """Let all regions be drawn again."""
    for _ in range(times):
        for area in window().screen.areas:
            area.tag_redraw()
        yield 0.15


def open_sidebar(tab: str = "Ada", width: int = 0) -> Scenario:
    """Show the sidebar of the 3D View with this tab in front."""
    area, _ = view()
    area.spaces.active.show_region_ui = True
    region = next(region for region in area.regions if region.type == 'UI')
    yield from redraw()
    yield from wait_for(lambda: region.active_panel_category != 'UNSUPPORTED', 20, "the sidebar's tabs")
    region.active_panel_category = tab
    yield from redraw()
    assert region.active_panel_category == tab


def picture(path: Path) -> Scenario:
    """Write what the screen shows. (`screen.screenshot` reads a buffer that a software renderer leaves black.)"""
    yield from redraw()
    snap(path)


def snap(path: Path) -> None:
    """The screen as it is at this moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["import", "-window", "root", str(path)], check=True, timeout=30)
    image = bpy.data.images.load(str(path))
    pixels = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    assert pixels.reshape(-1, 4)[:, :3].std() > 0.02, f"{path.name} shows nothing"


def event(kind: str, value: str, **more: Any) -> None:
    window().event_simulate(type=kind, value=value, x=mouse[0], y=mouse[1], **more)


def move(x: int, y: int, wait: float = 0.1) -> Scenario:
    mouse[:] = x, y
    event('MOUSEMOVE', 'NOTHING')
    yield wait


def press(kind: str, **modifiers: bool) -> Scenario:
    """Press and release a key or mouse button."""
    event(kind, 'PRESS', **modifiers)
    yield 0.05
    event(kind, 'RELEASE', **modifiers)
    yield 0.1


KEYS = {" ": 'SPACE', "-": 'MINUS', ".": 'PERIOD', ",": 'COMMA', "/": 'SLASH', "'": 'QUOTE', "3": 'THREE'}


def type_text(text: str) -> Scenario:
    for letter in text:
        kind = letter.upper() if letter.isascii() and letter.isalpha() else KEYS[letter]
        event(kind, 'PRESS', unicode=letter)
        yield 0.02
        event(kind, 'RELEASE')
        yield 0.02


def move_into_view() -> Scenario:
    _, region = view()
    yield from move(region.x + region.width // 3, region.y + region.height // 2)


def find_button(command: str) -> Scenario:
    """Move the mouse over the button of the sidebar that runs this Python command."""
    area, _ = view()
    region = next(region for region in area.regions if region.type == 'UI')
    manager = bpy.context.window_manager

    def is_under_mouse() -> bool:
        with bpy.context.temp_override(window=window(), area=area, region=region):
            if not bpy.ops.ui.copy_python_command_button.poll():
                return False
            manager.clipboard = ""
            bpy.ops.ui.copy_python_command_button()
        return manager.clipboard.startswith(command)

    passed: list[tuple[int, int]] = []
    for y in range(region.y + region.height - 40, region.y + 10, -9):
        for x in (region.x + region.width // 4, region.x + region.width // 2, region.x + region.width - 40):
            passed.append((x, y))
            yield from move(x, y, 0.02)
            if is_under_mouse():
                for place in reversed(passed[-6:]):  # What is under the mouse lags behind it.
                    yield from move(*place, 0.3)
                    if is_under_mouse():
                        return
    raise AssertionError(f"the sidebar has no button for {command}")
