"""Pictures of a kept field: what they show, their passes, and going on where one stopped."""

from __future__ import annotations

import json
import struct
import zlib

import numpy as np
import pytest
import sphere

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("skimage", reason="scikit-image is not installed")

from ada_forge.ai.errors import AdaError
from ada_forge.ai.exr import write_exr
from ada_forge.ai.job import run
from ada_forge.ai.nerf.cameras import Camera
from ada_forge.ai.nerf.pictures import Shot, draw_pictures
from ada_forge.ai.nerf.settings import PictureSettings, ReconstructSettings
from ada_forge.ai.nerf.train import reconstruct
from ada_forge.ai.png import read_png


def read_exr(path):
    """An independent reader of the ZIP files that are written here."""
    data = path.read_bytes()
    at, header = 8, {}
    while data[at]:
        end = data.index(b"\0", at)
        kind = data.index(b"\0", end + 1)
        (length,) = struct.unpack_from("<i", data, kind + 1)
        header[data[at:end].decode()] = data[kind + 5 : kind + 5 + length]
        at = kind + 5 + length
    names = [entry for entry in header["channels"].split(b"\0") if b"." in entry or entry.isalpha()]
    _, _, right, low = struct.unpack("<4i", header["dataWindow"])
    width, height, rows = right + 1, low + 1, []
    for offset in struct.unpack_from(f"<{-(-height // 16)}Q", data, at + 1):
        first, length = struct.unpack_from("<ii", data, offset)
        body, count = data[offset + 8 : offset + 8 + length], min(16, height - first)
        if length < count * width * 4 * len(names):
            packed = np.frombuffer(zlib.decompress(body), np.uint8).astype(np.int64)
            parted = ((np.cumsum(packed) - 128 * np.arange(len(packed))) & 255).astype(np.uint8)
            half = (len(parted) + 1) // 2
            whole = np.empty_like(parted)
            whole[::2], whole[1::2] = parted[:half], parted[half:]
            body = whole.tobytes()
        rows.append(np.frombuffer(body, "<f4").reshape(count, len(names), width))
    rows = np.concatenate(rows)
    return {name.decode(): rows[:, number] for number, name in enumerate(names)}


def test_an_exr_file_holds_what_was_written(tmp_path):
    random = np.random.default_rng(0)
    smooth = np.linspace(-3, 1e10, 35 * 21).reshape(35, 21).astype(np.float32)
    channels = {"L.A.X": random.random((35, 21)).astype(np.float32), "L.B.Z": smooth, "L.C.V": np.zeros((35, 21))}
    write_exr(tmp_path / "f.exr", channels)
    found = read_exr(tmp_path / "f.exr")
    assert found.keys() == channels.keys()
    for name, values in channels.items():
        np.testing.assert_array_equal(found[name], values.astype(np.float32))
    assert [path.name for path in tmp_path.iterdir()] == ["f.exr"]


@pytest.fixture(scope="module")
def field_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("field")
    settings = ReconstructSettings(
        device='CPU', threads=1, steps=150, coarse_resolution=24, resolution=32, levels=2, rays=512, preview_seconds=0,
        checkpoint=str(folder / "field.safetensors"),
    )  # fmt: skip
    run(reconstruct(sphere.write(folder / "ball"), settings))
    return folder / "field.safetensors"


def camera(size=20):
    """From 4 radii away along x, the ball in the middle."""
    place = sphere.CENTER + np.array([4 * sphere.RADIUS, 0, 0])
    return Camera(size, size, 1.2 * size, 1.2 * size, size / 2, size / 2, sphere.look_at(place, sphere.CENTER))


def test_the_ball_is_drawn_with_its_passes(field_file, tmp_path):
    settings = PictureSettings(passes=True, device='CPU')
    result = run(draw_pictures(field_file, [Shot("0007", camera())], tmp_path / "out", settings))
    assert (result.drawn, result.skipped) == (1, 0)
    rgba = read_png(tmp_path / "out" / "0007.png").pixels
    assert rgba.shape == (20, 20, 4)
    assert rgba[10, 10, 3] == 255
    assert rgba[0, 0, 3] == 0
    layers = {name.removeprefix("ViewLayer."): value for name, value in read_exr(tmp_path / "out" / "0007.exr").items()}
    assert layers["Depth.Z"][10, 10] == pytest.approx(3 * sphere.RADIUS, rel=0.03)
    assert layers["Depth.Z"][0, 0] == pytest.approx(1e10)
    normal = np.array([layers[f"Normal.{axis}"][10, 10] for axis in "XYZ"])
    assert normal @ [1, 0, 0] > 0.95
    assert layers["Mask.V"][10, 10] == pytest.approx(1, abs=0.01)
    encoded = np.where(layers["Combined.R"] > 0.0031308, 1.055 * layers["Combined.R"] ** (1 / 2.4) - 0.055, 0)
    assert 255 * encoded[10, 10] == pytest.approx(rgba[10, 10, 0], abs=1.5)


def test_what_is_there_and_whole_stays(field_file, tmp_path):
    shots = [Shot(f"{number:04}", camera(8)) for number in range(3)]
    run(draw_pictures(field_file, shots[:2], tmp_path, PictureSettings(device='CPU')))
    (tmp_path / "0001.png").write_bytes(b"cut off")
    before = (tmp_path / "0000.png").stat().st_mtime_ns
    result = run(draw_pictures(field_file, shots, tmp_path, PictureSettings(device='CPU')))
    assert (result.drawn, result.skipped) == (2, 1)
    assert (tmp_path / "0000.png").stat().st_mtime_ns == before
    assert read_png(tmp_path / "0001.png").pixels.shape == (8, 8, 4)
    result = run(draw_pictures(field_file, shots, tmp_path, PictureSettings(device='CPU', overwrite=True)))
    assert (result.drawn, result.skipped) == (3, 0)


def test_bad_input(field_file, tmp_path):
    with pytest.raises(AdaError, match="no frame"):
        run(draw_pictures(field_file, [], tmp_path, PictureSettings()))
    (tmp_path / "bad.safetensors").write_text(json.dumps({}))
    with pytest.raises(AdaError, match="holds no field"):
        run(draw_pictures(tmp_path / "bad.safetensors", [Shot("a", camera(8))], tmp_path, PictureSettings()))
