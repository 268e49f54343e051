"""Living and airy things: leaves, bark, fur, scales, clouds, stars; and wood, solid or in planks."""

from __future__ import annotations

import numpy as np

from .masonry import plates
from .noise import DETAIL, Array, Canvas, mix, ramp
from .recipe import Look, Maps, maps


def turned(look: Look, result: Maps) -> Maps:
    """The same maps with x and y exchanged where the variant is 'vertical'."""
    if look.variant != "vertical":
        return result
    return Maps(result.color.transpose(1, 0, 2), result.height.T, result.roughness.T, result.metallic.T)


def wood(c: Canvas, look: Look) -> Maps:
    """A sawn and polished board: bent growth rings and fibres."""
    k = look.scale(12, 8, 4)
    rings = c.y * k + c.noise(3.6, 1, 10, along_x=3) * 0.12 * k
    t = (0.5 + 0.5 * np.sin(2 * np.pi * rings + 0.6 * np.sin(2 * np.pi * rings))) ** 1.3
    fibre = c.noise(0.9, 2, DETAIL, along_x=14)
    color = mix(look.first * 1.12, look.first * 0.60, t) * (1 + 0.06 * fibre)[..., None]
    return turned(look, maps(color, t * -0.0012 + fibre * 0.0004, 0.4))


def planks(c: Canvas, look: Look) -> Maps:
    """Boards with butt joints, each with its own grain."""
    rows, length = look.scale(16, 8, 4), 2
    v = c.y * rows + 0.5
    row = np.floor(v).astype(np.int64) % rows
    # Butt joints stand on a 16-pixel raster, never on the border of the tile.
    shift = (c.rng.integers(0, 4, rows) * 2 / 8 + 0.5).astype(np.float32)[row] + (row % 2) * np.float32(0.25)
    u = c.x * length + shift * length / 2
    ids = row * length + np.floor(u).astype(np.int64) % length
    ex, ey = (0.5 - np.abs(u % 1 - 0.5)) / length, (0.5 - np.abs(v % 1 - 0.5)) / rows
    d = np.minimum(ex, ey)
    grain = c.look_up(
        c.noise(1.8, 1, 48, along_x=9, along_y=1.1),
        c.pick(ids, rows * length, 0, 1),
        c.pick(ids, rows * length, 0, 1),
    )
    tone = 1 + 0.17 * c.pick(ids, rows * length) + 0.10 * grain + 0.03 * c.noise(1.2, 2, DETAIL, along_x=9)
    inside = ramp(0.25 * c.pixel, 1.5 * c.pixel, d)
    color = mix(look.first * 0.2, look.first * tone[..., None], inside)
    height = ramp(0.0, 2.5 * c.pixel, d) * 0.010 + grain * 0.0008
    return turned(look, maps(color, height, 0.55))


def bark(c: Canvas, look: Look) -> Maps:
    """Upright ridges split by deep furrows."""
    low = look.scale(5, 3, 2)
    furrow = np.abs(c.noise(2.8, low, 8 * low, along_y=3.5))
    flake = np.abs(c.noise(2.4, 2 * low, 16 * low, along_y=2.5))
    fibre = c.noise(1.6, 3, along_y=5)
    ridge = ramp(0.02, 0.55, furrow) * (0.72 + 0.28 * ramp(0.0, 0.5, flake))
    tone = 0.34 + 0.72 * ridge + 0.09 * fibre * ridge + 0.08 * c.noise(2.4, 1, 6)
    return maps(look.first * tone[..., None], (ridge + 0.05 * fibre) * 0.06 / low, 0.95)


def fur(c: Canvas, look: Look) -> Maps:
    """Hair combed downwards, dark at the root, in locks of slightly different colour."""
    length = look.scale(14, 22, 36) / 128
    which, along, _ = c.strokes(int(150 / length**2), length, 0.026 * length, (-0.58 * np.pi, -0.42 * np.pi), 0.22)
    lock = c.noise(2.6, 3, 16, along_y=2.5)
    shade = 0.34 + 0.40 * along + 0.22 * which + 0.12 * lock
    tip = np.clip(along * which - 0.45, 0, 1)[..., None] * np.array([0.30, 0.26, 0.20], np.float32)
    return maps(
        look.first * np.clip(shade, 0.1, None)[..., None] + tip, along * 0.006 + which * 0.003 + lock * 0.006, 0.6
    )


def scales(c: Canvas, look: Look) -> Maps:
    """Fish or dragon scales: keeled, dark at the root, pale at the rim."""
    n = look.scale(16, 8, 4)
    edge, along, side, ids = plates(c, n, False)
    rim = ramp(0.0, 0.07, np.abs(edge))
    keel = ramp(0.10, 0.0, np.abs(side)) * ramp(0.2, 0.6, along)
    ribs = 0.5 + 0.5 * np.cos(2 * np.pi * (along * 9 - 6 * side**2))
    tone = 0.42 + 0.55 * along + 0.10 * c.pick(ids, n * n) + 0.22 * keel + 0.07 * ribs * ramp(0.0, 0.2, np.abs(edge))
    pale = ramp(0.16, 0.04, np.abs(edge)) * ramp(0.55, 0.9, along) * 0.35
    color = mix(look.first * tone[..., None], np.clip(look.first * 0.6 + 0.38, 0, 1), pale)
    height = (0.14 * along + 0.09 * (1 - np.abs(2 * side)) + 0.05 * rim + 0.02 * keel + 0.006 * ribs) / n
    return maps(color * (0.35 + 0.65 * rim)[..., None], height, 0.32 + 0.2 * (1 - rim))


def leaves(c: Canvas, look: Look) -> Maps:
    """A carpet of overlapping leaves with veins."""
    count = look.scale(260, 110, 40)
    size = c.size
    radius = float(np.sqrt(1.15 / count)) * size
    reach = int(np.ceil(radius))
    oy, ox = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    color = np.broadcast_to(look.first * 0.18, (size, size, 3)).copy()
    height = np.zeros((size, size), np.float32)
    total = count * 2
    for order in range(total):
        leaf, cover, relief = _leaf(c, look.first, ox / radius, oy / radius, order / total, 1.2 / radius)
        rows = (c.rng.integers(size) + np.arange(-reach, reach + 1)) % size
        columns = (c.rng.integers(size) + np.arange(-reach, reach + 1)) % size
        patch = np.ix_(rows, columns)
        color[patch] = mix(color[patch], leaf, cover)
        height[patch] = mix(height[patch][..., None], (relief + 0.03 * order / total)[..., None], cover)[..., 0]
    return maps(color, height, 0.5)


def _leaf(c: Canvas, base: Array, ox: Array, oy: Array, order: float, soft: float) -> tuple[Array, Array, Array]:
    angle = c.rng.uniform(0, 2 * np.pi)
    a, b = ox * np.cos(angle) + oy * np.sin(angle), oy * np.cos(angle) - ox * np.sin(angle)
    half = 0.40 * np.clip(1 - a * a, 0, 1) * (1 - 0.3 * a)
    cover = ramp(0, soft, half - np.abs(b)) * (np.abs(a) < 1)
    light = (0.50 + 0.50 * order) * c.rng.uniform(0.8, 1.2)
    tint = base * light + np.array([0.10, 0.07, 0.0], np.float32) * c.rng.uniform(-0.5, 1)
    vein = ramp(0.06, 0.015, np.abs(b)) + 0.3 * ramp(0.7, 1.0, np.cos(2 * np.pi * (a * 4 - np.abs(b) * 5)))
    leaf = tint * (1 + 0.14 * np.sign(b) - 0.22 * ramp(half * 0.6, half, np.abs(b)) + 0.25 * vein)[..., None]
    return leaf.astype(np.float32), cover, 0.02 * (1 - (np.abs(b) / np.maximum(half, 1e-3)) ** 2 * 0.5)


def clouds(c: Canvas, look: Look) -> Maps:
    """Cumulus on a clear sky, white above and shaded below."""
    low = look.scale(4, 2, 1)
    density = c.noise(3.1, low, 40)
    cover = ramp(-0.25, 1.1, density)
    shade = ramp(0.3, 2.2, c.look_up(density, np.float32(0) * c.x, -0.045 + 0 * c.y))
    sky = look.first * (1 + 0.03 * c.noise(3.2, 1, 4))[..., None]
    return maps(
        mix(sky, np.array([0.97, 0.97, 0.98], np.float32) * (1 - 0.20 * shade)[..., None], cover), cover * 0.0, 1.0
    )


def stars(c: Canvas, look: Look) -> Maps:
    """Space: a nebula in two tints, dust before it, and stars of uneven brightness."""
    cloud = c.noise(3.2, 1, 40)
    nebula = ramp(-0.6, 2.4, cloud) ** 1.3
    other = ramp(0.2, 2.6, c.noise(3.2, 1, 40) + 0.5 * cloud)
    dust = 1 - 0.6 * ramp(0.2, 1.6, c.noise(2.8, 2, 60))
    color = look.first * (nebula * dust * 0.8)[..., None]
    color = color + np.clip(look.first[[2, 0, 1]] * 0.6 + 0.25, 0, 1) * (other * nebula * dust * 0.7)[..., None]
    color = color + np.array([0.015, 0.015, 0.04], np.float32)
    n = look.scale(12, 8, 5)
    for fields, radius, glow in ((n, 0.050, 0.30), (3 * n, 0.075, 0.0), (7 * n, 0.11, 0.0)):
        cells = c.voronoi(fields, jitter=0.9)
        power = c.pick(cells.ids, cells.count, 0.0, 1.0) ** 4
        warm = c.pick(cells.ids, cells.count)[..., None] * np.array([0.12, 0.0, -0.12], np.float32)
        inside = ramp(0.0, 0.12, cells.edge)  # A halo ends before it meets the next star's field.
        near = np.maximum(cells.first, 0.6 * fields * c.pixel)
        core = np.exp(-((near / (radius * (0.35 + power))) ** 2)) * (0.25 + 0.75 * power)
        halo = glow * power * np.exp(-near * 7) * inside
        color = color + np.clip(1 + warm, 0, 1) * (core + halo)[..., None]
    result = maps(color, nebula * 0.0, 1.0)
    result.emission = result.color
    return result
