"""Distilled models by their names, and what they want."""

from __future__ import annotations

import pytest
from ada_forge.ai.diffusion.few_step import FEW_STEP, FEW_STEP_NAMES, StepDefaults, few_step_defaults, few_step_method


@pytest.mark.parametrize(
    ("name", "method", "steps", "guidance"),
    [
        ("lcm-lora-sdv1-5", "LCM", 4, 1.0),
        ("sdxl_lightning_4step_lora", "LIGHTNING", 4, 1.0),
        ("sdxl_lightning_2step", "LIGHTNING", 2, 1.0),
        ("Hyper-SD15-8steps-lora", "HYPER", 8, 1.0),
        ("Hyper-SDXL-1step-lora", "HYPER", 1, 1.0),
        ("Hyper-SDXL-12steps-CFG-lora", "HYPER", 12, 5.0),
        ("sd_xl_turbo_1.0_fp16", "TURBO", 4, 1.0),
        ("dmd2_sdxl_4step", "DMD", 4, 1.0),
        ("TCD-SDXL-LoRA", "TCD", 4, 1.0),
        ("FLUX.1-schnell", "SCHNELL", 4, 1.0),
        ("my_lcm_100steps", "LCM", 4, 1.0),
        ("hyperrealism-xl", "", None, None),
        ("falcmont", "", None, None),
        ("brick_20steps", "", None, None),
    ],
)
def test_the_name_tells(name, method, steps, guidance):
    assert few_step_method(name) == method
    wanted = StepDefaults(steps, guidance, FEW_STEP[method].scheduler, method) if method else None
    assert few_step_defaults(method, name) == wanted


def test_too_many_steps_depend_on_the_name():
    assert few_step_defaults("LCM", "lcm").most_steps == 8
    assert few_step_defaults("HYPER", "Hyper-SD15-12steps-CFG").most_steps == 12


def test_every_method_has_a_name():
    assert set(FEW_STEP) == set(FEW_STEP_NAMES)
    assert all(one.method == method for method, one in FEW_STEP.items())
