"""Plays a scenario inside Blender: a generator that yields how many seconds Blender shall go on by itself.

`values` came from the test; what the scenario writes into `found` goes back to it. After the scenario Blender is quit
the way a user quits it, with the extension enabled.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy

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
    """Write what the window shows."""
    yield from redraw()
    path.parent.mkdir(parents=True, exist_ok=True)
    with bpy.context.temp_override(window=window()):
        bpy.ops.screen.screenshot(filepath=str(path))
    assert path.stat().st_size > 10_000, f"{path.name} is empty"


def event(kind: str, value: str, **more: Any) -> None:
    window().event_simulate(type=kind, value=value, x=mouse[0], y=mouse[1], **more)


def move(x: int, y: int) -> Scenario:
    mouse[:] = x, y
    event('MOUSEMOVE', 'NOTHING')
    yield 0.1


def press(kind: str, **modifiers: bool) -> Scenario:
    """Press and release a key or mouse button."""
    event(kind, 'PRESS', **modifiers)
    yield 0.05
    event(kind, 'RELEASE', **modifiers)
    yield 0.1


KEYS = {" ": 'SPACE', "-": 'MINUS', ".": 'PERIOD', ",": 'COMMA', "/": 'SLASH'}


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
    for y in range(region.y + region.height - 40, region.y + 10, -9):
        for x in (region.x + region.width // 2, region.x + region.width - 40):
            mouse[:] = x, y
            event('MOUSEMOVE', 'NOTHING')
            yield 0.02
            with bpy.context.temp_override(window=window(), area=area, region=region):
                if not bpy.ops.ui.copy_python_command_button.poll():
                    continue
                manager.clipboard = ""
                bpy.ops.ui.copy_python_command_button()
            if manager.clipboard.startswith(command):
                yield 0.1
                return
    raise AssertionError(f"the sidebar has no button for {command}")
