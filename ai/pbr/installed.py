"""Which Marigold pipelines of the user's there are. No torch here."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..diffusion.models.inspect import read_json
from ..errors import AdaError

KINDS = {
    "MarigoldNormalsPipeline": "normals",
    "MarigoldDepthPipeline": "depth",
    "MarigoldIntrinsicsPipeline": "intrinsics",
}


def kind_of(folder: Path) -> str:
    """What the pipeline in a folder estimates: 'normals', 'depth', 'intrinsics'; empty for any other folder."""
    try:
        return KINDS.get(str(read_json(folder / "model_index.json").get("_class_name")), "")
    except AdaError:
        return ""  # A damaged model is none to use by itself.


def choose(folders: Iterable[Path]) -> tuple[Path, ...]:
    """The first pipeline of each kind."""
    found: dict[str, Path] = {}
    for folder in folders:
        if kind := kind_of(folder):
            found.setdefault(kind, folder)
    return tuple(found.values())


def chosen(folder: Path) -> tuple[Path, ...]:
    """The pipelines in a folder, or in the folders in it.

    Raises:
        AdaError: there is none.
    """
    found = choose([folder, *(sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else [])])
    if not found:
        raise AdaError("'{name}' holds no Marigold model. Choose its folder, with a model_index.json", name=str(folder))
    return found
