"""The headless entry: arguments, exit codes, documents."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def ada(*arguments, cwd=None, timeout=300):
    pytest.importorskip("bpy", reason="the bpy wheel is not installed")
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, str(ROOT / "operators" / "batch.py"), *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=timeout,
        env=environment,
    )


def test_help_names_every_subcommand(ext):
    result = ada("--help")
    assert result.returncode == 0
    for command in ext(".operators.commands").ALL:
        assert command.name in result.stdout
        assert command.help in " ".join(result.stdout.split())
    assert "Exit code" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["capture"],
        ["reconstruct", "--transforms", "x.json", "--out", "x.txt"],
        ["reconstruct", "--transforms", "x.json", "--out", "x.blend", "--crop-size", "1", "1", "1"],
        ["settings", "--set", "reconstruct.steps"],
        ["settings", "--settings", "missing.json"],
    ],
)
def test_wrong_arguments_end_with_2(arguments, tmp_path):
    result = ada(*arguments, cwd=tmp_path)
    assert result.returncode == 2, result.stderr
    assert "ada" in result.stderr
    assert "Traceback" not in result.stderr


def test_failure_ends_with_1_and_one_sentence(tmp_path):
    pytest.importorskip("torch", reason="torch is not installed: that would be said first")
    empty = tmp_path / "空 folder"
    empty.mkdir()
    result = ada("reconstruct", "--transforms", empty, "--out", tmp_path / "out.blend")
    assert result.returncode == 1, result.stderr
    assert "空 folder" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out.blend").exists()
    assert list(tmp_path.iterdir()) == [empty]


def test_document_is_alone_on_the_last_line_and_in_the_file(tmp_path):
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"reconstruct": {"steps": 55, "device": "CPU"}}))
    target = tmp_path / "result.json"
    result = ada("settings", "--settings", file, "--set", "reconstruct.steps=66", "--json", "--result", target)
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout.splitlines()[-1])
    values = {row["name"]: row["value"] for row in document["settings"]}
    assert (values["reconstruct.steps"], values["reconstruct.device"]) == (66, "CPU")
    assert json.loads(target.read_text()) == document
    assert sorted(path.name for path in tmp_path.iterdir()) == ["result.json", "settings.json"]


def test_capture_and_reconstruct_end_to_end(tmp_path):
    """The default cube, photographed small, becomes a mesh of its size."""
    pytest.importorskip("torch", reason="torch is not installed for this Python")
    views = tmp_path / "views"
    small = ["--views", "16", "--resolution", "40", "--set", "capture.samples=4", "--set", "capture.test=2"]
    result = ada("capture", "--objects", "Cube", "--out", views, *small, "--json")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout.splitlines()[-1])["train"] == 16
    quick = ["--preset", "draft", "--set", "reconstruct.steps=60", "--set", "reconstruct.resolution=48"]
    out = tmp_path / "out.glb"
    result = ada("reconstruct", "--transforms", views, "--out", out, "--device", "cpu", *quick, "--json")
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout.splitlines()[-1])
    assert document["psnr_test"] > 18.0
    assert out.read_bytes()[:4] == b"glTF"
    assert "%" in result.stderr


def test_a_terminated_reconstruction_goes_on(tmp_path):
    pytest.importorskip("torch", reason="torch is not installed")
    sys.path.insert(0, str(ROOT / "tests" / "ai" / "nerf"))
    import sphere

    folder = sphere.write(tmp_path / "views", train=10, test=0, size=20)
    changes = ("steps=400", "coarse_resolution=16", "resolution=32", "rays=256", "holdout=0", "texture=0")
    pairs = [word for change in changes for word in ("--set", f"reconstruct.{change}")]
    out = tmp_path / "out.ply"
    words = ["reconstruct", "--transforms", folder, "--out", out, "--resume", "--device", "cpu", *pairs, "--json"]
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "operators" / "batch.py"), *map(str, words)],
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    for line in process.stderr:
        if "Step " in line:
            process.terminate()
            break
    rest = process.stderr.read()
    assert process.wait(60) == 1
    assert "cancelled" in rest
    assert "Traceback" not in rest
    assert (folder / "ada-field.safetensors").exists()
    assert not out.exists()
    result = ada(*words)
    assert result.returncode == 0, result.stderr
    assert out.exists()
    numbers = [int(part.split("Step ")[1].split()[0]) for part in result.stderr.splitlines() if "Step " in part]
    assert numbers[0] > 1
    assert json.loads(result.stdout.splitlines()[-1])["steps"] == 400
