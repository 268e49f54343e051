"""Photographs that wait on disk: the same pixels and the same texture, in less memory."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("scipy", reason="scipy is not installed")

from ada_forge.ai.array_store import ArrayStore
from ada_forge.ai.nerf.cameras import Camera
from ada_forge.ai.projection.photo import Photo
from ada_forge.ai.projection.shelf import PIXEL_BYTES, Shelf


def test_arrays_come_back_in_any_order():
    store, random = ArrayStore(), np.random.default_rng(0)
    values = [random.integers(0, 256, (5, 7, 4), np.uint8), random.random((3, 2)), np.zeros((0, 3), np.float32)]
    stored = [store.add(value) for value in values]
    for index in (2, 0, 1, 0):
        found = stored[index].read()
        assert found.dtype == values[index].dtype
        np.testing.assert_array_equal(found, values[index])
    found = stored[0].read()
    found[:] = 0  # A copy of its own.
    np.testing.assert_array_equal(stored[0].read(), values[0])


@pytest.mark.parametrize("limit", [0, 12 * PIXEL_BYTES, 24 * PIXEL_BYTES])
def test_a_shelf_gives_what_was_put_there(limit):
    random = np.random.default_rng(0)
    camera = Camera(4, 3, 5.0, 5.0, 2.0, 1.5, np.eye(4))
    shapes = (3, 4, 3), (3, 4, 3), (3, 4), (3, 4)
    photos = [Photo(camera, *(random.random(shape).astype(np.float32) for shape in shapes), 0.1) for _ in range(2)]
    shelf = Shelf(24, limit)
    for photo in photos:
        shelf.add(photo)
    assert len(shelf) == 2
    for number in (1, 0):
        np.testing.assert_allclose(shelf[number].color, photos[number].color, atol=1e-3)
        np.testing.assert_array_equal(shelf[number].depth, photos[number].depth)
        assert shelf[number].depth.dtype == shelf[number].safety.dtype == np.float32
    on_disk = bool(limit) and limit < 24 * PIXEL_BYTES
    assert (shelf._photos[0].color.size == 0) == on_disk
