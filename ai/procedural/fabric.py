"""Cloth and hides: woven fabric, denim, knit, plaid, carpet, quilt, leather."""

from __future__ import annotations

import numpy as np

from .noise import DETAIL, Array, Canvas, mix, ramp
from .recipe import Look, Maps, maps


def _threads(c: Canvas, n: int, over: Array, a: Array, b: Array) -> tuple[Array, Array]:
    """Height of a weave from which thread is on top, and the streaks along the threads."""
    warp, weft = np.sin(np.pi * (a % 1)), np.sin(np.pi * (b % 1))
    height = np.where(over, warp * (0.45 + 0.55 * weft), weft * (0.45 + 0.55 * warp))
    streaks = np.where(
        over, c.noise(1.0, 2, DETAIL, along_y=0.2, along_x=1), c.noise(1.0, 2, DETAIL, along_y=1, along_x=0.2)
    )
    return height, 1 + 0.05 * streaks


def woven(c: Canvas, look: Look) -> Maps:
    """Plain weave; the second colour is that of the weft."""
    n = look.scale(32, 16, 8)
    a, b = c.x * n + 0.5, c.y * n + 0.5
    over = (np.floor(a) + np.floor(b)) % 2 > 0
    height, streaks = _threads(c, n, over, a, b)
    base = np.where(over[..., None], look.first, look.second)
    return maps(base * ((0.64 + 0.44 * height) * streaks)[..., None], height * 0.16 / n, 0.9)


def denim(c: Canvas, look: Look) -> Maps:
    """Twill: the coloured warp floats over three threads of pale weft; faded where it was rubbed."""
    n = look.scale(112, 72, 40)
    a, b = c.x * n + 0.5, c.y * n + 0.5
    i, j = np.floor(a), np.floor(b)
    place = (b + i) % 4  # Along the float: the weft passes over in the last quarter.
    warp = place < 3
    length = np.where(warp, np.sin(np.pi * np.clip(place / 3, 0, 1)), np.sin(np.pi * (a - i)))
    across = np.where(warp, np.sin(np.pi * (a - i)), np.sin(np.pi * (b - j)))
    round_ = np.clip(across, 0, 1) ** 0.6 * (0.55 + 0.45 * np.clip(length, 0, 1))
    threads = c.pick(i.astype(np.int64) % n, n)  # No two threads took the dye alike.
    faded = ramp(-1.2, 2.2, c.noise(2.6, 1, 16) + 0.25 * c.noise(1.2, 2, DETAIL, along_y=6))
    dyed = look.first * (0.92 + 0.16 * threads + 0.05 * c.noise(1.0, 8))[..., None]
    dyed = mix(dyed, np.full(3, 0.80, np.float32), 0.34 * faded * round_)
    pale = np.clip(look.first * 0.55 + 0.28, 0, 1)
    color = np.where(warp[..., None], dyed, pale * 0.9) * (0.42 + 0.62 * round_)[..., None]
    return maps(color, (round_ + 0.15 * warp) * 0.16 / n, 0.95)


def knit(c: Canvas, look: Look) -> Maps:
    """Stockinette: columns of V-shaped stitches."""
    n = look.scale(16, 8, 4)
    u, v = c.x * n + 0.5, c.y * n + 0.5
    across = np.abs(u % 1 - 0.5)
    stitch = (v + across * 1.2) % 1
    height = np.sin(np.pi * stitch) ** 0.7 * np.clip(np.sin(2 * np.pi * across), 0, 1) ** 0.5
    ply = 1 + 0.10 * np.sin(2 * np.pi * (v * 3 - across * 5)) * height
    color = look.first * ((0.36 + 0.70 * height) * ply * (1 + 0.05 * c.noise(1.0, 6)))[..., None]
    return maps(color, height * 0.22 / n, 0.95)


def plaid(c: Canvas, look: Look) -> Maps:
    """Tartan: broad bands of the second colour both ways, with a thin bright line."""
    n = look.scale(8, 4, 2)

    def bands(t: Array) -> tuple[Array, Array]:
        f, soft = (t * n + 0.25) % 1, n * c.pixel
        wide = ramp(0.0, soft, f) * ramp(0.5, 0.5 - soft, f)
        return wide, ramp(0.71, 0.71 + soft, f) * ramp(0.79, 0.79 - soft, f)

    (wide_x, thin_x), (wide_y, thin_y) = bands(c.x), bands(c.y)
    color = mix(look.first, look.second, (wide_x + wide_y) * 0.5)
    line = np.clip(1 - look.second, 0, 1) * 0.4 + 0.5
    color = mix(color, line, (thin_x + thin_y) * 0.4)
    twill = np.sin(2 * np.pi * (c.x + c.y) * 32)
    return maps(color * (1 + 0.05 * twill + 0.03 * c.noise(1, 4))[..., None], twill * 0.0006, 0.95)


def carpet(c: Canvas, look: Look) -> Maps:
    """Loop pile: rows of twisted woollen loops."""
    n = look.scale(44, 30, 18)
    cells = c.voronoi(n, jitter=0.45, bend=0.002)
    loop = np.sqrt(np.clip(1 - (cells.first / 0.62) ** 2, 0, 1))
    lean = c.pick(cells.ids, cells.count, -0.5, 0.5)
    strands = 0.5 + 0.5 * np.sin(2 * np.pi * (cells.dx * 2.6 + cells.dy * (2.0 + lean)))
    fluff = c.noise(0.9, 20)
    tone = 0.26 + 0.58 * loop + 0.16 * strands * loop + 0.11 * c.pick(cells.ids, cells.count) + 0.05 * fluff
    tone = tone + 0.05 * c.noise(2.6, 1, 8)
    return maps(look.first * tone[..., None], (loop + 0.12 * strands * loop) * 0.30 / n + 0.0004 * fluff, 1.0)


def quilt(c: Canvas, look: Look) -> Maps:
    """Padded cloth or leather with diagonal seams and buttons where they cross."""
    n = look.scale(8, 4, 2)
    u, v = (c.x + c.y) * n + 0.25, (c.x - c.y) * n + 0.25  # No seam on the border.
    eu, ev = 0.5 - np.abs(u % 1 - 0.5), 0.5 - np.abs(v % 1 - 0.5)
    pad = (np.sin(np.pi * eu) * np.sin(np.pi * ev)) ** 0.55
    button = np.hypot(eu, ev)
    color = look.first * (0.72 + 0.34 * pad + 0.03 * c.noise(1.8, 4))[..., None]
    color = mix(color, look.first * 0.45, ramp(0.15, 0.11, button))
    color = mix(color, look.first * 0.35, ramp(0.035, 0.015, np.minimum(eu, ev)) * 0.7)
    return maps(color, pad * 0.11 / n, 0.45)


def leather(c: Canvas, look: Look) -> Maps:
    """Grain of small rounded cells with creases."""
    n = look.scale(22, 14, 9)
    cells = c.voronoi(n, jitter=1.0, bend=0.012)
    bump = ramp(0.0, 0.24, cells.edge)
    crease = ramp(0.10, 0.0, np.abs(c.noise(2.6, 1, 10))) * 0.35
    tone = 0.62 + 0.38 * bump + 0.04 * c.pick(cells.ids, cells.count) + 0.05 * c.noise(2.5, 1, 12) - 0.25 * crease
    return maps(look.first * tone[..., None], bump * 0.12 / n - crease * 0.003, 0.42)
