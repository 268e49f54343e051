"""Which graphics card computes what: Cycles and PyTorch share, or have one each."""

from __future__ import annotations

from ..ai.card.arbiter import arbiter
from ..ai.card.card import real_card
from ..render import devices
from . import usage
from .properties import preferences


def our_number() -> int:
    """The card PyTorch computes on, as CUDA numbers them."""
    chosen = preferences()
    return chosen.device_index if chosen is not None and chosen.device == 'CUDA' else 0


def our_bus() -> str | None:
    """Its place on the bus; None where there is one card at most, or nobody tells."""
    found = devices.list_cards()
    number = our_number()
    return found[number][1] if len(found) > 1 and number < len(found) else None


def spared() -> str | None:
    """Place on the bus of the card that Cycles leaves to PyTorch; None where they share."""
    chosen = preferences()
    return our_bus() if chosen is not None and chosen.cards == 'SPLIT' else None


def follow() -> None:
    """Have the arbiter and the measurements look at the card PyTorch computes on."""
    bus = our_bus()
    place: int | str = 0 if bus is None else f"{bus}.0"
    if place != usage.place:
        usage.place = place
        arbiter.move_to(real_card(place))
