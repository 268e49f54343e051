"""Training data: procedural tiles, whose relief is known, under chance lamps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...pbr.border import resize
from ...procedural.catalog import MATERIALS
from ...procedural.draw import draw, draw_recipe
from ...procedural.light import light, slopes
from ...procedural.recipe import Maps, Recipe

MARGIN = 16  # Pixels at the border of a sample cut out of a larger tile, whose neighbours it does not show.
# One of every family is never shown in training: on these it is measured how the estimator does with the unknown.
HELD_OUT = (
    "cobblestone", "terrazzo", "sand", "ice", "leaves", "denim", "brushed metal", "peeling paint", "scallops",
)  # fmt: skip
SEEN = tuple(name for name in MATERIALS if name not in HELD_OUT)


@dataclass(slots=True)
class Sample:
    """A picture and what the network shall say of it, float32."""

    picture: np.ndarray  # (side, side, 3) sRGB in [0, 1].
    truth: np.ndarray  # (side, side, 6): as `network.OUTPUTS`.
    known: np.ndarray  # (side, side): 1 where it counts.


class Stream:
    """Endless samples of one size from a seed, out of a store of tiles that is renewed all the time."""

    def __init__(self, seed: int, side: int, stored: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.side = side
        self.stored = stored
        self.tiles: list[tuple[Maps, bool]] = []  # With whether it wraps around.

    def draw(self, count: int, fresh: int) -> list[Sample]:
        """Draw some fresh tiles; then samples of chance tiles of the store, turned, under chance lamps."""
        rng = self.rng
        for _ in range(fresh if len(self.tiles) >= self.stored else max(count, fresh)):
            self.tiles.append(self._tile())
        del self.tiles[: -self.stored]
        found = []
        for at in rng.integers(len(self.tiles), size=count):
            tile, whole = self.tiles[at]
            tile = turn(tile, rng) if whole else tile
            if rng.random() < 0.12:  # The paint of another material, which tells nothing of the form.
                tile.color = self.tiles[rng.integers(len(self.tiles))][0].color
            found.append(light_up(_each(tile, np.copy), whole, rng))
        return found

    def _tile(self) -> tuple[Maps, bool]:
        """A fresh tile, half of them cut out of or shrunk from a larger one."""
        rng, side = self.rng, self.side
        size = side * (1 if rng.random() < 0.6 else 2)
        factor = 2 if size > side and rng.random() < 0.5 else 1
        tile = turn(draw(draw_recipe(rng, SEEN[rng.integers(len(SEEN))]), size), rng)
        return cut(tile, side, factor, rng), size == side * factor


def turn(m: Maps, rng: np.random.Generator) -> Maps:
    """One of the eight symmetries of the square, and a chance shift."""
    flip, turns = bool(rng.random() < 0.5), int(rng.integers(4))
    shift = tuple(int(x) for x in rng.integers(0, m.height.shape[0], 2))

    def one(x: np.ndarray) -> np.ndarray:
        x = np.roll(x, shift, (0, 1))
        return np.rot90(x[:, ::-1] if flip else x, turns)

    return _each(m, one)


def cut(m: Maps, side: int, factor: int, rng: np.random.Generator) -> Maps:
    """A part of `side` pixels of the tile shrunk by a whole factor, which may be the whole tile.

    Heights keep their unit, the tile width, measured in that of the part: slopes stay what they are.
    """
    size = m.height.shape[0] // factor
    top, left = (int(x) for x in rng.integers(0, size - side + 1, 2))
    rows, columns = (slice(start * factor, (start + side) * factor) for start in (top, left))

    def one(x: np.ndarray) -> np.ndarray:
        x = x[rows, columns].astype(np.float32)
        return x.reshape(side, factor, side, factor, *x.shape[2:]).mean((1, 3)) if factor > 1 else x

    part = _each(m, one)
    part.height = part.height * (size / side)
    return part


def light_up(m: Maps, whole: bool, rng: np.random.Generator) -> Sample:
    """The sample of some maps as drawn, or under a lamp, and mostly as a chance camera sees it.

    Args:
        m: maps.
        whole: whether they wrap around.
        rng: the source of chance.
    """
    side = m.height.shape[0]
    if rng.random() < 0.15:
        m.color = m.color[..., rng.permutation(3)]
    dx, dy = slopes(m.height)
    kind, plain = rng.random(), rng.random() < 0.35
    if kind < 0.38:
        picture = light(m)
    elif kind < 0.6:
        picture = m.color if rng.random() < 0.6 else m.color * cavities(m.height, rng)[..., None]
    else:
        picture = relight(m, dx, dy, rng) * cavities(m.height, rng)[..., None]
    shade = np.log2((picture.mean(-1) + 0.02) / (m.color.mean(-1) + 0.02)).clip(-2, 2)
    height = (m.height - m.height.mean()) * side
    truth = np.stack([dx, dy, height, m.roughness, m.metallic, shade], -1)
    known = np.ones((side, side), np.float32)
    if not whole:
        known[:] = 0
        known[MARGIN:-MARGIN, MARGIN:-MARGIN] = 1
    seen = picture if plain else photograph(picture if rng.random() < 0.7 else enlarged(picture), rng)
    return Sample(np.clip(seen, 0, 1).astype(np.float32), truth.astype(np.float32), known)


def enlarged(picture: np.ndarray) -> np.ndarray:
    """The picture as if it had half the pixels: what models of small pictures and soft lenses give."""
    h, w, c = picture.shape
    wraps = (True, True)
    return resize(picture.reshape(h // 2, 2, w // 2, 2, c).mean((1, 3)), h, w, wraps)


def relight(m: Maps, dx: np.ndarray, dy: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Under one lamp from a chance side, with a chance share of light from everywhere and of gloss."""
    around, above = rng.uniform(0, 2 * np.pi), np.radians(rng.uniform(30, 75))
    lamp = np.array([np.cos(around) * np.cos(above), np.sin(around) * np.cos(above), np.sin(above)], np.float32)
    length = np.sqrt(1 + dx * dx + dy * dy)
    facing = (-lamp[0] * dx - lamp[1] * dy + lamp[2]) / length
    everywhere = rng.uniform(0.2, 0.8)
    shade = everywhere + (1 - everywhere) * np.clip(facing / lamp[2], 0, 3)
    half = lamp + np.array([0, 0, 1], np.float32)
    half /= np.linalg.norm(half)
    glint = np.clip((-half[0] * dx - half[1] * dy + half[2]) / length, 0, 1)
    sharp = rng.uniform(10, 80)
    gloss = rng.uniform(0, 1.2) * (1 - m.roughness) ** 2 * (glint**sharp - half[2] ** sharp)
    return np.clip(m.color * shade[..., None] + gloss[..., None].clip(0), 0, 1)


def cavities(height: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """How light fades where the ground lies deeper than what is around it, by a chance amount."""
    side = height.shape[0]
    fy, fx = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None]
    soft = np.exp(-2 * (np.pi * rng.uniform(1.5, 8)) ** 2 * (fx**2 + fy**2))
    deep = height - np.fft.irfft2(np.fft.rfft2(height) * soft, s=height.shape)
    return np.clip(1 + rng.uniform(0, 0.5) * side * deep, 0.25, 1).astype(np.float32)


def photograph(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Exposure, contrast, white balance, saturation, sharpness and noise by chance."""
    image = np.clip(picture, 0, 1) * rng.uniform(0.75, 1.25) * rng.uniform(0.93, 1.07, 3).astype(np.float32)
    image = np.clip(image, 0, 1) ** np.float32(rng.uniform(0.7, 1.4))
    gray = image.mean(-1, keepdims=True)
    image = gray + (image - gray) * np.float32(rng.uniform(0.1, 1.2))
    if rng.random() < 0.3:
        for axis in (0, 1):
            image = (np.roll(image, 1, axis) + 2 * image + np.roll(image, -1, axis)) / 4
    if rng.random() < 0.5:
        image = image + rng.standard_normal(image.shape, dtype=np.float32) * np.float32(rng.uniform(0, 0.03))
    return np.clip(image, 0, 1).astype(np.float32)


def drawn_tiles(names: tuple[str, ...], each: int, size: int, seed: int) -> list[tuple[Recipe, Maps]]:
    """So many chance tiles of each material, of seeds that training does not use."""
    found = []
    for name in names:
        rng = np.random.default_rng([seed, *name.encode()])
        for _ in range(each):
            recipe = draw_recipe(rng, name)
            found.append((recipe, draw(recipe, size)))
    return found


def _each(m: Maps, change: Callable[[np.ndarray], np.ndarray]) -> Maps:
    glow = None if m.emission is None else change(m.emission)
    return Maps(change(m.color), change(m.height), change(m.roughness), change(m.metallic), glow)
