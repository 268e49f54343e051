"""Rows about graphics cards: the driver and memory as NVML reports them, CUDA as PyTorch sees it."""

from __future__ import annotations

import ctypes
import sys
import warnings
from dataclasses import dataclass
from typing import Any

from .packages import has_module
from .report import Row

GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Card:
    """One NVIDIA card. Memory in bytes, None where the driver does not tell."""

    name: str
    free: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Driver:
    """What NVML reports. `problem` says why it reports nothing; then the rest is empty."""

    version: str = ""
    cuda: tuple[int, int] = (0, 0)  # Newest CUDA version the driver runs.
    cards: tuple[Card, ...] = ()
    problem: str = ""


def has_driver_library() -> bool:
    """Whether the library that comes with NVIDIA's driver can be loaded."""
    try:
        ctypes.CDLL("nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1")
    except OSError:
        return False
    return True


def read_driver() -> Driver | None:
    """Ask NVML, or return None where there is no NVIDIA driver. Without nvidia-ml-py, the versions stay empty."""
    if not has_module("pynvml"):
        return Driver() if has_driver_library() else None
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        return None if error.value == pynvml.NVML_ERROR_LIBRARY_NOT_FOUND else Driver(problem=str(error))
    try:
        number = pynvml.nvmlSystemGetCudaDriverVersion_v2()  # 12080 is 12.8.
        cards = tuple(_read_card(pynvml, index) for index in range(pynvml.nvmlDeviceGetCount()))
        return Driver(pynvml.nvmlSystemGetDriverVersion(), (number // 1000, number % 1000 // 10), cards)
    except pynvml.NVMLError as error:
        return Driver(problem=str(error))
    finally:
        pynvml.nvmlShutdown()


def _read_card(pynvml: Any, index: int) -> Card:
    handle = pynvml.nvmlDeviceGetHandleByIndex(index)
    name = pynvml.nvmlDeviceGetName(handle)
    try:
        memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
    except pynvml.NVMLError:  # Cards that share the computer's memory, and split ones, have no figure of their own.
        return Card(name)
    return Card(name, memory.free, memory.total)


def torch_toolkit(torch: Any) -> str | None:
    """Version of CUDA (or ROCm) that PyTorch is built for, or None where it is built for the processor only."""
    return torch.version.cuda or torch.version.hip


def driver_row(driver: Driver | None, torch: Any | None) -> Row:
    """The driver's version, and whether it is new enough for the CUDA that PyTorch is built for.

    Within one major version of CUDA an older driver runs newer builds (CUDA Compatibility, "Minor Version
    Compatibility", NVIDIA), so that only an older major version is an error.
    """
    if driver is None:
        return Row("NVIDIA Driver", "None", 'INFO')
    if driver.problem:
        return Row(
            "NVIDIA Driver",
            "{reason}",
            'ERROR',
            hint="Restart the computer; if that does not help, install the driver anew",
            values={"reason": driver.problem},
        )
    if not driver.version:
        return Row("NVIDIA Driver", "Installed", 'OK')
    values = {"version": driver.version, "cuda": ".".join(map(str, driver.cuda))}
    built = torch.version.cuda if torch is not None else None
    if built and driver.cuda[0] < int(built.split(".")[0]):
        return Row(
            "NVIDIA Driver",
            "{version}, for CUDA {cuda} at most",
            'ERROR',
            hint="PyTorch is built for CUDA {built}. Update the NVIDIA driver",
            values={**values, "built": built},
        )
    return Row("NVIDIA Driver", "{version}, for CUDA {cuda} at most", 'OK', values=values)


def cuda_row(driver: Driver | None, torch: Any) -> Row:
    """Whether PyTorch can compute on a card, and on which."""
    built = torch_toolkit(torch)
    if built is None:
        if driver is None:
            return Row("CUDA", "PyTorch computes on the processor", 'INFO')
        return Row(
            "CUDA",
            "PyTorch is built without CUDA",
            'WARNING',
            hint="Press Copy Install Command to get PyTorch for the NVIDIA card",
        )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        available = torch.cuda.is_available()
    if available:
        return _devices_row(torch, built)
    if caught:
        reason = str(caught[-1].message).splitlines()[0]
        return Row("CUDA", "{built}: {reason}", 'WARNING', values={"built": built, "reason": reason})
    return Row(
        "CUDA", "{built}, but no card is found; PyTorch computes on the processor", 'INFO', values={"built": built}
    )


def _devices_row(torch: Any, built: str) -> Row:
    try:
        names = [f"{index}: {torch.cuda.get_device_name(index)}" for index in range(torch.cuda.device_count())]
    except RuntimeError as error:  # CUDA is there and fails to start, for instance after the computer has slept.
        reason = str(error).partition("\n")[0]
        hint = "Restart the computer; if that does not help, update the NVIDIA driver"
        return Row("CUDA", "{built}: {reason}", 'ERROR', hint=hint, values={"built": built, "reason": reason})
    return Row("CUDA", "{built}, on {names}", 'OK', values={"built": built, "names": ", ".join(names)})


def card_rows(driver: Driver | None, torch: Any | None) -> list[Row]:
    """One row for each card with its memory: from NVML, else from PyTorch."""
    cards = driver.cards if driver is not None else ()
    if not cards and torch is not None and torch.cuda.is_available():
        asked = (_ask_torch(torch, index) for index in range(torch.cuda.device_count()))
        cards = tuple(card for card in asked if card is not None)
    return [_card_row(card) for card in cards]


def _ask_torch(torch: Any, index: int) -> Card | None:
    try:
        name = torch.cuda.get_device_name(index)
    except RuntimeError:  # The row on CUDA gives the reason.
        return None
    try:
        free, total = torch.cuda.mem_get_info(index)
    except RuntimeError:  # Another program holds the card for itself, or its memory is full.
        return Card(name)
    return Card(name, free, total)


def _card_row(card: Card) -> Row:
    if card.free is None or card.total is None:
        return Row("Graphics Card", "{name}, memory unknown", 'INFO', values={"name": card.name})
    return Row(
        "Graphics Card",
        "{name}, {free:.1f} GiB free of {total:.1f} GiB",
        'OK',
        values={"name": card.name, "free": card.free / GIB, "total": card.total / GIB},
    )
