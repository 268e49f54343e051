"""What a picture costs and how far it is from its reference: PSNR and SSIM of what is seen, processor time.

Pictures are compared as displayed: sRGB, cut at 0 and 1.
"""

from __future__ import annotations

import hashlib
import math
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import bpy
import numpy as np
import scenes

PERCENTAGE = 25  # Of the scenes' own resolution: 80 x 60.
REFERENCE_SAMPLES = 4096
REFERENCE_SEEDS = (9001, 9002)  # None of those that are measured.
CACHE = Path(__file__).resolve().parents[1] / "out" / "bench"


class Shot(NamedTuple):
    """A render and what it cost."""

    picture: np.ndarray  # (height, width, 3) float32, linear.
    seconds: float  # Of the processor.


def build(name: str) -> bpy.types.Scene:
    """One of the scenes at the size it is measured at, on one thread."""
    scene = scenes.build(name)
    scene.render.resolution_percentage = PERCENTAGE
    scene.render.threads_mode, scene.render.threads = 'FIXED', 1
    return scene


def read_picture(scene: bpy.types.Scene) -> np.ndarray:
    """The last render: (height, width, 3) float32, linear."""
    settings = scene.render.image_settings
    settings.file_format, settings.color_depth, settings.color_mode = 'OPEN_EXR', '32', 'RGB'
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "picture.exr")
        bpy.data.images["Render Result"].save_render(path, scene=scene)
        image = bpy.data.images.load(path)
        pixels = np.empty(image.size[0] * image.size[1] * image.channels, dtype=np.float32)
        image.pixels.foreach_get(pixels)
        picture = pixels.reshape(image.size[1], image.size[0], -1)[..., :3]
        bpy.data.images.remove(image)
    return picture


def timed(action: Callable[[], object]) -> float:
    """Processor seconds of all threads of this process."""
    start = time.process_time()
    action()
    return time.process_time() - start


def measure(
    name: str, label: str, prepare: Callable[[bpy.types.Scene], object], seed: int, version: bytes = b""
) -> Shot:
    """Build a scene, prepare and render it; what was measured before with the same scenes is read from the cache.

    Args:
        name: of the scene.
        label: of what is prepared, the name it is kept under.
        prepare: its time counts.
        seed: of Cycles.
        version: what else the outcome depends on; what was measured with another one is measured again.
    """
    source = Path(scenes.__file__).read_bytes() + f"{name} {PERCENTAGE} {REFERENCE_SAMPLES}".encode() + version
    key = f"{hashlib.sha256(source).hexdigest()[:12]}-{bpy.app.version_string.split()[0]}"
    path = CACHE / f"{name}-{label}-{seed}-{key}.npz"
    if not path.exists():
        scene = build(name)
        scene.cycles.seed = seed
        seconds = timed(lambda: prepare(scene)) + timed(bpy.ops.render.render)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npz")
        np.savez_compressed(part, picture=read_picture(scene), seconds=seconds)
        os.replace(part, path)
        print(f"{name:16} {label:10} seed {seed:<5} {seconds:8.2f} s", flush=True)
    kept = np.load(path)
    return Shot(kept["picture"], float(kept["seconds"]))


def reference(name: str) -> np.ndarray:
    """4096 samples for each pixel, neither denoised nor clamped, linear; for the interiors, twice as many.

    With 4096 samples the window's room has a noise of its own, 41.3 dB, that would hide what is compared with it.
    """
    return np.mean(_references(name), axis=0)


def reference_noise(name: str) -> float | None:
    """Decibels that a perfect picture would reach against the reference; None where there is one render of it only."""
    pictures = [displayed(picture) for picture in _references(name)]
    return psnr(*pictures) + 10.0 * math.log10(4.0) if len(pictures) == 2 else None


def _references(name: str) -> list[np.ndarray]:
    seeds = REFERENCE_SEEDS if name in scenes.INTERIORS else REFERENCE_SEEDS[:1]
    return [measure(name, "reference", _as_reference, seed).picture for seed in seeds]


def _as_reference(scene: bpy.types.Scene) -> None:
    cycles = scene.cycles
    cycles.samples, cycles.use_adaptive_sampling, cycles.use_denoising = REFERENCE_SAMPLES, False, False
    cycles.sample_clamp_direct = cycles.sample_clamp_indirect = 0.0


def displayed(linear: np.ndarray) -> np.ndarray:
    """sRGB of linear values, cut at 0 and 1 (IEC 61966-2-1)."""
    linear = np.clip(linear.astype(np.float64), 0.0, 1.0)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1.0 / 2.4) - 0.055)


def psnr(picture: np.ndarray, truth: np.ndarray) -> float:
    """Decibels between two displayed pictures."""
    return float(-10.0 * np.log10(np.mean((picture - truth) ** 2)))


def ssim(picture: np.ndarray, truth: np.ndarray) -> float:
    """Structural similarity of luminance, window of 11 pixels with sigma 1.5, whole windows only.

    Source: Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", 2004, eq. 13.
    """
    offsets = np.arange(-5, 6)
    weights = np.exp(-0.5 * (offsets / 1.5) ** 2)
    weights /= weights.sum()

    def blur(values: np.ndarray) -> np.ndarray:
        rows = np.apply_along_axis(np.convolve, 0, values, weights, "valid")
        return np.apply_along_axis(np.convolve, 1, rows, weights, "valid")

    x, y = (image @ (0.2126, 0.7152, 0.0722) for image in (picture, truth))
    mean_x, mean_y = blur(x), blur(y)
    var_x, var_y = blur(x * x) - mean_x**2, blur(y * y) - mean_y**2
    cov = blur(x * y) - mean_x * mean_y
    c1, c2 = 0.01**2, 0.03**2
    ratio = (2 * mean_x * mean_y + c1) * (2 * cov + c2) / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))
    return float(ratio.mean())
