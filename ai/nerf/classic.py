"""The classic neural radiance field: Mildenhall et al., "NeRF", ECCV 2020 (arXiv:2003.08934)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..job import Progress
from .encoding import encode_positions
from .hull import Box, Hull, grid_points
from .march import intersect_box
from .pool import Batch, RayPool
from .render import FAINT, Rendered, linear
from .settings import ReconstructSettings
from .volume import render_weights, sample_pdf

POSITION_FREQUENCIES, DIRECTION_FREQUENCIES = 10, 4
COARSE, FINE = 64, 128  # Samples along a ray.
LEVEL = 5.0  # Density at the surface that becomes mesh, in 1 / half side of the box: half the light goes in 0.14 of it.
EVALUATIONS = 8_192  # Of the network between two yields on a CPU.


class ClassicNetwork(nn.Module):
    """Position and direction to density and colour: the network of the paper's figure 7.

    Eight layers with the position joined in again before the sixth; the density leaves before the direction enters.
    """

    def __init__(self, generator: torch.Generator, width: int = 256, depth: int = 8, skip: int = 5) -> None:
        super().__init__()
        position, direction = 3 + 6 * POSITION_FREQUENCIES, 3 + 6 * DIRECTION_FREQUENCIES
        self.skip = skip
        inputs = [position] + [width + (position if layer == skip else 0) for layer in range(1, depth)]
        self.trunk = nn.ModuleList(linear(size, width, generator) for size in inputs)
        self.density = linear(width, 1, generator)
        self.bottleneck = linear(width, width, generator)
        self.view = linear(width + direction, width // 2, generator)
        self.color = linear(width // 2, 3, generator)

    def forward(self, points: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
        """Return density (..., ), in 1 / length, and colour (..., 3) of points and directions (..., 3)."""
        position = encode_positions(points, POSITION_FREQUENCIES)
        x = position
        for number, layer in enumerate(self.trunk):
            x = torch.relu(layer(torch.cat([position, x], -1) if number == self.skip else x))
        # Softplus as in mip-NeRF, where the paper has a rectifier, whose gradient can be zero everywhere at the start.
        density = nn.functional.softplus(self.density(x)[..., 0])
        view = encode_positions(directions, DIRECTION_FREQUENCIES)
        hidden = torch.relu(self.view(torch.cat([self.bottleneck(x), view], -1)))
        return density, torch.sigmoid(self.color(hidden))


class ClassicField:
    """A coarse and a fine network, hierarchical sampling, true volume rendering. Slow on a CPU."""

    level = 0
    preview_resolution = 40
    batch_share = 1.0

    def __init__(
        self, settings: ReconstructSettings, device: torch.device, generator: torch.Generator, width: int = 256,
        samples: tuple[int, int] = (COARSE, FINE), rate: float = 5e-4,
    ) -> None:  # fmt: skip
        self.device = device
        self.generator = generator
        self.samples = samples
        self.rate = rate
        self.fraction = 0.0
        self.coarse = ClassicNetwork(generator, width).to(device)
        self.fine = ClassicNetwork(generator, width).to(device)
        parameters = [*self.coarse.parameters(), *self.fine.parameters()]
        self.optimizer = torch.optim.Adam(parameters, lr=rate, eps=1e-8)
        self.micro = max(1, EVALUATIONS // (2 * samples[0] + samples[1])) if device.type == "cpu" else 4096

    def start(self, hull: Hull) -> Generator[Progress, Any, None]:
        """Take the box as the bounds of all rays."""
        yield Progress(0.0, "Building the network")
        self._set_bounds(hull.box)

    def _set_bounds(self, box: Box) -> None:
        self.half = box.half
        half = torch.tensor(box.half, dtype=torch.float32, device=self.device)
        self.low, self.high = -half, half

    def state(self) -> dict[str, Tensor]:
        """Return all that has been learned, for `restore`; the tensors are the field's own."""
        networks = {"coarse": self.coarse, "fine": self.fine}
        return {f"{key}.{name}": value for key, net in networks.items() for name, value in net.state_dict().items()}

    def restore(
        self, box: Box, state: dict[str, Tensor], level: int, fraction: float
    ) -> Generator[Progress, Any, None]:  # fmt: skip
        """Take over what `state` gave at a share of all steps."""
        yield Progress(0.0, "Building the network")
        self._set_bounds(box)
        self.fraction = fraction
        for key, network in (("coarse", self.coarse), ("fine", self.fine)):
            network.load_state_dict({name: state[f"{key}.{name}"] for name in network.state_dict()})

    def level_at(self, fraction: float) -> int:
        """Return 0: there are no levels."""
        return 0

    def refine(self) -> Generator[Progress, Any, None]:
        """Do nothing: there are no levels."""
        yield from ()

    def spans(self, origins: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
        """Start and end of each ray inside the box."""
        return intersect_box(origins, directions, self.low, self.high)

    def train(self, batch: Batch, pool: RayPool, fraction: float) -> Generator[Progress, Any, Tensor]:
        """Do one step at a share of all steps; return the squared error of each ray, (n,).

        The loss is the squared error of the coarse and the fine image (eq. 6), each ray on its own random background.
        """
        self.fraction = fraction
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate * 0.1**fraction
        count = len(batch.index)
        self.optimizer.zero_grad(set_to_none=True)
        errors = []
        for start in range(0, count, self.micro):
            part = slice(start, start + self.micro)
            alpha = batch.alpha[part, None]
            background = torch.rand(len(alpha), 3, generator=self.generator).to(self.device)
            target = batch.color[part] + (1 - alpha) * background
            spans = batch.spans[0][part], batch.spans[1][part]
            both = self._draw(batch.origins[part], batch.directions[part], spans, True)
            shown = [drawn.color + (1 - drawn.opacity)[:, None] * background for drawn in both]
            loss = (torch.stack(shown) - target).square().sum() / (3 * count)
            loss.backward()
            errors.append((shown[-1].detach() - target).square().mean(1))
            if start + self.micro < count:
                yield Progress(fraction, "Training the network")
        self.optimizer.step()
        return torch.cat(errors)

    def render(
        self, origins: Tensor, directions: Tensor, passes: bool = False
    ) -> Generator[Progress, Any, Rendered]:  # fmt: skip
        """Draw rays without gradients; `passes` adds depth and normals."""
        colors, opacities, depths = [], [], []
        for start in range(0, len(origins), 2 * self.micro):
            part = slice(start, start + 2 * self.micro)
            with torch.no_grad():
                spans = self.spans(origins[part], directions[part])
                drawn = self._draw(origins[part], directions[part], spans, False)[-1]
            colors.append(drawn.color)
            opacities.append(drawn.opacity)
            depths += [drawn.depth] if drawn.depth is not None else []
            yield Progress(self.fraction, "Drawing the network")
        result = Rendered(torch.cat(colors), torch.cat(opacities))
        if passes:
            result.depth = torch.where(result.opacity > FAINT, torch.cat(depths), torch.inf)
            points = origins + directions * torch.where(result.depth.isfinite(), result.depth, 0)[:, None]
            normal = yield from self._normals(points)
            result.normal = normal * (result.opacity > FAINT)[:, None]
        return result

    def _normals(self, points: Tensor) -> Generator[Progress, Any, Tensor]:
        """Unit directions in which the density at points (n, 3) falls fastest, (n, 3)."""
        found = []
        for part in points.split(EVALUATIONS):
            place = part.clone().requires_grad_()
            density, _ = self.fine(place, torch.zeros_like(place))
            (gradient,) = torch.autograd.grad(density.sum(), place)
            found.append(nn.functional.normalize(-gradient, dim=-1, eps=1e-9))
            yield Progress(self.fraction, "Drawing the network")
        return torch.cat(found)

    def distances(self, resolution: int) -> Generator[Progress, Any, tuple[np.ndarray, float]]:
        """Return a grid whose zero level is where the density is LEVEL, and its spacing."""
        spacing = 2 / (resolution - 1)
        points, shape = grid_points(self.half, spacing)
        parts = []
        for start in range(0, len(points), 4 * EVALUATIONS):
            place = torch.from_numpy(points[start : start + 4 * EVALUATIONS]).to(self.device)
            with torch.no_grad():
                density, _ = self.fine(place, torch.zeros_like(place))
            parts.append((1 - density / LEVEL).clamp(min=-1).cpu().numpy() * spacing)
            yield Progress(start / len(points), "Sampling the density")
        return np.concatenate(parts).reshape(shape), spacing

    def colors_at(self, points: Tensor, normals: Tensor) -> Tensor:
        """Return the colour of surface points seen from straight above, (n, 3) and (n, 3) to (n, 3)."""
        with torch.no_grad():
            return torch.cat(
                [self.fine(p, -n)[1] for p, n in zip(points.split(4 * EVALUATIONS), normals.split(4 * EVALUATIONS))]
            )

    def _draw(
        self, origins: Tensor, directions: Tensor, spans: tuple[Tensor, Tensor], random: bool
    ) -> tuple[Rendered, Rendered]:  # fmt: skip
        count, (coarse, fine) = len(origins), self.samples
        start, end = spans[0][:, None], torch.maximum(spans[0], spans[1])[:, None]
        edges = start + (end - start) * torch.linspace(0, 1, coarse + 1, device=self.device)
        if random:
            jitter = torch.rand(count, coarse, generator=self.generator).to(self.device)
            uniform = torch.rand(count, fine, generator=self.generator).to(self.device).sort(-1).values
        else:
            jitter = torch.full((count, coarse), 0.5, device=self.device)
            uniform = torch.linspace(0, 1, fine + 2, device=self.device)[1:-1].expand(count, fine)
        t = edges[:, :-1] + (edges[:, 1:] - edges[:, :-1]) * jitter
        first, weights = _integrate(self.coarse, origins, directions, t, end)
        more = sample_pdf(edges, weights.detach(), uniform)
        second, _ = _integrate(self.fine, origins, directions, torch.cat([t, more], -1).sort(-1).values, end)
        return first, second


def _integrate(
    network: ClassicNetwork, origins: Tensor, directions: Tensor, t: Tensor, end: Tensor
) -> tuple[Rendered, Tensor]:  # fmt: skip
    points = origins[:, None] + directions[:, None] * t[..., None]
    density, color = network(points, directions[:, None].expand_as(points))
    weights = render_weights(density, torch.diff(t, append=end))
    opacity = weights.sum(1)
    depth = (weights.detach() * t).sum(1) / opacity.detach().clamp(min=FAINT)
    return Rendered((weights[..., None] * color).sum(1), opacity, depth=depth), weights
