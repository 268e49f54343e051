"""The doctor's report in the sidebar."""

from __future__ import annotations

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..ai.setup.packages import missing_packages
from ..ai.setup.report import Row
from ..operators import doctor
from .jobs import draw_lines
from .sidebar import Sidebar

ICONS = {'OK': 'CHECKMARK', 'INFO': 'INFO', 'WARNING': 'ERROR', 'ERROR': 'CANCEL'}
URGENCY = {'ERROR': 0, 'WARNING': 1}  # What needs something done stands first.


def draw_missing(layout: bpy.types.UILayout, context: bpy.types.Context) -> bool:
    """Say what to do where a required package is missing; return whether one is."""
    names = ", ".join(package.name for package in missing_packages() if package.required)
    if not names:
        return False
    box = layout.box()
    text = iface_("{packages} must be installed. Copy the command, run it in a terminal, then press Run Doctor")
    draw_lines(box, text.format(packages=names), context, icon='ERROR')
    box.operator(doctor.ADA_OT_doctor_copy_install.bl_idname, icon='COPYDOWN')
    return True


def draw_row(layout: bpy.types.UILayout, row: Row, context: bpy.types.Context) -> None:
    """One row of the report, with what to do below it."""
    name, value, hint = (iface_(text).format(**row.values) if text else "" for text in (row.name, row.value, row.hint))
    draw_lines(layout, f"{name}: {value}", context, icon=ICONS[row.state])
    if hint:
        draw_lines(layout, hint, context, icon='BLANK1')


class ADA_PT_doctor(Sidebar, bpy.types.Panel):
    bl_label = "Doctor"
    bl_options = {'DEFAULT_CLOSED'}
    bl_order = 100  # After what one works with.

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        missing = draw_missing(layout, context)
        layout.operator(doctor.ADA_OT_doctor_run.bl_idname, icon='FILE_REFRESH')
        report = doctor.latest
        if report is None:
            return
        layout.operator(doctor.ADA_OT_doctor_copy.bl_idname, icon='COPYDOWN')
        if report.install and not missing:
            layout.operator(doctor.ADA_OT_doctor_copy_install.bl_idname, icon='COPYDOWN')
        column = layout.column(align=True)
        for row in sorted(report.rows, key=lambda row: URGENCY.get(row.state, 2)):
            draw_row(column, row, context)


classes = (ADA_PT_doctor,)
