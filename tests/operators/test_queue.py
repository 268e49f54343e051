"""The queue, driven by hand: Blender calls no timers in background mode."""

from __future__ import annotations

import threading
import time

import pytest


@pytest.fixture
def queue(ext):
    queue = ext(".operators.queue").queue
    queue.stop()
    queue.clear()
    yield queue
    queue.stop()
    queue.clear()


def make_task(ext, steps=3, delay=0.0, error=None, threaded=True, log=None, settings=None, answer=None, ask=False):
    job = ext(".ai.job")
    log = [] if log is None else log

    def start():
        try:
            value = (yield job.Request("double", 21)) if ask else 42
            for step in range(steps):
                time.sleep(delay)
                yield job.Progress(step / steps, "Step {step}", {"step": step})
            if error is not None:
                raise error
            return value
        finally:
            log.append("closed")

    return ext(".operators.queue").Task(
        label="Count",
        settings=settings if settings is not None else object(),
        start=start,
        finish=lambda context, result: log.append(result) or "outcome",
        threaded=threaded,
        answer=answer,
    )


def drive(queue, seconds=10.0, until=None):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if queue.tick() is None or (until is not None and until()):
            return
        time.sleep(0.01)
    pytest.fail("the queue did not come to an end")


@pytest.mark.parametrize("threaded", [True, False])
def test_tasks_run_in_order_and_are_applied(ext, queue, threaded):
    state = ext(".operators.queue").State
    log = []
    first = queue.add(make_task(ext, log=log, threaded=threaded))
    second = queue.add(make_task(ext, log=log, threaded=threaded))
    drive(queue)
    assert log == ["closed", 42, "closed", 42]
    assert first.state is second.state is state.FINISHED
    assert first.outcome == "outcome"
    assert ext(".render.registry").registry.counts().get("timer", 0) == 0
    assert ext(".render.registry").registry.counts().get("thread", 0) == 0


def test_same_start_is_queued_once(ext, queue):
    first = queue.add(make_task(ext, settings={"steps": 3}))
    assert queue.add(make_task(ext, settings={"steps": 3})) is first
    assert queue.add(make_task(ext, settings={"steps": 4})) is not first
    assert len(queue.tasks) == 2


@pytest.mark.parametrize("threaded", [True, False])
def test_cancel_closes_the_job_and_applies_nothing(ext, queue, threaded):
    state = ext(".operators.queue").State
    log = []
    task = queue.add(make_task(ext, steps=10_000, delay=0.01, log=log, threaded=threaded))
    waiting = queue.add(make_task(ext, log=log, threaded=threaded))
    drive(queue, until=lambda: task.progress.values.get("step", 0) > 2)
    queue.cancel_all()
    drive(queue)
    assert task.state is waiting.state is state.CANCELLED
    assert log == ["closed"]
    assert not [thread for thread in threading.enumerate() if thread.name == "ada-job"]


def test_failures_become_sentences(ext, queue):
    error = ext(".ai.errors").AdaError("No such '{name}'", name="file")
    known = queue.add(make_task(ext, error=error))
    unknown = queue.add(make_task(ext, error=ZeroDivisionError("division by zero")))
    drive(queue)
    assert str(known.error) == "No such 'file'"
    assert "ZeroDivisionError" in str(unknown.error)
    assert "division by zero" in unknown.details
    assert queue.running is None


@pytest.mark.parametrize("threaded", [True, False])
def test_requests_are_answered_on_the_main_thread(ext, queue, threaded):
    threads = []

    def answer(request):
        threads.append(threading.current_thread())
        return request.payload * 2

    log = []
    queue.add(make_task(ext, log=log, ask=True, answer=answer, threaded=threaded))
    drive(queue)
    assert log == ["closed", 42]
    assert threads == [threading.main_thread()]


def test_a_request_that_fails_is_raised_in_the_job(ext, queue):
    def answer(request):
        raise ext(".ai.errors").AdaError("No window")

    task = queue.add(make_task(ext, ask=True, answer=answer))
    drive(queue)
    assert str(task.error) == "No window"


def test_a_failing_result_is_reported_and_the_queue_goes_on(ext, queue):
    def finish(context, result):
        raise ext(".ai.errors").AdaError("Cannot add the mesh")

    bad = make_task(ext)
    bad.finish = finish
    queue.add(bad)
    good = queue.add(make_task(ext))
    drive(queue)
    assert str(bad.error) == "Cannot add the mesh"
    assert good.state is ext(".operators.queue").State.FINISHED


def test_loading_a_file_ends_the_jobs(ext, queue):
    import bpy

    log = []
    task = queue.add(make_task(ext, steps=10_000, delay=0.01, log=log))
    drive(queue, until=lambda: task.state is ext(".operators.queue").State.RUNNING)
    bpy.ops.wm.read_homefile(use_empty=True)
    assert task.state is ext(".operators.queue").State.CANCELLED
    assert log == ["closed"]
    assert ext(".render.registry").registry.counts().get("thread", 0) == 0


def test_ended_tasks_are_forgotten_in_time(ext, queue):
    for _ in range(20):
        queue.add(make_task(ext, steps=1, threaded=False))
    drive(queue)
    assert len(queue.tasks) == ext(".operators.queue").KEPT
    queue.clear()
    assert queue.tasks == []
