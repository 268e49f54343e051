"""Textures in the file: image datablocks and what they remember of their making."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..ai.errors import AdaError
from ..ai.png import read_texts, write_png

log = logging.getLogger("ada_forge.textures")

PROPERTY = "ada_texture"  # Custom property of an image: how it was made, as JSON.
SEAM = "ada_seam"  # Of an image that was measured: its seam scores along x and y.
DEPTH = "ada_depth"  # Of an image with maps: what a height of 1 stands for, in tiles.
MAP = "ada_map"  # Of a map: its kind.
LONGEST_NAME = 40


def clean_name(text: str) -> str:
    """A short name for datablocks and files out of any text: letters, digits, spaces, `-`; never a path."""
    words = re.sub(r"[^\w -]+", " ", text).split()
    name = ""
    for word in words:
        if name and len(name) + 1 + len(word) > LONGEST_NAME:
            break
        name = f"{name} {word}".strip()
    return name[:LONGEST_NAME] or "Texture"


def add_image(
    name: str,
    pixels: np.ndarray,
    record: dict[str, Any] | None = None,
    data: bool = False,
    path: Path | None = None,
) -> bpy.types.Image:
    """Add an image.

    Args:
        name: Blender makes it unique.
        pixels: (h, w, 3) or (h, w), row 0 the upper; floats in [0, 1], or uint8 or uint16. sRGB, or plain numbers
            where `data` is set.
        record: kept as JSON in the image's custom property and in the PNG's text.
        data: the pixels are no colours.
        path: PNG file to write and read from; None packs the PNG into the open file.

    Raises:
        AdaError: the file could not be written.
    """
    image = _add_packed(name, pixels, record, data) if path is None else _add_file(path, pixels, record, data)
    image.name = name
    image.colorspace_settings.is_data = data
    image.use_fake_user = True  # An image that nothing uses yet is not lost with the next saving.
    if record is not None:
        image[PROPERTY] = json.dumps(record, ensure_ascii=False)
    return image


def _add_file(path: Path, pixels: np.ndarray, record: dict[str, Any] | None, data: bool) -> bpy.types.Image:
    write(path, pixels, record, bits_of(pixels, 16 if data else 8))
    return bpy.data.images.load(str(path), check_existing=False)


def _add_packed(name: str, pixels: np.ndarray, record: dict[str, Any] | None, data: bool) -> bpy.types.Image:
    target = Path(bpy.app.tempdir) / f"{clean_name(name)}.png"
    try:
        image = _add_file(target, pixels, record, data)
    except AdaError as error:  # No room for a temporary file: in memory there is, without the PNG's own text.
        log.warning("%s", error)
        return _in_memory(name, pixels, data)
    image.pack()
    image.filepath_raw = f"//textures/{target.name}"  # Where unpacking writes it.
    target.unlink()
    return image


def _in_memory(name: str, pixels: np.ndarray, data: bool) -> bpy.types.Image:
    rgba = np.ones((*pixels.shape[:2], 4), np.float32)
    if pixels.dtype.kind == "u":
        pixels = pixels / np.float32(np.iinfo(pixels.dtype).max)
    rgba[..., :3] = (pixels if pixels.ndim == 3 else pixels[..., None])[::-1]
    image = bpy.data.images.new(name, pixels.shape[1], pixels.shape[0], alpha=False, float_buffer=data, is_data=data)
    image.pixels.foreach_set(rgba.ravel())
    image.pack()
    return image


def bits_of(pixels: np.ndarray, bits: int) -> int:
    """Bits of a channel in a file: whole numbers have their own, floats get these."""
    return pixels.itemsize * 8 if pixels.dtype.kind == "u" else bits


def write(path: Path, pixels: np.ndarray, record: dict[str, Any] | None = None, bits: int = 8) -> None:
    """Write a PNG file with its record as text; it is read back before it takes its place.

    Raises:
        AdaError: it could not be written, or holds values that are no numbers.
    """
    write_png(path, pixels, {PROPERTY: json.dumps(record, ensure_ascii=False)} if record is not None else None, bits)


def read_record(image: bpy.types.Image | None) -> dict[str, Any] | None:
    """How an image was made; None where it was not made here, or its property is damaged."""
    return parse_record(image.get(PROPERTY) if image is not None else None)


def parse_record(text: object) -> dict[str, Any] | None:
    """The record of its JSON; None where it is none."""
    if not isinstance(text, str):
        return None
    try:
        record = json.loads(text)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def find_record(image: bpy.types.Image | None) -> dict[str, Any] | None:
    """How an image was made: of the datablock, else of the PNG that it was loaded from."""
    record = read_record(image)
    if record is not None or image is None or image.source != 'FILE':
        return record
    return file_record(Path(bpy.path.abspath(image.filepath)))


def file_record(path: Path) -> dict[str, Any] | None:
    """How a PNG was made; None where it is none, or none of ours."""
    try:
        return parse_record(read_texts(path).get(PROPERTY))
    except AdaError:
        return None


def read_image(image: bpy.types.Image) -> np.ndarray:
    """Pixels of an image as they are now, painted or not: (h, w, 4) float32 sRGB, row 0 the upper.

    Raises:
        AdaError: it has none.
    """
    width, height = image.size
    channels = image.channels
    if not width or not height or (not image.has_data and not len(image.pixels)):
        raise AdaError("The image '{name}' holds no pixels. Load or choose another one", name=image.name)
    flat = np.empty(width * height * channels, np.float32)
    image.pixels.foreach_get(flat)
    pixels = flat.reshape(height, width, channels)[::-1]
    rgba = np.ones((height, width, 4), np.float32)
    if channels in (1, 2):
        rgba[..., :3] = pixels[..., :1]
    else:
        rgba[..., :channels] = pixels
    if image.is_float and not image.colorspace_settings.is_data:  # Blender keeps these linear.
        colors = rgba[..., :3]
        rgba[..., :3] = np.where(
            colors <= 0.0031308, 12.92 * colors, 1.055 * np.maximum(colors, 1e-8) ** (1 / 2.4) - 0.055
        )
    return np.clip(rgba, 0.0, 1.0)


def open_image(path: Path) -> bpy.types.Image:
    """The image of a file; one that is open already is used again.

    Raises:
        AdaError: there is none, or Blender cannot read it.
    """
    try:
        image = bpy.data.images.load(str(path.resolve()), check_existing=True)
    except RuntimeError as error:
        raise AdaError("'{name}' is no picture that can be read. Choose another file", name=str(path)) from error
    if not image.size[0]:
        raise AdaError("'{name}' is no picture that can be read. Choose another file", name=str(path))
    return image


def open_made(path: Path) -> bpy.types.Image:
    """The image of a PNG that was made here, with its record and its preview.

    Raises:
        AdaError: Blender cannot read it.
    """
    image = open_image(path)
    record = file_record(path)
    if record is not None:
        image[PROPERTY] = json.dumps(record, ensure_ascii=False)
    image.use_fake_user = True
    return image


def free_path(folder: Path, name: str, suffix: str = ".png") -> Path:
    """A path that no file has yet: `name.png`, `name-2.png`, …"""
    path, number = folder / f"{name}{suffix}", 2
    while path.exists():
        path, number = folder / f"{name}-{number}{suffix}", number + 1
    return path


def show(image: bpy.types.Image) -> None:
    """Show an image in the image editors that show nothing, or another texture of ours."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == 'IMAGE_EDITOR':
                space = area.spaces.active
                if space.image is None or PROPERTY in space.image:
                    space.image = image
