"""A model folder on a device: the stock diffusers classes, plus what the JSON beside the model says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import DiffusionPipeline

from ..errors import AdaError
from .card import ModelCard, read_card, verify_sums
from .upscaler import Upscaler, load_upscaler


@dataclass(slots=True)
class Model:
    """A pipeline ready to run."""

    pipeline: DiffusionPipeline
    card: ModelCard
    upscaler: Upscaler | None
    folder: Path
    device: torch.device


def choose_dtype(device: torch.device) -> torch.dtype:
    """float16 on a GPU; float32 on the CPU, where half precision is an order of magnitude slower."""
    return torch.float32 if device.type == "cpu" else torch.float16


def load_model(folder: Path, device: str = "cpu", dtype: torch.dtype | None = None) -> Model:
    """Load any diffusers folder.

    Args:
        folder: with a `model_index.json`. `ada.json` and `SHA256SUMS` beside it are heeded where present.
        device: as torch names it ("cpu", "cuda:1").
        dtype: of the weights; `choose_dtype` decides unless given.

    Raises:
        AdaError: the folder is no model, is damaged, or the device does not exist.
    """
    if not (folder / "model_index.json").is_file():
        raise AdaError("'{name}' holds no diffusers model. Choose a folder with a model_index.json", name=str(folder))
    verify_sums(folder)
    card = read_card(folder)
    try:
        place = torch.device(device)
        torch.empty(1, device=place)
    except (RuntimeError, AssertionError) as error:
        raise AdaError(
            "The device '{device}' cannot be used. Choose another in the preferences", device=device
        ) from error
    try:
        pipeline = DiffusionPipeline.from_pretrained(
            str(folder), torch_dtype=dtype or choose_dtype(place), local_files_only=True
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise AdaError(
            "The model in '{name}' could not be loaded ({reason}). Download or copy it again",
            name=str(folder),
            reason=str(error),
        ) from error
    pipeline.set_progress_bar_config(disable=True)
    pipeline.to(place)
    upscaler = load_upscaler(folder / card.upscaler).to(place) if card.upscaler else None
    return Model(pipeline, card, upscaler, folder, place)
