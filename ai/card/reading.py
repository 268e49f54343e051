"""What one look at the machine found. A value that could not be read is None, and shown as n/a."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ..errors import AdaError

GIB = 1024**3

# Why the clocks are held down, by bit (nvml.h, nvmlClocksEventReasons).
REASONS = {
    0x1: "Idle",
    0x2: "Application clocks",
    0x4: "Power limit",
    0x8: "Hardware slow-down",
    0x10: "Sync boost",
    0x20: "Temperature (driver)",
    0x40: "Temperature (hardware)",
    0x80: "Power brake",
    0x100: "Display clocks",
}
THROTTLED = 0x8 | 0x20 | 0x40 | 0x80  # Those that mean trouble: a card at work is always at its power limit.


@dataclass(frozen=True, slots=True)
class CardReading:
    """One card. Memory in bytes, temperatures in °C, power in W, clocks in MHz, shares in percent."""

    index: int
    name: str | None = None
    uuid: str | None = None
    utilization: int | None = None
    memory_utilization: int | None = None
    memory_total: int | None = None
    memory_used: int | None = None  # Without what the driver reserves, where it tells the two apart.
    memory_reserved: int | None = None
    memory_free: int | None = None
    temperature: int | None = None
    slowdown_temperature: int | None = None
    shutdown_temperature: int | None = None
    cores: int | None = None  # CUDA cores.
    power: float | None = None
    power_limit: float | None = None
    sm_clock: int | None = None
    memory_clock: int | None = None
    throttle: int | None = None  # Bits of `REASONS`.
    fan: int | None = None
    pstate: int | None = None  # 0 is fastest.
    pcie_generation: int | None = None
    pcie_width: int | None = None
    pcie_sent: int | None = None  # kB/s
    pcie_received: int | None = None
    encoder: int | None = None
    decoder: int | None = None
    own_memory: int | None = None  # Of this process; unknown under Windows' WDDM.
    torch_allocated: int | None = None  # In this process; None until torch has used the card.
    torch_reserved: int | None = None
    torch_peak: int | None = None

    @property
    def memory_share(self) -> float | None:
        """How much of the memory is in use, 0 to 1."""
        if not self.memory_total or self.memory_free is None:
            return None
        return 1.0 - self.memory_free / self.memory_total

    def reasons(self, mask: int = -1) -> list[str]:
        """Why the clocks are held down, in words; only those in the mask."""
        return [word for bit, word in REASONS.items() if (self.throttle or 0) & bit & mask]


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at everything."""

    time: float  # Seconds since the epoch.
    cards: tuple[CardReading, ...] = ()
    cpu: float | None = None  # Percent of all cores.
    ram_used: int | None = None
    ram_total: int | None = None
    problem: AdaError | None = None  # Why cards are missing or silent.

    def flat(self) -> dict[str, float | int | str | None]:
        """As one row of a table: time, cpu, ram_used, ram_total, gpu0_name, gpu0_utilization, …"""
        row: dict[str, float | int | str | None] = {
            "time": self.time, "cpu": self.cpu, "ram_used": self.ram_used, "ram_total": self.ram_total
        }  # fmt: skip
        for card in self.cards:
            row |= {f"gpu{card.index}_{name}": getattr(card, name) for name in CARD_VALUES}
        return row


CARD_VALUES = tuple(field.name for field in fields(CardReading) if field.name != "index")


def show_temperature(celsius: float, fahrenheit: bool) -> str:
    """A temperature in °C as text, in either unit."""
    return f"{celsius * 9.0 / 5.0 + 32.0:.0f} °F" if fahrenheit else f"{celsius:.0f} °C"
