"""Asset marks: preview, catalogue, tags, description."""

from __future__ import annotations

import uuid
from pathlib import Path

import bpy
import numpy as np

from ..ai.files import replacing

CATALOGS = "blender_assets.cats.txt"
HEADER = (
    "# This is an Asset Catalog Definition file for Blender.\n#\n"
    "# Empty lines and lines starting with `#` will be ignored.\n"
    "# The first non-ignored line should be the version indicator.\n"
    '# Other lines are of the format "UUID:catalog/path/for/assets:simple catalog name"\n\nVERSION 1\n\n'
)
PREVIEW = 256  # Pixels.
SPACE = uuid.UUID("6f1b3c1e-5a0e-4a39-8d5c-0a6c6f3a7d51")  # Of identities made from catalogue paths.


def mark(item: bpy.types.ID, picture: np.ndarray, description: str, tags: list[str], catalog: str) -> None:
    """Mark a datablock as an asset.

    Args:
        item: for instance a material.
        picture: its preview, (h, w, 3) sRGB in [0, 1], row 0 the upper.
        description: shown in the Asset Browser.
        tags: words to find it by.
        catalog: its path, such as "Ada/Textures"; empty for none.
    """
    item.asset_mark()
    data = item.asset_data
    data.description = description
    for tag in dict.fromkeys(tag.strip() for tag in tags):
        if tag:
            data.tags.new(tag, skip_if_exists=True)
    if catalog:
        data.catalog_id = catalog_id(catalog)
    set_preview(item, picture)


def set_preview(item: bpy.types.ID, picture: np.ndarray) -> None:
    """Give a datablock this picture, (h, w, 3) or (h, w) with row 0 the upper, as its preview."""
    height, width = picture.shape[:2]
    side = min(PREVIEW, height, width)
    rows, columns = np.arange(side) * height // side, np.arange(side) * width // side
    rgba = np.ones((side, side, 4), np.float32)
    small = picture[rows][:, columns][::-1].reshape(side, side, -1)
    rgba[..., :3] = small / np.iinfo(small.dtype).max if small.dtype.kind == "u" else small
    preview = item.preview_ensure()
    preview.image_size = side, side
    preview.image_pixels_float.foreach_set(rgba.ravel())


def catalog_id(path: str) -> str:
    """The identity of a catalogue: from the list beside the saved file, which gets the path if it lacks it.

    A file that was never saved has no folder for a list: the asset then gets the identity that the path will have,
    and stands under "Unassigned" until a list names it.
    """
    path = "/".join(part.strip() for part in path.replace(":", " ").replace("\\", "/").split("/") if part.strip())
    own = str(uuid.uuid5(SPACE, path))
    if not bpy.data.filepath:
        return own
    listing = Path(bpy.data.filepath).parent / CATALOGS
    text = listing.read_text(encoding="utf-8") if listing.exists() else HEADER
    for line in text.splitlines():
        identity, colon, rest = line.partition(":")
        if colon and not line.startswith("#") and rest.partition(":")[0] == path:
            return identity
    line = f"{own}:{path}:{path.replace('/', '-')}\n"
    with replacing(listing) as part:
        part.write_text(text + ("" if text.endswith("\n") else "\n") + line, encoding="utf-8")
    return own
