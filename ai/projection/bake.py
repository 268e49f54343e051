"""The baking job: a mesh with UVs and posed photographs in, a texture out."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from ..job import Job, Progress
from ..mesh import Mesh
from ..nerf.dataset import View
from .atlas import Texels, fill_margin, find_texels, suggest_size
from .blend import blend, level_gains
from .photo import prepare_photo, sample, view_quality
from .settings import BakeSettings
from .shelf import Shelf

CHUNK = 200_000  # Texels coloured between two yields.
LEVELLING_PLACES, LEVELLING_COLORS = 20_000, 16_000_000  # The second: places times photographs.
SLACK = 1.5e-3  # Of the mesh's diagonal: how far the surface may be off and still be what the photograph shows.


@dataclass(slots=True)
class Texture:
    """A texture and where its colours come from."""

    image: np.ndarray  # (size, size, 3) float32, sRGB in [0, 1]; row 0 is the lowest.
    covered: np.ndarray  # (size, size) bool: a face lies here.
    seen: np.ndarray  # (size, size) bool: at least one photograph showed it.
    gains: np.ndarray  # (views, 3) by which the photographs were multiplied.


def bake(mesh: Mesh, uv: np.ndarray, views: list[View], settings: BakeSettings, source: Mesh | None = None) -> Job:
    """Colour a mesh from the photographs that saw each place best; a job that gives a `Texture`.

    Where no photograph shows the surface, the colour is that of the nearest vertex of `source`.

    Args:
        mesh: with normals, in the world of the cameras.
        uv: (faces, 3, 2) in [0, 1], of each face's corners; islands that do not overlap.
        views: posed photographs; pixels with alpha below 0.95 are not used.
        settings: see there.
        source: a mesh with colours; None: `mesh`.
    """
    diagonal = float(np.linalg.norm(np.ptp(mesh.vertices, axis=0)))
    photos = Shelf(sum(view.camera.width * view.camera.height for view in views), settings.memory)
    for number, view in enumerate(views):
        yield Progress(0.3 * number / len(views), "Preparing {name}", {"name": view.path.name})
        photos.add(prepare_photo(view, mesh, SLACK * diagonal))
    best, pixels = yield from _best_views(mesh, photos, min(settings.views, len(photos)))
    gains = np.ones((len(photos), 3))
    if settings.level_exposure and len(photos) > 1:
        gains = _level(mesh, photos)
    size = settings.size or suggest_size(mesh, uv, pixels)
    yield Progress(0.45, "Laying out {size} x {size} texels", {"size": size})
    texels = find_texels(uv, size)
    color, seen = yield from _colour(mesh, photos, texels, best, gains)
    yield Progress(0.95, "Filling what no photo shows")
    if not seen.all():
        color[~seen] = _nearest_colors(mesh, source or mesh, texels, ~seen)
    yield Progress(0.97, "Filling the margins")
    return _assemble(texels, color, seen, settings.margin, gains)


def _vertex_normals(mesh: Mesh) -> np.ndarray:
    if mesh.normals is not None:
        return mesh.normals.astype(np.float64)
    a, b, c = (mesh.vertices[mesh.faces[:, corner]].astype(np.float64) for corner in range(3))
    normal = np.cross(b - a, c - a)
    sums = np.stack(
        [np.bincount(mesh.faces.ravel(), np.repeat(normal[:, axis], 3), len(mesh.vertices)) for axis in range(3)], -1
    )
    return sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-30)


def _best_views(mesh: Mesh, photos: Shelf, count: int) -> Generator[Progress, Any, tuple[np.ndarray, np.ndarray]]:
    """The `count` best views of each face, (faces, count), -1 for none, and the pixels it has in the best one.

    A face is looked at in its middle and near its corners, since a part of it may be hidden.
    """
    normals = _vertex_normals(mesh)
    corners, bent = mesh.vertices[mesh.faces].astype(np.float64), normals[mesh.faces]
    a, b, c = (corners[:, corner] for corner in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    shares = np.array([[1, 1, 1], [4, 1, 1], [1, 4, 1], [1, 1, 4]]) / [[3], [6], [6], [6]]
    points = np.einsum("sk,fkx->fsx", shares, corners).reshape(-1, 3)
    normal = np.einsum("sk,fkx->fsx", shares, bent).reshape(-1, 3)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-30)
    score = np.zeros((len(mesh.faces), count), np.float32)
    number = np.full((len(mesh.faces), count), -1, np.int32)
    pixels = np.zeros(len(mesh.faces))
    for index in range(len(photos)):
        yield Progress(0.3 + 0.1 * index / len(photos), "Finding the best views")
        weight, density, _ = view_quality(photos[index], points, normal)
        value = weight.reshape(-1, len(shares)).max(1)
        pixels = np.maximum(pixels, np.where(value > 0, density.reshape(-1, len(shares)).max(1) * area, 0))
        worst = score.argmin(1)
        rows = np.flatnonzero(value > score[np.arange(len(score)), worst])
        score[rows, worst[rows]], number[rows, worst[rows]] = value[rows], index
    return number, pixels


def _level(mesh: Mesh, photos: Shelf) -> np.ndarray:
    """Gains of the photographs from vertices spread over the mesh."""
    step = max(1, len(mesh.vertices) // min(LEVELLING_PLACES, LEVELLING_COLORS // len(photos)))
    points, normals = mesh.vertices[::step].astype(np.float64), _vertex_normals(mesh)[::step]
    weights = np.zeros((len(points), len(photos)), np.float32)
    colors = np.zeros((len(points), len(photos), 3), np.float32)
    for index in range(len(photos)):
        photo = photos[index]
        weight, _, place = view_quality(photo, points, normals)
        which = np.flatnonzero(weight > 0)
        weights[which, index] = weight[which]
        colors[which, index] = sample(photo.color, place[which])
    return level_gains(colors, weights)


def _colour(
    mesh: Mesh, photos: Shelf, texels: Texels, best: np.ndarray, gains: np.ndarray
) -> Generator[Progress, Any, tuple[np.ndarray, np.ndarray]]:
    """Colours of the texels (n, 3), and whether any photograph showed them (n,)."""
    vertices, normals = mesh.vertices.astype(np.float64), _vertex_normals(mesh)
    count = len(texels.index)
    color, seen = np.zeros((count, 3), np.float32), np.zeros(count, bool)
    for start in range(0, count, CHUNK):
        yield Progress(0.45 + 0.5 * start / count, "Colouring the texture")
        part = slice(start, min(start + CHUNK, count))
        points, normal = texels.interpolate(vertices, mesh.faces, part), texels.interpolate(normals, mesh.faces, part)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-30)
        views = best[texels.face[part]]
        weights = np.zeros(views.shape, np.float32)
        fine, coarse = (np.zeros((*views.shape, 3), np.float32) for _ in range(2))
        for index in np.unique(views[views >= 0]):
            photo, (row, slot) = photos[index], np.nonzero(views == index)
            weight, _, place = view_quality(photo, points[row], normal[row])
            good = weight > 0
            row, slot, place = row[good], slot[good], place[good]
            weights[row, slot] = weight[good]
            fine[row, slot] = sample(photo.color, place) * gains[index]
            coarse[row, slot] = sample(photo.coarse, place) * gains[index]
        shown = np.flatnonzero(weights.max(1) > 0)
        color[start + shown] = blend(fine[shown], coarse[shown], weights[shown])
        seen[start + shown] = True
    return color, seen


def _nearest_colors(mesh: Mesh, source: Mesh, texels: Texels, missing: np.ndarray) -> np.ndarray:
    if source.colors is None:
        return np.full((int(missing.sum()), 3), 0.5, np.float32)
    chosen = Texels(texels.size, texels.index[missing], texels.face[missing], texels.weights[missing])
    points = chosen.interpolate(mesh.vertices, mesh.faces)
    _, nearest = cKDTree(source.vertices).query(points)
    found: np.ndarray = source.colors[nearest]
    return found


def _assemble(texels: Texels, color: np.ndarray, seen: np.ndarray, margin: int, gains: np.ndarray) -> Texture:
    size = texels.size
    image = np.zeros((size * size, 3), np.float32)
    image[texels.index] = color
    masks = []
    for values in (True, seen):
        mask = np.zeros(size * size, bool)
        mask[texels.index] = values
        masks.append(mask.reshape(size, size))
    covered, shown = masks
    filled = fill_margin(image.reshape(size, size, 3), covered, max(margin, math.ceil(size / 512)))
    return Texture(filled, covered, shown, gains)
