"""The rays a field learns from: those that can meet the surface, the hard ones drawn more often."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import AdaError
from ..job import Progress
from .cameras import cast_rays
from .dataset import View
from .hull import Box

CHUNK = 8_192  # Rays between two yields.
TURN = 50  # Batches between two looks at which rays are hard.

# Start and end of the interesting part of rays (n, 3), (n, 3).
SpanFinder = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


@dataclass(slots=True)
class Batch:
    """Rays with what they shall show. All on the device of training."""

    index: Tensor  # (n,) int64 on the CPU, place in the pool.
    origins: Tensor  # (n, 3), box coordinates.
    directions: Tensor  # (n, 3), unit length.
    spans: tuple[Tensor, Tensor]  # (n,), (n,).
    color: Tensor  # (n, 3), sRGB-encoded, premultiplied.
    alpha: Tensor  # (n,).
    background: Tensor | None = None  # (n, 4), what lies behind and a guess of `alpha`; None where there are masks.
    view: Tensor | None = None  # (n,), number of the photograph.


class RayPool:
    """Rays of all training views that meet the band, with a running error for each."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.share = 1.0  # Of the pixels looked at, those that entered the pool.
        self.drawn = 0  # Batches.
        self.missed = 0.0  # Mean squared error of the others, which no training can mend.

    def fill(
        self, views: list[View], box: Box, find: SpanFinder, excluded: SpanFinder | None, budget: int, seed: int
    ) -> Generator[Progress, Any, None]:
        """Collect the rays.

        Args:
            views: photographs.
            box: frame of the field.
            find: spans in the field; rays with an empty one stay out.
            excluded: spans in what must not be learned: opaque pixels that meet it before the field stay out.
            budget: at most about so many pixels are looked at, the same share of each view, drawn at random.
            seed: of that draw.

        Raises:
            AdaError: no ray is left.
        """
        random = np.random.default_rng(seed)
        total = sum(view.rgba.shape[0] * view.rgba.shape[1] for view in views)
        share = min(1.0, budget / total)
        parts: dict[str, list[Tensor]] = {
            "view": [],
            "directions": [],
            "rgba": [],
            "behind": [],
            "start": [],
            "end": [],
        }
        self.centers = torch.tensor(
            np.stack([box.to_local(view.camera.center()) for view in views]), dtype=torch.float32, device=self.device
        )
        missed = 0.0
        for number, view in enumerate(views):
            height, width = view.rgba.shape[:2]
            pixels = np.arange(height * width)
            if share < 1:
                pixels = np.sort(random.choice(pixels, max(1, round(share * len(pixels))), replace=False))
            for first in range(0, len(pixels), CHUNK):
                chosen = pixels[first : first + CHUNK]
                places = np.stack([chosen % width, chosen // width], -1) + 0.5
                local = box.directions_to_local(cast_rays(view.camera, places)).astype(np.float32)
                directions = torch.from_numpy(local).to(self.device)
                origins = self.centers[number].expand_as(directions)
                rgba = torch.from_numpy(view.rgba.reshape(-1, 4)[chosen]).to(self.device)
                start, end = find(origins, directions)
                keep = end > start
                if excluded is not None:
                    outside_start, outside_end = excluded(origins, directions)
                    hidden = (outside_end > outside_start) & (outside_start < start)
                    keep &= ~(hidden & (rgba[:, 3] > 0))
                else:
                    alpha = rgba[~keep].float() / 255
                    missed += float((alpha[:, 3:] * (1 - alpha[:, :3])).square().mean(1).sum())
                behind = rgba[:, :0]
                if view.background is not None:
                    behind = torch.from_numpy(view.background.reshape(-1, 4)[chosen]).to(self.device)
                kept = keep.nonzero()[:, 0]
                parts["view"].append(torch.full((len(kept),), number, dtype=torch.int32, device=self.device))
                for name, value in (
                    ("directions", directions),
                    ("rgba", rgba),
                    ("behind", behind),
                    ("start", start),
                    ("end", end),
                ):
                    parts[name].append(value[kept])
                yield Progress(number / len(views), "Choosing rays")
        self.view, self.directions, self.rgba, self.behind, self.start, self.end = (
            torch.cat(part) for part in parts.values()
        )
        if not len(self.view):
            raise AdaError("No photo sees anything inside the box. Move the crop box or check the poses")
        self.narrow_start, self.narrow_end = self.start.clone(), self.end.clone()
        self.share = len(self.view) / (total * share)
        self.missed = missed / (total * share)
        if self.behind.shape[1]:  # Pixels beside the object are the background's own.
            self.share, self.missed = 1.0, 0.0
        self.error = torch.full((len(self.view),), 1e-2)
        self.clear = torch.zeros(len(self.view), dtype=torch.bool)
        self._table: Tensor | None = None

    def __len__(self) -> int:
        return len(self.view)

    def state(self) -> dict[str, Tensor]:
        """Return what drawing has learned about the rays, for `restore`; the tensors are the pool's own."""
        found = {
            "pool.start": self.narrow_start, "pool.end": self.narrow_end, "pool.error": self.error,
            "pool.clear": self.clear,
        }  # fmt: skip
        return found if self._table is None else {**found, "pool.table": self._table, "pool.live": self._live}

    def restore(self, state: dict[str, Tensor], drawn: int) -> None:
        """Take over what `state` gave after so many draws, once the same rays are collected again.

        Another device may collect others; then all begin as new.
        """
        if len(state["pool.error"]) != len(self):
            return
        self.narrow_start.copy_(state["pool.start"])
        self.narrow_end.copy_(state["pool.end"])
        self.error.copy_(state["pool.error"])
        self.clear.copy_(state["pool.clear"])
        self.drawn = drawn
        if "pool.table" in state:
            self._table, self._live = state["pool.table"], state["pool.live"]

    def draw(self, count: int, generator: torch.Generator) -> Batch:
        """Draw rays, the first half evenly, the others in proportion to their last residual.

        Of the rays that miss the object, and are known to, only every eighth takes part, another one in turn.
        """
        if self._table is None or self.drawn % TURN == 0:
            self._table = torch.cumsum(self.error.double().sqrt(), 0)
            turn = torch.arange(self.drawn // TURN % 8, len(self) + 8, 8)
            self._live = (~self.clear).index_fill_(0, turn[turn < len(self)], True).nonzero()[:, 0]
        self.drawn += 1
        even = torch.randint(len(self._live), (count // 2,), generator=generator)
        even = self._live.index_select(0, even.sort().values)
        level = torch.rand(count - len(even), generator=generator, dtype=torch.float64) * self._table[-1]
        # Sorted each, so that neighbouring rays read neighbouring voxels.
        hard = torch.searchsorted(self._table, level.sort().values).clamp(max=len(self) - 1)
        index = torch.cat([even, hard])
        place = index.to(self.device)
        # Now and then a ray is looked at in full again: something may have grown into its way.
        whole = (place + self.drawn) % 8 == 0
        start, end = (values.index_select(0, place) for values in (self.start, self.end))
        spans = (
            torch.where(whole, start, self.narrow_start.index_select(0, place)),
            torch.where(whole, end, self.narrow_end.index_select(0, place)),
        )
        rgba = self.rgba.index_select(0, place).float() / 255
        behind = self.behind.index_select(0, place).float() / 255 if self.behind.shape[1] else None
        return Batch(
            index, self.centers.index_select(0, self.view.index_select(0, place)),
            self.directions.index_select(0, place), spans, rgba[:, :3] * rgba[:, 3:], rgba[:, 3], behind,
            self.view.index_select(0, place),
        )  # fmt: skip

    def narrow(self, batch: Batch, near: Tensor, far: Tensor, margin: float) -> None:
        """Next time sample rays only around where something was seen: from `near` to `far` and a margin, (n,) each.

        Rays that met nothing keep all of their span.
        """
        place = batch.index.to(self.device)
        start, end = self.start.index_select(0, place), self.end.index_select(0, place)
        met = far > 0
        self.narrow_start[place] = torch.where(met, torch.maximum(start, near - margin), start)
        self.narrow_end[place] = torch.where(met, torch.minimum(end, far + margin), end)
        self.clear[batch.index] = (~met & (batch.alpha == 0)).cpu()

    def note(self, batch: Batch, error: Tensor) -> float:
        """Keep the squared error of each ray (n,) for later draws; return the mean over all pixels of the photos."""
        values = error.detach().cpu()
        self.error[batch.index] = 0.5 * self.error[batch.index] + 0.5 * values.clamp(1e-4, 0.1)
        drawn = len(self._live) / len(self)  # The others show nothing, as they shall.
        return float(values[: len(values) // 2].mean()) * self.share * drawn + self.missed
