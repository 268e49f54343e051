"""Built, validated, installed, enabled and used without a window, as a user's own Blender does it."""

from __future__ import annotations

import json

import program as real

BATCH = real.CHECKOUT / "operators" / "batch.py"
TINY = [f"--set=reconstruct.{name}={value}" for name, value in
        {"steps": 60, "coarse_resolution": 16, "resolution": 24, "levels": 2, "rays": 256}.items()]  # fmt: skip


def test_validates(program, archive, tmp_path):
    for what in (archive, real.CHECKOUT):
        ended = program.run(
            ["--command", "extension", "validate", what], folders=[tmp_path, archive.parent], timeout=60
        )
        assert ended.code == 0, ended.output


def test_installed_and_enabled(program, profile, tmp_path):
    told = """
import bpy
name = 'bl_ext.user_default.ada_forge'
print('ENABLED', name in bpy.context.preferences.addons, bpy.context.scene.ada.reconstruct.steps)
"""
    ended = program.run(["-b", "--python-expr", told], folders=[tmp_path], resources=profile, timeout=60)
    assert "ENABLED True 2000" in ended.stdout, ended.output
    assert "Traceback" not in ended.output


def test_doctor(program, profile, tmp_path):
    ended = program.run(["-c", "ada", "doctor", "--json"], folders=[tmp_path], resources=profile, timeout=120)
    assert ended.code == 0, ended.output
    document = json.loads(ended.stdout.strip().splitlines()[-1])
    assert document["command"] == "doctor"
    rows = {row["name"]: row["value"] for row in document["rows"]}
    assert rows["PyTorch"].startswith("2.")
    assert rows["Blender"].startswith(program.version.removeprefix("Blender "))


def batch(program, profile, tmp_path, dataset, *arguments):
    return program.run(
        ["-b", "--python-exit-code", "1", "-P", BATCH, "--", *arguments],
        folders=[tmp_path, dataset], resources=profile, timeout=240,
    )  # fmt: skip


def test_batch_done(program, profile, sphere, tmp_path):
    out = tmp_path / "结果 out.blend"
    ended = batch(
        program, profile, tmp_path, sphere, "reconstruct", "--transforms", sphere, "--out", out, "--json", *TINY
    )
    assert ended.code == 0, ended.output
    document = json.loads(ended.stdout.strip().splitlines()[-1])
    assert document["command"] == "reconstruct"
    told = f"import bpy; print('MESH', len(bpy.data.objects[{document['object']!r}].data.vertices) > 50)"
    ended = program.run(["-b", out, "--python-expr", told], folders=[tmp_path], resources=profile, timeout=60)
    assert "MESH True" in ended.stdout, ended.output


def test_batch_failed(program, profile, sphere, tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "transforms.json").write_text("{ not json", encoding="utf-8")
    out = tmp_path / "out.blend"
    ended = batch(program, profile, tmp_path, sphere, "reconstruct", "--transforms", broken, "--out", out)
    assert ended.code == 1, ended.output
    assert "transforms.json" in ended.output
    assert "Traceback" not in ended.output
    assert not out.exists()


def test_batch_used_wrongly(program, profile, sphere, tmp_path):
    assert batch(program, profile, tmp_path, sphere, "reconstruct").code == 2
    assert batch(program, profile, tmp_path, sphere, "fly").code == 2
    ended = batch(program, profile, tmp_path, sphere, "reconstruct", "--transforms", sphere, "--out", "x.txt")
    assert ended.code == 2, ended.output


def test_help(program, profile, sphere, tmp_path):
    ended = batch(program, profile, tmp_path, sphere, "--help")
    assert ended.code == 0
    for name in ("capture", "reconstruct", "doctor", "demo"):
        assert name in ended.stdout
