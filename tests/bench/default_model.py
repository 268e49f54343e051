"""How good the built-in model is: `make bench ONLY=default-model` writes tests/out/bench-default-model.json.

The judge (`texture_judge.py`) is trained on samples of the procedural generator only. Prompts are plain captions of
recipes that no training has seen (their own range of seeds). On two free cores it takes about a quarter of an hour,
half of it for the judge, who is kept; `--seeds 1` is a quick look, `--seeds 10` compares the 2,000 pictures of the
full kernel distance. How many were really used stands in the result.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import types
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
if "ada_forge" not in sys.modules:
    stub = types.ModuleType("ada_forge")
    stub.__path__ = [str(ROOT)]
    sys.modules["ada_forge"] = stub

import numpy as np
import torch
from ada_forge.ai.diffusion.generate import generate
from ada_forge.ai.diffusion.load import load_model
from ada_forge.ai.diffusion.seam import seam_rank
from ada_forge.ai.diffusion.seamless import wrap_around
from ada_forge.ai.diffusion.settings import BUILT_IN, TextureSettings
from ada_forge.ai.job import run
from ada_forge.ai.procedural.caption import describe
from ada_forge.ai.procedural.catalog import MATERIALS
from ada_forge.ai.procedural.color import COLORS, lab_from_srgb
from ada_forge.ai.procedural.draw import draw, draw_recipe
from ada_forge.ai.procedural.light import light
from ada_forge.ai.procedural.recipe import Recipe
from ada_forge.ai.training.default.stream import TAUGHT, to_bytes
from PIL import Image, ImageDraw
from texture_judge import TILE, Judge, classes, confusions, draw_set, in_batches, load_judge, verdicts

PROMPTS = 200
STEPS = 20
# Student's t for 95 % at 1 to 9 degrees of freedom.
STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
AIMS = {
    "class_accuracy": ">= 0.85",
    "colour_accuracy": ">= 0.90",
    "seam_rank_p95": "<= 0.995",
    "diversity": ">= 0.7",
    "seconds_per_image": "<= 8 (256 px, 2 cores)",
    "bytes": "<= 25,000,000",
}
RECONSTRUCTED = 800  # Held-out tiles that go through the autoencoder.
LOGGED = ("trained_minutes", "trained_samples", "materials", "samples", "class_accuracy", "colour_accuracy",
          "seam_rank_p95", "kid_ratio", "kid", "diversity", "seconds_per_image", "bytes")  # fmt: skip


def generate_tiles(pipeline, prompts: list[str], seed: int, guidance: float) -> np.ndarray:
    """Native tiles (n, 128, 128, 3) uint8; in batches, with the same sampler and steps as the job."""
    tiles = []
    with wrap_around((pipeline.unet, pipeline.vae)):
        for at in range(0, len(prompts), 8):
            part = prompts[at : at + 8]
            generators = [torch.Generator().manual_seed(seed * 100_000 + at + i) for i in range(len(part))]
            out = pipeline(part, height=TILE, width=TILE, num_inference_steps=STEPS, guidance_scale=guidance,
                           generator=generators, output_type="np")  # fmt: skip
            tiles.append(to_bytes(out.images))
    return np.concatenate(tiles)


def share(hits: torch.Tensor) -> float:
    return float(hits.float().mean())


def color_references(recipes: list[Recipe]) -> np.ndarray:
    """Median L*a*b* of each recipe drawn in each of the 13 colours, (n, 13, 3)."""
    rows = []
    for recipe in recipes:
        row = []
        for color in COLORS:
            other = Recipe(
                recipe.material,
                color,
                recipe.second,
                recipe.size,
                recipe.finish,
                variant=recipe.variant,
                seed=recipe.seed ^ 1,
            )
            row.append(median_lab(light(draw(other, 64))))
        rows.append(row)
    return np.array(rows)


def median_lab(image: np.ndarray) -> np.ndarray:
    return lab_from_srgb(np.median(image.reshape(-1, 3), 0))


def color_hits(images: np.ndarray, recipes: list[Recipe], references: np.ndarray) -> float:
    """Share of pictures whose median colour is nearest to the asked colour, as the generator draws this material."""
    hits = []
    for image, recipe, row in zip(images, recipes, references):
        nearest = COLORS[int(np.linalg.norm(row - median_lab(image / 255.0), axis=1).argmin())]
        hits.append(nearest == recipe.color)
    return float(np.mean(hits))


def kernel_distance(a: torch.Tensor, b: torch.Tensor) -> float:
    """Unbiased squared MMD with the cubic kernel (Binkowski et al. 2018, arXiv:1801.01401)."""

    def kernel(x, y):
        return (x @ y.T / x.shape[1] + 1) ** 3

    m, n = len(a), len(b)
    aa, bb = kernel(a, a), kernel(b, b)
    return float(
        (aa.sum() - aa.trace()) / (m * (m - 1)) + (bb.sum() - bb.trace()) / (n * (n - 1)) - 2 * kernel(a, b).mean()
    )


def nearest_neighbours(prompts: list[str], seed: int) -> np.ndarray:
    """For each prompt the generator picture whose caption shares most words with it."""
    rng = np.random.default_rng(seed)
    known = [draw_recipe(rng, TAUGHT[i % len(TAUGHT)]) for i in range(4000)]
    words = [set(describe(recipe).split()) for recipe in known]
    best = [max(range(len(known)), key=lambda i: (len(asked & words[i]) / len(asked | words[i]), -i))
            for asked in (set(prompt.split()) for prompt in prompts)]  # fmt: skip
    return np.stack([to_bytes(light(draw(known[i], TILE))) for i in best])


def contact_sheet(images: list[np.ndarray], prompts: list[str], path: Path, columns: int = 8) -> None:
    side = images[0].shape[0]
    rows = (len(images) + columns - 1) // columns
    sheet = Image.new("RGB", (columns * (side + 4), rows * (side + 18)), "white")
    pen = ImageDraw.Draw(sheet)
    for i, (image, prompt) in enumerate(zip(images, prompts)):
        x, y = i % columns * (side + 4), i // columns * (side + 18)
        sheet.paste(Image.fromarray(to_bytes(image)), (x, y))
        pen.text((x + 2, y + side + 2), prompt[:42], fill="black")
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, quality=88)


def append_row(path: Path, result: dict) -> None:
    """The measures against training time: one line for each release that was measured."""
    new = not path.exists()
    with path.open("a") as log:
        if new:
            log.write(",".join(LOGGED) + "\n")
        log.write(",".join(f"{result[key]:.8g}" for key in LOGGED) + "\n")


def reconstruct(vae, images: np.ndarray) -> np.ndarray:
    """Pictures as the autoencoder gives them back: as sharp as the model can be at most."""

    def there_and_back(x: torch.Tensor) -> torch.Tensor:
        return vae.decode(vae.encode(x).latents).sample

    with wrap_around((vae,)):
        return to_bytes(in_batches(there_and_back, images).permute(0, 2, 3, 1).numpy() / 2 + 0.5)


def measure_pictures(model, judge: Judge, seeds: int) -> tuple[dict, list[str]]:
    """Everything that is read off native tiles; and the prompts."""
    rng = np.random.default_rng(7_000_000)
    recipes = [draw_recipe(rng, TAUGHT[i % len(TAUGHT)]) for i in rng.permutation(PROMPTS)]
    prompts = [describe(recipe) for recipe in recipes]
    held_out, held_recipes = draw_set(6_000_000, 2000)
    own = [np.stack([to_bytes(light(draw(replace(r, seed=r.seed + 1 + s), TILE))) for r in recipes]) for s in range(2)]
    began = time.perf_counter()
    runs = [generate_tiles(model.pipeline, prompts, s, model.card.guidance) for s in range(seeds)]
    seconds = (time.perf_counter() - began) / (PROMPTS * seeds)

    targets = classes(recipes)
    found = torch.stack([verdicts(judge, tiles) for tiles in runs])
    right = (found == targets).float()
    hits = right.mean(1).numpy()
    spread = STUDENT[min(seeds, 10) - 2] * float(hits.std(ddof=1)) / seeds**0.5 if seeds > 1 else float("nan")
    by_prompt = right.mean(0).numpy()
    drawn = np.random.default_rng(0).integers(0, PROMPTS, (2000, PROMPTS))
    low, high = np.quantile(by_prompt[drawn].mean(1), (0.025, 0.975))
    held_found = verdicts(judge, held_out)
    remade_found = verdicts(judge, reconstruct(model.pipeline.vae, held_out[:RECONSTRUCTED]))
    held_targets = classes(held_recipes)
    plain = [
        i for i, r in enumerate(recipes) if MATERIALS[r.material].tinted and r.wear == "none" and r.tone == "plain"
    ]
    asked = [recipes[i] for i in plain]
    references = color_references(asked)

    target = in_batches(judge.features, held_out)
    center, scale = target.mean(0), target.std(0) + 1e-3  # Else a few large features decide all.
    target = (target - center) / scale
    samples = [in_batches(judge.features, tiles) for tiles in runs]
    found_near = np.concatenate([nearest_neighbours(prompts, 8_000_000 + s) for s in range(seeds)])
    remade = in_batches(judge.features, reconstruct(model.pipeline.vae, found_near))
    baseline = kernel_distance((remade - center) / scale, target)
    kid = kernel_distance((torch.cat(samples) - center) / scale, target)
    own_features = [in_batches(judge.features, tiles) for tiles in own]
    own_distance = float((own_features[0] - own_features[1]).norm(dim=1).mean())
    distances = [float((a - b).norm(dim=1).mean()) for a, b in pairwise(samples)]
    return {
        "class_accuracy": float(hits.mean()),
        "class_accuracy_interval": [float(hits.mean()) - spread, float(hits.mean()) + spread],
        "class_accuracy_interval_over_prompts": [float(low), float(high)],
        "class_accuracy_of_judge_on_generator": share(held_found == held_targets),
        "class_accuracy_of_judge_on_reconstructions": share(remade_found == held_targets[:RECONSTRUCTED]),
        "confusions_of_judge_on_generator": confusions(held_targets, held_found, 6),
        "confusions_of_judge_on_reconstructions": confusions(held_targets[:RECONSTRUCTED], remade_found, 6),
        "confusions_of_model": confusions(targets.repeat(seeds), found.flatten()),
        "class_accuracy_by_material": {
            name: round(float(right[:, targets == i].mean()), 2) for i, name in enumerate(TAUGHT)
        },
        "colour_accuracy": float(np.mean([color_hits(tiles[plain], asked, references) for tiles in runs])),
        "colour_accuracy_of_generator": color_hits(own[0][plain], asked, references),
        "seam_rank_p95": float(np.quantile([seam_rank(tile) for tiles in runs for tile in tiles], 0.95)),
        "seam_rank_p95_of_generator": float(np.quantile([seam_rank(tile) for tile in held_out], 0.95)),
        "kid_ratio": kid / baseline if baseline > 0 else float("nan"),  # As near as the data is to itself.
        "kid": kid,
        "kid_of_baseline": baseline,
        "diversity": float(np.mean(distances)) / own_distance if distances else None,
        "seconds_per_tile_in_batches": seconds,
        "prompts": PROMPTS,
        "seeds": seeds,
        "samples": PROMPTS * seeds,
        "materials": len(TAUGHT),
    }, prompts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=BUILT_IN)
    parser.add_argument("--seeds", type=int, default=5, choices=range(1, 11), metavar="N",
                        help="pictures for each of the 200 prompts (default: %(default)s)")  # fmt: skip
    parser.add_argument("--judge-only", action="store_true", help="train the judge and stop")
    parser.add_argument(
        "--log", type=Path, help="append the measures to this CSV (ai/training/default/logs/measures.csv)"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=ROOT / "tests" / "out")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    judge = load_judge(options.out)
    if options.judge_only:
        return
    model = load_model(options.model)
    result, prompts = measure_pictures(model, judge, options.seeds)

    torch.set_num_threads(2)
    times = []
    for seed in range(4):
        began = time.perf_counter()
        run(generate(TextureSettings("red brick wall", width=256, height=256, steps=STEPS, seed=seed), model))
        times.append(time.perf_counter() - began)
    result |= {
        "seconds_per_image": min(times[1:]),
        "bytes": sum(p.stat().st_size for p in options.model.rglob("*") if p.is_file()),
        "trained_minutes": model.card.trained_minutes,
        "trained_samples": model.card.trained_samples,
    }
    shown = [TextureSettings(prompt, width=256, height=256, steps=STEPS) for prompt in prompts[:48]]
    contact_sheet([run(generate(s, model))[0].image for s in shown], prompts, options.out / "default-model-contact.jpg")
    (options.out / "bench-default-model.json").write_text(json.dumps(result, indent=1) + "\n")
    if options.log:
        append_row(options.log, result)
    for key, value in result.items():
        print(f"{key:45} {f'{value:.4g}' if isinstance(value, float) else value!s:60} {AIMS.get(key, '')}".rstrip())


if __name__ == "__main__":
    main()
