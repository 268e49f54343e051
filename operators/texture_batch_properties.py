"""Settings of many textures at once, `scene.ada.texture_batch`."""

from __future__ import annotations

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, PointerProperty, StringProperty

from ..render import compat


class BatchProperties:
    """Shared by `scene.ada.texture_batch` and the operator that overrides it."""

    origin: EnumProperty(
        name="Prompts",
        description="Where the prompts come from",
        items=(
            ('PROMPT', "The Prompt", "The prompt above, with its choices such as {red|blue} brick"),
            ('TEXT', "Text", "A text of this file, one prompt a line"),
            ('FILE', "File", "A text file with one prompt a line, or a table as CSV with a column 'prompt'"),
        ),
        default='PROMPT',
    )
    file: StringProperty(
        name="File",
        description="Prompts: .txt, or .csv whose first row names settings such as prompt, seed, steps",
        subtype='FILE_PATH',
        options=compat.BLEND_RELATIVE,
    )
    lists: StringProperty(
        name="Lists",
        description="Folder of lists: __colour__ in a prompt is a line of colour.txt. Empty: one in the data folder",
        subtype='DIR_PATH',
        options=compat.BLEND_RELATIVE,
    )
    combine: EnumProperty(
        name="Choices",
        description="What becomes of choices such as {red|blue}",
        items=(
            ('ALL', "Every Combination", "Each prompt in all its forms"),
            ('RANDOM', "Random", "So many forms of each prompt, chosen by the seed"),
        ),
        default='ALL',
    )
    forms: IntProperty(name="Forms", description="Random forms of each prompt", default=4, min=1, max=10_000)
    seeds: IntProperty(
        name="Seeds",
        description="Textures of each prompt, from the seed in Settings on",
        default=1,
        min=1,
        soft_max=16,
        max=1000,
    )
    same_seeds: BoolProperty(
        name="Same Seeds",
        description="Each prompt gets the same seeds, so that prompts can be compared; else they count on",
        default=True,
    )
    folder: StringProperty(
        name="Folder",
        description="Where PNG files are written as they are made. What is there already is not made again",
        subtype='DIR_PATH',
        default="//textures",
        options=compat.BLEND_RELATIVE,
    )
    load: BoolProperty(
        name="Open at the End", description="Open the new files as images of this file", default=True
    )  # fmt: skip


class ADA_PG_texture_batch(BatchProperties, bpy.types.PropertyGroup):
    """Settings of Generate Batch."""

    text: PointerProperty(name="Text", description="One prompt a line", type=bpy.types.Text)
