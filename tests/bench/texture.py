"""Textures: what our job costs over the bare diffusers call, against the article's settings, and whether it holds up.

Writes tests/out/bench-texture.json. CPU, one thread, the shipped model; pairs of runs in alternating order, medians of
processor time, so that other programs on the machine do not count.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import platform
import re
import statistics
import sys
import tempfile
import types
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import psutil
import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tests" / folder) for folder in ("ai/diffusion", "real", "bench")]
if "ada_forge" not in sys.modules:
    stub = types.ModuleType("ada_forge")
    stub.__path__ = [str(ROOT)]
    sys.modules["ada_forge"] = stub

import pbr_gain
import texture_article
from ada_forge.ai.card.arbiter import arbiter
from ada_forge.ai.diffusion.generate import generate
from ada_forge.ai.diffusion.load import Model
from ada_forge.ai.diffusion.schedulers import make_scheduler
from ada_forge.ai.diffusion.seamless import wrap_around
from ada_forge.ai.diffusion.settings import TextureSettings
from ada_forge.ai.job import run
from texture_article import as_the_article, pairs, timed

OUT = ROOT / "tests" / "out"
SIDE = 128  # Pixels: the shipped model's own size, where neither job enlarges anything.
STEPS = 20
PROMPT = "red brick wall"
PARTS = ("speed", "article", "memory", "equivariance", "latency", "reliefs")


def bare(model: Model, wraps: bool) -> None:
    """The call that diffusers documents, with the same settings, networks and scheduler."""
    pipeline = model.pipeline
    own = pipeline.scheduler
    pipeline.scheduler = make_scheduler("AUTO", own)
    try:
        with wrap_around((pipeline.unet, pipeline.vae)) if wraps else nullcontext():
            pipeline(PROMPT, width=SIDE, height=SIDE, num_inference_steps=STEPS, guidance_scale=model.card.guidance,
                     generator=torch.Generator().manual_seed(0), output_type="np")  # fmt: skip
    finally:
        pipeline.scheduler = own


def ours(steps: int = STEPS, **values: object) -> None:
    """A whole job with the model that the arbiter keeps warm."""
    run(generate(TextureSettings(PROMPT, width=SIDE, height=SIDE, steps=steps, **values)))


def article(model: Model, autocast: bool) -> None:
    """The bare call with the article's settings."""
    as_the_article(model.pipeline, lambda: bare(model, wraps=False), autocast)


def memory_growth(runs: int = 50) -> float:
    """MiB that the process holds more at the end of so many runs of different kinds than after the first ten."""
    import numpy as np

    image = np.random.default_rng(0).random((SIDE, SIDE, 3)).astype(np.float32)
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[32:96, 32:96] = 1
    kinds: list[dict[str, object]] = [{}, {"image": image}, {"image": image, "mask": mask}, {"tiled_vae": True}]
    process, held = psutil.Process(), []
    for number in range(runs + 10):
        ours(4, seed=number, **kinds[number % len(kinds)])
        gc.collect()
        held.append(process.memory_info().rss / 2**20)
    return statistics.median(held[-5:]) - statistics.median(held[7:12])


def worst_equivariance() -> dict[str, float]:
    """Mean error over standard deviation of every seamless path, on tiny random models."""
    measure = importlib.import_module("equivariance")
    shifts = {"X": (0, 1), "Y": (1, 0), "BOTH": (1, 1)}
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        models = measure.Models(Path(folder))
        for axes, shift in shifts.items():
            for family in ("SD15", "SD2", "SDXL"):
                for path in measure.PATHS:
                    if family == "SD15" or path != "own inpaint":  # Which is of one family.
                        found[f"{family} {path} {axes}"] = measure.error(models, family, path, axes, shift)
            for way in ("decode", "encode"):
                found[f"tiled VAE {way} {axes}"] = measure.tiled_vae_error(models, way, axes, shift)
            found[f"tiled denoiser {axes}"] = measure.tiled_denoiser_error(models, axes, shift)
    return found


def reliefs() -> dict[str, Any]:
    """How much better height and normals from a picture are than its luminance, in percent; see `pbr_gain`."""
    measured = pbr_gain.measure()
    gains = {name: value for name, value in measured.items() if "_gain_percent" in name}
    return gains | {"reliefs": {name: measured[name] for name in ("seen", "held out")}}


def latency() -> dict[str, Any]:
    """How much later the main thread of the real program answers while it generates."""
    real = importlib.import_module("program")
    try:
        found = importlib.import_module("latency").measure_anew()
    except real.NotHereError as reason:
        return {"ui_latency_p95_added_ms": None, "ui_latency_reason": str(reason)}
    return {"ui_latency_p95_added_ms": found["added_p95_ms"], "ui_latency": found}


def speed(count: int) -> dict[str, Any]:
    """Paired processor time against the bare call and the article's settings."""
    ours()
    [holding] = arbiter.holdings
    model: Model = holding.model
    overhead = pairs(lambda: bare(model, True), ours, count)
    wrapping = pairs(lambda: bare(model, False), lambda: bare(model, True), max(count // 2, 3))
    few = max(count // 4, 3)
    sliced = pairs(ours, lambda: article(model, False), few)
    slower = pairs(ours, lambda: article(model, True), few)
    return {
        "overhead_percent": 100 * (statistics.median(overhead) - 1),
        "overhead_percent_quartiles": [100 * (q - 1) for q in statistics.quantiles(overhead, n=4)],
        "seamless_cost_percent": 100 * (statistics.median(wrapping) - 1),
        "speedup_vs_article_shipped": statistics.median(sliced),
        "speedup_vs_article_shipped_autocast": statistics.median(slower),
        "seconds_per_picture": statistics.median(timed(ours) for _ in range(3)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--runs", type=int, default=50, help="of the memory measure")
    parser.add_argument("--only", nargs="*", choices=PARTS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    path = OUT / "bench-texture.json"
    result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if options.only and path.exists() else {}
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "speed": lambda: speed(options.pairs),
        "article": lambda: texture_article.speedups(max(options.pairs // 5, 2)),
        "memory": lambda: {"memory_growth_mb_50_runs": memory_growth(options.runs)},
        "equivariance": equivariance,
        "latency": latency,
        "reliefs": reliefs,
    }
    OUT.mkdir(parents=True, exist_ok=True)
    for name in options.only or parts:
        result |= parts[name]()
        result |= {"steps": STEPS, "side": SIDE, "threads": 1, "torch": torch.__version__, "cpu": processor()}
        path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")  # After each part: some take long.
    for key, value in result.items():
        print(f"{key:40} {value}")


def equivariance() -> dict[str, Any]:
    """The worst of all seamless paths."""
    paths = worst_equivariance()
    return {
        "equivariance_max": max(paths.values()),
        "equivariance_worst_path": max(paths, key=lambda name: paths[name]),
        "equivariance_paths": len(paths),
    }


def processor() -> str:
    """The CPU's name."""
    listing = Path("/proc/cpuinfo")
    names = re.findall(r"^model name\s*:\s*(.+)$", listing.read_text(), re.M) if listing.exists() else []
    return names[0] if names else platform.processor()


if __name__ == "__main__":
    main()
