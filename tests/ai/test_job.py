"""The two drivers of a job, without Blender."""

import time

import pytest
from ada_forge.ai.errors import AdaError
from ada_forge.ai.job import CancelledError, Clock, Progress, Request, Worker, run


def count(steps, closed, delay=0.0):
    try:
        for step in range(steps):
            time.sleep(delay)
            yield Progress(step / steps, "Step {step}", {"step": step})
        return steps
    finally:
        closed.append(True)


def ask():
    return (yield Request("size", 3)) + (yield Request("size", 4))


def wait(worker):
    assert worker.wait(10)


def test_run_reports_and_returns():
    closed, seen = [], []
    assert run(count(3, closed), seen.append) == 3
    assert [str(progress) for progress in seen] == ["Step 0", "Step 1", "Step 2"]
    assert closed == [True]


def test_run_answers_requests():
    assert run(ask(), answer=lambda request: request.payload * 10) == 70
    with pytest.raises(RuntimeError, match="size"):
        run(ask())


def test_run_closes_a_job_whose_report_fails():
    closed = []

    def report(progress):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(count(3, closed), report)
    assert closed == [True]


def test_worker_returns_the_result():
    worker = Worker(count(4, []))
    assert not worker.is_done()
    worker.start()
    assert worker.result() == 4
    assert worker.is_done()
    assert worker.progress.values == {"step": 3}


def test_worker_stops_at_the_next_yield():
    closed = []
    worker = Worker(count(10_000, closed, 0.005))
    worker.start()
    worker.stop()
    wait(worker)
    with pytest.raises(CancelledError):
        worker.result()
    assert closed == [True]


def test_worker_pauses_and_goes_on():
    worker = Worker(count(200, [], 0.002))
    worker.pause()
    worker.start()
    time.sleep(0.05)
    assert worker.progress.fraction == 0.0
    assert not worker.is_done()
    worker.resume()
    assert worker.result() == 200


def test_paused_worker_can_be_stopped():
    closed = []
    worker = Worker(count(200, closed))
    worker.pause()
    worker.start()
    worker.stop()
    wait(worker)
    assert closed in ([True], [])  # A generator that never began has nothing to clean up.


def test_worker_hands_requests_over():
    worker = Worker(ask())
    worker.start()
    answers = []
    while not worker.is_done():
        if worker.request is not None:
            answers.append(worker.request.payload)
            worker.reply(answers[-1])
        time.sleep(0.002)
    assert worker.result() == 7
    assert answers == [3, 4]


def test_worker_that_asks_can_be_stopped():
    worker = Worker(ask())
    worker.start()
    while worker.request is None:
        time.sleep(0.002)
    worker.stop()
    wait(worker)
    with pytest.raises(CancelledError):
        worker.result()


def test_refusal_is_raised_inside_the_job():
    worker = Worker(ask())
    worker.start()
    while worker.request is None:
        time.sleep(0.002)
    worker.refuse(AdaError("No '{name}'", name="view"))
    with pytest.raises(AdaError, match="No 'view'"):
        worker.result()


def test_clock_estimates_from_recent_speed(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    clock = Clock(total=100)
    assert clock.tick(0) is None
    now[0] += 2.0
    assert clock.tick(20) == pytest.approx(8.0)
    assert clock.rate == pytest.approx(10.0)


def test_errors_travel_with_their_values():
    import pickle

    error = pickle.loads(pickle.dumps(AdaError("'{name}' has {count} faces", name="Cube", count=6)))
    assert str(error) == "'Cube' has 6 faces"
    assert error.values == {"name": "Cube", "count": 6}
