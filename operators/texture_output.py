"""What becomes of a finished texture: images, files, a material, an asset."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..ai.errors import AdaError
from ..render import assets, texture_material, textures
from .reconstruct import absolute
from .texture_order import row_key

log = logging.getLogger("ada_forge.textures")

MAP_KINDS = ("albedo", "normal", "height", "roughness", "metallic", "ao", "orm")


def check(context: bpy.types.Context, output: dict[str, Any]) -> tuple[int, ...]:
    """Raise at the click what would fail at the end; return the identities of the objects that get the material.

    Raises:
        AdaError: the folder is relative to a file never saved, or an object lacks what the mapping needs.
    """
    if output["store"] == 'FILE':
        absolute(output["folder"])
    if not output["material"]:
        return ()
    objects = [obj for obj in context.selected_objects if texture_material.takes_material(obj)]
    if output["mapping"] == 'UV' and objects:
        texture_material.units_per_uv(objects)
    return tuple(obj.session_uid for obj in objects)


def add(order: Any, picture: Any, name: str = "") -> str:
    """Write one picture into the file, named by its prompt unless given; return the name of its image."""
    output = order.output
    name = name or textures.clean_name(picture.prompt)
    image = store(name, picture.color, output, as_record(order, picture))
    images = {"color": image}
    if output["maps"]:
        for kind in MAP_KINDS:
            if kind in picture.maps:
                images[kind] = store(f"{image.name} {kind}", picture.maps[kind], output, None, kind != "albedo")
                images[kind][textures.MAP] = kind
    if output["material"] or output["asset"]:
        material = add_material(output, order.targets, images, picture.depth)
        if output["asset"]:
            tags = ["Ada", *output["tags"].split(",")]
            assets.mark(material, picture.color, picture.prompt, tags, output["catalog"])
    return image.name


def write_files(order: Any, picture: Any, path: Path) -> None:
    """Write one picture, and its maps beside it, as PNG files; the file that is open gets nothing.

    Raises:
        AdaError: one could not be written.
    """
    maps = picture.maps if order.output["maps"] else {}
    textures.write(path, picture.color, as_record(order, picture))
    for kind, pixels in maps.items():
        write_map(path, kind, pixels)


def write_map(path: Path, kind: str, pixels: np.ndarray) -> Path:
    """Write a map beside its picture as `name_kind.png`: whole numbers in their own bits, floats in 16.

    Raises:
        AdaError: it could not be written.
    """
    target = path.with_name(f"{path.stem}_{kind}.png")
    textures.write(target, pixels, bits=textures.bits_of(pixels, 16))
    return target


def add_material(
    output: dict[str, Any],
    targets: tuple[int, ...],
    images: dict[str, bpy.types.Image],
    depth: float,
    directx: bool = False,
) -> bpy.types.Material:
    """A material of the images on those of the targets that are still there.

    Args:
        output: values of `scene.ada.texture_output`.
        targets: session identities of objects.
        images: by kind of map, 'color' among them.
        depth: what a height of 1 stands for, in tiles.
        directx: green points down in the normal map.
    """
    objects = [obj for obj in bpy.data.objects if obj.session_uid in targets]
    surface = texture_material.Surface(
        name=images["color"].name,
        images=images,
        tile_size=output["tile_size"],
        mapping=output["mapping"],
        units_per_uv=texture_material.units_per_uv(objects) if output["mapping"] == 'UV' and objects else 1.0,
        depth=depth,
        displacement=output["displacement"],
        directx=directx,
    )
    material = texture_material.add_material(surface)
    texture_material.assign(material, objects)
    return material


def store(
    name: str, pixels: np.ndarray, output: dict[str, Any], record: dict[str, Any] | None, data: bool = False
) -> bpy.types.Image:
    """Add an image with its preview, packed or as a file of its own, as the output settings say; see `add_image`."""
    try:
        image = textures.add_image(name, pixels, record, data, _new_path(name, output))
    except AdaError as error:
        if output["store"] != 'FILE':
            raise
        log.warning("%s", error)  # A full disk is no reason to throw a finished texture away.
        kept = AdaError("'{name}' could not be written as a file. It is kept in this .blend file", name=name)
        notes = [*(record or {}).get("notes", ()), [kept.message, kept.values]]
        image = textures.add_image(name, pixels, None if record is None else record | {"notes": notes}, data)
    assets.set_preview(image, pixels)
    return image


def _new_path(name: str, output: dict[str, Any]) -> Path | None:
    """Where a texture's file goes; None for those that are packed."""
    if output["store"] != 'FILE':
        return None
    folder = absolute(output["folder"])
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AdaError("Cannot write '{name}'. Check the folder and the free space", name=str(folder)) from error
    return textures.free_path(folder, textures.clean_name(name))


def as_record(order: Any, picture: Any) -> dict[str, Any]:
    """What an image remembers: the panel's settings with its own seed, and what came out."""
    return {
        "program": "Ada Forge",
        "prompt": picture.prompt,
        "texture": {**order.rows[picture.row], "seed": picture.seed, "seed_mode": 'FIXED', "count": 1},
        "recipe": order.recipe,
        "settings": picture.settings,
        "seam": list(picture.seam),
        "depth": picture.depth,
        "notes": [[note.message, note.values] for note in picture.notes],
        "job": order.number,
        "key": row_key(order, picture.row),
        **picture.more,
    }
