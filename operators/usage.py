"""What our operators took of the memory: measured around every job, and around anything on demand."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import bpy
from bpy.app.translations import pgettext_iface as iface_
from bpy.app.translations import pgettext_rpt as report_
from bpy.props import EnumProperty

from ..ai.card.reading import GIB
from ..ai.card.usage import Meter, Usage
from ..render.registry import registry
from .queue import State, Task, queue

KEPT = 12  # Measurements that stay listed.

records: deque[Usage] = deque(maxlen=KEPT)  # Newest last. Names are untranslated labels of operators.
_meters: dict[int, tuple[Meter, int]] = {}  # Of tasks under way, by number, with what the registry holds.
place: int | str = 0  # The card that is measured.


@contextmanager
def measured(label: str) -> Iterator[None]:
    """Measure what is done meanwhile, and note it."""
    meter = Meter(label, place)
    meter.start()
    try:
        yield
    finally:
        records.append(meter.stop())


def on_task(task: Task) -> None:
    """Measure each job of the queue from its start to its end."""
    if task.state is State.RUNNING and task.number not in _meters:
        meter = Meter(task.label, place)
        meter.start()
        _meters[task.number] = meter, registry.hold("measurement", meter.halt)
    elif task.state not in (State.RUNNING, State.WAITING) and task.number in _meters:
        meter, token = _meters.pop(task.number)
        registry.remove(token)
        records.append(meter.stop())


def describe(usage: Usage) -> str:
    """Before, peak and after on the card, or in main memory where no card tells."""
    on_card = usage.peak is not None
    values = (usage.before, usage.peak, usage.after) if on_card else (usage.ram_before, usage.ram_peak, usage.ram_after)
    if None in values:
        return iface_("n/a")
    text = iface_("VRAM {before:.2f}, peak {peak:.2f}, after {after:.2f} GiB")
    if not on_card:
        text = iface_("RAM {before:.2f}, peak {peak:.2f}, after {after:.2f} GiB")
    before, peak, after = (value / GIB for value in values if value is not None)
    return text.format(before=before, peak=peak, after=after)


_items: list[tuple[str, str, str]] = []  # Blender does not keep the strings of an enumeration alive.


def _list_operators(operator: object, context: bpy.types.Context | None) -> list[tuple[str, str, str]]:
    """All operators of ours that F3 finds, but for this one."""
    _items.clear()
    for name in dir(bpy.ops.ada):
        rna = getattr(bpy.ops.ada, name).get_rna_type()
        cls = getattr(bpy.types, rna.identifier, None)
        if cls is not None and 'INTERNAL' not in getattr(cls, "bl_options", set()) and name != "memory_measure":
            _items.append((name, iface_(rna.name), rna.description))
    _items.sort(key=lambda item: item[1])
    return _items


class ADA_OT_memory_measure(bpy.types.Operator):
    """Run any operator of Ada, and note the memory before it, at its peak and after it"""

    bl_idname = "ada.memory_measure"
    bl_label = "Measure Memory"
    bl_property = "operator"

    operator: EnumProperty(name="Operator", description="What to measure", items=_list_operators)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        context.window_manager.invoke_search_popup(self)
        return {'RUNNING_MODAL'}

    def execute(self, context: bpy.types.Context) -> set[str]:
        run = getattr(bpy.ops.ada, self.operator)
        label = run.get_rna_type().name
        if not run.poll():
            self.report({'ERROR'}, report_("'{name}' cannot run now").format(name=iface_(label)))
            return {'CANCELLED'}
        jobs, count = len(queue.tasks), len(records)
        try:
            with measured(label):
                run('EXEC_DEFAULT' if bpy.app.background else 'INVOKE_DEFAULT')
        except RuntimeError as error:  # What the operator reported.
            self.report({'ERROR'}, str(error).strip())
            return {'CANCELLED'}
        if len(queue.tasks) > jobs:  # It goes on in the queue, which measures it.
            records.pop()
            self.report({'INFO'}, report_("Its memory will stand in the panel Card Memory when it has ended"))
            return {'FINISHED'}
        while len(records) > count + 1:  # A job that ran inside has been measured as well.
            records.pop()
        self.report({'INFO'}, f"{iface_(label)}: {describe(records[-1])}")
        return {'FINISHED'}


class ADA_OT_memory_forget(bpy.types.Operator):
    """Forget what past jobs took of the memory"""

    bl_idname = "ada.memory_forget"
    bl_label = "Clear Memory Records"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        cls.poll_message_set("Nothing has been measured yet")
        return bool(records)

    def execute(self, context: bpy.types.Context) -> set[str]:
        records.clear()
        return {'FINISHED'}


def stop() -> None:
    """End the measurements under way."""
    for number in list(_meters):
        meter, token = _meters.pop(number)
        registry.remove(token)
        meter.stop()


classes = (ADA_OT_memory_measure, ADA_OT_memory_forget)
