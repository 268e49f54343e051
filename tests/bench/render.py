"""What profiles and tuning cost and are worth, and how fast views by Ada Realtime are.

    make bench ONLY=render [ARGS="--part profiles --scenes product night"]

Also what a redraw without changes costs in the real program's viewport, where that is to be had (a test plays it).

Processor time, Cycles on one thread: other programs on the machine then count for less. Every render is kept under
tests/out/bench/ and read from there the next time; tests/out/bench-render.json is written after each scene.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "tests" / "out" / "bench-render.json"
SEEDS = (1, 2, 3)
TUNER = ("tune.py", "tune_pairs.py", "tune_noise.py", "tune_plan.py", "pilots.py", "features.py")  # In render/.
PROFILES = ("default", "article", "tuned", "tuned_default")
sys.path[:0] = [str(ROOT / "tests" / "bench")]
import quality
import realtime_views
import scenes


def load_extension() -> Any:
    spec = importlib.util.spec_from_file_location("ada", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    extension = sys.modules["ada"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(extension)
    return extension


def prepare_article(scene: bpy.types.Scene) -> None:
    from ada.render import profiles

    profiles.apply(scene, 'ARTICLE', "")


def tune(scene: bpy.types.Scene, goal: str) -> None:
    from ada.ai.job import run
    from ada.render import tune

    tune.apply(scene, run(tune.tune(scene, goal)), "")


def measure_profiles(names: list[str], profiles: list[str]) -> dict[str, dict[str, dict[str, float]]]:
    """Medians of the processor seconds, means of PSNR and SSIM, by scene and profile.

    All scenes get one seed before the next begins, and a scene's profiles come one after the other: what else the
    machine does then counts for each alike. The figures are written after each.
    """
    tuner = b"".join((ROOT / "render" / file).read_bytes() for file in TUNER)
    prepared = {
        "default": (lambda scene: None, b""),
        "article": (prepare_article, b""),
        "tuned": (lambda scene: tune(scene, 'ARTICLE'), tuner),
        "tuned_default": (lambda scene: tune(scene, 'DEFAULT'), tuner),
    }
    prepared = {profile: prepared[profile] for profile in PROFILES if profile in profiles}
    truths = {name: quality.displayed(quality.reference(name)) for name in names}
    floors = {name: round(floor, 2) for name in names if (floor := quality.reference_noise(name)) is not None}
    shots: dict[str, dict[str, list[quality.Shot]]] = {name: {profile: [] for profile in prepared} for name in names}
    found: dict[str, dict[str, dict[str, float]]] = {}
    for seed, name in itertools.product(SEEDS, names):
        for profile, (prepare, version) in prepared.items():
            shots[name][profile].append(quality.measure(name, profile, prepare, seed, version))
        found[name] = {profile: _row(taken, truths[name]) for profile, taken in shots[name].items()}
        write(summarize(found) | {"reference_noise_db": floors})
    return found


def _row(shots: list[quality.Shot], truth: np.ndarray) -> dict[str, float]:
    pictures = [quality.displayed(shot.picture) for shot in shots]
    return {
        "seeds": len(shots),
        "seconds": round(statistics.median(shot.seconds for shot in shots), 3),
        "psnr": round(statistics.mean(quality.psnr(picture, truth) for picture in pictures), 3),
        "ssim": round(statistics.mean(quality.ssim(picture, truth) for picture in pictures), 5),
    }


def summarize(found: dict[str, dict[str, dict[str, float]]]) -> dict[str, Any]:
    """The figures of the bars, from the scenes and profiles that are measured."""
    document: dict[str, Any] = {"scenes": found, "measured": "processor seconds, Cycles on one thread, 80 x 60 pixels"}
    pairs = [(tuned, of) for tuned in ("tuned", "tuned_default") for of in ("default", "article")]
    for tuned, of in pairs:
        rows = {name: (row[tuned], row[of]) for name, row in found.items() if tuned in row and of in row}
        if not rows:
            continue
        key = f"{tuned}_vs_{of}"
        document[f"worst_psnr_loss_db_{key}"] = round(max(b["psnr"] - a["psnr"] for a, b in rows.values()), 3)
        document[f"worst_ssim_loss_{key}"] = round(max(b["ssim"] - a["ssim"] for a, b in rows.values()), 5)
        document[f"worst_slowdown_{key}"] = round(max(a["seconds"] / b["seconds"] for a, b in rows.values()), 3)
        inside = [b["seconds"] / a["seconds"] for name, (a, b) in rows.items() if name in scenes.INTERIORS]
        if inside and tuned == "tuned":
            document[f"interior_speedup_vs_{of}_min"] = round(min(inside), 3)
    for name, key in (("psnr_loss_db", "worst_psnr_loss_db"), ("slowdown", "worst_slowdown")):
        own = [document[found] for found in (f"{key}_tuned_vs_article", f"{key}_tuned_vs_default") if found in document]
        if own:
            document[f"worst_{name}"] = max(own)
    return document


def write(document: dict[str, Any]) -> None:
    OUT.parent.mkdir(exist_ok=True)
    kept = json.loads(OUT.read_text(encoding="utf-8")) if OUT.exists() else {}
    part = OUT.with_suffix(".part")
    part.write_text(json.dumps(kept | document, indent=1) + "\n", encoding="utf-8")
    os.replace(part, OUT)


def measure_redraw() -> dict[str, float]:
    """Median milliseconds of Python for a redraw without changes: 100 000 triangles, the real program."""
    test = ROOT / "tests" / "real" / "test_engine.py"
    found = ROOT / "tests" / "out" / "redraw.json"
    found.unlink(missing_ok=True)
    subprocess.run([sys.executable, "-m", "pytest", "-q", str(test)], cwd=ROOT, check=False)
    if not found.exists():
        print("No redraw was measured: the real program is not to be had here")
        return {}
    values = json.loads(found.read_text(encoding="utf-8"))
    return {"redraw_ms_median": values["median_ms"], "redraw_triangles": values["triangles"]}


def print_table(found: dict[str, dict[str, dict[str, float]]]) -> None:
    print(f"{'scene':16}{'profile':15}{'seeds':>6}{'seconds':>9}{'PSNR':>8}{'SSIM':>8}   faster than article, default")
    for name, rows in found.items():
        for profile, row in rows.items():
            ratios = "".join(
                f"{rows[p]['seconds'] / row['seconds']:10.2f}" for p in ("article", "default") if p in rows
            )
            print(
                f"{name:16}{profile:15}{row['seeds']:6}{row['seconds']:9.2f}{row['psnr']:8.2f}{row['ssim']:8.4f}{ratios}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=("profiles", "realtime", "redraw"), help="default: all")
    parser.add_argument("--scenes", nargs="+", choices=list(scenes.SCENES), default=list(scenes.SCENES))
    parser.add_argument("--profiles", nargs="+", choices=PROFILES, default=list(PROFILES))
    parser.add_argument("--views", type=int, default=100, help="by Ada Realtime (default: 100)")
    parser.add_argument("--cycles-views", type=int, default=5, help="by Cycles, whose mean stands for all (default: 5)")
    args = parser.parse_args()
    extension = load_extension()
    if args.part in (None, "profiles"):
        print_table(measure_profiles(args.scenes, args.profiles))
    document: dict[str, Any] = {}
    if args.part in (None, "realtime"):
        extension.register()
        try:
            document |= realtime_views.measure(args.views, args.cycles_views)
        finally:
            extension.unregister()
    if args.part in (None, "redraw"):
        document |= measure_redraw()
    write(document)
    for name, value in document.items():
        print(f"{name:36} {value:.4g}")


main()
