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
        self._table: Tensor | None = None

    def __len__(self) -> int:
        return len(self.view)

    def state(self) -> dict[str, Tensor]:
        """Return what drawing has learned about the rays, for `restore`; the tensors are the pool's own."""
        found = {"pool.start": self.narrow_start, "pool.end": self.narrow_end, "pool.error": self.error}
        return found if self._table is None else {**found, "pool.table": self._table}

    def restore(self, state: dict[str, Tensor], drawn: int) -> None:
        """Take over what `state` gave after so many draws, once the same rays are collected again.

        Another device may collect others; then all begin as new.
        """
        if len(state["pool.error"]) != len(self):
            return
        self.narrow_start.copy_(state["pool.start"])
        self.narrow_end.copy_(state["pool.end"])
        self.error.copy_(state["pool.error"])
        self._table, self.drawn = state.get("pool.table"), drawn

    def draw(self, count: int, generator: torch.Generator) -> Batch:
        """Draw rays, the first half evenly, the others in proportion to their last error."""
        even = torch.randint(len(self), (count // 2,), generator=generator)
        if self._table is None or self.drawn % 50 == 0:
            self._table = torch.cumsum(self.error.double(), 0)
        self.drawn += 1
        level = torch.rand(count - len(even), generator=generator, dtype=torch.float64) * self._table[-1]
        hard = torch.searchsorted(self._table, level).clamp(max=len(self) - 1)
        # Sorted each, so that neighbouring rays read neighbouring voxels.
        index = torch.cat([even.sort().values, hard.sort().values])
        place = index.to(self.device)
        rgba = self.rgba[place].float() / 255
        return Batch(
            index, self.centers[self.view[place]], self.directions[place],
            (self.narrow_start[place], self.narrow_end[place]),
            rgba[:, :3] * rgba[:, 3:], rgba[:, 3], self.behind[place].float() / 255 if self.behind.shape[1] else None,
            self.view[place],
        )  # fmt: skip

    def narrow(self, batch: Batch, near: Tensor, far: Tensor, opaque: Tensor, margin: float) -> None:
        """Next time sample opaque rays only around where they were seen: from `near` to `far` and a margin, (n,) each.

        Other rays get back all of their span.
        """
        place = batch.index.to(self.device)
        start, end = self.start[place], self.end[place]
        self.narrow_start[place] = torch.where(opaque, torch.maximum(start, near - margin), start)
        self.narrow_end[place] = torch.where(opaque, torch.minimum(end, far + margin), end)

    def note(self, batch: Batch, error: Tensor) -> float:
        """Keep the squared error of each ray (n,) for later draws; return the mean over all pixels of the photos."""
        values = error.detach().cpu()
        self.error[batch.index] = 0.5 * self.error[batch.index] + 0.5 * values.clamp(1e-4, 0.1)
        return float(values[: len(values) // 2].mean()) * self.share + self.missed
