"""Pairs of pilots with different seeds: what they cost, and what they say about the light."""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ..ai.errors import AdaError
from ..ai.job import Progress
from . import tune_noise
from .pilots import Pilot, render_pilot
from .settings import Place
from .tune_noise import Gain
from .tune_plan import Light

SAMPLES = 16  # Of a pilot.
TYPICAL = 14  # Pilots, for the progress.


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pilots with different seeds and the settings that they share."""

    wanted: Mapping[Place, Any]
    pilots: tuple[Pilot, Pilot]
    samples: int

    @property
    def pictures(self) -> tuple[np.ndarray, np.ndarray]:
        return self.pilots[0].picture, self.pilots[1].picture

    @property
    def work(self) -> float:
        """For a sample; the first pilot also builds."""
        return min(pilot.work for pilot in self.pilots) / self.samples

    def light(self, unclamped: Pair | None = None) -> Light:
        first, second = self.pictures
        bias = 0.0
        if unclamped is not None:
            taken = [open_.astype(np.float64) - mine for open_, mine in zip(unclamped.pictures, self.pictures)]
            bias = tune_noise.bias_error(taken, (first + second) / 2.0)
        return Light(
            (first + second) / 2.0,
            tune_noise.sample_variance(first, second, self.samples),
            tune_noise.sample_deviation(first, second, self.samples),
            bias,
        )


class Pilots:
    """Renders pairs of pilots and keeps account of what they cost."""

    def __init__(self, uid: int) -> None:
        self.uid = uid
        self.count = 0
        self.left = math.inf  # Seconds of work that are still worth spending.

    @property
    def scene(self) -> bpy.types.Scene:
        return find_scene(self.uid)

    def pair(self, wanted: Mapping[Place, Any], samples: int = SAMPLES) -> Generator[Progress, Any, Pair]:
        first = yield from self._pilot(wanted, samples, 1)
        second = yield from self._pilot(wanted, samples, 2)
        return Pair(dict(wanted), (first, second), samples)

    def rival(self, base: Pair, wanted: Mapping[Place, Any]) -> Generator[Progress, Any, Pair | None]:
        """A pair with settings for the same picture; None if its first pilot already shows no gain over the base."""
        first = yield from self._pilot(wanted, base.samples, 1)
        if tune_noise.first_speed(base.pictures, first.picture, first.work / (base.work * base.samples)) <= 1.0:
            return None
        second = yield from self._pilot(wanted, base.samples, 2)
        return Pair(dict(wanted), (first, second), base.samples)

    def _pilot(self, wanted: Mapping[Place, Any], samples: int, seed: int) -> Generator[Progress, Any, Pilot]:
        yield Progress(min(0.95, self.count / TYPICAL), "Rendering pilot {number}", {"number": self.count + 1})
        while bpy.app.is_job_running('RENDER'):
            yield Progress(min(0.95, self.count / TYPICAL), "Waiting for Blender's own render to finish")
        pilot = render_pilot(self.scene, wanted, samples, seed)
        self.count += 1
        self.left -= pilot.work
        return pilot

    def pays(self, base: Pair, pilots: int = 2, samples: int = SAMPLES) -> bool:
        """Whether that many more pilots like those are worth their time."""
        return pilots * samples * base.work <= self.left


def lost_light(full: Pair, less: Pair) -> float:
    """Share of the light that one pair has and the other lacks, on both's seeds; noise adds to it."""
    lost = sum(float(np.abs(one - other).sum()) for one, other in zip(full.pictures, less.pictures))
    return lost / max(sum(float(picture.sum()) for picture in full.pictures), 1e-9)


def gain_of(base: Pair, other: Pair) -> Gain:
    return tune_noise.compare(base.pictures, other.pictures, other.work / base.work)


def light_shares(pair: Pair) -> dict[str, float]:
    """Of each pass in the picture's light."""
    whole = max(float(pair.pilots[0].picture.sum()), 1e-9)
    return {name: float(light.sum()) / whole for name, light in pair.pilots[0].passes.items()}


def noise_shares(pair: Pair) -> dict[str, float]:
    """Of each pass in the squared difference between two seeds."""
    first, second = (pilot.passes for pilot in pair.pilots)
    squares = {name: float(np.sum((first[name] - second[name]) ** 2)) for name in first if name != "indirect"}
    whole = sum(squares.values())
    return {name: round(value / whole, 4) if whole > 0.0 else 0.0 for name, value in squares.items()}


def find_scene(uid: int) -> bpy.types.Scene:
    """Find the scene again: undo and file loading replace what Python holds."""
    scene = next((scene for scene in bpy.data.scenes if scene.session_uid == uid), None)
    if scene is None:
        raise AdaError("The rendered scene was removed meanwhile. Start again")
    return scene
