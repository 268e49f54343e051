"""Registration leaves nothing behind, drags nothing heavy in, and `ai` needs no Blender."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest
from conftest import ID, MODULE, ROOT

WATCHED = ("app.handlers", "types.VIEW3D_MT_editor_menus", "types.IMAGE_MT_editor_menus", "types.TOPBAR_MT_render")


def run_python(code: str, *arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def surroundings() -> dict[str, object]:
    """What Blender holds of ours: handlers, menus, properties, classes, threads."""
    import bpy

    handlers = {
        f"{name}: {one.__module__}.{one.__qualname__}"
        for name in dir(bpy.app.handlers)
        if isinstance(found := getattr(bpy.app.handlers, name), list)
        for one in found
    }
    menus = {
        f"{name}: {draw.__module__}"
        for name in dir(bpy.types)
        if name.split("_")[1:2] == ["MT"]
        for draw in getattr(getattr(bpy.types, name).draw, "_draw_funcs", ())
        if ID in draw.__module__
    }
    classes = {name for name in dir(bpy.types) if name.startswith("ADA_")}
    threads = {thread.name for thread in threading.enumerate() if thread.name.startswith("ada")}
    return {
        "handlers": handlers, "menus": menus, "classes": classes, "threads": threads,
        "operators": set(dir(bpy.ops.ada)), "scene": hasattr(bpy.types.Scene, "ada"),
    }  # fmt: skip


def test_ten_times(ext):
    import addon_utils

    registry = ext(".render.registry").registry
    there = surroundings()
    assert there["classes"]
    assert there["scene"]
    addon_utils.disable(MODULE)  # Other tests may have had it draw, for which it holds more.
    assert addon_utils.enable(MODULE, default_set=True) is not None
    held = registry.counts()
    for _ in range(10):
        addon_utils.disable(MODULE)
        gone = surroundings()
        assert registry.counts() == {}
        assert not gone["classes"]
        assert not gone["menus"]
        assert not gone["operators"]
        assert not gone["scene"]
        assert not [name for name in gone["handlers"] if ID in name]
        assert addon_utils.enable(MODULE, default_set=True) is not None
        assert registry.counts() == held
    assert surroundings() == there


def test_disable_while_a_job_runs(ext):
    """The thread ends, the timer goes, and nothing is written."""
    import addon_utils
    import bpy

    job, queue = ext(".ai.job"), ext(".operators.queue")
    registry = ext(".render.registry").registry
    closed, applied = threading.Event(), []

    def endless():
        try:
            while True:
                time.sleep(0.01)
                yield job.Progress(0.5, "Working")
        finally:
            closed.set()

    objects = set(bpy.data.objects.keys())
    task = queue.queue.add(
        queue.Task(label="Endless", settings=None, start=endless, finish=lambda context, result: applied.append(result))
    )
    queue.queue.tick()
    assert task.state is queue.State.RUNNING
    assert registry.counts()["thread"] == 1
    addon_utils.disable(MODULE)
    assert closed.wait(5)
    assert registry.counts() == {}
    assert task.state is queue.State.CANCELLED
    assert not applied
    assert set(bpy.data.objects.keys()) == objects
    assert not surroundings()["threads"]
    assert addon_utils.enable(MODULE, default_set=True) is not None


REGISTER = """
import os, sys
os.environ["BLENDER_USER_RESOURCES"] = sys.argv[1]
import bpy, addon_utils
addon_utils.modules(refresh=True)
before = set(sys.modules)
assert addon_utils.enable(sys.argv[2], default_set=True) is not None
heavy = {"torch", "diffusers", "transformers", "accelerate", "peft", "safetensors", "skimage", "scipy", "PIL"}
print("HEAVY", sorted(heavy & (set(sys.modules) - before)))
addon_utils.disable(sys.argv[2])
"""


def test_register_imports_nothing_heavy(profile):
    pytest.importorskip("bpy", reason="the bpy wheel is not installed")
    assert "HEAVY []" in run_python(REGISTER, profile, MODULE).splitlines()


PURE = """
import importlib, sys, types
from pathlib import Path

class Forbid:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"bpy", "bpy_extras", "gpu", "gpu_extras", "mathutils", "blf", "bmesh", "_bpy"}:
            raise ImportError(f"{name} is forbidden here")

sys.meta_path.insert(0, Forbid())
root = Path(sys.argv[1])
package = types.ModuleType("ada_forge")
package.__path__ = [str(root)]
sys.modules["ada_forge"] = package
paths = sorted((root / "ai").rglob("*.py"))
names = [path.relative_to(root).with_suffix("").as_posix().replace("/", ".") for path in paths]
runnable = [name for name in names if not name.startswith(tuple(sys.argv[2:]))]
for name in runnable:
    importlib.import_module("ada_forge." + name.removesuffix(".__init__"))
print("IMPORTED", len(runnable), "OF", len(names))
"""


def test_ai_imports_without_blender():
    pytest.importorskip("torch", reason="torch is not installed")
    pytest.importorskip("skimage", reason="scikit-image is not installed")
    told = run_python(PURE, ROOT).split()
    assert told[-4] == "IMPORTED"
    assert int(told[-3]) == int(told[-1]) > 10


def test_the_torch_free_part_of_ai_imports_without_torch():
    """What operators and panels import at their top."""
    code = PURE.replace('"bpy", ', '"bpy", "torch", "diffusers", "transformers", "skimage", "scipy", ').replace(
        "runnable = [name for name in names if not name.startswith(tuple(sys.argv[2:]))]", "runnable = sys.argv[2:]"
    )
    assert "IMPORTED 4" in run_python(code, ROOT, "ai.job", "ai.errors", "ai.mesh", "ai.nerf.settings")
