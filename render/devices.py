"""Cycles on the card: choose it, prove it, put the user's settings back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import bpy

from . import compat, settings
from .settings import Place

BACKENDS = ('OPTIX', 'CUDA')  # In the order they are tried.
BUS = re.compile(r"[0-9a-fA-F]{4,8}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2}")  # Domain, bus and device in Cycles' id of a card.


@dataclass(frozen=True, slots=True)
class RenderReport:
    """What a render with Cycles will really use, read back from Blender."""

    device: str  # 'GPU' or 'CPU'.
    wanted: str  # The same, as the scene asks for it.
    backend: str  # 'OPTIX', 'CUDA', 'HIP', 'METAL', 'ONEAPI' or 'NONE'.
    cards: tuple[str, ...]  # Names of the cards that take part.
    with_cpu: bool  # The processor helps the cards, which slows fast ones down.
    denoiser: str  # 'OPTIX', 'OPENIMAGEDENOISE' or 'NONE'.
    denoise_on_gpu: bool
    persistent_data: bool
    kernel_optimization: str  # 'OFF', 'INTERSECT' or 'FULL'.
    refused: tuple[str, ...] = ()  # Settings that this Blender did not take.

    @property
    def falls_back(self) -> bool:
        """Whether Blender would render on the processor although the scene asks for a card."""
        return self.wanted == 'GPU' and self.device == 'CPU'


def set_up(
    scene: bpy.types.Scene, scene_memory: str, user_memory: str, spared: str | None = None
) -> tuple[RenderReport, str, str]:
    """Have Cycles render and denoise on the card, or on the processor where there is no card.

    Args:
        scene: its device, denoiser and persistent data are set.
        scene_memory: of `settings.change` for the scene, to put it back later; "" at first.
        user_memory: likewise for the preferences of Cycles.
        spared: place on the bus of the card that is left to others, if another is there.

    Returns:
        What really took effect, and both new memories.
    """
    preferences = compat.cycles_preferences()
    preferences.refresh_devices()
    backend = _choose_backend(preferences)
    refused: list[Place] = []
    if backend != 'NONE':
        user_memory, refused = settings.change(preferences, _user_settings(backend, spared), user_memory)
    scene_memory, missing = settings.change(scene, _scene_settings(backend), scene_memory)
    return read_report(scene, [*refused, *missing]), scene_memory, user_memory


def read_report(scene: bpy.types.Scene, refused: Iterable[Place] = ()) -> RenderReport:
    """See what Cycles would use for this scene now. Changes nothing."""
    preferences = compat.cycles_preferences()
    backend = preferences.get_compute_device_type()
    found = compat.cycles_devices(backend) if backend != 'NONE' else []
    used = {entry.id for entry in preferences.devices if entry.use}
    cards = [device for device in found if device[1] == backend and device[2] in used]
    on_card = scene.cycles.device == 'GPU' and bool(cards)
    denoiser = scene.cycles.denoiser if scene.cycles.use_denoising and compat.has_denoiser() else ""
    oidn_on_card = scene.cycles.denoising_use_gpu and any(has_oidn for *_, has_oidn, _ in cards)
    return RenderReport(
        device='GPU' if on_card else 'CPU',
        wanted=scene.cycles.device,
        backend=backend if on_card else 'NONE',
        cards=tuple(name for name, *_ in cards) if on_card else (),
        with_cpu=on_card and any(device[1] == 'CPU' and device[2] in used for device in found),
        denoiser=denoiser or 'NONE',
        denoise_on_gpu=on_card and (denoiser == 'OPTIX' or (denoiser == 'OPENIMAGEDENOISE' and oidn_on_card)),
        persistent_data=scene.render.use_persistent_data,
        kernel_optimization=preferences.kernel_optimization_level,
        refused=tuple(".".join(place) for place in refused),
    )


def bus_of(identity: str) -> str | None:
    """Where a card sits, such as "0000:01:00", from Cycles' id of it."""
    found = BUS.search(identity)
    return found[0].lower() if found else None


def list_cards() -> list[tuple[str, str | None]]:
    """Name and place on the bus of each NVIDIA card, numbered as CUDA and so PyTorch number them."""
    return [(name, bus_of(identity)) for name, kind, identity, *_ in compat.cycles_devices('CUDA') if kind == 'CUDA']


def used_buses() -> set[str | None]:
    """Places on the bus of the cards that Cycles may use."""
    preferences = compat.cycles_preferences()
    backend = preferences.get_compute_device_type()
    used = {entry.id for entry in preferences.devices if entry.use}
    found = compat.cycles_devices(backend) if backend != 'NONE' else []
    return {bus_of(identity) for _, kind, identity, *_ in found if kind == backend and identity in used}


def share_cards(spared: str | None, user_memory: str) -> str:
    """Have Cycles leave one card to others, or take back the one it left.

    Args:
        spared: place on the bus of the card to leave; None for none.
        user_memory: of `settings.change` for the preferences of Cycles.

    Returns:
        The new memory.
    """
    preferences = compat.cycles_preferences()
    preferences.refresh_devices()
    left, user_memory = settings.split(user_memory, "devices")
    settings.restore(preferences, left)
    backend = preferences.get_compute_device_type()
    if spared is None or backend == 'NONE':
        return user_memory
    chosen = {place: value for place, value in _user_settings(backend, spared).items() if place[0] == "devices"}
    return settings.change(preferences, chosen, user_memory)[0]


def _choose_backend(preferences: bpy.types.AddonPreferences) -> str:
    """OptiX, else CUDA, else another kind of card that the user has chosen and that is there."""
    offered = {item[0] for item in preferences.get_device_types(bpy.context)}
    for backend in BACKENDS:
        if backend in offered and any(kind == backend for _, kind, *_ in compat.cycles_devices(backend)):
            return backend
    return preferences.get_compute_device_type() if preferences.has_active_device() else 'NONE'


def _user_settings(backend: str, spared: str | None = None) -> dict[Place, object]:
    """What is the user's and not the file's: the kind of card, which ones take part, how kernels are built."""
    wanted: dict[Place, object] = {("compute_device_type",): backend}
    found = compat.cycles_devices(backend)
    others = any(kind == backend and bus_of(identity) != spared for _, kind, identity, _, _ in found)
    for _, kind, identity, _, _ in found:
        left = spared is not None and others and bus_of(identity) == spared
        wanted["devices", identity, "use"] = kind == backend and not left  # The processor would hold the cards up.
    wanted[("kernel_optimization_level",)] = 'FULL'
    return wanted


def _scene_settings(backend: str) -> dict[Place, object]:
    cards = [device for device in compat.cycles_devices(backend) if device[1] == backend] if backend != 'NONE' else []
    has_optix = backend == 'OPTIX' and any(optix for *_, optix in cards)
    wanted: dict[Place, object] = {
        ("cycles", "device"): 'GPU' if cards else 'CPU',
        ("cycles", "denoiser"): 'OPTIX' if has_optix else 'OPENIMAGEDENOISE',
        ("cycles", "use_denoising"): True,
        ("render", "use_persistent_data"): True,
    }
    if any(oidn for *_, oidn, _ in cards):  # Also for the day the OptiX denoiser is exchanged for the other one.
        wanted["cycles", "denoising_use_gpu"] = True
    return wanted
