"""The models on this computer: our own, those in the user's folders, of ComfyUI and A1111, and the hub's cache."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ...errors import AdaError
from ...job import Job, Progress, run
from ..settings import BUILT_IN
from .families import KINDS
from .inspect import PARTS, ModelInfo, inspect, read_json

DEEPEST = 7  # Folders below the one that is scanned.
# Of programs that keep models: nothing in these is one.
SKIPPED = {
    ".git", "__pycache__", "blobs", "custom_nodes", "input", "node_modules", "output", "outputs", "python_embeded",
    "site-packages", "temp", "venv", ".venv",
}  # fmt: skip
PROGRAMS = (
    "ComfyUI", "ComfyUI_windows_portable/ComfyUI", "stable-diffusion-webui", "stable-diffusion-webui-forge",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a scan found."""

    models: tuple[ModelInfo, ...]  # The built-in one first, then by kind and name.
    problems: tuple[tuple[Path, AdaError], ...]  # Files that call themselves models and are none.


def scan(folders: Iterable[Path]) -> list[ModelInfo]:
    """The models in some folders, the built-in one before them; what is damaged is left out."""
    return list(scan_all(folders).models)


def scan_all(folders: Iterable[Path]) -> Catalogue:
    """As `scan`, with what is wrong with the rest. Folders that do not exist are empty."""
    return run(scan_steps(folders))


def scan_steps(folders: Iterable[Path]) -> Job:
    """The same as a job, whose result is a `Catalogue`. Only headers are read: a thousand files take seconds."""
    found, problems, seen = [], [], {BUILT_IN.resolve()}
    yield Progress(0.0, "Looking for models")
    for path in (path for folder in folders for path in _candidates(folder)):
        real = path.resolve()
        if real in seen:
            continue
        seen.add(real)
        try:
            found.append(inspect(path))
        except AdaError as error:
            problems.append((path, error))
        read = len(found) + len(problems)  # How many there are is not known before the end.
        yield Progress(read / (read + 20), "Reads {name}", {"name": path.name})
    found.sort(key=lambda info: (KINDS.index(info.kind), info.name.lower()))
    return Catalogue((inspect(BUILT_IN), *found), tuple(problems))


def hub_cache() -> Path:
    """Where huggingface_hub keeps what it has downloaded. Source: its page on environment variables."""
    home = os.environ.get("HF_HOME") or os.path.join(os.environ.get("XDG_CACHE_HOME", "~/.cache"), "huggingface")
    return Path(os.environ.get("HF_HUB_CACHE") or os.path.join(home, "hub")).expanduser()


def likely_folders() -> list[Path]:
    """Where models lie already: the hub's cache, and ComfyUI and A1111 where people put them."""
    home = Path.home()
    places = [home, home / "Documents", home / "AI", home / "Downloads"]
    named = [place / name for place in places for name in PROGRAMS]
    return [folder for folder in [hub_cache(), *named] if folder.is_dir()]


def _candidates(folder: Path) -> Iterator[Path]:
    """Model files and folders below a folder, in a steady order."""
    visited: set[Path] = set()
    todo = [(root, 0) for root in reversed([folder, *_extra_paths(folder)])]
    while todo:
        place, depth = todo.pop()
        if not place.is_dir() or place.resolve() in visited:
            continue
        visited.add(place.resolve())
        if (place / "model_index.json").is_file() or _is_part(place):
            yield place
            continue
        if place.name.startswith("models--") and (place / "snapshots").is_dir():
            todo += [(snapshot, depth + 1) for snapshot in _newest_snapshot(place)]
            continue
        try:
            entries = sorted(place.iterdir())
        except PermissionError:
            continue  # A folder of somebody else holds nothing for us.
        for path in entries:
            if path.suffix.lower() in {".safetensors", ".ckpt"} and path.is_file():
                yield path
        if depth < DEEPEST:
            todo += [(path, depth + 1) for path in reversed(entries) if path.is_dir() and path.name not in SKIPPED]


def _is_part(folder: Path) -> bool:
    """Whether a folder is one network saved by diffusers, a ControlNet or a VAE for instance."""
    if not (folder / "config.json").is_file():
        return False
    try:
        return read_json(folder / "config.json").get("_class_name") in PARTS
    except AdaError:
        return False  # Of some other program, and none of ours.


def _newest_snapshot(repository: Path) -> list[Path]:
    """The snapshot that the name `main` points to, else the youngest."""
    main = repository / "refs" / "main"
    if main.is_file() and (named := repository / "snapshots" / main.read_text().strip()).is_dir():
        return [named]
    snapshots = [path for path in (repository / "snapshots").iterdir() if path.is_dir()]
    return sorted(snapshots, key=lambda path: path.stat().st_mtime)[-1:]


def _extra_paths(folder: Path) -> list[Path]:
    """Folders that ComfyUI's extra_model_paths.yaml names: those of an A1111 beside it."""
    listing = folder / "extra_model_paths.yaml"
    if not listing.is_file():
        return []
    bases = re.findall(r"^\s+base_path:\s*(.+?)\s*$", listing.read_text(encoding="utf-8", errors="replace"), re.M)
    return [(folder / base.strip("\"'")).expanduser() for base in bases]
