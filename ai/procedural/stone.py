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
    """Angular chips of several colours and sizes in a cement ground, ground flat."""
    n = look.scale(10, 7, 4)
    others = [draw_color(c.rng, str(name)) for name in c.rng.choice(COLORS, 3)]
    palette = np.stack([look.second, look.second, look.second * 0.7, look.second * 0.5 + 0.3, *others])
    color = look.first * (1 + 0.03 * c.noise(1, 6) + 0.02 * c.noise(0.2, 30))[..., None]
    cover = np.zeros((c.size, c.size), np.float32)
    for fields, least, most in ((4 * n, 0.16, 0.5), (2 * n, 0.12, 0.5), (n, 0.08, 0.42)):
        cells = c.voronoi(fields, jitter=1.0, bend=0.002)
        gap = c.pick(cells.ids, cells.count, least, most)
        chip = ramp(gap, gap + 0.9 * fields * c.pixel, cells.edge)
        chips = palette[c.rng.integers(0, len(palette), cells.count)][cells.ids]
        mottled = chips * (1 + 0.06 * c.noise(1.8, 6) + 0.05 * c.pick(cells.ids, cells.count))[..., None]
        color, cover = mix(color, mottled, chip), np.maximum(cover, chip)
    return maps(color, cover * 0.0002, 0.25)


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
    """Split stone: broad flat layers with broken edges."""
    k = look.scale(9, 6, 4)
    field = (c.noise(3.8, 1, 9, along_x=1.5) + 0.07 * c.noise(2.2, 5, 60)) * k * 0.3
    step = np.floor(field)
    rise = field - step
    # A cliff of a twentieth of a layer, a gently sloped ledge on the rest.
    grain = c.noise(1.8, 4, along_x=3)
    height = (step + ramp(0.93, 1.0, rise)) * 0.014 + rise * 0.004 + grain * 0.0007
    layer = c.rng.uniform(-1, 1, 64).astype(np.float32)[step.astype(np.int64) % 64]
    rust = ramp(0.9, 2.2, c.noise(2.8, 1, 20))[..., None] * np.array([0.10, 0.03, -0.03], np.float32)
    tone = 1 + 0.14 * layer + 0.06 * grain + 0.05 * c.noise(2.4, 1, 12) - 0.30 * ramp(0.86, 0.96, rise)
    return maps(look.first * tone[..., None] + rust * look.first.mean() * 2, height, 0.7)


def crystal(c: Canvas, look: Look) -> Maps:
    """Cut gems side by side: a table in the middle, two rings of facets around it, each throwing light another way."""
    n, facets = look.scale(8, 5, 3), 6
    cells = c.voronoi(n, jitter=0.75)
    twist = c.pick(cells.ids, cells.count, 0, 2 * np.pi)
    angle = np.arctan2(cells.dy, cells.dx) - twist
    sector = np.round(angle / (2 * np.pi) * facets).astype(np.int64) % facets
    middle = sector * np.float32(2 * np.pi / facets) + twist
    outward = cells.dx * np.cos(middle) + cells.dy * np.sin(middle)  # Constant along the edges of a hexagon.
    table, crown = 0.17, 0.34
    ring = (outward > table).astype(np.int64) + (outward > crown)
    number = (cells.ids * 3 + ring) * facets + np.where(ring == 0, 0, sector)
    flash = c.pick(number, cells.count * 3 * facets)
    height = -0.30 * np.clip(outward - table, 0, None) - 0.35 * np.clip(outward - crown, 0, None)
    bright = 0.78 + 0.22 * flash + 0.22 * np.array([0.8, 0.2, -0.6], np.float32)[ring]
    color = look.first * bright[..., None] + (0.34 * ramp(0.55, 1.0, flash))[..., None]
    cut = np.minimum(np.abs(outward - table), np.abs(outward - crown))
    color = color + (0.16 * ramp(0.012 + 0.5 * n * c.pixel, 0.0, cut))[..., None]
    rim = ramp(0.04, 0.0, cells.edge)
    return maps(mix(color, look.first * 0.3, rim * 0.9), height * 0.6 / n, 0.08)
