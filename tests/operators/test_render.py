"""Set-up, restore, profiles, presets and frames, as the interface and the command line call them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CPU = ("Ryzen 9", 'CPU', "CPU", False, False, True, False, True)
CARD = ("RTX 4090", 'OPTIX', "CUDA_RTX 4090_0000:01:00_OptiX", False, True, True, True, True)


@pytest.fixture
def scene(ext):
    import bpy

    bpy.ops.wm.read_homefile(use_factory_startup=True)
    scene = bpy.context.scene
    scene.render.engine = 'CYCLES'
    scene.cycles.samples = 2
    scene.render.resolution_x, scene.render.resolution_y = 16, 12
    return scene


@pytest.fixture
def one_card(ext, monkeypatch, scene):
    """A machine with an RTX 4090."""
    import _cycles
    import bpy

    width = 7 if bpy.app.version < (4, 5) else 8
    found = {'OPTIX': [CARD, CPU]}
    monkeypatch.setattr(
        _cycles, "available_devices", lambda backend: tuple(d[:width] for d in found.get(backend, [CPU]))
    )
    preferences = ext(".render.compat").cycles_preferences()
    before = preferences.compute_device_type
    yield preferences
    preferences.devices.clear()
    preferences.compute_device_type = before or 'NONE'
    ext(".operators.render")._keep_user_memory("")


def test_set_up_and_restore_also_after_save_and_reload(ext, scene, one_card, tmp_path):
    import bpy

    assert not bpy.ops.ada.render_restore.poll()
    scene.cycles.use_denoising = False
    assert bpy.ops.ada.render_setup() == {'FINISHED'}
    assert bpy.ops.ada.render_profile_apply(profile='FINAL') == {'FINISHED'}
    assert (scene.cycles.device, scene.cycles.denoiser, scene.cycles.samples) == ('GPU', 'OPTIX', 2048)
    assert one_card.compute_device_type == 'OPTIX'
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "set up.blend"))
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    assert not bpy.context.scene.ada.render_before
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "set up.blend"))
    scene = bpy.context.scene
    assert scene.cycles.samples == 2048
    assert bpy.ops.ada.render_restore() == {'FINISHED'}
    assert (scene.cycles.device, scene.cycles.denoiser, scene.cycles.samples) == ('CPU', 'OPENIMAGEDENOISE', 2)
    assert not scene.cycles.use_denoising
    assert one_card.compute_device_type == 'NONE'
    assert not bpy.ops.ada.render_restore.poll()


def test_what_took_effect_is_described(ext, scene, one_card):
    render, devices = ext(".operators.render"), ext(".render.devices")
    lines = render.describe(render.set_up(scene))
    assert lines[:2] == ["Cycles renders with OptiX on RTX 4090", "OptiX denoises on the card"]
    for entry in one_card.devices:
        entry.use = True
    assert "takes part" in render.describe(devices.read_report(scene))[1]
    for entry in one_card.devices:
        entry.use = False
    assert "would render on the processor" in render.describe(devices.read_report(scene))[0]


def test_a_render_that_falls_back_is_logged(ext, scene, caplog):
    import bpy

    scene.cycles.device = 'GPU'
    bpy.ops.render.render()
    assert "would render on the processor" in caplog.text
    caplog.clear()
    scene.cycles.device = 'CPU'
    bpy.ops.render.render()
    assert not caplog.text


def test_profiles_are_saved_as_blender_s_presets(ext, scene):
    import bpy

    bpy.ops.ada.render_profile_apply(profile='PREVIEW')
    scene.cycles.samples = 99
    assert bpy.ops.ada.render_preset_add(name="My Look") == {'FINISHED'}
    path = bpy.utils.preset_find("My_Look", ext(".operators.render").PRESETS)
    assert path
    bpy.ops.ada.render_profile_apply(profile='FINAL')
    bpy.ops.script.execute_preset(filepath=path, menu_idname="ADA_PT_render_presets")
    assert (scene.cycles.samples, scene.cycles.denoising_quality) == (99, 'FAST')
    assert scene.cycles.adaptive_threshold == pytest.approx(0.1)
    assert bpy.ops.ada.render_preset_add(name="My Look", remove_name=True) == {'FINISHED'}
    assert not Path(path).exists()


def test_frames_are_rendered_into_the_folder(ext, scene, tmp_path):
    import bpy

    scene.frame_start, scene.frame_end, scene.frame_step = 1, 5, 2
    assert bpy.ops.ada.frames_render(frames='RANGE', folder=str(tmp_path)) == {'FINISHED'}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0001.png", "0003.png", "0005.png"]


def test_strict_mode_refuses_the_processor(ext, scene, tmp_path):
    import bpy

    with pytest.raises(RuntimeError, match="would render on the processor"):
        bpy.ops.ada.frames_render(folder=str(tmp_path), require_gpu=True)
    assert list(tmp_path.iterdir()) == []


def ada(*arguments):
    pytest.importorskip("bpy", reason="the bpy wheel is not installed")
    return subprocess.run(
        [sys.executable, str(ROOT / "operators" / "batch.py"), "render", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


def test_batch_requires_the_gpu_with_exit_code_1(tmp_path):
    result = ada("--out", tmp_path, "--engine", "cycles", "--require-gpu")
    assert result.returncode == 1, result.stderr
    assert "would render on the processor" in result.stderr
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        ["--frames", "1..x"],
        ["--frames", "1", "--animation"],
        ["--profile", "best"],
        ["--engine", "realtime", "--profile", "preview"],
    ],
)
def test_wrong_arguments_end_with_2(tmp_path, wrong):
    result = ada("--out", tmp_path, *wrong)
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr


def test_batch_renders_and_resumes(tmp_path):
    result = ada("--out", tmp_path, "--engine", "realtime", "--frames", "1,3..4", "--json")
    assert result.returncode == 0, result.stderr
    first = json.loads(result.stdout.splitlines()[-1])
    assert (first["engine"], first["rendered"], first["skipped"]) == ("ADA_REALTIME", 3, 0)
    assert first["seconds_per_frame"] > 0
    names = ["0001.png", "0003.png", "0004.png"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    path = tmp_path / names[1]
    path.write_bytes(path.read_bytes()[:-9])
    result = ada("--out", tmp_path, "--engine", "realtime", "--frames", "1,3..4", "--json")
    again = json.loads(result.stdout.splitlines()[-1])
    assert (again["rendered"], again["skipped"], again["repaired"]) == (1, 2, 1)
