"""Tune for This Scene: what pilots show about a scene decides what Cycles is told."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import bpy
import numpy as np
from bpy.app.translations import pgettext_n as n_

from ..ai.errors import AdaError
from ..ai.job import Job, Progress
from . import compat, features, settings, tune_noise, tune_plan
from .frames import picture_size
from .settings import Place
from .tune_pairs import SAMPLES, Pair, Pilots, find_scene, gain_of, light_shares, lost_light, noise_shares
from .tune_plan import CLAMP, Plan

GOALS = {'ARTICLE': 1024, 'DEFAULT': 4096}  # The most samples of what the tuned settings shall be as good as.
GUIDED_SAMPLES = 128  # Path guiding learns during as many; fewer show only what it costs.
SHARE = 0.03  # Of the estimated render: what pilots may take beside those that always run.
SURE = 1.05  # Times faster at equal noise, with 95 %: less is not worth a change.
UNSEEN = 2e-4  # Of the picture's light: bounces that carry less can go.
CLEAN_GUIDES = 0.01  # Deviation of albedo and normals below which filtering them first changes nothing.
UNSURE = 0.35  # Relative error of the time estimate, from the bench's scenes.
PROBES = 3  # Frames of an animation that are looked at for its time, its first and last among them.

SKY: Place = ("world", "cycles", "sampling_method")
TREE: Place = ("cycles", "use_light_tree")
GUIDING: Place = ("cycles", "use_guiding")
CLAMPING: Place = ("cycles", "sample_clamp_indirect")
BOUNCES: Place = ("cycles", "max_bounces")


@dataclass(frozen=True, slots=True)
class Choice:
    """One setting that was decided, and why: a template in English with its values."""

    place: Place
    value: Any
    why: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TuneResult:
    """What the pilots said."""

    choices: tuple[Choice, ...]
    found: tuple[str, ...]  # What the scene has: keys of `features.NAMES`.
    noise: dict[str, float]  # Share of each pass in the noise, 0 to 1.
    seconds_per_frame: float  # Estimated, of the clock.
    seconds_error: float  # Its standard error.
    frames: int
    pilots: int
    seconds: float  # That tuning took.


def tune(scene: bpy.types.Scene, goal: str = 'ARTICLE', animation: bool = False) -> Job:
    """Check what can be checked at once, then return the job that renders one pilot at each step.

    The settings are only decided; `apply` writes them. Only for Blender's main thread.

    Args:
        scene: rendered with Cycles, by the camera and at the frame that it shows.
        goal: 'ARTICLE', as good as 1024 samples, adaptive to 0.01, denoised; or 'DEFAULT', as Blender's own 4096.
        animation: the estimate is for the scene's frame range, from a few frames of it.

    Returns:
        The job; its result is a `TuneResult`.

    Raises:
        AdaError: at once or at a step: no camera, another engine, Blender could not render.
    """
    if scene.render.engine != 'CYCLES':
        raise AdaError("Tuning is for Cycles. Choose it in Render > Render Engine")
    if scene.camera is None:
        raise AdaError("The scene '{name}' has no camera. Add one, or make one the active camera", name=scene.name)
    still = range(scene.frame_current, scene.frame_current + 1)
    frames = range(scene.frame_start, scene.frame_end + 1, scene.frame_step) if animation else still
    if not frames:
        raise AdaError("There is no frame to render. Choose a first frame that is not after the last")
    return _tune(scene.session_uid, GOALS[goal], frames)


def apply(scene: bpy.types.Scene, result: TuneResult, memory: str) -> tuple[str, list[Place]]:
    """Write what was chosen; see `settings.change` for the memory and what is returned."""
    memory, refused = settings.change(scene, {choice.place: choice.value for choice in result.choices}, memory)
    if scene.world is not None:
        scene.world.update_tag()  # Otherwise persistent data keeps how the sky was sampled.
    return memory, refused


def _tune(uid: int, cap: int, frames: range) -> Job:
    began = time.monotonic()
    start = find_scene(uid).frame_current, find_scene(uid).frame_subframe
    had_result = "Render Result" in bpy.data.images
    memory, _ = settings.change(find_scene(uid), {("render", "use_persistent_data"): True}, "")
    try:
        result = yield from _decide(Pilots(uid), cap, frames)
    finally:
        scene = next((scene for scene in bpy.data.scenes if scene.session_uid == uid), None)
        if scene is not None:
            settings.restore(scene, memory)
            if (scene.frame_current, scene.frame_subframe) != start:
                scene.frame_set(start[0], subframe=start[1])
        if not had_result and "Render Result" in bpy.data.images:
            bpy.data.images.remove(bpy.data.images["Render Result"])
    return replace(result, frames=len(frames), seconds=round(time.monotonic() - began, 3))


def _decide(pilots: Pilots, cap: int, frames: range) -> Generator[Progress, Any, TuneResult]:
    goal = yield from pilots.pair({CLAMPING: CLAMP, GUIDING: False})
    found = features.find_features(pilots.scene, light_shares(goal))
    scale = _pixels(pilots.scene) / goal.pictures[0][..., 0].size
    first = tune_plan.choose_plan(goal.light(), {CLAMP: goal.light()}, cap)
    pilots.left = SHARE * first.samples * goal.work * scale
    best, choices = goal, []
    for place, value, why in _switches(pilots.scene, found):  # Whatever they cost: they can double the speed.
        other = yield from pilots.rival(best, {**best.wanted, place: value})
        gain = gain_of(best, other) if other is not None else None
        if gain is not None and gain.sure_speed >= SURE:
            best = other
            choices.append(Choice(place, value, why, {"times": f"{gain.speed:.2g}"}))
    plan, chosen = yield from _choose_clamp(pilots, goal, best, cap)
    work = chosen.work
    if 'INDIRECT' in found and pilots.pays(chosen, 6, chosen.samples):
        bounces = pilots.scene.cycles.max_bounces // 2
        fewer = yield from pilots.pair({**chosen.wanted, BOUNCES: bounces}, chosen.samples)
        if lost_light(chosen, fewer) <= UNSEEN and fewer.work * SURE < chosen.work:
            work = fewer.work
            choices.append(Choice(BOUNCES, bounces, n_("Half of the bounces carry nothing that is seen")))
    expected = plan.samples * work * scale
    guides = compat.has_path_guiding() and not _on_card(pilots.scene)
    if 'INDIRECT' in found and guides and pilots.pays(chosen, 5, GUIDED_SAMPLES):
        plain = yield from pilots.pair(chosen.wanted, GUIDED_SAMPLES)
        guided = yield from pilots.pair({**chosen.wanted, GUIDING: True}, GUIDED_SAMPLES)
        gain = gain_of(plain, guided)
        if gain.sure_speed >= SURE:
            expected /= gain.speed
            why = n_("Path guiding reaches the same noise {times} times sooner here")
            choices.append(Choice(GUIDING, True, why, {"times": f"{gain.speed:.2g}"}))
    choices += _common_choices(plan, cap, _guide_noise(chosen, plan))
    clock = min(pilot.seconds for pilot in chosen.pilots) / (chosen.work * chosen.samples)
    building = max(0.0, goal.pilots[0].seconds - goal.pilots[1].seconds)
    costs = (yield from _frame_costs(pilots, chosen, plan, frames)) if len(frames) > 1 else [1.0]
    times = building + expected * clock * np.array(costs)
    seconds = float(times.mean())
    error = math.hypot(UNSURE * seconds, float(times.std()) / math.sqrt(len(times)))
    return TuneResult(
        tuple(choices), tuple(sorted(found)), noise_shares(goal), round(seconds, 3), round(error, 3), len(frames),
        pilots.count, 0.0,
    )  # fmt: skip


def _frame_costs(pilots: Pilots, chosen: Pair, plan: Plan, frames: range) -> Generator[Progress, Any, list[float]]:
    """What frames spread over the range cost under the chosen settings, over what the frame that is shown does."""

    def cost(pair: Pair) -> float:
        light = pair.light()
        counts = tune_noise.adaptive_samples(light.deviation, light.mean, plan.threshold, plan.cap)
        return float(counts.mean()) * pair.work

    costs = []
    for number in np.unique(np.linspace(0, len(frames) - 1, PROBES).round().astype(int)).tolist():
        pilots.scene.frame_set(frames[number])
        pair = yield from pilots.pair(chosen.wanted, chosen.samples)
        costs.append(cost(pair) / cost(chosen))
    return costs


def _choose_clamp(pilots: Pilots, goal: Pair, best: Pair, cap: int) -> Generator[Progress, Any, tuple[Plan, Pair]]:
    """What the clamp costs is seen only beside pilots without it, and better with more samples."""
    pairs = {CLAMP: best}
    if pilots.pays(best, 4, 2 * SAMPLES):
        pairs[CLAMP] = yield from pilots.pair(best.wanted, 2 * SAMPLES)
    if pilots.pays(best, 2, pairs[CLAMP].samples):
        pairs[0.0] = yield from pilots.pair({**best.wanted, CLAMPING: 0.0}, pairs[CLAMP].samples)
    lights = {clamp: pair.light(pairs.get(0.0)) for clamp, pair in pairs.items()}
    # The goal's clamp takes the same light as it does under the chosen switches.
    reference = replace(goal.light(), bias=lights[CLAMP].bias)
    plan = tune_plan.choose_plan(reference, lights, cap, goal.work / best.work)
    return plan, pairs[plan.clamp]


def _switches(scene: bpy.types.Scene, found: set[str]) -> list[tuple[Place, Any, str]]:
    """What makes the same picture by other means, so that only noise and time decide."""
    rows = []
    if 'SKY' in found and settings.read(scene, SKY) != 'NONE':
        why = n_("The sky is found quickly enough without a map of its light: {times} times faster at equal noise")
        rows.append((SKY, 'NONE', why))
    tree = settings.read(scene, TREE) if 'SEVERAL' in found else None  # A single light is found without a tree.
    if tree:
        rows.append((TREE, False, n_("Without the light tree {times} times faster at equal noise")))
    elif tree is not None:
        rows.append((TREE, True, n_("With the light tree {times} times faster at equal noise")))
    return rows


def _common_choices(plan: Plan, cap: int, guide_noise: float) -> list[Choice]:
    """What every scene gets, from the plan."""
    clamped = plan.clamp_share
    if plan.clamp == CLAMP:
        why_clamp = n_("What the clamp takes away is less than the noise it spares")
    else:
        why_clamp = n_("A clamp of 10 would cause {share} of the error here: light of glass and metal is kept")
    why_threshold = n_("About {samples} samples for each pixel; 1024 at most to 0.01 would take {others}")
    if cap != GOALS['ARTICLE']:
        why_threshold = n_("About {samples} samples for each pixel; 4096 at most to 0.01 would take {others}")
    counts = {"samples": round(plan.samples), "others": round(plan.goal_samples)}
    rows = [
        Choice(("cycles", "use_adaptive_sampling"), True, n_("Pixels that are clean already get no more samples")),
        Choice(("cycles", "adaptive_threshold"), plan.threshold, why_threshold, counts),
        Choice(("cycles", "samples"), plan.cap, n_("What the noisiest pixels need")),
        Choice(("cycles", "adaptive_min_samples"), 0, n_("Cycles finds the least number from the threshold")),
        Choice(CLAMPING, plan.clamp, why_clamp, {"share": f"{clamped:.0%}"}),
        Choice(("render", "use_persistent_data"), True, n_("Keeps the scene on the card between frames; takes memory")),
    ]
    return [*rows, *(_denoising_choices(guide_noise) if compat.has_denoiser() else ())]


def _denoising_choices(guide_noise: float) -> list[Choice]:
    clean = guide_noise < CLEAN_GUIDES
    why_guides = n_("Colours and normals are clean already") if clean else n_("Colours and normals are noisy here")
    return [
        Choice(("cycles", "use_denoising"), True, n_("Removes the noise that is left")),
        Choice(
            ("cycles", "denoising_input_passes"),
            'RGB_ALBEDO_NORMAL',
            n_("Colours and normals keep edges and textures sharp"),
        ),
        Choice(("cycles", "denoising_prefilter"), 'NONE' if clean else 'ACCURATE', why_guides),
        Choice(("cycles", "denoising_quality"), 'HIGH', n_("Lower is quicker, with hardly a visible difference")),
    ]


def _guide_noise(pair: Pair, plan: Plan) -> float:
    """Deviation of albedo and normals after the planned samples; 1 where the build has no such passes."""
    first, second = (pilot.guides for pilot in pair.pilots)
    if first.shape[2] == 0:
        return 1.0
    return float(np.sqrt(np.mean((first - second) ** 2) / 2.0 * pair.samples / plan.samples))


def _pixels(scene: bpy.types.Scene) -> int:
    width, height = picture_size(scene)
    return width * height


def _on_card(scene: bpy.types.Scene) -> bool:
    return scene.cycles.device == 'GPU' and compat.has_cycles_gpu()
