"""The graphics card: overlay, history, files."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import bpy
from bpy.app.translations import pgettext_rpt as report_
from bpy.props import StringProperty

from ..ai.card.arbiter import Holding, arbiter
from ..ai.card.reading import GIB
from ..ai.errors import AdaError
from ..render.overlay import overlay
from .job import translated
from .monitor import monitor, write_history
from .sharing import sharing


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

    filepath: StringProperty(subtype='FILE_PATH', options={'HIDDEN', 'SKIP_SAVE'})
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
        if bpy.app.background:
            self.report({'INFO'}, report_("The picture '{name}' is ready for the Image Editor").format(name=image.name))
        else:
            _image_editor(context).image = image
        return {'FINISHED'}


class ADA_OT_history_clear(HistoryOperator, bpy.types.Operator):
    """Forget the card's readings"""

    bl_idname = "ada.history_clear"
    bl_label = "Clear Card History"

    def execute(self, context: bpy.types.Context) -> set[str]:
        monitor.sampler.history.clear()
        return {'FINISHED'}


class ADA_OT_scene_estimate(bpy.types.Operator):
    """Estimate what Cycles will take of the memory for this scene, part by part"""

    bl_idname = "ada.scene_estimate"
    bl_label = "Estimate Scene Memory"

    def execute(self, context: bpy.types.Context) -> set[str]:
        peak = sharing.measure(context.scene).peak / GIB
        self.report({'INFO'}, report_("Cycles will take about {size:.2f} GiB").format(size=peak))
        return {'FINISHED'}


class ModelOperator:
    """Mix-in: one model that the arbiter holds, by its name."""

    bl_options = {'INTERNAL'}

    name: StringProperty(name="Name", options={'HIDDEN', 'SKIP_SAVE'})

    def execute(self, context: bpy.types.Context) -> set[str]:
        holding = next((one for one in arbiter.holdings if one.name == self.name and not one.users), None)
        if holding is None:
            self.report({'ERROR'}, report_("A job uses this model"))
            return {'CANCELLED'}
        self.change(holding)
        return {'FINISHED'}

    def change(self, holding: Holding) -> None:
        raise NotImplementedError


class ADA_OT_model_park(ModelOperator, bpy.types.Operator):
    """Move this model to main memory; it comes back when it is used"""

    bl_idname = "ada.model_park"
    bl_label = "Park Model"

    def change(self, holding: Holding) -> None:
        arbiter.park(holding)


class ADA_OT_model_drop(ModelOperator, bpy.types.Operator):
    """Forget this model; it is loaded again when it is used"""

    bl_idname = "ada.model_drop"
    bl_label = "Drop Model"

    def change(self, holding: Holding) -> None:
        arbiter.drop(holding)


class ModelsOperator:
    """Mix-in: needs models."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        cls.poll_message_set("No model is held")
        return bool(arbiter.holdings)


class ADA_OT_models_park(ModelsOperator, bpy.types.Operator):
    """Move all models that no job uses to main memory"""

    bl_idname = "ada.models_park"
    bl_label = "Park Models"

    def execute(self, context: bpy.types.Context) -> set[str]:
        arbiter.park_unused()
        return {'FINISHED'}


class ADA_OT_models_drop(ModelsOperator, bpy.types.Operator):
    """Forget all models that no job uses"""

    bl_idname = "ada.models_drop"
    bl_label = "Drop Models"

    def execute(self, context: bpy.types.Context) -> set[str]:
        arbiter.drop_all()
        return {'FINISHED'}


def _image_editor(context: bpy.types.Context) -> bpy.types.SpaceImageEditor:
    """One that is open, else one in a window of its own."""
    manager = context.window_manager
    areas = [area for window in manager.windows for area in window.screen.areas]
    found = next((area for area in areas if area.type == 'IMAGE_EDITOR'), None)
    if found is None:
        window = context.window or manager.windows[0]
        with context.temp_override(window=window, screen=window.screen, area=window.screen.areas[0]):
            bpy.ops.screen.area_dupli('INVOKE_DEFAULT')
        found = manager.windows[-1].screen.areas[0]
        found.type = 'IMAGE_EDITOR'
    return found.spaces.active


classes = (
    ADA_OT_overlay_toggle,
    ADA_OT_history_export,
    ADA_OT_history_plot,
    ADA_OT_history_clear,
    ADA_OT_scene_estimate,
    ADA_OT_model_park,
    ADA_OT_model_drop,
    ADA_OT_models_park,
    ADA_OT_models_drop,
)
