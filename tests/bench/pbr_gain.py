"""PBR maps against the truth: how near estimated heights and normals are, and how far brightness alone would get.

Tiles of the procedural generator, whose relief is known, in two splits: `seen` are materials that the estimator was
trained on, with seeds that it was not (training draws from one stream of seeds, the tiles here from another), and
`held out` are nine materials that training never shows (`samples.HELD_OUT`). Each tile is looked at three times: under
the generator's own lamp, without light, and under a chance lamp as a chance camera sees it. Tiles whose normals lean
less than 1 degree on average are left out: they have no relief to find.

The naive baseline takes luminance as height. Its correlation needs no scale; for its normals it gets the one scale,
0 included, that is best for it on these very tiles. `classical` is what brightness-based tools do: luminance with
the broad light divided out, summed over several widths, likewise scaled.

    height_gain_percent         100 (r / r_naive - 1): by how much the correlation is higher, with r the mean over
                                materials of the Pearson correlation of heights within a tile
    height_gain_percent_harsh   100 (1 - (1 - r) / (1 - r_naive)): by how much the way to a perfect one shrinks
    normal_gain_percent         100 (1 - a / a_naive), with a the mean over materials of the mean angle of normals

These are of the split `seen`, whose tiles are fresh; those of `held out` stand beside them. Writes
tests/out/bench-pbr.json.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
if "ada_forge" not in sys.modules:
    stub = types.ModuleType("ada_forge")
    stub.__path__ = [str(ROOT)]
    sys.modules["ada_forge"] = stub

from ada_forge.ai.job import run
from ada_forge.ai.pbr.border import resize, slopes
from ada_forge.ai.pbr.maps import clear_metal
from ada_forge.ai.pbr.relief import find_relief
from ada_forge.ai.procedural.catalog import MATERIALS
from ada_forge.ai.procedural.light import light
from ada_forge.ai.procedural.light import slopes as true_slopes
from ada_forge.ai.procedural.recipe import Maps
from ada_forge.ai.training.pbr.samples import HELD_OUT, cavities, drawn_tiles, photograph, relight

OUT = ROOT / "tests" / "out"
SEED = 77_000_000
GAINS = ("height_gain_percent", "height_gain_percent_harsh", "normal_gain_percent")
LEAST_TILT = 1.0  # Degrees.
SCALES = np.concatenate([[0.0], np.geomspace(0.25, 64, 25)])  # Heights in pixels of a brightness of 1.


@dataclass
class Tile:
    """One picture with its truth and what each method says of it."""

    material: str
    view: str
    correlation: dict[str, float] = field(default_factory=dict)
    angles: dict[str, Any] = field(default_factory=dict)  # Degrees; of a method that lacks a scale, one for each scale.
    roughness: float = 0.0  # Mean absolute error.
    metallic: float = 0.0


def luminance(picture: np.ndarray) -> np.ndarray:
    return picture @ np.array([0.2126, 0.7152, 0.0722], np.float32)


def classical(picture: np.ndarray) -> np.ndarray:
    """Luminance over its broad mean, as the sum of its differences from means of growing width."""
    y = luminance(picture)
    h, w = y.shape

    def blurred(width: int) -> np.ndarray:
        return resize(resize(y, max(1, h // width), max(1, w // width), (True, True)), h, w, (True, True))

    even = y / (blurred(h // 2) + 0.05)
    return sum((even - blurred(width) / (blurred(h // 2) + 0.05)) * width**0.5 for width in (2, 4, 8, 16, 32))


def angle(a: tuple[np.ndarray, np.ndarray], b: tuple[np.ndarray, np.ndarray]) -> float:
    """Mean angle in degrees between the normals of two pairs of slopes."""
    dot = a[0] * b[0] + a[1] * b[1] + 1
    length = np.sqrt((a[0] ** 2 + a[1] ** 2 + 1) * (b[0] ** 2 + b[1] ** 2 + 1))
    return float(np.degrees(np.arccos(np.clip(dot / length, -1, 1))).mean())


def views(maps: Maps, rng: np.random.Generator) -> dict[str, np.ndarray]:
    dx, dy = true_slopes(maps.height)
    by_chance = relight(maps, dx, dy, rng) * cavities(maps.height, rng)[..., None]
    return {"lamp": light(maps), "unlit": maps.color, "chance": photograph(by_chance, rng)}


def look(material: str, maps: Maps, seed: int) -> list[Tile]:
    """All that is measured of one tile; nothing where it has no relief."""
    truth = true_slopes(maps.height)
    if angle(truth, (np.zeros_like(truth[0]),) * 2) < LEAST_TILT:
        return []
    found = []
    for view, picture in views(maps, np.random.default_rng([SEED, seed])).items():
        tile = Tile(material, view)
        relief = run(find_relief(picture.astype(np.float32), (True, True)))
        tile.correlation["ours"] = correlation(relief.height, maps.height)
        tile.angles["ours"] = angle(slopes(relief.height, (True, True)), truth)
        for name, method in (("naive", luminance), ("classical", classical)):
            height = method(picture)
            tile.correlation[name] = correlation(height, maps.height)
            dx, dy = slopes(height.astype(np.float32), (True, True))
            tile.angles[name] = [angle((dx * scale, dy * scale), truth) for scale in SCALES]
        tile.roughness = float(np.abs(relief.roughness - maps.roughness).mean())
        tile.metallic = float(np.abs(clear_metal(relief.metallic) - maps.metallic).mean())
        found.append(tile)
    return found


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1]) if np.ptp(a) > 0 else 0.0


def summary(tiles: list[Tile]) -> dict[str, Any]:
    """Means over materials, and the gains over the naive baseline."""
    names = sorted({tile.material for tile in tiles})

    def mean(value: Callable[[Tile], Any]) -> Any:
        return np.mean([np.mean([value(t) for t in tiles if t.material == name], 0) for name in names], 0)

    r = {method: float(mean(lambda t, m=method: t.correlation[m])) for method in ("ours", "naive", "classical")}
    degrees = {"ours": float(mean(lambda t: t.angles["ours"]))}
    for method in ("naive", "classical"):
        degrees[method] = float(mean(lambda t, m=method: t.angles[m]).min())
    # A stricter measure: a scale of its own for each picture, which nobody could know.
    own_scale = float(mean(lambda t: min(t.angles["naive"])))
    return {
        "materials": len(names),
        "pictures": len(tiles),
        "r": r,
        "degrees": degrees | {"naive_own_scale": own_scale},
        "height_gain_percent": 100 * (r["ours"] / r["naive"] - 1),
        "height_gain_percent_harsh": 100 * (1 - (1 - r["ours"]) / (1 - r["naive"])),
        "normal_gain_percent": 100 * (1 - degrees["ours"] / degrees["naive"]),
        "normal_gain_percent_own_scale": 100 * (1 - degrees["ours"] / own_scale),
        "roughness_error": float(mean(lambda t: t.roughness)),
        "metallic_error": float(mean(lambda t: t.metallic)),
    }


def measure(each: int = 4, size: int = 256) -> dict[str, Any]:
    """The gains and all that is behind them.

    Args:
        each: tiles of every material; each is looked at three times.
        size: pixels.
    """
    splits: dict[str, list[Tile]] = {"seen": [], "held out": []}
    for name in MATERIALS:
        for number, (_, maps) in enumerate(drawn_tiles((name,), each, size, SEED)):
            splits["held out" if name in HELD_OUT else "seen"] += look(name, maps, number)
    result: dict[str, Any] = {name: summary(tiles) for name, tiles in splits.items()}
    for view in ("lamp", "unlit", "chance"):
        for name, tiles in splits.items():
            result[f"{name}, {view}"] = summary([tile for tile in tiles if tile.view == view])
    every = splits["seen"] + splits["held out"]
    result["by material"] = {
        name: summary([t for t in every if t.material == name]) for name in sorted({t.material for t in every})
    }
    for key in GAINS:
        result[key] = result["seen"][key]
        result[f"{key}_held_out"] = result["held out"][key]
    return result | {"tiles_of_each_material": each, "size": size}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=4, help="tiles of every material (default: %(default)s)")
    parser.add_argument("--size", type=int, default=256)
    options = parser.parse_args()
    began = time.process_time()
    result = measure(options.each, options.size) | {"processor_seconds": 0.0}
    result["processor_seconds"] = time.process_time() - began
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "bench-pbr.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(
        f"{'':24}{'r':>7}{'naive':>7}{'class.':>7}{'deg':>7}{'naive':>7}{'class.':>7}{'own':>7}{'rough':>7}{'metal':>7}"
    )
    rows = {k: v for k, v in result.items() if isinstance(v, dict) and "r" in v} | result["by material"]
    for name, row in rows.items():
        r, d = row["r"], row["degrees"]
        cells = (r["ours"], r["naive"], r["classical"], d["ours"], d["naive"], d["classical"], d["naive_own_scale"])
        mark = " *" if name in HELD_OUT else ""
        print(
            f"{name + mark:24}" + "".join(f"{x:7.2f}" for x in (*cells, row["roughness_error"], row["metallic_error"]))
        )
    for key in (*GAINS, *(f"{key}_held_out" for key in GAINS), "processor_seconds"):
        print(f"{key:40}{result[key]:8.1f}")


if __name__ == "__main__":
    main()
