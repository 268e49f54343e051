"""Panels with all their sub-panels open, alone in the sidebar."""

from __future__ import annotations

from typing import Any

import bpy


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


def open_all(module: Any, draw: str, panel: type) -> type:
    """Register and return a copy of a panel with everything open; `draw` is the function that draws it."""
    own = getattr(module, draw)
    setattr(module, draw, lambda layout, context: own(Opened(layout), context))
    parts = {"bl_label": panel.bl_label, "draw": panel.draw}
    shown = type(f"{panel.__name__}_opened", panel.__bases__, parts)
    bpy.utils.register_class(shown)
    return shown


def only_show(panels: Any, names: set[str]) -> None:
    """Take all other panels of the 3D View's sidebar away, and bring these back."""
    for cls in panels.classes:
        if not issubclass(cls, bpy.types.Panel) or cls.bl_space_type != 'VIEW_3D':
            continue
        if cls.is_registered and cls.__name__ not in names:
            bpy.utils.unregister_class(cls)
        elif not cls.is_registered and cls.__name__ in names:
            bpy.utils.register_class(cls)


def bring_back(panels: Any) -> None:
    """All as the extension expects it when it is switched off."""
    for cls in panels.classes:
        if not cls.is_registered:
            bpy.utils.register_class(cls)
