"""How good and how fast a reconstruction is, on objects whose truth is known. One thread, processor time.

    make bench ONLY=reconstruct [ARGS="--objects suzanne100 thin100 --methods ours probe --set steps=800"]

Measures objects by methods, then what stands beside the table: the speed against the probe, photos without masks, the
textured mesh as Blender shows it, and the fox. What was measured is kept in tests/out/bench-reconstruct.json at once,
so that a long bench can be run in several sittings: only what is asked for is measured again. Needs the bpy wheel for
the data, which is kept in tests/out/bench; the probe and the fox need the outside data (ADA_SHARED).
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", OMP_WAIT_POLICY="PASSIVE")

import argparse
import json
import subprocess
import sys
import types
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "tests" / "out"
REPORT = OUT / "bench-reconstruct.json"
NAMES = [f"{name}{size}" for size in (100, 200) for name in ("suzanne", "thin", "cavity", "glossy", "parts")]
METHODS = ["ours", "probe", "tensorial", "classic", "hull"]
EXTRAS = ["speedup", "no_alpha", "textured", "fox"]
COLUMNS = ["psnr", "chamfer_percent", "f_0_25", "f_0_5", "f_1", "normal", "components", "seconds"]
LADDER = (300, 450, 650, 900, 1200, 1600, 2000)  # Steps of ours at which the probe's figures are looked for.
SEEDS = (0, 1, 2)
NOT_MEASURED = "not measured yet"


def absent(reason: str) -> dict[str, str]:
    return {"null": reason}


def dataset(name: str, textured: bool = False) -> Path:
    """Render an object in a process of its own, once."""
    stem, size = name.rstrip("0123456789"), name.lstrip("abcdefghijklmnopqrstuvwxyz")
    folder = OUT / "bench" / (f"{name}_scene" if textured else name)
    if not (folder / "truth.npz").exists():
        script = Path(__file__).with_name("objects.py")
        more = ["--textured"] if textured else []
        subprocess.run(
            [sys.executable, script, folder.parent, "--names", stem, "--size", size, *more],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    return folder


def judge(folder: Path, mesh: Any, psnr: float | None, seconds: float) -> dict[str, float | None]:
    """One row of the table. Only what the training cameras see of each surface counts."""
    import numpy as np
    from ada_forge.ai.mesh import Mesh
    from ada_forge.ai.nerf.dataset import read_frames
    from ada_forge.ai.nerf.metrics import compare_meshes, count_parts, is_watertight

    stored = np.load(folder / "truth.npz")
    truth = Mesh(stored["vertices"], stored["faces"])
    centers = np.stack([frame.camera.center() for frame in read_frames(folder / "transforms_train.json")])
    quality = compare_meshes(mesh, truth, centers)
    found = {"psnr": psnr, **quality, "components": count_parts(mesh), "seconds": seconds}
    row: dict[str, float | None] = {key: None if value is None else round(value, 4) for key, value in found.items()}
    return row | {"watertight": is_watertight(mesh)}


def measure(folder: Path, method: str, changes: dict[str, Any], seconds: float) -> dict[str, Any]:
    """One method on one object; `seconds` is what the peers that run beside ours get."""
    import numpy as np
    import peers

    if method == "ours":
        kept = OUT / "bench" / f"{folder.name}.safetensors"  # Its texture is measured later.
        result, spent = peers.ours(folder, {"checkpoint": str(kept), "checkpoint_seconds": 1e9, **changes})
        np.savez(kept.with_suffix(".npz"), vertices=result.mesh.vertices, faces=result.mesh.faces)
        return judge(folder, result.mesh, result.psnr_test, spent)
    if method == "tensorial":
        meshes, psnr, spent = peers.tensorial(folder, seconds)
        if not meshes:
            return absent("no surface yet after so many seconds") | {"psnr": psnr, "seconds": spent}
        rows = [judge(folder, mesh, psnr, spent) for mesh in meshes]
        return min(rows, key=lambda row: row["chamfer_percent"])
    found = peers.classic(folder, seconds) if method == "classic" else getattr(peers, method)(folder)
    return judge(folder, *found)


def speedup(folder: Path, goal: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """How many times faster than the probe we reach its PSNR and its Chamfer distance; the worst of three seeds."""
    import peers

    worst: dict[str, Any] = {"speedup": None, "runs": []}
    first = 0
    for seed in SEEDS:
        for number in range(first, len(LADDER)):
            result, spent = peers.ours(folder, {**changes, "steps": LADDER[number], "seed": seed})
            row = judge(folder, result.mesh, result.psnr_test, spent)
            reached = row["psnr"] >= goal["psnr"] and row["chamfer_percent"] <= goal["chamfer_percent"]
            worst["runs"].append({"seed": seed, "steps": LADDER[number], "reached": reached, **row})
            if reached:
                break
        else:
            return absent(f"seed {seed} does not reach the probe's figures in {LADDER[-1]} steps") | worst
        first = number
        value = goal["seconds"] / spent
        worst["speedup"] = round(min(value, worst["speedup"] or value), 3)
    return worst


def no_alpha(entry: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The same views before a textured background."""
    import peers

    folder = dataset("suzanne100", textured=True)
    result, spent = peers.ours(folder, changes)
    row = judge(folder, result.mesh, result.psnr_test, spent)
    return row | {"ratio": round(row["chamfer_percent"] / entry["chamfer_percent"], 4)}


class Report:
    """The JSON file, written after each measurement."""

    def __init__(self) -> None:
        kept = json.loads(REPORT.read_text()) if REPORT.is_file() else {}
        self.objects: dict[str, Any] = {
            name: {method: absent(NOT_MEASURED) for method in METHODS} | kept.get("objects", {}).get(name, {})
            for name in NAMES
        }
        self.details: dict[str, Any] = {extra: absent(NOT_MEASURED) for extra in EXTRAS} | kept.get("details", {})

    def need(self, name: str, method: str) -> dict[str, Any] | None:
        """The row, if it was measured."""
        row: dict[str, Any] = self.objects[name][method]
        return row if "chamfer_percent" in row else None

    def save(self) -> None:
        def value(extra: str, key: str) -> Any:
            found = self.details[extra]
            return found if found.get(key) is None else found[key]

        document = {
            "objects": self.objects,
            "speedup_vs_probe": value("speedup", "speedup"),
            "no_alpha_chamfer_ratio": value("no_alpha", "ratio"),
            "textured": self.details["textured"],
            "fox": self.details["fox"],
            "details": self.details,
        }
        part = REPORT.with_suffix(".part")
        part.write_text(json.dumps(document, indent=1))
        os.replace(part, REPORT)


def attempt(action: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What was measured, or null with the reason why it could not be."""
    from ada_forge.ai.errors import AdaError

    try:
        return action()
    except (AdaError, FileNotFoundError, subprocess.CalledProcessError) as error:
        return absent(str(error))


def show(name: str, method: str, row: dict[str, Any]) -> None:
    if "null" in row:
        print(f"{name:<12}{method:<12}{row['null']}", flush=True)
        return
    cells = (row.get(column) for column in COLUMNS)
    print(f"{name:<12}{method:<12}" + "".join(f"{'-' if c is None else c:>16}" for c in cells), flush=True)


def read_changes(pairs: list[str]) -> dict[str, Any]:
    from ada_forge.ai.nerf.settings import ReconstructSettings

    kinds = {field.name: type(field.default) for field in fields(ReconstructSettings)}
    return {key: kinds[key](value) for key, value in (pair.split("=", 1) for pair in pairs)}


def run_extra(extra: str, report: Report, changes: dict[str, Any]) -> dict[str, Any]:
    ours, probe = report.need("suzanne100", "ours"), report.need("suzanne100", "probe")
    if extra == "speedup":
        return speedup(dataset("suzanne100"), probe, changes) if probe else absent("needs suzanne100 by the probe")
    if extra == "no_alpha":
        return no_alpha(ours, changes) if ours else absent("needs suzanne100 by ours")
    if extra == "textured":
        import textured_views

        return textured_views.measure(dataset("suzanne100"), OUT / "bench" / "suzanne100.safetensors", changes)
    import fox

    return fox.measure(changes)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure reconstruction on objects whose truth is known.")
    parser.add_argument("--objects", nargs="*", choices=NAMES, default=NAMES)
    parser.add_argument("--methods", nargs="*", choices=METHODS, default=METHODS)
    parser.add_argument("--extras", nargs="*", choices=EXTRAS, default=EXTRAS)
    parser.add_argument("--missing", action="store_true", help="only what was not measured before")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="settings of our field")
    parser.add_argument("--seconds", type=float, default=120.0, help="of the peers where ours was not measured")
    options = parser.parse_args()
    stub = types.ModuleType("ada_forge")
    stub.__path__ = [str(ROOT)]
    sys.modules["ada_forge"] = stub
    import torch

    torch.set_num_threads(1)
    OUT.mkdir(exist_ok=True)
    report, changes = Report(), read_changes(options.set)
    print(f"{'object':<12}{'method':<12}" + "".join(f"{column:>16}" for column in COLUMNS))
    for name in options.objects:
        for method in options.methods:
            if not (options.missing and report.need(name, method)):
                row = report.need(name, "ours")
                seconds = row["seconds"] if row else options.seconds
                folder = dataset(name)
                report.objects[name][method] = attempt(lambda: measure(folder, method, changes, seconds))  # noqa: B023
                report.save()
            show(name, method, report.objects[name][method])
    for extra in options.extras:
        if not (options.missing and "null" not in report.details[extra]):
            report.details[extra] = attempt(lambda: run_extra(extra, report, changes))  # noqa: B023
            report.save()
        print(extra, json.dumps({k: v for k, v in report.details[extra].items() if k != "runs"}), flush=True)
    report.save()


if __name__ == "__main__":
    main()
