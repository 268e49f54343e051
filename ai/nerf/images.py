"""Image files to 8-bit RGBA with straight alpha."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import AdaError


def size_of(path: Path) -> tuple[int, int]:
    """Return the width and height of an image file without decoding its pixels.

    Raises:
        AdaError: not an image.
    """
    try:
        with Image.open(path) as image:
            size: tuple[int, int] = image.size
            return size
    except (OSError, ValueError, SyntaxError) as error:
        raise AdaError("'{name}' is not an image that can be read. Export it again as PNG", name=path) from error


def has_alpha(path: Path) -> bool:
    """Whether an image that can be read has an alpha channel or a transparent colour."""
    with Image.open(path) as image:
        return bool(image.has_transparency_data)


def read_rgba(path: Path, mask: Path | None = None, max_size: int = 0) -> np.ndarray:
    """Read an image, grey or colour, 8 or 16 bits, as (height, width, 4) uint8 with straight alpha; without alpha it is
    opaque.

    Args:
        path: the image.
        mask: an image of the same size whose brightness replaces alpha.
        max_size: reduce the image so that its longest side, in pixels, is at most this. 0: never.

    Raises:
        AdaError: the file is broken, or the mask has another size.
    """
    image = _decode(path)
    if mask is not None:
        alpha = _decode(mask).convert("L")
        if alpha.size != image.size:
            raise AdaError(
                "The mask '{mask}' and its image '{name}' differ in size. Export the mask again", mask=mask, name=path
            )
        image = image.convert("RGB")
        image.putalpha(alpha)
    image = image.convert("RGBA")
    longest = max(image.size)
    if max_size and longest > max_size:
        width, height = (max(1, round(side * max_size / longest)) for side in image.size)
        # Premultiplied, so that the colour behind alpha 0 does not bleed in; the box filter is the pixel's own area.
        image = image.convert("RGBa").resize((width, height), Image.Resampling.BOX).convert("RGBA")
    return np.asarray(image)


def _decode(path: Path) -> Image.Image:
    try:
        with Image.open(path) as image:
            image.load()
            if image.mode.startswith(("I", "F")):  # 16-bit grey; convert("L") would clip it.
                grey = np.asarray(image).astype(np.float64)
                return Image.fromarray(np.clip(np.round(grey / 257), 0, 255).astype(np.uint8))
            return image.copy()
    except (OSError, ValueError, SyntaxError) as error:
        raise AdaError("'{name}' is broken or cut off. Export it again", name=path) from error
