"""What the user sees and changes while a field is learned. No torch: the interface reads this module."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .cameras import Camera

LOOK = "look"  # The request to Blender: its payload is the `CropBox` of the field, its answer a `Look`.


@dataclass(frozen=True, slots=True)
class CropBox:
    """A box in the world as plain numbers."""

    center: tuple[float, float, float]
    size: tuple[float, float, float]  # Full side lengths.
    rotation: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0)  # Quaternion w, x, y, z: box to world.


@dataclass(frozen=True, slots=True)
class Look:
    """What is to be shown, and the crop box as it stands now."""

    camera: Camera | None = None  # Of the viewport, at the size to draw; None: show the surface.
    crop: CropBox | None = None  # None: all that was found.


@dataclass(frozen=True, slots=True)
class NovelView:
    """The field as the viewport's camera sees it."""

    rgba: np.ndarray  # (h, w, 4) float32 in [0, 1], sRGB, premultiplied, row 0 the upper.
    camera: Camera


def guess_crop(cameras: list[Camera]) -> CropBox:
    """Guess what photographs show: a cube around the place that all look at, as large as their frames allow.

    Args:
        cameras: at least one.
    """
    centers = np.stack([camera.center() for camera in cameras])
    looks = np.stack([-camera.pose[:3, 2] for camera in cameras])
    middle = nearest_point(centers, looks)
    slopes = [min(camera.width / camera.fx, camera.height / camera.fy) / 2 for camera in cameras]
    distance = np.linalg.norm(centers - middle, axis=1)
    reach = float(np.median(distance * np.sin(np.arctan(slopes))))
    x, y, z = middle.tolist()
    return CropBox((x, y, z), (2 * reach,) * 3)


def nearest_point(origins: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Return the point with the least squared distance to lines, (3,).

    Args:
        origins: (n, 3).
        directions: (n, 3), unit length. Where all are parallel the point is a middle one of the origins' own.
    """
    across = np.eye(3) - directions[:, :, None] * directions[:, None]
    matrix = across.sum(0) + 1e-9 * np.eye(3) * len(origins)
    found: np.ndarray = np.linalg.solve(matrix, (across @ origins[..., None]).sum(0)[:, 0] + 1e-9 * origins.sum(0))
    return found
