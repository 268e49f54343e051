import zlib

import numpy as np
import pytest
from ada_forge.ai.errors import AdaError
from ada_forge.ai.png import read_png, read_texts, write_png
from PIL import Image


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("bits", [8, 16])
def test_there_and_back(tmp_path, channels, bits):
    rng = np.random.default_rng(0)
    image = rng.random((7, 11, channels)[: 2 if channels == 1 else 3])
    path = tmp_path / "a.png"
    texts = {"ada": '{"prompt": "red"}', "Comment": "长满苔藓的砖 🧱", "Empty": ""}
    write_png(path, image, texts, bits)
    again = read_png(path)
    assert again.pixels.dtype == (np.uint8 if bits == 8 else np.uint16)
    assert again.texts == read_texts(path) == texts
    np.testing.assert_allclose(again.pixels / (2**bits - 1), image, atol=0.51 / (2**bits - 1))
    assert list(tmp_path.iterdir()) == [path]


def test_others_read_what_is_written(tmp_path):
    image = (np.arange(5 * 9 * 3) * 7 % 256).astype(np.uint8).reshape(5, 9, 3)
    write_png(tmp_path / "a.png", image, {"ada": "x", "Title": "石"})
    with Image.open(tmp_path / "a.png") as picture:
        picture.load()
        np.testing.assert_array_equal(np.asarray(picture), image)
        assert picture.text == {"ada": "x", "Title": "石"}
    height = np.linspace(0, 1, 60).reshape(6, 10)
    write_png(tmp_path / "h.png", height, bits=16)
    with Image.open(tmp_path / "h.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), np.floor(height * 65535 + 0.5))


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "I;16"])
def test_what_others_write_is_read(tmp_path, mode):
    y, x = np.mgrid[0:40, 0:50]
    channels = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}.get(mode, 0)
    image = np.stack([(x * (3 + c) + y * y) % 256 for c in range(channels or 1)], -1).astype(np.uint8)
    image = (x * 900 + y).astype(np.uint16) if mode == "I;16" else image[..., 0] if channels == 1 else image
    Image.fromarray(image).save(tmp_path / "a.png")
    raw = (tmp_path / "a.png").read_bytes()
    assert raw[:4] == b"\x89PNG"
    np.testing.assert_array_equal(read_png(tmp_path / "a.png").pixels, image)


def test_every_row_filter_is_undone(tmp_path):
    """By hand: each filter of the standard, applied the long way."""
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (10, 6, 3)).astype(int)
    flat, lines = image.reshape(10, -1), b""
    for y in range(10):
        kind, row = y % 5, []
        for i, value in enumerate(flat[y]):
            a = flat[y, i - 3] if i >= 3 else 0
            b = flat[y - 1, i] if y else 0
            c = flat[y - 1, i - 3] if y and i >= 3 else 0
            paeth = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]
            row.append((value - (0, a, b, (a + b) // 2, paeth)[kind]) % 256)
        lines += bytes([kind, *row])
    write_png(tmp_path / "a.png", image.astype(np.uint8))
    chunk = lambda kind, data: len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")  # noqa: E731
    raw = (tmp_path / "a.png").read_bytes()
    (tmp_path / "b.png").write_bytes(raw[:33] + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))
    np.testing.assert_array_equal(read_png(tmp_path / "b.png").pixels, image)


def test_damage_is_noticed(tmp_path):
    path = tmp_path / "a.png"
    write_png(path, np.zeros((8, 8, 3)), {"ada": "text"})
    raw = path.read_bytes()
    for at in range(8, len(raw) - 12):  # Any flipped bit before the end chunk.
        path.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
        with pytest.raises(AdaError):
            read_png(path)
    for length in range(0, len(raw), 5):
        path.write_bytes(raw[:length])
        with pytest.raises(AdaError):
            read_png(path)
    with pytest.raises(AdaError, match="cannot be read"):
        read_texts(tmp_path / "missing.png")


def test_a_bomb_of_text_is_not_unpacked(tmp_path):
    path = tmp_path / "a.png"
    write_png(path, np.zeros((2, 2)))
    raw = path.read_bytes()
    data = b"ada\0\0" + zlib.compress(bytes(1 << 25))
    chunk = len(data).to_bytes(4, "big") + b"zTXt" + data + zlib.crc32(b"zTXt" + data).to_bytes(4, "big")
    path.write_bytes(raw[:33] + chunk + raw[33:])
    with pytest.raises(AdaError, match="damaged"):
        read_texts(path)


def test_nothing_is_left_of_a_picture_that_is_none(tmp_path):
    path = tmp_path / "a.png"
    write_png(path, np.ones((2, 2)))
    before = path.read_bytes()
    with pytest.raises(AdaError, match="no numbers"):
        write_png(path, np.full((2, 2), np.nan))
    with pytest.raises(ValueError, match="keyword"):
        write_png(path, np.ones((2, 2)), {"": "x"})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(AdaError, match="does not exist"):
        write_png(tmp_path / "no" / "a.png", np.ones((2, 2)))


def test_palettes_are_refused_with_a_way_out(tmp_path):
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).convert("P").save(tmp_path / "p.png")
    with pytest.raises(AdaError, match="palette"):
        read_png(tmp_path / "p.png")
