"""Everything that is drawn."""

import bpy

from . import (
    cameras,
    card,
    doctor,
    jobs,
    menus,
    models,
    preferences,
    reconstruct,
    render,
    texture,
    texture_built_in,
    texture_extras,
    texture_presets,
    translations,
)

classes = (
    *preferences.classes,
    *reconstruct.classes,
    *cameras.classes,
    *texture.classes,
    *texture_built_in.classes,
    *texture_extras.classes,
    *texture_presets.classes,
    *models.classes,
    *render.classes,
    *card.classes,
    *jobs.classes,
    *doctor.classes,
    *menus.classes,
)


def register() -> None:
    for cls in classes:
        bpy.utils.register_class(cls)
    menus.register()
    render.register()
    card.register()
    translations.register()


def unregister() -> None:
    translations.unregister()
    card.unregister()
    render.unregister()
    menus.unregister()
    for cls in reversed(classes):
        bpy.utils.unregister_class(cls)
