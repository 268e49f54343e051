"""Drawn patterns: checker, stripes, dots, chevron, camouflage, argyle, scallops."""

from __future__ import annotations

import numpy as np

from .noise import Canvas, mix, ramp
from .recipe import Look, Maps, maps


def _print(c: Canvas, look: Look, cover: np.ndarray) -> Maps:
    """The first colour where `cover` is 1, on the second, with a faint tooth."""
    tooth = c.noise(1.6, 3)
    return maps(
        mix(look.second, look.first, cover) * (1 + 0.02 * tooth)[..., None], cover * 0.0006 + tooth * 0.0003, 0.6
    )


def checker(c: Canvas, look: Look) -> Maps:
    """Squares of two colours."""
    n = look.scale(16, 8, 4)
    wave = np.cos(np.pi * c.x * n) * np.cos(np.pi * c.y * n)
    return _print(c, look, ramp(-0.045 * n / 8, 0.045 * n / 8, wave))


def stripes(c: Canvas, look: Look) -> Maps:
    """Even stripes, 'horizontal', 'vertical' or 'diagonal'."""
    n = look.scale(8, 4, 2)
    along = {"vertical": c.x, "diagonal": c.x + c.y}.get(look.variant, c.y)
    slope = 0.11 * n / 4
    return _print(c, look, ramp(-slope, slope, np.cos(2 * np.pi * along * n)))


def dots(c: Canvas, look: Look) -> Maps:
    """Polka dots in staggered rows: the dots have the first colour."""
    n = look.scale(8, 4, 2)
    a, b = c.x * n, c.y * n
    near = np.minimum(np.hypot(a % 1 - 0.5, b % 1 - 0.5), np.hypot((a + 0.5) % 1 - 0.5, (b + 0.5) % 1 - 0.5))
    radius, soft = c.rng.uniform(0.20, 0.26), 0.8 * n * c.pixel
    return _print(c, look, ramp(radius + soft, radius - soft, near))


def chevron(c: Canvas, look: Look) -> Maps:
    """Zigzag bands."""
    n = look.scale(8, 4, 2)
    zigzag = np.abs((c.x * n) % 1 - 0.5)
    slope = 0.16 * n / 4
    return _print(c, look, ramp(-slope, slope, np.cos(2 * np.pi * (c.y * n + zigzag))))


def argyle(c: Canvas, look: Look) -> Maps:
    """Lozenges of two colours, crossed by thin diagonal lines."""
    n = look.scale(8, 4, 2)
    u, v = np.abs((c.x * n) % 1 - 0.5), np.abs((c.y * n / 2) % 1 - 0.5)
    soft = 0.8 * n * c.pixel
    result = _print(c, look, ramp(soft, -soft, u + v - 0.5))
    cross = np.abs((u + v) % 0.5 - 0.25)
    line = ramp(0.012 + soft, 0.012, np.abs(u - v)) * (cross >= 0)
    result.color = np.clip(mix(result.color, np.clip(1.15 - (look.first + look.second) * 0.5, 0, 1), line * 0.8), 0, 1)
    return result


def scallops(c: Canvas, look: Look) -> Maps:
    """Overlapping fans with concentric bands, as in Japanese wave patterns."""
    columns = look.scale(8, 4, 2)
    rows = columns * 4
    u, v = c.x * columns, c.y * rows + 0.5
    row = np.floor(v)
    distance = np.full(v.shape, 9.0, np.float32)
    for back in (1, 2, 3):  # Lower rows lie on top; of a fan, of radius half a column, the upper half is seen.
        centre = row + back
        du = (u + 0.5 * (centre % 2)) % 1 - 0.5
        d = np.hypot(du, (centre - v) / 4)
        distance = np.where(d < 0.5, d, distance)
    rings = np.cos(2 * np.pi * distance * 5.0)
    slope = 0.28 * columns / 4
    return _print(c, look, ramp(-slope, slope, rings))


def camouflage(c: Canvas, look: Look) -> Maps:
    """Blotches of four related shades."""
    low = look.scale(4, 2, 1)
    color = np.broadcast_to(look.first, (c.size, c.size, 3))
    for shade, level in (
        (look.first * 0.58, 0.15),
        (np.clip(look.first * 1.35 + 0.10, 0, 1), 0.55),
        (look.first * 0.25, 0.95),
    ):
        blotch = c.noise(4.0, low, low * 5)
        color = mix(color, shade, ramp(level, level + 0.10 * low / 2, blotch))
    tooth = c.noise(0.9, 10)
    return maps(color * (1 + 0.025 * tooth)[..., None], tooth * 0.0003, 0.85)
