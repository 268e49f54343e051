"""The surface field: distance and features on a band of voxels, colour from a small network, drawn along rays."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from .encoding import encode_directions
from .grid import FEATURES, BandGrid
from .march import find_spans, place_samples
from .volume import packed_weights, section_alpha

FAINT = 5e-4  # Samples that weigh less are not drawn.
PALE = 0.02  # Samples that weigh less, of their ray, have no colour of their own: the others stand in for them.
HIDDEN = 32


class ColorNetwork(nn.Module):
    """Features, viewing direction and normal to a colour in [0, 1]."""

    def __init__(self, generator: torch.Generator) -> None:
        super().__init__()
        sizes = [FEATURES + 9 + 3, HIDDEN, HIDDEN, 3]
        self.layers = nn.ModuleList(linear(a, b, generator) for a, b in pairwise(sizes))

    def forward(self, features: Tensor, directions: Tensor, normals: Tensor) -> Tensor:
        """Return (n, 3) sRGB-encoded colours of (n, FEATURES), (n, 3) and (n, 3)."""
        x = torch.cat([features, encode_directions(directions), normals], -1)
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return torch.sigmoid(self.layers[-1](x))


def linear(inputs: int, outputs: int, generator: torch.Generator) -> nn.Linear:
    """Return a linear layer drawn from `generator`, which leaves torch's global random state alone.

    Uniform in +-1 / sqrt(inputs), as torch's own layers are.
    """
    layer = nn.utils.skip_init(nn.Linear, inputs, outputs)
    bound = inputs**-0.5
    with torch.no_grad():
        layer.weight.uniform_(-bound, bound, generator=generator)
        layer.bias.uniform_(-bound, bound, generator=generator)
    return layer


@dataclass(slots=True)
class Rendered:
    """Rays drawn without their background."""

    color: Tensor  # (n, 3), premultiplied by opacity.
    opacity: Tensor  # (n,).
    near: Tensor | None = None  # (n,), distances of the first and the last sample that was drawn; inf and 0 for none.
    far: Tensor | None = None
    depth: Tensor | None = None  # (n,), mean distance of what is seen; inf where nothing is.
    normal: Tensor | None = None  # (n, 3), unit length; 0 where nothing is seen.


def render_surface(
    grid: BandGrid,
    network: ColorNetwork,
    origins: Tensor,
    directions: Tensor,
    spans: tuple[Tensor, Tensor] | None,
    sharpness: float,
    step: float,
    offset: Tensor | float = 0.5,
    passes: bool = False,
) -> Rendered:
    """Draw rays through the surface field; differentiable where gradients are on.

    A first pass without gradients finds which samples can be seen; only these, a few a ray, pass a second time.

    Args:
        grid: distances and features.
        network: colours.
        origins: (n, 3) in the coordinates of the grid.
        directions: (n, 3), unit length.
        spans: what `find_spans` gave for these rays, or None to call it here.
        sharpness: s of `section_alpha`.
        step: distance between samples.
        offset: place of the first sample in its step, in [0, 1), one number or (n,).
        passes: give depth and normals as well.
    """
    count, device = len(origins), origins.device
    places, views = origins.t().contiguous(), directions.t().contiguous()  # One axis a row, as samples are.
    with torch.no_grad():
        start, end = find_spans(grid.occupancy, origins, directions) if spans is None else spans
        ray, t = place_samples(start, end, step, offset)
        view = views.index_select(1, ray)
        cells, share = grid.find_cells(torch.addcmul(places.index_select(1, ray), view, t))
        alpha, _ = _alpha(grid, cells.clamp(min=0), share, view, step, sharpness)
        seen = (packed_weights(alpha * (cells >= 0), ray) > FAINT).nonzero()[:, 0]
        ray, t, cells = (values.index_select(0, seen) for values in (ray, t, cells))
        view, share = (values.index_select(1, seen) for values in (view, share))
        first = torch.full_like(start, torch.inf).scatter_reduce_(0, ray, t, "amin")
        last = torch.zeros_like(start).scatter_reduce_(0, ray, t, "amax")
    alpha, gradient = _alpha(grid, cells, share, view, step, sharpness)
    weight = packed_weights(alpha, ray)
    opacity = torch.zeros(count, device=device).index_add(0, ray, weight)
    bright = (weight.detach() > PALE * opacity.detach().index_select(0, ray)).nonzero()[:, 0]
    ray, t, cells, weight = (values.index_select(0, bright) for values in (ray, t, cells, weight))
    share, gradient = (values.index_select(1, bright) for values in (share, gradient))
    normal = (gradient * (gradient.square().sum(0) + 1e-12).rsqrt()).t()
    parts = torch.cat([grid.query_features(cells, share), normal, torch.ones_like(t)[:, None]], -1)
    sums = torch.zeros(count, parts.shape[1], device=device).index_add(0, ray, parts * weight[:, None])
    mean = sums[:, :-1] / sums[:, -1:].clamp(min=1e-6)
    facing = mean[:, FEATURES:]
    facing = facing * (facing.square().sum(-1, keepdim=True) + 1e-12).rsqrt()
    shown = network(mean[:, :FEATURES], directions, facing) * opacity[:, None]
    if not passes:
        return Rendered(shown, opacity, first, last)
    distance = torch.zeros(count, 1, device=device).index_add(0, ray, (t * weight)[:, None])
    depth, facing = mean_geometry(torch.cat([distance, sums[:, FEATURES:-1]], -1), sums[:, -1])
    return Rendered(shown, opacity, first, last, depth, facing)


def mean_geometry(sums: Tensor, total: Tensor) -> tuple[Tensor, Tensor]:
    """Weighted sums of distance and normal (n, 4) and of the weights (n,) to depth (n,) and unit normals (n, 3)."""
    seen = total > FAINT
    depth = torch.where(seen, sums[:, 0] / total.clamp(min=FAINT), torch.inf)
    return depth, nn.functional.normalize(sums[:, 1:], dim=-1, eps=1e-9) * seen[:, None]


def _alpha(
    grid: BandGrid, cells: Tensor, share: Tensor, directions: Tensor, step: float, sharpness: float
) -> tuple[Tensor, Tensor]:
    distance, gradient = grid.query(cells, share)
    cosine = -(gradient * directions).sum(0)
    return section_alpha(distance, cosine, step, sharpness), gradient
