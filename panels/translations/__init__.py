"""Every string the interface shows, in Chinese (zh_HANS): one table for each area.

The keys are the English strings as they stand in the sources.
"""

from __future__ import annotations

import bpy

from ...ai.diffusion.schedulers import SCHEDULERS
from ...operators.translation import CONTEXT
from . import (
    cameras,
    card,
    jobs,
    loading,
    models,
    pbr,
    reconstruct,
    render,
    setup,
    texture,
    texture_choice,
    texture_model,
    texture_panel,
    texture_words,
)

CHINESE: dict[str, str] = {
    english: chinese
    for area in (
        jobs,
        setup,
        card,
        render,
        reconstruct,
        cameras,
        texture,
        pbr,
        texture_choice,
        texture_model,
        texture_panel,
        texture_words,
        models,
        loading,
    )
    for english, chinese in area.CHINESE.items()
}

# Names and bare values: the same in both languages.
SAME = frozenset(one.label for one in SCHEDULERS.values()) | frozenset({
    "", "Ada", "Ada Forge", "Blender", "CPU", "CUDA", "Cycles", "EEVEE", "NumPy", "PSNR", "PyTorch", "Python", "DirectX", "Marigold", "OpenGL", "ORM",
    "TensorFlow", "BVH", "PCIe", "RAM", "torch", "X", "Y", "°C", "°F", "pip", "{version}", "{reason}", "{path}", "{folder}", "{name}", "{free:.1f} GiB",
    "owner/name",
})  # fmt: skip


def register() -> None:
    # Operator labels are looked up in a context of their own, and what Blender calls otherwise in ours.
    contexts = ("*", "Operator", CONTEXT)
    table = {(context, text): chinese for text, chinese in CHINESE.items() for context in contexts}
    bpy.app.translations.register(__package__, {"zh_HANS": table})


def unregister() -> None:
    bpy.app.translations.unregister(__package__)
