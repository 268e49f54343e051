"""Rows of LoRAs, embeddings and ControlNets in the Texture panel, and the steps that few-step models want."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from ..ai.diffusion.models import ModelInfo, StepDefaults, step_defaults
from ..ai.diffusion.models.fit import MAKERS, NAMES
from ..ai.errors import AdaError
from . import models
from .job import translated

# The lists of `scene.ada.texture`, by the kind of file in them.
LISTS = {"LORA": "loras", "EMBEDDING": "embeddings", "CONTROLNET": "controls"}

_KINDS = [(kind, name, "") for kind, name in NAMES.items()]


class ADA_OT_texture_extra_add(bpy.types.Operator):
    """Put a file on the model: a LoRA, an embedding, a ControlNet or an IP-Adapter"""

    bl_idname = "ada.texture_extra_add"
    bl_label = "Add File to Model"
    bl_options = {'REGISTER', 'UNDO'}

    filepath: StringProperty(subtype='FILE_PATH', options={'HIDDEN', 'SKIP_SAVE'})
    filter_glob: StringProperty(default="*.safetensors", options={'HIDDEN'})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {'RUNNING_MODAL'}

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            found = models.look(self.filepath)
            if found is None:
                raise AdaError("Choose a .safetensors file")
            if isinstance(found, AdaError):
                raise found
            if found.kind in MAKERS:
                raise AdaError("'{name}' is a whole model. Choose it under Model", name=found.name)
            models.use(context.scene.ada.texture, found)
        except AdaError as error:
            self.report({'ERROR'}, translated(error))
            return {'CANCELLED'}
        return {'FINISHED'}


class ADA_OT_texture_extra_remove(bpy.types.Operator):
    """Take this file off the model. The file itself stays"""

    bl_idname = "ada.texture_extra_remove"
    bl_label = "Remove File from Model"
    bl_options = {'INTERNAL', 'UNDO'}

    kind: EnumProperty(items=_KINDS, options={'HIDDEN', 'SKIP_SAVE'})
    index: IntProperty(options={'HIDDEN', 'SKIP_SAVE'})

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings = context.scene.ada.texture
        if self.kind == 'IP_ADAPTER':
            settings.ip_adapter = ""
            return {'FINISHED'}
        rows = getattr(settings, LISTS[self.kind])
        if not 0 <= self.index < len(rows):
            return {'CANCELLED'}
        rows.remove(self.index)
        return {'FINISHED'}


class ADA_OT_texture_steps_fit(bpy.types.Operator):
    """Take the steps and the guidance that the few-step model or LoRA was made for"""

    bl_idname = "ada.texture_steps_fit"
    bl_label = "Use Few Steps"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        cls.poll_message_set("Neither the model nor a LoRA is made for few steps")
        return few_step(context.scene.ada.texture) is not None

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings = context.scene.ada.texture
        found = few_step(settings)
        if found is None:
            return {'CANCELLED'}
        settings.steps, settings.guidance, settings.scheduler = found[1].steps, found[1].guidance, 'AUTO'
        return {'FINISHED'}


def few_step(settings: Any) -> tuple[ModelInfo, StepDefaults] | None:
    """The file that makes a few steps enough, a LoRA before the model, with what it wants; None for none."""
    if settings.engine != 'MODEL':
        return None
    paths = [row.path for row in settings.loras if row.use and row.weight] + [settings.model]
    for info in (models.find(path) for path in paths):
        defaults = step_defaults(info) if info is not None else None
        if info is not None and defaults is not None:
            return info, defaults
    return None


classes = (ADA_OT_texture_extra_add, ADA_OT_texture_extra_remove, ADA_OT_texture_steps_fit)
