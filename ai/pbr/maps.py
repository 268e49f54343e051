"""The job: one picture in, its PBR maps out, ready to be written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..errors import AdaError
from ..job import Job, Progress
from .border import Wrap, seam_of, slopes, wraps
from .occlusion import find_occlusion
from .relief import Relief, find_relief
from .settings import LARGEST, MapSettings

BAND = 1 << 22  # Pixels that are finished at a time.


@dataclass(slots=True)
class PbrMaps:
    """What came out."""

    images: dict[str, np.ndarray]  # By kind: (h, w) or (h, w, 3), uint16 normal and height, uint8 all else.
    depth: float  # What a height of 1 stands for, in widths of the picture.
    wrap: Wrap  # Along which axes the maps continue at their borders.
    seam: tuple[float, float]  # Seam score of the picture.
    estimator: str  # 'BUILT_IN', or the names of the models.


def make_maps(picture: np.ndarray, settings: MapSettings) -> Job:
    """Make maps of a picture.

    Args:
        picture: (h, w, 3) sRGB in [0, 1].
        settings: what to make, and how.

    Returns:
        A job whose result is a `PbrMaps`.

    Raises:
        AdaError: the picture is too small or too large.
    """
    h, w = picture.shape[:2]
    if min(h, w) < 16 or max(h, w) > LARGEST:
        raise AdaError("The size must lie between 16 and 8192 pixels, not {width} x {height}", width=w, height=h)
    return _make_maps(picture, settings)


def _make_maps(picture: np.ndarray, settings: MapSettings) -> Job:
    seam = seam_of(picture)
    wrap = _wrap_of(picture, settings)
    estimator = "BUILT_IN"
    if settings.models:
        from . import marigold  # The heavy import, where it is wanted.

        relief = yield from _share(marigold.find_relief(picture, wrap, settings), 0.0, 0.8)
        estimator = ", ".join(path.name for path in settings.models)
    else:
        relief = yield from _share(find_relief(picture, wrap), 0.0, 0.8)
    relief.height *= np.float32(-settings.strength if settings.invert else settings.strength)
    low, high = float(relief.height.min()), float(relief.height.max())
    images: dict[str, np.ndarray] = {}
    if "albedo" in settings.kinds:
        images["albedo"] = without_light(picture, relief)
    occlusion = None
    if {"ao", "orm"} & set(settings.kinds):
        occlusion = to_bytes((yield from _share(find_occlusion(relief.height, wrap), 0.8, 0.97)))
    yield Progress(0.97, "Finishing the maps")
    if "normal" in settings.kinds:
        images["normal"] = normals(relief.height, wrap, settings.normal == "DIRECTX")
    roughness = to_bytes(np.clip(relief.roughness + np.float32(settings.roughness), 0, 1))
    metallic = to_bytes(clear_metal(relief.metallic))
    if "height" in settings.kinds:
        scale = np.float32(65535 / (high - low)) if high > low else np.float32(0)
        images["height"] = ((relief.height - np.float32(low)) * scale + np.float32(0.5)).astype(np.uint16)
        if high <= low:
            images["height"][:] = 32768
    for kind, image in (("roughness", roughness), ("metallic", metallic), ("ao", occlusion)):
        if kind in settings.kinds and image is not None:
            images[kind] = image
    if "orm" in settings.kinds and occlusion is not None:
        images["orm"] = np.stack([occlusion, roughness, metallic], -1)
    return PbrMaps(images, (high - low) / picture.shape[1], wrap, seam, estimator)


def normals(height: np.ndarray, wrap: Wrap, directx: bool = False) -> np.ndarray:
    """The tangent-space normal map of heights in pixels: (h, w, 3) uint16, red right, green up, or down for DirectX."""
    dx, dy = slopes(height, wrap)
    out = np.empty((*height.shape, 3), np.uint16)
    for rows in bands(*height.shape):
        x, y = -dx[rows], dy[rows] if not directx else -dy[rows]
        length = np.sqrt(1 + x * x + y * y)
        for channel, value in enumerate((x, y, 1.0)):
            out[rows, :, channel] = (value / length * 0.5 + 0.5) * 65535 + 0.5
    return out


def without_light(picture: np.ndarray, relief: Relief) -> np.ndarray:
    """The picture divided by the light that the network sees on it: (h, w, 3) uint8."""
    out = np.empty(picture.shape, np.uint8)
    for rows in bands(*picture.shape[:2]):
        even = np.exp2(-relief.shade[rows].clip(-1.5, 1.5))
        out[rows] = to_bytes(((picture[rows] + 0.02) * even[..., None] - 0.02).clip(0, 1))
    return out


def clear_metal(metallic: np.ndarray) -> np.ndarray:
    """Metal or none: a guess that is nearly sure becomes sure, and between there is a soft step."""
    t = ((metallic - np.float32(0.25)) * 2).clip(0, 1)
    return t * t * (3 - 2 * t)


def to_bytes(image: np.ndarray) -> np.ndarray:
    """Float [0, 1] to uint8, rounded."""
    return (image * np.float32(255) + np.float32(0.5)).astype(np.uint8)


def bands(height: int, width: int) -> Iterator[slice]:
    """Rows of a picture, a few at a time."""
    step = max(1, BAND // width)
    for top in range(0, height, step):
        yield slice(top, min(top + step, height))


def _wrap_of(picture: np.ndarray, settings: MapSettings) -> Wrap:
    if settings.seamless == "AUTO":
        return wraps(picture)
    return settings.seamless in ("BOTH", "X"), settings.seamless in ("BOTH", "Y")


def _share(job: Job, start: float, end: float) -> Job:
    """A part of a job, its progress scaled to that of the whole."""
    try:
        while True:
            event: Any = next(job)  # Jobs here make no requests.
            yield replace(event, fraction=start + (end - start) * event.fraction)
    except StopIteration as stop:
        return stop.value
    finally:
        job.close()
