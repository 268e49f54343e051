"""A kept field, to be drawn again without its photographs."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..job import Progress
from . import checkpoint
from .checkpoint import Checkpoint
from .trained import TrainedField, choose_device, make_field


@dataclass(slots=True)
class KeptField:
    """What `read_field` found."""

    model: TrainedField
    content: Checkpoint


def read_field(path: Path, device: str = 'AUTO') -> Generator[Progress, Any, KeptField]:
    """Build the field that a reconstruction has kept, whole or half learned.

    Args:
        path: the .safetensors file.
        device: as `choose_device` takes it.

    Raises:
        AdaError: there is none, it is damaged or of another version, or torch cannot use the device.
    """
    yield Progress(0.0, "Reading the kept field")
    kept = checkpoint.read(path)
    place = choose_device(device)
    views = len(kept.tensors["exposure"]) if "exposure" in kept.tensors else 0
    field = make_field(kept.settings, place, torch.Generator().manual_seed(kept.settings.seed), views)
    yield from field.restore(kept.box, kept.tensors, kept.level, kept.fraction)
    return KeptField(TrainedField(field, kept.box, place, kept.settings.min_part), kept)
