"""How a picture can be made in the memory there is: the fastest plan that fits. Numbers only; no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from ..job import Progress

GIB = 1024**3
OVERHEAD = (
    800 * 1024**2
)  # Bytes of the CUDA context, its libraries' workspaces and the allocator's waste. An assumption.
TILE, SMALL_TILE = 512, 256  # Pixels.


@dataclass(frozen=True, slots=True)
class Part:
    """One network of a pipeline. All in bytes."""

    weights: int
    activations: int  # Peak beside the weights.
    largest_layer: int  # Weights of the layer with most of them.


@dataclass(frozen=True, slots=True)
class Needs:
    """What one picture (or batch) takes, part by part."""

    encoder: Part  # All text encoders together.
    denoiser: Part
    decoder: Part
    tiles: Mapping[int, int]  # Peak of the decoder's activations for tiles of so many pixels.


class Rung(Enum):
    """The ladder, fastest first; the value is the name in tables."""

    RESIDENT = "all resident"
    ENCODER_FIRST = "text encoder first, then released"
    TILED = "decoder tiled"
    MODEL_OFFLOAD = "model offload"
    SEQUENTIAL = "sequential offload"
    SMALL_TILES = "sequential offload, smaller tiles"

    @property
    def exact(self) -> bool:
        """Whether the picture is the same to the last bit: only weights are moved."""
        return self in {Rung.RESIDENT, Rung.ENCODER_FIRST}


@dataclass(frozen=True, slots=True)
class Plan:
    """One rung with its peak, in bytes, the overhead included."""

    rung: Rung
    peak: int


def list_plans(needs: Needs, on_card: bool = True) -> tuple[Plan, ...]:
    """The plans from the fastest to the smallest; a plan that takes no less than a faster one is left out.

    Args:
        needs: of the job.
        on_card: False for the CPU, in whose memory the weights are already and need not be moved.
    """
    encoder, denoiser, decoder = needs.encoder, needs.denoiser, needs.decoder
    encode = encoder.weights + encoder.activations
    both = denoiser.weights + decoder.weights
    tile, small = (min(needs.tiles[size], decoder.activations) for size in (TILE, SMALL_TILE))
    most = max(encoder.activations, denoiser.activations, decoder.activations)
    layers = max(encoder.largest_layer + encoder.activations, denoiser.largest_layer + denoiser.activations)
    peaks = {
        Rung.RESIDENT: encoder.weights + both + most,
        Rung.ENCODER_FIRST: max(encode, both + max(denoiser.activations, decoder.activations)),
        Rung.TILED: max(encode, both + max(denoiser.activations, tile)),
        Rung.MODEL_OFFLOAD: max(encode, denoiser.weights + denoiser.activations, decoder.weights + tile),
        Rung.SEQUENTIAL: max(layers, decoder.largest_layer + tile),
        Rung.SMALL_TILES: max(layers, decoder.largest_layer + small),
    }
    if not on_card:
        running = max(encoder.activations, denoiser.activations)
        peaks = {
            Rung.RESIDENT: max(running, decoder.activations),
            Rung.TILED: max(running, tile),
            Rung.SMALL_TILES: max(running, small),
        }
    plans: list[Plan] = []
    for rung, peak in peaks.items():
        peak += OVERHEAD if on_card else 0
        if not plans or peak < plans[-1].peak:
            plans.append(Plan(rung, peak))
    return tuple(plans)


def choose_plans(needs: Needs, free: int | None, on_card: bool = True) -> tuple[Plan, ...]:
    """The ladder to descend: from the fastest plan that fits down to the smallest.

    The smallest is always among them, also where it does not seem to fit: the estimate may be too high.

    Args:
        needs: of the job.
        free: bytes, None where nobody knows: then the fastest plan is tried first.
        on_card: as of `list_plans`.
    """
    plans = list_plans(needs, on_card)
    if free is None:
        return plans
    return tuple(plan for plan in plans if plan.peak <= free) or plans[-1:]


def rough_plans(most: int, on_card: bool = True) -> tuple[Plan, ...]:
    """The whole ladder, where even a generous bound of `most` bytes fits and nothing need be measured."""
    rungs = tuple(Rung) if on_card else (Rung.RESIDENT, Rung.TILED, Rung.SMALL_TILES)
    return tuple(Plan(rung, most) for rung in rungs)


def explain(plan: Plan, free: int | None, on_card: bool = True) -> Progress:
    """What the job says before it starts."""
    values = {"need": plan.peak / GIB, "free": (free or 0) / GIB}
    if free is None:
        return Progress(0.0, "Needs about {need:.1f} GiB; how much is free is not known", values)
    if plan.peak > free:
        return Progress(0.0, "Tries the smallest plan: about {need:.1f} GiB, with {free:.1f} GiB free", values)
    if plan.rung is Rung.RESIDENT and not on_card:
        return Progress(0.0, "Main memory suffices: {need:.1f} of {free:.1f} GiB free", values)
    if plan.rung is Rung.RESIDENT:
        return Progress(0.0, "Everything fits on the card: {need:.1f} of {free:.1f} GiB free", values)
    if plan.rung is Rung.ENCODER_FIRST:
        return Progress(
            0.0, "The text is encoded first and its network released: {need:.1f} of {free:.1f} GiB free", values
        )
    if plan.rung is Rung.TILED or not on_card:
        return Progress(0.0, "The picture is decoded in tiles: {need:.1f} of {free:.1f} GiB free", values)
    if plan.rung is Rung.MODEL_OFFLOAD:
        return Progress(0.0, "One network at a time is on the card: {need:.1f} of {free:.1f} GiB free", values)
    return Progress(0.0, "One layer at a time is on the card, slowly: {need:.1f} of {free:.1f} GiB free", values)
