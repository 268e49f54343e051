"""Long computations as generators: pure, cancellable, testable without Blender.

A job yields `Progress` (and, where it needs something of Blender, a `Request` whose answer comes back as the
value of the `yield`), returns its result, and frees its memory when it is closed. It does not know who drives
it: `run` blocks the caller, `Worker` uses a thread.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Progress:
    """One report of a running job.

    `message` is a `str.format` template in English with its `values` apart, as in `AdaError`.
    """

    fraction: float  # Of the whole job, 0 to 1.
    message: str
    values: Mapping[str, object] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)  # For instance {"steps/s": 12.5, "PSNR": 31.2}.
    seconds_left: float | None = None
    preview: Any = None  # Plain arrays to look at (an ai.mesh.Mesh or an image array); None keeps the last one.

    def __str__(self) -> str:
        return self.message.format(**self.values)


@dataclass(frozen=True, slots=True)
class Request:
    """Something only Blender's main thread can do. The driver sends the answer back into the job."""

    name: str
    payload: Any = None


# Yields progress, returns the result. Closing it runs its `finally` and frees its memory.
Job: TypeAlias = Generator[Progress | Request, Any, Any]
Answer: TypeAlias = Callable[[Request], Any]


NICENESS = 5  # Of a job's thread, beside the main one's.


class CancelledError(Exception):
    """The job was stopped before it had a result."""


def run(job: Job, report: Callable[[Progress], None] | None = None, answer: Answer | None = None) -> Any:
    """Run a job in the calling thread and return its result.

    Args:
        job: the generator.
        report: called with each `Progress`.
        answer: called with each `Request`; its return value is sent into the job, what it raises is thrown into it.

    Raises:
        RuntimeError: the job made a request and nobody is there to answer.
    """
    reply: Any = None
    try:
        while True:
            try:
                event = job.send(reply)
            except StopIteration as end:
                return end.value
            reply = None
            if isinstance(event, Progress):
                if report is not None:
                    report(event)
            elif answer is None:
                raise RuntimeError(f"the job asks for '{event.name}' and has no one to answer")
            else:
                reply = answer(event)
    finally:
        job.close()


class Worker:
    """Runs one job on one thread. Every method but `_run` belongs to the main thread."""

    def __init__(self, job: Job) -> None:
        self.progress = Progress(0.0, "Starting")  # Newest report.
        self.preview: Any = None  # Newest preview that was not None.
        self.request: Request | None = None  # Waits for `reply` or `refuse`.
        self._job = job
        self._stop = threading.Event()
        self._go = threading.Event()  # Cleared while the job is to pause at its next yield.
        self._go.set()
        self._answered = threading.Event()
        self._reply: Any = None
        self._refusal: BaseException | None = None
        self._result: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="ada-job", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def is_done(self) -> bool:
        """Whether the thread has ended, with a result or without."""
        return self._thread.ident is not None and not self._thread.is_alive()

    def stop(self) -> None:
        """Ask the job to end at its next yield. Returns at once."""
        self._stop.set()
        self._go.set()
        self._answered.set()

    def pause(self) -> None:
        """Ask the job to wait at its next yield. Returns at once."""
        self._go.clear()

    def resume(self) -> None:
        """Let a paused job go on."""
        self._go.set()

    def wait(self, seconds: float) -> bool:
        """Wait for the thread at most so long; return whether it has ended."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def reply(self, value: Any) -> None:
        """Answer the request that waits."""
        self.request, self._reply, self._refusal = None, value, None
        self._answered.set()

    def refuse(self, error: BaseException) -> None:
        """Raise `error` inside the job, at its request."""
        self.request, self._reply, self._refusal = None, None, error
        self._answered.set()

    def result(self) -> Any:
        """Wait for the thread, then return what the job returned or raise what it raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._result

    def _run(self) -> None:
        _step_back()
        try:
            try:
                self._result = self._drive()
            finally:
                self._job.close()
        except BaseException as error:  # Handed to the main thread by `result`.
            self._error = error

    def _drive(self) -> Any:
        step: Callable[[], Progress | Request] = lambda: next(self._job)  # noqa: E731
        while True:
            self._go.wait()
            if self._stop.is_set():
                raise CancelledError("Cancelled")
            try:
                event = step()
            except StopIteration as end:
                return end.value
            if isinstance(event, Progress):
                self.progress = event
                if event.preview is not None:
                    self.preview = event.preview
                step = lambda: next(self._job)  # noqa: E731
            else:
                step = self._ask(event)

    def _ask(self, request: Request) -> Callable[[], Progress | Request]:
        self._answered.clear()
        self.request = request
        if self._stop.is_set():
            raise CancelledError("Cancelled")
        self._answered.wait()
        reply, refusal = self._reply, self._refusal
        if refusal is not None:
            return lambda: self._job.throw(refusal)
        return lambda: self._job.send(reply)


def _step_back() -> None:
    """Let the interface's thread go before this one where they want the same core. Elsewhere than on Linux, priorities
    are of whole processes.
    """
    if sys.platform == "linux":
        with suppress(OSError):  # Not every sandbox allows it, and the job can do without.
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + NICENESS)


class Clock:
    """Seconds left and steps per second of a loop, from its own recent speed."""

    def __init__(self, total: int, window: float = 4.0) -> None:
        self.total = total
        self.rate = 0.0  # Steps per second over the last `window` seconds.
        self._window = window
        self._marks: list[tuple[float, int]] = [(time.monotonic(), 0)]

    def tick(self, done: int) -> float | None:
        """Note that `done` steps are behind; return the seconds left, or None while unknown."""
        now = time.monotonic()
        self._marks.append((now, done))
        while len(self._marks) > 2 and now - self._marks[0][0] > self._window:
            self._marks.pop(0)
        then, before = self._marks[0]
        if done > before and now > then:
            self.rate = (done - before) / (now - then)
        return (self.total - done) / self.rate if self.rate else None
