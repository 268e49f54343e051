"""From photographs to a lighter mesh with UVs and a texture: the reconstruction, then what makes an object of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from ..job import Job, Request
from ..mesh import Mesh
from ..projection.bake import bake
from ..projection.settings import BakeSettings
from .checkpoint import resumed
from .dataset import Dataset, load_job
from .settings import ReconstructSettings
from .stages import scaled
from .train import Reconstruction, reconstruct

UNWRAP = "unwrap"  # The request to Blender; its payload is an `Unwrap`, its answer a mesh with UVs.


@dataclass(frozen=True, slots=True)
class Unwrap:
    """What Blender shall do with the surface."""

    mesh: Mesh
    faces: int  # At most so many are left. 0: all.
    quads: bool


def reconstruct_textured(source: Dataset | Path | str, settings: ReconstructSettings) -> Job:
    """Reconstruct, let Blender reduce and unwrap the surface, and bake the photographs onto it.

    A job that gives a `Reconstruction` and makes one request, `UNWRAP`, where `settings.texture` is on.

    Raises:
        AdaError: as `reconstruct` does.
    """
    settings = resumed(settings)
    dataset = source
    if not isinstance(dataset, Dataset):
        dataset = yield from scaled(
            load_job(dataset, settings.max_image_size, settings.holdout, settings.photo_bytes()), 0.0, 0.03
        )
    end = 0.88 if settings.texture else 1.0
    result: Reconstruction = yield from scaled(reconstruct(dataset, settings), 0.03, end)
    if not settings.texture:
        return result
    layout: Mesh = yield Request(UNWRAP, Unwrap(result.mesh, settings.faces, settings.quads))
    layout = take_over(layout, result.mesh)
    job = bake(
        layout,
        _uv(layout),
        dataset.train,
        BakeSettings(settings.texture_size, memory=settings.photo_bytes()),
        result.mesh,
    )
    texture = yield from scaled(job, end, 1.0)
    return replace(result, mesh=layout, texture=texture)


def take_over(mesh: Mesh, source: Mesh) -> Mesh:
    """Give each vertex the normal and colour of the nearest vertex of the surface it was made from."""
    _, nearest = cKDTree(source.vertices).query(mesh.vertices)
    pick: dict[str, Any] = {
        name: None if values is None else values[nearest]
        for name, values in (("normals", source.normals), ("colors", source.colors))
    }
    return replace(mesh, **pick)


def _uv(mesh: Mesh) -> np.ndarray:
    if mesh.uv is None:
        raise ValueError("the answer to the request has no UVs")
    return mesh.uv
