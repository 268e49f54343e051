"""A field with the frame it stands in: what is meshed and drawn, while it learns and afterwards."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import AdaError
from ..job import Progress
from ..mesh import Mesh
from .cameras import Camera, cast_rays, pixel_centers
from .classic import ClassicField
from .dataset import View
from .fit import SurfaceField
from .hull import Box
from .live import Look, NovelView
from .metrics import psnr_of
from .settings import ReconstructSettings
from .surface import extract_mesh

RENDER_CHUNK = 8_192  # Rays drawn between two yields.


def choose_device(name: str) -> torch.device:
    """Return the device for 'AUTO', 'CPU', 'CUDA' or 'CUDA:1'.

    Raises:
        AdaError: torch cannot use it.
    """
    if name == 'AUTO':
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name.lower())
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, ValueError) as error:
        raise AdaError(
            "torch cannot use the device {device}. Choose another one, or open Doctor in the Ada panel", device=name
        ) from error
    return device


def make_field(
    settings: ReconstructSettings, device: torch.device, generator: torch.Generator, views: int = 0
) -> SurfaceField | ClassicField:
    """Return a new field of the kind that the settings ask for, for so many photographs."""
    if settings.field == 'CLASSIC':
        return ClassicField(settings, device, generator)
    return SurfaceField(settings, device, generator, views)


@dataclass(slots=True)
class Picture:
    """What a camera sees of the field alone."""

    rgba: np.ndarray  # (height, width, 4) float32 in [0, 1], sRGB, premultiplied.
    depth: np.ndarray | None = None  # (height, width) float32, along the viewing axis in scene units; inf for nothing.
    normal: np.ndarray | None = None  # (height, width, 3) float32, in the world, unit length; 0 for nothing.


@dataclass(slots=True)
class TrainedField:
    """The field and its box."""

    field: SurfaceField | ClassicField
    box: Box
    device: torch.device
    min_part: float  # Components under this share of the largest one's area do not become mesh.
    crop: Box | None = None  # What of the box becomes mesh. None: all.

    def mesh(self, resolution: int) -> Generator[Progress, Any, Mesh | None]:
        """Take the surface, with about so many cells along the longest side; None where there is none."""
        distance, spacing = yield from self.field.distances(resolution)
        if not (distance < 0).any():
            return None

        def colors(points: np.ndarray, normals: np.ndarray) -> np.ndarray:
            found = self.field.colors_at(
                torch.from_numpy(points).to(self.device), torch.from_numpy(normals).to(self.device)
            )
            values: np.ndarray = found.cpu().numpy()
            return values

        mesh = yield from extract_mesh(distance, spacing, self.box, colors, self.min_part, self.crop)
        return mesh

    def render(self, camera: Camera, name: str = "", passes: bool = False) -> Generator[Progress, Any, Picture]:
        """Draw what a camera sees.

        Args:
            camera: in the world.
            name: of the picture, for the report.
            passes: draw depth and normals as well.
        """
        rays = cast_rays(camera, pixel_centers(camera))
        directions = self.box.directions_to_local(rays).astype(np.float32)
        origin = torch.tensor(self.box.to_local(camera.center()), dtype=torch.float32, device=self.device)
        parts: list[Tensor] = []
        for start in range(0, len(directions), RENDER_CHUNK):
            part = torch.from_numpy(directions[start : start + RENDER_CHUNK]).to(self.device)
            drawn = yield from self.field.render(origin.expand_as(part), part, passes)
            columns = [drawn.color.clamp(0, 1), drawn.opacity.clamp(0, 1)[:, None]]
            if drawn.depth is not None and drawn.normal is not None:
                columns += [drawn.depth[:, None], drawn.normal]
            parts.append(torch.cat(columns, -1).cpu())
            yield Progress(start / len(directions), "Drawing {name}", {"name": name})
        image: np.ndarray = torch.cat(parts).numpy().reshape(camera.height, camera.width, -1)
        if not passes:
            return Picture(image)
        along = -(rays @ camera.pose[:3, 2]).reshape(image.shape[:2])
        depth = (image[..., 4] * self.box.scale * along).astype(np.float32)
        return Picture(image[..., :4].copy(), depth, (image[..., 5:] @ self.box.rotation.T).astype(np.float32))

    def preview(self, look: Look) -> Generator[Progress, Any, Mesh | NovelView | None]:
        """Draw what the user wants to see, quickly."""
        if look.camera is not None:
            picture = yield from self.render(look.camera)
            return NovelView(picture.rgba, look.camera)
        return (yield from self.mesh(self.field.preview_resolution))

    def score(self, views: list[View], most: int) -> Generator[Progress, Any, float | None]:
        """Mean PSNR in dB of whole images, at most so many, spread over the views; None without any.

        Where there are masks they stand on white, else on the background that was found.
        """
        chosen = [views[i] for i in np.unique(np.linspace(0, len(views) - 1, most).astype(int))] if views else []
        scores = []
        for view in chosen:
            drawn = (yield from self.render(view.camera, view.path.name)).rgba
            rgba = view.rgba.astype(np.float32) / 255
            behind = 1.0 if view.background is None else view.background[..., :3].astype(np.float32) / 255
            target = rgba[..., :3] * rgba[..., 3:] + behind * (1 - rgba[..., 3:])
            error = drawn[..., :3] + behind * (1 - drawn[..., 3:]) - target
            scores.append(psnr_of(float(np.square(error).mean())))
        return float(np.mean(scores)) if scores else None
