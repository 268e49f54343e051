"""What is saved when CUDA breaks: Cycles and torch share one context, and both end with it until Blender restarts."""

from __future__ import annotations

import logging
import re
import time
from pathlib import Path

import bpy
import numpy as np

from ..ai.card.memory import broken_card, is_sticky
from ..ai.errors import AdaError
from ..render.export import save_blend_copy
from .doctor import data_folder
from .queue import as_sentence

log = logging.getLogger("ada_forge.card")

FOLDER = "recovered"


def broke_card(error: BaseException) -> bool:
    """Whether an error, or one it came from, has broken CUDA for this process."""
    seen: BaseException | None = error
    while seen is not None:
        if is_sticky(seen):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def explain(error: Exception) -> AdaError:
    """What the user reads of a failure; where it broke the card, the file is saved first."""
    return rescue() if broke_card(error) else as_sentence(error)


def rescue() -> AdaError:
    """Save a copy of the open file, and pictures painted since their last save, beside nobody's; the user's file stays
    as it is. Main thread.

    Returns:
        The sentence for the user: where the copy is, and that Blender must be restarted.
    """
    broken_card()
    folder = data_folder() / FOLDER / time.strftime("%Y%m%d-%H%M%S")
    path = folder / f"{Path(bpy.data.filepath).stem or 'untitled'}.blend"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _save_pictures(folder)
        save_blend_copy(path)
    except (AdaError, OSError, RuntimeError) as error:  # The disk may be full as well; the user must hear of both.
        log.exception("the file could not be rescued")
        return AdaError(
            "The graphics card stopped working for this Blender, and no copy of the file could be made ({reason}). "
            "Save it yourself under another name, then restart Blender",
            reason=str(error),
        )
    log.error("CUDA is broken; the file was saved as %s", path)
    return AdaError(
        "The graphics card stopped working for this Blender. A copy of your file is '{path}'. Restart Blender",
        path=str(path),
    )


def _save_pictures(folder: Path) -> None:
    """A .blend does not hold what was painted into a picture of a file."""
    for image in bpy.data.images:
        if image.is_dirty and image.has_data and image.packed_file is None and image.source in {'FILE', 'GENERATED'}:
            name = re.sub(r"[^\w.-]+", "_", Path(image.name).stem) or "picture"
            suffix = "exr" if image.is_float else "png"
            copy = image.copy()
            try:
                pixels = np.empty(len(image.pixels), dtype=np.float32)
                image.pixels.foreach_get(pixels)
                copy.file_format = 'OPEN_EXR' if image.is_float else 'PNG'
                copy.pixels.foreach_set(pixels)
                copy.filepath_raw = str(folder / f"{name}.{suffix}")
                copy.save()
            finally:
                bpy.data.images.remove(copy)
