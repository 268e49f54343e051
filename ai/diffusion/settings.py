"""What a texture job is asked for, and the same as JSON. No torch here: operators import this."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import AdaError

BUILT_IN = Path(__file__).resolve().parent / "default"
_BUILT_IN_NAME = "built-in"  # Stands for BUILT_IN in JSON, which other machines read.


class Note(str):
    """A remark for the user: the sentence filled in, and the template with its values for translators."""

    message: str
    values: dict[str, object]

    def __new__(cls, message: str, **values: object) -> Note:
        note = super().__new__(cls, message.format(**values))
        note.message, note.values = message, values
        return note


@dataclass(frozen=True, slots=True)
class Control:
    """A ControlNet and what it is shown."""

    path: Path  # A diffusers folder.
    image: np.ndarray | None = None  # (h, w, 3) in [0, 1], as the ControlNet was taught: a depth picture, edges …
    weight: float = 1.0
    kind: str = ""  # 'DEPTH', 'NORMAL', 'CANNY', 'TILE' or nothing: for people; the network decides by itself.


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How a model is run on this computer. But for `bfloat16` and `float8` pictures differ by no more than rounding."""

    channels_last: bool = False  # Order of the weights in memory that tensor cores prefer.
    compiled: bool = False  # torch.compile of the denoiser's repeated blocks; without a compiler it runs as it is.
    bfloat16: bool = False  # On a processor with units for it, where models run in 32 bits otherwise.
    float8: bool = False  # The denoiser's weights in eight bits: half the memory, computed in the usual precision.
    folders: tuple[Path, ...] = ()  # Where models are kept: what a single file lacks is looked for there.


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
    model: Path = BUILT_IN  # A diffusers folder or a single file.
    device: str = "cpu"
    scheduler: str = "AUTO"  # A name of `schedulers.SCHEDULERS`.
    tiled_vae: bool = False  # Decode and encode in tiles: less memory, as seamless.
    control: tuple[Control, ...] = ()
    embeddings: tuple[Path, ...] = ()  # Textual inversion; a file's stem is the word that calls it.
    ip_adapter: Path | None = None  # A file; the folder `image_encoder` stands beside it or one above.
    ip_image: np.ndarray | None = None  # (h, w, 3) sRGB in [0, 1]: the picture that serves as prompt.
    ip_weight: float = 0.6
    outpaint: tuple[int, int, int, int] = (0, 0, 0, 0)  # Pixels to add to `image`: left, right, top, bottom.
    variation_seed: int = 0
    variation: float = 0.0  # How far the noise of `seed` turns to that of `variation_seed`, [0, 1].

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray] | None = None) -> TextureSettings:
        """The settings that `describe` wrote down.

        Args:
            values: the JSON; names of the future are passed over, missing ones take the default.
            arrays: pictures by their SHA-256 (`array_sum`); those that are not here stay None.

        Raises:
            AdaError: the values are not what `describe` writes.
        """
        arrays = arrays or {}
        try:
            read = {f.name: _read(f.name, values[f.name], arrays) for f in fields(cls) if f.name in values}
            return cls(**read)
        except (TypeError, ValueError, KeyError, AttributeError, IndexError) as error:
            raise AdaError(
                "These texture settings are damaged ({reason}). Enter them anew", reason=str(error)
            ) from error


_ARRAYS = ("image", "mask", "ip_image")
_NUMBERS = {"width": int, "height": int, "steps": int, "seed": int, "count": int, "variation_seed": int,
            "strength": float, "ip_weight": float, "variation": float}  # fmt: skip


def describe(settings: TextureSettings) -> dict[str, Any]:
    """The settings as JSON can hold them: paths as text, arrays as their SHA-256."""
    return {field.name: _write(getattr(settings, field.name)) for field in fields(settings)}


def array_sum(array: np.ndarray) -> str:
    """SHA-256 of an array's shape and float32 values."""
    values = np.ascontiguousarray(array, np.float32)
    return hashlib.sha256(repr(values.shape).encode() + values.tobytes()).hexdigest()


def arrays_of(settings: TextureSettings) -> dict[str, np.ndarray]:
    """The pictures that settings hold, by their SHA-256: what `from_dict` wants beside the JSON."""
    held = [getattr(settings, name) for name in _ARRAYS] + [control.image for control in settings.control]
    return {array_sum(array): array for array in held if array is not None}


def sums_in(values: Mapping[str, Any]) -> dict[str, str]:
    """Which pictures a JSON of `describe` speaks of: field to SHA-256 ("control 0" for the first ControlNet's)."""
    named = {name: values.get(name) for name in _ARRAYS}
    named |= {f"control {i}": one.get("image") for i, one in enumerate(values.get("control") or ())}
    return {name: text for name, text in named.items() if text}


def _write(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return array_sum(value)
    if isinstance(value, Path):
        return _BUILT_IN_NAME if value == BUILT_IN else str(value)
    if isinstance(value, Control):
        return {field.name: _write(getattr(value, field.name)) for field in fields(Control)}
    if isinstance(value, tuple):
        return [_write(one) for one in value]
    if isinstance(value, np.generic):
        return value.item()
    return value


def _path(text: str) -> Path:
    return BUILT_IN if text == _BUILT_IN_NAME else Path(text)


def _read(name: str, value: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    if name in _ARRAYS:
        return arrays.get(value) if value else None
    if name in _NUMBERS:
        return _NUMBERS[name](value)
    if name == "guidance":
        return None if value is None else float(value)
    if name == "model":
        return _path(value)
    if name == "ip_adapter":
        return None if value is None else Path(value)
    if name == "loras":
        return tuple((Path(path), float(weight)) for path, weight in value)
    if name == "embeddings":
        return tuple(Path(path) for path in value)
    if name == "outpaint":
        left, right, top, bottom = (int(side) for side in value)
        return left, right, top, bottom
    if name == "control":
        return tuple(
            Control(Path(one["path"]), arrays.get(one.get("image") or ""), float(one["weight"]), str(one["kind"]))
            for one in value
        )
    if name == "tiled_vae":
        return bool(value)
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text")
    return value
