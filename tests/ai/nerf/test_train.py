"""From photographs to a mesh, on a ball that is neither near the origin nor of size 1."""

import gc
import json
import subprocess
import sys
import threading
import weakref

import numpy as np
import pytest
import sphere

torch = pytest.importorskip("torch", reason="torch is not installed")

from ada_forge.ai.errors import AdaError
from ada_forge.ai.job import CancelledError, Worker, run
from ada_forge.ai.mesh import Mesh
from ada_forge.ai.nerf import train
from ada_forge.ai.nerf.dataset import load
from ada_forge.ai.nerf.fit import SurfaceField
from ada_forge.ai.nerf.metrics import count_parts, is_watertight
from ada_forge.ai.nerf.settings import PRESETS, ReconstructSettings
from conftest import ROOT

FAST = {
    "steps": 60, "coarse_resolution": 16, "resolution": 32, "levels": 2, "rays": 256, "device": 'CPU', "threads": 1,
    "preview_seconds": 0.0,
}  # fmt: skip


def fast(**changes):
    return ReconstructSettings(**{**FAST, **changes})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return sphere.write(tmp_path_factory.mktemp("ball") / "data", train=12, test=2, size=24)


@pytest.fixture(scope="module")
def result(folder):
    return run(train.reconstruct(folder, fast(steps=160)))


def test_the_mesh_is_the_ball_at_its_place(result):
    distance = np.linalg.norm(result.mesh.vertices - sphere.CENTER, axis=1)
    assert distance.mean() == pytest.approx(sphere.RADIUS, rel=0.02)
    assert distance.std() < 0.03 * sphere.RADIUS
    np.testing.assert_allclose(result.mesh.vertices.mean(0), sphere.CENTER, atol=0.02 * sphere.RADIUS)
    assert is_watertight(result.mesh)
    assert count_parts(result.mesh) == 1


def test_the_pictures_and_colours_are_right(result):
    assert result.psnr_train > 30
    assert result.psnr_test > 28
    outward = (result.mesh.vertices - sphere.CENTER) / sphere.RADIUS
    assert np.abs(result.mesh.colors - (0.5 + 0.35 * outward)).mean() < 0.05
    assert (result.mesh.normals * outward).sum(1).mean() > 0.98


def test_the_result_says_what_was_done(result):
    assert (result.steps, result.views, result.device) == (160, 12, "cpu")
    assert set(result.seconds) == {"load", "hull", "train", "mesh", "score"}
    assert 0 < result.rays < 12 * 24 * 24
    assert result.peak_memory is None or result.peak_memory > 0


def test_equal_seeds_give_equal_meshes_and_leave_torch_alone(folder):
    random, threads = torch.random.get_rng_state(), torch.get_num_threads()
    data = load(folder)
    first, second = (run(train.reconstruct(data, fast(steps=12, seed=3))).mesh for _ in range(2))
    other = run(train.reconstruct(data, fast(steps=12, seed=4))).mesh
    assert np.array_equal(first.vertices, second.vertices)
    assert np.array_equal(first.colors, second.colors)
    assert not np.array_equal(first.colors[:100], other.colors[:100])
    assert torch.equal(random, torch.random.get_rng_state())
    assert threads == torch.get_num_threads()


def test_reports_rise_and_carry_figures_and_previews(folder):
    reports = []
    run(train.reconstruct(folder, fast(preview_seconds=0.01, resolution=48)), reports.append)
    fractions = [report.fraction for report in reports]
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] <= fractions[-1] <= 1
    steps = [report for report in reports if report.metrics]
    assert set(steps[-1].metrics) == {"steps/s", "PSNR"}
    assert steps[-1].seconds_left is not None
    previews = [report.preview for report in reports if report.preview is not None]
    assert previews
    assert isinstance(previews[-1], Mesh)
    assert np.linalg.norm(previews[-1].vertices - sphere.CENTER, axis=1).mean() == pytest.approx(7, rel=0.1)


SENTENCES = ["Reading", "Carving", "Building", "Choosing", "Step", "Refining", "Taking", "Drawing"]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_cancel_at_each_stage_frees_everything(folder, sentence, monkeypatch):
    born = []
    kept = train._Run.__init__

    def note(self, *arguments):
        kept(self, *arguments)
        born.append(weakref.ref(self))

    monkeypatch.setattr(train._Run, "__init__", note)
    threads, alive = torch.get_num_threads(), threading.active_count()
    worker = Worker(train.reconstruct(folder, fast(threads=threads + 1)))
    reached = threading.Event()

    def watched(job):
        try:
            for report in job:
                yield report
                if str(report).startswith(sentence):
                    reached.set()
                    while True:  # The main thread stops it here, at this very report.
                        yield report
        finally:
            job.close()

    worker._job = watched(worker._job)
    worker.start()
    assert reached.wait(60)
    worker.stop()
    assert worker.wait(20)
    with pytest.raises(CancelledError):
        worker.result()
    del worker
    gc.collect()
    assert threading.active_count() == alive
    assert torch.get_num_threads() == threads
    assert all(run_object() is None for run_object in born)


def test_crop_box_bounds_the_mesh(folder):
    center = tuple(float(value) for value in sphere.CENTER + np.array([0, 0, 5]))
    settings = fast(crop_center=center, crop_size=(20.0, 20.0, 10.0), steps=60)
    mesh = run(train.reconstruct(folder, settings)).mesh
    assert mesh.vertices[:, 2].min() == pytest.approx(sphere.CENTER[2], abs=0.05)
    assert mesh.vertices[:, 2].max() == pytest.approx(sphere.CENTER[2] + sphere.RADIUS, abs=0.5)


def test_three_photographs_are_enough_to_try(tmp_path):
    folder = sphere.write(tmp_path / "three", train=3, test=0, size=24)
    result = run(train.reconstruct(folder, fast(steps=30)))
    assert len(result.mesh.faces)
    assert result.psnr_test is None


def test_out_of_memory_halves_the_rays_and_goes_on(folder, monkeypatch):
    sizes = []
    kept = SurfaceField.train

    def tight(self, batch, pool, fraction):
        sizes.append(len(batch.index))
        if len(batch.index) > 128:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return (yield from kept(self, batch, pool, fraction))

    monkeypatch.setattr(SurfaceField, "train", tight)
    result = run(train.reconstruct(folder, fast(steps=10, rays=512)))  # Half of them at the first level.
    assert sizes[:3] == [256, 128, 128]
    assert len(result.mesh.faces)


def test_out_of_memory_at_the_bottom_is_one_sentence(folder, monkeypatch):
    def never(self, batch, pool, fraction):
        raise torch.OutOfMemoryError("CUDA out of memory")
        yield

    monkeypatch.setattr(SurfaceField, "train", never)
    with pytest.raises(AdaError, match="cpu has too little memory"):
        run(train.reconstruct(folder, fast()))


@pytest.mark.skipif(torch.cuda.device_count() > 7, reason="the device that must be missing exists")
@pytest.mark.parametrize("name", ['CUDA:7', 'TOASTER'])
def test_missing_device(folder, name):
    with pytest.raises(AdaError, match=name):
        run(train.reconstruct(folder, fast(device=name)))


def test_unseen_faces_can_be_dropped(tmp_path):
    folder = sphere.write(tmp_path / "top", train=14, test=0, size=24)
    file = folder / "transforms_train.json"
    content = json.loads(file.read_text())
    content["frames"] = content["frames"][:8]  # From above only.
    file.write_text(json.dumps(content))
    whole, seen = (run(train.reconstruct(folder, fast(steps=20, keep_unseen=keep))).mesh for keep in (True, False))
    assert len(seen.faces) < len(whole.faces)


def test_the_surface_is_taken_as_fine_as_asked(folder):
    """The photographs hold some 17 cells; the mesh has more, of a smoother surface, and the field no more."""
    coarse, fine = (run(train.reconstruct(folder, fast(steps=160, resolution=size))).mesh for size in (24, 48))
    assert len(fine.faces) > 3 * len(coarse.faces)
    assert is_watertight(fine)
    spread = [np.linalg.norm(mesh.vertices - sphere.CENTER, axis=1).std() for mesh in (coarse, fine)]
    assert spread[1] < 0.02 * sphere.RADIUS
    outward = (fine.vertices - sphere.CENTER) / sphere.RADIUS
    assert (fine.normals * outward).sum(1).mean() > 0.98


def test_settings():
    settings = ReconstructSettings.from_preset('HIGH', seed=5)
    assert settings.steps == PRESETS['HIGH']["steps"]
    assert settings.seed == 5
    assert settings.resolutions() == [64, 106, 174, 288]
    assert ReconstructSettings.from_preset('NORMAL') == ReconstructSettings()
    assert ReconstructSettings(levels=1).resolutions() == [160]
    assert ReconstructSettings(finest=90).resolutions() == [48, 66, 90]
    assert ReconstructSettings(finest=30).resolutions() == [30]
    assert ReconstructSettings(threads=3).thread_count() == 3
    assert ReconstructSettings(free_threads=1000).thread_count() == 1
    with pytest.raises(KeyError):
        ReconstructSettings.from_preset('ULTRA')


def test_settings_and_dataset_need_no_torch():
    code = (
        "import sys, types; stub = types.ModuleType('ada_forge'); stub.__path__ = [sys.argv[1]]\n"
        "sys.modules['ada_forge'] = stub\n"
        "import ada_forge.ai.nerf.settings\n"
        "assert not {'torch', 'numpy', 'scipy'} & set(sys.modules)\n"
        "import ada_forge.ai.nerf.dataset\n"
        "assert not {'torch', 'bpy', 'scipy', 'skimage'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(ROOT)], check=True, timeout=60)
