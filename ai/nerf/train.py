"""The reconstruction job: photographs in, a mesh in the scene's own scale and place out."""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import AdaError
from ..job import Clock, Job, Progress
from ..mesh import Mesh
from ..projection.bake import Texture
from .cameras import cast_rays, pixel_centers
from .classic import ClassicField
from .dataset import Dataset, View, load_job
from .fit import SurfaceField
from .hull import Box, crop_box, find_hull
from .march import EMPTY, NEAR, Occupancy, find_spans
from .memory import is_out_of_memory, peak_bytes
from .metrics import psnr_of, visible_points
from .pool import RayPool, SpanFinder
from .scene import SceneFinder
from .settings import ReconstructSettings
from .surface import drop_unseen, extract_mesh

INTERVAL = 0.2  # Seconds between two reports.
POOL_PIXELS = 4_000_000  # Pixels looked at for one level.
RENDER_CHUNK = 8_192  # Rays drawn between two yields.
SCORED_TRAIN, SCORED_TEST = 4, 10  # At most so many views are measured at the end.
MIN_RAYS = 64


@dataclass(slots=True)
class Reconstruction:
    """What a reconstruction gives."""

    mesh: Mesh  # In the scene's own scale and place.
    psnr_train: float  # dB over whole images on white, a few views.
    psnr_test: float | None  # The same of held-out views; None without any.
    steps: int
    views: int  # Photographs learned from.
    rays: int  # Of the pixels, those that can see the surface.
    device: str
    peak_memory: int | None  # Bytes; of the process on a CPU, of torch on a GPU; None where it cannot be known.
    seconds: dict[str, float] = field(default_factory=dict)  # By stage: load, hull, train, mesh, score.
    skipped: list[Path] = field(default_factory=list)  # Photographs left out because their mask is empty.
    texture: Texture | None = None  # For the mesh's UVs; both absent where none was asked for.


def reconstruct(source: Dataset | Path | str, settings: ReconstructSettings) -> Job:
    """Fit a field to photographs and return its surface as a job that gives a `Reconstruction`.

    Random numbers come from a CPU generator with `settings.seed`; at equal threads a CPU gives equal results.
    Global state of torch (threads, random numbers) is as before when the job ends or is closed.

    Args:
        source: a loaded dataset, or what `dataset.load` takes.
        settings: see there.

    Raises:
        AdaError: wrong data, no such device, or no memory even for the smallest batch.
    """
    device = choose_device(settings.device)
    seconds: dict[str, float] = {}
    with _threads(settings.thread_count()):
        if isinstance(source, Dataset):
            dataset = source
        else:
            with _timed(seconds, "load"):
                job = load_job(source, settings.max_image_size, settings.holdout)
                dataset = yield from scaled(job, 0.0, 0.03)
        run = _Run(dataset, settings, device, seconds)
        try:
            result = yield from _rising(run.go())
        finally:
            run.free()
        return result


def choose_device(name: str) -> torch.device:
    """Return the device for 'AUTO', 'CPU', 'CUDA' or 'CUDA:1'.

    Raises:
        AdaError: torch cannot use it.
    """
    if name == 'AUTO':
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name.lower())
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, ValueError) as error:
        raise AdaError(
            "torch cannot use the device {device}. Choose another one, or open Doctor in the Ada panel", device=name
        ) from error
    return device


class _Run:
    def __init__(
        self, dataset: Dataset, settings: ReconstructSettings, device: torch.device, seconds: dict[str, float]
    ) -> None:  # fmt: skip
        self.dataset, self.settings, self.device, self.seconds = dataset, replace(settings), device, seconds
        self.generator = torch.Generator().manual_seed(settings.seed)
        self.rays = settings.rays
        self.peak: int | None = None
        self.begin = 0.06  # Share of the whole job at which training begins.

    def free(self) -> None:
        """Let go of the field, the rays and what torch keeps for them on the card."""
        self.__dict__.pop("field", None)
        self.__dict__.pop("pool", None)
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def go(self) -> Generator[Progress, Any, Reconstruction]:
        settings, views = self.settings, self.dataset.train
        crop = None
        if settings.crop_center is not None and settings.crop_size is not None:
            crop = crop_box(settings.crop_center, settings.crop_size, settings.crop_rotation)
        with _timed(self.seconds, "hull"):
            if self.dataset.has_masks():
                self.hull = yield from scaled(find_hull(views, settings.resolutions()[0], crop), 0.03, self.begin)
            else:
                self.begin = 0.3
                finder = SceneFinder(views, settings.scene_steps, self.device, self.generator)
                self.hull = yield from scaled(finder.go(settings.resolutions()[0], crop), 0.03, self.begin)
                yield from scaled(
                    finder.add_backgrounds(self.dataset.test, self.hull.box, False), self.begin, self.begin
                )
        self.box: Box = self.hull.box
        kind = ClassicField if settings.field == 'CLASSIC' else SurfaceField
        self.field: SurfaceField | ClassicField = kind(settings, self.device, self.generator)
        with _timed(self.seconds, "train"):
            yield from scaled(self.field.start(self.hull), self.begin, self.begin)
            yield from self._fill()
            yield from self._train()
        with _timed(self.seconds, "mesh"):
            mesh = yield from scaled(self._mesh(settings.resolution), 0.95, 0.97)
            if mesh is None:
                raise AdaError("No surface was found. Check the masks and the camera poses, or train for more steps")
            if not settings.keep_unseen:
                mesh = yield from scaled(self._drop_unseen(mesh), 0.97, 0.97)
        with _timed(self.seconds, "score"):
            psnr_train = yield from scaled(self._score(views, SCORED_TRAIN), 0.97, 0.985)
            psnr_test = yield from scaled(self._score(self.dataset.test, SCORED_TEST), 0.985, 1.0)
        self._watch_memory()
        return Reconstruction(
            mesh, psnr_train or 0.0, psnr_test, settings.steps, len(views), len(self.pool), str(self.device),
            self.peak, self.seconds, self.dataset.skipped,
        )  # fmt: skip

    def _place(self, fraction: float) -> float:
        """The share of the whole job at a share of all steps."""
        return self.begin + (0.95 - self.begin) * fraction

    def _fill(self) -> Generator[Progress, Any, None]:
        self.pool = RayPool(self.device)
        fraction = self._place(self.field.fraction)
        job = self.pool.fill(
            self.dataset.train, self.box, self.field.spans, self._outside(), POOL_PIXELS, self.settings.seed,
        )  # fmt: skip
        yield from scaled(job, fraction, fraction)

    def _outside(self) -> SpanFinder | None:
        """What finds the rays that meet parts of the object beyond the crop box."""
        outside = self.hull.outside
        if outside is None:
            return None
        low = torch.tensor(outside.low, dtype=torch.float32, device=self.device)
        cells = np.where(outside.cells, NEAR, EMPTY).astype(np.uint8)
        return partial(find_spans, Occupancy.pooled(cells, low, outside.spacing, self.device))

    def _train(self) -> Generator[Progress, Any, None]:
        settings, clock = self.settings, Clock(self.settings.steps)
        reported, error = time.monotonic(), 0.0
        next_preview = reported  # The first at once: the carved outline is worth a look.
        step = 0
        while step < settings.steps:
            fraction = step / settings.steps
            if self.field.level_at(fraction) > self.field.level:
                yield from scaled(self.field.refine(), self._place(fraction), self._place(fraction))
                yield from self._fill()
            value = yield from self._step(fraction)
            if value is None:  # Out of memory: again with half the rays.
                continue
            error = value if not step else 0.97 * error + 0.03 * value
            step += 1
            now = time.monotonic()
            if now - reported < INTERVAL and step < settings.steps:
                continue
            if not math.isfinite(error):
                raise AdaError("The optimisation broke down at step {step}. Try another seed or preset", step=step)
            preview, place = None, self._place(step / settings.steps)
            if settings.preview_seconds and now > next_preview:
                preview = yield from scaled(self._mesh(self.field.preview_resolution), place, place)
                ended = time.monotonic()
                next_preview = ended + max(settings.preview_seconds, 20 * (ended - now))
            self._watch_memory()
            left = clock.tick(step)
            yield Progress(
                place, "Step {step} of {steps}",
                {"step": step, "steps": settings.steps},
                {"steps/s": clock.rate, "PSNR": psnr_of(error)}, left, preview,
            )  # fmt: skip
            reported = time.monotonic()

    def _step(self, fraction: float) -> Generator[Progress, Any, float | None]:
        batch = self.pool.draw(self.rays, self.generator)
        place = self._place(fraction)
        try:
            return self.pool.note(
                batch, (yield from scaled(self.field.train(batch, self.pool, fraction), place, place))
            )
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if self.rays // 2 < MIN_RAYS:
                raise AdaError(
                    "{device} has too little memory for this reconstruction. Choose a lower preset or free memory",
                    device=str(self.device),
                ) from error
        self.rays //= 2
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        return None

    def _mesh(self, resolution: int) -> Generator[Progress, Any, Mesh | None]:
        distance, spacing = yield from self.field.distances(resolution)
        if not (distance < 0).any():
            return None

        def colors(points: np.ndarray, normals: np.ndarray) -> np.ndarray:
            found = self.field.colors_at(
                torch.from_numpy(points).to(self.device), torch.from_numpy(normals).to(self.device)
            )
            values: np.ndarray = found.cpu().numpy()
            return values

        mesh = yield from extract_mesh(distance, spacing, self.box, colors, self.settings.min_part)
        return mesh

    def _drop_unseen(self, mesh: Mesh) -> Generator[Progress, Any, Mesh]:
        centers = np.stack([view.camera.center() for view in self.dataset.train])
        seen = yield from visible_points(mesh, mesh.vertices, centers)
        return drop_unseen(mesh, seen)

    def _score(self, views: list[View], most: int) -> Generator[Progress, Any, float | None]:
        """Mean PSNR of whole images on white, spread over the views."""
        chosen = [views[i] for i in np.unique(np.linspace(0, len(views) - 1, most).astype(int))] if views else []
        scores = []
        for number, view in enumerate(chosen):
            drawn = yield from scaled(
                self.render_view(view), number / len(chosen), (number + 1) / len(chosen)
            )  # fmt: skip
            rgba = view.rgba.astype(np.float32) / 255
            behind = 1.0 if view.background is None else view.background[..., :3].astype(np.float32) / 255
            target = rgba[..., :3] * rgba[..., 3:] + behind * (1 - rgba[..., 3:])
            error = drawn[..., :3] + behind * (1 - drawn[..., 3:]) - target
            scores.append(psnr_of(float(np.square(error).mean())))
        return float(np.mean(scores)) if scores else None

    def render_view(self, view: View) -> Generator[Progress, Any, np.ndarray]:
        """Draw the field as a view sees it: (height, width, 4) float32, premultiplied."""
        camera = view.camera
        directions = self.box.directions_to_local(cast_rays(camera, pixel_centers(camera))).astype(np.float32)
        origin = torch.tensor(self.box.to_local(camera.center()), dtype=torch.float32, device=self.device)
        parts: list[Tensor] = []
        for start in range(0, len(directions), RENDER_CHUNK):
            part = torch.from_numpy(directions[start : start + RENDER_CHUNK]).to(self.device)
            drawn = yield from self.field.render(origin.expand_as(part), part)
            parts.append(torch.cat([drawn.color, drawn.opacity[:, None]], -1).cpu())
            yield Progress(start / len(directions), "Measuring {name}", {"name": view.path.name})
        image: np.ndarray = torch.cat(parts).clamp(0, 1).numpy()
        return image.reshape(camera.height, camera.width, 4)

    def _watch_memory(self) -> None:
        now = peak_bytes(self.device)
        if now is not None:
            self.peak = max(now, self.peak or 0)


def scaled(job: Job, low: float, high: float) -> Generator[Any, Any, Any]:
    """Run a part of a job as the share low to high of the whole."""
    reply: Any = None
    try:
        while True:
            event = job.send(reply)
            if isinstance(event, Progress):
                reply = yield replace(event, fraction=low + (high - low) * min(1.0, event.fraction))
            else:
                reply = yield event
    except StopIteration as end:
        return end.value
    finally:
        job.close()


def _rising(job: Generator[Progress, Any, Any]) -> Generator[Progress, Any, Any]:
    """Let no report fall behind an earlier one: parts of a stage each begin at its start."""
    best = 0.0
    try:
        while True:
            report = next(job)
            best = max(best, report.fraction)
            yield replace(report, fraction=best)
    except StopIteration as end:
        return end.value
    finally:
        job.close()


@contextmanager
def _threads(count: int) -> Generator[None, None, None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Generator[None, None, None]:
    start = time.monotonic()
    try:
        yield
    finally:
        seconds[stage] = seconds.get(stage, 0.0) + time.monotonic() - start
