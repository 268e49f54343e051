"""Operators that run a job: blocking in scripts, through the queue in the interface."""

from __future__ import annotations

import signal
import sys
from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as report_
from bpy.props import IntProperty

from ..ai.card.arbiter import arbiter
from ..ai.card.memory import broken_card, health, is_sticky
from ..ai.errors import AdaError, fill_in
from ..ai.job import Answer, Job, Progress, run
from .queue import State, Task, queue
from .usage import measured


class JobOperator:
    """Mix-in. A subclass copies its settings at the click, starts a job from them and applies the result.

    `start` and `finish` are class methods: the operator's instance is gone when the job ends.
    """

    threaded = True  # False: the job's steps call bpy and run on the main thread.
    bl_options: set[str] = set()  # No REGISTER: the redo panel must not run a job again. Undo is `ada.job_apply`'s.

    def settings(self, context: bpy.types.Context) -> Any:
        """Return a copy of all the job needs; raises AdaError where something is missing."""
        raise NotImplementedError

    @classmethod
    def start(cls, settings: Any) -> Job:
        raise NotImplementedError

    @classmethod
    def guarded(cls, settings: Any) -> Job:
        """The job, which waits while Cycles needs the card. One that itself renders does not wait.

        Raises:
            AdaError: the card is broken for this process.
        """
        if cls.threaded and health.broken:
            raise broken_card()
        return arbiter.steps(cls.start(settings)) if cls.threaded else cls.start(settings)

    @classmethod
    def finish(cls, context: bpy.types.Context, settings: Any, result: Any) -> str | None:
        """Write the result into the file; return the name of what came out."""
        raise NotImplementedError

    @classmethod
    def answer(cls) -> Answer | None:
        """What answers the requests of a threaded job, on the main thread."""
        return None

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Run to the end and return; for scripts. The progress goes to stderr in background mode."""
        try:
            settings = self.settings(context)
            with measured(self.bl_label):
                result = run(self.guarded(settings), print_progress if bpy.app.background else None, self.answer())
            self.finish(context, settings, result)
        except (AdaError, OSError) as error:
            self.report({'ERROR'}, translated(queue.explain(error)))
            return {'CANCELLED'}
        except RuntimeError as error:
            if not is_sticky(error):
                raise
            self.report({'ERROR'}, translated(queue.explain(error)))
            return {'CANCELLED'}
        return {'FINISHED'}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Queue the job and return at once."""
        if bpy.app.background:
            return self.execute(context)
        return self.enqueue(context)

    def enqueue(self, context: bpy.types.Context) -> set[str]:
        try:
            settings = self.settings(context)
        except AdaError as error:
            self.report({'ERROR'}, translated(error))
            return {'CANCELLED'}
        cls = type(self)
        task = Task(
            label=cls.bl_label,
            settings=settings,
            start=lambda: cls.guarded(settings),
            finish=lambda context, result: cls.finish(context, settings, result),
            threaded=cls.threaded,
            answer=cls.answer(),
        )
        if queue.add(task) is not task:
            self.report({'INFO'}, report_("This job is in the queue already"))
        return {'FINISHED'}


def translated(sentence: AdaError | Progress) -> str:
    """The sentence in the interface's language, filled in."""
    return fill_in(sentence.message, sentence.values, report_)


def run_stoppable(job: Job, answer: Answer | None = None) -> Any:
    """Run a job with its progress on stderr. Ctrl-C or SIGTERM ends it at its next report: it keeps what it can.

    Raises:
        KeyboardInterrupt: it was ended.
    """
    caught: list[int] = []

    def report(progress: Progress) -> None:
        print_progress(progress)
        if caught:
            raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda number, frame: caught.append(number)) for number in numbers]
    try:
        return run(job, report, answer)
    finally:
        for number, handler in zip(numbers, before):
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def print_progress(progress: Progress) -> None:
    """Draw one line of progress on stderr."""
    width = 30
    filled = round(progress.fraction * width)
    metrics = "  ".join(f"{name} {value:.3g}" for name, value in progress.metrics.items())
    left = "" if progress.seconds_left is None else f"  {progress.seconds_left:.0f} s left"
    line = f"{'#' * filled}{'.' * (width - filled)} {progress.fraction:4.0%} {progress}  {metrics}{left}"
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{line[:160]}" + ("\n" if progress.fraction >= 1 else ""))
    else:
        sys.stderr.write(line + "\n")
    sys.stderr.flush()


class ADA_OT_job_apply(bpy.types.Operator):
    """Put the result of a finished job into the file"""

    bl_idname = "ada.job_apply"
    bl_label = "Apply Ada Result"
    bl_options = {'UNDO', 'INTERNAL'}

    number: IntProperty(options={'HIDDEN', 'SKIP_SAVE'})

    def execute(self, context: bpy.types.Context) -> set[str]:
        task = queue.find(self.number)
        if task is None or task.state is not State.RUNNING:
            return {'CANCELLED'}
        try:
            task.outcome = task.finish(context, task.result) or ""
        except AdaError as error:
            task.error = error
            return {'CANCELLED'}
        return {'FINISHED'}


class ADA_OT_job_cancel(bpy.types.Operator):
    """Stop this job after its current step, or take it out of the queue"""

    bl_idname = "ada.job_cancel"
    bl_label = "Cancel Job"
    bl_options = {'INTERNAL'}

    number: IntProperty(options={'HIDDEN', 'SKIP_SAVE'})

    def execute(self, context: bpy.types.Context) -> set[str]:
        task = queue.find(self.number)
        if task is None:
            return {'CANCELLED'}
        queue.cancel(task)
        return {'FINISHED'}


class ADA_OT_job_cancel_all(bpy.types.Operator):
    """Stop the running job and take all others out of the queue"""

    bl_idname = "ada.job_cancel_all"
    bl_label = "Cancel All Jobs"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        cls.poll_message_set("No job is running or waiting")
        return queue.running is not None or bool(queue.waiting)

    def execute(self, context: bpy.types.Context) -> set[str]:
        queue.cancel_all()
        return {'FINISHED'}


class ADA_OT_job_clear(bpy.types.Operator):
    """Remove the jobs that have ended from the list"""

    bl_idname = "ada.job_clear"
    bl_label = "Clear Finished Jobs"

    def execute(self, context: bpy.types.Context) -> set[str]:
        queue.clear()
        return {'FINISHED'}


class ADA_OT_job_copy_details(bpy.types.Operator):
    """Copy the sentence and the technical details of the failure to the clipboard"""

    bl_idname = "ada.job_copy_details"
    bl_label = "Copy Details"
    bl_options = {'INTERNAL'}

    number: IntProperty(options={'HIDDEN', 'SKIP_SAVE'})

    def execute(self, context: bpy.types.Context) -> set[str]:
        task = queue.find(self.number)
        if task is None or task.error is None:
            return {'CANCELLED'}
        context.window_manager.clipboard = f"{task.label}: {task.error}\n\n{task.details}"
        return {'FINISHED'}


classes = (ADA_OT_job_apply, ADA_OT_job_cancel, ADA_OT_job_cancel_all, ADA_OT_job_clear, ADA_OT_job_copy_details)
