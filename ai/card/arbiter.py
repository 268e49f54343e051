"""Who may use the card's memory: Cycles and torch share one card, and one of them at a time needs nearly all of it.

Models are held here. Each is on the card, parked in main memory, or dropped, and comes back by itself when it is used:

    held = arbiter.hold("Texture model", load, size, move)
    with arbiter.use(held) as pipeline:
        ...

`load()` returns the model on the card; `move(model, to_card)` takes it there or to main memory. `fetch` loads by a job,
which reports and can be cancelled. A model that computes on the CPU is held as well, and never on the card. Before
Cycles renders on the card, `begin_render` lets the running job end its step, parks all models and waits for the driver
to report room. It runs in Blender's render thread and touches nothing of Blender.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ..errors import AdaError
from ..job import Job, Progress
from .card import Card, real_card
from .memory import is_out_of_memory
from .usage import name_users

WAIT_SECONDS = 30.0  # The longest that a render waits for room.
RESERVE = 512 * 1024**2  # Bytes left free beside what is asked for: drivers and the desktop take some at any time.
POLL_SECONDS = 0.05


class Place(Enum):
    """Where a model is; the value is the word the panel shows."""

    RESIDENT = "On the card"
    PARKED = "In main memory"
    DROPPED = "Not loaded"


@dataclass(eq=False, slots=True, weakref_slot=True)
class Holding:
    """One model. Its fields are read by anybody and written by the arbiter."""

    name: str
    size: int  # Bytes of its weights.
    load: Callable[[], Any]
    move: Callable[[Any, bool], Any]
    place: Place = Place.DROPPED
    users: int = 0
    used_at: float = 0.0
    model: Any = None
    on_card: bool = True  # False: it computes on the CPU, and is in main memory while it is loaded.


@dataclass(frozen=True, slots=True)
class Room:
    """What `begin_render` came to."""

    enough: bool  # False: the render starts with less than it was estimated to need.
    free: int | None  # Bytes, None where the driver does not tell.
    seconds: float
    parked: tuple[str, ...]


class Arbiter:
    """One for the whole program. Any thread may call it."""

    def __init__(self, card: Card, clock: Callable[[], float] = time.monotonic) -> None:
        self.holdings: list[Holding] = []
        self.held_up: Callable[[], Progress | None] = lambda: None  # Why jobs pause beside a render: a hot card.
        self._card = card
        self._clock = clock
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._renders = 0
        self._busy = 0  # Jobs inside a step.

    @property
    def rendering(self) -> bool:
        return self._renders > 0

    @property
    def idle(self) -> list[Holding]:
        """Models on the card that nobody uses."""
        with self._lock:
            return [one for one in self.holdings if one.place is Place.RESIDENT and not one.users]

    def hold(
        self,
        name: str,
        load: Callable[[], Any],
        size: int,
        move: Callable[[Any, bool], Any],
        on_card: bool = True,
    ) -> Holding:
        """Take a model into care; nothing is loaded yet. One of the same name is dropped first.

        Raises:
            ValueError: the one of the same name is being used.
        """
        with self._lock:
            for other in [one for one in self.holdings if one.name == name]:
                self.release(other)
            holding = Holding(name, size, load, move, on_card=on_card)
            self.holdings.append(holding)
            return holding

    def release(self, holding: Holding) -> None:
        """Drop a model and care for it no more."""
        with self._lock:
            self.drop(holding)
            self.holdings.remove(holding)

    def fetch(self, holding: Holding, loading: Job) -> Job:
        """Load a dropped model into main memory by a job; one that is there is only marked as used just now.

        Args:
            holding: the model.
            loading: returns it, in main memory. It is closed unused where the model is there already.

        Returns:
            The model. It stays in main memory until `use` brings it to the card.
        """
        try:
            if holding.place is Place.DROPPED:
                self._make_host_room(holding.size)
                model = yield from loading
                with self._lock:
                    holding.model, holding.place = model, Place.PARKED
            holding.used_at = self._clock()
            return holding.model
        finally:
            loading.close()

    @contextmanager
    def use(self, holding: Holding, need: int | None = None) -> Iterator[Any]:
        """Have the model on the card meanwhile; others make room.

        Args:
            holding: the model.
            need: bytes that the job takes at its peak, weights included; those of the weights if nobody knows.

        Raises:
            Exception: what `load` or `move` raises once everything else has been parked.
        """
        with self._lock:
            holding.users += 1
            try:
                self._bring(holding, need)
            except BaseException:
                holding.users -= 1
                raise
        try:
            yield holding.model
        finally:
            with self._lock:
                holding.users -= 1
                holding.used_at = self._clock()

    def park(self, holding: Holding) -> None:
        """Move a model to main memory; drop it where that is too small. A model in use is moved as well, or stays: its
        job must be between two steps, and has it back before the next.
        """
        with self._lock:
            if holding.place is not Place.RESIDENT:
                return  # What computes on the CPU never is.
            room = self._card.host_free()
            if room is not None and room < holding.size:
                if not holding.users:
                    self.drop(holding)
                return
            holding.model = holding.move(holding.model, False)
            holding.place = Place.PARKED
            self._card.empty()

    def drop(self, holding: Holding) -> None:
        """Forget a model's weights; the next use loads it again.

        Raises:
            ValueError: it is being used.
        """
        with self._lock:
            if holding.users:
                raise ValueError(f"'{holding.name}' is in use")
            holding.model, holding.place = None, Place.DROPPED
            self._card.empty()

    def drop_all(self) -> None:
        """Drop every model that nobody uses."""
        with self._lock:
            for holding in self.holdings:
                if not holding.users:
                    self.drop(holding)

    def park_unused(self) -> None:
        """Park every model that nobody uses: a viewport is about to render."""
        with self._lock:
            for holding in self.idle:
                self.park(holding)

    def make_room(self, size: int) -> None:
        """Park what nobody uses, longest unused first, until so many bytes and the reserve are free."""
        with self._lock:
            for holding in sorted(self.idle, key=lambda one: one.used_at):
                free = self._card.free()
                if free is None or free >= size + RESERVE:
                    return
                self.park(holding)

    def available(self, holding: Holding) -> int | None:
        """Bytes that a job with this model could have: what is free, and what idle models of ours would give back;
        None where nobody knows.
        """
        with self._lock:
            if not holding.on_card:
                return self._card.host_free()
            free = self._card.free()
            if free is None:
                return None
            others = sum(one.size for one in self.idle)
            return max(0, free + self._card.kept() + others - RESERVE)

    def begin_render(self, need: int, seconds: float = WAIT_SECONDS) -> Room:
        """Clear the card for Cycles; each call wants an `end_render`.

        Args:
            need: bytes that the scene is estimated to take.
            seconds: the longest to wait, for a job's step and for the driver together.
        """
        start = self._clock()
        with self._changed:
            self._renders += 1
            while self._busy and self._clock() - start < seconds:
                self._changed.wait(POLL_SECONDS)
            interrupted = self._busy > 0  # A step that does not end: what it uses must stay where it is.
            parked: list[str] = []
            for holding in self.holdings:
                if holding.place is Place.RESIDENT and not (interrupted and holding.users):
                    self.park(holding)
                    parked += [holding.name] if holding.place is not Place.RESIDENT else []
            self._card.empty()
        while True:
            free, spent = self._card.free(), self._clock() - start
            enough = free is None or free >= need + RESERVE
            if enough or spent >= seconds:
                return Room(enough, free, spent, tuple(parked))
            time.sleep(POLL_SECONDS)

    def end_render(self) -> None:
        """Let jobs go on; their models come back when they need them. Without a render nothing happens."""
        with self._changed:
            self._renders = max(0, self._renders - 1)
            self._changed.notify_all()

    def steps(self, job: Job) -> Job:
        """The same job, which waits between its steps while Cycles renders on the card or the card is too hot."""
        progress = Progress(0.0, "Starting")
        reply: Any = None
        refusal: BaseException | None = None
        try:
            while True:
                yield from self._wait_turn(progress)
                try:
                    self._restore()
                    event = job.send(reply) if refusal is None else job.throw(refusal)
                except StopIteration as end:
                    return end.value
                finally:
                    with self._changed:
                        self._busy -= 1
                        self._changed.notify_all()
                reply, refusal = None, None
                if isinstance(event, Progress):
                    progress = event
                try:
                    reply = yield event
                except GeneratorExit:
                    raise
                except BaseException as error:  # A request that was refused; the job hears of it at its next step.
                    refusal = error
        finally:
            job.close()

    def biggest_users(self, count: int = 3) -> list[tuple[str, int]]:
        """Names and bytes of who takes most of the card: our models, the rest of this Blender, other programs."""
        with self._lock:
            resident = [(one.name, one.size) for one in self.holdings if one.place is Place.RESIDENT]
        return name_users(resident, self._card.processes(), count)

    def move_to(self, card: Card) -> None:
        """Care for another card from now on; what is held is dropped."""
        with self._lock:
            self.drop_all()
            self._card = card

    def _wait_turn(self, progress: Progress) -> Job:
        """Wait until the job may step, and note that it does."""
        while True:
            with self._changed:
                reason = self.held_up()
                if not self.rendering and reason is None:
                    self._busy += 1
                    return
                self._changed.wait(POLL_SECONDS)
            if reason is None:
                reason = Progress(progress.fraction, "Waits until Cycles has rendered")
            yield Progress(progress.fraction, reason.message, reason.values, progress.metrics)

    def _restore(self) -> None:
        """Bring back what was parked under a job that uses it."""
        with self._lock:
            for holding in self.holdings:
                if holding.users and holding.place is not Place.RESIDENT:
                    self._bring(holding)

    def _bring(self, holding: Holding, need: int | None = None) -> None:
        if not holding.on_card:
            if holding.place is Place.DROPPED:
                holding.model, holding.place = holding.load(), Place.PARKED
            return
        here = holding.place is Place.RESIDENT
        if not here or need is not None:
            self.make_room((need or holding.size) - (holding.size if here else 0))
        if here:
            return
        try:
            self._place(holding)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            for other in self.holdings:  # Once more, with nothing else of ours on the card.
                if other is not holding and not other.users:
                    self.park(other)
            self._card.empty()
            self._place(holding)

    def _make_host_room(self, size: int) -> None:
        """Drop what nobody uses, longest unused first, until main memory has so many bytes."""
        with self._lock:
            idle = [one for one in self.holdings if one.place is not Place.DROPPED and not one.users]
            for holding in sorted(idle, key=lambda one: one.used_at):
                free = self._card.host_free()
                if free is None or free >= size + RESERVE:
                    return
                self.drop(holding)

    def _place(self, holding: Holding) -> None:
        if holding.place is Place.DROPPED:
            holding.model = holding.load()
        else:
            holding.model = holding.move(holding.model, True)
        holding.place = Place.RESIDENT


def hot_card(paused: bool, temperature: float | None, resume_below: float) -> Progress | None:
    """What a job says while the thermal guard holds it up."""
    if not paused or temperature is None:
        return None
    values = {"temperature": temperature, "limit": resume_below}
    return Progress(0.0, "Waits: the card is at {temperature:.0f} °C. Goes on below {limit:.0f} °C", values)


def no_room(users: list[tuple[str, int]]) -> AdaError:
    """The sentence after the last attempt."""
    names = ", ".join(f"{name} {size / 1024**3:.1f} GiB" for name, size in users)
    return AdaError(
        "The card has too little memory even with the smallest plan. It is used by: {users}. Close what you can, or "
        "choose a smaller size",
        users=names or "?",
    )


arbiter = Arbiter(real_card())
