"""Words in the interface's language, by our own table before Blender's.

Blender's has "Power" as an exponent, "Fan" as a shape and "Temperature" as that of a color, and comes first.
"""

from __future__ import annotations

import bpy

CONTEXT = "Ada"


def iface_(text: str) -> str:
    """A word or sentence of ours, translated if the user has the interface translated."""
    found: str = bpy.app.translations.pgettext_iface(text, CONTEXT)
    return found
