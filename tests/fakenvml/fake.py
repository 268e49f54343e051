"""Builds the fake NVML with the machine's C compiler and scripts what it answers."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("fake_nvml.c")
NAME = "libnvidia-ml.so.1"


class FakeCard:
    """The script of one process's fake: `card(temperature=80, **{"1.name": "…"})` replaces all it answers."""

    def __init__(self, script: Path) -> None:
        self.script = script
        self()

    def __call__(self, **values: object) -> None:
        part = self.script.with_suffix(".part")
        part.write_text("".join(f"{key} {value}\n" for key, value in values.items()), encoding="utf-8")
        os.replace(part, self.script)


def find_compiler() -> str | None:
    return next((found for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), None)


def build(folder: Path) -> Path:
    """Compile the library into a folder; return its path."""
    library = folder / NAME
    command = [find_compiler() or "cc", "-O1", "-Wall", "-Werror", "-D_GNU_SOURCE", "-shared", "-fPIC", "-pthread"]
    subprocess.run([*command, f"-Wl,-soname,{NAME}", "-o", str(library), str(SOURCE)], check=True)
    return library


def load(library: Path, script: Path) -> FakeCard:
    """Load the library: pynvml then finds it by its name in this process."""
    os.environ["FAKE_NVML_SCRIPT"] = str(script)
    card = FakeCard(script)
    ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
    return card
