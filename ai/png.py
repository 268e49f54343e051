"""PNG files of 8 or 16 bits with text in them: written whole or not at all, and read back. Standard library and NumPy.

The format is ISO/IEC 15948 (https://www.w3.org/TR/png-3/). Pictures with a palette or interlacing are not read here.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .errors import AdaError
from .files import replacing

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}  # Colour type to channels.
_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
_BAND = 1 << 24  # Bytes compressed at a time.
LARGEST_TEXT = 1 << 24  # Bytes of one text that are unpacked: more is an attack, not a prompt.
LARGEST = 32768  # Pixels of a side.


@dataclass(slots=True)
class Png:
    """One picture."""

    pixels: np.ndarray  # (h, w) or (h, w, 2 to 4), uint8 or uint16, as stored.
    texts: dict[str, str]  # By keyword.


def write_png(path: Path, image: np.ndarray, texts: Mapping[str, str] | None = None, bits: int = 8) -> None:
    """Write a picture, read it back, compare, and put it in place.

    Args:
        path: the file.
        image: (h, w) or (h, w, 1 to 4); floats in [0, 1], or uint8 (bits 8) or uint16 (bits 16) as they are.
        texts: keyword (1 to 79 Latin letters) to text.
        bits: of a channel, 8 or 16.

    Raises:
        AdaError: the picture holds values that are no numbers, or the file could not be written; what stood there
            before is untouched.
        ValueError: an impossible shape, depth or keyword.
    """
    pixels = _to_integers(image, bits)
    texts = dict(texts or {})
    with replacing(path) as part:
        with part.open("wb") as file:
            file.write(SIGNATURE)
            for kind, data in _chunks(pixels, texts):
                file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))
        again = read_png(part)
        if again.texts != texts or not np.array_equal(again.pixels, pixels):
            raise OSError("the disk gives back other bytes")


def read_png(path: Path) -> Png:
    """Read a picture and its texts.

    Raises:
        AdaError: the file is missing, no PNG, damaged, or of a kind that is not read here.
    """
    texts: dict[str, str] = {}
    header, packed = b"", []
    for kind, data in _read_chunks(path):
        if kind == b"IHDR":
            header = data
        elif kind == b"IDAT":
            packed.append(data)
        else:
            texts.update(_read_text(path, kind, data))
    if len(header) != 13 or not packed:
        raise _damaged(path)
    wide, high, bits, kind_number, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if bits not in (8, 16) or kind_number not in _CHANNELS or interlaced:
        raise AdaError("'{name}' is a PNG with a palette or interlacing. Save it again without", name=path.name)
    if not (0 < wide <= LARGEST and 0 < high <= LARGEST):
        raise _damaged(path)
    stride = wide * _CHANNELS[kind_number] * bits // 8
    unpacker = zlib.decompressobj()
    try:
        rows = unpacker.decompress(b"".join(packed), (stride + 1) * high)
    except zlib.error as error:
        raise _damaged(path) from error
    if len(rows) != (stride + 1) * high:
        raise _damaged(path)
    lines = np.frombuffer(rows, np.uint8).reshape(high, stride + 1)
    raw = _unfilter(path, lines, _CHANNELS[kind_number] * bits // 8)
    pixels = raw.reshape(-1).view(">u2").astype(np.uint16) if bits == 16 else raw
    shape = (high, wide, _CHANNELS[kind_number]) if kind_number else (high, wide)
    return Png(pixels.reshape(shape), texts)


def read_texts(path: Path) -> dict[str, str]:
    """The texts of a PNG alone, without its pixels.

    Raises:
        AdaError: the file is missing, no PNG, or damaged.
    """
    texts: dict[str, str] = {}
    for kind, data in _read_chunks(path):
        texts.update(_read_text(path, kind, data))
    return texts


def _to_integers(image: np.ndarray, bits: int) -> np.ndarray:
    image = np.asarray(image)
    if bits not in (8, 16) or image.ndim not in (2, 3) or 0 in image.shape or (image.ndim == 3 and image.shape[2] > 4):
        raise ValueError(f"no picture of {bits} bits: shape {image.shape}")
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[..., 0]
    whole = np.dtype(np.uint8 if bits == 8 else np.uint16)
    if image.dtype == whole:
        return image
    if image.dtype.kind != "f":
        raise ValueError(f"{image.dtype} is neither float nor {whole}")
    out = np.empty(image.shape, whole)
    step = max(1, _BAND // max(1, image[0].size * 4))
    for top in range(0, len(image), step):
        band = image[top : top + step]
        if not np.isfinite(band).all():
            raise AdaError("The picture holds values that are no numbers. Make it again")
        out[top : top + step] = np.clip(band, 0, 1) * (2**bits - 1) + 0.5
    return out


def _chunks(pixels: np.ndarray, texts: dict[str, str]) -> Iterator[tuple[bytes, bytes]]:
    high, wide = pixels.shape[:2]
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    bits = pixels.dtype.itemsize * 8
    yield b"IHDR", struct.pack(">IIBBBBB", wide, high, bits, _TYPES[channels], 0, 0, 0)
    for keyword, text in texts.items():
        if not re.fullmatch(r"[!-~](?:[ -~]{0,77}[!-~])?", keyword):
            raise ValueError(f"no PNG keyword: {keyword!r}")
        if text.isascii() and "\0" not in text:
            yield b"tEXt", keyword.encode("ascii") + b"\0" + text.encode("ascii")
        else:
            yield b"iTXt", keyword.encode("ascii") + b"\0\0\0\0\0" + text.encode("utf-8")
    packer = zlib.compressobj(6)
    step = max(1, _BAND // (pixels[0].size * pixels.dtype.itemsize))
    pixel = channels * bits // 8
    above = np.zeros((1, wide * pixel), np.uint8)
    for top in range(0, high, step):
        band = np.ascontiguousarray(pixels[top : top + step], pixels.dtype.newbyteorder(">"))
        lines = band.view(np.uint8).reshape(len(band), -1)
        filtered = np.empty((len(band), lines.shape[1] + 1), np.uint8)
        filtered[:, 0] = 2  # Each row as its difference from the one above.
        filtered[:, 1:] = lines - np.concatenate([above, lines[:-1]])
        above = lines[-1:]
        if data := packer.compress(filtered.tobytes()):
            yield b"IDAT", data
    yield b"IDAT", packer.flush()
    yield b"IEND", b""


def _read_chunks(path: Path) -> Iterator[tuple[bytes, bytes]]:
    try:
        with path.open("rb") as file:
            if file.read(8) != SIGNATURE:
                raise AdaError("'{name}' is not a PNG. Choose a PNG file", name=path.name)
            left = path.stat().st_size
            while True:
                head = file.read(8)
                if len(head) != 8:
                    raise _damaged(path)
                length, kind = struct.unpack(">I4s", head)
                if length > left:
                    raise _damaged(path)
                data, check = file.read(length), file.read(4)
                if len(check) != 4 or struct.unpack(">I", check)[0] != zlib.crc32(kind + data):
                    raise _damaged(path)
                if kind == b"IEND":
                    return
                yield kind, data
    except OSError as error:
        raise AdaError("'{name}' cannot be read. Choose another file", name=path.name) from error


def _read_text(path: Path, kind: bytes, data: bytes) -> dict[str, str]:
    if kind not in (b"tEXt", b"zTXt", b"iTXt"):
        return {}
    keyword, found, text = data.partition(b"\0")
    if not found:
        raise _damaged(path)
    name = keyword.decode("latin-1")
    try:
        if kind == b"tEXt":
            return {name: text.decode("latin-1")}
        if kind == b"zTXt":
            return {name: _unpack(text[1:]).decode("latin-1")}
        packed, rest = text[:1] == b"\1", text[2:].split(b"\0", 2)
        return {name: (_unpack(rest[2]) if packed else rest[2]).decode("utf-8")}
    except (zlib.error, IndexError, UnicodeDecodeError) as error:
        raise _damaged(path) from error


def _unpack(data: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    text = unpacker.decompress(data, LARGEST_TEXT)
    if unpacker.unconsumed_tail:
        raise zlib.error("too long")
    return text


def _unfilter(path: Path, lines: np.ndarray, pixel: int) -> np.ndarray:
    """Undo the row filters 0 to 4 of section 9. Whole rows at a time where the filter allows."""
    kinds, out = lines[:, 0], lines[:, 1:].copy()
    if kinds.max(initial=0) > 4:
        raise _damaged(path)
    if (kinds == 2).all():
        return np.cumsum(out, 0, dtype=np.uint8)
    above = np.zeros(out.shape[1], np.uint8)
    for kind, row in zip(kinds, out):
        if kind == 1:
            row[:] = np.cumsum(row.reshape(-1, pixel), 0, dtype=np.uint8).reshape(-1)
        elif kind == 2:
            row += above
        elif kind > 2:
            _unfilter_slowly(int(kind), row, above, pixel)
        above = row
    return out


def _unfilter_slowly(kind: int, row: np.ndarray, above: np.ndarray, pixel: int) -> None:
    left, corner = [0] * pixel, [0] * pixel
    values, upper = row.tolist(), above.tolist()
    for i, value in enumerate(values):
        a, b, c = left[i % pixel], upper[i], corner[i % pixel]
        if kind == 3:
            guess = (a + b) // 2
        else:
            pa, pb, pc = abs(b - c), abs(a - c), abs(a + b - 2 * c)
            guess = a if pa <= pb and pa <= pc else b if pb <= pc else c
        values[i] = left[i % pixel] = (value + guess) & 255
        corner[i % pixel] = b
    row[:] = values


def _damaged(path: Path) -> AdaError:
    return AdaError("'{name}' is damaged. Make or copy it again", name=path.name)
