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
    """Twill: diagonal ribs, pale weft shining through, faded patches."""
    n = look.scale(64, 32, 16)
    a, b = c.x * n, c.y * n
    rib = 0.5 + 0.5 * np.sin(2 * np.pi * (a + b) / 2)
    thread = 0.5 + 0.5 * np.sin(2 * np.pi * a)
    faded = ramp(-1.5, 2.0, c.noise(2.6, 1, 16))
    tone = 0.50 + 0.42 * rib + 0.10 * thread + 0.05 * c.noise(0.8, 3, DETAIL, along_y=0.15)
    color = mix(look.first * tone[..., None], np.full(3, 0.85, np.float32), 0.22 * rib * faded + 0.10 * faded)
    return maps(color, (rib * 0.7 + thread * 0.3) * 0.2 / n, 0.95)


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
    """Short pile in tufts."""
    n = look.scale(28, 18, 11)
    cells = c.voronoi(n, jitter=1.0, bend=0.008)
    tuft = np.clip(1 - cells.first * 1.1, 0, 1)
    tone = (
        0.46 + 0.60 * tuft + 0.12 * c.pick(cells.ids, cells.count) + 0.05 * c.noise(2.4, 1, 8) + 0.05 * c.noise(0.5, 20)
    )
    return maps(look.first * tone[..., None], tuft * 0.35 / n, 1.0)


def quilt(c: Canvas, look: Look) -> Maps:
    """Padded cloth or leather with diagonal seams and buttons where they cross."""
    n = look.scale(8, 4, 2)
    u, v = (c.x + c.y) * n + 0.5, (c.x - c.y) * n + 0.5
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
