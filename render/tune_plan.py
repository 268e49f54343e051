"""From what pilots measured to threshold, cap and clamp. Pure numpy."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from . import tune_noise

THRESHOLD, CLAMP = 0.01, 10.0  # Of Blender's default and of the article.
THRESHOLDS = (0.01, 0.015, 0.02, 0.03, 0.05)
LEFT = 0.35  # Of the noise's squared error after denoising; own scenes gave 0.2 to 0.5.
POWER = 0.7  # Of noise, to which its squared error after denoising grows; own scenes gave 0.6 to 0.9.
DOMINANT = 0.6  # Share of the goal's squared error from which its clamp is the fault, and less samples may do.
FINER = ((0.7, 1.5), (0.85, 1.25))  # Of the goal's threshold and cap, where switches saved time: part buys quality.
SPENT = 0.8  # Of the goal's time, at most, that this may come to.
WORTH = 0.9  # Of the samples, at most: a lower cap that saves less only leaves the noisiest pixels noisier.
NOISIER = 5.0  # Times the goal's noise at most, also where a clamp's bias would allow more: fine detail suffers first.


@dataclass(frozen=True, slots=True)
class Light:
    """The picture under one clamp, from two pilots with different seeds."""

    mean: np.ndarray  # (height, width, 3) linear.
    variance: np.ndarray  # Of one sample, (height, width, 3).
    deviation: np.ndarray  # Likewise, without rare specks.
    bias: float  # Squared error of what the clamp takes away.


@dataclass(frozen=True, slots=True)
class Plan:
    """What Cycles is to do at each pixel."""

    threshold: float
    cap: int
    clamp: float
    samples: float  # Expected mean of a pixel.
    error: float  # Expected squared error of what is displayed, denoised.
    goal_error: float  # That of the goal.
    goal_samples: float
    clamp_share: float  # Of the goal's squared error that its clamp causes.


def choose_plan(goal: Light, lights: Mapping[float, Light], cap: int, speed: float = 1.0) -> Plan:
    """The least samples that are as good as the goal.

    Args:
        goal: light under the goal's clamp and switches.
        lights: the same under the chosen switches, by clamp, 0 for none; `CLAMP` is among them.
        cap: most samples of the goal, which stops at `THRESHOLD`.
        speed: how much faster the chosen switches make a sample.
    """
    goal_counts = tune_noise.adaptive_samples(goal.deviation, goal.mean, THRESHOLD, cap)
    goal_raw = tune_noise.noise_error(goal.variance, goal.mean, goal_counts)
    goal_noise = LEFT * goal_raw
    goal_error, goal_samples = goal.bias + goal_noise, float(goal_counts.mean())
    share = goal.bias / goal_error if goal_error > 0.0 else 0.0

    def plan(clamp: float, threshold: float, most: int) -> tuple[Plan, float]:
        light = lights[clamp]
        counts = tune_noise.adaptive_samples(light.deviation, light.mean, threshold, most)
        raw = tune_noise.noise_error(light.variance, light.mean, counts)
        noise = goal_noise * (raw / goal_raw) ** POWER if goal_raw > 0.0 else LEFT * raw
        samples = float(counts.mean())
        return Plan(threshold, most, clamp, samples, light.bias + noise, goal_error, goal_samples, share), noise

    best, _ = plan(CLAMP, THRESHOLD, cap)
    as_goal = best
    caps = (cap, cap // 2, cap // 4) if share >= DOMINANT else ()
    for clamp, threshold, most in itertools.product(lights, THRESHOLDS, caps):
        other, noise = plan(clamp, threshold, most)
        fits = other.error <= goal_error and noise <= NOISIER * goal_noise
        if fits and other.samples < WORTH * best.samples:
            best = other
    for lower, more in FINER if best is as_goal else ():
        finer, _ = plan(CLAMP, lower * THRESHOLD, round(more * cap))
        if finer.samples <= SPENT * speed * goal_samples:
            return finer
    return best
