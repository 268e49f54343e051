"""Stone and what sets like it: marble, granite, terrazzo, concrete, plaster, cracked earth, slate, crystal."""

from __future__ import annotations

import numpy as np

from .color import COLORS, draw_color
from .noise import DETAIL, Canvas, mix, ramp
from .recipe import Look, Maps, maps


def marble(c: Canvas, look: Look) -> Maps:
    """Polished, with two families of veins."""
    k = look.scale(3, 2, 1)
    bent = c.noise(3.2, 1, 24)
    veins = np.abs(np.sin(np.pi * (k * (c.x + c.y)) + bent * 1.1))
    hair = np.abs(np.sin(np.pi * (k * (2 * c.x - c.y)) + c.noise(3.0, 1, DETAIL) * 1.5))
    strength = 0.55 + 0.45 * ramp(-1, 1, c.noise(3, 1, 6))
    vein = np.clip((1 - veins) ** 5 * strength + (1 - hair) ** 9 * 0.5 * strength, 0, 1)
    ground = mix(look.first, look.first * 0.84 + look.second * 0.16, ramp(-1.5, 2.0, bent))
    return maps(mix(ground, look.second, vein * 0.85), vein * -0.0006, 0.12 + 0.1 * vein)


def granite(c: Canvas, look: Look) -> Maps:
    """Grains of three minerals."""
    n = look.scale(26, 18, 12)
    cells = c.voronoi(n, jitter=1.0, bend=0.004)
    kind = c.rng.random(cells.count, dtype=np.float32)[cells.ids]
    grain = look.first * (1 + 0.16 * c.pick(cells.ids, cells.count))[..., None]
    grain = mix(grain, np.clip(look.first * 1.3 + 0.14, 0, 1), ((kind > 0.62) & (kind < 0.8)).astype(np.float32))
    grain = mix(grain, look.second, (kind >= 0.8).astype(np.float32) * 0.95)
    return maps(grain * (1 + 0.03 * c.noise(1.2, 4))[..., None], cells.first * 0.0004, 0.28)


def terrazzo(c: Canvas, look: Look) -> Maps:
    """Angular chips of several colours in a cement ground."""
    n = look.scale(10, 7, 4)
    cells = c.voronoi(n, jitter=1.0, bend=0.004)
    least = c.pick(cells.ids, cells.count, 0.06, 0.34)
    chip = ramp(least, least + 0.9 * n * c.pixel, cells.edge)
    others = [draw_color(c.rng, str(name)) for name in c.rng.choice(COLORS, 3)]
    palette = np.stack([look.second, look.second, look.second * 0.7, *others])
    chips = palette[c.rng.integers(0, len(palette), cells.count)][cells.ids]
    ground = look.first * (1 + 0.025 * c.noise(1, 6))[..., None]
    return maps(mix(ground, chips * (1 + 0.04 * c.noise(1.5, 6))[..., None], chip), chip * 0.0003, 0.25)


def concrete(c: Canvas, look: Look) -> Maps:
    """Cast, with stains, pores and sand."""
    cloud = c.noise(2.6, 1, 30)
    pores = ramp(2.0, 2.6, c.noise(1.6, 6, 18))
    color = look.first * (1 + 0.09 * cloud + 0.03 * c.noise(0.6, 10))[..., None] * (1 - 0.45 * pores)[..., None]
    rough = {"plain": 0.0012, "rough": 0.004, "smooth": 0.0003}[look.finish]
    return maps(color, c.noise(1.6, 3) * rough - pores * 0.006, 0.9)


def plaster(c: Canvas, look: Look) -> Maps:
    """Stucco put on with a trowel."""
    low = look.scale(8, 5, 2)
    lumps = c.noise(2.8, low, 30)
    rough = {"plain": 0.0050, "rough": 0.0080, "smooth": 0.0018}[look.finish]
    color = look.first * (1 + 0.03 * c.noise(2.4, 1, 10) + 0.015 * lumps)[..., None]
    return maps(color, np.tanh(lumps * 0.8) * rough * 4 / low + c.noise(1.4, 8) * 0.0006, 0.9)


def cracked_earth(c: Canvas, look: Look) -> Maps:
    """Dry mud in curled plates."""
    n = look.scale(8, 5, 3)
    cells = c.voronoi(n, jitter=0.85, bend=0.012)
    gap = 0.035 + 0.02 * c.noise(2, 3)
    plate = ramp(gap - 0.5 * n * c.pixel, gap + 0.9 * n * c.pixel, cells.edge)
    tone = 1 + 0.09 * c.pick(cells.ids, cells.count) + 0.07 * c.noise(1.8, 3) - 0.12 * ramp(0.2, 0.5, cells.edge)
    color = mix(look.first * 0.22, look.first * tone[..., None], plate)
    height = (plate * 0.12 - 0.05 * ramp(0.1, 0.5, cells.edge)) / n + c.noise(1.6, 4) * 0.0012
    return maps(color, height, 0.95)


def slate(c: Canvas, look: Look) -> Maps:
    """Split stone: irregular layers with sharp steps."""
    k = look.scale(9, 6, 4)
    field = c.noise(3.0, 1, 24, along_x=0.6) * k * 0.42
    step = np.floor(field)
    rise = field - step
    # A cliff of a tenth of a layer, a gently sloped ledge on the rest.
    height = (step + ramp(0.9, 1.0, rise)) * 0.010 + rise * 0.002 + c.noise(1.6, 5) * 0.0012
    layer = c.rng.uniform(-1, 1, 64).astype(np.float32)[step.astype(np.int64) % 64]
    color = look.first * (1 + 0.12 * layer + 0.06 * c.noise(1.6, 3) - 0.35 * ramp(0.82, 0.97, rise))[..., None]
    return maps(color, height, 0.75)


def crystal(c: Canvas, look: Look) -> Maps:
    """Facets like cut gems."""
    n = look.scale(8, 5, 3)
    cells = c.voronoi(n, jitter=0.9)
    angle = c.pick(cells.ids, cells.count, 0, 2 * np.pi)
    tilt = (cells.dx * np.cos(angle) + cells.dy * np.sin(angle)) * 0.45
    value = c.pick(cells.ids, cells.count)
    color = look.first * (0.82 + 0.34 * value + 0.5 * tilt)[..., None] + 0.16 * np.clip(value, 0, 1)[..., None]
    rim = ramp(0.05, 0.0, cells.edge)
    return maps(mix(color, np.clip(look.first * 0.5 + 0.5, 0, 1), rim * 0.9), tilt * 0.3 / n, 0.08)
