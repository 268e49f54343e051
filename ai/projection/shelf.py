"""The prepared photographs of one texture: in memory, or on disk where they are more than may be kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..array_store import ArrayStore, StoredArray
from .photo import Photo

ARRAYS = {"color": np.float16, "coarse": np.float16, "depth": np.float32, "safety": np.float16}  # As they are stored.
PIXEL_BYTES = 32  # Of a prepared photograph in memory.


class Shelf:
    """A list of photographs that bounds the memory they take."""

    def __init__(self, pixels: int, limit: int) -> None:
        """Expect so many pixels in all; where they take more bytes than `limit`, they are kept on disk. 0: never."""
        self._store = ArrayStore() if limit and pixels * PIXEL_BYTES > limit else None
        self._photos: list[Photo] = []
        self._stored: list[dict[str, StoredArray]] = []

    def add(self, photo: Photo) -> None:
        """Put one more at the end."""
        if self._store is not None:
            store = self._store
            self._stored.append({name: store.add(getattr(photo, name).astype(kind)) for name, kind in ARRAYS.items()})
            nothing = np.empty(0, np.float32)
            photo = replace(photo, color=nothing, coarse=nothing, depth=nothing, safety=nothing)
        self._photos.append(photo)

    def __len__(self) -> int:
        return len(self._photos)

    def __getitem__(self, number: int) -> Photo:
        if self._store is None:
            return self._photos[number]
        arrays: dict[str, Any] = {
            name: stored.read().astype(np.float32) for name, stored in self._stored[number].items()
        }
        return replace(self._photos[number], **arrays)
