"""Photographs without masks: a short density stage finds the object, its box and what lies behind it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import torch
from PIL import Image
from scipy.ndimage import binary_fill_holes, label
from torch import Tensor
from torch.nn.functional import smooth_l1_loss

from ..errors import AdaError
from ..job import Clock, Progress
from .cameras import Camera, cast_rays, pixel_centers, project
from .dataset import View
from .density import SceneField, distortion_loss, place_samples
from .hull import Box, Hull, grid_points, seen_through, signed_distance
from .live import nearest_point
from .volume import render_weights

LONGEST = 160  # Pixels along the longer side of the photographs that the density stage sees.
RESOLUTIONS = 64, 96  # Grid points along a side of the field; the second from half of the steps on.
RAYS, SAMPLES = 2048, 96
NEAR = 0.05  # Of the middle distance of the cameras: nothing is nearer to a camera.
REACH = 0.5  # Of the middle distance of the cameras: half the side of the cube in which the object is looked for.
RATES = {"density": 0.1, "features": 0.05, "layers": 3e-3}
DISTORTION = 0.01
SOLID, FAINT = 0.5, 0.15  # Opacity of cells that are the object for sure, and of its thin ends.
SURFACE = 0.25  # Share of a ray that has met something where it counts as stopped.
DOUBT = 0.03  # Of the box's diagonal: how far too deep the field's surface may lie, where it had little to go by.
SEEN_THROUGH = 2  # Photographs that must see a place before the surface: it is empty then.
CLEAR, OPAQUE = 0.02, 0.2  # Opacity inside the box between which a photograph gives way to the field as background.
SMALLEST = 30  # Cells of an object.
GROUP_SIZE = 0.02  # Pieces under this share of the most central one's cells do not belong to the object.
CHUNK = 8_192
PIXELS = 4_000_000  # Of all reduced photographs, at most so many are looked at.


class SceneFinder:
    """Fits the density field and reads from it where the surface stage starts."""

    def __init__(self, views: list[View], steps: int, device: torch.device, generator: torch.Generator) -> None:
        self.views, self.steps, self.device, self.generator = views, steps, device, generator
        centers = np.stack([view.camera.center() for view in views])
        looks = np.stack([-view.camera.pose[:3, 2] for view in views])
        self.center = nearest_point(centers, looks)
        distance = float(np.median(np.linalg.norm(centers - self.center, axis=1)))
        self.radius, self.near = REACH * distance, NEAR / REACH
        self.field = SceneField(RESOLUTIONS[0], generator).to(device)

    def go(self, resolution: int, crop: Box | None) -> Generator[Progress, Any, Hull]:
        """Fit, find the object and give every view its background.

        Args:
            resolution: grid points along the longest side of the box at the first level of the surface stage.
            crop: the box to keep; None: around the object in the middle.

        Raises:
            AdaError: nothing solid is where the cameras look.
        """
        yield from self._fit()
        box = crop if crop is not None else (yield from self._find_box())
        depths = yield from self.add_backgrounds(self.views, box)
        return (yield from self._hull(box, resolution, depths))

    def _fit(self) -> Generator[Progress, Any, None]:
        origins, directions, colors = yield from self._rays()
        clock, optimizer = Clock(self.steps), self._optimizer()
        for step in range(self.steps):
            if step == self.steps // 2:
                self.field.refine(RESOLUTIONS[1])
                optimizer = self._optimizer()
            for group in optimizer.param_groups:
                group["lr"] = group["first"] * 0.1 ** (step / self.steps)
            index = torch.randint(len(colors), (RAYS,), generator=self.generator).sort().values
            offset = torch.rand(RAYS, 1, generator=self.generator).to(self.device)
            origin, direction = origins[index].to(self.device), directions[index].to(self.device)
            target = colors[index].to(self.device).float() / 255
            samples = place_samples(origin, self.near, SAMPLES, offset)
            drawn = self.field.render(origin, direction, samples)
            spread = distortion_loss(drawn.weights, samples.s, torch.full_like(samples.s, 1 / SAMPLES))
            loss = smooth_l1_loss(drawn.color, target, beta=0.1) + DISTORTION * spread.mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            yield Progress(
                0.7 * (step + 1) / self.steps, "Finding the object: step {step} of {steps}",
                {"step": step + 1, "steps": self.steps}, {"steps/s": clock.rate}, clock.tick(step + 1),
            )  # fmt: skip

    def _optimizer(self) -> torch.optim.Optimizer:
        field = self.field
        groups: list[dict[str, Any]] = [
            {"params": [field.density], "first": RATES["density"]},
            {"params": [field.features], "first": RATES["features"]},
            {"params": list(field.layers.parameters()), "first": RATES["layers"]},
        ]
        return torch.optim.Adam([{**group, "lr": group["first"]} for group in groups], betas=(0.9, 0.99), eps=1e-10)

    def _rays(self) -> Generator[Progress, Any, tuple[Tensor, Tensor, Tensor]]:
        """Rays in the cube's coordinates and colours of all pixels of the reduced photographs, on the CPU."""
        origins, directions, colors = [], [], []
        share = min(1.0, PIXELS / (LONGEST**2 * len(self.views)))
        for number, view in enumerate(self.views):
            yield Progress(0.0, "Reducing {name}", {"name": self.views[number].path.name})
            small = _reduced(view)
            camera = view.camera.resized(small.shape[1], small.shape[0])
            chosen: Any = slice(None)
            if share < 1:
                count = camera.width * camera.height
                order = torch.randperm(count, generator=self.generator)
                chosen = order[: max(1, int(share * count))].sort().values.numpy()
            rays = cast_rays(camera, pixel_centers(camera)[chosen]).astype(np.float32)
            origins.append(np.broadcast_to(self._local(camera.center()), rays.shape))
            directions.append(rays)
            colors.append(small.reshape(-1, 3)[chosen])
        return tuple(torch.from_numpy(np.concatenate(part)) for part in (origins, directions, colors))  # type: ignore[return-value]

    def _local(self, points: np.ndarray) -> np.ndarray:
        return ((points - self.center) / self.radius).astype(np.float32)

    def _solid(self, places: np.ndarray, spacing: float) -> Generator[Progress, Any, np.ndarray]:
        """Opacity of cells of an edge, in world units, at world places (n, 3): (n,)."""
        found = []
        for start in range(0, len(places), CHUNK * 8):
            part = torch.from_numpy(self._local(places[start : start + CHUNK * 8])).to(self.device)
            with torch.no_grad():
                density = self.field.query_density(part)
            found.append(-torch.expm1(-density * spacing / self.radius).cpu().numpy())
            yield Progress(0.7, "Looking for the object")
        return np.concatenate(found)

    def _find_box(self) -> Generator[Progress, Any, Box]:
        """The box around the solid piece nearest to where the cameras look, and what else is of its size."""
        cube = Box(self.center, np.full(3, 2 * self.radius), np.eye(3))
        points, shape = grid_points(cube.half, 2 / 95)
        world = cube.to_world(points.astype(np.float64))
        opacity = yield from self._solid(world, 4 * self.radius / 95)
        watched = self._watchers(world) >= max(2, len(self.views) // 3)
        pieces, count = label((watched & (opacity > FAINT)).reshape(shape))
        solid = np.where(opacity > SOLID, pieces.ravel(), 0)
        score = np.bincount(solid, np.exp(-4 * np.square(points).sum(1)), count + 1)
        score[0] = 0
        main = int(score.argmax())
        if (solid == main).sum() < SMALLEST or not main:
            raise AdaError("Nothing solid was found where the cameras look. Set a crop box around the object")
        chosen = points[pieces.ravel() == main]
        low, high = chosen.min(0) - 4 / 95, chosen.max(0) + 4 / 95
        low, high = np.maximum(low, -1), np.minimum(high, 1)
        return Box(
            cube.to_world((low + high).astype(np.float64) / 2), (high - low).astype(np.float64) * self.radius, np.eye(3)
        )

    def _watchers(self, points: np.ndarray) -> np.ndarray:
        """How many photographs have each point (n, 3) in their frame."""
        count = np.zeros(len(points), np.int32)
        for view in self.views:
            pixels, depth = project(view.camera, points)
            inside = (pixels >= 0).all(1) & (pixels < [view.camera.width, view.camera.height]).all(1)
            count += inside & (depth > 0)
        return count

    def _hull(self, box: Box, resolution: int, depths: list[np.ndarray]) -> Generator[Progress, Any, Hull]:
        """What no two photographs see through: so the inside of the object is solid, though the field is hollow."""
        spacing = 2 / (2 * resolution - 1)
        points, shape = grid_points(box.half, spacing)
        world = box.to_world(points.astype(np.float64))
        margin = DOUBT * float(np.linalg.norm(box.size))
        count = np.zeros(len(points), np.int32)
        for view, depth in zip(self.views, depths):
            count += seen_through(view.camera.resized(depth.shape[1], depth.shape[0]), depth - margin, world)
            yield Progress(0.97, "Looking for the object")
        pieces, _ = label((count < SEEN_THROUGH).reshape(shape))
        sizes = np.bincount(pieces.ravel())
        sizes[0] = 0
        if not sizes.any():
            raise AdaError("Nothing of the object is inside the box. Move the crop box or check the poses")
        kept = (sizes >= GROUP_SIZE * sizes.max())[pieces]
        yield Progress(0.98, "Measuring distances")
        return Hull(box, signed_distance(binary_fill_holes(kept), spacing), spacing)

    def add_backgrounds(
        self, views: list[View], box: Box, learned: bool = True
    ) -> Generator[Progress, Any, list[np.ndarray]]:
        """Give each view the picture of all that is not inside the box.

        Where the field is clear inside the box, the photograph itself is the best background. Of a view that was held
        out (`learned` False) nothing is used.

        Returns:
            For each view how far from the camera the surface in the box is, (h, w) in world units at the size that the
            field saw; infinite where there is none.
        """
        depths = []
        for number, view in enumerate(views):
            yield Progress(
                0.7 + 0.26 * number / len(views), "Drawing the background of {name}", {"name": view.path.name}
            )
            photo = view.rgba[..., :3]
            height, width = photo.shape[:2]
            small = _reduced(view)
            camera = view.camera.resized(small.shape[1], small.shape[0])
            color, opacity, depth = self._draw(camera, box)
            depths.append(depth.reshape(small.shape[:2]))
            behind, share = (
                np.asarray(Image.fromarray(value).resize((width, height), Image.Resampling.BILINEAR))
                for value in (color.reshape(small.shape), opacity.reshape(small.shape[:2]))
            )
            weight = np.clip((share.astype(np.float32) / 255 - CLEAR) / (OPAQUE - CLEAR), 0, 1)[..., None]
            weight = weight if learned else np.ones_like(weight)
            mixed = np.round(photo + (behind.astype(np.float32) - photo) * weight).astype(np.uint8)
            view.background = np.dstack([mixed, share])
        return depths

    def _draw(self, camera: Camera, box: Box) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw all pixels of a camera.

        Returns:
            Colours (n, 3) uint8 of the scene without what is in the box, the opacity (n,) uint8 of that, and how far
            its surface is, (n,) float32 in world units.
        """
        directions = torch.from_numpy(cast_rays(camera, pixel_centers(camera)).astype(np.float32))
        origin = torch.from_numpy(self._local(camera.center())).to(self.device)
        turn = torch.from_numpy(box.rotation.astype(np.float32)).to(self.device)
        middle = torch.from_numpy(self._local(box.center)).to(self.device)
        half = torch.from_numpy((box.size / 2 / self.radius).astype(np.float32)).to(self.device)
        found: list[tuple[Tensor, Tensor, Tensor]] = []
        with torch.no_grad():
            for start in range(0, len(directions), CHUNK):
                direction = directions[start : start + CHUNK].to(self.device)
                origins = origin.expand_as(direction)
                offset = torch.full((len(direction), 1), 0.5, device=self.device)
                samples = place_samples(origins, self.near, SAMPLES, offset)
                points = origins[:, None] + direction[:, None] * samples.t[..., None]
                inside = (((points - middle) @ turn).abs() <= half).all(-1)
                density = self.field.query_density(points)
                drawn = self.field.shade(points, direction, density.masked_fill(inside, 0), samples)
                reached = render_weights(density, samples.spacing).cumsum(-1)
                opacity = (torch.diff(reached, dim=-1, prepend=torch.zeros_like(reached[:, :1])) * inside).sum(-1)
                first = (reached < SURFACE).sum(-1, keepdim=True).clamp(max=SAMPLES - 1)
                depth = torch.where(
                    opacity > SURFACE, samples.t.gather(1, first)[:, 0] * self.radius, torch.inf
                )  # fmt: skip
                found.append((drawn.color, opacity, depth))
        color, opacity, depth = (torch.cat(part).cpu() for part in zip(*found))
        color, opacity = (part.clamp(0, 1).mul(255).round().byte() for part in (color, opacity))
        return color.numpy(), opacity.numpy(), depth.numpy()


def _reduced(view: View) -> np.ndarray:
    """The photograph at the size of the density stage, (h, w, 3) uint8."""
    height, width = view.rgba.shape[:2]
    scale = min(1.0, LONGEST / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(Image.fromarray(view.rgba[..., :3]).resize(size, Image.Resampling.BOX))
