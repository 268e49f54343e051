"""Choosing among textures: use one, keep one, more like one."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as report_

from ..ai.errors import AdaError
from ..ai.job import Job
from ..render import textures
from . import texture, texture_output
from .job import JobOperator, translated
from .properties import read_settings
from .texture_order import LARGEST_SEED, Order, make_order, random_seed, with_images
from .texture_properties import VaryProperties
from .texture_tools import ImageOperator


def made_here() -> list[bpy.types.Image]:
    """All textures of this file, the newest first."""
    found = [(image, textures.read_record(image)) for image in bpy.data.images if textures.PROPERTY in image]
    known = [(record.get("job", 0), image.session_uid, image) for image, record in found if record is not None]
    return [image for _, _, image in sorted(known, key=lambda one: (-one[0], one[1]))]


def candidates_of(image: bpy.types.Image) -> list[bpy.types.Image]:
    """The textures that came out of the same click, in their order."""
    job = (textures.read_record(image) or {}).get("job")
    return [other for other in made_here() if (textures.read_record(other) or {}).get("job") == job]


def maps_of(image: bpy.types.Image) -> dict[str, bpy.types.Image]:
    """An image with the maps that were made along with it."""
    images = {"color": image}
    for kind in texture_output.MAP_KINDS:
        other = bpy.data.images.get(f"{image.name} {kind}")
        if other is not None:
            images[kind] = other
    return images


class ADA_OT_texture_use(ImageOperator, bpy.types.Operator):
    """Show this texture in the Image Editor, and put a new material of it on the selection"""

    bl_idname = "ada.texture_use"
    bl_label = "Use Texture"
    bl_options = {'REGISTER', 'UNDO'}

    def execute(self, context: bpy.types.Context) -> set[str]:
        image = self.chosen(context)
        if image is None:
            self.report({'ERROR'}, report_("There is no texture. Open an image in the Image Editor"))
            return {'CANCELLED'}
        output = read_settings(context.scene.ada.texture_output) | {"material": True}
        record = textures.read_record(image) or {}
        try:
            targets = texture_output.check(context, output)
            depth = image.get(textures.DEPTH, record.get("depth", 0.02))
            texture_output.add_material(output, targets, maps_of(image), depth)
        except AdaError as error:
            self.report({'ERROR'}, translated(error))
            return {'CANCELLED'}
        textures.show(image)
        return {'FINISHED'}


class ADA_OT_texture_show(ImageOperator, bpy.types.Operator):
    """Show this texture in the Image Editor"""

    bl_idname = "ada.texture_show"
    bl_label = "Show Texture"
    bl_options = {'INTERNAL', 'UNDO'}

    def execute(self, context: bpy.types.Context) -> set[str]:
        image = self.chosen(context)
        if image is None:
            self.report({'ERROR'}, report_("There is no texture. Open an image in the Image Editor"))
            return {'CANCELLED'}
        space = context.space_data
        if space is not None and space.type == 'IMAGE_EDITOR':
            space.image = image
        textures.show(image)
        return {'FINISHED'}


class ADA_OT_texture_keep(ImageOperator, bpy.types.Operator):
    """Keep this texture, and remove the others that came out of the same click unless something uses them"""

    bl_idname = "ada.texture_keep"
    bl_label = "Keep Only This Texture"
    bl_options = {'REGISTER', 'UNDO'}

    def execute(self, context: bpy.types.Context) -> set[str]:
        image = self.chosen(context)
        if image is None or textures.read_record(image) is None:
            self.report({'ERROR'}, report_("This image was not made here: it holds no settings"))
            return {'CANCELLED'}
        textures.show(image)
        for other in candidates_of(image):
            if other != image:
                _remove_unused(other)
        return {'FINISHED'}


class ADA_OT_texture_remove(ImageOperator, bpy.types.Operator):
    """Remove this texture and its maps from the file. PNG files on the disk stay"""

    bl_idname = "ada.texture_remove"
    bl_label = "Remove Texture"
    bl_options = {'REGISTER', 'UNDO'}

    def execute(self, context: bpy.types.Context) -> set[str]:
        image = self.chosen(context)
        if image is None or textures.read_record(image) is None:
            self.report({'ERROR'}, report_("This image was not made here: it holds no settings"))
            return {'CANCELLED'}
        for one in maps_of(image).values():
            bpy.data.images.remove(one)
        return {'FINISHED'}


def _remove_unused(image: bpy.types.Image) -> None:
    """Remove an image and its maps; a material of ours that only it keeps alive goes along."""
    images = set(maps_of(image).values())
    materials = [
        material
        for material in bpy.data.materials
        if material.node_tree is not None
        and any(node.type == 'TEX_IMAGE' and node.image in images for node in material.node_tree.nodes)
    ]
    if any(material.users - material.use_fake_user > 0 or material.asset_data for material in materials):
        return
    for material in materials:
        bpy.data.materials.remove(material)
    for one in images:
        bpy.data.images.remove(one)


class ADA_OT_texture_vary(ImageOperator, VaryProperties, JobOperator, bpy.types.Operator):
    """Make more textures like this one, in the background"""

    bl_idname = "ada.texture_vary"
    bl_label = "More Like This"

    def settings(self, context: bpy.types.Context) -> Any:
        image = self.chosen(context)
        record = textures.read_record(image)
        if record is None:
            raise AdaError("This image was not made here: it holds no settings")
        return vary(context, image, record, read_settings(context.scene.ada.texture_vary, self))

    @classmethod
    def start(cls, order: Any) -> Job:
        return (yield from texture.ADA_OT_texture_generate.start(order))

    @classmethod
    def finish(cls, context: bpy.types.Context, order: Any, result: Any) -> str:
        return texture.ADA_OT_texture_generate.finish(context, order, result)


def vary(context: bpy.types.Context, image: bpy.types.Image, record: dict[str, Any], change: dict[str, Any]) -> Order:
    """The order of more textures like one: its own settings, and what shall differ."""
    store = context.scene.ada
    values = {**read_settings(store.texture), **with_images(record.get("texture", {}))}
    fresh = random_seed()
    if values["engine"] == 'PROCEDURAL' or change["way"] == 'IMAGE':
        rows = [values | {"seed": fresh, "count": change["count"]}]
        if values["engine"] != 'PROCEDURAL':
            size = {"width": image.size[0], "height": image.size[1]}
            rows[0] |= {"mode": 'IMAGE', "source": image, "strength": change["amount"], **size}
    else:
        turned = {"variation": change["amount"], "count": 1}
        rows = [values | turned | {"variation_seed": (fresh + i) % LARGEST_SEED} for i in range(change["count"])]
    recipe = {**read_settings(store.recipe), **record.get("recipe", {})}
    return make_order(rows, recipe, read_settings(store.texture_output) | {"material": False}, ())


classes = (
    ADA_OT_texture_use,
    ADA_OT_texture_show,
    ADA_OT_texture_keep,
    ADA_OT_texture_remove,
    ADA_OT_texture_vary,
)
