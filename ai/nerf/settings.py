"""What a reconstruction can be told. No torch, no numpy: panels and operators read this module."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from ..errors import AdaError

PRESETS: dict[str, dict[str, int]] = {
    'DRAFT': {"steps": 500, "coarse_resolution": 48, "resolution": 112, "levels": 3, "max_image_size": 400},
    'NORMAL': {"steps": 2000, "coarse_resolution": 48, "resolution": 160, "levels": 3, "max_image_size": 800},
    'HIGH': {"steps": 6000, "coarse_resolution": 64, "resolution": 288, "levels": 4, "max_image_size": 1600},
}  # fmt: skip


BASE_GB, RAYS_GB = 0.45, 0.3  # Of the process with torch, and of the rays to choose from.
VOXEL_BYTES = 45  # At the peak, of a grid point of the cube around the object; 27 were measured with a head in it.


def expected_gb(resolution: int) -> float:
    """Return about how many gigabytes a reconstruction takes beside its photographs, on the safe side."""
    return BASE_GB + RAYS_GB + VOXEL_BYTES * resolution**3 / 2**30


@dataclass
class ReconstructSettings:
    """Settings of one reconstruction. Lengths are in the scene's units unless they say otherwise.

    `from_preset` fills the fields that a preset sets; changing `preset` alone changes nothing else.
    """

    preset: str = 'NORMAL'  # 'DRAFT', 'NORMAL' or 'HIGH': which one the other values started from.
    field: str = 'SURFACE'  # 'SURFACE': signed distance on sparse voxels. 'CLASSIC': the network of NeRF 2020.
    steps: int = 2000  # Optimiser steps, at least 1.
    coarse_resolution: int = 48  # Voxels along the longest side of the scene at the first level.
    resolution: int = 160  # The same at the last level, where the mesh is taken.
    finest: int = 0  # The most that the photographs can tell apart; the job finds it. 0: not known.
    levels: int = 3  # Resolutions from first to last, spaced geometrically.
    rays: int = 2048  # Rays a step.
    max_image_size: int = 800  # Longest side in pixels; larger images are reduced as they are read. 0: never.
    holdout: int = 8  # Every n-th photograph measures quality, where no test split comes with the data. 0: none.
    memory_gb: float = 8.0  # A run stays under; photographs that do not fit wait on disk. 0: no limit.
    device: str = 'AUTO'  # 'AUTO', 'CPU', 'CUDA' or 'CUDA:1'.
    threads: int = 0  # Processor threads of torch. 0: all but `free_threads`.
    free_threads: int = 1  # Threads left to the interface where `threads` is 0.
    seed: int = 0
    crop_center: tuple[float, float, float] | None = None  # The box that becomes mesh; None: found from the masks.
    crop_size: tuple[float, float, float] | None = None  # Full side lengths.
    crop_rotation: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0)  # Quaternion w, x, y, z: box to world.
    keep_unseen: bool = True  # Keep faces that no camera saw: the mesh stays watertight.
    min_part: float = 0.02  # Components under this share of the largest one's area are dropped.
    texture: bool = True  # Lay the surface out and bake the photographs onto it.
    texture_size: int = 0  # Texels along a side. 0: as many as the photographs hold.
    faces: int = 50_000  # The textured mesh has at most so many. 0: all.
    quads: bool = False  # Of quads, by Blender's QuadriFlow.
    exposure: bool = False  # Learn exposure and white balance of each photograph.
    refine_poses: bool = False  # Move cameras to where the field agrees best with their photographs.
    scene_steps: int = 400  # Of the stage that finds the object in photographs without masks.
    hollow_steps: int = 300  # Of the stage that looks for what outlines do not show. 0: none.
    mask_weight: float = 0.1  # Cross entropy of opacity against alpha.
    eikonal_weight: float = 0.05  # (|gradient| - 1)^2.
    laplacian_weight: float = 0.15  # Squared Laplacian of the distance, in voxels.
    preview_seconds: float = 4.0  # At least this long between two previews. 0: none.
    live: bool = False  # Ask, before each preview, what is to be shown and where the crop box stands: see `live`.
    checkpoint: str = ""  # The file in which the field is kept while it is learned and at the end. Empty: nowhere.
    checkpoint_seconds: float = 300.0  # Between two writings; it is also written when the job is cancelled.
    resume: bool = False  # Go on with what `checkpoint` holds, with its settings.

    @classmethod
    def from_preset(cls, preset: str, **changes: object) -> ReconstructSettings:
        """Return the settings of a preset with some fields changed.

        Raises:
            KeyError: there is no such preset.
            TypeError: there is no such field.
        """
        return replace(cls(preset=preset, **PRESETS[preset]), **changes)  # type: ignore[arg-type]

    def resolutions(self) -> list[int]:
        """Return the voxels along the longest side at each level, rising, the last one `resolution` or `finest`."""
        last = min(self.resolution, self.finest or self.resolution)
        first = min(self.coarse_resolution, last)
        if self.levels < 2 or first == last:
            return [last]
        ratio = (last / first) ** (1 / (self.levels - 1))
        return [round(first * ratio**level) for level in range(self.levels)]

    def check_memory(self) -> None:
        """Refuse voxels that do not fit under the limit.

        Raises:
            AdaError: they do not.
        """
        need = expected_gb(self.resolutions()[-1]) + self.photo_bytes() / 2**30
        if self.field == 'SURFACE' and 0 < self.memory_gb < need:
            raise AdaError(
                "{resolution} voxels along a side need about {need:.1f} GB with the photos, and the limit is "
                "{limit:.1f} GB. Lower the resolution, or raise Memory Limit",
                resolution=self.resolutions()[-1], need=need, limit=self.memory_gb,
            )  # fmt: skip

    def photo_bytes(self) -> int:
        """Return how many bytes photographs may take in memory, a quarter of the limit. 0: any number."""
        return int(self.memory_gb * 2**30 / 4)

    def thread_count(self) -> int:
        """Return how many threads torch shall use, at least 1."""
        return self.threads or max(1, (os.cpu_count() or 1) - self.free_threads)


@dataclass(frozen=True, slots=True)
class PictureSettings:
    """Settings of drawing a kept field."""

    passes: bool = False  # Write depth, normals and mask as well.
    overwrite: bool = False  # Draw what is there and whole again.
    device: str = 'AUTO'  # As in `ReconstructSettings`.
    free_threads: int = 1

    def thread_count(self) -> int:
        """Return how many threads torch shall use, at least 1."""
        return max(1, (os.cpu_count() or 1) - self.free_threads)
