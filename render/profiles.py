"""Profiles: what Cycles is told for a purpose, as one table, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
from bpy.app.translations import pgettext_n as n_

from . import settings
from .settings import Place, place_of

# Measured on one closed room with gold and glass (bpy 4.5, processor, 96x96 against 3072 samples): the noise
# threshold is the lever, 0.05 instead of 0.01 is 4 to 8 times faster; the default clamp of 10 costs 2 to 3 dB there
# and switching caustics off 6 dB, so no profile does that; denoising at lower quality costs less than 0.2 dB.
NAMES = ('PREVIEW', 'BALANCED', 'FINAL', 'ANIMATION', 'ARTICLE')
TABLE: dict[str, tuple[Any, ...]] = {
    # Setting                         Preview   Balanced  Final  Animation   As in the article
    "cycles.samples":                (128,      512,      2048,      512,      1024),
    "cycles.use_adaptive_sampling":  (True,     True,     True,      True,     True),
    "cycles.adaptive_threshold":     (0.1,      0.05,     0.02,      0.05,     0.01),
    "cycles.sample_clamp_indirect":  (10.0,     0.0,      0.0,       10.0,     10.0),
    "cycles.use_denoising":          (True,     True,     True,      True,     True),
    "cycles.denoising_input_passes": ('RGB_ALBEDO_NORMAL',) * 5,
    "cycles.denoising_prefilter":    ('FAST',   'ACCURATE', 'ACCURATE', 'ACCURATE', 'ACCURATE'),
    "cycles.denoising_quality":      ('FAST',   'HIGH',   'HIGH',    'HIGH',   'HIGH'),
    "cycles.use_animated_seed":      (False,    False,    False,     True,     False),
    "render.use_persistent_data":    (True,     True,     True,      True,     True),
}  # fmt: skip
WHY = {
    "cycles.samples": n_("The most a pixel gets; with a noise threshold most pixels stop long before"),
    "cycles.use_adaptive_sampling": n_("Pixels that are clean already get no more samples"),
    "cycles.adaptive_threshold": n_("The noise at which a pixel is clean: what time and quality depend on most"),
    "cycles.sample_clamp_indirect": n_(
        "Cuts off bright specks. 0 keeps the light of glass and metal, 10 flickers less"
    ),
    "cycles.use_denoising": n_("Removes the noise that is left"),
    "cycles.denoising_input_passes": n_("Colours and normals keep edges and textures sharp"),
    "cycles.denoising_prefilter": n_("Cleans those passes first; the accurate way takes a little longer"),
    "cycles.denoising_quality": n_("Lower is quicker, with hardly a visible difference"),
    "cycles.use_animated_seed": n_("Other noise in each frame; noise that stands still looks like a dirty lens"),
    "render.use_persistent_data": n_("Keeps the scene on the card between frames; takes memory"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that a profile would change."""

    owner: bpy.types.bpy_struct
    name: str  # Of the owner's property.
    now: Any
    then: Any
    why: str  # Untranslated.


def values(profile: str) -> dict[Place, Any]:
    """The settings of a profile by their place in the scene."""
    column = NAMES.index(profile)
    return {place_of(path): row[column] for path, row in TABLE.items()}


def differences(scene: bpy.types.Scene, profile: str) -> list[Difference]:
    """What applying the profile would change in this scene, of what this Blender knows."""
    rows = []
    for place, then in values(profile).items():
        owner, now = settings.find(scene, place), settings.read(scene, place)
        if owner is not None and now != then:
            rows.append(Difference(owner, place[-1], now, then, WHY[".".join(place)]))
    return rows


def apply(scene: bpy.types.Scene, profile: str, memory: str) -> tuple[str, list[Place]]:
    """Write a profile into the scene; see `settings.change` for the memory and what is returned."""
    return settings.change(scene, values(profile), memory)
