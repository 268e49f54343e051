"""A field on disk, whole or half learned: one safetensors file that names its own SHA-256 and never holds a pickle."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ..errors import AdaError
from ..files import replacing
from .dataset import Dataset
from .hull import Box, Outside
from .settings import ReconstructSettings

FORMAT = 2
# What a run that goes on takes from its own settings; all else is as it was when the run began.
OF_THE_RUN = (
    "memory_gb", "device", "threads", "free_threads", "keep_unseen", "min_part", "texture", "texture_size", "faces",
    "quads", "preview_seconds", "live", "checkpoint", "checkpoint_seconds", "resume",
)  # fmt: skip


@dataclass(slots=True)
class Checkpoint:
    """What a run needs to go on, or a finished field to be drawn."""

    settings: ReconstructSettings
    photos: str  # `fingerprint` of what is learned from.
    box: Box
    step: int  # Steps that are done.
    level: int
    fraction: float  # What the field was last told.
    rays: int
    pool_size: int  # Rays to choose from.
    tensors: dict[str, Tensor]
    outside: Outside | None = None
    drawn: int | None = None  # Batches drawn from the pool; None where it is still to be filled.
    error: float = 0.0  # Running mean squared error.
    seconds: dict[str, float] = field(default_factory=dict)


def fingerprint(dataset: Dataset) -> str:
    """Return a SHA-256 of the photographs' names, sizes and cameras."""
    found = hashlib.sha256(f"{len(dataset.train)}".encode())
    for view in dataset.train + dataset.test:
        camera = asdict(view.camera)
        camera["pose"] = camera["pose"].tolist()
        found.update(json.dumps([view.path.name, camera]).encode())
    return found.hexdigest()


def write(path: Path, checkpoint: Checkpoint) -> None:
    """Write the file; it appears whole or not at all.

    Raises:
        AdaError: it could not be written; what stood there before is untouched.
    """
    c = checkpoint
    box = {"center": c.box.center.tolist(), "size": c.box.size.tolist(), "rotation": c.box.rotation.tolist()}
    names = ("photos", "step", "level", "fraction", "rays", "pool_size", "drawn", "error", "seconds")
    content: dict[str, Any] = {"format": FORMAT, "settings": asdict(c.settings), "box": box}
    content |= {name: getattr(c, name) for name in names}
    tensors = {name: value.detach().cpu().contiguous() for name, value in c.tensors.items()}
    if c.outside is not None:
        content["outside"] = {"low": c.outside.low.tolist(), "spacing": c.outside.spacing}
        tensors["outside"] = torch.from_numpy(c.outside.cells.astype(np.uint8))
    text = json.dumps(content, sort_keys=True)
    with replacing(path) as part:
        try:
            save_file(tensors, part, {"ada": text, "sha256": _digest(text, tensors)})
        except SafetensorError as error:
            raise OSError(str(error)) from error
        _read_checked(part)


def read(path: Path) -> Checkpoint:
    """Read a file that `write` wrote.

    Raises:
        AdaError: it is absent, of another version, or not what was written.
    """
    content, tensors = _read_checked(path)
    box = Box(*(np.array(content["box"][name], np.float64) for name in ("center", "size", "rotation")))
    outside = None
    if "outside" in content:
        cells = tensors.pop("outside").numpy().astype(bool)
        outside = Outside(cells, np.array(content["outside"]["low"]), content["outside"]["spacing"])
    names = ("photos", "step", "level", "fraction", "rays", "pool_size", "drawn", "error", "seconds")
    plain = {name: content[name] for name in names}
    return Checkpoint(settings=_settings(content), box=box, tensors=tensors, outside=outside, **plain)


def resumed(settings: ReconstructSettings) -> ReconstructSettings:
    """Return the settings with which a kept run goes on, those of the file; as they are where none is to go on.

    Raises:
        AdaError: as `read`.
    """
    if not settings.resume:
        return settings
    content = json.loads(_metadata(Path(settings.checkpoint))["ada"])
    return replace(_settings(content), **{name: getattr(settings, name) for name in OF_THE_RUN})


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return the running means of an optimiser by number of the parameter and name."""
    state = optimizer.state_dict()["state"]
    return {f"optimizer.{number}.{name}": value for number, each in state.items() for name, value in each.items()}


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Take over what `optimizer_tensors` gave; an optimiser that has done no step has nothing."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        if key.startswith("optimizer."):
            _, number, name = key.split(".")
            state.setdefault(int(number), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def _settings(content: dict[str, Any]) -> ReconstructSettings:
    known = {entry.name for entry in fields(ReconstructSettings)}
    values: dict[str, Any] = {name: value for name, value in content["settings"].items() if name in known}
    values |= {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return ReconstructSettings(**values)


def _metadata(path: Path) -> dict[str, str]:
    if not path.is_file():
        raise AdaError("There is no kept field at '{path}'. Start a reconstruction with Keep Field on", path=str(path))
    try:
        with safe_open(path, framework="pt") as file:
            found: dict[str, str] = file.metadata() or {}
        known = json.loads(found["ada"])["format"] == FORMAT and "sha256" in found
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise AdaError(
            "'{path}' holds no field, or is damaged. Start the reconstruction anew", path=str(path)
        ) from error
    if not known:
        raise AdaError("'{path}' is of another version of Ada Forge. Start the reconstruction anew", path=str(path))
    return found


def _read_checked(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    metadata = _metadata(path)
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise AdaError(
            "'{path}' holds no field, or is damaged. Start the reconstruction anew", path=str(path)
        ) from error
    if _digest(metadata["ada"], tensors) != metadata["sha256"]:
        raise _damaged(path)
    return json.loads(metadata["ada"]), tensors


def _damaged(path: Path) -> AdaError:
    return AdaError("'{path}' holds no field, or is damaged. Start the reconstruction anew", path=str(path))


def _digest(text: str, tensors: dict[str, Tensor]) -> str:
    """SHA-256 of the settings and, in order of their names, of what each tensor is called, its kind and its bytes."""
    found = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        value = tensors[name]
        found.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        found.update(value.reshape(-1).numpy().tobytes())
    return found.hexdigest()
