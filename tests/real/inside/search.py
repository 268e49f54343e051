"""F3 for every operator: its name is typed, Enter is pressed, and it is this operator that runs."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
import bpy
from stage import Scenario, ext, found, move_into_view, picture, play, press, snap, type_text, values


def public_operators() -> list[type[bpy.types.Operator]]:
    """All registered operators of the extension that are meant to be found."""
    classes = [cls for name in dir(bpy.types) if name.startswith("ADA_OT_") for cls in [getattr(bpy.types, name)]]
    package = ext().__name__
    registered = {
        cls
        for name, module in sys.modules.items()
        if name.startswith(package + ".operators")
        for _, cls in inspect.getmembers(module, inspect.isclass)
        if issubclass(cls, bpy.types.Operator) and cls.is_registered
    }
    assert {cls.__name__ for cls in registered} == {cls.__name__ for cls in classes}
    return sorted(
        (cls for cls in registered if 'INTERNAL' not in getattr(cls, "bl_options", ())), key=lambda cls: cls.bl_idname
    )


def scenario() -> Scenario:
    ran: list[str] = []

    def record(self, context, *event):
        ran.append(type(self).bl_idname)
        return {'FINISHED'}

    operators = public_operators()
    # They are only to be found here: what they do, and when they can, is tested elsewhere.
    for cls in operators:
        for name in ("invoke", "execute"):
            if hasattr(cls, name):
                setattr(cls, name, record)
        if hasattr(cls, "poll"):
            cls.poll = classmethod(lambda cls, context: True)
    found["operators"] = {}
    for i, cls in enumerate(operators):
        ran.clear()
        yield from move_into_view()
        yield from press('F3')
        yield 0.2
        yield from type_text(cls.bl_label)
        yield 0.3
        if i == 0:
            snap(Path(values["out"]) / "search.png")
        yield from press('RET')
        yield 0.2
        found["operators"][cls.bl_idname] = list(ran)
        if not ran:
            yield from press('ESC')
            yield from press('ESC')
    yield from picture(Path(values["out"]) / "after_search.png")


play(scenario)
