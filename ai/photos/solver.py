"""COLMAP's incremental structure from motion, in a process of its own: it can be killed, and its crashes stay its own.

`main` reads a task as one line of JSON from stdin and writes what it does as lines of JSON to stdout.

Source: Schoenberger & Frahm, "Structure-from-Motion Revisited", CVPR 2016; pycolmap.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from . import pairs

PHOTOS_AT_ONCE = 6  # Between two reports.
PAIRS_AT_ONCE = 40
PAIR = 2147483647  # COLMAP's number of a pair is this times the first photo's and the second's.
FEATURES = 4096  # In one photo, at most.
PLANAR = (4, 5, 6)  # COLMAP's numbers for pairs that a homography explains: a plane, or a camera that only turned.
TURNED = 0.03  # Of a homography's deviation from a rotation, below which the camera only turned.


def main() -> None:
    """Do the task; the model is written into `task["folder"]/sparse`."""
    task = json.loads(sys.stdin.readline())
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # What COLMAP prints goes to the log.
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _solve(task, out)


def _end_with_parent() -> None:
    """The parent closes our stdin when it ends, however that happens."""
    sys.stdin.read()
    os._exit(3)


def _say(out: TextIO, stage: str, **values: Any) -> None:
    out.write(json.dumps({"stage": stage, **values}) + "\n")


def _solve(task: dict[str, Any], out: TextIO) -> None:
    import pycolmap

    folder = Path(task["folder"])
    database = folder / "database.db"
    pycolmap.set_random_seed(task["seed"])
    _find_features(pycolmap, task, database, out)
    _match(pycolmap, task, database, out)
    matched, turning = _count_matches(database)
    _say(out, "matched", pairs=matched, turning=turning)
    options = pycolmap.IncrementalPipelineOptions()
    options.num_threads = task["threads"]
    options.min_model_size = 3
    options.max_num_models = 5
    options.ba_use_gpu = False
    if hasattr(options, "random_seed"):
        options.random_seed = task["seed"]
    total, placed = sum(len(group["names"]) for group in task["groups"]), [1]

    def first() -> None:
        placed[0] = 2
        _say(out, "cameras", done=2, total=total)

    def following() -> None:
        placed[0] += 1
        _say(out, "cameras", done=placed[0], total=total)

    (folder / "sparse").mkdir()
    models = pycolmap.incremental_mapping(
        database, folder / "images", folder / "sparse", options=options,
        initial_image_pair_callback=first, next_image_callback=following,
    )  # fmt: skip
    if models:
        best = max(models, key=lambda key: models[key].num_reg_images())
        error = float(models[best].compute_mean_reprojection_error())
        sizes = sorted((model.num_reg_images() for model in models.values()), reverse=True)
        (folder / "model").mkdir()
        models[best].write_binary(str(folder / "model"))
        _say(out, "done", error=error, sizes=sizes)
    else:
        _say(out, "done", error=0.0, sizes=[])


def _find_features(pycolmap: Any, task: dict[str, Any], database: Path, out: TextIO) -> None:
    features = pycolmap.FeatureExtractionOptions()
    features.num_threads = task["threads"]
    features.use_gpu = False
    features.sift.max_num_features = FEATURES
    done, total = 0, sum(len(group["names"]) for group in task["groups"])
    for number, group in enumerate(task["groups"], 1):
        for first in range(0, len(group["names"]), PHOTOS_AT_ONCE):
            names = group["names"][first : first + PHOTOS_AT_ONCE]
            reader = pycolmap.ImageReaderOptions()
            reader.camera_model = group["model"]
            reader.camera_params = group["params"]
            if first:
                reader.existing_camera_id = number
            if task["masks"]:
                reader.mask_path = str(Path(task["folder"]) / "masks")
            pycolmap.extract_features(
                database, Path(task["folder"]) / "images", image_names=names, camera_mode=pycolmap.CameraMode.SINGLE,
                reader_options=reader, extraction_options=features,
            )  # fmt: skip
            done += len(names)
            _say(out, "features", done=done, total=total)


def _match(pycolmap: Any, task: dict[str, Any], database: Path, out: TextIO) -> None:
    names = sorted(name for group in task["groups"] for name in group["names"])
    similar = _similar(database, names, task["seed"]) if pairs.needs_similar(len(names), task["matching"]) else None
    chosen = pairs.choose_pairs(len(names), task["matching"], similar)
    matching = pycolmap.FeatureMatchingOptions()
    matching.num_threads = task["threads"]
    matching.use_gpu = False
    listing = Path(task["folder"]) / "pairs.txt"
    pairing = pycolmap.ImportedPairingOptions()
    pairing.match_list_path = str(listing)
    for first in range(0, len(chosen), PAIRS_AT_ONCE):
        block = chosen[first : first + PAIRS_AT_ONCE]
        listing.write_text("".join(f"{names[i]} {names[j]}\n" for i, j in block), encoding="utf-8")
        pycolmap.match_image_pairs(database, matching_options=matching, pairing_options=pairing)
        _say(out, "pairs", done=first + len(block), total=len(chosen))


def _similar(database: Path, names: list[str], seed: int) -> np.ndarray:
    """The photos most like each by their features, read from COLMAP's database one after another."""
    random = np.random.default_rng(seed)
    with closing(sqlite3.connect(database)) as connection:
        numbers = dict(connection.execute("SELECT name, image_id FROM images").fetchall())

        def sample(name: str, most: int) -> np.ndarray:
            row = connection.execute(
                "SELECT rows, cols, data FROM descriptors WHERE image_id = ?", (numbers.get(name, -1),)
            ).fetchone()
            if row is None or not row[0]:
                return np.zeros((0, 128), np.uint8)
            rows = np.frombuffer(row[2], np.uint8).reshape(row[0], -1)[:, :128]
            return rows if len(rows) <= most else rows[np.sort(random.choice(len(rows), most, replace=False))]

        some = names[:: max(1, len(names) // 200)]
        learned = np.concatenate([sample(name, 100) for name in some])
        if not len(learned):
            return np.zeros((len(names), 0), np.int64)
        centers = pairs.learn_clusters(learned, seed)
        vectors = np.stack([pairs.describe(sample(name, pairs.SAMPLE), centers) for name in names])
    return pairs.most_similar(vectors)


def _count_matches(database: Path) -> tuple[int, int]:
    """How many pairs of photos see the same, and in how many of them the camera only turned."""
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT pair_id, config, H FROM two_view_geometries WHERE rows >= 15").fetchall()
        sizes = dict(
            (number, (width, height))
            for number, width, height in connection.execute(
                "SELECT images.image_id, width, height FROM images JOIN cameras USING (camera_id)"
            )
        )
    planar = [
        (np.frombuffer(blob, np.float64).reshape(3, 3), sizes[pair // PAIR], sizes[pair % PAIR])
        for pair, config, blob in rows
        if config in PLANAR and blob
    ]
    return len(rows), count_turned(planar)


Size = tuple[int, int]


def count_turned(pairs_: list[tuple[np.ndarray, Size, Size]]) -> int:
    """How many homographies are those of a camera that only turned.

    Such a one is K2 R K1^-1; the focal length, unknown, is that at which most of them come nearest to a rotation.

    Args:
        pairs_: of each pair the homography (3, 3) of pixels and the sizes of both images.

    Source: Hartley & Zisserman, "Multiple View Geometry", 2nd ed., sec. 8.4.
    """
    if not pairs_:
        return 0
    apart = np.empty((48, len(pairs_)))
    for row, focal in zip(apart, np.geomspace(0.4, 6.0, len(apart))):
        for number, (homography, one, other) in enumerate(pairs_):
            turn = np.linalg.inv(_calibration(other, focal)) @ homography @ _calibration(one, focal)
            turn /= np.cbrt(np.linalg.det(turn)) or 1.0
            row[number] = np.abs(turn.T @ turn - np.eye(3)).max()
    best = apart[np.median(apart, axis=1).argmin()]
    return int((best < TURNED).sum())


def _calibration(size: Size, focal: float) -> np.ndarray:
    width, height = size
    return np.array([[focal * max(size), 0, width / 2], [0, focal * max(size), height / 2], [0, 0, 1.0]])
