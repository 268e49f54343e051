"""Settings of the card's monitor. They stand apart from `card` because `properties` points to them."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty

from ..render.overlay import overlay
from .monitor import monitor
from .translation import CONTEXT

ROW_ITEMS = (
    ('NAME', "Name", "The card's name"),
    ('MEMORY', "VRAM", "What Cycles and others hold, what PyTorch holds, what is free"),
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
        translation_context=CONTEXT,
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
        name="Rate",
        description="Readings in a second",
        default=2.0,
        min=1.0,
        max=4.0,
        precision=1,
        step=50,
        translation_context=CONTEXT,
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
