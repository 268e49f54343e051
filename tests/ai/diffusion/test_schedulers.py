import pytest
from ada_forge.ai.diffusion.few_step import FEW_STEP
from ada_forge.ai.diffusion.schedulers import CLASSIC, SCHEDULERS, classic_defaults
from ada_forge.ai.errors import AdaError

torch = pytest.importorskip("torch", reason="torch is not installed")
diffusers = pytest.importorskip("diffusers", reason="diffusers is not installed")

from ada_forge.ai.diffusion.schedulers import make_scheduler


def classic(**values):
    return diffusers.PNDMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", **values)


def test_classic_models_get_dpm_solver_with_karras_sigmas_and_keep_their_training():
    made = make_scheduler("AUTO", classic(prediction_type="v_prediction"))
    assert type(made).__name__ == "DPMSolverMultistepScheduler"
    assert (made.config.algorithm_type, made.config.use_karras_sigmas) == ("dpmsolver++", True)
    assert (made.config.prediction_type, made.config.beta_schedule) == ("v_prediction", "scaled_linear")


@pytest.mark.parametrize(
    ("own", "few_step", "expected"),
    [
        (diffusers.LCMScheduler(), "", "LCMScheduler"),
        (diffusers.LCMScheduler(), "LCM", "LCMScheduler"),
        (classic(), "LCM", "LCMScheduler"),
        (classic(), "LIGHTNING", "EulerDiscreteScheduler"),
        (classic(), "HYPER", "DDIMScheduler"),
        (diffusers.TCDScheduler(), "HYPER", "TCDScheduler"),
        (classic(), "TURBO", "EulerAncestralDiscreteScheduler"),
        (diffusers.EulerAncestralDiscreteScheduler(timestep_spacing="trailing"), "TURBO",
         "EulerAncestralDiscreteScheduler"),
        (diffusers.FlowMatchEulerDiscreteScheduler(), "SCHNELL", "FlowMatchEulerDiscreteScheduler"),
        (diffusers.UniPCMultistepScheduler(), "", "UniPCMultistepScheduler"),
    ],
)  # fmt: skip
def test_automatic_is_what_the_model_wants(own, few_step, expected):
    assert type(make_scheduler("AUTO", own, few_step)).__name__ == expected
    if few_step in ("LIGHTNING", "HYPER", "TURBO") and expected != "TCDScheduler":
        assert make_scheduler("AUTO", own, few_step).config.timestep_spacing == "trailing"


@pytest.mark.parametrize("name", [name for name in SCHEDULERS if name != "AUTO"])
def test_every_scheduler_of_the_table_runs(name):
    scheduler = make_scheduler(name, classic())
    scheduler.set_timesteps(4)
    x = torch.randn(1, 4, 2, 2, generator=torch.Generator().manual_seed(0)) * scheduler.init_noise_sigma
    for t in scheduler.timesteps:
        x = scheduler.step(scheduler.scale_model_input(x, t) * 0.1, t, x).prev_sample
    assert torch.isfinite(x).all()


def test_wrong_schedulers_are_one_sentence():
    with pytest.raises(AdaError, match="There is no scheduler"):
        make_scheduler("MAGIC", classic())
    flow = diffusers.FlowMatchEulerDiscreteScheduler(shift=2.5)
    assert make_scheduler("EULER", flow).config.shift == 2.5
    with pytest.raises(AdaError, match="cannot run this model"):
        make_scheduler("DDIM", flow)


def test_defaults():
    assert classic_defaults("SD15").scheduler == CLASSIC
    assert classic_defaults("FLUX").scheduler == "AUTO"
    assert {one.scheduler for one in FEW_STEP.values()} <= set(SCHEDULERS)
