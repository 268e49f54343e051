"""Masks: what belongs to the object, as the alpha channel of PNG files beside the photos."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..errors import AdaError
from ..job import Progress, Request
from ..nerf.cameras import Camera
from ..nerf.dataset import Frame, find_transforms, read_frames
from ..nerf.images import read_rgba
from . import transforms
from .choose import list_photos
from .outlines import fill_outlines
from .settings import MaskSettings

# Linear sRGB to cone responses, and their cube roots to OKLab.
TO_CONES = np.array([
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
])  # fmt: skip
TO_LAB = np.array([
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
])  # fmt: skip


@dataclass(slots=True)
class MaskedPhotos:
    """What was written."""

    folder: Path
    written: int
    transforms: Path | None  # With the cameras of the masked photos, where the photos had cameras.
    left_out: list[Path] = field(default_factory=list)
    notes: list[AdaError] = field(default_factory=list)


def write_masks(source: Path, folder: Path, settings: MaskSettings) -> Generator[Progress | Request, Any, MaskedPhotos]:
    """Write each photo with its mask as alpha into another folder.

    Args:
        source: a folder of photos, or cameras that Reconstruct reads.
        folder: where the PNG files are written; with `transforms.json` where the source has cameras.
        settings: where masks come from.

    Yields:
        For painted masks the request "painted_alpha" with a photo's path, answered by its alpha as Blender holds it,
        (h, w) uint8, or None; for masks drawn as curves "mask_outlines", answered by a list of `OutlineLayer` or None.

    Raises:
        AdaError: nothing to mask, the folder is not free, or all masks hide nothing or everything.
    """
    photos, cameras = _list(source)
    _check_folder(folder, photos, settings.overwrite)
    names = _file_names(photos)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    result = MaskedPhotos(folder, 0, None)
    kept: list[int] = []
    opaque = 0
    try:
        for number, photo in enumerate(photos):
            yield Progress(number / len(photos), "Masking {name}", {"name": photo.name})
            rgba = read_rgba(photo)
            alpha = yield from _alpha(photo, rgba, settings)
            if alpha is None:
                result.left_out.append(photo)
                result.notes.append(AdaError("'{name}' was left out: it has no mask", name=photo.name))
            elif not (alpha >= 128).any():
                result.left_out.append(photo)
                result.notes.append(AdaError("'{name}' was left out: its mask is empty", name=photo.name))
            else:
                opaque += bool((alpha >= 128).all())
                rgba = np.dstack([rgba[..., :3], alpha])
                _write_png(part / names[number], rgba)
                kept.append(number)
        _check_masks(len(kept), opaque, source)
        if opaque:
            result.notes.append(
                AdaError("{count} masks hide nothing: check the threshold or their files", count=opaque)
            )
        if cameras is not None:
            chosen = [cameras[number] for number in kept]
            transforms.write_transforms(
                part / "transforms.json", [part / names[number] for number in kept], chosen, False
            )
            result.transforms = folder / "transforms.json"
        _publish(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    result.written = len(kept)
    return result


def _list(source: Path) -> tuple[list[Path], list[Camera] | None]:
    """The photos, and their cameras where there are some."""
    if source.is_dir():
        try:
            file, test = find_transforms(source)
        except AdaError:
            return list_photos(source), None
    else:
        file, test = find_transforms(source)
    frames: list[Frame] = read_frames(file) + (read_frames(test) if test else [])
    return [frame.image for frame in frames], [frame.camera for frame in frames]


def _file_names(photos: list[Path]) -> list[str]:
    """Photos of several folders, or of several formats, may share a name."""
    counts = Counter(photo.stem.lower() for photo in photos)
    return [
        f"{photo.stem}.png" if counts[photo.stem.lower()] == 1 else f"{photo.stem}_{number:06}.png"
        for number, photo in enumerate(photos)
    ]


def _check_folder(folder: Path, photos: list[Path], overwrite: bool) -> None:
    originals = {photo.resolve().parent for photo in photos}
    if folder.resolve() in originals:
        raise AdaError(
            "'{folder}' holds the photos themselves. Choose another folder for the masks", folder=str(folder)
        )
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not overwrite)):
        raise AdaError("'{folder}' holds other files. Choose an empty folder", folder=str(folder))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AdaError(
            "Cannot write to '{folder}': {reason}. Choose another folder", folder=str(folder), reason=error.strerror
        ) from error


def _publish(part: Path, folder: Path) -> None:
    part.chmod(0o755)  # mkdtemp makes it private.
    try:
        folder.mkdir(exist_ok=True)
        for file in part.iterdir():
            os.replace(file, folder / file.name)
    except OSError as error:
        raise AdaError(
            "Cannot write to '{folder}': {reason}. Choose another folder", folder=str(folder), reason=error.strerror
        ) from error


def _check_masks(kept: int, opaque: int, source: Path) -> None:
    if not kept:
        raise AdaError("All masks of '{path}' hide everything. Check the threshold or the mask files", path=str(source))
    if opaque == kept:
        raise AdaError("All masks of '{path}' hide nothing. Check the threshold or the mask files", path=str(source))


def _alpha(photo: Path, rgba: np.ndarray, settings: MaskSettings) -> Generator[Request, Any, np.ndarray | None]:
    if settings.method == 'PAINTED':
        alpha = yield Request("painted_alpha", photo)
        if alpha is not None and alpha.shape != rgba.shape[:2]:
            raise AdaError(
                "The mask '{mask}' and its image '{name}' differ in size. Export the mask again",
                mask=photo.name, name=photo,
            )  # fmt: skip
    elif settings.method == 'SPLINES':
        layers = yield Request("mask_outlines", photo)
        alpha = None if layers is None else fill_outlines(layers, rgba.shape[1], rgba.shape[0])
    elif settings.method == 'FOLDER':
        alpha = _alpha_of_file(photo, rgba.shape[:2], Path(settings.mask_folder))
    else:
        alpha = key_alpha(rgba[..., :3], settings.key_color, settings.tolerance, settings.softness)
    if alpha is None:
        return None
    if settings.invert:
        alpha = 255 - alpha
    return np.minimum(alpha, rgba[..., 3])


def _alpha_of_file(photo: Path, shape: tuple[int, ...], folder: Path) -> np.ndarray | None:
    """A mask named like its photo, with any suffix, or like COLMAP's: the photo's whole name and .png."""
    names = [
        f"{photo.name}.png",
        *(photo.stem + suffix for suffix in (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp")),
    ]
    found = next((folder / name for name in names if (folder / name).is_file()), None)
    if found is None:
        return None
    stored = read_rgba(found)
    if stored.shape[:2] != shape:
        raise AdaError(
            "The mask '{mask}' and its image '{name}' differ in size. Export the mask again", mask=found, name=photo
        )
    # A picture cut out keeps its own alpha; a black and white one is read by its brightness.
    if (stored[..., 3] < 255).any():
        return stored[..., 3]
    return np.asarray(Image.fromarray(stored[..., :3]).convert("L"))


def key_alpha(rgb: np.ndarray, key: tuple[float, float, float], tolerance: float, softness: float) -> np.ndarray:
    """Alpha of what differs from a colour.

    d is the distance to the key in OKLab; alpha = clip((d - tolerance) / softness, 0, 1).

    Args:
        rgb: (h, w, 3) uint8, sRGB.
        key: sRGB in [0, 1].
        tolerance: distance that still counts as the key; black and white are 1 apart.
        softness: width of the border, above 0.

    Returns:
        (h, w) uint8.

    Source: Ottosson, "A perceptual color space for image processing", 2020.
    """
    table = _linear(np.arange(256) / 255.0).astype(np.float32)  # Photos have 8 bits.
    target = _lab(_linear(np.array(key, np.float64)))
    distance = np.linalg.norm(_lab(table[rgb]) - target.astype(np.float32), axis=-1)
    return np.round(np.clip((distance - tolerance) / max(softness, 1e-6), 0, 1) * 255).astype(np.uint8)


def _linear(srgb: np.ndarray) -> np.ndarray:
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def _lab(linear: np.ndarray) -> np.ndarray:
    return np.cbrt(linear @ TO_CONES.T.astype(linear.dtype)) @ TO_LAB.T.astype(linear.dtype)


def _write_png(path: Path, rgba: np.ndarray) -> None:
    try:
        Image.fromarray(rgba).save(path, compress_level=1)
        with Image.open(path) as written:
            if written.size != (rgba.shape[1], rgba.shape[0]) or not np.array_equal(np.asarray(written), rgba):
                raise OSError("the disk gives back other bytes")
    except OSError as error:
        raise AdaError("'{file}' could not be written: {reason}", file=path.name, reason=str(error)) from error
