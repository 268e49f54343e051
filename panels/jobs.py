"""The queue: what runs, waits, has finished or failed."""

from __future__ import annotations

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..ai.errors import AdaError
from ..operators.job import translated
from ..operators.queue import State, Task, queue
from .sidebar import Sidebar

SHOWN = 6  # Sentences about the last run.
ICONS = {
    State.WAITING: 'TIME',
    State.RUNNING: 'PLAY',
    State.FINISHED: 'CHECKMARK',
    State.FAILED: 'ERROR',
    State.CANCELLED: 'X',
}

CLOSING = ",.;:!?)%,。;:!?、)》”’"


def duration(seconds: float) -> str:
    """Seconds as 4 s, 1:05 or 1:02:03."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def draw_lines(
    layout: bpy.types.UILayout, text: str, context: bpy.types.Context, icon: str = 'NONE', room: int = 0
) -> None:
    """A sentence, broken to the width of the sidebar or to `room` letters. Wide (Chinese) characters count twice."""
    room = room or max(16, int(context.region.width / (7.5 * context.preferences.system.ui_scale)) - 6)
    column = layout.column(align=True)
    column.scale_y = 0.8
    line, used = "", 0
    for word in _words(text):
        width = sum(2 if ord(letter) > 0x2E7F else 1 for letter in word)
        if used + width > room and line:
            column.label(text=line, icon=icon, translate=False)
            line, used, icon = "", 0, 'BLANK1' if icon != 'NONE' else 'NONE'
        line, used = line + word, used + width
    column.label(text=line, icon=icon, translate=False)


def _words(text: str) -> list[str]:
    """Pieces between which a line may break: after a space, and around each wide character; no line begins with a
    mark that closes.
    """
    pieces = [""]
    for letter in text:
        if letter in CLOSING and len(pieces) > 1 and not pieces[-1]:
            pieces.pop()
        elif ord(letter) > 0x2E7F and pieces[-1]:
            pieces.append("")
        pieces[-1] += letter
        if letter == " " or ord(letter) > 0x2E7F:
            pieces.append("")
    return pieces


def draw_notes(layout: bpy.types.UILayout, notes: list[AdaError], context: bpy.types.Context) -> None:
    """What the last run left out or found weak."""
    if notes:
        box = layout.box()
        for note in notes[:SHOWN]:
            draw_lines(box, translated(note), context, icon='INFO')
        if len(notes) > SHOWN:
            draw_lines(box, iface_("and {count} more").format(count=len(notes) - SHOWN), context)


def draw_running(layout: bpy.types.UILayout, task: Task, context: bpy.types.Context) -> None:
    """The bar with its sentence, figures and Cancel."""
    progress = task.progress
    column = layout.column(align=True)
    row = column.row(align=True)
    text = iface_("Cancelling") if task.stopping else translated(progress)
    row.progress(factor=progress.fraction, text=text, translate=False)
    row.operator("ada.job_cancel", text="", icon='X').number = task.number
    figures = [f"{iface_(name)} {value:.3g}" for name, value in progress.metrics.items()]
    if progress.seconds_left is not None:
        figures.append(iface_("{time} left").format(time=duration(progress.seconds_left)))
    unbroken = [figure.replace(" ", "\N{NO-BREAK SPACE}") for figure in figures]
    draw_lines(column, "   ".join(unbroken) or duration(task.seconds), context)


def draw_ended(layout: bpy.types.UILayout, task: Task, context: bpy.types.Context) -> None:
    row = layout.row(align=True)
    outcome = f": {task.outcome}" if task.outcome else ""
    row.label(text=iface_(task.label) + outcome, icon=ICONS[task.state], translate=False)
    side = row.row(align=True)
    side.alignment = 'RIGHT'
    side.label(text=f"{iface_(task.state.value)}, {duration(task.seconds)}", translate=False)
    if task.error is not None:
        draw_lines(layout, translated(task.error), context)
        layout.operator("ada.job_copy_details", icon='COPYDOWN').number = task.number


class ADA_PT_jobs(Sidebar, bpy.types.Panel):
    bl_label = "Jobs"
    bl_order = 90

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        if not queue.tasks:
            layout.label(text="No jobs yet")
            return
        for task in queue.tasks:
            if task.state is State.RUNNING:
                layout.label(text=iface_(task.label), icon=ICONS[task.state], translate=False)
                draw_running(layout, task, context)
            elif task.state is State.WAITING:
                row = layout.row(align=True)
                row.label(text=iface_(task.label), icon=ICONS[task.state], translate=False)
                row.operator("ada.job_cancel", text="", icon='X').number = task.number
            else:
                draw_ended(layout, task, context)
        row = layout.row(align=True)
        if queue.running or queue.waiting:
            row.operator("ada.job_cancel_all", text="Cancel All", icon='CANCEL')
        if any(task.state not in (State.RUNNING, State.WAITING) for task in queue.tasks):
            row.operator("ada.job_clear", text="Clear", icon='TRASH')


classes = (ADA_PT_jobs,)
