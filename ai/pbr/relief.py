"""Heights, roughness, metal and light of a picture of any size, from coarse to fine.

The network looks at the picture at several sizes, each half the next. The coarsest gives the large forms; at every
finer one the slopes that it finds there are integrated, held by a spring to the mean of the coarser form and of what
it says of heights there: the screened Poisson equation (Frankot and Chellappa 1988, "A method for enforcing
integrability in shape from shading algorithms", for the Fourier solution). Its solutions fade over a few pixels, so
that large pictures are worked on in tiles that agree where they meet, in little memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..job import Job, Progress
from .border import Wrap, resize, window
from .network import CELL, REACH, context, estimate, load_weights

TILE = 768  # Pixels of a tile without its margins.
MOOD_SIDE = 512  # Pixels of the middle part that the picture as a whole is judged by.
COARSEST = 256  # Largest side of the smallest size looked at.
SPRING = 0.5  # How far a given height counts beside the slopes, in 1 over pixels. The network is trained for it.


@dataclass(slots=True)
class Relief:
    """What was found, each (h, w) float32."""

    height: np.ndarray  # In pixels, about 0 on average.
    roughness: np.ndarray  # [0, 1].
    metallic: np.ndarray  # [0, 1].
    shade: np.ndarray  # log2 of the light on the picture over even light.


def levels(height: int, width: int) -> list[tuple[int, int]]:
    """The sizes looked at, the finest first."""
    sizes = [(height, width)]
    while max(sizes[-1]) > COARSEST and min(sizes[-1]) > 32:
        sizes.append((max(1, round(sizes[-1][0] / 2)), max(1, round(sizes[-1][1] / 2))))
    return sizes


def find_relief(picture: np.ndarray, wrap: Wrap, guide: np.ndarray | None = None) -> Job:
    """Look at a picture.

    Args:
        picture: (h, w, 3) sRGB in [0, 1].
        wrap: along which axes it continues at its borders.
        guide: (h', w') height of the same picture in pixels of that size, found by other means; the network then only
            adds what is finer.

    Returns:
        A job whose result is a `Relief`.
    """
    weights = load_weights()
    sizes = levels(*picture.shape[:2])
    pictures = [picture]
    for size in sizes[1:]:
        pictures.append(resize(pictures[-1], *size, wrap))
    total = sum(a * b for a, b in sizes)
    done = 0
    found: Relief | None = None
    for size, small in zip(reversed(sizes), reversed(pictures)):
        tall, wide = (min(MOOD_SIDE, max(length // CELL, 1) * CELL) for length in size)
        middle = window(small, (size[0] - tall) // 2, (size[1] - wide) // 2, tall, wide, wrap)
        mood = context(weights, middle)
        before = None if found is None else _enlarged(found, size, wrap)
        found = Relief(*(np.empty(size, np.float32) for _ in range(4)))
        for top, left, tall, wide in tiles(*size):
            yield Progress(done / total, "Looking at {width} x {height} pixels", {"width": size[1], "height": size[0]})
            core = (slice(top, top + tall), slice(left, left + wide))
            above, beside = (
                0 if goes_on and length == size[axis] and length % CELL == 0 else REACH  # It is its own neighbour.
                for axis, (length, goes_on) in enumerate(((tall, wrap[1]), (wide, wrap[0])))
            )
            outer = (top - above, left - beside, _cells(tall) + 2 * above, _cells(wide) + 2 * beside)
            seen = estimate(weights, window(small, *outer, wrap), mood)
            held = seen[..., 2]
            if before is not None:
                held = (held + window(before.height, *outer, wrap)) * np.float32(0.5)
            height = integrate(seen[..., 0], seen[..., 1], held, SPRING)
            inner = (slice(above, above + tall), slice(beside, beside + wide))
            found.height[core] = height[inner]
            for index, name in ((3, "roughness"), (4, "metallic"), (5, "shade")):
                value = seen[(*inner, index)]
                if before is not None:
                    value = 0.5 * value + 0.5 * getattr(before, name)[core]
                getattr(found, name)[core] = value if name == "shade" else value.clip(0, 1)
            done += tall * wide
        if guide is not None and size[0] <= guide.shape[0]:
            found.height = resize(guide, *size, wrap) * np.float32(size[1] / guide.shape[1])
    return found


def tiles(height: int, width: int) -> Iterator[tuple[int, int, int, int]]:
    """Top, left, height and width of the parts of a picture; all but the last of a row or column begin at cells."""
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            yield top, left, min(TILE, height - top), min(TILE, width - left)


def integrate(dx: np.ndarray, dy: np.ndarray, held: np.ndarray, spring: float) -> np.ndarray:
    """The height whose slopes are nearest to given ones, on a spring to a given height.

    Minimises the sum of |slopes(h) - (dx, dy)|^2 + spring^2 (h - held)^2 on a tile that wraps around, with slopes by
    central differences. The finest ripples, which central differences do not see, are damped.

    Args:
        dx: (h, w) slopes along x.
        dy: (h, w) slopes along y, down.
        held: (h, w) height in pixels.
        spring: in 1 over pixels, above 0.
    """
    h, w = dx.shape
    y, x = np.fft.fftfreq(h)[:, None] * 2 * np.pi, np.fft.rfftfreq(w)[None] * 2 * np.pi
    along_x, along_y = np.sin(x), np.sin(y)
    ripples = 0.3 * (np.sin(x / 2) ** 8 + np.sin(y / 2) ** 8)
    pull = spring**2
    top = -1j * (along_x * np.fft.rfft2(dx) + along_y * np.fft.rfft2(dy)) + pull * np.fft.rfft2(held)
    return np.fft.irfft2(top / (along_x**2 + along_y**2 + ripples + pull), s=(h, w)).astype(np.float32)


def _enlarged(found: Relief, size: tuple[int, int], wrap: Wrap) -> Relief:
    scale = np.float32(size[1] / found.height.shape[1])  # A height in pixels grows with the picture.
    parts = [resize(x, *size, wrap) for x in (found.height, found.roughness, found.metallic, found.shade)]
    parts[0] *= scale
    return Relief(*parts)


def _cells(length: int) -> int:
    return -(-length // CELL) * CELL
