"""Sizes and depths of picture files, written here byte by byte."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from ada_forge.ai.image_header import ImageHeader, read_image_header
from ada_forge.ai.png import write_png


def exr(kinds, width=640, height=480):
    channels = b"".join(name + b"\0" + struct.pack("<iiii", kind, 0, 1, 1) for name, kind in kinds) + b"\0"
    parts = [
        (b"channels", b"chlist", channels),
        (b"dataWindow", b"box2i", struct.pack("<4i", 10, 20, 9 + width, 19 + height)),
    ]
    body = b"".join(name + b"\0" + kind + b"\0" + struct.pack("<i", len(data)) + data for name, kind, data in parts)
    return struct.pack("<iI", 20000630, 2) + body + b"\0"


def jpeg(channels=3, before=b""):
    frame = struct.pack(">BBHBHHB", 0xFF, 0xC2, 8 + 3 * channels, 8, 480, 640, channels)
    return b"\xff\xd8\xff\xe0\0\x10" + b"JFIF\0" + bytes(9) + before + frame + bytes(20)


FILES = {
    "rgb.exr": (exr([(b"B", 1), (b"G", 1), (b"R", 1)]), ImageHeader(640, 480, 3, 2)),
    "depth.exr": (exr([(b"Z", 2)]), ImageHeader(640, 480, 1, 4)),
    "colour.jpg": (jpeg(), ImageHeader(640, 480, 3, 1)),
    "grey.jpg": (jpeg(1), ImageHeader(640, 480, 1, 1)),
    "thumbnail.jpg": (jpeg(before=b"\xff\xe1\xff\xff" + bytes(65533)), ImageHeader(640, 480, 3, 1)),
    "sky.hdr": (b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 480 +X 640\n", ImageHeader(640, 480, 3, 4)),
    "nothing.tif": (b"II*\0", None),
    "cut.exr": (exr([(b"R", 1)])[:30], None),
    "cut.png": (b"\x89PNG\r\n\x1a\n\0\0", None),
}


@pytest.mark.parametrize("name", FILES)
def test_headers(name, tmp_path):
    data, header = FILES[name]
    (tmp_path / name).write_bytes(data)
    assert read_image_header(tmp_path / name) == header


@pytest.mark.parametrize(("shape", "bits", "header"), [((5, 7), 8, (7, 5, 1, 1)), ((5, 7, 3), 16, (7, 5, 3, 2))])
def test_png_files_of_our_own(shape, bits, header, tmp_path):
    write_png(tmp_path / "a.png", np.zeros(shape, np.float32), bits=bits)
    assert read_image_header(tmp_path / "a.png") == ImageHeader(*header)
    assert read_image_header(tmp_path / "absent.png") is None
