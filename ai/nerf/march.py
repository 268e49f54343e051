"""Marching rays through a grid of which most is empty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

EMPTY, NEAR, INSIDE = 0, 1, 2  # States of a block.
POOL = 2  # Cells along the side of a block.


@dataclass(slots=True)
class Occupancy:
    """What lies where, in blocks: nothing, the band around the surface, or the inside of the object."""

    state: Tensor  # (bx * by * bz,) uint8.
    shape: tuple[int, int, int]
    low: Tensor  # (3,), corner of the first block.
    size: float  # Edge of a block.
    near_low: Tensor  # (3,) and (3,): the box around all NEAR blocks.
    near_high: Tensor

    @classmethod
    def pooled(cls, cells: np.ndarray, low: Tensor, spacing: float, device: torch.device) -> Occupancy:
        """Gather the states of cells (nx, ny, nz) in blocks: NEAR where any cell is, INSIDE where all are."""
        padded = np.pad(cells, [(0, -count % POOL) for count in cells.shape], constant_values=EMPTY)
        bx, by, bz = (count // POOL for count in padded.shape)
        blocks = padded.reshape(bx, POOL, by, POOL, bz, POOL)
        state = np.where((blocks == INSIDE).all((1, 3, 5)), INSIDE, EMPTY).astype(np.uint8)
        state[(blocks == NEAR).any((1, 3, 5))] = NEAR
        near = np.argwhere(state == NEAR)
        size = spacing * POOL
        first = torch.from_numpy(near.min(0)).to(device) * size + low
        last = (torch.from_numpy(near.max(0)).to(device) + 1) * size + low
        flat = torch.from_numpy(state.ravel()).to(device)
        return cls(flat, (bx, by, bz), low, size, first.float(), last.float())


def intersect_box(origins: Tensor, directions: Tensor, low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
    """Return where rays enter and leave a box: two (n,) distances; the ray misses it where the first is not smaller.

    Kay and Kajiya, "Ray tracing complex scenes", SIGGRAPH 1986. Rays that start inside enter at 0.
    """
    inverse = 1 / torch.where(directions.abs() < 1e-9, 1e-9, directions)
    first, second = (low - origins) * inverse, (high - origins) * inverse
    return torch.minimum(first, second).amax(-1).clamp(min=0), torch.maximum(first, second).amin(-1)


def find_spans(occupancy: Occupancy, origins: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
    """Find the part of each ray worth sampling: from its first block near the surface to its last one.

    A ray ends where it is inside the object for good: nothing behind shines through.

    Args:
        occupancy: what to skip by.
        origins: (n, 3).
        directions: (n, 3), unit length.

    Returns:
        Start and end distance, two (n,); a ray that meets no such block has an end that is not above its start.
    """
    start, end = intersect_box(origins, directions, occupancy.near_low, occupancy.near_high)
    length = (end - start).clamp(min=0)
    steps = int(torch.ceil(length.max() / occupancy.size).item()) if len(origins) else 0
    if not steps:
        return start, start
    index = torch.arange(steps, device=origins.device)
    t = start[:, None] + (index + 0.5) * occupancy.size
    flat = torch.zeros_like(t, dtype=torch.int32)
    for axis, count in enumerate(occupancy.shape):
        scale = 1 / occupancy.size
        block = ((origins[:, axis] - occupancy.low[axis]) * scale)[:, None] + t * (directions[:, axis] * scale)[:, None]
        flat = flat * count + block.to(torch.int32).clamp_(0, count - 1)
    state = occupancy.state[flat]
    state[t > end[:, None]] = EMPTY
    inside = state == INSIDE
    stop = torch.where(inside.any(1), inside.int().argmax(1), steps)
    near = (state == NEAR) & (index < stop[:, None])
    hit = near.any(1)
    first, last = near.int().argmax(1), steps - 1 - near.flip(1).int().argmax(1)
    # A block more on each side: a ray may have cut a corner between two looks.
    begin = torch.maximum(start + (first - 1) * occupancy.size, start)
    until = torch.minimum(start + (last + 2) * occupancy.size, end)
    return begin, torch.where(hit, until, begin)


def place_samples(start: Tensor, end: Tensor, step: float, offset: Tensor | float) -> tuple[Tensor, Tensor]:
    """Place samples a fixed step apart between the ends of each span.

    Args:
        start: (n,).
        end: (n,); a span that is not longer than 0 gets no sample.
        step: distance between samples.
        offset: place of the first sample in its step, in [0, 1), one number or (n,).

    Returns:
        Packed: index of the ray (s,) int64, not falling, and distance along it (s,).
    """
    counts = torch.ceil((end - start).clamp(min=0) / step).long()
    ray = torch.repeat_interleave(torch.arange(len(start), device=start.device), counts)
    before = torch.cumsum(counts, 0) - counts
    # Of the first sample, had it the number of all samples of the rays before: what is added then is common to all.
    begin = (start + offset * step).double() - before * step
    number = torch.arange(len(ray), device=start.device)
    return ray, (begin.index_select(0, ray) + number * step).to(start.dtype)
