"""The fox: 50 photographs before a textured room, every 8th held out, at an eighth of their size.

Ours and TensoRF in the same time. The picture with the held-out photographs, both fields and the mesh alone goes to
tests/out/fox.png.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import peers
import tensorf
import torch
from ada_forge.ai.job import run
from ada_forge.ai.mesh import Mesh
from ada_forge.ai.nerf.cameras import Camera, cast_rays, pixel_centers, project
from ada_forge.ai.nerf.dataset import View, load
from ada_forge.ai.nerf.hull import Box
from ada_forge.ai.nerf.kept import read_field
from ada_forge.ai.nerf.live import nearest_point
from ada_forge.ai.nerf.march import intersect_box
from ada_forge.ai.nerf.metrics import count_parts, psnr_of
from ada_forge.ai.projection.raster import draw_faces
from PIL import Image

OUT = Path(__file__).resolve().parents[1] / "out"
SIZE, HOLDOUT = 240, 8
ROOM = 2.0  # Median distances of the cameras from what they look at: half the side of TensoRF's box.
VARIATION = 0.1  # Of TensoRF's planes, as the authors have it for photographs.


def measure(changes: dict[str, Any]) -> dict[str, Any]:
    """PSNR of the held-out photographs, whole and where their rays meet the crop box."""
    source = peers.SHARED / "data" / "fox"
    if not source.is_dir():
        raise FileNotFoundError(f"{source} is absent; set ADA_SHARED to the folder that holds data/fox")
    field_file = OUT / "bench" / "fox.safetensors"
    settings = {"max_image_size": SIZE, "holdout": HOLDOUT, "checkpoint": str(field_file), **changes}
    result, seconds = peers.ours(source, settings)
    dataset = load(source, SIZE, HOLDOUT)
    kept = run(read_field(field_file, 'CPU'))
    pictures = []
    for number, view in enumerate(dataset.test):
        behind = kept.content.tensors[f"background.{len(dataset.train) + number}"][..., :3].numpy() / 255.0
        drawn = run(kept.model.render(view.camera)).rgba
        pictures.append(drawn[..., :3] + behind * (1 - drawn[..., 3:]))
    ours = score(dataset.test, pictures, kept.content.box)
    ours |= {"seconds": round(seconds, 1), "components": count_parts(result.mesh), "faces": len(result.mesh.faces)}
    field, spent, steps = fit_tensorial(dataset.train, seconds)
    others = [peers.draw(field, view) for view in dataset.test]
    theirs = score(dataset.test, others, kept.content.box) | {"seconds": round(spent, 1), "steps": steps}
    rows = [np.concatenate([view.rgba[..., :3] / 255, a, b, shade(result.mesh, view.camera)], 1)
            for view, a, b in zip(dataset.test, pictures, others)]  # fmt: skip
    sheet = np.concatenate(rows, 0).clip(0, 1) * 255
    Image.fromarray(sheet.round().astype(np.uint8)).save(OUT / "fox.png")
    return {"ours": ours, "tensorial": theirs}


def fit_tensorial(views: list[View], seconds: float) -> tuple[tensorf.TensorVM, float, int]:
    """TensoRF on photographs without masks: its box holds the room."""
    torch.manual_seed(0)
    centers = np.stack([view.camera.center() for view in views])
    middle = nearest_point(centers, np.stack([-view.camera.pose[:3, 2] for view in views]))
    distance = float(np.median(np.linalg.norm(centers - middle, axis=1)))
    place, half = torch.from_numpy(middle).float(), ROOM * distance
    field = tensorf.TensorVM(place - half, place + half, white=False, near=0.1 * distance)
    start = time.process_time()
    steps = tensorf.fit(peers.rays_of(views), field, seconds, VARIATION)
    return field, time.process_time() - start, steps


def score(views: list[View], pictures: list[np.ndarray], box: Box) -> dict[str, Any]:
    """Mean PSNR of whole pictures, and of the pixels whose rays meet the box."""
    whole, inside = [], []
    half = torch.from_numpy(box.half)
    for view, picture in zip(views, pictures):
        error = np.square(picture - view.rgba[..., :3] / 255.0).mean(-1)
        directions = torch.from_numpy(box.directions_to_local(cast_rays(view.camera, pixel_centers(view.camera))))
        origin = torch.from_numpy(box.to_local(view.camera.center())).expand_as(directions)
        start, end = intersect_box(origin, directions, -half, half)
        hit = (end > start).numpy().reshape(error.shape)
        whole.append(psnr_of(float(error.mean())))
        inside.append(psnr_of(float(error[hit].mean())))
    return {"psnr": round(float(np.mean(whole)), 3), "psnr_box": round(float(np.mean(inside)), 3), "views": len(views)}


def shade(mesh: Mesh, camera: Camera) -> np.ndarray:
    """The mesh alone, grey under one light, as a camera sees it, (h, w, 3) in [0, 1]."""
    screen, depth = project(camera, mesh.vertices.astype(np.float64))
    owner, _ = draw_faces(screen, depth, mesh.faces, camera.width, camera.height)
    a, b, c = (mesh.vertices[mesh.faces[:, corner]].astype(np.float64) for corner in range(3))
    normal = np.cross(b - a, c - a)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-30)
    light = camera.pose[:3, :3] @ (np.array([0.4, 0.5, 0.77]))
    grey = 0.15 + 0.8 * np.clip(normal @ light, 0, 1)
    found = np.where(owner >= 0, grey[owner], 1.0).reshape(camera.height, camera.width, 1)
    return np.repeat(found, 3, -1)
