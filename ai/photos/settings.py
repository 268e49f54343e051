"""What finding cameras and masking can be told. No numpy: panels and operators read this module."""

from __future__ import annotations

import os
from dataclasses import dataclass

PHOTO_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
VIDEO_SUFFIXES = (".mp4", ".mov", ".mkv", ".avi", ".webm", ".m4v", ".mpg", ".mts")


@dataclass
class CameraSettings:
    """Settings of one search for cameras."""

    image_size: int = 1600  # Longest side in pixels at which features are searched.
    matching: str = 'AUTO'  # 'AUTO', 'ALL': every pair of photos, or 'SEQUENCE': they follow each other, as in a video.
    lens: str = 'AUTO'  # 'AUTO', 'RADIAL': one term, 'FULL': OpenCV's five or 'FISHEYE'.
    skip_blurred: bool = True  # Leave out photos that are much less sharp than their neighbours.
    skip_duplicates: bool = True  # Leave out photos that show the same as the one before.
    frames: int = 80  # Pictures taken out of a video, evenly.
    overwrite: bool = False  # Replace a transforms.json that was not made here.
    threads: int = 0  # 0: all but `free_threads`.
    free_threads: int = 1
    seed: int = 0

    def thread_count(self) -> int:
        """Return how many threads the solver shall use, at least 1."""
        return self.threads or max(1, (os.cpu_count() or 1) - self.free_threads)


@dataclass
class MaskSettings:
    """Settings of one run of the mask tool."""

    # 'KEY': what differs from a colour, 'FOLDER': files of masks, 'PAINTED': alpha in Blender, 'SPLINES': its masks.
    method: str = 'KEY'
    key_color: tuple[float, float, float] = (0.0, 0.7, 0.1)  # sRGB in [0, 1].
    tolerance: float = 0.15  # Distance in OKLab that still counts as the key; black and white are 1 apart.
    softness: float = 0.05  # Width of the border, in the same unit.
    mask_folder: str = ""  # Files named like the photos.
    invert: bool = False  # White is what to hide.
    overwrite: bool = False  # Write into a folder that holds files; those of the same names are replaced.
