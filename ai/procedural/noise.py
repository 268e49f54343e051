"""The drawing surface: coordinates, noise, cells and strokes that wrap around at every edge."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

Array = np.ndarray
DETAIL = np.inf  # No upper limit: as fine as the pixels.
REFERENCE = 128  # Pixels up to which noise has all of its slope.
FINE = 2.0  # Least slope of finer detail, so that the relief of a large tile does not turn into grit.


def ramp(start: float | Array, end: float | Array, x: Array) -> Array:
    """Smooth step: 0 at `start`, 1 at `end` (which may be the smaller), with zero slope at both."""
    t = np.clip((x - start) / (end - start + np.float32(1e-9)), 0, 1)
    return t * t * (3 - 2 * t)


def mix(a: Array, b: Array, t: Array | float) -> Array:
    """Blend two colours (..., 3) by `t`, an image (h, w) in [0, 1] or one number."""
    return a + (b - a) * (t[..., None] if isinstance(t, np.ndarray) else t)


@dataclass(slots=True)
class Cells:
    """A Voronoi partition of the tile, each array (size, size)."""

    first: Array  # Distance to the nearest centre, in units of the mean cell width.
    second: Array  # Distance to the second nearest.
    ids: Array  # Number of the cell, 0 to count - 1.
    count: int
    dx: Array  # From the centre to the pixel, in units of the mean cell width.
    dy: Array

    @property
    def edge(self) -> Array:
        """0 on the border between two cells, about 0.5 at a centre."""
        return (self.second - self.first) * np.float32(0.5)


@lru_cache(maxsize=8)
def _shell(outer: int) -> tuple[Array, Array, Array]:
    """Frequencies along y (2 * outer + 1, 1) and x (1, outer + 1), and which of them lie outside the shell within."""
    fy = np.arange(-outer, outer + 1, dtype=np.float32)[:, None]
    fx = np.arange(outer + 1, dtype=np.float32)[None, :]
    return fy, fx, np.maximum(np.abs(fy), fx) > (outer // 2 if 2 * outer > REFERENCE else 0)


def _white(seed: int, shell: int, outer: int) -> Array:
    """Spectrum of white noise in one square shell of frequencies, (2 * outer + 1, outer + 1), Hermitian."""
    rng = np.random.default_rng((seed, shell))
    drawn = rng.standard_normal((2 * outer + 1, outer + 1, 2), dtype=np.float32).view(np.complex64)[..., 0]
    drawn[:, 0] = (drawn[:, 0] + np.conj(drawn[::-1, 0])) * np.float32(0.5**0.5)
    return drawn * _shell(outer)[2]


class Canvas:
    """A square tile of `size` pixels. Lengths are in tile widths unless said otherwise; y points down."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.size = size
        self.rng = rng
        self.pixel = 1 / size
        axis = ((np.arange(size) + 0.5) / size).astype(np.float32)
        self.y, self.x = np.meshgrid(axis, axis, indexing="ij")

    def noise(
        self, slope: float = 2.0, low: float = 1.0, high: float = DETAIL, along_x: float = 1.0, along_y: float = 1.0
    ) -> Array:
        """Spectral noise of mean 0 and deviation 1, power falling as frequency^-slope.

        A larger tile shows the same noise with finer detail.

        Args:
            slope: 0 is white, 2 rough ground, 3 clouds.
            low: lowest frequency, in cycles per tile.
            high: where it falls off, likewise.
            along_x: factor on the frequency along x; > 1 stretches the features in that direction.
            along_y: the same along y.
        """
        n, seed = self.size, int(self.rng.integers(2**62))
        spectrum = np.zeros((n, n // 2 + 1), np.complex64)
        shell, outer, power = 0, REFERENCE // 2 - 1, 0.0
        while True:
            fy, fx, _ = _shell(outer)
            radius = np.sqrt((fx * along_x) ** 2 + (fy * along_y) ** 2)
            radius[outer, 0] = 1
            gain = radius ** np.float32(-slope / 2) / (1 + (radius / high) ** 4) * (radius >= low * 0.999)
            gain[outer, 0] = 0
            if shell and slope < FINE and max(along_x, along_y) < 4:  # Fibres and brush marks stay thin.
                beyond = np.maximum(np.maximum(np.abs(fy), fx) * np.float32(2 / REFERENCE), 1)
                gain = gain * beyond ** np.float32((slope - FINE) / 2)
            waves = _white(seed, shell, outer) * gain
            energy = np.abs(waves) ** 2
            power += float(2 * energy[:, 1:].sum() + energy[:, 0].sum())
            most = min(outer, (n - 1) // 2)
            spectrum[: most + 1, : most + 1] += waves[outer : outer + most + 1, : most + 1]
            spectrum[n - most :, : most + 1] += waves[outer - most : outer, : most + 1]
            if 2 * outer + 1 >= n - 1:
                break
            shell, outer = shell + 1, 2 * outer + 1
        turn = np.exp(1j * np.pi * np.fft.fftfreq(n)).astype(np.complex64)  # To the middle of the pixels.
        spectrum *= turn[:, None] * turn[: n // 2 + 1] * np.complex64(n * n / np.sqrt(power + 1e-12))
        return np.fft.irfft2(spectrum, s=(n, n)).astype(np.float32)

    def pick(self, ids: Array, count: int, low: float = -1.0, high: float = 1.0) -> Array:
        """One uniform random number for each cell, spread over its pixels."""
        return self.rng.uniform(low, high, count).astype(np.float32)[ids]

    def look_up(self, image: Array, dx: Array, dy: Array) -> Array:
        """Bilinear, periodic look-up of an image (h, w) at every pixel plus (dx, dy), in tile widths."""
        n = self.size
        u = (self.x + dx) * n - 0.5
        v = (self.y + dy) * n - 0.5
        left, top = np.floor(u).astype(np.int64), np.floor(v).astype(np.int64)
        fu, fv = (u - left).astype(np.float32), (v - top).astype(np.float32)
        x0, x1, y0, y1 = left % n, (left + 1) % n, top % n, (top + 1) % n
        upper = image[y0, x0] * (1 - fu) + image[y0, x1] * fu
        lower = image[y1, x0] * (1 - fu) + image[y1, x1] * fu
        return upper * (1 - fv) + lower * fv

    def voronoi(self, columns: int, rows: int | None = None, jitter: float = 0.75, bend: float = 0.0) -> Cells:
        """Cells around one random point in each field of a columns x rows grid (at least 3 x 3 for exact results).

        Args:
            columns: fields across.
            rows: fields down; as many as columns unless given.
            jitter: 0 keeps the centres in the middle of their fields, 1 lets them reach the border.
            bend: deviation of a smooth displacement of the borders, in tile widths.
        """
        rows = columns if rows is None else rows
        px, py = (
            (0.5 + (self.rng.random((rows, columns), dtype=np.float32) - np.float32(0.5)) * jitter) for _ in range(2)
        )
        x, y = self.x, self.y
        if bend:
            x = (x + self.noise(3, 1, 10) * bend) % 1
            y = (y + self.noise(3, 1, 10) * bend) % 1
        u, v = x * columns, y * rows
        iu, iv = np.floor(u).astype(np.int64), np.floor(v).astype(np.int64)
        # Distances in units of the mean cell width, also where the fields are not square.
        wide, tall = np.float32(np.sqrt(rows / columns)), np.float32(np.sqrt(columns / rows))
        first = np.full(x.shape, 9e9, np.float32)
        second, dx, dy = first.copy(), first.copy(), first.copy()
        ids = np.zeros(x.shape, np.int64)
        for sy in (-1, 0, 1):
            ry = (iv + sy) % rows
            for sx in (-1, 0, 1):
                rx = (iu + sx) % columns
                ex = (u - (iu + sx) - px[ry, rx]) * wide
                ey = (v - (iv + sy) - py[ry, rx]) * tall
                square = ex * ex + ey * ey
                nearer = square < first
                second = np.where(nearer, first, np.minimum(second, square))
                first = np.where(nearer, square, first)
                dx, dy = np.where(nearer, ex, dx), np.where(nearer, ey, dy)
                ids = np.where(nearer, ry * columns + rx, ids)
        return Cells(np.sqrt(first), np.sqrt(second), ids, rows * columns, dx, dy)

    def strokes(
        self, count: int, length: float, width: float, angles: tuple[float, float], curve: float = 0.25
    ) -> tuple[Array, Array, Array]:
        """Scatter tapering strokes, later ones on top.

        Args:
            count: how many.
            length: mean, in tile widths; lengths vary by a third.
            width: at the root, in tile widths.
            angles: range of directions in radians, counter-clockwise from the right.
            curve: deviation of the bend along a stroke, in radians.

        Returns:
            Three images (size, size): which stroke (a random number in (0, 1], 0 where none), how far along it
            (0 root, 1 tip), and how far across (-1 left, 1 right).
        """
        n, rng = self.size, self.rng
        start = rng.random((2, count, 1))
        along = np.linspace(0, 1, max(2, int(length * n * 1.6)))[None]
        heading = rng.uniform(*angles, (count, 1)) + rng.normal(0, curve, (count, 1)) * along
        lengths = rng.uniform(0.66, 1.33, (count, 1)) * length
        step = lengths / along.shape[1]
        x = start[0] + np.cumsum(np.cos(heading), 1) * step
        y = start[1] - np.cumsum(np.sin(heading), 1) * step
        half = max(1, round(width * n * 0.75))
        across = (np.linspace(-1, 1, 2 * half + 1) if half > 1 else np.array([-0.6, 0.6]))[None, None]
        reach = np.sqrt(np.clip(1 - along**2, 0, 1))[..., None] * across * width / 2
        px = ((x[..., None] + np.sin(heading)[..., None] * reach) * n).astype(np.int64) % n
        py = ((y[..., None] + np.cos(heading)[..., None] * reach) * n).astype(np.int64) % n
        images = [np.zeros((n, n), np.float32) for _ in range(3)]
        values = (rng.uniform(0.02, 1, (count, 1, 1)), along[..., None], across)
        for image, value in zip(images, values):
            image[py, px] = np.broadcast_to(value, px.shape)
        return images[0], images[1], images[2]
