"""Relief by Marigold (Ke et al. 2024, arXiv:2312.02145) and its relatives for normals and intrinsics, as in diffusers.

They look at a picture of some hundred pixels; what is finer is added by our own network.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import DiffusionPipeline

from ..card.arbiter import Arbiter, arbiter, no_room
from ..card.memory import is_out_of_memory
from ..diffusion.load import choose_dtype
from ..errors import AdaError
from ..job import Job, Progress
from . import relief as built_in
from .border import Wrap, resize, slopes, window
from .installed import kind_of
from .settings import MapSettings

LARGEST = 1024  # Pixels of the longer side that is looked at.
AROUND = 1 / 8  # Of each side, added where a picture wraps around: these models see borders.
STEEPEST = 10.0  # Slope that is believed.


def find_relief(picture: np.ndarray, wrap: Wrap, settings: MapSettings) -> Job:
    """As `relief.find_relief`, with the models of the settings for what they estimate.

    Raises:
        AdaError: a model cannot be loaded, finds no memory, or gives values that are no numbers.
    """
    h, w = picture.shape[:2]
    ratio = min(1.0, LARGEST / max(h, w))
    small = resize(picture, max(16, round(h * ratio)), max(16, round(w * ratio)), wrap)
    said: dict[str, np.ndarray] = {}
    for number, folder in enumerate(settings.models):
        yield Progress(0.6 * number / len(settings.models), "Estimating with {name}", {"name": folder.name})
        said |= _ask(folder, small, wrap, settings.device)
    yield Progress(0.6, "Estimating with {name}", {"name": settings.models[-1].name})
    own = yield from built_in.find_relief(small, wrap)
    guide = _height(said, own.height, wrap)
    found = own if ratio == 1.0 else (yield from built_in.find_relief(picture, wrap, guide))
    if ratio == 1.0 and guide is not None:
        found.height = guide
    for name in ("roughness", "metallic"):
        if name in said:
            setattr(found, name, resize(said[name], h, w, wrap).clip(0, 1))
    return found


def _ask(
    folder: Path, picture: np.ndarray, wrap: Wrap, device: str, keeper: Arbiter = arbiter
) -> dict[str, np.ndarray]:
    """What one pipeline says of a picture: 'normals' (h, w, 3), 'depth', 'roughness', 'metallic' (h, w)."""
    h, w = picture.shape[:2]
    tall, wide = (round(side * AROUND) if around else 0 for side, around in ((h, wrap[1]), (w, wrap[0])))
    padded = window(picture, -tall, -wide, h + 2 * tall, w + 2 * wide, wrap)
    kind, size = kind_of(folder), sum(path.stat().st_size for path in folder.rglob("*.safetensors"))

    def move(pipeline: Any, to_card: bool) -> Any:
        for part in pipeline.components.values():
            if isinstance(part, torch.nn.Module):
                torch.nn.Module.to(part, device if to_card else "cpu")
        return pipeline

    holding = keeper.hold(folder.name, lambda: _load(folder, device), size, move, not device.startswith("cpu"))
    try:
        with keeper.use(holding) as pipeline:
            prediction = pipeline(padded, generator=torch.Generator("cpu").manual_seed(0)).prediction
            names = pipeline.target_properties if kind not in ("normals", "depth") else None
            del pipeline  # What is released shall be free.
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise no_room(keeper.biggest_users()) from error
    finally:
        keeper.release(holding)
    if not np.isfinite(prediction).all():
        raise AdaError("'{name}' gave values that are no numbers. Choose Built-in under Estimator", name=folder.name)
    inner = np.asarray(prediction, np.float32)[:, tall : tall + h, wide : wide + w]
    if kind == "normals":
        return {"normals": inner[0]}
    if kind == "depth":
        return {"depth": inner[0, ..., 0]}
    return _materials(names, inner)


def _load(folder: Path, device: str) -> Any:
    try:
        dtype = choose_dtype(torch.device(device))
        pipeline = DiffusionPipeline.from_pretrained(str(folder), torch_dtype=dtype, local_files_only=True).to(device)
    except (OSError, ValueError, KeyError, RuntimeError, AssertionError) as error:
        if is_out_of_memory(error):
            raise
        raise AdaError(
            "The model in '{name}' could not be loaded ({reason}). Download or copy it again",
            name=str(folder),
            reason=str(error),
        ) from error
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _materials(properties: dict[str, Any] | None, prediction: np.ndarray) -> dict[str, np.ndarray]:
    """Roughness and metal, which share the channels of one of the pictures that an intrinsics model makes."""
    properties = properties or {}
    found = {}
    for target, picture in zip(properties.get("target_names", ()), prediction):
        for channel, name in enumerate(properties.get(target, {}).get("sub_target_names", ())):
            if name in ("roughness", "metallicity"):
                found["metallic" if name == "metallicity" else name] = picture[..., channel]
    return found


def _height(said: dict[str, np.ndarray], own: np.ndarray, wrap: Wrap) -> np.ndarray | None:
    """Height in pixels of what the models say; None where they say nothing of it.

    Depth has no scale: it gets that by which its slopes are nearest to those of the normals, or of our own estimate.
    """
    dx, dy = slopes(own, wrap)
    normals = said.get("normals")
    if normals is not None:
        upright = np.maximum(normals[..., 2], 0.05)
        dx, dy = (x.clip(-STEEPEST, STEEPEST) for x in (-normals[..., 0] / upright, normals[..., 1] / upright))
    held = np.zeros_like(own)
    if "depth" in said:
        near = -said["depth"]
        ax, ay = slopes(near, wrap)
        power = float((ax * ax + ay * ay).sum())
        fit = float((ax * dx + ay * dy).sum()) / power if power > 0 else 0.0
        if fit <= 0 < power:  # They disagree; what is left is how steep it is.
            fit = float(np.sqrt((dx * dx + dy * dy).sum() / power))
        held = near * np.float32(fit)
        if normals is None:
            return held
    return None if normals is None else _integrate(dx, dy, held, wrap)


def _integrate(dx: np.ndarray, dy: np.ndarray, held: np.ndarray, wrap: Wrap) -> np.ndarray:
    """`relief.integrate` for a whole picture: beside one that does not wrap lies its mirror image."""
    h, w = held.shape
    if not wrap[0]:
        dx, dy, held = (np.concatenate([x, sign * x[:, ::-1]], 1) for x, sign in ((dx, -1), (dy, 1), (held, 1)))
    if not wrap[1]:
        dx, dy, held = (np.concatenate([x, sign * x[::-1]], 0) for x, sign in ((dx, 1), (dy, -1), (held, 1)))
    spring = 1 / (4 * max(h, w)) if not held.any() else 1 / 64
    return built_in.integrate(dx, dy, held, spring)[:h, :w]
