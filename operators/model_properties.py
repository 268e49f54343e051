"""What the Models panel shows, `window_manager.ada_models`: it belongs to this computer, not to the file."""

from __future__ import annotations

import bpy
from bpy.props import CollectionProperty, EnumProperty, IntProperty, StringProperty


class ADA_PG_model_entry(bpy.types.PropertyGroup):
    """One row of the list; the rest is looked up by its path."""

    path: StringProperty(options={'HIDDEN', 'SKIP_SAVE'})
    kind: StringProperty(options={'HIDDEN', 'SKIP_SAVE'})


class ADA_PG_models(bpy.types.PropertyGroup):
    """The list of models, and what is to be downloaded."""

    entries: CollectionProperty(type=ADA_PG_model_entry, options={'HIDDEN', 'SKIP_SAVE'})
    index: IntProperty(name="Chosen Model", description="Row of the list", default=0, min=0, options={'SKIP_SAVE'})
    show: EnumProperty(
        name="Show",
        description="Which kind of model is listed",
        items=(
            ('MODEL', "Models", "What makes pictures"),
            ('LORA', "LoRA", "Small files that change a model's style or subject"),
            ('CONTROLNET', "ControlNet", "What makes a model follow depth, normals or edges"),
            ('EMBEDDING', "Embedding", "Words that a model learns"),
            ('IP_ADAPTER', "IP-Adapter", "What makes a model take an image as a prompt"),
            ('PART', "Parts", "Parts of models, which are of no use alone"),
        ),
        default='MODEL',
        options={'SKIP_SAVE'},
    )
    repository: StringProperty(
        name="Model on the Hub",
        description="As owner/name: what stands at the head of the model's page on huggingface.co",
        options={'SKIP_SAVE'},
    )
    file: StringProperty(
        name="File",
        description="One .safetensors file of it; empty takes the whole model",
        options={'SKIP_SAVE'},
    )
    token: StringProperty(
        name="Token",
        description="Of your account on the hub, for models whose licence must be accepted. It is not saved",
        subtype='PASSWORD',
        options={'SKIP_SAVE'},
    )


classes = (ADA_PG_model_entry, ADA_PG_models)
