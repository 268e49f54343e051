"""What lies underfoot or flows: sand, soil, gravel, grass, moss, snow, ice, water, lava."""

from __future__ import annotations

import numpy as np

from .noise import DETAIL, Canvas, mix, ramp
from .recipe import Look, Maps, maps


def sand(c: Canvas, look: Look) -> Maps:
    """Wind ripples; 'smooth' has none."""
    k = look.scale(16, 8, 4)
    color = look.first * (1 + 0.04 * c.noise(0.3, 12) + 0.03 * c.noise(3, 1, 8))[..., None]
    height = c.noise(2.4, 2, 24) * 0.0016 + c.noise(0.4, 12) * 0.0004
    if look.finish != "smooth":
        phase = 2 * np.pi * (k * c.y) + c.noise(3.4, 1, 8) * 1.3
        ripple = 0.5 + 0.5 * np.sin(phase + 0.5 * np.sin(phase))
        height = height + ripple * 0.11 / k
        color = color * (0.93 + 0.14 * ripple)[..., None]
    return maps(color, height, 0.95)


def soil(c: Canvas, look: Look) -> Maps:
    """Crumbs and clods."""
    clods = c.voronoi(look.scale(24, 14, 8), jitter=1.0, bend=0.012)
    lump = np.clip(1 - clods.first * 1.25, 0, 1) * c.pick(clods.ids, clods.count, 0.2, 1)
    ground = c.noise(2.2, 2, DETAIL)
    height = lump * 0.25 / look.scale(24, 14, 8) + ground * 0.0035
    color = look.first * (0.62 + 0.55 * lump + 0.10 * ground + 0.06 * c.noise(0.6, 10))[..., None]
    return maps(color, height, 0.95)


def gravel(c: Canvas, look: Look) -> Maps:
    """Loose rounded pebbles in two layers, the smaller ones below."""
    n = look.scale(12, 8, 5)
    color, height = np.zeros((c.size, c.size, 3), np.float32), np.zeros((c.size, c.size), np.float32)
    for layer, count in enumerate((n * 2, n)):
        cells = c.voronoi(count, jitter=0.85)
        radius = c.pick(cells.ids, cells.count, 0.42, 0.60)
        dome = np.sqrt(np.clip(1 - (cells.first / radius) ** 2, 0, 1))
        tone = 0.85 + 0.30 * c.pick(cells.ids, cells.count) + 0.05 * c.noise(1.6, 6)
        hue = c.rng.normal(0, 0.035, (cells.count, 3)).astype(np.float32)[cells.ids]
        cover = ramp(0.02, 0.30, dome)
        pebble = look.first * (tone if layer else tone * 0.55)[..., None] + hue
        color = mix(color, pebble, cover)
        height = np.where(dome > 0.02, dome * 0.30 / count + layer * 0.006, height)
    return maps(color, height, 0.75)


def grass(c: Canvas, look: Look) -> Maps:
    """Blades seen from above, leaning upwards, lighter at the tip."""
    length = look.scale(10, 16, 26) / 128
    which, along, across = c.strokes(int(22 / length**2), length, 0.17 * length, (0.2 * np.pi, 0.8 * np.pi), 0.45)
    light = 0.36 + 0.85 * along * (0.55 + 0.45 * which) - 0.16 * np.abs(across)
    color = look.first * (light + 0.06 * c.noise(2.6, 1, 8))[..., None]
    color = color + (which * along)[..., None] * np.array([0.12, 0.09, -0.02], np.float32)
    return maps(color, along * length * 0.18, 0.7)


def moss(c: Canvas, look: Look) -> Maps:
    """Soft cushions covered with short tufts."""
    n = look.scale(9, 6, 4)
    cells = c.voronoi(n, jitter=1.0, bend=0.02)
    cushion = np.clip(1 - cells.first**2 * 1.1, 0, 1)
    tufts = c.noise(1.0, 12, DETAIL)
    color = look.first * (0.42 + 0.55 * cushion + 0.14 * tufts)[..., None]
    color = color + (cushion * ramp(0.5, 2, tufts))[..., None] * np.array([0.16, 0.15, 0.0], np.float32)
    return maps(color, cushion * 0.18 / n + tufts * 0.0022, 0.95)


def snow(c: Canvas, look: Look) -> Maps:
    """Fresh snow: soft drifts and glittering grains."""
    drift = c.noise(3.2, 1, 12)
    color = np.clip(
        look.first * (1 + 0.02 * drift)[..., None] + 0.06 * ramp(1.9, 2.8, c.noise(0.3, 20))[..., None], 0, 1
    )
    color = color * (1 - 0.10 * ramp(0.3, -1.8, drift)[..., None] * np.array([1.0, 0.6, 0.1], np.float32))
    return maps(color, drift * 0.012 + c.noise(1.9, 6) * 0.0004, 0.55)


def ice(c: Canvas, look: Look) -> Maps:
    """Clear ice with white cracks and clouds of air."""
    n = look.scale(6, 4, 3)
    cells, fine = c.voronoi(n, jitter=1.0, bend=0.03), c.voronoi(2 * n, jitter=1.0, bend=0.03)
    crack = np.exp(-cells.edge * 30) + 0.5 * np.exp(-fine.edge * 40) * ramp(0, 1, c.noise(3, 1, 6))
    depth = ramp(-1.6, 2.2, c.noise(2.8, 1, 20))
    color = mix(look.first * 0.82, np.clip(look.first * 0.45 + 0.52, 0, 1), depth)
    shade = 1 + 0.06 * c.pick(cells.ids, cells.count)
    return maps(
        mix(color * shade[..., None], np.full(3, 0.97, np.float32), np.clip(crack, 0, 1) * 0.8), crack * 0.0006, 0.08
    )


def water(c: Canvas, look: Look) -> Maps:
    """Shallow water with the net of light that waves cast."""
    n = look.scale(7, 5, 3)
    a, b = c.voronoi(n, jitter=0.9, bend=0.03), c.voronoi(n, jitter=0.9, bend=0.03)
    net = np.exp(-a.edge * 11) * 0.75 + np.exp(-b.edge * 11) * 0.55
    light = np.clip(net**1.8, 0, 1)
    deep = look.first * (0.80 + 0.09 * c.noise(3, 1, 8))[..., None]
    color = mix(deep, np.clip(look.first * 0.5 + 0.6, 0, 1), light * 0.85)
    return maps(color, (np.minimum(a.first, 1) + np.minimum(b.first, 1)) * 0.10 / n * 0.25, 0.05)


def lava(c: Canvas, look: Look) -> Maps:
    """Dark crust broken by glowing cracks; the colour is that of the glow."""
    n = look.scale(8, 5, 3)
    cells = c.voronoi(n, jitter=0.95, bend=0.03)
    e = cells.edge + 0.03 * c.noise(2, 3)
    glow = np.exp(-np.clip(e, 0, 2) * 12)
    rock = np.array([0.13, 0.105, 0.10], np.float32) * (1 + 0.35 * c.noise(1.8, 4))[..., None]
    core = np.clip(look.first * 0.45 + np.array([0.55, 0.48, 0.25], np.float32), 0, 1)
    color = mix(mix(rock, np.clip(look.first * 1.15, 0, 1), ramp(0.12, 0.55, glow)), core, ramp(0.6, 1.0, glow))
    result = maps(color, ramp(0.0, 0.3, e) * 0.12 / n + c.noise(1.8, 4) * 0.002, 0.9 - 0.5 * glow)
    result.emission = np.clip(color * ramp(0.12, 0.6, glow)[..., None], 0, 1).astype(np.float32)
    return result
