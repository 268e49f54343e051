"""What watching the card costs, and how well its memory is foretold. One thread, processor time.

    make bench ONLY=card

Needs the bpy wheel and a C compiler; the overlay is measured in the real program where tests/real can start it. Writes
tests/out/bench-card.json. Nothing here is measured on a graphics card.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", OMP_WAIT_POLICY="PASSIVE")

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import types
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "tests" / "out"
SIZES = (512, 1024, 2048)
CARDS = (24, 16, 12, 8)  # GiB
IN_USE = 1.0  # GiB that the desktop takes.
SMALLEST = 50_000_000  # Bytes of a scene that counts.

ENABLE = """
import os, sys, time
os.environ["BLENDER_USER_RESOURCES"] = sys.argv[1]
import bpy, addon_utils
addon_utils.modules(refresh=True)
start = time.process_time()
assert addon_utils.enable("bl_ext.user_default.ada_forge", default_set=True) is not None
print("TIME", (time.process_time() - start) * 1000.0, "torch" in sys.modules)
addon_utils.disable("bl_ext.user_default.ada_forge")
"""


def measure_overlay(folder: Path) -> dict[str, Any]:
    """CPU time of a draw in the real program; the scenario is that of tests/real/test_card.py."""
    sys.path[:0] = [str(ROOT / "tests" / "real")]
    import program as real
    from fakenvml import fake

    try:
        program = real.find()
    except real.NotHereError as reason:
        return {"overlay_draw_ms_median": {"null": str(reason)}, "overlay_draw_ms_p95": {"null": str(reason)}}
    archive = ["--command", "extension", "build", "--source-dir", ROOT, "--output-dir", folder]
    assert program.run(archive, folders=[folder], timeout=120).code == 0
    (built,) = folder.glob("*.zip")
    install = ["--command", "extension", "install-file", "-r", "user_default", "-e", built]
    assert program.run(install, folders=[folder], resources=folder / "resources", timeout=120).code == 0
    script = folder / "script.txt"
    fake.FakeCard(script)
    found = program.play(
        "overlay", folder, timeout=1200, resources=folder / "resources", folders=[OUT], only_draws=True,
        out=OUT, library=fake.build(folder), card_script=script,
    )  # fmt: skip
    return {"overlay_draw_ms_median": found["draw_ms_median"], "overlay_draw_ms_p95": found["draw_ms_p95"]}


def measure_sample(folder: Path) -> dict[str, Any]:
    """CPU time of one reading of one card, of the processor and of the memory."""
    from ada_forge.ai.card.nvml import NvmlReader
    from ada_forge.ai.card.sampler import take_reading
    from fakenvml import fake

    fake.load(fake.build(folder), folder / "sample.txt")
    reader = NvmlReader()
    assert take_reading(reader).cards
    times = []
    for _ in range(40):
        start = time.thread_time()
        take_reading(reader)
        times.append((time.thread_time() - start) * 1e6)
    reader.close()
    return {"sample_us": statistics.median(times)}


def measure_enable(folder: Path) -> dict[str, Any]:
    profile = folder / "profile"
    repository = profile / "extensions" / "user_default"
    repository.mkdir(parents=True)
    (repository / "ada_forge").symlink_to(ROOT, target_is_directory=True)
    times, torch = [], []
    for _ in range(5):
        done = subprocess.run([sys.executable, "-c", ENABLE, profile], capture_output=True, text=True, check=True)
        line = next(line for line in done.stdout.splitlines() if line.startswith("TIME"))
        times.append(float(line.split()[1]))
        torch.append(line.split()[2] == "True")
    return {"enable_ms": statistics.median(times), "enable_imports_torch": any(torch)}


def compare_models() -> dict[str, Any]:
    """Estimated peak against what torch's profiler sees on the processor, and plans for cards of several sizes."""
    sys.path[:0] = [str(ROOT / "tests" / "ai" / "card")]
    try:
        import test_measure as models
        from ada_forge.ai.card.families import FAMILIES, measure_needs
        from ada_forge.ai.card.planner import GIB, choose_plans
    except ImportError as missing:
        return {name: {"null": str(missing)} for name in ("model_estimate_error_percent", "plan_table")}
    errors = {}
    for name in models.MODELS:
        for words, layout in models.LAYOUTS.items():
            estimated, seen = models.compare(name, layout)
            errors[name + words] = (estimated / seen - 1.0) * 100.0
    for name, (estimated, seen) in models.compare_built_in(256).items():
        errors[name] = (estimated / seen - 1.0) * 100.0
    table = []
    for family in FAMILIES:
        for size in SIZES:
            needs = measure_needs(family, size, size)
            row: dict[str, Any] = {"model": family.name, "size": size}
            for card in CARDS:
                free = (card - IN_USE) * GIB
                plan = choose_plans(needs, round(free))[0]
                row[f"{card} GB"] = (
                    f"{plan.rung.value} ({plan.peak / GIB:.1f} GiB)" if plan.peak <= free else "does not fit"
                )
            table.append(row)
    return {"model_estimate_error_percent": errors, "plan_table": table}


def compare_scenes() -> dict[str, float]:
    """Estimated against reported peak of Cycles on the processor, for scenes that nothing was fitted on."""
    script = Path(__file__).with_name("card_scenes.py")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    assert all(reported > SMALLEST for _, reported in found.values()), found
    return {name: (estimated / reported - 1.0) * 100.0 for name, (estimated, reported) in found.items()}


def as_markdown(table: list[dict[str, Any]]) -> str:
    names = list(table[0])
    rows = [names, ["---"] * len(names), *([str(row[name]) for name in names] for row in table)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main() -> None:
    stub = types.ModuleType("ada_forge")
    stub.__path__ = [str(ROOT)]
    sys.modules["ada_forge"] = stub
    sys.path[:0] = [str(ROOT / "tests")]
    OUT.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="ada-card-"))
    try:
        result = {
            **measure_enable(folder),
            **measure_sample(folder),
            **measure_overlay(folder),
            "scene_estimate_error_percent": compare_scenes(),
            **compare_models(),
        }
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    (OUT / "bench-card.json").write_text(json.dumps(result, indent=1), encoding="utf-8")
    for name, value in result.items():
        if name != "plan_table":
            print(f"{name}: {value}")
    if isinstance(result["plan_table"], list):
        print("\nPlans, computed, not measured (float16, guidance, 1 GiB of each card in use by others)\n")
        print(as_markdown(result["plan_table"]))


if __name__ == "__main__":
    main()
