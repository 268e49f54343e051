"""Where the overlay's bars, curves and words stand. Numbers only: nothing here draws or asks Blender."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..ai.card.reading import GIB, CardReading, Reading, show_temperature

Color: TypeAlias = tuple[float, float, float, float]

MINUTES = 2.0  # That the curves show.
POINTS = 60  # Of a curve.
WIDTH, ROW, PAD = 250, 18, 8  # Pixels at a scale of 1.
LETTERS = 42  # Small ones that fit the width.
WIDE = "\u2e80"  # The first wide letter.
PIECE = re.compile(r"[\u2e80-\uffff][,.;:!?)、。]*|[^\s\u2e80-\uffff]+\s*|\s+")
OTHER: Color = (0.93, 0.56, 0.24, 1.0)
TORCH: Color = (0.36, 0.62, 0.95, 1.0)
FREE: Color = (1.0, 1.0, 1.0, 0.12)
COLD: Color = (0.45, 0.82, 0.51, 1.0)
WARM: Color = (0.95, 0.79, 0.29, 1.0)
HOT: Color = (0.96, 0.36, 0.30, 1.0)
LOAD: Color = (0.72, 0.62, 0.95, 1.0)
ROWS = ('NAME', 'MEMORY', 'TEMPERATURE', 'UTILIZATION', 'POWER', 'COMPUTER')


@dataclass(frozen=True, slots=True)
class Look:
    """What the user chose."""

    corner: Literal['TOP_LEFT', 'TOP_RIGHT', 'BOTTOM_LEFT', 'BOTTOM_RIGHT'] = 'BOTTOM_RIGHT'
    scale: float = 1.0  # Of Blender's interface times the overlay's own.
    opacity: float = 0.6  # Of the background, 0 to 1.
    rows: frozenset[str] = frozenset(ROWS)
    fahrenheit: bool = False
    card: int = -1  # Number of the card; -1 shows all.
    text: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Word:
    """One piece of text; `x` is its left end, or its right end."""

    x: float
    y: float
    text: str
    color: Color
    right: bool = False
    small: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is drawn, in pixels from the lower left corner of the block. Two that are equal look the same."""

    width: int
    height: int
    size: float  # Of the font, in pixels.
    boxes: tuple[tuple[float, float, float, float, Color], ...]  # x, y, width, height.
    curves: tuple[tuple[tuple[tuple[int, int], ...], Color], ...]
    words: tuple[Word, ...]


def temperature_color(celsius: float, slowdown: float | None) -> Color:
    """Green, yellow from 20 °C and red from 5 °C below the temperature at which the card slows down."""
    margin = (slowdown or 90.0) - celsius
    return HOT if margin <= 5.0 else WARM if margin <= 20.0 else COLD


def memory_parts(card: CardReading) -> tuple[int, int, int] | None:
    """Bytes that Cycles and others hold, that torch holds in this process, and that are free."""
    if card.memory_total is None or card.memory_free is None:
        return None
    torch = card.torch_reserved or 0
    return max(0, card.memory_total - card.memory_free - torch), torch, card.memory_free


def wrap(sentence: str) -> list[str]:
    """A sentence as lines that fit the block, broken at spaces and between wide (Chinese) letters, which take two."""
    lines, used = [""], 0
    for piece in PIECE.findall(sentence):
        width = sum(2 if letter >= WIDE else 1 for letter in piece.rstrip())
        if used + width > LETTERS and lines[-1]:
            lines, used = [*lines, ""], 0
        lines[-1] += piece
        used += width + len(piece) - len(piece.rstrip())
    return [line.rstrip() for line in lines if line]


def curve_points(
    times: Sequence[float], values: Sequence[float | None], low: float, high: float, width: int, height: int
) -> tuple[tuple[int, int], ...]:
    """A curve of the last `MINUTES`, newest at the right end.

    Times are gathered in fixed slots, so that a curve of steady values stays the same from one reading to the next.

    Args:
        times: seconds, rising.
        values: one for each; None leaves it out.
        low: the value at the bottom.
        high: the value at the top.
        width: in pixels.
        height: likewise.
    """
    if not times or high <= low:
        return ()
    slot = MINUTES * 60.0 / POINTS
    newest = int(times[-1] // slot)
    sums: dict[int, list[float]] = {}
    for time, value in zip(times, values):
        age = newest - int(time // slot)
        if value is not None and age < POINTS:
            sums.setdefault(age, []).append(value)
    points = []
    for age in sorted(sums, reverse=True):
        share = (sum(sums[age]) / len(sums[age]) - low) / (high - low)
        points.append((round(width * (POINTS - 1 - age) / (POINTS - 1)), round(height * min(1.0, max(0.0, share)))))
    return tuple(points)


def compose(
    readings: Sequence[Reading], look: Look, alarms: Sequence[str] = (), translate: Callable[[str], str] = str
) -> Picture:
    """Lay out the newest reading with the curves of those before it.

    Args:
        readings: oldest first.
        look: what the user chose.
        alarms: sentences to show below.
        translate: gives the words of the interface's language.
    """
    block = _Block(look, translate)
    if readings:
        latest = readings[-1]
        recent = [reading for reading in readings if latest.time - reading.time <= MINUTES * 60.0]
        cards = [card for card in latest.cards if look.card in {-1, card.index}]
        for card in cards:
            block.add_card(card, recent)
        if 'COMPUTER' in look.rows or not cards:
            block.add_computer(latest)
        for alarm in alarms:
            for line in wrap(alarm):
                block.line(line, color=HOT, small=True)
    return block.finish()


class _Block:
    """Grows downwards from y = 0; `finish` moves it up."""

    def __init__(self, look: Look, translate: Callable[[str], str]) -> None:
        self._look = look
        self._translate = translate
        self._text: Color = (*look.text, 1.0)
        self._boxes: list[tuple[float, float, float, float, Color]] = []
        self._curves: list[tuple[tuple[tuple[int, int], ...], Color]] = []
        self._words: list[Word] = []
        self._pad = round(PAD * look.scale)
        self._width = round(WIDTH * look.scale)
        self._row = round(ROW * look.scale)
        self._y = -self._pad

    def line(self, text: str, color: Color | None = None, small: bool = False) -> None:
        self._y -= self._row
        self._words.append(Word(self._pad, self._y + round(0.3 * self._row), text, color or self._text, small=small))

    def add_card(self, card: CardReading, recent: Sequence[Reading]) -> None:
        rows, iface_ = self._look.rows, self._translate
        if 'NAME' in rows:
            self.line((card.name or iface_("Graphics Card"))[:36])
        if 'MEMORY' in rows:
            self._add_memory(card, recent)
        if 'TEMPERATURE' in rows:
            known = card.temperature is not None
            color = temperature_color(card.temperature, card.slowdown_temperature) if known else self._text
            value = show_temperature(card.temperature, self._look.fahrenheit) if known else iface_("n/a")
            self.line(f"{iface_('Temperature')}  {value}", color)
            self._add_curve(card, recent, "temperature", 25.0, float(card.slowdown_temperature or 95), color)
        if 'UTILIZATION' in rows:
            self.line(f"{iface_('Utilization')}  {self._percent(card.utilization)}")
            self._add_curve(card, recent, "utilization", 0.0, 100.0, LOAD)
        if 'POWER' in rows:
            limit = f" / {card.power_limit:.0f}" if card.power_limit else ""
            value = iface_("n/a") if card.power is None else f"{card.power:.0f}{limit} W"
            self.line(f"{iface_('Power')}  {value}")

    def add_computer(self, reading: Reading) -> None:
        iface_ = self._translate
        used, total = reading.ram_used, reading.ram_total
        memory = iface_("n/a") if used is None or total is None else f"{used / GIB:.1f} / {total / GIB:.0f} GiB"
        self.line(f"{iface_('CPU')}  {self._percent(reading.cpu)}    {iface_('RAM')}  {memory}")

    def finish(self) -> Picture:
        height = -self._y + self._pad
        background = (0.0, 0.0, float(self._width), float(height), (0.05, 0.05, 0.05, self._look.opacity))
        return Picture(
            self._width,
            height,
            11.0 * self._look.scale,
            (background, *((x, y + height, w, h, color) for x, y, w, h, color in self._boxes)),
            tuple((tuple((x, y + height) for x, y in points), color) for points, color in self._curves),
            tuple(Word(w.x, w.y + height, w.text, w.color, w.right, w.small) for w in self._words),
        )

    def _percent(self, value: float | None) -> str:
        iface_ = self._translate
        return iface_("n/a") if value is None else f"{value:.0f} %"

    def _add_memory(self, card: CardReading, recent: Sequence[Reading]) -> None:
        parts, iface_ = memory_parts(card), self._translate
        if parts is None or not card.memory_total:
            self.line(f"{iface_('VRAM')}  {iface_('n/a')}")
            return
        used = card.memory_total - parts[2]
        self.line(f"{iface_('VRAM')}  {used / GIB:.1f} / {card.memory_total / GIB:.1f} GiB")
        self._add_curve(card, recent, "memory_share", 0.0, 1.0, OTHER)
        height, length = round(0.4 * self._row), self._width - 2 * self._pad
        self._y -= height + 2
        x = float(self._pad)
        for size, color in zip(parts, (OTHER, TORCH, FREE)):
            width = round(length * size / card.memory_total)
            self._boxes.append((x, self._y, width, height, color))
            x += width
        self._y -= self._row
        base = self._y + round(0.35 * self._row)
        names = (iface_("Cycles and other"), iface_("torch"), iface_("free"))
        texts = [f"{name} {size / GIB:.1f}" for name, size in zip(names, parts)]
        middle = round(self._pad + 0.66 * length)
        self._words.append(Word(self._pad, base, texts[0], OTHER, small=True))
        self._words.append(Word(middle, base, texts[1], TORCH, right=True, small=True))
        self._words.append(Word(self._pad + length, base, texts[2], self._text, right=True, small=True))

    def _add_curve(
        self, card: CardReading, recent: Sequence[Reading], name: str, low: float, high: float, color: Color
    ) -> None:
        """A curve in the right half of the last line."""
        times, values = [], []
        for reading in recent:
            for other in reading.cards:
                if other.index == card.index:
                    times.append(reading.time)
                    values.append(getattr(other, name))
        width, height = round(0.4 * self._width), self._row - 4
        left, bottom = self._width - self._pad - width, self._y + 2
        self._boxes.append((left, bottom, width, height, (1.0, 1.0, 1.0, 0.05)))
        points = curve_points(times, values, low, high, width, height)
        if len(points) > 1:
            self._curves.append((tuple((left + x, bottom + y) for x, y in points), color))
