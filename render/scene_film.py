"""How much Cycles keeps of each pixel while it renders."""

from __future__ import annotations

import bpy

from ..ai.card.scene import FilmContent
from . import compat

# Floats of a pixel for each pass of a view layer, and of its Cycles settings. Read off Cycles 4.5.
PASSES = {
    "use_pass_z": 1, "use_pass_mist": 1, "use_pass_position": 3, "use_pass_normal": 3, "use_pass_vector": 5,
    "use_pass_uv": 3, "use_pass_object_index": 1, "use_pass_material_index": 1, "use_pass_emit": 3,
    "use_pass_environment": 3, "use_pass_ambient_occlusion": 3,
}  # fmt: skip
CYCLES_PASSES = {
    "pass_debug_sample_count": 1, "use_pass_volume_direct": 3, "use_pass_volume_indirect": 3,
    "use_pass_volume_scatter": 3, "use_pass_volume_transmit": 3, "use_pass_volume_majorant": 3,
    "use_pass_shadow_catcher": 4, "denoising_store_passes": 7,
}  # fmt: skip
LIGHT = ("diffuse", "glossy", "transmission")  # Direct, indirect and colour; light is kept with the colour.
CRYPTOMATTE = ("object", "material", "asset")
COMBINED, ADAPTIVE, GUIDES = 4, 5, 10  # The picture; adaptive sampling's halves and counts; denoised, albedo, normal.


def read_film(scene: bpy.types.Scene) -> FilmContent:
    """The buffers of the view layer that needs most."""
    render, cycles = scene.render, scene.cycles
    width = max(1, round(render.resolution_x * render.resolution_percentage / 100.0))
    height = max(1, round(render.resolution_y * render.resolution_percentage / 100.0))
    if render.use_border:
        width = max(1, round(width * (render.border_max_x - render.border_min_x)))
        height = max(1, round(height * (render.border_max_y - render.border_min_y)))
    floats = COMBINED + max((pass_floats(layer) for layer in scene.view_layers if layer.use), default=0)
    return FilmContent(
        width, height,
        tile=cycles.tile_size if cycles.use_auto_tile or bpy.app.version >= (5, 2) else None,
        floats=floats + (ADAPTIVE if cycles.use_adaptive_sampling else 0),
        guides=GUIDES if cycles.use_denoising and compat.has_denoiser() else 0,
        keeps_scene=render.use_persistent_data,
    )  # fmt: skip


def pass_floats(layer: bpy.types.ViewLayer) -> int:
    """Floats of a pixel for the passes of a view layer beside the picture itself."""
    floats = sum(size for name, size in PASSES.items() if getattr(layer, name))
    floats += sum(size for name, size in CYCLES_PASSES.items() if getattr(layer.cycles, name, False))
    for kind in LIGHT:
        light = [getattr(layer, f"use_pass_{kind}_{part}") for part in ("direct", "indirect")]
        floats += 3 * (sum(light) + (any(light) or getattr(layer, f"use_pass_{kind}_color")))
    levels = sum(getattr(layer, f"use_pass_cryptomatte_{kind}") for kind in CRYPTOMATTE)
    floats += levels * 4 * -(-layer.pass_cryptomatte_depth // 2)
    floats += sum(4 if one.type == 'COLOR' else 1 for one in layer.aovs)
    return floats + 3 * len(layer.lightgroups)
