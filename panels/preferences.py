"""The extension's preferences. Other modules read them through `operators.properties.preferences`."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from ..ai.setup.log import log_path
from ..operators import doctor, render

ROOT = __package__.rpartition(".")[0]


def _on_folder(chosen: Any, context: bpy.types.Context) -> None:
    doctor.open_folders()


class ADA_AP_preferences(bpy.types.AddonPreferences):
    bl_idname = ROOT

    data_folder: StringProperty(
        name="Data Folder",
        description="Where the log and downloaded models are kept. Empty: the extension's own user folder",
        subtype='DIR_PATH',
        update=_on_folder,
    )
    packages_folder: StringProperty(
        name="Packages Folder",
        description="Where Python packages are installed and found. Empty: a folder in the extension's user folder",
        subtype='DIR_PATH',
        update=_on_folder,
    )
    models_folder: StringProperty(
        name="Models Folder",
        description="Where downloaded models are written. Empty: a folder in the data folder",
        subtype='DIR_PATH',
    )
    device: EnumProperty(
        name="Device",
        description="Where PyTorch computes, unless a panel says otherwise",
        items=(
            ('AUTO', "Automatic", "The graphics card if PyTorch can use it, else the processor"),
            ('CPU', "CPU", "The processor"),
            ('CUDA', "CUDA", "An NVIDIA graphics card"),
        ),
        default='AUTO',
    )
    device_index: IntProperty(
        name="Card",
        description="Number of the graphics card, as in the doctor's row on CUDA",
        default=0,
        min=0,
        max=63,
        update=render.on_cards,
    )
    cards: EnumProperty(
        name="Cards",
        description="Which graphics card computes what, where there are two or more",
        items=(
            ('SHARED', "Shared", "Cycles uses every card; jobs make room for it while it renders"),
            ('SPLIT', "One Each", "Cycles leaves PyTorch its card and renders on the others, so that nobody waits"),
        ),
        default='SHARED',
        update=render.on_cards,
    )
    free_threads: IntProperty(
        name="Free Threads",
        description="Processor threads that computations leave to the interface",
        default=1,
        min=0,
        max=64,
    )
    channels_last: BoolProperty(
        name="Channels Last",
        description="Keep models in the order that tensor cores prefer: faster on many graphics cards",
        default=False,
    )
    compile_models: BoolProperty(
        name="Compile Models",
        description="Translate models with torch.compile: the first texture takes minutes, the next ones less time. "
        "Without a compiler they run as they are",
        default=False,
    )
    bfloat16: BoolProperty(
        name="Bfloat16 on the Processor",
        description="Compute models in 16 bits on processors with AMX or AVX-512 BF16: faster with large models, and "
        "in half the memory. Textures differ a little. Other processors stay at 32 bits",
        default=False,
    )
    float8: BoolProperty(
        name="8-Bit Weights",
        description="Keep models in half the memory; textures differ a little. For models that do not fit otherwise",
        default=False,
    )
    log_level: EnumProperty(
        name="Log Level",
        description="How much is written to the log file",
        items=(
            ('WARNING', "Warnings", "Only what went wrong"),
            ('INFO', "Standard", "What was done and what went wrong"),
            ('DEBUG', "Everything", "Every detail, to find a fault"),
        ),
        default='INFO',
        update=_on_folder,
    )
    cycles_before: StringProperty(
        name="Cycles Before", description="What Set Up GPU has changed in the preferences of Cycles", options={'HIDDEN'}
    )

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        column = layout.column()
        column.prop(self, "data_folder", placeholder=str(doctor.default_folder()))
        column.prop(self, "packages_folder", placeholder=str(doctor.default_folder("packages")))
        column.prop(self, "models_folder", placeholder=str(doctor.data_folder() / "models"))
        column = layout.column()
        column.prop(self, "device")
        if self.device == 'CUDA':
            column.prop(self, "device_index")
        column.prop(self, "cards")
        column.prop(self, "free_threads")
        column = layout.column(heading="Diffusion Models")
        for name in ("channels_last", "compile_models", "bfloat16", "float8"):
            column.prop(self, name)
        column = layout.column()
        column.prop(self, "log_level")
        path = log_path()
        if path is not None:
            column.operator("wm.path_open", text="Open Log File", icon='TEXT').filepath = str(path)
            column.label(text=str(path), translate=False)


classes = (ADA_AP_preferences,)
