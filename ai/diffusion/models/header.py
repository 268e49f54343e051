"""What stands at the beginning of a safetensors file: names, types, shapes and places of its tensors.

Source: the format's description, https://github.com/huggingface/safetensors#format: eight bytes with the length of a
JSON object, the object, then the tensors' bytes without gaps.
"""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import AdaError

LONGEST = 100_000_000  # Bytes of the JSON that the reference implementation accepts.
BITS = {
    "F64": 64, "I64": 64, "U64": 64, "C64": 64, "F32": 32, "I32": 32, "U32": 32, "F16": 16, "BF16": 16, "I16": 16,
    "U16": 16, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "I8": 8, "U8": 8, "BOOL": 8, "F6_E2M3": 6, "F6_E3M2": 6,
    "F4": 4,
}  # fmt: skip
NAMES = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "F8_E4M3": "float8"}
PICKLES = {".ckpt", ".pt", ".pth", ".bin", ".pkl"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One tensor."""

    dtype: str  # As the file writes it, "F16".
    shape: tuple[int, ...]
    bytes: int


@dataclass(frozen=True, slots=True)
class Header:
    """All that is known without reading a weight."""

    tensors: Mapping[str, Entry]
    metadata: Mapping[str, str]
    data_start: int  # Bytes before the first weight.

    @property
    def dtype(self) -> str:
        """The type that most bytes have, as torch names it."""
        sizes: Counter[str] = Counter()
        for entry in self.tensors.values():
            sizes[entry.dtype] += entry.bytes
        most = sizes.most_common(1)[0][0] if sizes else ""
        return NAMES.get(most, most.lower())


def read_header(path: Path) -> Header:
    """Read and check the header of a safetensors file.

    Raises:
        AdaError: the file is of another kind, damaged or cut off.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            first = file.read(512)
            refuse_other_kinds(path, first)
            length = int.from_bytes(first[:8], "little")
            if size < 8 or length > LONGEST or first[8:9] != b"{":
                raise AdaError("'{name}' is not a safetensors model. Choose a .safetensors file", name=path.name)
            if 8 + length > size:
                raise _cut_off(path, size, 8 + length)
            file.seek(8)
            text = file.read(length)
    except OSError as error:
        raise AdaError("'{name}' cannot be read: {reason}", name=path.name, reason=os.strerror(error.errno or 0)) from (
            error
        )
    try:
        document = json.loads(text)
        metadata = {str(key): str(value) for key, value in (document.pop("__metadata__", None) or {}).items()}
        places = sorted((_place(value), name) for name, value in document.items())
        tensors = {name: _entry(document[name]) for name in document}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _damaged(path) from error
    end = 0
    for (begin, stop), _ in places:
        if begin != end:
            raise _damaged(path)
        end = stop
    if size < 8 + length + end:
        raise _cut_off(path, size, 8 + length + end)
    if size > 8 + length + end or not tensors:
        raise _damaged(path)
    return Header(tensors, metadata, 8 + length)


def refuse_other_kinds(path: Path, first: bytes) -> None:
    """Tell from the first bytes what a file is that calls itself a model.

    Raises:
        AdaError: it is a pickle, a web page, a pointer of Git LFS or a GGUF file.
    """
    if path.suffix.lower() in PICKLES or first.startswith((b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04")):
        raise AdaError(
            "'{name}' is a pickle, which can run programs when it is opened. Get the same model as .safetensors, or "
            "convert it with a program that you trust",
            name=path.name,
        )
    if first.startswith(b"version https://git-lfs"):
        raise AdaError("'{name}' only points to the model. Download the model itself with Git LFS", name=path.name)
    if first.lstrip()[:1] == b"<":
        raise AdaError("'{name}' is a web page, not a model. Log in on the page and download again", name=path.name)
    if first.startswith(b"GGUF"):
        raise AdaError("'{name}' is a GGUF file. Get the same model as .safetensors", name=path.name)


def _place(value: dict[str, Any]) -> tuple[int, int]:
    begin, end = (int(offset) for offset in value["data_offsets"])
    if not 0 <= begin <= end:
        raise ValueError(f"offsets {begin} and {end}")
    return begin, end


def _entry(value: dict[str, Any]) -> Entry:
    begin, end = _place(value)
    shape = tuple(int(side) for side in value["shape"])
    if min(shape, default=0) < 0 or end - begin != -(-math.prod(shape) * BITS[value["dtype"]] // 8):
        raise ValueError(f"{value['dtype']} {shape} in {end - begin} bytes")
    return Entry(value["dtype"], shape, end - begin)


def _damaged(path: Path) -> AdaError:
    return AdaError("'{name}' is damaged. Download or copy it again", name=path.name)


def _cut_off(path: Path, size: int, whole: int) -> AdaError:
    return AdaError(
        "'{name}' is cut off after {size} of {whole} bytes. Download or copy it again",
        name=path.name,
        size=size,
        whole=whole,
    )
