"""Examines what the extension needs and says what to do about what is missing."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy

from .cards import Driver, card_rows, cuda_row, driver_row, read_driver, torch_toolkit
from .machine import disk_row, folder_row, machine_rows
from .packages import (
    PACKAGES,
    Package,
    as_shell_text,
    has_module,
    install_command,
    installed_version,
    missing_packages,
    refresh,
)
from .report import Report, Row
from .tensorflow_growth import limit_tensorflow


@dataclass(frozen=True, slots=True)
class BlenderFacts:
    """What only Blender knows."""

    version: str
    online: bool  # Whether Blender may use the network.
    data_folder: Path
    packages_folder: Path
    log_file: Path | None  # None while no log is written.


def examine(blender: BlenderFacts | None = None) -> Report:
    """Look at everything, and start PyTorch for it (seconds). A missing thing is a row, never an exception.

    Side effect: a TensorFlow in this process is kept from taking the whole card (`limit_tensorflow`).

    Args:
        blender: None outside Blender; its rows are then left out.
    """
    refresh()
    torch, torch_row = _start_torch()
    driver = read_driver()
    rows = [*machine_rows(), *_blender_rows(blender)]
    rows += [
        Row("Python", "{version}", 'INFO', values={"version": platform.python_version()}),
        Row("NumPy", "{version}", 'INFO', values={"version": numpy.__version__}),
        torch_row,
    ]
    if torch is not None:
        rows.append(cuda_row(driver, torch))
    rows += [driver_row(driver, torch), *card_rows(driver, torch)]
    rows += [_package_row(package) for package in PACKAGES if package.module != "torch"]
    if not has_module("pip"):
        values = {"python": sys.executable}
        hint = "Run '{python} -m ensurepip --user' in a terminal before the install command"
        rows.append(Row("pip", "Not installed", 'WARNING', hint=hint, values=values))
    rows.append(limit_tensorflow())
    modules = _to_install(driver, torch)
    return Report(
        tuple(rows),
        tuple(package.name for package in PACKAGES if package.module in modules),
        _install_text(blender, driver, torch, modules) if modules else "",
    )


def quick_install_text(blender: BlenderFacts) -> str:
    """The install command without starting PyTorch, or an empty text where no package is missing."""
    modules = [package.module for package in missing_packages()]
    return _install_text(blender, read_driver(), None, modules) if modules else ""


def _start_torch() -> tuple[Any | None, Row]:
    if not has_module("torch"):
        return None, Row(
            "PyTorch", "Not installed", 'ERROR', hint="Press Copy Install Command and run it in a terminal"
        )
    try:
        import torch
    except Exception as error:  # A damaged installation fails in any way; the doctor is who must say so.
        return None, Row(
            "PyTorch",
            "Does not start: {reason}",
            'ERROR',
            hint="Delete the packages folder, restart Blender and install the packages again",
            values={"reason": str(error).strip().partition("\n")[0] or type(error).__name__},
        )
    values = {"version": torch.__version__}
    if any(package.module == "torch" for package in missing_packages()):
        return torch, Row("PyTorch", "{version}", 'ERROR', hint="Too old. Press Copy Install Command", values=values)
    return torch, Row("PyTorch", "{version}", 'OK', values=values)


def _blender_rows(blender: BlenderFacts | None) -> list[Row]:
    if blender is None:
        return []
    rows = [Row("Blender", "{version}", 'INFO', values={"version": blender.version})]
    if blender.online:
        rows.append(Row("Online Access", "Allowed", 'OK'))
    else:
        hint = "To download models, turn on Allow Online Access in the preferences of Blender, under System"
        rows.append(Row("Online Access", "Not allowed", 'INFO', hint=hint))
    rows += [
        folder_row("Data Folder", blender.data_folder),
        folder_row("Packages Folder", blender.packages_folder),
        disk_row(blender.packages_folder),
    ]
    if blender.log_file is None:
        rows.append(Row("Log File", "Not written", 'WARNING'))
    else:
        rows.append(Row("Log File", "{path}", 'OK', values={"path": blender.log_file}))
    return rows


def _package_row(package: Package) -> Row:
    if not has_module(package.module):
        return Row(package.name, "Not installed", 'ERROR' if package.required else 'INFO', hint=package.purpose)
    version = installed_version(package)
    if version is None:
        return Row(package.name, "Version unknown", 'INFO')
    if package in missing_packages():
        return Row(
            package.name,
            "{version}, older than {minimum}",
            'ERROR' if package.required else 'WARNING',
            hint=package.purpose,
            values={"version": version, "minimum": package.minimum},
        )
    return Row(package.name, "{version}", 'OK', values={"version": version})


def _to_install(driver: Driver | None, torch: Any | None) -> list[str]:
    modules = [package.module for package in missing_packages()]
    if torch is not None and driver is not None and torch_toolkit(torch) is None:
        modules = ["torch", *(module for module in modules if module != "torch")]
    return modules


def _install_text(blender: BlenderFacts | None, driver: Driver | None, torch: Any | None, modules: list[str]) -> str:
    installed = {"numpy": numpy.__version__}
    if torch is not None and "torch" not in modules:
        installed["torch"] = torch.__version__
    folder = blender.packages_folder if blender is not None else None
    return as_shell_text(install_command(sys.executable, folder, driver is not None, modules, installed))
