"""The one queue of jobs and the one timer that drives it."""

from __future__ import annotations

import itertools
import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import bpy

from ..ai.errors import AdaError
from ..ai.job import Answer, CancelledError, Job, Progress, Worker
from ..render.registry import registry

log = logging.getLogger("ada_forge.queue")

TICK = 0.1  # Seconds between two looks at a worker.
STOP_SECONDS = 10.0  # How long file load, quit and disable wait for a thread.
KEPT = 12  # Finished tasks that stay listed.


class State(Enum):
    """Where a task stands; the value is the word the panel shows."""

    WAITING = "Waiting"
    RUNNING = "Running"
    FINISHED = "Finished"
    FAILED = "Failed"
    CANCELLED = "Cancelled"


@dataclass(eq=False)
class Task:
    """One job in the queue."""

    label: str  # Untranslated name of the operator.
    settings: Any  # A copy made at the click; two tasks with equal label and settings are the same start.
    start: Callable[[], Job]
    finish: Callable[[bpy.types.Context, Any], str | None]  # Applies the result; may return a file or object name.
    threaded: bool = True
    answer: Answer | None = None
    number: int = 0
    state: State = State.WAITING
    progress: Progress = field(default_factory=lambda: Progress(0.0, "Waiting"))
    preview: Any = None
    seconds: float = 0.0
    result: Any = None
    outcome: str = ""  # Name of what came out of it.
    error: AdaError | None = None
    details: str = ""  # Traceback, for "Copy Details".
    stopping: bool = False


class Queue:
    """Runs tasks one after another. All methods belong to the main thread."""

    def __init__(self) -> None:
        self.tasks: list[Task] = []
        self.listeners: list[Callable[[Task], None]] = []  # Called after each change of the running task.
        self.explain: Callable[[Exception], AdaError] = as_sentence  # What the user reads of a failure.
        self._numbers = itertools.count(1)
        self._timer: int | None = None
        self._worker: Worker | None = None
        self._thread_token: int | None = None
        self._job: Job | None = None
        self._reply: Any = None
        self._began = 0.0

    @property
    def running(self) -> Task | None:
        return next((task for task in self.tasks if task.state is State.RUNNING), None)

    @property
    def waiting(self) -> list[Task]:
        return [task for task in self.tasks if task.state is State.WAITING]

    def find(self, number: int) -> Task | None:
        return next((task for task in self.tasks if task.number == number), None)

    def add(self, task: Task) -> Task:
        """Append a task and return it; return the one already there if the same start waits or runs."""
        for other in self.tasks:
            open_ = other.state is State.WAITING or (other.state is State.RUNNING and not other.stopping)
            if open_ and other.label == task.label and other.settings == task.settings:
                return other
        task.number = next(self._numbers)
        self.tasks.append(task)
        if self._timer is None:
            self._timer = registry.add_timer(self.tick)
        return task

    def cancel(self, task: Task) -> None:
        """Take a waiting task out, or ask the running one to stop at its next yield."""
        if task.state is State.WAITING:
            self._end(task, State.CANCELLED)
        elif task.state is State.RUNNING:
            task.stopping = True
            if self._worker is not None:
                self._worker.stop()

    def cancel_all(self) -> None:
        for task in reversed(self.tasks):
            self.cancel(task)

    def clear(self) -> None:
        """Forget the tasks that have ended."""
        self.tasks = [task for task in self.tasks if task.state in (State.WAITING, State.RUNNING)]

    def stop(self) -> None:
        """End every task and wait for the thread, at most `STOP_SECONDS`."""
        task = self.running
        self.cancel_all()
        if task is not None:
            if self._worker is not None:
                if not self._worker.wait(STOP_SECONDS):
                    log.error("the thread of '%s' did not end within %.0f s", task.label, STOP_SECONDS)
            elif self._job is not None:
                self._job.close()
            self._end(task, State.CANCELLED)
        if self._timer is not None:
            registry.remove(self._timer)
            self._timer = None

    def tick(self) -> float | None:
        """Do one step; return the seconds until the next one, or None when there is nothing left to do."""
        task = self.running or next(iter(self.waiting), None)
        if task is None:
            registry.remove(self._timer or 0)
            self._timer = None
            return None
        pause = TICK
        try:
            if task.state is State.WAITING:
                self._begin(task)
            pause = self._step(task)
        except CancelledError:
            self._end(task, State.CANCELLED)
        except Exception as error:  # The edge of the program: every failure becomes a sentence and a log entry.
            self._fail(task, error)
        if task.state is State.RUNNING:
            task.seconds = time.monotonic() - self._began
        self._changed(task)
        return pause

    def _begin(self, task: Task) -> None:
        task.state = State.RUNNING
        task.progress = Progress(0.0, "Starting")
        self._began = time.monotonic()
        self._changed(task)
        self._reply = None
        if task.threaded:
            self._worker = Worker(task.start())
            self._thread_token = registry.hold("thread", self._worker.stop)
            self._worker.start()
        else:
            self._job = task.start()

    def _step(self, task: Task) -> float:
        if self._worker is not None:
            self._step_worker(task, self._worker)
            return TICK
        if task.stopping:
            raise CancelledError("Cancelled")
        try:
            event = self._job.send(self._reply)
        except StopIteration as end:
            self._conclude(task, end.value)
            return TICK
        self._reply = None
        if isinstance(event, Progress):
            self._note(task, event)
        elif task.answer is not None:
            self._reply = task.answer(event)
        return 0.01  # The step itself took the main thread: let Blender draw, then go on.

    def _step_worker(self, task: Task, worker: Worker) -> None:
        self._note(task, worker.progress)
        if worker.preview is not None:
            task.preview = worker.preview
        request = worker.request
        if request is not None and not task.stopping:
            try:
                if task.answer is None:
                    raise RuntimeError(f"the job asks for '{request.name}' and has no one to answer")
                worker.reply(task.answer(request))
            except Exception as error:  # Handed to the job, which may clean up and raises it again.
                worker.refuse(error)
        if worker.is_done():
            self._conclude(task, worker.result())

    def _note(self, task: Task, progress: Progress) -> None:
        task.progress = progress
        if progress.preview is not None:
            task.preview = progress.preview

    def _conclude(self, task: Task, result: Any) -> None:
        """Apply the result by an operator call of its own, so that one undo step takes it back."""
        if task.stopping:
            raise CancelledError("Cancelled")
        task.result = result
        with bpy.context.temp_override(window=bpy.context.window_manager.windows[0]):  # A timer has no window.
            bpy.ops.ada.job_apply('EXEC_DEFAULT', True, number=task.number)
        if task.error is not None:
            raise task.error
        self._end(task, State.FINISHED)

    def _fail(self, task: Task, error: Exception) -> None:
        task.details = "".join(traceback.format_exception(error))
        log.error("%s failed\n%s", task.label, task.details)
        task.error = self.explain(error)
        self._end(task, State.FAILED)

    def _end(self, task: Task, state: State) -> None:
        running = task.state is State.RUNNING
        if running:
            task.seconds = time.monotonic() - self._began
            if self._job is not None:
                self._job.close()
            if self._thread_token is not None:
                registry.remove(self._thread_token)
            self._worker = self._job = self._thread_token = None
        task.state, task.result, task.preview = state, None, None
        ended = [other for other in self.tasks if other.state not in (State.WAITING, State.RUNNING)]
        for old in ended[:-KEPT]:
            self.tasks.remove(old)
        self._changed(task)

    def _changed(self, task: Task) -> None:
        for listener in self.listeners:
            listener(task)


def as_sentence(error: Exception) -> AdaError:
    """Turn any exception into what the user reads; its traceback is in the log."""
    if isinstance(error, AdaError):
        return error
    if isinstance(error, OSError) and error.strerror:
        return AdaError("{reason}: '{name}'", reason=error.strerror, name=error.filename or "")
    kind = type(error).__name__
    return AdaError("Unexpected error ({kind}). Copy the details and report them", kind=kind)


queue = Queue()
