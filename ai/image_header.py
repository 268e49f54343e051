"""Size and depth of a picture file from its first bytes, without decoding it. PNG, JPEG, OpenEXR and Radiance HDR."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from pathlib import Path

HEAD = 1 << 16  # Bytes that are read; a JPEG may hide its size behind a thumbnail, so it is followed further.
PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}  # By colour type; a palette holds RGB.
EXR_BYTES = (4, 2, 4)  # Unsigned, half, float.
NO_SIZE = {0xC4, 0xC8, 0xCC}  # JPEG markers between the frame headers that are none.


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What a file says of itself."""

    width: int
    height: int
    channels: int
    bytes: int  # Of a channel.


def read_image_header(path: Path) -> ImageHeader | None:
    """The header of a file; None where it is of another kind, damaged or not there.

    Source: ISO/IEC 15948 (PNG), ITU-T T.81 (JPEG), "The OpenEXR File Layout" (openexr.com), Ward, "Real Pixels" (HDR).
    """
    try:
        with path.open("rb") as file:
            data = file.read(HEAD)
            if data.startswith(b"\xff\xd8"):
                data += file.read(HEAD * 15)
    except OSError:
        return None
    return parse_image_header(data)


def parse_image_header(data: bytes) -> ImageHeader | None:
    """The same, of a file's first bytes."""
    try:
        if data.startswith(b"\xff\xd8"):
            return _jpeg(data)
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            width, height, bits, kind = struct.unpack_from(">IIBB", data, 16)
            return ImageHeader(width, height, PNG_CHANNELS[kind], 2 if bits == 16 else 1)
        if data.startswith(b"\x76\x2f\x31\x01"):
            return _exr(data)
        if data.startswith(b"#?"):
            size = re.search(rb"[-+]Y (\d+) [-+]X (\d+)\n", data[:HEAD])
            return ImageHeader(int(size[2]), int(size[1]), 3, 4) if size else None
    except (struct.error, KeyError, IndexError, ValueError):
        return None
    return None


def _jpeg(data: bytes) -> ImageHeader | None:
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in NO_SIZE:
            _, height, width, channels = struct.unpack_from(">BHHB", data, at + 4)
            return ImageHeader(width, height, channels, 1)
        if marker == 0xFF:  # Padding.
            at += 1
        else:
            at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return None


def _exr(data: bytes) -> ImageHeader | None:
    attributes, _ = read_exr_attributes(data, 8)
    left, low, right, high = struct.unpack("<4i", attributes["dataWindow"])
    listed, at, kinds = attributes["channels"], 0, []
    while at < len(listed) and listed[at]:
        at = listed.index(b"\0", at) + 1
        kinds.append(struct.unpack_from("<i", listed, at)[0])
        at += 16
    return ImageHeader(right - left + 1, high - low + 1, len(kinds), max(EXR_BYTES[kind] for kind in kinds))


def read_exr_attributes(data: bytes, at: int) -> tuple[dict[str, bytes], int]:
    """The attributes of an OpenEXR header that begins at a byte, and where what follows begins.

    Raises:
        struct.error, IndexError, ValueError: it is damaged.
    """
    attributes = {}
    while data[at]:
        end = data.index(b"\0", at)
        kind_end = data.index(b"\0", end + 1)
        (length,) = struct.unpack_from("<i", data, kind_end + 1)
        attributes[data[at:end].decode()] = data[kind_end + 5 : kind_end + 5 + length]
        at = kind_end + 5 + length
    return attributes, at + 1
