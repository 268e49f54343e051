"""Metal and paint on it: brushed, rusty, tread plate, gold leaf, perforated, corrugated, peeling paint."""

from __future__ import annotations

import numpy as np

from .noise import DETAIL, Canvas, mix, ramp
from .recipe import Look, Maps, maps


def brushed_metal(c: Canvas, look: Look) -> Maps:
    """Fine level scratches and a soft sheen."""
    lines = c.noise(0.9, 1, DETAIL, along_x=24, along_y=1)
    sheen = c.noise(3.2, 1, 4)
    color = look.first * (1 + 0.10 * lines + 0.08 * sheen)[..., None]
    return maps(color, lines * 0.0003, 0.32 + 0.03 * lines, 1.0)


def rust(c: Canvas, look: Look) -> Maps:
    """Painted metal eaten by rust."""
    low = look.scale(5, 3, 1)
    spread = c.noise(2.5, low, 30)
    eaten = ramp(-0.25, 0.35, spread)
    old = np.array([0.50, 0.25, 0.11], np.float32) * c.rng.uniform(0.9, 1.1)
    deep = np.array([0.27, 0.13, 0.08], np.float32)
    scab = mix(old, deep, ramp(-0.8, 1.4, c.noise(1.9, 4, DETAIL))) * (1 + 0.10 * c.noise(0.8, 8))[..., None]
    rim = ramp(-0.25, 0.0, spread) * ramp(0.35, 0.0, spread)
    paint = mix(look.first * (1 + 0.03 * c.noise(1.6, 2))[..., None], old * 0.8, rim * 0.5)
    height = eaten * (c.noise(1.6, 6) * 0.0022 - 0.003)
    return maps(mix(paint, scab, eaten), height, 0.45 + 0.5 * eaten, 0.0)


def tread_plate(c: Canvas, look: Look) -> Maps:
    """Raised lozenges, alternately leaning left and right."""
    n = look.scale(16, 8, 4)
    u, v = c.x * n + 0.5, c.y * n + 0.5
    odd = (np.floor(u) + np.floor(v)) % 2 > 0
    a, b = u % 1 - 0.5, v % 1 - 0.5
    p, q = (a + b) * 0.7071, (a - b) * 0.7071
    p, q = np.where(odd, p, q), np.where(odd, q, p)
    bar = ramp(1.25, 0.45, (p / 0.50) ** 2 + (q / 0.16) ** 2)
    tone = 0.80 + 0.26 * bar + 0.05 * c.noise(1.8, 2)
    return maps(look.first * tone[..., None], bar * 0.10 / n, 0.35, 1.0)


def gold_foil(c: Canvas, look: Look) -> Maps:
    """Crumpled leaf metal: sharp folds between smooth, bent faces."""
    low = look.scale(6, 4, 2)
    height = np.zeros((c.size, c.size), np.float32)
    for octave, weight in ((1, 1.0), (2, 0.5), (4, 0.2)):
        height -= weight * np.abs(c.noise(4.5, low * octave, low * octave * 1.5))
    wrinkle = c.noise(3.0, 6 * low)
    tone = 0.93 + 0.06 * c.noise(2.4, 1, 20) + 0.02 * wrinkle
    return maps(look.first * tone[..., None], height * 0.022 / low + wrinkle * 0.0002, 0.2, 1.0)


def perforated(c: Canvas, look: Look) -> Maps:
    """Sheet with round holes in staggered rows; the holes show black."""
    n = look.scale(16, 8, 4)
    a, b = c.x * n, c.y * n
    near = np.minimum(np.hypot(a % 1 - 0.5, b % 1 - 0.5), np.hypot((a + 0.5) % 1 - 0.5, (b + 0.5) % 1 - 0.5))
    radius = 0.23
    soft = 0.8 * n * c.pixel
    solid = ramp(radius - soft, radius + soft, near)
    rim = ramp(radius + 0.14, radius + 0.02, near) * solid
    sheet = look.first * (1 + 0.06 * c.noise(1.5, 1, DETAIL, along_x=10) + 0.22 * rim)[..., None]
    return maps(sheet * (0.06 + 0.94 * solid)[..., None], (solid - 0.3 * rim) * 0.14 / n, 0.35, solid)


def corrugated(c: Canvas, look: Look) -> Maps:
    """Upright waves of galvanised sheet, with runs of dirt and a row of screws."""
    n = look.scale(16, 8, 4)
    wave = 0.5 - 0.5 * np.cos(2 * np.pi * (c.x * n))
    spangle = c.voronoi(5 * n, jitter=1.0)
    runs = ramp(0.3, 2.2, c.noise(2.0, 1, 60, along_y=7))
    sheet = look.first * (1 + 0.05 * c.pick(spangle.ids, spangle.count) + 0.03 * c.noise(2.2, 1, 30))[..., None]
    color = mix(sheet, sheet * np.array([0.50, 0.45, 0.40], np.float32), 0.75 * runs * (1.1 - 0.6 * wave))
    # A screw with its washer on every other ridge, in the middle of the tile.
    across, down = ((c.x * n / 2 - 0.25) % 1 - 0.5) * 2, (c.y - 0.5) * n
    far = np.hypot(across, down)
    soft = n * c.pixel
    washer, head = ramp(0.15 + soft, 0.15, far), ramp(0.09 + soft, 0.09, far)
    color = mix(color, look.first * 0.55, washer * 0.8)
    color = mix(color, np.clip(look.first * 1.2, 0, 1), head)
    height = wave * 0.20 / n + (washer * 0.015 + head * 0.03) / n
    return maps(color, height, 0.38 + 0.4 * runs, 0.9 * (1 - 0.8 * runs))


def peeling_paint(c: Canvas, look: Look) -> Maps:
    """Flakes of paint lifting off a grey or wooden ground, which is the second colour."""
    n = look.scale(10, 7, 4)
    cells = c.voronoi(n, jitter=1.0, bend=0.02)
    lost = ramp(0.25, 0.45, c.noise(2.6, 1, 14) + 0.55 * c.pick(cells.ids, cells.count))
    left = 1 - lost
    crack = ramp(0.035, 0.008, cells.edge) * left
    bare = look.second * (0.85 + 0.10 * c.noise(1.6, 3) + 0.05 * c.noise(1.0, 2, DETAIL, along_y=9))[..., None]
    paint = look.first * (1 + 0.05 * c.pick(cells.ids, cells.count) + 0.02 * c.noise(2, 2))[..., None]
    # A flake is pale where it broke and throws a shadow on the ground beside it.
    broken = ramp(0.04, 0.45, lost) * ramp(0.98, 0.55, lost)
    paint = mix(paint, np.clip(look.first * 0.5 + 0.42, 0, 1), 0.7 * broken)
    color = mix(bare * (1 - 0.35 * ramp(0.995, 0.7, lost))[..., None], paint, left * (1 - 0.8 * crack))
    curl = ramp(0.25, 0.0, cells.edge) * 0.35
    height = left * (0.05 + 0.03 * curl) / n - 0.004 * crack + lost * 0.0006 * c.noise(1.6, 6)
    return maps(color, height, 0.5 + 0.38 * lost)
