"""Laid materials: brick, tiles, hexagons, cobblestone, stone blocks, herringbone, shingles.

Lattices have periods of 8, 16, 32 or 64 pixels of a 128-pixel tile and their joints lie half a period from the
border, so that they fall on the 8-pixel grid of the built-in model's latents and never on the seam.
"""

from __future__ import annotations

import numpy as np

from .noise import Array, Canvas, mix, ramp
from .recipe import Look, Maps, maps


def lay(c: Canvas, columns: int, rows: int, bond: float = 0.0, wobble: float = 0.0) -> tuple[Array, Array, Array]:
    """Rectangular courses: distances to the nearest upright and level joint in tile widths, and the unit's number.

    Args:
        c: the tile.
        columns: units in a row.
        rows: courses in the tile.
        bond: shift of every other row, in units.
        wobble: deviation of the joints, in units.
    """
    u, v = c.x * columns + 0.5, c.y * rows + 0.5
    if wobble:
        v = v + c.noise(2.5, 2, 14) * wobble
    row = np.floor(v)
    u = u + (row % 2) * bond
    if wobble:
        u = u + c.noise(2.5, 2, 14) * wobble * 0.5
    column = np.floor(u)
    ids = (row.astype(np.int64) % rows) * columns + column.astype(np.int64) % columns
    return (0.5 - np.abs(u - column - 0.5)) / columns, (0.5 - np.abs(v - row - 0.5)) / rows, ids


def inset(ex: Array, ey: Array, radius: float) -> Array:
    """Distance to the outline of a rectangle with rounded corners, positive inside."""
    corner = radius - np.hypot(np.maximum(radius - ex, 0), np.maximum(radius - ey, 0))
    return np.where(np.minimum(ex, ey) >= radius, np.minimum(ex, ey), corner)


def brick(c: Canvas, look: Look) -> Maps:
    """Running bond; 'stack' is without the shift."""
    rows = look.scale(16, 8, 4)
    columns = rows // 2
    rough = {"plain": 0.025, "rough": 0.07, "smooth": 0.008}[look.finish]
    ex, ey, ids = lay(c, columns, rows, 0.5, rough)
    joint = c.rng.uniform(0.075, 0.105) / rows
    d = inset(ex, ey, 2.4 * joint)
    inside = ramp(joint - 0.7 * c.pixel, joint + 0.7 * c.pixel, d)
    tone = 1 + 0.17 * c.pick(ids, rows * columns) + 0.05 * c.noise(1.4, 4)
    face = look.first * tone[..., None] + c.pick(ids, rows * columns)[..., None] * np.array(
        [0.035, 0, -0.02], np.float32
    )
    mortar = look.second * (1 + 0.06 * c.noise(1, 6))[..., None]
    height = ramp(joint - 0.8 * c.pixel, joint + 0.14 / rows, d) * 0.10 / rows + c.noise(1.4, 6) * 0.0010
    return maps(mix(mortar, face, inside), height, 0.85 + 0.08 * (1 - inside))


def tiles(c: Canvas, look: Look) -> Maps:
    """Glazed square tiles."""
    n = look.scale(16, 8, 4)
    ex, ey, ids = lay(c, n, n)
    joint = c.rng.uniform(0.04, 0.06) / n + 0.25 / 128
    d = inset(ex, ey, 0.09 / n)
    inside = ramp(joint - 0.6 * c.pixel, joint + 0.6 * c.pixel, d)
    glaze = look.first * (1 + 0.06 * c.pick(ids, n * n) + 0.025 * c.noise(2.4, 2))[..., None]
    grout = look.second * (1 + 0.05 * c.noise(1, 8))[..., None]
    tilt = (c.pick(ids, n * n) * ex + c.pick(ids, n * n) * ey) * 0.03
    height = ramp(joint - 0.5 * c.pixel, joint + 0.10 / n, d) * 0.10 / n + tilt * inside
    return maps(mix(grout, glaze, inside), height, 0.85 - 0.67 * inside)


def hexagons(c: Canvas, look: Look) -> Maps:
    """Hexagonal tiles, flattened by 1 % so that a whole number fits both ways."""
    columns = look.scale(16, 8, 4)
    rows = columns // 2  # Of pairs: two interleaved rectangular lattices.
    tall = columns / rows
    a, b = c.x * columns + 0.5, c.y * rows + 0.25
    ax, ay = a - np.floor(a) - 0.5, (b - np.floor(b) - 0.5) * tall
    bx, by = (a + 0.5) % 1 - 0.5, ((b + 0.5) % 1 - 0.5) * tall
    mine = ax**2 + (ay * 0.866) ** 2 < bx**2 + (by * 0.866) ** 2
    hx, hy = np.abs(np.where(mine, ax, bx)), np.abs(np.where(mine, ay, by)) * 0.866
    first = (np.floor(b).astype(np.int64) % rows) * columns + np.floor(a).astype(np.int64) % columns
    other = (np.floor(b + 0.5).astype(np.int64) % rows) * columns + np.floor(a + 0.5).astype(np.int64) % columns
    ids = np.where(mine, first, other + rows * columns)
    d = (0.5 - np.maximum(hx, hx * 0.5 + hy * 0.866)) / columns
    joint = c.rng.uniform(0.05, 0.07) / columns + 0.2 / 128
    inside = ramp(joint - 0.7 * c.pixel, joint + 0.7 * c.pixel, d)
    face = look.first * (1 + 0.10 * c.pick(ids, 2 * rows * columns) + 0.03 * c.noise(2, 2))[..., None]
    height = ramp(joint - 0.5 * c.pixel, joint + 0.13 / columns, d) * 0.10 / columns
    return maps(mix(look.second, face, inside), height, 0.8 - 0.5 * inside)


def cobblestone(c: Canvas, look: Look) -> Maps:
    """Rounded stones of uneven size, set in earth or mortar."""
    n = look.scale(8, 5, 3)
    cells = c.voronoi(n, jitter=0.8, bend=0.007)
    e = cells.edge
    gap = 0.07
    inside = ramp(gap - 0.6 * n * c.pixel, gap + 0.8 * n * c.pixel, e)
    tone = 1 + 0.24 * c.pick(cells.ids, cells.count) + 0.07 * c.noise(1.6, 4)
    hue = c.rng.normal(0, 0.025, (cells.count, 3)).astype(np.float32)[cells.ids]
    dome = np.sqrt(np.clip((e - gap) * 3.2, 0, 1))
    height = dome * 0.20 / n + c.noise(1.8, 5) * {"plain": 0.0014, "rough": 0.004, "smooth": 0.0004}[look.finish]
    earth = look.second * (0.75 + 0.08 * c.noise(1.2, 6))[..., None]
    return maps(mix(earth, look.first * tone[..., None] + hue, inside), height, 0.9 - 0.25 * inside)


def blocks(c: Canvas, look: Look) -> Maps:
    """A wall of dressed stone: courses of two heights, blocks of uneven length."""
    n = look.scale(4, 2, 2) * 2
    ex, ey, ids = lay(c, n // 2 if look.size != "large" else 2, n if look.size != "large" else 4, 0.5, 0.02)
    count = int(ids.max()) + 1
    joint = 0.055 / n
    d = inset(ex, ey, 0.10 / n)
    inside = ramp(joint - 0.7 * c.pixel, joint + 0.7 * c.pixel, d)
    grain = c.noise(1.9, 3)
    tone = 1 + 0.16 * c.pick(ids, count) + 0.09 * grain + 0.05 * c.noise(0.8, 10)
    hue = c.rng.normal(0, 0.02, (count, 3)).astype(np.float32)[ids]
    rough = {"plain": 0.005, "rough": 0.011, "smooth": 0.0015}[look.finish]
    height = ramp(joint - 0.5 * c.pixel, joint + 0.16 / n, d) * 0.09 / n * 2 + rough * grain * inside
    return maps(
        mix(look.second * (0.8 + 0.06 * c.noise(1, 6))[..., None], look.first * tone[..., None] + hue, inside),
        height,
        0.88,
    )


def herringbone(c: Canvas, look: Look) -> Maps:
    """Blocks of 2 : 1 laid in an L, a pattern that repeats every four units both ways."""
    n = look.scale(16, 8, 4)
    u, v = c.x * n + 0.5, c.y * n + 0.5
    i, j = np.floor(u).astype(np.int64), np.floor(v).astype(np.int64)
    fu, fv = u - i, v - j
    turn = (i - j) % 4  # 0, 1: left and right half of a level block; 2, 3: lower and upper half of an upright one.
    level = turn < 2
    a = np.where(level, (fu + turn) / 2, (fv + (turn == 2)) / 2)  # Along the block, 0 to 1.
    b = np.where(level, fv, fu)
    ex, ey = (0.5 - np.abs(a - 0.5)) * 2 / n, (0.5 - np.abs(b - 0.5)) / n
    anchor_i = np.where(turn == 1, i - 1, i) % n
    anchor_j = np.where(turn == 2, j - 1, j) % n
    ids = anchor_j * n + anchor_i
    joint = 0.03 / n + 0.1 / 128
    d = inset(ex, ey, 0.05 / n)
    inside = ramp(joint - 0.6 * c.pixel, joint + 0.6 * c.pixel, d)
    # Each block is cut from another place of one board.
    board = c.noise(1.8, 1, 90, along_x=10)
    away = c.pick(ids, n * n, 0, 1), c.pick(ids, n * n, 0, 1)
    across = c.look_up(board.T, *away)
    grain = np.where(level, c.look_up(board, *away), across)
    tone = 1 + 0.16 * c.pick(ids, n * n) + 0.09 * grain + 0.02 * c.noise(1.6, 4)
    height = ramp(joint - 0.5 * c.pixel, joint + 0.06 / n, d) * 0.035 / n + grain * inside * 0.0003
    return maps(mix(look.second * 0.8, look.first * tone[..., None], inside), height, 0.55 + 0.3 * (1 - inside))


def shingles(c: Canvas, look: Look) -> Maps:
    """Overlapping roof tiles, 'round' or 'square' at the lower end; each row lies on the one below it."""
    n = look.scale(16, 8, 4)
    edge, along, side, ids = plates(c, n, look.variant == "square")
    rim = ramp(0, 0.12, np.abs(edge))
    tone = 0.75 + 0.4 * along + 0.14 * c.pick(ids, n * n) + 0.04 * c.noise(1.5, 4)
    height = (0.12 * along + 0.05 * (1 - (2 * side) ** 2) + 0.06 * rim) / n
    return maps(look.first * (tone * (0.5 + 0.5 * rim))[..., None], height, 0.8)


def plates(c: Canvas, n: int, square: bool) -> tuple[Array, Array, Array, Array]:
    """Rows of plates, n by n, each covering the joints of the row below (scales, shingles).

    Returns:
        Distance to the plate's outline in plates, how far down the plate (0 to 1), how far across (-0.5 to 0.5), and
        its number.
    """
    v = c.y * n + 0.5
    edge = np.full(v.shape, -1, np.float32)
    along, side, ids = np.zeros_like(edge), np.zeros_like(edge), np.zeros(v.shape, np.int64)
    for back in (1, 0):  # The upper row reaches down over the lower one.
        row = np.floor(v) - back
        t = (v - row) / 2  # 0 at the top of the plate, 1 at its lowest point.
        u = c.x * n + 0.5 + 0.5 * (row % 2)
        across = u % 1 - 0.5
        if square:
            e = np.minimum(0.5 - np.abs(across), (0.62 - t) * 1.6)
        else:
            e = np.where(
                t < 0.5, 0.5 - np.abs(across), (1 - np.sqrt((across / 0.5) ** 2 + ((t - 0.5) / 0.46) ** 2)) * 0.5
            )
        take = (e > 0) if back else edge < 0
        number = (np.floor(u).astype(np.int64) % n) + n * (row.astype(np.int64) % n)
        edge, along = np.where(take, e, edge), np.where(take, t, along)
        side, ids = np.where(take, across, side), np.where(take, number, ids)
    return edge, along, side, ids
