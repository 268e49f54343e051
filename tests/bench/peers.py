"""What our field is measured against: the probe, a tensorial field, the classic network, and the hull alone.

Each gives a mesh in the world, its PSNR on the test views over white (None where it draws none) and the seconds of
the processor that it took.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorf
import torch
from ada_forge.ai.job import run
from ada_forge.ai.mesh import Mesh
from ada_forge.ai.nerf.cameras import cast_rays, pixel_centers
from ada_forge.ai.nerf.classic import ClassicField
from ada_forge.ai.nerf.dataset import Dataset, View, load
from ada_forge.ai.nerf.hull import Box, find_hull
from ada_forge.ai.nerf.metrics import psnr_of
from ada_forge.ai.nerf.pool import RayPool
from ada_forge.ai.nerf.settings import ReconstructSettings
from ada_forge.ai.nerf.surface import extract_mesh

SHARED = Path(os.environ.get("ADA_SHARED", Path(__file__).resolve().parents[3] / "shared"))
PROBE_ARGUMENTS = ["--iters", "1600", "--threads", "1", "--lap", "0.1", "--mask", "0.1", "--frac", "0.35,0.7"]
MIN_PART = 0.02  # As our own settings have it.
HULL_RESOLUTION = 64
MESH_RESOLUTION = 160
TENSOR_LEVELS = 3.0, 10.0, 30.0  # Of the density at the surface; the best for its Chamfer distance counts.
CLASSIC_RAYS, CLASSIC_RESOLUTION, CLASSIC_PIXELS = 64, 64, 1500

# The probe asks trimesh for nothing but a place to put its mesh.
PROBE_RUNNER = """
import runpy, sys, types
import numpy as np
class Trimesh:
    def __init__(self, vertices, faces, process):
        self.vertices, self.faces = vertices, faces
    def export(self, path):
        np.savez(path + ".npz", vertices=self.vertices, faces=self.faces)
sys.modules["trimesh"] = types.SimpleNamespace(Trimesh=Trimesh)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


class Measured(NamedTuple):
    """One method on one object."""

    mesh: Mesh
    psnr: float | None
    seconds: float


def grey(points: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """No colours: the metrics know only places."""
    return np.zeros_like(points)


def hull(folder: Path) -> Measured:
    """The carved hull alone."""
    start = time.process_time()
    carved = run(find_hull(load(folder).train, HULL_RESOLUTION))
    mesh = run(extract_mesh(carved.sdf, carved.spacing, carved.box, grey, MIN_PART))
    return Measured(mesh, None, time.process_time() - start)


def probe(folder: Path) -> Measured:
    """The probe of the study, as it was quoted there, in a process of its own; its training time alone counts.

    Raises:
        FileNotFoundError: it is not on this machine.
    """
    script = SHARED / "prototypes" / "sdf" / "proto_sdf.py"
    if not script.is_file():
        raise FileNotFoundError(f"{script} is absent; set ADA_SHARED to the folder that holds it")
    with tempfile.TemporaryDirectory() as out:
        done = subprocess.run(
            [sys.executable, "-c", PROBE_RUNNER, script, folder, out, *PROBE_ARGUMENTS],
            check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        stored = np.load(Path(out) / "mesh.ply.npz")
        # Marching cubes of scikit-image and the probe's turned faces: outward.
        mesh = Mesh(stored["vertices"].astype(np.float32), stored["faces"].astype(np.int32))
    seconds, psnr = re.findall(r"TIMED it \d+ +t ([\d.]+) s.*?psnr ([\d.]+)", done.stdout)[-1]
    return Measured(mesh, float(psnr), float(seconds))


def rays_of(views: list[View]) -> tensorf.Rays:
    """All pixels of photographs as rays; what is cut out stands on white."""
    parts: list[list[np.ndarray]] = [[], [], []]
    for view in views:
        directions = cast_rays(view.camera, pixel_centers(view.camera))
        rgba = view.rgba.reshape(-1, 4) / 255.0
        colors = rgba[:, :3] * rgba[:, 3:] + 1 - rgba[:, 3:]
        for part, value in zip(parts, (np.broadcast_to(view.camera.center(), directions.shape), directions, colors)):
            part.append(value.astype(np.float32))
    return tensorf.Rays(*(torch.from_numpy(np.concatenate(part)) for part in parts))


def draw(field: tensorf.TensorVM, view: View) -> np.ndarray:
    """A view as the tensorial field sees it, (h, w, 3)."""
    rays = rays_of([view])
    with torch.no_grad():
        parts = [field.render(rays[part], False) for part in torch.arange(len(rays.colors)).split(2048)]
    return torch.cat(parts).clamp(0, 1).numpy().reshape(*view.rgba.shape[:2], 3)


def tensor_mesh(field: tensorf.TensorVM, level: float) -> Mesh:
    """The surface of a tensorial field at a density; its box may be of any shape."""
    low, high = field.low.numpy().astype(np.float64), field.high.numpy().astype(np.float64)
    box = Box((low + high) / 2, high - low, np.eye(3))
    spacing = 2 / (MESH_RESOLUTION - 1)
    shape = [int(np.ceil(2 * side / spacing - 1e-6)) + 1 for side in box.half]
    density = field.grid(shape).numpy()
    return run(extract_mesh((level - density).astype(np.float32), spacing, box, grey, MIN_PART))


def tensorial(folder: Path, seconds: float) -> tuple[list[Mesh], float, float]:
    """TensoRF in so many seconds: its meshes at several levels, PSNR and seconds."""
    torch.manual_seed(0)
    dataset = load(folder)
    side = torch.full((3,), 1.5)  # The box of the synthetic scenes, in the paper's configurations.
    field = tensorf.TensorVM(-side, side, white=True)
    start = time.process_time()
    tensorf.fit(rays_of(dataset.train), field, seconds)
    spent = time.process_time() - start
    scores = []
    for view in dataset.test:
        target = rays_of([view]).colors.numpy().reshape(*view.rgba.shape[:2], 3)
        scores.append(psnr_of(float(np.square(draw(field, view) - target).mean())))
    meshes = [tensor_mesh(field, level) for level in TENSOR_LEVELS if (field.grid([48] * 3) > level).any()]
    return meshes, float(np.mean(scores)), spent


def classic(folder: Path, seconds: float) -> Measured:
    """The network of NeRF 2020 at its full width in so many seconds, which on one thread is a few hundred steps.

    Its PSNR is that of pixels drawn from all test views; to draw the whole views would take longer than to learn.
    """
    dataset = load(folder)
    settings = ReconstructSettings(field='CLASSIC', seed=0)
    device, generator = torch.device("cpu"), torch.Generator().manual_seed(0)
    start = time.process_time()
    carved = run(find_hull(dataset.train, HULL_RESOLUTION))
    field, pool = ClassicField(settings, device, generator), RayPool(device)
    run(field.start(carved))
    run(pool.fill(dataset.train, carved.box, field.spans, None, 4_000_000, 0))
    while (spent := time.process_time() - start) < seconds:
        batch = pool.draw(CLASSIC_RAYS, generator)
        pool.note(batch, run(field.train(batch, pool, spent / seconds)))
    spent = time.process_time() - start
    psnr = _score_pixels(field, carved.box, dataset)
    distance, spacing = run(field.distances(CLASSIC_RESOLUTION))
    return Measured(run(extract_mesh(distance, spacing, carved.box, grey, MIN_PART)), psnr, spent)


def _score_pixels(field: ClassicField, box: Box, dataset: Dataset) -> float:
    rays = rays_of(dataset.test)
    chosen = rays[torch.randperm(len(rays.colors), generator=torch.Generator().manual_seed(0))[:CLASSIC_PIXELS]]
    origins, directions = box.to_local(chosen.origins.numpy()), box.directions_to_local(chosen.directions.numpy())
    drawn = run(field.render(*(torch.from_numpy(value.astype(np.float32)) for value in (origins, directions))))
    shown = drawn.color + (1 - drawn.opacity)[:, None]
    return psnr_of(float((shown.clamp(0, 1) - chosen.colors).square().mean()))


def ours(source: Dataset | Path, changes: dict[str, Any]) -> tuple[Any, float]:
    """Our reconstruction and its seconds, without those of its score, which is no part of the work."""
    from ada_forge.ai.nerf.train import reconstruct

    settings = ReconstructSettings.from_preset(
        'NORMAL', **{"device": 'CPU', "threads": 1, "preview_seconds": 0.0, **changes}
    )
    marks: list[float] = []

    def watch(progress: Any) -> None:
        if not marks and progress.message == "Drawing {name}":
            marks.append(time.process_time())

    start = time.process_time()
    result = run(reconstruct(source, settings), watch)
    return result, (marks[0] if marks else time.process_time()) - start
