"""What a scene holds that makes Cycles slow or noisy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import bpy
from bpy.app.translations import pgettext_n as n_

from . import compat

MANY_LIGHTS = 8
SEEN = 0.001  # Share of the picture's light from which a pass counts.
NAMES = {
    'TRANSMISSION': n_("glass and other transmission"),
    'GLOSSY': n_("reflections"),
    'VOLUME': n_("volumes"),
    'EMISSION': n_("glowing surfaces"),
    'SKY': n_("a textured sky"),
    'LIGHTS': n_("many lights"),
    'SEVERAL': n_("several light sources"),
    'BLUR': n_("motion blur or depth of field"),
    'HAIR': n_("hair"),
    'INDIRECT': n_("light from surface to surface"),
}


def find_features(scene: bpy.types.Scene, shares: Mapping[str, float]) -> set[str]:
    """Keys of `NAMES`.

    Args:
        scene: its lamps, world, materials in use, camera and objects are looked at.
        shares: of each pass in the picture's light; "indirect" of light that bounced.
    """
    objects = [obj for obj in scene.objects if not obj.hide_render]
    lamps = sum(obj.type == 'LIGHT' for obj in objects)
    glowing = any(_glows(material) for material in _materials(objects))
    sky = scene.world is not None and _has_light(scene.world)
    by_pass = {'TRANSMISSION': "transmission", 'GLOSSY': "glossy", 'VOLUME': "volume", 'INDIRECT': "indirect"}
    blurred = scene.render.use_motion_blur or (scene.camera is not None and scene.camera.data.dof.use_dof)
    hairy = any(obj.type == 'CURVES' or any(p.settings.type == 'HAIR' for p in obj.particle_systems) for obj in objects)
    true = {
        'EMISSION': glowing,
        'SKY': sky and is_textured(scene.world),
        'LIGHTS': lamps >= MANY_LIGHTS,
        'SEVERAL': lamps + glowing + sky > 1,
        'BLUR': blurred,
        'HAIR': hairy,
        **{key: shares.get(name, 0.0) > SEEN for key, name in by_pass.items()},
    }
    return {key for key, value in true.items() if value}


def is_textured(world: bpy.types.World) -> bool:
    """Whether its light differs from direction to direction."""
    tree = compat.active_nodes(world)
    return tree is not None and any(node.type == 'BACKGROUND' and node.inputs["Color"].is_linked for node in tree.nodes)


def _has_light(world: bpy.types.World) -> bool:
    tree = compat.active_nodes(world)
    if tree is None:
        return max(world.color) > 0.0
    backgrounds = [node for node in tree.nodes if node.type == 'BACKGROUND']
    return any(node.inputs["Strength"].default_value > 0.0 for node in backgrounds) and (
        is_textured(world) or any(max(node.inputs["Color"].default_value[:3]) > 0.0 for node in backgrounds)
    )


def _materials(objects: list[bpy.types.Object]) -> Iterator[bpy.types.Material]:
    found = {slot.material for obj in objects for slot in obj.material_slots if slot.material is not None}
    yield from found


def _glows(material: bpy.types.Material) -> bool:
    tree = compat.active_nodes(material)
    for node in tree.nodes if tree is not None else ():
        strength = node.inputs.get("Emission Strength") if node.type == 'BSDF_PRINCIPLED' else None
        if node.type == 'EMISSION' or (strength is not None and (strength.is_linked or strength.default_value > 0.0)):
            return True
    return False
