"""What a texture job is asked for. No torch here: operators import this."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

BUILT_IN = Path(__file__).resolve().parent / "default"


@dataclass(frozen=True, slots=True)
class TextureSettings:
    """Everything that decides a picture: the same settings on the same device give the same pixels."""

    prompt: str
    negative: str = ""
    width: int = 512  # Pixels of the result.
    height: int = 512
    steps: int = 20
    guidance: float | None = None  # Classifier-free guidance; None takes the model's own.
    seed: int = 0  # Of the first picture; the next ones count up.
    count: int = 1
    seamless: str = "BOTH"  # 'BOTH', 'X', 'Y' or 'NONE'. A model trained on tiles always gives 'BOTH'.
    image: np.ndarray | None = None  # (h, w, 3) sRGB in [0, 1] to start from.
    strength: float = 0.6  # How far to leave `image` behind, (0, 1].
    mask: np.ndarray | None = None  # (h, w) in [0, 1]: 1 where `image` is made anew, 0 where it stays.
    loras: tuple[tuple[Path, float], ...] = ()  # Files with their weights.
    model: Path = BUILT_IN  # A diffusers folder.
    device: str = "cpu"
