"""When to worry, and when to let the card cool."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import AdaError, Words
from .reading import THROTTLED, CardReading, Reading

DEGREES_BEFORE = 5  # °C below the slow-down temperature.
MEMORY_SHARE = 0.95


def find_alarms(reading: Reading) -> list[AdaError]:
    """What is wrong with the cards, one sentence each."""
    return [alarm for card in reading.cards for alarm in _card_alarms(card)]


def _card_alarms(card: CardReading) -> list[AdaError]:
    found = []
    name = card.name or card.index
    limit = card.slowdown_temperature
    if card.temperature is not None and limit and card.temperature >= limit - DEGREES_BEFORE:
        found.append(
            AdaError("{name}: {value} °C; it slows down at {limit} °C", name=name, value=card.temperature, limit=limit)
        )
    share = card.memory_share
    if share is not None and share > MEMORY_SHARE:
        found.append(AdaError("{name}: {share:.0%} of the memory is in use", name=name, share=share))
    if card.throttle and card.throttle & THROTTLED:
        reasons = Words(card.reasons(THROTTLED))
        found.append(AdaError("{name}: slowed down. {reasons}", name=name, reasons=reasons))
    return found


@dataclass(slots=True)
class ThermalGuard:
    """Pauses our own jobs from one temperature on, and lets them go on below another."""

    enabled: bool = False
    pause_at: float = 84.0  # °C
    resume_below: float = 76.0
    paused: bool = False
    temperature: float | None = None  # The hottest card's.

    def update(self, reading: Reading) -> bool:
        """Heed a reading; return whether jobs are to pause. A temperature that is not known pauses nothing."""
        known = [card.temperature for card in reading.cards if card.temperature is not None]
        self.temperature = max(known, default=None)
        if not self.enabled or self.temperature is None:
            self.paused = False
        elif self.temperature >= self.pause_at:
            self.paused = True
        elif self.temperature < min(self.resume_below, self.pause_at):
            self.paused = False
        return self.paused
