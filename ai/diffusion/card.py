"""The small JSON beside a model: what diffusers' own configuration has no field for."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ..errors import AdaError
from ..job import Job, Progress

FILE = "ada.json"
SUMS = "SHA256SUMS"
CHUNK = 32 * 1024**2  # Bytes read between two reports.


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Defaults are those of a plain Stable Diffusion without the JSON."""

    circular: bool = False  # All its convolutions wrap around, because it was trained so.
    native_size: int = 512  # Pixels.
    multiple: int = 8  # Sizes it can make, in pixels.
    guidance: float = 7.0
    upscaler: str = ""  # File of the super-resolution network; empty for none.
    upscale: int = 1
    materials: tuple[str, ...] = ()  # What it was taught; empty where that is anybody's guess.
    trained_samples: int = 0
    trained_minutes: float = 0.0


def read_card(folder: Path) -> ModelCard:
    """Read the JSON beside a model; a folder without one gets the defaults.

    Raises:
        AdaError: the file is not the JSON it should be.
    """
    path = folder / FILE
    if not path.exists():
        return ModelCard()
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        known = {field.name for field in fields(ModelCard)}
        values = {key: tuple(v) if isinstance(v, list) else v for key, v in values.items() if key in known}
        card = ModelCard(**values)
    except (ValueError, TypeError, AttributeError) as error:
        raise AdaError("'{name}' is damaged. Copy the model folder again", name=str(path)) from error
    return card


def verifying(folder: Path) -> Job:
    """Compare every file with the list of SHA-256 sums, where the folder has one. What has been found whole is not
    read again while Blender runs, unless it changes.

    Raises:
        AdaError: a file is missing or differs.
    """
    listing = folder / SUMS
    if not listing.exists():
        return
    entries = [line.split("  ", 1) for line in listing.read_text(encoding="utf-8").splitlines()]
    for expected, name in entries:
        path = folder / name
        if not path.is_file() or (yield from sum_of(path)) != expected:
            raise AdaError("'{name}' is missing or damaged. Copy the model folder again", name=str(path))


_known_sums: dict[tuple[Path, int, int, int], str] = {}  # By path, start, size and time of change.


def sum_of(path: Path, start: int = 0) -> Job:
    """The SHA-256 of a file from a byte on, as lower-case hexadecimal digits; reports while it reads."""
    state = path.stat()
    key = (path, start, state.st_size, state.st_mtime_ns)
    if key not in _known_sums:
        digest = hashlib.sha256()
        with path.open("rb") as file:
            file.seek(start)
            while data := file.read(CHUNK):
                digest.update(data)
                if file.tell() < state.st_size:
                    share = file.tell() / state.st_size
                    yield Progress(0.0, "Checks {name}: {percent:.0%}", {"name": path.name, "percent": share})
        _known_sums[key] = digest.hexdigest()
    return _known_sums[key]


def write_sums(folder: Path) -> None:
    """Write the list that `verify_sums` and `sha256sum -c` read: of every file but the texts for people."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != SUMS and p.suffix != ".md")
    lines = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder).as_posix()}" for p in files]
    (folder / SUMS).write_text("\n".join(lines) + "\n", encoding="utf-8")
