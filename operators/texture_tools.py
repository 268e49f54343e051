"""What one does with textures that are there: Recall, New Mask."""

from __future__ import annotations

from functools import cache
from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as report_
from bpy.props import StringProperty

from ..ai.diffusion.card import read_card
from ..ai.diffusion.settings import BUILT_IN
from ..ai.errors import AdaError
from ..ai.procedural.caption import describe
from ..ai.procedural.catalog import MATERIALS
from ..ai.procedural.recipe import Recipe
from ..render import textures
from .properties import write_rows


def active_image(context: bpy.types.Context) -> bpy.types.Image | None:
    """The image that a texture tool means; of a map, the image that it was made of.

    The Image Editor's, else one in the active object's material, else that of any Image Editor, else the newest of
    the file, textures of ours first.
    """
    image = _shown_image(context)
    if image is None or textures.MAP not in image:
        return image
    return bpy.data.images.get(image.name.removesuffix(f" {image[textures.MAP]}")) or image


def _shown_image(context: bpy.types.Context) -> bpy.types.Image | None:
    space = context.space_data
    if space is not None and space.type == 'IMAGE_EDITOR':
        return space.image
    shown = _image_of_material(context)
    if shown is not None:
        return shown
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == 'IMAGE_EDITOR' and area.spaces.active.image is not None:
                return area.spaces.active.image
    known = [image for image in bpy.data.images if image.source in {'FILE', 'GENERATED'} and textures.MAP not in image]
    return max(known, key=lambda image: (textures.PROPERTY in image, image.session_uid), default=None)


def _image_of_material(context: bpy.types.Context) -> bpy.types.Image | None:
    obj = context.view_layer.objects.active if context.view_layer is not None else None
    material = obj.active_material if obj is not None else None
    if material is None or material.node_tree is None:
        return None
    images = [node.image for node in material.node_tree.nodes if node.type == 'TEX_IMAGE' and node.image is not None]
    return next((image for image in images if textures.PROPERTY in image), images[0] if images else None)


class ImageOperator:
    """Mix-in: an operator on one image, named by `image`; empty takes the active one."""

    image: StringProperty(options={'HIDDEN', 'SKIP_SAVE'})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        cls.poll_message_set("There is no texture. Open an image in the Image Editor")
        return len(bpy.data.images) > 0

    def chosen(self, context: bpy.types.Context) -> bpy.types.Image | None:
        return bpy.data.images.get(self.image) if self.image else active_image(context)


def apply_record(store: Any, record: dict[str, Any]) -> list[str]:
    """Write what an image remembers to the panel's settings; return the names that this version does not take."""
    left_out = []
    for group_name, key in (("texture", "texture"), ("recipe", "recipe"), ("texture_upscale", "upscale")):
        group = getattr(store, group_name)
        values = record.get(key)
        for name, value in (values if isinstance(values, dict) else {}).items():
            if name not in group.bl_rna.properties:
                left_out += [name] if (group_name, name) != ("texture_upscale", "source") else []
                continue
            if group.bl_rna.properties[name].type == 'POINTER':
                setattr(group, name, bpy.data.images.get(value or ""))
                if value and getattr(group, name) is None:
                    left_out.append(value)
                continue
            try:
                if group.bl_rna.properties[name].type == 'COLLECTION':
                    left_out += _apply_rows(getattr(group, name), value)
                else:
                    setattr(group, name, value)
            except (TypeError, ValueError, KeyError, AttributeError):
                left_out.append(name)
    return left_out


def _apply_rows(rows: bpy.types.bpy_prop_collection, values: list[dict[str, Any]]) -> list[str]:
    """Fill a list of settings; return the names of the images that are gone."""
    gone = [one["image"] for one in values if one.get("image") and one["image"] not in bpy.data.images]
    write_rows(rows, [one | ({"image": None} if one.get("image") in gone else {}) for one in values])
    return gone


class ADA_OT_texture_recall(ImageOperator, bpy.types.Operator):
    """Bring back the settings that made this texture. Generate then makes the same pixels"""

    bl_idname = "ada.texture_recall"
    bl_label = "Recall Texture Settings"
    bl_options = {'REGISTER', 'UNDO'}

    def execute(self, context: bpy.types.Context) -> set[str]:
        record = textures.find_record(self.chosen(context))
        if record is None:
            self.report({'ERROR'}, report_("This image was not made here: it holds no settings"))
            return {'CANCELLED'}
        left_out = apply_record(context.scene.ada, record)
        enlarged = record.get("upscale")
        if isinstance(enlarged, dict):
            text = report_("This image was enlarged. Upscale makes it again from '{name}'")
            self.report({'INFO'}, text.format(name=enlarged.get("source", "")))
        if left_out:
            text = report_("Not all could be brought back: {names}").format(names=", ".join(left_out))
            self.report({'WARNING'}, text)
        return {'FINISHED'}


class ADA_OT_texture_mask_add(ImageOperator, bpy.types.Operator):
    """Add a black mask of the image's size to paint on: what is white is made anew"""

    bl_idname = "ada.texture_mask_add"
    bl_label = "New Mask"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return context.scene.ada.texture.source is not None or super().poll(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings = context.scene.ada.texture
        source = settings.source or self.chosen(context)
        if source is None or not source.size[0]:
            self.report({'ERROR'}, report_("Choose the image to start from under Image"))
            return {'CANCELLED'}
        mask = bpy.data.images.new(f"{source.name} mask", *source.size, alpha=False, is_data=True)
        mask.use_fake_user = True
        settings.source, settings.mask = source, mask
        settings.mode, settings.mask_from = 'INPAINT', 'IMAGE'
        space = context.space_data
        if space is not None and space.type == 'IMAGE_EDITOR':
            space.image, space.mode = mask, 'PAINT'
        return {'FINISHED'}


class ADA_OT_texture_prompt_set(bpy.types.Operator):
    """Write this into the prompt"""

    bl_idname = "ada.texture_prompt_set"
    bl_label = "Set Prompt"
    bl_options = {'INTERNAL', 'UNDO'}

    prompt: StringProperty(options={'HIDDEN', 'SKIP_SAVE'})

    def execute(self, context: bpy.types.Context) -> set[str]:
        context.scene.ada.texture.prompt = self.prompt
        return {'FINISHED'}


def notes_of(record: dict[str, Any]) -> list[AdaError]:
    """What the engine said about an image, as sentences."""
    notes = record.get("notes")
    return [AdaError(str(message), **dict(values)) for message, values in (notes if isinstance(notes, list) else [])]


def record_of(image: bpy.types.Image | None) -> dict[str, Any] | None:
    """How an image was made; None where it was not made here."""
    return textures.read_record(image)


def measured_seam(image: bpy.types.Image) -> tuple[float, ...]:
    """The seam scores along x and y that were measured of an image; nothing where none were."""
    return tuple(image.get(textures.SEAM, ()))


def known_materials() -> tuple[str, ...]:
    """What the built-in model was taught."""
    return read_card(BUILT_IN).materials


@cache
def examples() -> tuple[tuple[str, str], ...]:
    """For each material that the built-in model knows, its name and a prompt."""
    found = []
    for name in sorted(known_materials()):
        if name in MATERIALS:
            entry = MATERIALS[name]
            second = entry.seconds[0] if entry.seconds else ""
            variant = next(iter(entry.variants), "")
            found.append((name, describe(Recipe(name, entry.colors[0], second, variant=variant))))
    return tuple(found)


classes = (ADA_OT_texture_recall, ADA_OT_texture_mask_add, ADA_OT_texture_prompt_set)
