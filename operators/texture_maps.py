"""Make PBR Maps: the job, its images, and the material they go into."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..ai.errors import AdaError
from ..ai.job import Job
from ..ai.pbr import installed
from ..ai.pbr.border import seam_of
from ..ai.pbr.maps import PbrMaps, make_maps
from ..ai.pbr.settings import MapSettings
from ..ai.setup import packages
from ..render import texture_material, textures
from . import models, texture_output
from .job import JobOperator, translated
from .properties import read_settings
from .reconstruct import absolute
from .texture_gallery import maps_of
from .texture_maps_properties import MapsProperties
from .texture_order import NEEDED, device, threads
from .texture_tools import ImageOperator


@dataclass(frozen=True)
class MapsOrder:
    """All that the job needs."""

    key: str
    image: int = field(compare=False)  # Session identity.
    pixels: np.ndarray = field(compare=False)  # (h, w, 3) sRGB.
    settings: MapSettings = field(compare=False)
    output: dict[str, Any] = field(compare=False)
    targets: tuple[int, ...] = field(compare=False)
    threads: int = field(compare=False)


def as_map_settings(values: dict[str, Any], record: dict[str, Any] | None = None) -> MapSettings:
    """Settings of the job.

    Args:
        values: of `scene.ada.texture_maps`.
        record: how the image was made, where it is one of ours: it knows along which axes the image repeats.

    Raises:
        AdaError: no map is chosen, or the models that are asked for are missing.
    """
    kinds = tuple(kind.lower() for kind in values["kinds"])
    if not kinds:
        raise AdaError("Choose under Maps what is to be made")
    found: tuple[Path, ...] = ()
    if values["estimator"] == 'MODEL':
        if not values["model"]:
            raise AdaError("Choose the folder of a Marigold model under Marigold Folder")
        found = installed.chosen(absolute(values["model"]))
    elif values["estimator"] == 'AUTO':
        found = installed.choose(info.path for info in models.shelf().models if info.path.is_dir())
    if found:
        packages.require(*NEEDED)
    borders = values["borders"]
    if borders == 'AUTO' and record is not None:
        made = record.get("texture", {})
        borders = 'BOTH' if made.get("engine") == 'PROCEDURAL' else made.get("seamless", 'AUTO')
    return MapSettings(
        kinds=kinds,
        strength=values["relief"],
        invert=values["invert"],
        normal=values["normal"],
        seamless=borders,
        roughness=values["roughness"],
        models=found,
        device=device(),
    )


class ADA_OT_texture_maps(ImageOperator, MapsProperties, JobOperator, bpy.types.Operator):
    """Make normal, height, roughness, metallic and occlusion maps of this image, and a material of them"""

    bl_idname = "ada.texture_maps"
    bl_label = "Make PBR Maps"

    def settings(self, context: bpy.types.Context) -> MapsOrder:
        return self.read(context, self.chosen(context), self)

    @classmethod
    def read(
        cls, context: bpy.types.Context, image: bpy.types.Image | None, operator: bpy.types.Operator | None = None
    ) -> MapsOrder:
        """All that the job needs, copied.

        Raises:
            AdaError: there is no image, it has no pixels, or something else is missing.
        """
        if image is None:
            raise AdaError("There is no texture. Open an image in the Image Editor")
        values = read_settings(context.scene.ada.texture_maps, operator)
        output = read_settings(context.scene.ada.texture_output) | {"material": values["material"]}
        settings = as_map_settings(values, textures.read_record(image))
        targets = texture_output.check(context, output)
        pixels = np.ascontiguousarray(textures.read_image(image)[..., :3])
        key = repr((image.session_uid, float(pixels.sum()), settings, sorted(output.items()), targets))
        return MapsOrder(key, image.session_uid, pixels, settings, output, targets, threads())

    @classmethod
    def start(cls, order: MapsOrder) -> Job:
        if not order.settings.models:
            return (yield from make_maps(order.pixels, order.settings))
        from ..ai.diffusion.threads import choose_device, limited  # The heavy import, on the thread that computes.

        settings = replace(order.settings, device=choose_device(order.settings.device))
        return (yield from limited(make_maps(order.pixels, settings), order.threads))

    @classmethod
    def finish(cls, context: bpy.types.Context, order: MapsOrder, result: PbrMaps) -> str:
        image = next((image for image in bpy.data.images if image.session_uid == order.image), None)
        if image is None:
            raise AdaError("The image is gone. Make the maps of another one")
        store_maps(image, result, order.output)
        if order.output["material"]:
            put_on(context, image, result, order)
        return image.name


def store_maps(image: bpy.types.Image, result: PbrMaps, output: dict[str, Any]) -> None:
    """Add the maps as images named after the image; those of an earlier time give way, also in materials."""
    for kind, pixels in result.images.items():
        name = f"{image.name} {kind}"
        old = bpy.data.images.get(name)
        new = texture_output.store(name, pixels, output, None, data=kind != "albedo")
        new[textures.MAP] = kind
        if old is not None and textures.MAP in old:
            old.user_remap(new)
            bpy.data.images.remove(old)
            new.name = name
    image[textures.SEAM] = list(result.seam)
    image[textures.DEPTH] = result.depth


def put_on(context: bpy.types.Context, image: bpy.types.Image, result: PbrMaps, order: MapsOrder) -> None:
    """A material of the image and its maps; one of ours that has them already is kept, with the new depth."""
    images = maps_of(image)
    directx = order.settings.normal == "DIRECTX"
    needed = {images[kind] for kind in result.images if kind in images and (kind != "orm" or "roughness" not in images)}
    ours = [m for m in bpy.data.materials if needed <= texture_material.made_of(m)]
    ours = [m for m in ours if needed and texture_material.suits(m, directx)]
    for material in ours:
        texture_material.set_depth(material, result.depth)
    worn = {m for obj in bpy.data.objects if obj.session_uid in order.targets for m in obj.data.materials if m}
    if not ours or (order.targets and not worn & set(ours)):
        texture_output.add_material(order.output, order.targets, images, result.depth, directx)


class ADA_OT_texture_seam(ImageOperator, bpy.types.Operator):
    """Measure how well this image continues at its borders: 1 is a seam that is seen, 0.5 is none"""

    bl_idname = "ada.texture_seam"
    bl_label = "Measure Seam"
    bl_options = {'REGISTER', 'UNDO'}

    def execute(self, context: bpy.types.Context) -> set[str]:
        image = self.chosen(context)
        if image is None:
            return {'CANCELLED'}
        try:
            image[textures.SEAM] = list(seam_of(textures.read_image(image)[..., :3]))
        except AdaError as error:
            self.report({'ERROR'}, translated(error))
            return {'CANCELLED'}
        return {'FINISHED'}


classes = (ADA_OT_texture_maps, ADA_OT_texture_seam)
