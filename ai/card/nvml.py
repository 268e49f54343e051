"""NVIDIA's management library, read so that one value that fails never takes the others with it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ..errors import AdaError
from ..setup.packages import has_module
from .reading import CardReading

RETRY_SECONDS = 2.0  # Between attempts to reach a driver that does not answer.


class NvmlReader:
    """Reads all cards, on one thread. A lost card, a reset driver and a shutdown by others heal by themselves."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, throughput: bool = True) -> None:
        """`throughput`: measure PCIe as well, for which the driver takes 40 ms a card (without using the processor)."""
        self.problem: AdaError | None = None  # Why there are no cards, or why one is silent.
        self._throughput = throughput
        self._clock = clock
        self._nvml: Any = None  # The module, while it is initialised.
        self._handles: list[tuple[Any, CardReading]] = []  # With what never changes.
        self._retry_at = -float("inf")
        self._broken: Any = None  # The error that says the library must be initialised again.

    def read(self) -> tuple[CardReading, ...]:
        """Read every card; empty where NVML is not to be had, `problem` then says why."""
        if self._nvml is None and self._clock() >= self._retry_at:
            self._open()
        if self._nvml is None:
            return ()
        self._broken = None
        cards = tuple(self._read_card(handle, fixed) for handle, fixed in self._handles)
        if self._broken is not None:
            self._fail(self._broken)
        return cards

    def close(self) -> None:
        """Give the library back."""
        nvml, self._nvml, self._handles = self._nvml, None, []
        if nvml is not None:
            try:
                nvml.nvmlShutdown()
            except nvml.NVMLError as error:
                if error.value != nvml.NVML_ERROR_UNINITIALIZED and not self._is_fatal(nvml, error):
                    raise

    def _open(self) -> None:
        self._retry_at = self._clock() + RETRY_SECONDS
        if not has_module("pynvml"):
            self.problem = AdaError("Install nvidia-ml-py to see the card's memory, temperature and load")
            return
        import pynvml

        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError as error:
            self.problem = _sentence(pynvml, error)
            return
        self._nvml, self._broken = pynvml, None
        count = self._ask("nvmlDeviceGetCount") or 0
        for index in range(count):
            handle = self._ask("nvmlDeviceGetHandleByIndex", index)
            if handle is not None:
                self._handles.append((handle, self._read_fixed(index, handle)))
        if self._broken is not None:
            self._fail(self._broken)
        elif not self._handles:
            self.problem = AdaError("The NVIDIA driver knows of no card")
        else:
            self.problem = None

    def _fail(self, error: Any) -> None:
        """Start anew after a while."""
        self.problem = _sentence(self._nvml, error)
        again = error.value == self._nvml.NVML_ERROR_UNINITIALIZED  # Someone else has shut it down: nothing is wrong.
        self._retry_at = self._clock() + (0.0 if again else RETRY_SECONDS)
        self.close()

    @staticmethod
    def _is_fatal(nvml: Any, error: Any) -> bool:
        return error.value in {
            nvml.NVML_ERROR_UNINITIALIZED,
            nvml.NVML_ERROR_DRIVER_NOT_LOADED,
            nvml.NVML_ERROR_GPU_IS_LOST,
            nvml.NVML_ERROR_RESET_REQUIRED,
            nvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH,
        }

    def _ask(self, function: str, *arguments: Any) -> Any:
        """One value, or None where the driver does not give it."""
        try:
            return getattr(self._nvml, function)(*arguments)
        except self._nvml.NVMLError as error:
            if self._is_fatal(self._nvml, error):
                self._broken = error
        except AttributeError:  # An older nvidia-ml-py.
            return None
        except UnicodeDecodeError:  # A name in another encoding.
            return None
        return None

    def _read_fixed(self, index: int, handle: Any) -> CardReading:
        ask = self._ask
        return CardReading(
            index,
            name=ask("nvmlDeviceGetName", handle),
            uuid=ask("nvmlDeviceGetUUID", handle),
            slowdown_temperature=ask("nvmlDeviceGetTemperatureThreshold", handle, 1),
            shutdown_temperature=ask("nvmlDeviceGetTemperatureThreshold", handle, 0),
            cores=ask("nvmlDeviceGetNumGpuCores", handle),
        )

    def _read_card(self, handle: Any, fixed: CardReading) -> CardReading:
        ask = self._ask
        load = ask("nvmlDeviceGetUtilizationRates", handle)
        memory = ask("nvmlDeviceGetMemoryInfo", handle, self._nvml.nvmlMemory_v2)
        if memory is None:  # A driver before 510.
            memory = ask("nvmlDeviceGetMemoryInfo", handle)
        power, limit = ask("nvmlDeviceGetPowerUsage", handle), ask("nvmlDeviceGetEnforcedPowerLimit", handle)
        throttle = ask("nvmlDeviceGetCurrentClocksEventReasons", handle)
        if throttle is None:  # A driver before 535 knows the old name only.
            throttle = ask("nvmlDeviceGetCurrentClocksThrottleReasons", handle)
        encoder, decoder = (
            ask("nvmlDeviceGetEncoderUtilization", handle),
            ask("nvmlDeviceGetDecoderUtilization", handle),
        )
        sent, received = (
            (ask("nvmlDeviceGetPcieThroughput", handle, counter) for counter in (0, 1))
            if self._throughput
            else (None, None)
        )
        return replace(
            fixed,
            utilization=load.gpu if load else None,
            memory_utilization=load.memory if load else None,
            memory_total=memory.total if memory else None,
            memory_used=memory.used if memory else None,
            memory_reserved=getattr(memory, "reserved", None),
            memory_free=memory.free if memory else None,
            temperature=ask("nvmlDeviceGetTemperature", handle, 0),
            power=None if power is None else power / 1000.0,
            power_limit=None if limit is None else limit / 1000.0,
            sm_clock=ask("nvmlDeviceGetClockInfo", handle, 1),
            memory_clock=ask("nvmlDeviceGetClockInfo", handle, 2),
            throttle=throttle,
            fan=ask("nvmlDeviceGetFanSpeed", handle),
            pstate=ask("nvmlDeviceGetPerformanceState", handle),
            pcie_generation=ask("nvmlDeviceGetCurrPcieLinkGeneration", handle),
            pcie_width=ask("nvmlDeviceGetCurrPcieLinkWidth", handle),
            pcie_sent=sent,
            pcie_received=received,
            encoder=encoder[0] if encoder else None,
            decoder=decoder[0] if decoder else None,
            own_memory=self._own_memory(handle),
        )

    def _own_memory(self, handle: Any) -> int | None:
        """VRAM of this process; one that computes and draws stands in both lists with the same figure."""
        lists = [
            self._ask("nvmlDeviceGetComputeRunningProcesses", handle),
            self._ask("nvmlDeviceGetGraphicsRunningProcesses", handle),
        ]
        if lists == [None, None]:
            return None
        found = [process.usedGpuMemory for listed in lists for process in listed or () if process.pid == os.getpid()]
        return max((size for size in found if size is not None), default=None if found else 0)


def _sentence(nvml: Any, error: Any) -> AdaError:
    if error.value in {nvml.NVML_ERROR_LIBRARY_NOT_FOUND, nvml.NVML_ERROR_DRIVER_NOT_LOADED}:
        return AdaError("No NVIDIA driver is at work, so that only the processor and the main memory are shown")
    if error.value in {nvml.NVML_ERROR_GPU_IS_LOST, nvml.NVML_ERROR_RESET_REQUIRED}:
        return AdaError("The card does not answer ({reason}). Restart the computer if it stays so", reason=str(error))
    return AdaError("The NVIDIA driver reports: {reason}", reason=str(error))


def free_memory(card: int | str = 0) -> int | None:
    """Free VRAM in bytes, as NVML sees it at this moment; None where there is no NVML. Any thread may ask.

    Args:
        card: its number as NVML counts, or its place on the PCI bus, such as "0000:01:00.0".
    """
    return _ask_once(card, lambda nvml, handle: int(nvml.nvmlDeviceGetMemoryInfo(handle).free))


def used_memory(card: int | str = 0) -> int | None:
    """VRAM in use by all programs, likewise."""

    def ask(nvml: Any, handle: Any) -> int:
        memory = nvml.nvmlDeviceGetMemoryInfo(handle)
        return int(memory.total - memory.free)

    return _ask_once(card, ask)


def process_memory(card: int | str = 0) -> dict[int, int]:
    """VRAM of each program by its process number, likewise; empty where nobody tells, as under Windows' WDDM."""

    def ask(nvml: Any, handle: Any) -> dict[int, int]:
        found: dict[int, int] = {}
        for name in ("nvmlDeviceGetComputeRunningProcesses", "nvmlDeviceGetGraphicsRunningProcesses"):
            for process in getattr(nvml, name)(handle):
                found[process.pid] = max(found.get(process.pid, 0), process.usedGpuMemory or 0)
        return found

    return _ask_once(card, ask) or {}


@contextmanager
def initialized() -> Iterator[None]:
    """Keep the library initialised meanwhile, so that asking it costs little."""
    nvml = _start()
    try:
        yield
    finally:
        if nvml is not None:
            _shut_down(nvml)


def _start() -> Any:
    if not has_module("pynvml"):
        return None
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    return pynvml


def _ask_once(card: int | str, ask: Callable[[Any, Any], Any]) -> Any:
    nvml = _start()
    if nvml is None:
        return None
    try:
        find = nvml.nvmlDeviceGetHandleByIndex if isinstance(card, int) else nvml.nvmlDeviceGetHandleByPciBusId
        return ask(nvml, find(card))
    except nvml.NVMLError:
        return None
    finally:
        _shut_down(nvml)


def _shut_down(nvml: Any) -> None:
    try:
        nvml.nvmlShutdown()
    except nvml.NVMLError as error:  # A driver that went away has nothing to be given back to.
        if not NvmlReader._is_fatal(nvml, error):
            raise
