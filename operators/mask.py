"""Photos with what belongs to the object as their alpha, beside the originals."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..ai.errors import AdaError
from ..ai.job import Answer, Job, Request
from ..ai.photos.settings import MaskSettings
from ..ai.setup import packages
from .camera_properties import MasksProperties
from .job import JobOperator
from .properties import read_settings
from .reconstruct import absolute

latest: list[AdaError] = []  # What the last run left out or found weak; drawn by the panel.


class ADA_OT_photos_mask(MasksProperties, JobOperator, bpy.types.Operator):
    """Write copies of the photos with masks as alpha into a folder of their own. The photos stay as they are"""

    bl_idname = "ada.photos_mask"
    bl_label = "Mask Photos"

    def settings(self, context: bpy.types.Context) -> Any:
        return self.read(context, self)

    @classmethod
    def read(cls, context: bpy.types.Context, operator: bpy.types.Operator | None = None) -> Any:
        """The photos' path, the target folder and all settings, copied."""
        values = read_settings(context.scene.ada.masks, operator)
        source = values["source"] or context.scene.ada.reconstruct.path or context.scene.ada.cameras.source
        if not source:
            raise AdaError("Choose a folder of photos under Photos")
        path = absolute(source)
        if not path.exists():  # Said at the click, not when its turn comes.
            raise AdaError("'{path}' does not exist. Choose a folder of photos or a transforms.json", path=path)
        settings = MaskSettings(**{field.name: values[field.name] for field in fields(MaskSettings)})
        if settings.method == 'FOLDER':
            if not settings.mask_folder:
                raise AdaError("Choose the folder of the mask files")
            settings.mask_folder = str(absolute(settings.mask_folder))
            if not os.path.isdir(settings.mask_folder):
                raise AdaError("The folder '{folder}' does not exist. Choose another one", folder=settings.mask_folder)
        home = path if path.is_dir() else path.parent
        return path, absolute(values["folder"]) if values["folder"] else home.with_name(f"{home.name}_masked"), settings

    @classmethod
    def start(cls, settings: Any) -> Job:
        packages.require("PIL")
        from ..ai.photos import masks

        return (yield from masks.write_masks(*settings))

    @classmethod
    def answer(cls) -> Answer:
        def reply(request: Request) -> Any:
            return mask_outlines(request.payload) if request.name == "mask_outlines" else painted_alpha(request.payload)

        return reply

    @classmethod
    def finish(cls, context: bpy.types.Context, settings: Any, result: Any) -> str:
        """The masked photos are what comes next: to reconstruct from where they have cameras, else to find these."""
        latest[:] = result.notes
        if result.transforms is not None:
            context.scene.ada.reconstruct.path = str(result.transforms)
        else:
            context.scene.ada.cameras.source = str(result.folder)
        return result.folder.name


def painted_alpha(photo: Path) -> np.ndarray | None:
    """Alpha of a photo as it stands in Blender, (h, w) uint8, row 0 the upper; None where it is not open there."""
    for image in bpy.data.images:
        if (
            image.source == 'FILE'
            and image.filepath
            and Path(bpy.path.abspath(image.filepath)).resolve() == photo.resolve()
        ):
            width, height = image.size
            if not width or not image.is_dirty:
                continue
            pixels = np.empty(width * height * image.channels, np.float32)
            image.pixels.foreach_get(pixels)
            if image.channels != 4:
                continue
            alpha = pixels.reshape(height, width, 4)[::-1, :, 3]
            return np.round(np.clip(alpha, 0.0, 1.0) * 255).astype(np.uint8)
    return None


def mask_outlines(photo: Path) -> list[Any] | None:
    """The layers of the mask that is named like a photo, as curves; None where there is none.

    Feathers and the time of the mask's animation are left out.
    """
    from ..ai.photos.outlines import OutlineLayer

    mask = bpy.data.masks.get(photo.stem) or bpy.data.masks.get(photo.name)
    if mask is None:
        return None
    layers = []
    for layer in mask.layers:
        outlines = []
        for spline in layer.splines:
            if spline.use_cyclic and len(spline.points) > 1:
                points = [[point.handle_left, point.co, point.handle_right] for point in spline.points]
                outlines.append(np.array(points, np.float64))
        if not layer.hide_render:
            layers.append(OutlineLayer(tuple(outlines), layer.blend == 'SUBTRACT', layer.invert))
    return layers


classes = (ADA_OT_photos_mask,)
