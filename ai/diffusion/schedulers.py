"""Schedulers by name, and what classic models want. Panels read the table: torch comes later."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..errors import AdaError
from .few_step import FEW_STEP, StepDefaults


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
    "DDIM_TRAILING": Scheduler(
        "DDIM Trailing (few steps)", "DDIMScheduler", {"timestep_spacing": "trailing", "clip_sample": False}
    ),
    "EULER_A_TRAILING": Scheduler(
        "Euler Ancestral Trailing (few steps)", "EulerAncestralDiscreteScheduler", {"timestep_spacing": "trailing"}
    ),
    "EULER_TRAILING": Scheduler(
        "Euler Trailing (few steps)", "EulerDiscreteScheduler",
        {"timestep_spacing": "trailing", "use_karras_sigmas": False},
    ),
}  # fmt: skip
CLASSIC = "DPMPP_2M_KARRAS"


FLOW_FAMILIES = ("SD3", "FLUX", "PIXART", "SANA", "AURAFLOW", "QWEN", "ZIMAGE")


def classic_defaults(family: str) -> StepDefaults:
    """Steps, guidance and scheduler to propose for a model that is not distilled; 'SD15', 'SDXL', 'FLUX' …"""
    if family == "FLUX":
        return StepDefaults(28, 3.5, "AUTO")
    if family in FLOW_FAMILIES:
        return StepDefaults(28, 4.5, "AUTO")
    return StepDefaults(20, 7.0, CLASSIC)


def make_scheduler(name: str, own: Any, few_step: str = "") -> Any:
    """A fresh scheduler for one run, with the training's noise levels taken from the model's own.

    'AUTO' gives: what the distillation wants; else DPM-Solver++ multistep with Karras sigmas (Lu et al. 2022,
    arXiv:2211.01095; Karras et al. 2022, arXiv:2206.00364) for the plain schedulers that classic models come with;
    else, for flow matching, solvers chosen by the model's maker and few-step ones, the model's own.

    Args:
        name: a key of `SCHEDULERS`.
        own: the scheduler the model came with.
        few_step: the method of a distilled model or LoRA, a key of `FEW_STEP`, or nothing.

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
