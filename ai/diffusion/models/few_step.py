"""Distilled models, which make a picture in a few steps and want other settings than the model they came from."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StepDefaults:
    """What a model is best run with."""

    steps: int
    guidance: float  # 1.0: without, the model has learnt it in.
    scheduler: str  # A class of diffusers; empty for the model's own.
    trailing: bool = False  # Timesteps counted from the noisiest one, as these were distilled.


# Sources: the pages of the models on the hub. LCM: latent-consistency/lcm-lora-sdv1-5; Turbo: stabilityai/sdxl-turbo;
# Lightning: ByteDance/SDXL-Lightning; Hyper: ByteDance/Hyper-SD; TCD: h1t/TCD-SDXL-LoRA; DMD: tianweiy/DMD2;
# Schnell: black-forest-labs/FLUX.1-schnell.
DEFAULTS = {
    "LCM": StepDefaults(4, 1.0, "LCMScheduler"),
    "TURBO": StepDefaults(4, 1.0, "EulerAncestralDiscreteScheduler", trailing=True),
    "LIGHTNING": StepDefaults(4, 1.0, "EulerDiscreteScheduler", trailing=True),
    "HYPER": StepDefaults(8, 1.0, "DDIMScheduler", trailing=True),
    "TCD": StepDefaults(4, 1.0, "TCDScheduler"),
    "DMD": StepDefaults(4, 1.0, "LCMScheduler"),
    "SCHNELL": StepDefaults(4, 1.0, ""),
}
FEW_STEP_NAMES = {
    "LCM": "LCM", "TURBO": "Turbo", "LIGHTNING": "Lightning", "HYPER": "Hyper-SD", "TCD": "TCD", "DMD": "DMD2",
    "SCHNELL": "schnell",
}  # fmt: skip
NAMES = (
    ("LIGHTNING", re.compile(r"lightning", re.I)),
    ("HYPER", re.compile(r"hyper[-_ ]?(?:sd|flux|\d)|(?<![a-z])hyper(?![a-z])", re.I)),
    ("TURBO", re.compile(r"turbo", re.I)),
    ("SCHNELL", re.compile(r"schnell", re.I)),
    ("LCM", re.compile(r"(?<![a-z])lcm(?![a-z])", re.I)),
    ("TCD", re.compile(r"(?<![a-z])tcd(?![a-z])", re.I)),
    ("DMD", re.compile(r"(?<![a-z])dmd2?(?![a-z])", re.I)),
)
STEPS = re.compile(r"(\d{1,2})[-_ ]?steps?(?![a-z])", re.I)


def few_step_name(*texts: str) -> str:
    """The method of distillation that a name or a title tells, or nothing."""
    return next((method for method, pattern in NAMES if any(pattern.search(text) for text in texts)), "")


def defaults_for(method: str, name: str = "") -> StepDefaults | None:
    """The settings of a method, with the number of steps that the file's name gives; None for no method."""
    base = DEFAULTS.get(method)
    told = STEPS.search(name)
    if base is None or told is None or not 1 <= int(told[1]) <= 32:
        return base
    return StepDefaults(int(told[1]), base.guidance, base.scheduler, base.trailing)
