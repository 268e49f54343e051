"""The graphics card: overlay, history, files."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as report_
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from ..ai.errors import AdaError
from ..render.overlay import overlay
from .job import translated
from .monitor import monitor, write_history

ROW_ITEMS = (
    ('NAME', "Name", "The card's name"),
    ('MEMORY', "Memory", "VRAM: what Cycles and others hold, what PyTorch holds, what is free"),
    ('TEMPERATURE', "Temperature", "Green, yellow near and red at the temperature where the card slows down"),
    ('UTILIZATION', "Utilization", "How busy the card is"),
    ('POWER', "Power", "What the card draws, and its limit"),
    ('COMPUTER', "Computer", "Processor and main memory"),
)


def _is_shown(group: Any) -> bool:
    return overlay.shown


def _set_shown(group: Any, shown: bool) -> None:
    monitor.show_overlay(shown)


class ADA_PG_card(bpy.types.PropertyGroup):
    """Settings of the monitor and its overlay."""

    # Of the session, not of the file: undo and loading leave it alone.
    show_overlay: BoolProperty(
        name="Graphics Card",
        description="Show memory, temperature and load of the graphics card over the view",
        get=_is_shown,
        set=_set_shown,
    )
    corner: EnumProperty(
        name="Corner",
        description="Where in the view",
        items=(
            ('TOP_LEFT', "Top Left", ""),
            ('TOP_RIGHT', "Top Right", ""),
            ('BOTTOM_LEFT', "Bottom Left", ""),
            ('BOTTOM_RIGHT', "Bottom Right", ""),
        ),
        default='BOTTOM_RIGHT',
    )
    size: FloatProperty(name="Size", description="Of the overlay", default=1.0, min=0.5, max=3.0)
    opacity: FloatProperty(
        name="Opacity", description="Of the background", default=0.6, min=0.0, max=1.0, subtype='FACTOR'
    )
    rows: EnumProperty(
        name="Rows",
        description="What the overlay shows",
        items=ROW_ITEMS,
        options={'ENUM_FLAG'},
        default={row[0] for row in ROW_ITEMS},
    )
    unit: EnumProperty(
        name="Unit",
        description="Of temperatures",
        items=(('CELSIUS', "°C", "Degrees Celsius"), ('FAHRENHEIT', "°F", "Degrees Fahrenheit")),
        default='CELSIUS',
    )
    card: IntProperty(name="Card", description="Number of the card to show, -1 for all", default=-1, min=-1, max=63)
    rate: FloatProperty(
        name="Rate", description="Readings in a second", default=2.0, min=1.0, max=4.0, precision=1, step=50
    )
    use_guard: BoolProperty(
        name="Thermal Guard",
        description="Pause Ada's own jobs while the card is hot. Renders are not touched",
        default=False,
    )
    pause_at: FloatProperty(
        name="Pause At", description="Jobs pause from this temperature on, in °C", default=84.0, min=40.0, max=110.0
    )
    resume_below: FloatProperty(
        name="Resume Below", description="Jobs go on below this temperature, in °C", default=76.0, min=30.0, max=109.0
    )


class ADA_OT_overlay_toggle(bpy.types.Operator):
    """Show or hide memory, temperature and load of the graphics card over the view"""

    bl_idname = "ada.overlay_toggle"
    bl_label = "Toggle Graphics Card Overlay"

    def execute(self, context: bpy.types.Context) -> set[str]:
        monitor.show_overlay(not overlay.shown)
        return {'FINISHED'}


class HistoryOperator:
    """Mix-in: needs readings."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        cls.poll_message_set("Nothing has been recorded yet")
        return monitor.latest is not None


class ADA_OT_history_export(HistoryOperator, bpy.types.Operator):
    """Write the card's readings of the last minutes as a table (.csv, .json) or a picture (.png)"""

    bl_idname = "ada.history_export"
    bl_label = "Export Card History"

    filepath: StringProperty(subtype='FILE_PATH', options={'SKIP_SAVE'})
    filter_glob: StringProperty(default="*.csv;*.json;*.png", options={'HIDDEN'})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if not self.filepath:
            self.filepath = "card.csv"
        context.window_manager.fileselect_add(self)
        return {'RUNNING_MODAL'}

    def execute(self, context: bpy.types.Context) -> set[str]:
        path = Path(os.path.abspath(bpy.path.abspath(self.filepath)))
        try:
            write_history(monitor.sampler.history, path)
        except AdaError as error:
            self.report({'ERROR'}, translated(error))
            return {'CANCELLED'}
        self.report({'INFO'}, report_("Written to '{name}'").format(name=path))
        return {'FINISHED'}


class ADA_OT_history_plot(HistoryOperator, bpy.types.Operator):
    """Draw utilization, memory and temperature against time as a picture, and open it in the Image Editor"""

    bl_idname = "ada.history_plot"
    bl_label = "Plot Card History"
    bl_options = {'REGISTER', 'UNDO'}

    def execute(self, context: bpy.types.Context) -> set[str]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "card.png"
            try:
                write_history(monitor.sampler.history, path)
            except AdaError as error:
                self.report({'ERROR'}, translated(error))
                return {'CANCELLED'}
            image = bpy.data.images.load(str(path))
            image.name = "Graphics Card"
            image.pack()
            image.filepath = ""
        area = next((area for area in _areas(context) if area.type == 'IMAGE_EDITOR'), None)
        if area is not None:
            area.spaces.active.image = image
        else:
            self.report({'INFO'}, report_("The picture '{name}' is ready for the Image Editor").format(name=image.name))
        return {'FINISHED'}


class ADA_OT_history_clear(HistoryOperator, bpy.types.Operator):
    """Forget the card's readings"""

    bl_idname = "ada.history_clear"
    bl_label = "Clear Card History"

    def execute(self, context: bpy.types.Context) -> set[str]:
        monitor.sampler.history.clear()
        return {'FINISHED'}


def _areas(context: bpy.types.Context) -> list[bpy.types.Area]:
    return list(context.screen.areas) if context.screen else []


classes = (ADA_OT_overlay_toggle, ADA_OT_history_export, ADA_OT_history_plot, ADA_OT_history_clear)
