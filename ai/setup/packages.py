"""The packages the extension uses, what is missing of them, and the command that installs it.

They live in a folder outside the extension, which an update replaces. The folder stands at the end of `sys.path`,
so that what Blender brings along (numpy) wins over a copy in it.
"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import re
import shlex
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import AdaError


@dataclass(frozen=True, slots=True)
class Package:
    """One package of the Python Package Index."""

    module: str  # Name to import.
    name: str  # Name to install.
    purpose: str  # A sentence for the doctor.
    minimum: str  # Oldest version known to work.
    required: bool = False
    needs: tuple[str, ...] = ()  # Modules of this table that pip would otherwise choose by itself.


PACKAGES = (
    Package("torch", "torch", "Computes everything that learns", "2.4", required=True),
    Package("skimage", "scikit-image", "Needed for reconstruction", "0.22", required=True),
    Package("scipy", "scipy", "Needed for reconstruction", "1.11", required=True),
    Package("PIL", "Pillow", "Needed for reconstruction", "10.0", required=True),
    Package("pycolmap", "pycolmap", "Finds the cameras of photos", "4.0"),
    Package("safetensors", "safetensors", "Needed for reconstruction", "0.4", required=True),
    Package("diffusers", "diffusers", "Needed for textures", "0.31"),
    Package("transformers", "transformers", "Needed for textures", "4.44"),
    Package("accelerate", "accelerate", "Needed for textures", "0.33", needs=("torch",)),
    Package("pynvml", "nvidia-ml-py", "Reads the memory and the driver of NVIDIA cards", "12.535"),
    Package("psutil", "psutil", "Reads the memory of the computer", "5.9"),
    Package("matplotlib", "matplotlib", "Draws charts", "3.8"),
)
BY_MODULE = {package.module: package for package in PACKAGES}

# The last PyTorch built for CUDA 12.8, which runs on every driver for CUDA 12 and on cards from Turing to Blackwell.
# The version is given exactly: by version alone pip takes a newer build from the Python Package Index, which on
# Windows knows no card.
TORCH = "2.11.0"
TORCH_INDEX = "https://download.pytorch.org/whl/"
CUDA_BUILD = "cu128"

_added: list[str] = []


def has_module(name: str) -> bool:
    """Whether `import name` would find something; nothing is imported."""
    if name in sys.modules:
        return sys.modules[name] is not None
    return importlib.util.find_spec(name) is not None


def installed_version(package: Package) -> str | None:
    """The version that stands in the package's metadata, or None if there is none."""
    try:
        return importlib.metadata.version(package.name)
    except importlib.metadata.PackageNotFoundError:
        return None


def release_numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version's release: "2.11.0rc1+cu128" gives (2, 11, 0)."""
    match = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in match.group().split(".")) if match else ()


def is_too_old(package: Package) -> bool:
    """Whether the installed version is below the package's minimum; an unknown version is not."""
    version = installed_version(package)
    return version is not None and release_numbers(version) < release_numbers(package.minimum)


@functools.cache
def missing_packages() -> tuple[Package, ...]:
    """The packages that are absent or too old, in the table's order. Remembered until `refresh`."""
    return tuple(package for package in PACKAGES if not has_module(package.module) or is_too_old(package))


def refresh() -> None:
    """Look again: forget what was missing and what Python remembers of the folders."""
    importlib.invalidate_caches()
    missing_packages.cache_clear()


def require(*modules: str) -> None:
    """Check that packages are there before they are imported.

    Args:
        modules: names to import, each of `PACKAGES`.

    Raises:
        AdaError: one or more are missing or too old; one sentence names them all.
    """
    missing = missing_packages()
    absent = [BY_MODULE[module] for module in modules if BY_MODULE[module] in missing]
    if absent:
        raise AdaError(
            "{packages} must be installed or updated. Run the install command that Ada > Doctor copies, "
            "and 'batch.py doctor' prints, in a terminal",
            packages=", ".join(package.name for package in absent),
        )


def add_package_folder(folder: Path) -> None:
    """Let Python find the packages of a folder, after all others. A folder may be added twice or not exist yet."""
    entry = str(folder)
    if entry not in sys.path:
        sys.path.append(entry)
        _added.append(entry)
    refresh()


def remove_package_folders() -> None:
    """Take what `add_package_folder` added out of `sys.path`."""
    for entry in _added:
        if entry in sys.path:
            sys.path.remove(entry)
    _added.clear()
    refresh()


def install_command(
    python: str,
    folder: Path | None,
    cuda: bool,
    modules: Iterable[str],
    installed: Mapping[str, str] | None = None,
    platform: str = sys.platform,
) -> list[str]:
    """The pip command that installs packages into a folder, as a list of arguments.

    Args:
        python: the interpreter that runs pip; Blender's own is `sys.executable`.
        folder: where to; None installs into the interpreter's own environment.
        cuda: whether an NVIDIA card is to be used.
        modules: names to import, each of `PACKAGES`.
        installed: name to version of what is there and must stay as it is. Blender's numpy belongs in it: pip sees
            nothing outside `folder` and would choose packages for a numpy that is never loaded.
        platform: as `sys.platform`.
    """
    keep = dict(installed or {})
    wanted = {module: BY_MODULE[module] for module in modules}
    for package in tuple(wanted.values()):
        wanted |= {module: BY_MODULE[module] for module in package.needs}
    build = ""
    if "torch" in wanted:
        if not _is_published(keep.get("torch", "")):
            build = CUDA_BUILD if cuda and platform != "darwin" else "cpu" if platform.startswith("linux") else ""
            keep["torch"] = f"{TORCH}+{build}" if build else TORCH
        build = keep["torch"].partition("+")[2]
    requirements = [
        f"{package.name}=={keep[package.name]}" if package.name in keep else f"{package.name}>={package.minimum}"
        for package in wanted.values()
    ]
    if "numpy" in keep:
        requirements.append(f"numpy=={keep['numpy']}")
    command = [python, "-m", "pip", "install", "--upgrade", "--only-binary", ":all:"]
    if folder is not None:
        command += ["--target", str(folder)]
    if build:
        command += ["--extra-index-url", TORCH_INDEX + build]
    return command + requirements


def _is_published(torch_version: str) -> bool:
    """Whether a version of PyTorch is one that pip can get; a Linux distribution's own build is not."""
    return re.fullmatch(r"\d+\.\d+\.\d+(\+(cpu|cu\d+))?", torch_version) is not None


def as_shell_text(command: Iterable[str], platform: str = sys.platform) -> str:
    """A command as one line to paste: for PowerShell on Windows (its terminal's default), for sh elsewhere."""
    if platform != "win32":
        return shlex.join(command)
    words = [word if re.fullmatch(r"[\w./:\\+=-]+", word) else "'" + word.replace("'", "''") + "'" for word in command]
    return "& " + " ".join(words)
