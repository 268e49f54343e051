"""How good and how fast a reconstruction is, on objects whose truth is known. One thread, processor time.

    make bench ONLY=reconstruct [ARGS="--names suzanne thin --set steps=800 --classic"]

Needs the bpy wheel for the data, which is kept in tests/out/bench. Prints a table and writes
tests/out/bench-reconstruct.json.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", OMP_WAIT_POLICY="PASSIVE")

import argparse
import json
import subprocess
import sys
import time
import types
from dataclasses import fields
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "tests" / "out"
NAMES = ["suzanne", "thin", "cavity", "glossy", "parts"]
METHODS = ["ours", "probe", "tensorial", "classic", "hull"]
COLUMNS = ["psnr", "chamfer_percent", "f_0_25", "f_0_5", "f_1", "normal", "components", "seconds"]


def absent(reason: str) -> dict[str, str]:
    return {"null": reason}


def dataset(name: str, size: int) -> Path:
    """Render an object in a process of its own, once."""
    folder = OUT / "bench" / f"{name}{size}"
    if not (folder / "truth.npz").exists():
        script = Path(__file__).with_name("objects.py")
        subprocess.run(
            [sys.executable, script, folder.parent, "--names", name, "--size", str(size)],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    return folder


def judge(folder: Path, mesh: Any, psnr: float | None, seconds: float) -> dict[str, float | None]:
    import numpy as np
    from ada_forge.ai.mesh import Mesh
    from ada_forge.ai.nerf.dataset import read_frames
    from ada_forge.ai.nerf.metrics import compare_meshes, count_parts

    stored = np.load(folder / "truth.npz")
    truth = Mesh(stored["vertices"], stored["faces"])
    frames = read_frames(folder / "transforms_train.json")
    centers = np.stack([frame.camera.center() for frame in frames])
    quality = compare_meshes(mesh, truth, centers)
    found = {"psnr": psnr, **quality, "components": count_parts(mesh), "seconds": seconds}
    return {key: None if value is None else round(value, 4) for key, value in found.items()}


def hull(folder: Path) -> dict[str, float | None]:
    """The carved hull alone, as a mesh."""
    import numpy as np
    from ada_forge.ai.job import run
    from ada_forge.ai.nerf.dataset import load
    from ada_forge.ai.nerf.hull import find_hull
    from ada_forge.ai.nerf.surface import extract_mesh

    start = time.process_time()
    carved = run(find_hull(load(folder).train, 64))
    mesh = run(
        extract_mesh(carved.sdf, carved.spacing, carved.box, lambda points, normals: np.zeros_like(points), 0.02)
    )
    return judge(folder, mesh, None, time.process_time() - start)


def reconstruct(folder: Path, changes: dict[str, Any]) -> dict[str, float | None]:
    from ada_forge.ai.job import run
    from ada_forge.ai.nerf.settings import ReconstructSettings
    from ada_forge.ai.nerf.train import reconstruct as start_job

    settings = ReconstructSettings.from_preset(
        'NORMAL', **{"device": 'CPU', "threads": 1, "preview_seconds": 0.0, **changes}
    )
    start = time.process_time()
    result = run(start_job(folder, settings))
    # What was measured, not what was made: the pictures of the score are no part of the work.
    seconds = time.process_time() - start
    return judge(folder, result.mesh, result.psnr_test, seconds)


def read_changes(pairs: list[str]) -> dict[str, Any]:
    from ada_forge.ai.nerf.settings import ReconstructSettings

    kinds = {field.name: type(field.default) for field in fields(ReconstructSettings)}
    return {key: kinds[key](value) for key, value in (pair.split("=", 1) for pair in pairs)}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure reconstruction on objects whose truth is known.")
    parser.add_argument("--names", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--size", type=int, default=100, help="pixels along a side of the images")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="settings of our field")
    parser.add_argument("--classic", type=int, default=0, metavar="STEPS", help="run the classic field too; it is slow")
    options = parser.parse_args()
    stub = types.ModuleType("ada_forge")
    stub.__path__ = [str(ROOT)]
    sys.modules["ada_forge"] = stub
    OUT.mkdir(exist_ok=True)
    objects: dict[str, Any] = {}
    print(f"{'object':<12}{'method':<10}" + "".join(f"{column:>16}" for column in COLUMNS))
    for name in options.names:
        folder = dataset(name, options.size)
        entry: dict[str, Any] = {method: absent("not written yet") for method in METHODS}
        entry["ours"] = reconstruct(folder, read_changes(options.set))
        entry["hull"] = hull(folder)
        if options.classic:
            entry["classic"] = reconstruct(folder, {"field": 'CLASSIC', "steps": options.classic, "rays": 64})
        else:
            entry["classic"] = absent("not asked for; give --classic STEPS")
        for method in METHODS:
            if "seconds" in entry[method]:
                cells = (entry[method][column] for column in COLUMNS)
                print(f"{folder.name:<12}{method:<10}" + "".join(f"{'-' if c is None else c:>16}" for c in cells))
        sys.stdout.flush()
        objects[folder.name] = entry
    report = {
        "objects": objects,
        "speedup_vs_probe": absent("the probe is not part of the project"),
        "no_alpha_chamfer_ratio": absent("photos without masks are refused in this version"),
        "textured": absent("no texture is made in this version"),
        "fox": absent("photos without masks are refused in this version"),
    }
    (OUT / "bench-reconstruct.json").write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
