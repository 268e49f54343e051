"""What is put on a model for a texture, from the panel's rows to the engine's settings, with ControlNets' pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..ai.diffusion.settings import Control
from ..ai.errors import AdaError
from ..ai.projection import guides
from ..render import sight, textures
from .reconstruct import absolute


class Extras:
    """Reads the extras of several rows of one order; what the scene's camera sees is drawn once for each size."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int], tuple[np.ndarray, np.ndarray]] = {}

    def read(self, values: dict[str, Any]) -> dict[str, Any]:
        """Arguments of `TextureSettings` from values of `scene.ada.texture`.

        Raises:
            AdaError: a row has no file, a ControlNet or the IP-Adapter no picture.
        """
        embeddings = [_path(row) for row in values["embeddings"] if row["use"]]
        extras: dict[str, Any] = {
            "loras": tuple((_path(row), row["weight"]) for row in values["loras"] if row["use"]),
            "embeddings": tuple(embeddings),
            "control": tuple(self._control(row, values) for row in values["controls"] if row["use"]),
        }
        if values["ip_adapter"]:
            if values["ip_image"] is None:
                raise AdaError("The IP-Adapter needs an image. Choose the image that serves as prompt")
            extras |= {
                "ip_adapter": absolute(values["ip_adapter"]),
                "ip_image": textures.read_image(values["ip_image"])[..., :3],
                "ip_weight": values["ip_weight"],
            }
        return extras

    def _control(self, row: dict[str, Any], values: dict[str, Any]) -> Control:
        return Control(_folder_of(_path(row)), self._picture(row, values), row["weight"], row["kind"])

    def _picture(self, row: dict[str, Any], values: dict[str, Any]) -> np.ndarray | None:
        kind, origin = row["kind"], row["origin"]
        if kind == 'TILE' and origin != 'READY':  # What it is shown is the picture to start from, or to enlarge.
            source = values["source"] if values["mode"] != 'TEXT' else None
            return textures.read_image(source)[..., :3] if source is not None else None
        if origin == 'CAMERA' and kind != 'OTHER':
            return self._draw(kind, values["width"], values["height"])
        if row["image"] is None:
            raise AdaError("The ControlNet '{name}' needs an image. Choose or render one", name=_path(row).name)
        image = textures.read_image(row["image"])[..., :3]
        if origin == 'READY' or kind == 'OTHER':
            return image
        if kind != 'CANNY':
            raise AdaError("Depth and normals come from the scene's camera or a finished image. Choose one under From")
        return guides.find_edges(image, values["seamless"])

    def _draw(self, kind: str, width: int, height: int) -> np.ndarray:
        if (width, height) not in self._seen:
            depsgraph = bpy.context.evaluated_depsgraph_get()
            found = sight.look(bpy.context.scene, depsgraph, width, height)
            view = guides.Sight(found.corners, found.normals, found.projection, found.near)
            self._seen[width, height] = guides.see(view, width, height)
        depth, normals = self._seen[width, height]
        if kind == 'DEPTH':
            return guides.depth_picture(depth)
        if kind == 'NORMAL':
            return guides.normal_picture(normals)
        both = np.concatenate([guides.normal_picture(normals), guides.depth_picture(depth)[..., :1]], 2)
        return guides.find_edges(both)


def _path(row: dict[str, Any]) -> Path:
    if not row["path"]:
        raise AdaError("A row of the list has no file. Choose one, or remove the row")
    return absolute(row["path"])


def _folder_of(path: Path) -> Path:
    """The folder of a network saved by diffusers, where its weights or its config.json were chosen."""
    return path.parent if path.is_file() and (path.parent / "config.json").is_file() else path
