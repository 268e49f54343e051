"""A network over a large picture in overlapping tiles that go on across the border, cross-faded where they meet."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence

import torch
from torch import Tensor

LEAST_OVERLAP = 4


def tile_starts(size: int, tile: int, overlap: int, wraps: bool, grid: int = 1) -> list[int]:
    """Where tiles begin along one axis.

    Along an axis that wraps, the distance between two tiles divides the size where some number of tiles, at most twice
    the least, allows it: then a shift by that distance only renames the tiles.

    Args:
        size: of the picture; where it wraps, a multiple of `grid`.
        tile: length of a tile, a multiple of `grid`.
        overlap: at least so much is shared by neighbours.
        wraps: whether tiles go on across the border.
        grid: starts are multiples of it, but for the last one where nothing wraps.
    """
    if size <= tile:
        return [0]
    stride = max(tile - overlap, grid)
    if wraps:
        least = math.ceil(size / stride)
        count = next((n for n in range(least, 2 * least + 1) if size % (n * grid) == 0), least)
        return [round(i * size / count / grid) * grid for i in range(count)]
    count = math.ceil((size - tile) / stride) + 1
    starts = [round(i * (size - tile) / (count - 1) / grid) * grid for i in range(count - 1)]
    return [*starts, size - tile]  # Up to the border, also where the size is no multiple of the grid.


def run_tiles(
    call: Callable[..., Tensor],
    images: Sequence[Tensor],
    tile: int,
    overlap: int,
    wraps: tuple[bool, bool],
    grid: int = 1,
) -> Tensor:
    """What `tile_steps` returns, in one go."""
    steps = tile_steps(call, images, tile, overlap, wraps, grid)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def tile_steps(
    call: Callable[..., Tensor],
    images: Sequence[Tensor],
    tile: int,
    overlap: int,
    wraps: tuple[bool, bool],
    grid: int = 1,
) -> Generator[float, None, Tensor]:
    """Call a network for every tile and put the results together.

    Args:
        call: takes one tile of each of `images`, returns (n, c, h, w) in a fixed ratio to the first.
        images: (n, c, h, w) each, of sizes that are whole multiples of the first's.
        tile: side of a tile of the first, in its cells.
        overlap: of neighbours, likewise.
        wraps: whether x and y wrap around.
        grid: see `tile_starts`.

    Yields:
        The share that is done, after each tile.

    Returns:
        (n, c, H, W) for the whole picture.
    """
    tall, wide = images[0].shape[-2:]
    rows = tile_starts(tall, tile, overlap, wraps[1], grid)
    columns = tile_starts(wide, tile, overlap, wraps[0], grid)
    result = weights = torch.empty(0)
    done = 0
    for top in rows:
        for left in columns:
            box = (top, min(tile, tall), left, min(tile, wide))
            made = call(*(_cut(image, box, image.shape[-1] // wide) for image in images))
            up = made.shape[-1] / box[3]
            height, width = round(tall * up), round(wide * up)
            if not result.numel():
                result = made.new_zeros((*made.shape[:2], height, width))
                weights = made.new_zeros((1, 1, height, width))
            fade = max(overlap, LEAST_OVERLAP) * up
            weight = _ramp(made.shape[-2], fade, made)[:, None] * _ramp(made.shape[-1], fade, made)
            ys = (torch.arange(made.shape[-2], device=made.device) + round(top * up)) % height
            xs = (torch.arange(made.shape[-1], device=made.device) + round(left * up)) % width
            result[..., ys[:, None], xs] += made * weight
            weights[..., ys[:, None], xs] += weight
            done += 1
            yield done / (len(rows) * len(columns))
    return result / weights


def _cut(image: Tensor, box: tuple[int, int, int, int], scale: int) -> Tensor:
    top, height, left, width = (side * scale for side in box)
    ys = (torch.arange(height, device=image.device) + top) % image.shape[-2]
    xs = (torch.arange(width, device=image.device) + left) % image.shape[-1]
    return image.index_select(-2, ys).index_select(-1, xs)


def _ramp(size: int, fade: float, like: Tensor) -> Tensor:
    """Weights that rise from the border, where a tile knows least."""
    at = torch.arange(size, device=like.device, dtype=torch.float32) + 0.5
    return (torch.minimum(at, size - at) / fade).clamp(max=1).to(like.dtype)
