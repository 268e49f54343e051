"""Pilots: short renders at low resolution that leave the scene, its files and its output settings as they were."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..ai.errors import AdaError
from . import compat, exr_layers, images, settings
from .settings import Place

LIGHT = ("diffuse", "glossy", "transmission", "volume")
LONGEST = 160  # Side of a pilot in pixels.
SHORTEST = 36  # Unless the picture itself is smaller.


@dataclass(frozen=True, slots=True)
class Pilot:
    """A picture and what it cost."""

    picture: np.ndarray  # (height, width, 3) linear.
    passes: dict[str, np.ndarray]  # Light by what it came from, and "indirect": (height, width, 3) each.
    guides: np.ndarray  # (height, width, 6) albedo and normal, as the denoiser gets them; none: (height, width, 0).
    work: float  # Seconds of the processor where it renders, else of the clock.
    seconds: float  # Of the clock.


def pilot_percentage(scene: bpy.types.Scene) -> int:
    """Of the resolution: half the picture's longest side, between `SHORTEST` and `LONGEST` pixels."""
    render = scene.render
    side = max(render.resolution_x, render.resolution_y)
    now = side * render.resolution_percentage / 100.0
    wanted = min(max(now / 2.0, SHORTEST), LONGEST, now)
    return max(1, round(100.0 * wanted / side))


def render_pilot(scene: bpy.types.Scene, wanted: Mapping[Place, Any], samples: int, seed: int) -> Pilot:
    """Render the scene's camera with some settings changed.

    Raises:
        AdaError: Blender could not render.
    """
    layer = next((layer for layer in scene.view_layers if layer.use), None)
    if layer is None:
        raise AdaError("The scene '{name}' has no view layer that is rendered. Switch one on", name=scene.name)
    forced: dict[Place, Any] = {
        ("render", "resolution_percentage"): pilot_percentage(scene),
        ("render", "use_compositing"): False,
        ("render", "use_sequencer"): False,
        ("render", "use_file_extension"): False,
        ("render", "use_stamp"): False,
        ("cycles", "samples"): samples,
        ("cycles", "seed"): seed,
        ("cycles", "use_animated_seed"): False,
        ("cycles", "use_adaptive_sampling"): False,
        ("cycles", "use_denoising"): False,
        ("cycles", "time_limit"): 0.0,
        **wanted,
    }
    memory, output = "", _read_output(scene)
    layer_memory = ""
    try:
        memory, _ = settings.change(scene, forced, memory)
        layer_memory, _ = settings.change(layer, _passes_on(), layer_memory)
        if any(place[0] == "world" for place in wanted):
            scene.world.update_tag()  # Otherwise persistent data keeps how the sky was sampled.
        with tempfile.TemporaryDirectory(prefix="ada-pilot-") as folder:
            path = Path(folder) / "pilot.exr"
            scene.render.filepath = str(path)
            compat.set_file_format(scene, 'OPEN_EXR_MULTILAYER')
            scene.render.image_settings.color_depth = '32'
            scene.render.image_settings.exr_codec = 'NONE'
            work, clock = time.process_time(), time.perf_counter()
            images.render_still(scene)
            work, clock = time.process_time() - work, time.perf_counter() - clock
            layers = exr_layers.read_layers(path) if path.is_file() else {}
            channels = {compat.channel_name(name): values for name, values in layers.items()}
    finally:
        settings.restore(layer, layer_memory)
        settings.restore(scene, memory)
        if any(place[0] == "world" for place in wanted):
            scene.world.update_tag()
        _write_output(scene, output)
    if not channels:
        raise AdaError("Blender rendered no picture. Check the scene with F12 first")
    on_card = scene.cycles.device == 'GPU' and compat.has_cycles_gpu()
    return _as_pilot(layer.name, channels, clock if on_card else work, clock)


def _as_pilot(layer: str, channels: dict[str, np.ndarray], work: float, clock: float) -> Pilot:
    def stack(name: str, parts: str = "RGB") -> np.ndarray:
        return np.stack([channels[f"{layer}.{name}.{part}"] for part in parts], axis=2)

    passes, bounced = {}, 0.0
    for kind in LIGHT:
        name = kind.title()
        if f"{layer}.{name} Direct.R" in channels:
            color = stack(f"{name} Color") if f"{layer}.{name} Color.R" in channels else 1.0
            bounced = bounced + stack(f"{name} Indirect") * color
            passes[kind] = stack(f"{name} Direct") * color + stack(f"{name} Indirect") * color
    passes["indirect"] = np.broadcast_to(np.float32(bounced), (*channels[f"{layer}.Combined.R"].shape, 3))
    for kind in ("emission", "environment"):
        if f"{layer}.{kind.title()}.R" in channels:
            passes[kind] = stack(kind.title())
    picture = stack("Combined")
    guides = np.empty((*picture.shape[:2], 0), dtype=np.float32)
    if f"{layer}.Denoising Albedo.R" in channels:
        guides = np.concatenate([stack("Denoising Albedo"), stack("Denoising Normal", "XYZ")], axis=2)
    return Pilot(picture, passes, guides, work, clock)


def _passes_on() -> dict[Place, Any]:
    names = [f"use_pass_{kind}_{part}" for kind in LIGHT[:3] for part in ("direct", "indirect", "color")]
    wanted: dict[Place, Any] = {(name,): True for name in (*names, "use_pass_emit", "use_pass_environment")}
    for name in ("use_pass_volume_direct", "use_pass_volume_indirect", "denoising_store_passes"):
        wanted["cycles", name] = True
    return wanted


OUTPUT = ("file_format", "color_mode", "color_depth", "exr_codec")


def _read_output(scene: bpy.types.Scene) -> dict[str, Any]:
    kept = {name: getattr(scene.render.image_settings, name) for name in OUTPUT}
    if hasattr(scene.render.image_settings, "media_type"):
        kept = {"media_type": scene.render.image_settings.media_type} | kept
    return kept | {"filepath": scene.render.filepath}


def _write_output(scene: bpy.types.Scene, kept: dict[str, Any]) -> None:
    scene.render.filepath = kept.pop("filepath")
    for name, value in kept.items():
        setattr(scene.render.image_settings, name, value)
