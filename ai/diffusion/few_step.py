"""Distilled models and LoRAs, which make a picture in a few steps and want other settings than what they came from."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

ENOUGH = 8  # Steps above which those of a few-step model are too many, unless its name tells more.


@dataclass(frozen=True, slots=True)
class StepDefaults:
    """What a model is best run with."""

    steps: int
    guidance: float  # 1.0: without, the network runs once each step.
    scheduler: str  # A key of `schedulers.SCHEDULERS`.
    method: str = ""  # How it was distilled: a key of `FEW_STEP`; empty where it was not.

    @property
    def most_steps(self) -> int:
        """More do no good, where the model is made for few."""
        return max(self.steps, ENOUGH)


# Steps, guidance and scheduler are those of the models' pages on the hub. LCM: latent-consistency/lcm-lora-sdv1-5 (Luo
# et al. 2023, arXiv:2310.04378); Turbo: stabilityai/sdxl-turbo (Sauer et al. 2023, arXiv:2311.17042); Lightning:
# ByteDance/SDXL-Lightning (Lin et al. 2024, arXiv:2402.13929); Hyper-SD: ByteDance/Hyper-SD (Ren et al. 2024,
# arXiv:2404.13686); TCD: h1t/TCD-SDXL-LoRA; DMD2: tianweiy/DMD2 (Yin et al. 2024, arXiv:2405.14867); Schnell:
# black-forest-labs/FLUX.1-schnell.
FEW_STEP = {
    "LCM": StepDefaults(4, 1.0, "LCM", "LCM"),
    "TURBO": StepDefaults(4, 1.0, "EULER_A_TRAILING", "TURBO"),
    "LIGHTNING": StepDefaults(4, 1.0, "EULER_TRAILING", "LIGHTNING"),
    "HYPER": StepDefaults(8, 1.0, "DDIM_TRAILING", "HYPER"),
    "TCD": StepDefaults(4, 1.0, "TCD", "TCD"),
    "DMD": StepDefaults(4, 1.0, "LCM", "DMD"),
    "SCHNELL": StepDefaults(4, 1.0, "AUTO", "SCHNELL"),
}
FEW_STEP_NAMES = {
    "LCM": "LCM", "TURBO": "Turbo", "LIGHTNING": "Lightning", "HYPER": "Hyper-SD", "TCD": "TCD", "DMD": "DMD2",
    "SCHNELL": "schnell",
}  # fmt: skip
_METHODS = (
    ("LIGHTNING", re.compile(r"lightning", re.I)),
    ("HYPER", re.compile(r"hyper[-_ ]?(?:sd|flux|\d)|(?<![a-z])hyper(?![a-z])", re.I)),
    ("TURBO", re.compile(r"turbo", re.I)),
    ("SCHNELL", re.compile(r"schnell", re.I)),
    ("LCM", re.compile(r"(?<![a-z])lcm(?![a-z])", re.I)),
    ("TCD", re.compile(r"(?<![a-z])tcd(?![a-z])", re.I)),
    ("DMD", re.compile(r"(?<![a-z])dmd2?(?![a-z])", re.I)),
)
_STEPS = re.compile(r"(?<!\d)(\d{1,2})[-_ ]?steps?(?![a-z])", re.I)
_GUIDED = re.compile(r"(?<![a-z])cfg(?![a-z])", re.I)  # Hyper-SD's LoRAs that keep guidance, at 5 to 8.


def few_step_method(*texts: str) -> str:
    """The method of distillation that a name or a title tells, a key of `FEW_STEP`, or nothing."""
    return next((method for method, pattern in _METHODS if any(pattern.search(text) for text in texts)), "")


def few_step_defaults(method: str, name: str = "") -> StepDefaults | None:
    """The settings of a method, with the number of steps that the file's name gives; None for no method."""
    found = FEW_STEP.get(method)
    if found is None:
        return None
    if method == "HYPER" and _GUIDED.search(name):
        found = replace(found, guidance=5.0)
    told = _STEPS.search(name)
    return replace(found, steps=int(told[1])) if told is not None and 1 <= int(told[1]) <= 32 else found
