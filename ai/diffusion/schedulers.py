"""Schedulers by name, and what a model or a LoRA of few steps wants. Panels read the table: torch comes later."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ..errors import AdaError


@dataclass(frozen=True, slots=True)
class Scheduler:
    """A class of diffusers with the options that make it what people know by its label."""

    label: str
    class_name: str  # Empty for the automatic choice.
    options: dict[str, Any] = field(default_factory=dict)


_DPM = {"algorithm_type": "dpmsolver++", "solver_order": 2, "use_karras_sigmas": False}
_KARRAS = {"use_karras_sigmas": True}

SCHEDULERS: dict[str, Scheduler] = {
    "AUTO": Scheduler("Automatic", ""),
    "DPMPP_2M_KARRAS": Scheduler("DPM++ 2M Karras", "DPMSolverMultistepScheduler", {**_DPM, **_KARRAS}),
    "DPMPP_2M": Scheduler("DPM++ 2M", "DPMSolverMultistepScheduler", _DPM),
    "DPMPP_2M_SDE_KARRAS": Scheduler(
        "DPM++ 2M SDE Karras", "DPMSolverMultistepScheduler", {**_DPM, **_KARRAS, "algorithm_type": "sde-dpmsolver++"}
    ),
    "DPMPP_2S_KARRAS": Scheduler(
        "DPM++ 2S Karras", "DPMSolverSinglestepScheduler", {"algorithm_type": "dpmsolver++", **_KARRAS}
    ),
    "UNIPC": Scheduler("UniPC", "UniPCMultistepScheduler"),
    "EULER": Scheduler("Euler", "EulerDiscreteScheduler", {"use_karras_sigmas": False}),
    "EULER_A": Scheduler("Euler Ancestral", "EulerAncestralDiscreteScheduler"),
    "HEUN": Scheduler("Heun", "HeunDiscreteScheduler"),
    "KDPM2_A": Scheduler("DPM2 Ancestral", "KDPM2AncestralDiscreteScheduler"),
    "LMS": Scheduler("LMS", "LMSDiscreteScheduler"),
    "DDIM": Scheduler("DDIM", "DDIMScheduler", {"clip_sample": False}),
    "DDPM": Scheduler("DDPM", "DDPMScheduler", {"clip_sample": False}),
    "PNDM": Scheduler("PNDM", "PNDMScheduler", {"skip_prk_steps": True}),
    "DEIS": Scheduler("DEIS", "DEISMultistepScheduler"),
    "LCM": Scheduler("LCM", "LCMScheduler"),
    "TCD": Scheduler("TCD", "TCDScheduler"),
    "EULER_TRAILING": Scheduler(
        "Euler Trailing (few steps)", "EulerDiscreteScheduler",
        {"timestep_spacing": "trailing", "use_karras_sigmas": False},
    ),
}  # fmt: skip
CLASSIC = "DPMPP_2M_KARRAS"


@dataclass(frozen=True, slots=True)
class Defaults:
    """What to fill in for a model."""

    steps: int
    guidance: float
    scheduler: str
    most_steps: int = 1000  # More do no good.


# Distilled models, by the words their files are called by. LCM: Luo et al. 2023, arXiv:2310.04378; Turbo: Sauer et
# al. 2023, arXiv:2311.17042; Lightning: Lin et al. 2024, arXiv:2402.13929; Hyper-SD: Ren et al. 2024,
# arXiv:2404.13686; DMD2: Yin et al. 2024, arXiv:2405.14867. Without guidance, 1.0 runs the network once each step.
FEW_STEP: dict[str, Defaults] = {
    "LCM": Defaults(4, 1.0, "LCM", 8),
    "TURBO": Defaults(2, 1.0, "EULER_TRAILING", 8),
    "LIGHTNING": Defaults(4, 1.0, "EULER_TRAILING", 8),
    "HYPER": Defaults(4, 1.0, "TCD", 8),
    "TCD": Defaults(4, 1.0, "TCD", 8),
    "DMD": Defaults(4, 1.0, "LCM", 8),
    "SCHNELL": Defaults(4, 1.0, "AUTO", 8),
}
_WORDS = re.compile(r"(?<![a-z])(lcm|turbo|lightning|hyper|tcd|dmd|schnell)(?![a-z])", re.IGNORECASE)
FLOW_FAMILIES = ("SD3", "FLUX", "PIXART", "SANA", "AURAFLOW", "QWEN", "ZIMAGE")


def few_step_kind(name: str) -> str:
    """Which distillation a file's or folder's name speaks of ('' for none): a key of `FEW_STEP`."""
    found = _WORDS.search(re.sub(r"dmd2", "dmd", name.replace("_", " "), flags=re.IGNORECASE))
    return found[1].upper() if found else ""


def defaults_for(family: str, few_step: str = "") -> Defaults:
    """Steps, guidance and scheduler to propose.

    Args:
        family: 'SD15', 'SD2', 'SDXL', 'SD3', 'FLUX' …
        few_step: a key of `FEW_STEP`, or nothing.
    """
    if few_step in FEW_STEP:
        return FEW_STEP[few_step]
    if family == "FLUX":
        return Defaults(28, 3.5, "AUTO")
    if family in FLOW_FAMILIES:
        return Defaults(28, 4.5, "AUTO")
    return Defaults(20, 7.0, CLASSIC)


def make_scheduler(name: str, own: Any, few_step: str = "") -> Any:
    """A fresh scheduler for one run, with the training's noise levels taken from the model's own.

    'AUTO' gives: what the distillation wants; else DPM-Solver++ multistep with Karras sigmas (Lu et al. 2022,
    arXiv:2211.01095; Karras et al. 2022, arXiv:2206.00364) for the plain schedulers that classic models come with;
    else, for flow matching, solvers chosen by the model's maker and few-step ones, the model's own.

    Args:
        name: a key of `SCHEDULERS`.
        own: the scheduler the model came with.
        few_step: a key of `FEW_STEP`, or nothing.

    Raises:
        AdaError: no such scheduler, or it cannot run this model.
    """
    import diffusers

    if name not in SCHEDULERS:
        raise AdaError("There is no scheduler '{name}'. Choose one of: {names}", name=name, names=", ".join(SCHEDULERS))
    same = type(own).from_config(own.config)
    flow = type(own).__name__.startswith("FlowMatch")
    if name == "AUTO":
        if flow:
            return same
        if few_step and few_step not in own_kind(own):
            name = FEW_STEP[few_step].scheduler
        elif own_kind(own) or type(own).__name__ not in _PLAIN:
            return same
        else:
            name = CLASSIC
    if flow:
        if name in ("EULER", "EULER_TRAILING"):
            return same
        raise AdaError(
            "The scheduler '{name}' cannot run this model. Choose Automatic or Euler", name=SCHEDULERS[name].label
        )
    entry = SCHEDULERS[name]
    return getattr(diffusers, entry.class_name).from_config(own.config, **entry.options)


_PLAIN = ("PNDMScheduler", "DDIMScheduler", "DDPMScheduler", "EulerDiscreteScheduler", "LMSDiscreteScheduler")


def own_kind(scheduler: Any) -> tuple[str, ...]:
    """The distillations that the scheduler a model came with is made for; empty for a plain one."""
    name = type(scheduler).__name__
    if name == "LCMScheduler":
        return ("LCM", "DMD")
    if name == "TCDScheduler":
        return ("TCD", "HYPER")
    trailing = scheduler.config.get("timestep_spacing") == "trailing"
    if trailing and name in ("EulerAncestralDiscreteScheduler", "EulerDiscreteScheduler"):
        zero_snr = scheduler.config.get("rescale_betas_zero_snr", False)
        return () if zero_snr else ("TURBO", "LIGHTNING")
    return ()
