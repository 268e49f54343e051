"""What the article's settings cost: attention slicing, VAE slicing and autocast around each call.

Two models: the one that ships, and the layout of Stable Diffusion 1.5 at 512 x 512 with random weights, whose time is
that of the real one. Of the latter one denoising step is timed, which is what 20 steps are made of; decoding is the
same either way. Processor time, one thread, pairs of runs in alternating order.

The article writes autocast("cuda"), which a CPU passes over: in the same 32 bits the difference is the slicing. With
autocast("cpu") its call computes in bfloat16, so it is compared with ours in bfloat16 as well (the preference Bfloat16
on the Processor); on processors without units for that, both are slower than 32 bits.
"""

from __future__ import annotations

import statistics
import sys
import threading
import time
import types
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).resolve().parents[2]
if "ada_forge" not in sys.modules:
    stub = types.ModuleType("ada_forge")
    stub.__path__ = [str(ROOT)]
    sys.modules["ada_forge"] = stub

from ada_forge.ai.diffusion.load import has_bfloat16_units
from ada_forge.ai.diffusion.schedulers import make_scheduler

SIDE = 512
LAYOUT = {
    "sample_size": 64, "in_channels": 4, "out_channels": 4, "block_out_channels": (320, 640, 1280, 1280),
    "layers_per_block": 2, "cross_attention_dim": 768, "attention_head_dim": 8,
}  # fmt: skip


def timed(call: Callable[[], None]) -> float:
    """Processor time of a call on a thread of its own, where the interface runs jobs too: C's allocator is another."""
    thread = threading.Thread(target=call)
    began = time.process_time()
    thread.start()
    thread.join()
    return time.process_time() - began


def pairs(first: Callable[[], None], second: Callable[[], None], count: int) -> list[float]:
    """Processor time of the second over that of the first, run after run, in alternating order."""
    first(), second()
    ratios = []
    for number in range(count):
        if number % 2:
            b, a = timed(second), timed(first)
        else:
            a, b = timed(first), timed(second)
        ratios.append(b / a)
    return ratios


def as_the_article(pipeline: Any, call: Callable[[], None], autocast: bool) -> None:
    """Run a call with the article's settings, and put everything back."""
    pipeline.enable_attention_slicing()
    pipeline.vae.enable_slicing()
    try:
        with torch.autocast("cpu", dtype=torch.bfloat16) if autocast else nullcontext():
            call()
    finally:
        pipeline.disable_attention_slicing()
        pipeline.vae.disable_slicing()


def stand_in(dtype: torch.dtype) -> Any:
    """A pipeline with the denoiser of Stable Diffusion 1.5, random, and a decoder that is not run."""
    from diffusers import AutoencoderKL, PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel

    torch.manual_seed(0)
    noise = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "skip_prk_steps": True}
    vae = AutoencoderKL(block_out_channels=(8,) * 4, norm_num_groups=4, down_block_types=("DownEncoderBlock2D",) * 4,
                        up_block_types=("UpDecoderBlock2D",) * 4)  # fmt: skip
    pipeline = StableDiffusionPipeline(
        vae, None, None, UNet2DConditionModel(**LAYOUT), PNDMScheduler(**noise), None, None,
        requires_safety_checker=False,
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = make_scheduler("AUTO", pipeline.scheduler)
    return pipeline.to(dtype)


def one_step(pipeline: Any) -> None:
    """A step with guidance, latents out."""
    words = torch.zeros(1, 77, LAYOUT["cross_attention_dim"], dtype=pipeline.unet.dtype)
    pipeline(
        prompt_embeds=words, negative_prompt_embeds=words, width=SIDE, height=SIDE, num_inference_steps=1,
        generator=torch.Generator().manual_seed(0), output_type="latent",
    )  # fmt: skip


def speedups(count: int) -> dict[str, float]:
    """The article's time over ours on the layout of Stable Diffusion 1.5, in 32 bits and in bfloat16."""
    pipeline = stand_in(torch.float32)

    def ours() -> None:
        one_step(pipeline)

    def theirs() -> None:
        as_the_article(pipeline, ours, autocast=False)

    def theirs_cast() -> None:
        as_the_article(pipeline, ours, autocast=True)

    found = {"speedup_vs_article": statistics.median(pairs(ours, theirs, count))}
    if not has_bfloat16_units():
        return found
    cast = [timed(theirs_cast) for _ in range(count + 1)][1:]
    full = [timed(ours) for _ in range(count)]
    pipeline.unet.to(torch.bfloat16)
    half = [timed(ours) for _ in range(count + 1)][1:]
    return found | {
        "speedup_vs_article_both_bfloat16": statistics.median(cast) / statistics.median(half),
        "speedup_vs_article_autocast": statistics.median(cast) / statistics.median(full),
        "seconds_per_step_sd15": statistics.median(full),
        "seconds_per_step_sd15_bfloat16": statistics.median(half),
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    for key, value in speedups(3).items():
        print(f"{key:40} {value:.3f}")
