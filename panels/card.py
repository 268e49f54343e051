"""The graphics card in the sidebar and in the viewport's Overlays popover."""

from __future__ import annotations

import bpy

from ..ai.card.arbiter import Place, arbiter
from ..ai.card.reading import GIB, CardReading, show_temperature
from ..operators import usage
from ..operators.card import (
    ADA_OT_history_clear,
    ADA_OT_history_export,
    ADA_OT_history_plot,
    ADA_OT_model_drop,
    ADA_OT_model_park,
    ADA_OT_models_drop,
    ADA_OT_models_park,
    ADA_OT_scene_estimate,
)
from ..operators.job import translated
from ..operators.monitor import PANEL_SECONDS, monitor
from ..operators.sharing import sharing
from ..operators.translation import iface_
from ..operators.usage import ADA_OT_memory_forget, ADA_OT_memory_measure
from .jobs import draw_lines
from .sidebar import Sidebar


def card_values(card: CardReading, fahrenheit: bool) -> list[tuple[str, str]]:
    """Name and value of each row; what is unknown reads n/a."""
    unknown = iface_("n/a")

    def show(template: str, *values: float | None) -> str:
        return unknown if None in values else template.format(*values)

    def heat(value: float | None) -> str:
        return unknown if value is None else show_temperature(value, fahrenheit)

    def sizes(*values: int | None) -> list[float | None]:
        return [None if value is None else value / GIB for value in values]

    def speeds(*values: int | None) -> list[float | None]:
        return [None if value is None else value / 1000.0 for value in values]

    limits = ", ".join(map(heat, (card.slowdown_temperature, card.shutdown_temperature)))
    reasons = [iface_(word) for word in card.reasons()] or [unknown]
    return [
        (iface_("Utilization"), show("{} %", card.utilization)),
        (iface_("VRAM"), show("{:.1f} / {:.1f} GiB", *sizes(card.memory_used, card.memory_total))),
        (iface_("Reserved, Free"), show("{:.1f}, {:.1f} GiB", *sizes(card.memory_reserved, card.memory_free))),
        (iface_("This Blender"), show("{:.1f} GiB", *sizes(card.own_memory))),
        (iface_("PyTorch"), show("{:.1f} / {:.1f} GiB", *sizes(card.torch_allocated, card.torch_reserved))),
        (iface_("PyTorch, Peak"), show("{:.1f} GiB", *sizes(card.torch_peak))),
        (iface_("Temperature"), heat(card.temperature)),
        (iface_("Heat Limits"), limits),
        (iface_("Power"), show("{:.0f} / {:.0f} W", card.power, card.power_limit)),
        (iface_("Clocks"), show("{} / {} MHz", card.sm_clock, card.memory_clock)),
        *zip([iface_("Limited By"), *[""] * len(reasons)], reasons),
        (iface_("Fan"), show("{} %", card.fan)),
        (iface_("Power State"), show("P{}", card.pstate)),
        (iface_("PCIe"), show("{} x{}", card.pcie_generation, card.pcie_width)),
        (iface_("Sent, Received"), show("{:.1f}, {:.1f} MB/s", *speeds(card.pcie_sent, card.pcie_received))),
        (iface_("Encoder"), show("{} %", card.encoder)),
        (iface_("Decoder"), show("{} %", card.decoder)),
    ]


class ADA_PT_card(Sidebar, bpy.types.Panel):
    bl_label = "Graphics Card"
    bl_order = 80
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        monitor.watch("panel", PANEL_SECONDS)
        layout = self.layout
        settings = context.scene.ada.card
        layout.prop(settings, "show_overlay", text="Show Overlay")
        reading = monitor.latest
        if reading is None:
            layout.label(text="Reading")
            return
        for alarm in monitor.alarms:
            draw_lines(layout, translated(alarm), context, icon='ERROR')
        if reading.problem is not None:
            draw_lines(layout, translated(reading.problem), context, icon='INFO')
        for card in reading.cards:
            if settings.card not in {-1, card.index}:
                continue
            box = layout.box()
            box.label(text=f"{card.index}: {card.name or iface_('n/a')}", translate=False)
            split = box.column(align=True).split(factor=0.4)
            names, values = split.column(align=True), split.column(align=True)
            for name, value in card_values(card, settings.unit == 'FAHRENHEIT'):
                names.label(text=name, translate=False)
                values.label(text=value, translate=False)
        if reading.cpu is not None and reading.ram_used is not None and reading.ram_total is not None:
            memory = f"{reading.ram_used / GIB:.1f} / {reading.ram_total / GIB:.1f} GiB"
            text = f"{iface_('CPU')} {reading.cpu:.0f} %    {iface_('RAM')} {memory}"
            layout.label(text=text, translate=False)


class ADA_PT_card_settings(Sidebar, bpy.types.Panel):
    bl_label = "Overlay and History"
    bl_parent_id = "ADA_PT_card"
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = context.scene.ada.card
        draw_look(layout, settings)
        layout.prop(settings, "rate")
        column = layout.column(align=True)
        for operator in (ADA_OT_history_plot, ADA_OT_history_export, ADA_OT_history_clear):
            column.operator(operator.bl_idname)
        column = layout.column(heading="Thermal Guard")
        column.prop(settings, "use_guard", text="")
        if settings.use_guard:
            column.prop(settings, "pause_at")
            column.prop(settings, "resume_below")


class ADA_PT_card_memory(Sidebar, bpy.types.Panel):
    bl_label = "Card Memory"
    bl_parent_id = "ADA_PT_card"
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        if arbiter.rendering:
            layout.label(text="Cycles is rendering", icon='RENDER_STILL')
        if sharing.last is not None and not sharing.last.enough:
            text = iface_("The last render began with less memory than it may need")
            draw_lines(layout, text, context, icon='ERROR')
        reading = monitor.latest
        draw_models(layout, max([card.memory_total or 0 for card in reading.cards] if reading else [0], default=0))
        row = layout.row(align=True)
        row.operator(ADA_OT_models_park.bl_idname)
        row.operator(ADA_OT_models_drop.bl_idname)
        row = layout.row(align=True)
        row.operator(ADA_OT_memory_measure.bl_idname, icon='TIME')
        row.operator(ADA_OT_memory_forget.bl_idname, text="", icon='TRASH')
        for record in reversed(usage.records):
            column = layout.column(align=True)
            column.label(text=iface_(record.name), translate=False)
            column.label(text=usage.describe(record), translate=False)


class ADA_PT_card_scene(Sidebar, bpy.types.Panel):
    bl_label = "What Fills the Card"
    bl_parent_id = "ADA_PT_card"
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.operator(ADA_OT_scene_estimate.bl_idname, icon='SCENE_DATA')
        found = sharing.estimate
        if found is None:
            return
        column = layout.column(align=True)
        for name, size in sorted(found.parts.items(), key=lambda part: -part[1]):
            text = f"{iface_(name)}  {show_size(size)}"
            column.progress(factor=size / max(found.peak, size), text=text, translate=False)
        layout.label(text=iface_("Cycles, at its peak: {size}").format(size=show_size(found.peak)), translate=False)
        column = layout.column(align=True)
        for name, size in found.biggest:
            column.label(text=f"{name}  {show_size(size)}", icon='DOT', translate=False)
        if "Paths Under Way" in found.parts:
            text = iface_("What a card takes beside the scene is computed, not measured")
            draw_lines(layout, text, context, icon='INFO')
        if not found.complete:
            draw_lines(layout, iface_("There are too many instances to look at each"), context, icon='INFO')


def draw_models(layout: bpy.types.UILayout, total: int) -> None:
    """A bar for each model that is held, with what can be done to it. `total`: bytes of the card, 0 if unknown."""
    if not arbiter.holdings:
        layout.label(text="No model is held")
    total = total or sum(one.size for one in arbiter.holdings) or 1
    for one in sorted(arbiter.holdings, key=lambda one: -one.size):
        column = layout.column(align=True)
        column.label(text=one.name, translate=False)
        row = column.row(align=True)
        share = one.size / total if one.place is Place.RESIDENT else 0.0
        text = f"{one.size / GIB:.2f} GiB, {iface_(one.place.value)}"
        row.progress(factor=min(1.0, share), text=text, translate=False)
        side = row.row(align=True)
        side.enabled = one.users == 0
        if one.place is Place.RESIDENT:
            side.operator(ADA_OT_model_park.bl_idname, text="", icon='IMPORT').name = one.name
        side.operator(ADA_OT_model_drop.bl_idname, text="", icon='X').name = one.name


def show_size(size: int) -> str:
    """Bytes as KiB, MiB or GiB."""
    if size < 1024**2:
        return f"{size / 1024:.0f} KiB"
    return f"{size / GIB:.2f} GiB" if size >= GIB else f"{size / 1024**2:.1f} MiB"


def draw_look(layout: bpy.types.UILayout, settings: bpy.types.PropertyGroup) -> None:
    """Where and how the overlay is drawn."""
    column = layout.column()
    for name in ("corner", "size", "opacity", "card"):
        column.prop(settings, name)
    column.row().prop(settings, "unit", expand=True)
    column.column(align=True).prop(settings, "rows")


def draw_toggle(self: bpy.types.Panel, context: bpy.types.Context) -> None:
    """In the viewport's Overlays popover."""
    self.layout.label(text="Ada")
    self.layout.prop(context.scene.ada.card, "show_overlay")


def register() -> None:
    bpy.types.VIEW3D_PT_overlay.append(draw_toggle)


def unregister() -> None:
    bpy.types.VIEW3D_PT_overlay.remove(draw_toggle)


classes = (ADA_PT_card, ADA_PT_card_memory, ADA_PT_card_scene, ADA_PT_card_settings)
