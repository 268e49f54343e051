"""The trained estimator of relief, run in NumPy: it needs no torch and no download.

Three layers look at the features of each pixel, `features.py`. They are trained on procedural tiles whose relief is
known, under chance lamps (`ai/training/pbr/`).
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

import numpy as np

from ..errors import AdaError
from .features import features

WEIGHTS = Path(__file__).with_name("weights.safetensors")
CHECKSUM = Path(__file__).with_name("SHA256SUMS")
OUTPUTS = ("dx", "dy", "height", "roughness", "metallic", "shade")
ROWS = 1 << 15  # Pixels at a time: what the processor's cache holds.

Weights = dict[str, np.ndarray]


@cache
def load_weights() -> Weights:
    """Read and check the weights that ship: 'mean', 'scale' of the features, and '0.weight' (outputs, inputs), …

    Raises:
        AdaError: the file is missing or damaged.
    """
    try:
        data = WEIGHTS.read_bytes()
        whole = hashlib.sha256(data).hexdigest() == CHECKSUM.read_text(encoding="ascii").split()[0]
    except OSError:
        whole = False
    if not whole:
        raise AdaError("'{name}' is missing or damaged. Install Ada Forge again", name=WEIGHTS.name)
    start = 8 + int.from_bytes(data[:8], "little")  # The format: https://github.com/huggingface/safetensors#format.
    found: Weights = {}
    for name, entry in json.loads(data[8:start]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            flat = np.frombuffer(data[start + begin : start + end], "<f2").astype(np.float32)
            found[name] = flat.reshape(entry["shape"])
    return found


def write_checksum() -> None:
    """Note the checksum of the weights, in the format of sha256sum."""
    digest = hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()
    CHECKSUM.write_text(f"{digest}  {WEIGHTS.name}\n", encoding="ascii")


def estimate(weights: Weights, picture: np.ndarray, mood: np.ndarray | None = None) -> np.ndarray:
    """What the network says of a picture that wraps around.

    Args:
        weights: of `load_weights`.
        picture: (h, w, 3) sRGB in [0, 1]; h and w multiples of `features.CELL`.
        mood: of a whole that this is a part of, see `features`.

    Returns:
        (h, w, 6), see `OUTPUTS`: slopes of the height along x and along y (down), without unit; height in pixels;
        roughness and metallic, about [0, 1]; log2 of the light on the picture over even light.
    """
    h, w = picture.shape[:2]
    seen, _ = features(picture, mood)
    out = np.empty((h * w, len(OUTPUTS)), np.float32)
    for top in range(0, h * w, ROWS):
        x = (seen[top : top + ROWS] - weights["mean"]) * weights["scale"]
        for layer in range(3):
            x = x @ weights[f"{layer}.weight"].T + weights[f"{layer}.bias"]
            if layer < 2:
                np.maximum(x, 0, out=x)
        out[top : top + ROWS] = x
    return out.reshape(h, w, -1)
