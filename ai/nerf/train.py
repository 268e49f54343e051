"""The reconstruction job: photographs in, a mesh in the scene's own scale and place out."""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..card.arbiter import Holding, arbiter, no_room
from ..card.memory import is_out_of_memory
from ..errors import AdaError
from ..job import Clock, Job, Progress, Request
from ..mesh import Mesh
from ..projection.bake import Texture
from . import checkpoint
from .cameras import finest_resolution
from .checkpoint import Checkpoint
from .dataset import Dataset, load_job
from .held import count_bytes, held
from .hollows import find_hollows
from .hull import Box, Outside, crop_box, find_hull, holds
from .live import LOOK, CropBox, Look
from .march import EMPTY, NEAR, Occupancy, find_spans
from .memory import peak_bytes
from .metrics import psnr_of, visible_points
from .notes import check_looks, weak_points
from .pool import RayPool, SpanFinder
from .poses import refine_poses
from .scene import SceneFinder
from .settings import ReconstructSettings, expected_gb
from .stages import rising, scaled, timed, torch_threads
from .surface import drop_unseen
from .trained import TrainedField, choose_device, make_field

INTERVAL = 0.2  # Seconds between two reports.
PREVIEW_REST = 20  # Times what a preview took, until the next one.
POOL_PIXELS = 4_000_000  # Pixels looked at for one level.
SCORED_TRAIN, SCORED_TEST = 4, 10  # At most so many views are measured at the end.
MIN_RAYS = 64
POSES_AT = 0.3, 0.45, 0.6, 0.72, 0.84  # Shares of all steps at which poses are refined.


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
    notes: list[AdaError] = field(default_factory=list)  # What is weak, in whole sentences.
    texture: Texture | None = None  # For the mesh's UVs; both absent where none was asked for.


def reconstruct(source: Dataset | Path | str, settings: ReconstructSettings) -> Job:
    """Fit a field to photographs and return its surface as a job that gives a `Reconstruction`.

    Random numbers come from a CPU generator with `settings.seed`; at equal threads a CPU gives equal results, also
    where the run was stopped and went on from its checkpoint.
    Global state of torch (threads, random numbers) is as before when the job ends or is closed.

    Args:
        source: a loaded dataset, or what `dataset.load` takes.
        settings: see there.

    Raises:
        AdaError: wrong data, no such device, no memory even for the smallest batch, or a checkpoint that is damaged
            or was made from other photographs.
    """
    settings = checkpoint.resumed(settings)
    settings.check_memory()
    device = choose_device(settings.device)
    seconds: dict[str, float] = {}
    with torch_threads(settings.thread_count()):
        if isinstance(source, Dataset):
            dataset = source
        else:
            with timed(seconds, "load"):
                job = load_job(source, settings.max_image_size, settings.holdout, settings.photo_bytes())
                dataset = yield from scaled(job, 0.0, 0.03)
        run = _Run(dataset, settings, device, seconds)
        need = int(expected_gb(settings.resolutions()[-1]) * 2**30)
        try:
            with held(run.holders, device, need) as run.holding:
                result = yield from rising(run.go())
        finally:
            run.free()
        return result


class _BoxGrewError(Exception):
    """The crop box reaches beyond the field, which has learned nothing there."""


class _Run:
    def __init__(
        self, dataset: Dataset, settings: ReconstructSettings, device: torch.device, seconds: dict[str, float]
    ) -> None:  # fmt: skip
        self.dataset, self.settings, self.device, self.seconds = dataset, replace(settings), device, seconds
        self.generator = torch.Generator().manual_seed(settings.seed)
        self.rays = settings.rays
        self.peak: int | None = None
        self.masks = dataset.has_masks()
        self.photos = checkpoint.fingerprint(dataset)
        self.holding: Holding | None = None  # The field and the rays, as the arbiter knows them.
        self.begin = 0.15 if self.masks else 0.3  # Of the whole job, where training begins.
        self.outside: Outside | None = None
        self.cropped = settings.crop_center is not None  # The field's box was given.
        self.step, self.error, self.pool_size = 0, 0.0, 0
        self.refined = -1  # The step before which poses were refined last.
        # What the step under way has changed already, as it was before; the pool's is None until it is filled.
        self.before: tuple[Tensor, int | None] | None = None

    def holders(self) -> list[object]:
        """Return what holds the tensors that are on the device for long."""
        return [self.__dict__[name] for name in ("field", "pool") if name in self.__dict__]

    def free(self) -> None:
        """Let go of the field, the rays and what torch keeps for them on the card."""
        for name in ("field", "model", "pool"):
            self.__dict__.pop(name, None)
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def go(self) -> Generator[Progress, Any, Reconstruction]:
        settings, views = self.settings, self.dataset.train
        try:
            yield from self._resume() if settings.resume else self._begin()
            while self.step < settings.steps:
                try:
                    with timed(self.seconds, "train"):
                        yield from self._train()
                except _BoxGrewError:
                    self.step, self.before = 0, None
                    yield from self._begin()
        except GeneratorExit:  # Cancelled.
            if settings.checkpoint and self.before is not None:
                self._save()
            raise
        if settings.checkpoint:
            self._save()
        with timed(self.seconds, "mesh"):
            yield from self._look(final=True)
            mesh = yield from scaled(self.model.mesh(settings.resolution), 0.95, 0.97)
            if mesh is None:
                raise AdaError("No surface was found. Check the masks and the camera poses, or train for more steps")
            if not settings.keep_unseen:
                mesh = yield from scaled(self._drop_unseen(mesh), 0.97, 0.97)
        with timed(self.seconds, "score"):
            psnr_train = yield from scaled(self.model.score(views, SCORED_TRAIN), 0.97, 0.985)
            psnr_test = yield from scaled(self.model.score(self.dataset.test, SCORED_TEST), 0.985, 1.0)
        self._watch_memory()
        return Reconstruction(
            mesh, psnr_train or 0.0, psnr_test, settings.steps, len(views), self.pool_size, str(self.device),
            self.peak, self.seconds, self.dataset.skipped, weak_points(self.dataset, self.model.box, psnr_test),
        )  # fmt: skip

    def _begin(self) -> Generator[Progress, Any, None]:
        """Find the object and let the field start from it."""
        settings, views, crop = self.settings, self.dataset.train, self._crop()
        self.cropped = crop is not None
        if crop is None:
            check_looks(self.dataset)
        with timed(self.seconds, "hull"):
            if self.masks:
                coarse = settings.resolutions()[0]
                hull = yield from scaled(find_hull(views, coarse, crop), 0.03, 0.06)
                self.outside = hull.outside
                if settings.hollow_steps and settings.field == 'SURFACE':
                    excluded, steps = self._outside(), settings.hollow_steps
                    job = find_hollows(views, hull, excluded, coarse, steps, self.device, self.generator)
                    hull = yield from scaled(job, 0.06, self.begin)
            else:
                finder = SceneFinder(views, settings.scene_steps, self.device, self.generator)
                hull = yield from scaled(finder.go(settings.resolutions()[0], crop), 0.03, self.begin)
                yield from scaled(finder.add_backgrounds(self.dataset.test, hull.box, False), self.begin, self.begin)
        self.outside = hull.outside
        box, cameras = hull.box, [view.camera for view in views]
        settings.finest = finest_resolution(cameras, box.center, 2 * box.scale)
        self.field = make_field(settings, self.device, self.generator, len(views))
        self.model = TrainedField(self.field, hull.box, self.device, settings.min_part)
        with timed(self.seconds, "train"):
            yield from scaled(self.field.start(hull), self.begin, self.begin)
            self._mark()
            yield from self._fill()

    def _crop(self) -> Box | None:
        settings = self.settings
        if settings.crop_center is None or settings.crop_size is None:
            return None
        return crop_box(settings.crop_center, settings.crop_size, settings.crop_rotation)

    def _look(self, final: bool = False) -> Generator[Any, Look | None, Look]:
        """Ask what is to be shown; the crop box as it stands from now on cuts the surface off.

        Raises:
            _BoxGrewError: it reaches beyond the field's own box.
        """
        settings, box = self.settings, self.model.box
        look = None
        if settings.live:
            x, y, z = box.center.tolist()
            width, depth, height = box.size.tolist()
            look = yield Request(LOOK, CropBox((x, y, z), (width, depth, height), box.quaternion()))
        if look is None:
            return Look()
        if look.crop is not None:
            new = look.crop.center, look.crop.size, look.crop.rotation
            if new != (settings.crop_center, settings.crop_size, settings.crop_rotation):
                settings.crop_center, settings.crop_size, settings.crop_rotation = new
                self.model.crop = self._crop()
                # A box that was found from masks holds all there is.
                partial_box = self.cropped or not self.masks
                if not final and partial_box and self.model.crop is not None and not holds(box, self.model.crop):
                    raise _BoxGrewError
        return look

    def _resume(self) -> Generator[Progress, Any, None]:
        """Take over what the checkpoint holds."""
        settings = self.settings
        yield Progress(0.03, "Reading the kept field")
        kept = checkpoint.read(Path(settings.checkpoint))
        if kept.photos != self.photos:
            raise AdaError(
                "'{path}' was learned from other photos. Choose those, or start anew", path=settings.checkpoint
            )
        for number, view in enumerate(self.dataset.train + self.dataset.test):
            if f"background.{number}" in kept.tensors:
                view.background = kept.tensors[f"background.{number}"].numpy()
        self.outside, self.rays, self.pool_size = kept.outside, kept.rays, kept.pool_size
        self.step, self.error = kept.step, kept.error
        for stage, value in kept.seconds.items():
            self.seconds[stage] = self.seconds.get(stage, 0.0) + value
        if "poses" in kept.tensors:
            self.refined = int(kept.tensors["poses.step"])
            for view, pose in zip(self.dataset.train, kept.tensors["poses"].numpy()):
                view.camera = replace(view.camera, pose=pose)
        self.field = make_field(settings, self.device, self.generator, len(self.dataset.train))
        self.model = TrainedField(self.field, kept.box, self.device, settings.min_part, self._crop())
        restoring = self.field.restore(kept.box, kept.tensors, kept.level, kept.fraction)
        yield from scaled(restoring, self.begin, self.begin)
        if self.step == settings.steps:
            return
        checkpoint.restore_optimizer(self.field.optimizer, kept.tensors)
        self.generator.set_state(kept.tensors["generator"])
        self._mark()
        yield from self._fill()
        if kept.drawn is not None:
            self.pool.restore(kept.tensors, kept.drawn)

    def _mark(self) -> None:
        """Note what the next step changes before it is done."""
        self.before = self.generator.get_state(), self.pool.drawn if "pool" in self.__dict__ else None

    def _save(self) -> None:
        """Write the checkpoint; at the end only what drawing the field and taking its surface need."""
        tensors, drawn = dict(self.field.state()), None
        views = self.dataset.train + self.dataset.test
        for number, view in enumerate(views):
            if view.background is not None:
                tensors[f"background.{number}"] = torch.from_numpy(view.background)
        if self.settings.refine_poses:
            poses = np.stack([view.camera.pose for view in self.dataset.train])
            tensors["poses"], tensors["poses.step"] = torch.from_numpy(poses), torch.tensor(self.refined)
        if self.step < self.settings.steps and self.before is not None:
            tensors["generator"], drawn = self.before
            tensors |= checkpoint.optimizer_tensors(self.field.optimizer)
            tensors |= self.pool.state() if drawn is not None else {}
        checkpoint.write(
            Path(self.settings.checkpoint),
            Checkpoint(
                self.settings, self.photos, self.model.box, self.step, self.field.level,
                self.field.fraction, self.rays, self.pool_size, tensors, self.outside, drawn, self.error, self.seconds,
            ),
        )  # fmt: skip

    def _place(self, fraction: float) -> float:
        """The share of the whole job at a share of all steps."""
        return self.begin + (0.95 - self.begin) * fraction

    def _fill(self) -> Generator[Progress, Any, None]:
        pool = RayPool(self.device)
        fraction = self._place(self.field.fraction)
        box, spans, seed = self.model.box, self.field.spans, self.settings.seed
        job = pool.fill(self.dataset.train, box, spans, self._outside(), POOL_PIXELS, seed)
        yield from scaled(job, fraction, fraction)
        self.pool, self.pool_size = pool, len(pool)

    def _outside(self) -> SpanFinder | None:
        """What finds the rays that meet parts of the object beyond the crop box."""
        outside = self.outside
        if outside is None:
            return None
        low = torch.tensor(outside.low, dtype=torch.float32, device=self.device)
        cells = np.where(outside.cells, NEAR, EMPTY).astype(np.uint8)
        return partial(find_spans, Occupancy.pooled(cells, low, outside.spacing, self.device))

    def _train(self) -> Generator[Progress, Any, None]:
        settings, clock = self.settings, Clock(self.settings.steps)
        reported = saved = time.monotonic()
        next_preview = reported  # The first at once: the carved outline is worth a look.
        while self.step < settings.steps:
            self._mark()
            fraction = self.step / settings.steps
            refines = self.refined != self.step and self.step in [round(share * settings.steps) for share in POSES_AT]
            refines = refines and settings.refine_poses
            if self.field.level_at(fraction) > self.field.level or refines:
                place = self._place(fraction)
                if refines:
                    yield from scaled(refine_poses(self.dataset.train, self.model, self.step), place, place)
                    self.refined = self.step
                if self.field.level_at(fraction) > self.field.level:
                    yield from scaled(self.field.refine(), place, place)
                del self.pool
                self._mark()
                yield from self._fill()
            value = yield from self._step(fraction)
            if value is None:  # Out of memory: again with half the rays.
                continue
            self.error = value if not self.step else 0.97 * self.error + 0.03 * value
            self.step += 1
            now = time.monotonic()
            if now - reported < INTERVAL and self.step < settings.steps:
                continue
            self._mark()
            if not math.isfinite(self.error):
                raise AdaError("The optimisation broke down at step {step}. Try another seed or preset", step=self.step)
            preview, place = None, self._place(self.step / settings.steps)
            if settings.preview_seconds and now > next_preview:
                look = yield from self._look()
                preview = yield from scaled(self.model.preview(look), place, place)
                ended = time.monotonic()
                next_preview = ended + max(settings.preview_seconds, PREVIEW_REST * (ended - now))
            if settings.checkpoint and now - saved > settings.checkpoint_seconds and self.step < settings.steps:
                self._save()
                saved = time.monotonic()
            self._watch_memory()
            left = clock.tick(self.step)
            yield Progress(
                place, "Step {step} of {steps}",
                {"step": self.step, "steps": settings.steps},
                {"steps/s": clock.rate, "PSNR": psnr_of(self.error)}, left, preview,
            )  # fmt: skip
            reported = time.monotonic()

    def _step(self, fraction: float) -> Generator[Progress, Any, float | None]:
        batch = self.pool.draw(round(self.rays * self.field.batch_share), self.generator)
        place = self._place(fraction)
        try:
            return self.pool.note(
                batch, (yield from scaled(self.field.train(batch, self.pool, fraction), place, place))
            )
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if self.rays // 2 < MIN_RAYS:
                if self.device.type != "cpu":
                    raise no_room(arbiter.biggest_users()) from error
                raise AdaError(
                    "{device} has too little memory for this reconstruction. Choose a lower preset or free memory",
                    device=str(self.device),
                ) from error
        self.rays //= 2
        arbiter.park_unused()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        return None

    def _drop_unseen(self, mesh: Mesh) -> Generator[Progress, Any, Mesh]:
        centers = np.stack([view.camera.center() for view in self.dataset.train])
        seen = yield from visible_points(mesh, mesh.vertices, centers)
        return drop_unseen(mesh, seen)

    def _watch_memory(self) -> None:
        if self.holding is not None:
            self.holding.size = count_bytes(self.holders())
        self.peak = max(peak_bytes(self.device) or 0, self.peak or 0) or None
