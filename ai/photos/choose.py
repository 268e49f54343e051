"""Which photos are worth solving, and reduced copies of them to work on."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from ..errors import AdaError
from ..job import Progress
from .settings import PHOTO_SUFFIXES, CameraSettings

SHARP_SIZE = 800  # Longest side in pixels at which sharpness is measured.
BLURRED = 0.3  # Of the neighbours' median sharpness.
REACH = 3  # Neighbours on each side.
SAME = 0.6  # Mean difference of 48 x 48 thumbnails, in 8-bit steps, at which two photos show the same.
MINIMUM = 3  # Photos; with fewer nothing can be found.


@dataclass(slots=True)
class Photo:
    """One photo with its working copy."""

    path: Path
    name: str  # Of the working copy.
    size: tuple[int, int]  # Of the photo, pixels.
    copy_size: tuple[int, int]
    focal: float | None  # In pixels of the photo, from its EXIF data.
    lens: str  # Photos with the same text share their lens.
    sharpness: float  # Variance of the Laplacian, 8-bit steps squared.
    thumbnail: np.ndarray  # (48, 48) float32, grey.
    digest: bytes  # Of the file.


@dataclass(slots=True)
class Chosen:
    """What is worked on, and what was left out and why, in whole sentences."""

    photos: list[Photo] = field(default_factory=list)
    notes: list[AdaError] = field(default_factory=list)
    left_out: list[Path] = field(default_factory=list)
    masks: bool = False  # Some working copies have a mask beside them.

    def leave_out(self, path: Path, note: AdaError) -> None:
        self.left_out.append(path)
        self.notes.append(note)


def list_photos(folder: Path) -> list[Path]:
    """The photos of a folder in the order of their names; numbers in names count as numbers.

    Raises:
        AdaError: there is no such folder or it holds too few photos.
    """
    if not folder.is_dir():
        raise AdaError("The folder '{folder}' does not exist. Choose another one", folder=str(folder))
    found = [path for path in folder.iterdir() if path.suffix.lower() in PHOTO_SUFFIXES and path.name[0] != "."]
    if len(found) < MINIMUM:
        raise AdaError(
            "The folder '{folder}' holds {count} photos. Cameras need at least {minimum}, better 20 or more",
            folder=str(folder), count=len(found), minimum=MINIMUM,
        )  # fmt: skip
    return sorted(found, key=lambda path: [int(part) if part.isdigit() else part for part in _split(path.name)])


def _split(name: str) -> list[str]:
    return re.split(r"(\d+)", name.lower())


def choose(paths: list[Path], folder: Path, settings: CameraSettings) -> Generator[Progress, None, Chosen]:
    """Read all photos, write working copies into `folder/images` and masks into `folder/masks`, and leave out the bad.

    Raises:
        AdaError: too few photos are left.
    """
    (folder / "images").mkdir()
    (folder / "masks").mkdir()
    chosen = Chosen()
    read: list[Photo] = []
    for number, path in enumerate(paths):
        yield Progress(number / len(paths), "Preparing {name}", {"name": path.name})
        try:
            photo, masked = _prepare(path, f"{number:06}.jpg", folder, settings.image_size)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            chosen.leave_out(path, AdaError("'{name}' was left out: it is broken or no photo", name=path.name))
            continue
        if photo is None:
            chosen.leave_out(path, AdaError("'{name}' was left out: its mask is empty", name=path.name))
            continue
        read.append(photo)
        chosen.masks |= masked
    blurred = find_blurred([photo.sharpness for photo in read]) if settings.skip_blurred else set()
    digests: dict[bytes, Photo] = {}
    for number, photo in enumerate(read):
        same = digests.get(photo.digest)
        if same is None and chosen.photos and _is_same(chosen.photos[-1], photo):
            same = chosen.photos[-1]
        if settings.skip_duplicates and same is not None:
            chosen.leave_out(
                photo.path,
                AdaError("'{name}' was left out: it shows the same as {other}", name=photo.path.name,
                         other=same.path.name),
            )  # fmt: skip
        elif number in blurred:
            chosen.leave_out(photo.path, AdaError("'{name}' was left out: it is blurred", name=photo.path.name))
        else:
            chosen.photos.append(photo)
            digests.setdefault(photo.digest, photo)
    if chosen.masks:  # The solver wants one for every photo.
        for photo in chosen.photos:
            mask = folder / "masks" / f"{photo.name}.png"
            if not mask.exists():
                Image.new("L", photo.copy_size, 255).save(mask)
    if len(chosen.photos) < MINIMUM:
        raise AdaError(
            "Only {count} of {total} photos can be used; the others are broken, blurred or the same. Take more photos",
            count=len(chosen.photos), total=len(paths),
        )  # fmt: skip
    return chosen


def find_blurred(sharpness: list[float]) -> set[int]:
    """Indices of photos far less sharp than their neighbours.

    A photo is blurred where the variance of its Laplacian is under 0.3 of the median of up to three photos on each
    side; a scene's own texture changes more slowly from photo to photo.

    Source: Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", ICPR 2000 (the measure).
    """
    found = set()
    for number, value in enumerate(sharpness):
        around = sharpness[max(0, number - REACH) : number] + sharpness[number + 1 : number + 1 + REACH]
        if len(around) >= REACH and value < BLURRED * float(np.median(around)):
            found.add(number)
    return found


def laplacian_variance(grey: np.ndarray) -> float:
    """Variance of the four-neighbour Laplacian of an image (h, w), without its border."""
    inner = grey[1:-1, 1:-1]
    return float((grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * inner).var())


def _is_same(one: Photo, other: Photo) -> bool:
    return one.size == other.size and float(np.abs(one.thumbnail - other.thumbnail).mean()) < SAME


def _prepare(path: Path, name: str, folder: Path, longest: int) -> tuple[Photo | None, bool]:
    """Read one photo; None where its alpha hides everything. Turned photos stay as they are stored."""
    digest = hashlib.sha1(path.read_bytes(), usedforsecurity=False).digest()
    with Image.open(path) as image:
        size = image.size
        focal, lens = _exif(image)
        image.draft("RGB", (longest, longest))
        image.load()
        alpha = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
        if image.mode.startswith(("I", "F")):  # 16-bit grey; convert("L") would clip it.
            grey = np.clip(np.asarray(image).astype(np.float64) / 257, 0, 255).astype(np.uint8)
            color = Image.fromarray(grey).convert("RGB")
        else:
            color = image.convert("RGB")
    scale = min(1.0, longest / max(size))
    copy_size = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
    masked = False
    if alpha is not None:
        opaque = np.asarray(alpha) >= 128
        if not opaque.any():
            return None, False
        if not opaque.all():
            mask = np.asarray(alpha.resize(copy_size, Image.Resampling.BOX)) >= 128
            Image.fromarray(mask.astype(np.uint8) * 255).save(folder / "masks" / f"{name}.png")
            masked = True
    color = color.resize(copy_size, Image.Resampling.LANCZOS) if color.size != copy_size else color
    color.save(folder / "images" / name, quality=95, subsampling=0)
    grey_image = color.convert("L")
    thumbnail = np.asarray(grey_image.resize((48, 48), Image.Resampling.BOX), np.float32)
    if max(copy_size) > SHARP_SIZE:
        grey_image.thumbnail((SHARP_SIZE, SHARP_SIZE), Image.Resampling.BOX)
    sharpness = laplacian_variance(np.asarray(grey_image, np.float32))
    return Photo(path, name, size, copy_size, focal, lens, sharpness, thumbnail, digest), masked


def _exif(image: Image.Image) -> tuple[float | None, str]:
    """The focal length in pixels, where the camera wrote it, and what tells lenses apart.

    From the equivalent for 35 mm film (by the diagonal, 43.27 mm), else from the sensor's resolution.

    Source: CIPA DC-008, "Exchangeable image file format", tags FocalLengthIn35mmFilm, FocalPlaneXResolution.
    """
    exif = image.getexif()
    detail = exif.get_ifd(ExifTags.IFD.Exif)
    tag = ExifTags.Base

    def number(key: int) -> float:
        try:
            value = float(detail.get(key, 0))
        except (TypeError, ValueError, ZeroDivisionError):
            return 0.0
        return value if math.isfinite(value) and value > 0 else 0.0

    width, height = image.size
    film, focal = number(tag.FocalLengthIn35mmFilm), number(tag.FocalLength)
    resolution = number(tag.FocalPlaneXResolution)
    unit = 10.0 if detail.get(tag.FocalPlaneResolutionUnit) == 3 else 25.4  # Millimetres of a centimetre, an inch.
    pixels = None
    if film:
        pixels = film / 43.2666 * math.hypot(width, height)
    elif focal and resolution:
        stored = number(tag.ExifImageWidth) or width
        pixels = focal * resolution / unit * max(width, height) / max(stored, number(tag.ExifImageHeight))
    if pixels is not None and not 0.2 < pixels / max(width, height) < 20:
        pixels = None
    names = [str(exif.get(tag.Make, "")), str(exif.get(tag.Model, "")), str(detail.get(tag.LensModel, ""))]
    return pixels, "|".join([f"{width}x{height}", *names, f"{focal:.1f}"])
