"""Stopped today, gone on with tomorrow: the same to the last bit."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import sphere

torch = pytest.importorskip("torch", reason="torch is not installed")

from ada_forge.ai.errors import AdaError
from ada_forge.ai.job import Progress, run
from ada_forge.ai.nerf import checkpoint, train
from ada_forge.ai.nerf.dataset import load
from ada_forge.ai.nerf.hull import find_hull
from ada_forge.ai.nerf.settings import ReconstructSettings
from ada_forge.ai.nerf.textured import reconstruct_textured

FAST = {
    "steps": 90, "coarse_resolution": 16, "resolution": 32, "levels": 3, "rays": 256, "device": 'CPU', "threads": 1,
    "preview_seconds": 0.0,
}  # fmt: skip


def fast(**changes):
    return ReconstructSettings(**{**FAST, **changes})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return sphere.write(tmp_path_factory.mktemp("ball") / "data", train=12, test=2, size=24)


@pytest.fixture(scope="module")
def unbroken(folder):
    return run(train.reconstruct(folder, fast()))


@pytest.fixture(autouse=True)
def reports_each_step(monkeypatch):
    monkeypatch.setattr(train, "INTERVAL", 0.0)


def stop_at(job, reached):
    for report in job:
        if reached(report):
            job.close()
            return
    raise AssertionError("the job ended before it was to be stopped")


def same(first, second):
    assert np.array_equal(first.mesh.vertices, second.mesh.vertices)
    assert np.array_equal(first.mesh.colors, second.mesh.colors)
    assert np.array_equal(first.mesh.normals, second.mesh.normals)
    assert (first.psnr_train, first.psnr_test, first.rays) == (second.psnr_train, second.psnr_test, second.rays)


def in_refining():
    steps = []

    def reached(report):
        if str(report).startswith("Refining"):
            steps.append(report)
        return len(steps) == 3

    return reached


def in_second_filling():
    levels = []

    def reached(report):
        levels.append(str(report).split()[0])
        return levels[-1] == "Choosing" and "Refining" in levels

    return reached


@pytest.mark.parametrize(
    "reached",
    [
        lambda report: str(report) == "Step 1 of 90",
        lambda report: str(report) == "Step 20 of 90",
        lambda report: str(report) == "Step 71 of 90",  # The last level.
        in_refining(),
        in_second_filling(),
        lambda report: str(report).startswith("Choosing"),
    ],
    ids=["1", "20", "71", "refining", "filling", "first filling"],
)
def test_a_run_that_was_stopped_ends_as_the_unbroken_one(folder, unbroken, tmp_path, reached):
    kept = str(tmp_path / "field.safetensors")
    stop_at(train.reconstruct(folder, fast(checkpoint=kept)), reached)
    assert [path.name for path in tmp_path.iterdir()] == ["field.safetensors"]
    # All but what belongs to the new run comes from the file.
    same(run(train.reconstruct(folder, fast(checkpoint=kept, resume=True, steps=7, seed=9, rays=64))), unbroken)


def test_stopped_twice_and_written_on_the_way(folder, unbroken, tmp_path):
    kept = str(tmp_path / "field.safetensors")
    stop_at(train.reconstruct(folder, fast(checkpoint=kept)), lambda report: str(report) == "Step 30 of 90")
    again = fast(checkpoint=kept, resume=True, checkpoint_seconds=1e-6)
    stop_at(train.reconstruct(folder, again), lambda report: str(report) == "Step 60 of 90")
    assert checkpoint.read(Path(kept)).step == 60
    same(run(train.reconstruct(folder, again)), unbroken)


def test_a_finished_field_gives_its_mesh_again(folder, unbroken, tmp_path):
    kept = str(tmp_path / "field.safetensors")
    same(run(train.reconstruct(folder, fast(checkpoint=kept))), unbroken)
    reports = []
    same(run(train.reconstruct(folder, fast(checkpoint=kept, resume=True)), reports.append), unbroken)
    assert not [report for report in reports if str(report).startswith("Step")]
    assert not [name for name in checkpoint.read(Path(kept)).tensors if name.startswith(("optimizer", "pool"))]


def test_the_classic_field_goes_on_from_within_a_step(folder, tmp_path):
    kept, settings = str(tmp_path / "field.safetensors"), {"field": 'CLASSIC', "steps": 4, "rays": 64}
    # So early there is no surface yet; the kept fields are compared.
    whole, again = str(tmp_path / "whole.safetensors"), fast(checkpoint=kept, resume=True)
    with pytest.raises(AdaError, match="No surface"):
        run(train.reconstruct(folder, fast(**settings, checkpoint=whole)))
    steps = []

    def reached(report):
        steps.append(str(report))
        return steps[-1].startswith("Training") and "Step 2 of 4" in steps

    stop_at(train.reconstruct(folder, fast(**settings, checkpoint=kept)), reached)
    assert checkpoint.read(Path(kept)).step == 2
    with pytest.raises(AdaError, match="No surface"):
        run(train.reconstruct(folder, again))
    first, second = (checkpoint.read(Path(path)).tensors for path in (whole, kept))
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_photos_without_masks_keep_their_backgrounds(folder, tmp_path, monkeypatch):
    masked = load(folder)

    class Finder:
        """Finds at once what the density stage takes minutes for."""

        def __init__(self, views, steps, device, generator):
            self.random = np.random.default_rng(int(torch.randint(1000, (1,), generator=generator)))

        def go(self, resolution, crop):
            return (yield from find_hull(masked.train, resolution, crop))

        def add_backgrounds(self, views, box, learned=True):
            yield Progress(0.0, "Looking for the object")
            for view in data.train + data.test:
                view.background = self.random.integers(0, 256, (*view.rgba.shape[:2], 4), np.uint8)

    def uncut():
        data = load(folder)
        for view in data.train + data.test:
            view.rgba = np.dstack([view.rgba[..., :3], np.full_like(view.rgba[..., 3], 255)])
        return data

    monkeypatch.setattr(train, "SceneFinder", Finder)
    kept = str(tmp_path / "field.safetensors")
    data = uncut()
    whole = run(train.reconstruct(data, fast(steps=20)))
    data = uncut()
    stop_at(train.reconstruct(data, fast(steps=20, checkpoint=kept)), lambda report: str(report) == "Step 5 of 20")
    again = uncut()
    same(run(train.reconstruct(again, fast(checkpoint=kept, resume=True))), whole)
    assert all(np.array_equal(a.background, b.background) for a, b in zip(data.test, again.test))


def test_the_textured_job_takes_the_settings_of_the_file(folder, tmp_path):
    kept = str(tmp_path / "field.safetensors")
    stop_at(
        reconstruct_textured(folder, fast(checkpoint=kept, holdout=0)), lambda report: str(report) == "Step 5 of 90"
    )
    result = run(reconstruct_textured(folder, fast(checkpoint=kept, resume=True, texture=False, steps=3)))
    assert result.steps == 90


def test_what_is_not_the_file_is_refused(folder, tmp_path):
    path = tmp_path / "field.safetensors"
    again = fast(checkpoint=str(path), resume=True)
    with pytest.raises(AdaError, match="no kept field"):
        run(train.reconstruct(folder, again))
    stop_at(train.reconstruct(folder, fast(checkpoint=str(path))), lambda report: str(report) == "Step 3 of 90")
    whole = path.read_bytes()
    length = struct.unpack("<Q", whole[:8])[0]
    header = json.loads(whole[8 : 8 + length])
    at = 8 + length + header["distance"]["data_offsets"][0]
    for broken in (whole[: len(whole) // 2], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :], b"{}"):
        path.write_bytes(broken)
        with pytest.raises(AdaError, match="damaged"):
            run(train.reconstruct(folder, again))
    path.write_bytes(whole.replace(b'\\"format\\": 2', b'\\"format\\": 9'))
    with pytest.raises(AdaError, match="another version"):
        run(train.reconstruct(folder, again))
    path.write_bytes(whole)
    others = sphere.write(tmp_path / "others", train=9, test=2, size=24)
    with pytest.raises(AdaError, match="other photos"):
        run(train.reconstruct(others, again))


def test_a_full_disk_leaves_the_old_file(folder, tmp_path, monkeypatch):
    path = tmp_path / "field.safetensors"
    settings = fast(checkpoint=str(path))
    stop_at(train.reconstruct(folder, settings), lambda report: str(report) == "Step 3 of 90")
    before = path.read_bytes()

    def cut(tensors, file, metadata):
        Path(file).write_bytes(before[:1000])

    monkeypatch.setattr(checkpoint, "save_file", cut)
    with pytest.raises(AdaError):
        stop_at(train.reconstruct(folder, settings), lambda report: str(report) == "Step 5 of 90")
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["field.safetensors"]
