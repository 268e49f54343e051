"""What differs between Blender 4.2 and 5.2, asked for in one place."""

from __future__ import annotations

import bpy

# EEVEE's engine id.
EEVEE = 'BLENDER_EEVEE' if bpy.app.version >= (5, 0) else 'BLENDER_EEVEE_NEXT'

# Options of a path property that may begin with `//`.
BLEND_RELATIVE = {'PATH_SUPPORTS_BLEND_RELATIVE'} if bpy.app.version >= (4, 5) else set()

# Passes in OpenEXR files by their short names of old.
PASSES = {
    f"{short}{end}": f"{name} {part}"
    for short, name in (("Diff", "Diffuse"), ("Gloss", "Glossy"), ("Trans", "Transmission"), ("Volume", "Volume"))
    for end, part in (("Dir", "Direct"), ("Ind", "Indirect"), ("Col", "Color"))
} | {"Emit": "Emission", "Env": "Environment"}


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
    preferences = cycles_preferences()
    return preferences.has_active_device() and preferences.get_compute_device_type() != 'NONE'


def set_value(owner: bpy.types.bpy_struct, name: str, value: object) -> bool:
    """Set a property; return whether it exists in this Blender and now has that value.

    Before 5.0 `scene.cycles` takes any attribute without effect; enum items such as 'OPTIX' depend on the build and
    on the cards.
    """
    prop = owner.bl_rna.properties.get(name)
    if prop is None:
        return False
    try:
        setattr(owner, name, value)
    except TypeError:  # No such item.
        return False
    now = getattr(owner, name)
    return abs(now - value) <= 1e-6 * max(1.0, abs(value)) if isinstance(value, float) else now == value


def cycles_preferences() -> bpy.types.AddonPreferences:
    """The preferences of Cycles: which cards it may use."""
    return bpy.context.preferences.addons["cycles"].preferences


def cycles_devices(backend: str) -> list[tuple[str, str, str, bool, bool]]:
    """What Cycles finds for 'OPTIX', 'CUDA', …, the processor included.

    Returns:
        For each its name, type, id, and whether it can run Open Image Denoise and the OptiX denoiser. Cycles' own
        tuples have 7 items in 4.2 and 8 since 4.5.
    """
    import _cycles

    return [
        (name, kind, identity, bool(rest[2]), bool(rest[3]))
        for name, kind, identity, *rest in _cycles.available_devices(backend)
    ]


def has_denoiser() -> bool:
    """Whether Cycles can denoise at all. Where it cannot, reading `cycles.denoiser` fills the log with warnings."""
    import _cycles

    return _cycles.with_openimagedenoise or any(optix for *_, optix in cycles_devices('OPTIX'))


def has_path_guiding() -> bool:
    """Whether Cycles is built with path guiding; otherwise `use_guiding` is accepted without effect."""
    import _cycles

    return _cycles.with_path_guiding


def set_file_format(scene: bpy.types.Scene, kind: str) -> None:
    """Choose the format of rendered files. Since 5.0 the medium comes first: image, layers or video."""
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = 'MULTI_LAYER_IMAGE' if kind == 'OPEN_EXR_MULTILAYER' else 'IMAGE'
    settings.file_format = kind


def active_nodes(owner: bpy.types.Material | bpy.types.World) -> bpy.types.NodeTree | None:
    """The shader nodes that count: before 5.0 they can be there and switched off."""
    return owner.node_tree if bpy.app.version >= (5, 0) or owner.use_nodes else None


def strips_of(editor: bpy.types.SequenceEditor) -> bpy.types.bpy_prop_collection:
    """The strips of a video sequence editor: sequences before 4.4."""
    return editor.strips if hasattr(editor, "strips") else editor.sequences


def channel_name(name: str) -> str:
    """A channel of a multilayer OpenEXR file as 5.2 names it, "ViewLayer.Diffuse Direct.R": "DiffDir" before."""
    head, found, part = name.rpartition(".")
    layer, dot, short = head.rpartition(".")
    return f"{layer}{dot}{PASSES.get(short, short)}{found}{part}"
