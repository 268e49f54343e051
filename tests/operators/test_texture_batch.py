"""Many textures at once: prompts, choices, tables, seeds; files at once, and going on where it stopped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from texture_scene import require_diffusion

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def scene(ext, tmp_path):
    import bpy

    require_diffusion()
    bpy.ops.wm.read_homefile()
    for image in list(bpy.data.images):
        bpy.data.images.remove(image)
    scene = bpy.context.scene
    scene.ada.texture.prompt, scene.ada.texture.seed = "{red|blue} brick", 10
    scene.ada.texture_batch.folder = str(tmp_path / "批 out")
    return scene


@pytest.fixture
def painted(ext, monkeypatch):
    """In place of the model: a flat picture whose grey tells the seed. Counts what was asked for."""
    texture, order_module = ext(".operators.texture"), ext(".operators.texture_order")
    asked = []

    def make_row(order, row):
        values = order.rows[row]
        asked.append((values["prompt"], values["seed"]))
        yield ext(".ai.job").Progress(0.5, "Loading the model")
        pixels = np.full((8, 8, 3), values["seed"] % 100 / 100, np.float32)
        return [order_module.Picture(pixels, values["seed"], (0.5, 0.5), values["prompt"], row=row)]

    monkeypatch.setattr(texture, "make_row", make_row)
    return asked


def rows_of(ext, scene):
    import bpy

    order = ext(".operators.texture_batch").ADA_OT_texture_batch.read(bpy.context).order
    return [(row["prompt"], row["seed"]) for row in order.rows]


def test_prompts_choices_and_seeds(ext, scene, tmp_path):
    import bpy

    batch = scene.ada.texture_batch
    assert rows_of(ext, scene) == [("red brick", 10), ("blue brick", 10)]
    batch.seeds = 2
    assert rows_of(ext, scene) == [("red brick", 10), ("red brick", 11), ("blue brick", 10), ("blue brick", 11)]
    batch.same_seeds = False
    assert [seed for _, seed in rows_of(ext, scene)] == [10, 11, 12, 13]
    batch.seeds, batch.combine, batch.forms = 1, 'RANDOM', 5
    drawn = rows_of(ext, scene)
    assert len(drawn) == 5
    assert {prompt for prompt, _ in drawn} <= {"red brick", "blue brick"}
    assert drawn == rows_of(ext, scene)
    batch.combine, batch.origin, batch.same_seeds = 'ALL', 'TEXT', True
    batch.text = bpy.data.texts.new("prompts")
    batch.text.write("# stones\nmossy __stone__\n\n沙子\n")
    batch.lists = str(tmp_path)
    (tmp_path / "stone.txt").write_text("granite\nmarble\n")
    assert rows_of(ext, scene) == [("mossy granite", 10), ("mossy marble", 10), ("沙子", 10)]
    batch.origin, batch.file = 'FILE', str(tmp_path / "t.csv")
    (tmp_path / "t.csv").write_text("prompt;seed;steps;seamless\n{a|b} wall;7;3;x\nfloor;;;\n", encoding="utf-8")
    order = ext(".operators.texture_batch").ADA_OT_texture_batch.read(bpy.context).order
    told = [(row["prompt"], row["seed"], row["steps"], row["seamless"]) for row in order.rows]
    assert told == [("a wall", 7, 3, 'X'), ("b wall", 7, 3, 'X'), ("floor", 10, 20, 'BOTH')]
    assert [one.steps for one in order.settings] == [3, 3, 20]


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("prompt,steps\nx,many\n", "Row 2 of 't.csv'"),
        ("prompt,steps\nx,3\ny,5000\n", "Row 3 of 't.csv'"),
        ("prompt,seamless\nx,up\n", "Row 2 of 't.csv'"),
        ("prompt,shoe\nx,3\n", "column 'shoe' is not known"),
        ("prompt\n{a|b\n", "braces"),
        ("prompt\n", "There is no prompt"),
        ("words\nx\n", "no column 'prompt'"),
    ],
)
def test_tables_that_are_wrong_are_refused(ext, scene, tmp_path, table, sentence):
    batch = scene.ada.texture_batch
    batch.origin, batch.file = 'FILE', str(tmp_path / "t.csv")
    (tmp_path / "t.csv").write_text(table)
    with pytest.raises(ext(".ai.errors").AdaError, match=sentence):
        rows_of(ext, scene)


def test_other_refusals(ext, scene):
    error = ext(".ai.errors").AdaError
    batch, settings = scene.ada.texture_batch, scene.ada.texture
    for origin, sentence in (('TEXT', "under Text"), ('FILE', "under File")):
        batch.origin = origin
        with pytest.raises(error, match=sentence):
            rows_of(ext, scene)
    batch.origin = 'PROMPT'
    settings.prompt = "{a|b|c|d|e|f|g|h|i|j}" * 4
    batch.seeds = 2
    with pytest.raises(error, match="more than 10000"):
        rows_of(ext, scene)
    settings.engine = 'PROCEDURAL'
    with pytest.raises(error, match="reads prompts"):
        rows_of(ext, scene)


def test_files_come_at_once_and_a_second_start_goes_on(ext, scene, painted, tmp_path):
    import bpy

    operator, job = ext(".operators.texture_batch").ADA_OT_texture_batch, ext(".ai.job")
    scene.ada.texture_batch.seeds = 2
    folder = tmp_path / "批 out"
    running = operator.start(operator.read(bpy.context))
    while len(painted) < 3:
        next(running)
    running.close()  # Cancelled while the third was being made.
    assert sorted(path.name for path in folder.iterdir()) == ["0001 red brick 10.png", "0002 red brick 11.png"]
    result = job.run(operator.start(operator.read(bpy.context)))
    assert len(painted) == 5
    assert ([path.name[:4] for path in result.kept], [path.name[:4] for path in result.made]) == (
        ["0001", "0002"], ["0003", "0004"]
    )  # fmt: skip
    scene.ada.texture.steps += 1  # Other pixels: nothing of it is there.
    assert len(job.run(operator.start(operator.read(bpy.context))).made) == 4
    scene.ada.texture.steps += 1
    assert bpy.ops.ada.texture_batch() == {'FINISHED'}
    images = [image for image in bpy.data.images if "ada_texture" in image]
    assert len(images) == 4
    assert json.loads(images[1]["ada_texture"])["texture"]["seed"] == 11
    assert bpy.ops.ada.texture_recall(image=images[3].name) == {'FINISHED'}
    assert (scene.ada.texture.prompt, scene.ada.texture.seed) == ("blue brick", 11)
    assert images[0].preview.image_size[0] == 8


def test_generate_makes_a_form_of_its_own_for_each_picture(ext, scene, painted):
    import bpy

    settings = scene.ada.texture
    settings.seed_mode, settings.count = 'FIXED', 12
    assert bpy.ops.ada.texture_generate() == {'FINISHED'}
    assert [seed for _, seed in painted] == list(range(10, 22))
    assert {prompt for prompt, _ in painted} == {"red brick", "blue brick"}
    assert settings.prompt == "{red|blue} brick"
    settings.prompt = "{red|blue brick"
    with pytest.raises(RuntimeError, match="braces"):
        bpy.ops.ada.texture_generate()


def test_headless(scene, tmp_path):
    out = tmp_path / "out"
    command = [
        sys.executable, str(ROOT / "operators" / "batch.py"), "texture-batch", "{red|gray} brick wall", "--steps", "1",
        "--size", "64", "--seed", "4", "--out", str(out), "--json",
    ]  # fmt: skip
    for expected in (True, False):
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, stdin=subprocess.DEVNULL,
                              env={**os.environ, "OMP_NUM_THREADS": "1"})  # fmt: skip
        assert done.returncode == 0, done.stderr
        rows = json.loads(done.stdout.splitlines()[-1])["textures"]
        assert [row["made"] for row in rows] == [expected, expected]
    assert sorted(path.name for path in out.iterdir()) == ["0001 red brick wall 4.png", "0002 gray brick wall 4.png"]
