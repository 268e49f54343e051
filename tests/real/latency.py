"""Main-thread latency in the real program while a texture is generated; bench/texture.py and test_texture.py use it."""

from __future__ import annotations

import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

import program as real

SCREEN = "800x600x24"  # A software renderer draws it in the time in which a card draws a large one.


def measure(
    program: real.Program, resources: Path, folder: Path, rounds: int = 5, seconds: float = 6.0
) -> dict[str, Any]:
    """Milliseconds by which a timer of the main thread is called late, idle and while generating, in turns.

    Args:
        program: the real Blender.
        resources: a user folder with the extension enabled.
        folder: for its files.
        rounds: pairs of idle and generating.
        seconds: of each.
    """
    found = program.play(
        "latency", folder, timeout=400, resources=resources, screen=SCREEN, rounds=rounds, seconds=seconds
    )
    names = ("idle", "drawing", "generating")
    idle, drawing, generating = (statistics.quantiles(found[name], n=20)[-1] * 1000 for name in names)
    return {
        "idle_p95_ms": idle,
        "drawing_p95_ms": drawing,
        "generating_p95_ms": generating,
        "added_p95_ms": generating - idle,
        "samples": len(found["generating"]),
        "steps": found["steps"],
        "threads": found["threads"],
    }


def measure_anew(rounds: int = 5, seconds: float = 6.0) -> dict[str, Any]:
    """`measure` in a fresh installation of this checkout.

    Raises:
        program.NotHereError: there is no real Blender on this machine.
    """
    program = real.find()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        build = ["--command", "extension", "build", "--source-dir", real.CHECKOUT, "--output-dir", folder]
        ended = program.run(build, folders=[folder], timeout=120)
        (archive,) = folder.glob("*.zip")
        resources = folder / "resources"
        shutil.rmtree(resources, ignore_errors=True)
        install = ["--command", "extension", "install-file", "-r", "user_default", "-e", archive]
        ended = program.run(install, folders=[folder], resources=resources, timeout=120)
        assert ended.code == 0, ended.output
        return measure(program, resources, folder / "stage", rounds, seconds)
