"""Arrays that wait on disk until they are needed: one temporary file, gone with its last user."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import IO, Any

import numpy as np

from .errors import AdaError
from .files import reason


class ArrayStore:
    """A file of raw arrays. Each is read into memory of its own, so that only what is in use takes any."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="ada-arrays-")  # noqa: SIM115
        self._end = 0

    def add(self, values: np.ndarray) -> StoredArray:
        """Append an array.

        Raises:
            AdaError: the disk is full, or cannot be written.
        """
        data = np.ascontiguousarray(values)
        try:
            self._file.seek(self._end)
            self._file.write(data.tobytes())
        except OSError as error:
            raise AdaError(
                "Photos cannot be kept on disk: {reason}. Free some space, or raise the memory limit",
                reason=reason(error),
            ) from error
        stored = StoredArray(self, self._end, data.shape, data.dtype)
        self._end += data.nbytes
        return stored

    def read(self, place: int, count: int, kind: np.dtype[Any]) -> np.ndarray:
        """Read `count` values from a place."""
        self._file.seek(place)
        return np.frombuffer(bytearray(self._file.read(count * kind.itemsize)), kind)


@dataclass(frozen=True, slots=True)
class StoredArray:
    """One array of a store."""

    store: ArrayStore
    place: int
    shape: tuple[int, ...]
    kind: np.dtype[Any]

    def read(self) -> np.ndarray:
        """Return the array, writable, in memory of its own."""
        return self.store.read(self.place, int(np.prod(self.shape)), self.kind).reshape(self.shape)
