"""The fake NVML in Blender's own process, and as much of torch as the monitor asks for."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import stage

GIB = 1024**3
SCRIPT = Path(stage.values["card_script"])

os.environ["FAKE_NVML_SCRIPT"] = str(SCRIPT)
ctypes.CDLL(stage.values["library"], mode=ctypes.RTLD_GLOBAL)


def card(**values: object) -> None:
    """Have the fake card answer so from now on."""
    part = SCRIPT.with_suffix(".part")
    part.write_text("".join(f"{key} {value}\n" for key, value in values.items()))
    os.replace(part, SCRIPT)


def busy(temperature: int = 71, **more: object) -> None:
    """A card at work."""
    card(memory_total=24 * GIB, memory_used=9 * GIB, memory_reserved=GIB, temperature=temperature, utilization=98,
         power=431250, **more)  # fmt: skip


class Torch:
    """It holds 2.5 GiB."""

    class cuda:
        is_available = is_initialized = staticmethod(lambda: True)
        device_count = staticmethod(lambda: 1)
        memory_allocated = staticmethod(lambda index=0: 2 * GIB)
        memory_reserved = max_memory_reserved = staticmethod(lambda index=0: 5 * GIB // 2)
        synchronize = empty_cache = reset_peak_memory_stats = staticmethod(lambda: None)

        @staticmethod
        def get_device_properties(index: int) -> object:
            return type("Properties", (), {"name": "Card", "total_memory": 24 * GIB, "uuid": "?"})
