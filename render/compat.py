"""What differs between Blender 4.2 and 5.2, asked for in one place."""

from __future__ import annotations

import bpy

# EEVEE's engine id.
EEVEE = 'BLENDER_EEVEE' if bpy.app.version >= (5, 0) else 'BLENDER_EEVEE_NEXT'

# Options of a path property that may begin with `//`.
BLEND_RELATIVE = {'PATH_SUPPORTS_BLEND_RELATIVE'} if bpy.app.version >= (4, 5) else set()


def nodes_of(owner: bpy.types.Material | bpy.types.World) -> bpy.types.NodeTree:
    """The shader nodes of a new material or world: 5.0 creates them with it, before that they are asked for."""
    if owner.node_tree is None:
        owner.use_nodes = True
    return owner.node_tree


def set_denoising(scene: bpy.types.Scene, wanted: bool) -> bool:
    """Switch Open Image Denoise for final Cycles renders; return whether it is on.

    Some builds (Debian's) have no denoiser at all: their enum is empty.
    """
    scene.cycles.use_denoising = False
    if not wanted:
        return False
    try:
        scene.cycles.denoiser = 'OPENIMAGEDENOISE'
    except TypeError:
        return False
    scene.cycles.use_denoising = True
    return True


def has_cycles_gpu() -> bool:
    """Whether Cycles would render on a GPU. With `device = 'GPU'` and none it renders on the CPU without a word."""
    preferences = bpy.context.preferences.addons["cycles"].preferences
    return preferences.has_active_device() and preferences.get_compute_device_type() != 'NONE'
