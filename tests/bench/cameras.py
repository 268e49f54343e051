"""How well cameras are found: 20 photos of the fox at 640 pixels, against the poses that come with them.

    make bench ONLY=cameras [ARGS="--photos 20 --size 640 --threads 2"]

Prints a table and writes tests/out/bench-cameras.json.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
import types
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "tests" / "out"


def align(found: np.ndarray, truth: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Scale, rotation and shift that carry points (n, 3) nearest to others.

    Source: Umeyama, "Least-squares estimation of transformation parameters", PAMI 1991.
    """
    a, b = found - found.mean(0), truth - truth.mean(0)
    u, values, v = np.linalg.svd(b.T @ a)
    sign = np.diag([1, 1, np.sign(np.linalg.det(u @ v))])
    turn = u @ sign @ v
    scale = float((values * np.diag(sign)).sum() / (a * a).sum())
    return scale, turn, truth.mean(0) - scale * turn @ found.mean(0)


def reduce_photos(source: Path, target: Path, count: int, size: int) -> list[str]:
    files = sorted(path for path in (source / "images").iterdir() if path.suffix == ".jpg")
    chosen = [files[round(place)] for place in np.linspace(0, len(files) - 1, min(count, len(files)))]
    for file in chosen:
        image = Image.open(file)
        image.thumbnail((size, size), Image.Resampling.LANCZOS)
        image.save(target / file.name, quality=95)
    return [file.name for file in chosen]


def measure(source: Path, count: int, size: int, threads: int) -> dict[str, Any]:
    from ada_forge.ai.job import run
    from ada_forge.ai.photos.cameras import find_cameras
    from ada_forge.ai.photos.settings import CameraSettings

    frames = json.loads((source / "transforms.json").read_text())["frames"]
    truth = {Path(frame["file_path"]).name: np.array(frame["transform_matrix"]) for frame in frames}
    with tempfile.TemporaryDirectory() as place:
        names = reduce_photos(source, Path(place), count, size)
        start, before = time.monotonic(), os.times()
        result = run(find_cameras(Path(place), None, CameraSettings(threads=threads)))
        seconds, after = time.monotonic() - start, os.times()
    found = {image.name: camera.pose for image, camera in zip(result.images, result.cameras)}
    both = [name for name in names if name in found]
    ours, theirs = (np.stack([poses[name] for name in both]) for poses in (found, truth))
    scale, turn, shift = align(ours[:, :3, 3], theirs[:, :3, 3])
    apart = np.linalg.norm(scale * ours[:, :3, 3] @ turn.T + shift - theirs[:, :3, 3], axis=1)
    centers = np.stack([truth[name] for name in names])[:, :3, 3]
    extent = float(np.linalg.norm(np.ptp(centers, axis=0)))
    between = np.einsum("nji,njk->nik", turn @ ours[:, :3, :3], theirs[:, :3, :3])
    angles = np.degrees(np.arccos(np.clip((np.trace(between, axis1=1, axis2=2) - 1) / 2, -1, 1)))
    return {
        "photos": len(names),
        "registered": len(both),
        "center_percent_mean": round(100 * float(apart.mean()) / extent, 4),
        "center_percent_worst": round(100 * float(apart.max()) / extent, 4),
        "degrees_mean": round(float(angles.mean()), 3),
        "reprojection_pixels": result.error_pixels,
        "points": len(result.points),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(sum(after[:4]) - sum(before[:4]), 1),
        "threads": threads,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the search for cameras on the fox photos.")
    parser.add_argument("--photos", type=int, default=20)
    parser.add_argument("--size", type=int, default=640, help="longest side in pixels")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    stub = types.ModuleType("ada_forge")
    stub.__path__ = [str(ROOT)]
    sys.modules["ada_forge"] = stub
    source = Path(os.environ.get("ADA_SHARED", ROOT.parent / "shared")) / "data" / "fox"
    OUT.mkdir(exist_ok=True)
    if source.is_dir():
        figures = measure(source, options.photos, options.size, options.threads)
        for name, value in figures.items():
            print(f"{name:<24}{value}")
    else:
        figures = {"null": f"{source} is absent; set ADA_SHARED to the folder that holds data/fox"}
        print(figures["null"])
    (OUT / "bench-cameras.json").write_text(json.dumps({"cameras": {"fox": figures}}, indent=1))


if __name__ == "__main__":
    main()
