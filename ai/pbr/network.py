"""The trained estimator of relief, run in NumPy: it needs no torch and no download.

A U-Net whose way up knows statistics of all that the way down saw (the context: after Perez et al. 2018, "FiLM: visual
reasoning with a general conditioning layer"), so that it tells mortar from moss before it says what is deep. It is
trained on procedural tiles whose relief is known, under chance lamps (`ai/training/pbr/`). Arrays are (h, w, channels)
float32 and wrap around.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

import numpy as np

from ..errors import AdaError

WEIGHTS = Path(__file__).with_name("weights.safetensors")
CHECKSUM = Path(__file__).with_name("SHA256SUMS")
OUTPUTS = ("dx", "dy", "height", "roughness", "metallic", "shade")
CHANNELS = (32, 48, 80, 112)  # At a half, a quarter, an eighth and a sixteenth of the picture's width.
CONTEXT = 96  # Numbers that tell what the picture shows.
CELL = 1 << len(CHANNELS)
REACH = 144  # Pixels around one that decide what is said of it: 124 of the convolutions, in whole cells.
ROWS = 1 << 13  # Pixels at a time: what the processor's cache holds.

Weights = dict[str, np.ndarray]


@cache
def load_weights() -> Weights:
    """Read and check the weights that ship, by their names in `training.pbr.estimator`; kernels as (inputs, outputs).

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
            found[name] = as_matrix(flat.reshape(entry["shape"]))
    return found


def as_matrix(weight: np.ndarray) -> np.ndarray:
    """Of a kernel (outputs, inputs, rows, columns) or (outputs, inputs) the matrix (rows columns inputs, outputs)."""
    if weight.ndim == 1:
        return weight
    outputs = weight.shape[0]
    moved = np.moveaxis(weight, 1, -1) if weight.ndim == 4 else weight
    return np.ascontiguousarray(moved.reshape(outputs, -1).T)


def write_checksum() -> None:
    """Note the checksum of the weights, in the format of sha256sum."""
    digest = hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()
    CHECKSUM.write_text(f"{digest}  {WEIGHTS.name}\n", encoding="ascii")


def as_seen(picture: np.ndarray) -> np.ndarray:
    """Of sRGB (h, w, 3) in [0, 1] the logarithm of brightness and two differences of colours, of similar spread."""
    red, green, blue = np.moveaxis(picture.astype(np.float32, copy=False), -1, 0)
    light = np.log2(0.2126 * red + 0.7152 * green + 0.0722 * blue + np.float32(0.05)) + np.float32(1.5)
    return np.stack([light, 3 * (red - green), 3 * ((red + green) / 2 - blue)], -1)


def context(weights: Weights, picture: np.ndarray) -> np.ndarray:
    """What the network makes of a picture as a whole: (CONTEXT,).

    Args:
        weights: of `load_weights`.
        picture: (h, w, 3) sRGB in [0, 1]; h and w multiples of `CELL`.
    """
    statistics: list[np.ndarray] = []
    for level in _way_down(weights, picture):
        flat = level.reshape(-1, level.shape[-1])
        mean = flat.mean(0)
        statistics += [mean, np.sqrt(np.maximum(np.square(flat).mean(0) - np.square(mean), 0) + np.float32(1e-4))]
    return np.maximum(_dense(weights, "context", np.concatenate(statistics)), 0)


def estimate(weights: Weights, picture: np.ndarray, mood: np.ndarray) -> np.ndarray:
    """What the network says of a picture that wraps around.

    Args:
        weights: of `load_weights`.
        picture: (h, w, 3) sRGB in [0, 1]; h and w multiples of `CELL`.
        mood: the `context` of the picture, or of a whole that this is a part of.

    Returns:
        (h, w, 6), see `OUTPUTS`: slopes of the height along x and along y (down), without unit; height in pixels;
        roughness and metallic, about [0, 1]; log2 of the light on the picture over even light.
    """
    kept = _way_down(weights, picture)
    x = kept.pop()
    for level in reversed(range(len(CHANNELS))):
        if level < len(CHANNELS) - 1:
            coarse = _dense(weights, f"finer.{level}", x)
            x = kept.pop()
            for i in (0, 1):
                for j in (0, 1):
                    x[i::2, j::2] += coarse
        x = _block(weights, f"up.{level}", x, _dense(weights, f"mood.{level}", mood))
    h, w = picture.shape[:2]
    out = _convolve(weights, "head", x).reshape(h // 2, w // 2, len(OUTPUTS), 2, 2)
    out = out.transpose(0, 3, 1, 4, 2).reshape(h, w, len(OUTPUTS))
    scale = np.exp(_dense(weights, "scale", mood))
    out[..., :2] *= scale[0]
    out[..., 2] *= scale[1]
    return out


def _way_down(weights: Weights, picture: np.ndarray) -> list[np.ndarray]:
    """The features at each level, the finest first."""
    x = _convolve(weights, "stem", _folded(as_seen(picture), channels_first=True))
    kept: list[np.ndarray] = []
    for level in range(len(CHANNELS)):
        if level:
            x = _dense(weights, f"coarser.{level - 1}", _folded(kept[-1]))
        kept.append(_block(weights, f"down.{level}", x))
    return kept


def _block(weights: Weights, name: str, x: np.ndarray, mood: np.ndarray | None = None) -> np.ndarray:
    between = _convolve(weights, f"{name}.first", x)
    if mood is not None:
        scale, shift = np.split(mood, 2)
        between *= 1 + scale
        between += shift
    np.maximum(between, 0, out=between)
    between = _convolve(weights, f"{name}.second", between)
    between += x
    return between


def _dense(weights: Weights, name: str, x: np.ndarray) -> np.ndarray:
    return x @ weights[f"{name}.weight"] + weights[f"{name}.bias"]


def _folded(x: np.ndarray, channels_first: bool = False) -> np.ndarray:
    """2 x 2 pixels as the channels of one: (h / 2, w / 2, 4 channels), in the order (rows, columns, channels)."""
    h, w, c = x.shape
    order = (0, 2, 4, 1, 3) if channels_first else (0, 2, 1, 3, 4)
    return x.reshape(h // 2, 2, w // 2, 2, c).transpose(order).reshape(h // 2, w // 2, 4 * c)


def _convolve(weights: Weights, name: str, x: np.ndarray) -> np.ndarray:
    """3 x 3, wrapping around, a few rows at a time."""
    h, w, c = x.shape
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)), mode="wrap")
    kernel, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
    out = np.empty((h, w, len(bias)), np.float32)
    step = max(1, ROWS // w)
    for top in range(0, h, step):
        rows = min(step, h - top)
        patches = np.empty((rows, w, 9, c), np.float32)
        for tap in range(9):
            i, j = divmod(tap, 3)
            patches[:, :, tap] = padded[top + i : top + i + rows, j : j + w]
        out[top : top + rows] = (patches.reshape(rows * w, 9 * c) @ kernel + bias).reshape(rows, w, -1)
    return out
