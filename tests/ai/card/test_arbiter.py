"""The arbiter over a card that only counts bytes, and over the fake NVML."""

from __future__ import annotations

import threading
import time

import pytest
from ada_forge.ai.card import arbiter as module
from ada_forge.ai.card import ladder
from ada_forge.ai.card.arbiter import RESERVE, Arbiter, Card, Place
from ada_forge.ai.card.memory import is_out_of_memory, is_sticky
from ada_forge.ai.card.nvml import free_memory
from ada_forge.ai.errors import AdaError
from ada_forge.ai.job import CancelledError, Progress, Request, Worker, run

GIB = 1024**3


class OutOfMemoryError(RuntimeError):
    """As torch.OutOfMemoryError."""


class Memory:
    """A card of so many bytes. Models are dictionaries that say where they are."""

    def __init__(self, total=8 * GIB, host=64 * GIB):
        self.total, self.host, self.used, self.other, self.log = total, host, 0, 0, []

    def free(self):
        return self.total - self.used - self.other

    def card(self):
        return Card(self.free, lambda: self.log.append("empty"), lambda: self.host)

    def _take(self, size):
        if size > self.free():
            raise OutOfMemoryError("CUDA out of memory")
        self.used += size

    def model(self, name, size):
        def load():
            self._take(size)
            self.log.append(f"load {name}")
            return {"name": name, "on_card": True}

        def move(model, to_card):
            if to_card:
                self._take(size)
            else:
                self.used -= size
            self.log.append(f"{'restore' if to_card else 'park'} {name}")
            model["on_card"] = to_card
            return model

        return name, load, size, move


@pytest.fixture
def memory():
    return Memory()


@pytest.fixture
def arbiter(memory):
    return Arbiter(memory.card())


def wait_until(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.002)


def test_a_model_is_loaded_at_its_first_use_and_kept(arbiter, memory):
    held = arbiter.hold(*memory.model("A", 2 * GIB))
    assert held.place is Place.DROPPED
    for _ in range(2):
        with arbiter.use(held) as model:
            assert model["on_card"]
            assert held.users == 1
    assert memory.log == ["load A"]
    assert (held.place, held.users, memory.used) == (Place.RESIDENT, 0, 2 * GIB)


def test_park_and_drop_and_come_back_by_itself(arbiter, memory):
    held = arbiter.hold(*memory.model("A", 2 * GIB))
    with arbiter.use(held) as first:
        pass
    arbiter.park(held)
    assert (held.place, memory.used) == (Place.PARKED, 0)
    with arbiter.use(held) as again:
        assert again is first
        assert again["on_card"]
        with pytest.raises(ValueError, match="in use"):
            arbiter.drop(held)
    arbiter.park(held)
    arbiter.drop(held)
    assert (held.place, held.model) == (Place.DROPPED, None)
    with arbiter.use(held):
        assert held.place is Place.RESIDENT
    arbiter.release(held)
    assert arbiter.holdings == []


def test_the_longest_unused_makes_room(memory):
    ticks = iter(range(100))
    arbiter = Arbiter(memory.card(), clock=lambda: next(ticks))
    held = [arbiter.hold(*memory.model(name, 3 * GIB)) for name in "ABC"]
    for one in (held[0], held[1], held[0]):
        with arbiter.use(one):
            pass
    with arbiter.use(held[2]):
        assert [one.place for one in held] == [Place.RESIDENT, Place.PARKED, Place.RESIDENT]
    assert arbiter.biggest_users(1) in ([("A", 3 * GIB)], [("C", 3 * GIB)])


def test_what_main_memory_cannot_take_is_dropped(memory):
    memory.host = GIB
    arbiter = Arbiter(memory.card())
    held = arbiter.hold(*memory.model("A", 2 * GIB))
    with arbiter.use(held):
        pass
    memory.used = 0  # The weights are freed with the model.
    arbiter.park(held)
    assert held.place is Place.DROPPED


def test_what_is_used_stays_where_main_memory_is_too_small(memory):
    memory.host = GIB
    arbiter = Arbiter(memory.card())
    held = arbiter.hold(*memory.model("A", 2 * GIB))
    with arbiter.use(held) as model:
        assert arbiter.begin_render(0).parked == ()
        assert (held.place, model["on_card"]) == (Place.RESIDENT, True)
        arbiter.end_render()


def test_a_load_that_finds_no_memory_is_tried_again_with_an_empty_card(memory):
    arbiter = Arbiter(Card(lambda: None, lambda: None, lambda: None))  # Without NVML nobody knows beforehand.
    first, second = (arbiter.hold(*memory.model(name, 5 * GIB)) for name in "AB")
    with arbiter.use(first):
        pass
    with arbiter.use(second):
        assert first.place is Place.PARKED
    big = arbiter.hold(*memory.model("big", 9 * GIB))
    with pytest.raises(OutOfMemoryError), arbiter.use(big):
        pass
    assert (big.users, big.place) == (0, Place.DROPPED)


def test_a_new_model_of_the_same_name_replaces_the_old(arbiter, memory):
    old = arbiter.hold(*memory.model("A", GIB))
    with arbiter.use(old), pytest.raises(ValueError, match="in use"):
        arbiter.hold(*memory.model("A", GIB))
    new = arbiter.hold(*memory.model("A", GIB))
    assert arbiter.holdings == [new]


def test_a_render_gets_the_card_and_the_job_gets_its_model_back(arbiter, memory):
    held = arbiter.hold(*memory.model("A", 6 * GIB))
    seen = []

    def job():
        with arbiter.use(held) as model:
            for step in range(400):
                assert model["on_card"]
                seen.append(step)
                time.sleep(0.002)
                yield Progress(step / 400, "Step")
        return "done"

    worker = Worker(arbiter.steps(job()))
    worker.start()
    wait_until(lambda: len(seen) > 5)
    room = arbiter.begin_render(7 * GIB)
    assert (room.enough, room.free, room.parked) == (True, 8 * GIB, ("A",))
    count = len(seen)
    wait_until(lambda: "Waits until Cycles" in str(worker.progress))
    assert worker.progress.fraction > 0.0
    assert len(seen) == count
    assert memory.used == 0
    arbiter.end_render()
    assert worker.result() == "done"
    assert seen == list(range(400))
    assert memory.log.count("restore A") == 1


def test_a_paused_job_can_be_cancelled(arbiter):
    arbiter.begin_render(0)
    closed = []

    def job():
        try:
            yield Progress(0.0, "Step")
        finally:
            closed.append(True)

    worker = Worker(arbiter.steps(job()))
    worker.start()
    wait_until(lambda: "Waits" in str(worker.progress))
    worker.stop()
    with pytest.raises(CancelledError):
        worker.result()
    arbiter.end_render()
    assert arbiter._busy == 0


def test_requests_answers_refusals_and_errors_pass_through(arbiter):
    def job():
        value = yield Request("number")
        try:
            yield Request("refused")
        except KeyError:
            value += 1
        yield Progress(0.5, "Half")
        return value

    def answer(request):
        if request.name == "refused":
            raise KeyError(request.name)
        return 41

    worker = Worker(arbiter.steps(job()))
    worker.start()
    for _ in range(2):
        wait_until(lambda: worker.request is not None)
        try:
            worker.reply(answer(worker.request))
        except KeyError as error:
            worker.refuse(error)
    assert worker.result() == 42

    def failing():
        yield Progress(0.0, "Step")
        raise AdaError("No")

    with pytest.raises(AdaError, match="No"):
        run(arbiter.steps(failing()))
    assert arbiter._busy == 0


def test_a_step_that_does_not_end_does_not_hold_up_the_render_for_ever(arbiter, memory):
    held, idle = arbiter.hold(*memory.model("A", 2 * GIB)), arbiter.hold(*memory.model("B", 2 * GIB))
    with arbiter.use(idle):
        pass
    go, inside = threading.Event(), threading.Event()

    def job():
        with arbiter.use(held):
            inside.set()
            go.wait(10)
            yield Progress(0.5, "Step")

    worker = Worker(arbiter.steps(job()))
    worker.start()
    inside.wait(5)
    room = arbiter.begin_render(7 * GIB, seconds=0.2)
    assert not room.enough
    assert room.parked == ("B",)  # What the step uses stays where it is.
    assert held.place is Place.RESIDENT
    arbiter.end_render()
    go.set()
    worker.result()


def test_the_render_waits_until_others_have_let_go(arbiter, memory):
    memory.other = 6 * GIB
    threading.Timer(0.15, lambda: setattr(memory, "other", 0)).start()
    room = arbiter.begin_render(4 * GIB, seconds=5.0)
    assert room.enough
    assert room.seconds >= 0.1
    memory.other = 6 * GIB
    room = arbiter.begin_render(4 * GIB, seconds=0.1)
    assert (room.enough, room.free) == (False, 2 * GIB)
    arbiter.end_render()
    assert arbiter.rendering
    arbiter.end_render()
    arbiter.end_render()  # render_cancel may follow render_complete.
    assert not arbiter.rendering


def test_free_memory_comes_from_nvml(fake_card):
    arbiter = Arbiter(module.real_card())
    fake_card(memory_total=24 * GIB, memory_used=20 * GIB, memory_reserved=0)
    threading.Timer(0.1, lambda: fake_card(memory_total=24 * GIB, memory_used=GIB, memory_reserved=0)).start()
    room = arbiter.begin_render(20 * GIB, seconds=5.0)
    assert room.enough
    assert room.free == 23 * GIB == free_memory()
    fake_card(**{"error.*": 15})  # Lost: nobody knows, the render starts at once.
    assert arbiter.begin_render(20 * GIB, seconds=5.0).seconds < 1.0


def test_a_hot_card_pauses_jobs_and_says_so(arbiter):
    hot = [True]
    arbiter.held_up = lambda: module.hot_card(hot[0], 85.0, 76.0)

    def job():
        for step in range(3):
            yield Progress(step / 3, "Step")

    worker = Worker(arbiter.steps(job()))
    worker.start()
    wait_until(lambda: str(worker.progress) == "Waits: the card is at 85 °C. Goes on below 76 °C")
    hot[0] = False
    worker.result()
    assert module.hot_card(True, None, 76.0) is None


@pytest.mark.parametrize("fail_until", range(5))
def test_the_ladder_starts_again_one_rung_lower(arbiter, memory, fail_until):
    rungs, tried = ["resident", "text first", "tiled", "offload", "sequential"], []
    idle = arbiter.hold(*memory.model("idle", GIB))
    with arbiter.use(idle):
        pass

    def attempt(rung):
        tried.append(rung)
        yield Progress(0.5, "Step")
        if len(tried) <= fail_until:
            raise OutOfMemoryError("CUDA out of memory")
        return rung

    said = []
    assert (
        run(ladder.descend(rungs, attempt, arbiter), lambda progress: said.append(str(progress))) == rungs[fail_until]
    )
    assert tried == rungs[: fail_until + 1]
    assert said.count("Not enough memory. Starts again with a smaller plan") == fail_until
    assert (idle.place is Place.PARKED) == (fail_until > 0)


def test_the_bottom_of_the_ladder_names_the_biggest_users(arbiter, memory):
    held = [arbiter.hold(*memory.model(name, size * GIB)) for name, size in (("A", 1), ("B", 2), ("C", 1), ("D", 3))]
    for one in held:
        memory.total = 100 * GIB
        one.users = 0
        with arbiter.use(one):
            pass

    def attempt(rung):
        raise OutOfMemoryError("CUDA out of memory")
        yield

    with pytest.raises(AdaError, match=r"D 3\.0 GiB, B 2\.0 GiB, [AC] 1\.0 GiB\. Close"):
        run(ladder.descend(["only"], attempt, arbiter))


def test_other_errors_are_not_retried(arbiter):
    def attempt(error):
        raise error
        yield

    with pytest.raises(KeyError):
        run(ladder.descend([KeyError("x"), KeyError("y")], attempt, arbiter))
    sticky = RuntimeError("CUDA error: an illegal memory access was encountered")
    with pytest.raises(AdaError, match="restart Blender"):
        run(ladder.descend([sticky, sticky], attempt, arbiter))


def test_what_errors_mean():
    torch = pytest.importorskip("torch")
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling"))
    with pytest.raises(RuntimeError) as raised:
        torch.empty(2**60, dtype=torch.uint8)
    assert is_out_of_memory(raised.value)
    assert not is_out_of_memory(RuntimeError("shape mismatch"))
    assert is_sticky(RuntimeError("CUDA error: device-side assert triggered"))
    assert not is_sticky(torch.OutOfMemoryError("CUDA out of memory"))


def test_the_reserve_is_kept(arbiter, memory):
    first = arbiter.hold(*memory.model("A", GIB))
    with arbiter.use(first):
        pass
    arbiter.make_room(7 * GIB - RESERVE)
    assert first.place is Place.RESIDENT
    arbiter.make_room(7 * GIB - RESERVE + 1)
    assert first.place is Place.PARKED
