"""Rows about the computer: system, processor, memory, disk, folders."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path

from .packages import has_module
from .report import Row

GIB = 1024**3
LOW_DISK_GIB = 10.0  # PyTorch for CUDA takes about 7 GiB while it is being installed.


def processor_name() -> str:
    """The processor's name as its maker writes it, else its architecture."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def memory_gib() -> tuple[float, float] | None:
    """Free and total main memory in GiB, or None where nothing tells."""
    if has_module("psutil"):
        import psutil

        memory = psutil.virtual_memory()
        return memory.available / GIB, memory.total / GIB
    if sys.platform.startswith("linux"):
        page = os.sysconf("SC_PAGE_SIZE")
        return os.sysconf("SC_AVPHYS_PAGES") * page / GIB, os.sysconf("SC_PHYS_PAGES") * page / GIB
    return None


def free_disk_gib(folder: Path) -> float | None:
    """Free space in GiB of the disk that holds a folder, which need not exist yet; None where no disk is there."""
    existing = next((parent for parent in (folder, *folder.parents) if parent.is_dir()), None)
    return None if existing is None else shutil.disk_usage(existing).free / GIB


def write_problem(folder: Path) -> str:
    """Why no file can be written into a folder, or an empty text. The folder is made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"0")
    except OSError as error:
        return error.strerror or str(error)
    return ""


def machine_rows() -> list[Row]:
    """System, processor and memory."""
    rows = [
        Row("Operating System", "{name}", 'INFO', values={"name": platform.platform()}),
        Row(
            "Processor",
            "{name}, {threads} threads",
            'INFO',
            values={"name": processor_name(), "threads": os.cpu_count()},
        ),
    ]
    memory = memory_gib()
    if memory is not None:
        values = {"free": memory[0], "total": memory[1]}
        rows.append(Row("Memory", "{free:.1f} GiB free of {total:.1f} GiB", 'INFO', values=values))
    return rows


def folder_row(name: str, folder: Path) -> Row:
    """Whether a folder can be written."""
    problem = write_problem(folder)
    if not problem:
        return Row(name, "{folder}", 'OK', values={"folder": folder})
    return Row(
        name,
        "{folder}: {reason}",
        'ERROR',
        hint="Choose a folder that can be written, in the preferences of Ada Forge",
        values={"folder": folder, "reason": problem},
    )


def disk_row(folder: Path) -> Row:
    """Free space where packages and models go."""
    free = free_disk_gib(folder)
    if free is None:
        return Row("Free Disk Space", "Unknown", 'WARNING')
    if free >= LOW_DISK_GIB:
        return Row("Free Disk Space", "{free:.1f} GiB", 'OK', values={"free": free})
    return Row(
        "Free Disk Space",
        "{free:.1f} GiB",
        'WARNING',
        hint="Packages and models need up to {needed:.0f} GiB. Free some space or choose folders on another disk",
        values={"free": free, "needed": LOW_DISK_GIB},
    )
