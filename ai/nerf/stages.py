"""Parts of a job as shares of the whole, and what holds while one runs."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch

from ..job import Job, Progress


def scaled(job: Job, low: float, high: float) -> Generator[Any, Any, Any]:
    """Run a part of a job as the share low to high of the whole."""
    reply: Any = None
    try:
        while True:
            event = job.send(reply)
            if isinstance(event, Progress):
                reply = yield replace(event, fraction=low + (high - low) * min(1.0, event.fraction))
            else:
                reply = yield event
    except StopIteration as end:
        return end.value
    finally:
        job.close()


def rising(job: Job) -> Generator[Any, Any, Any]:
    """Let no report fall behind an earlier one: parts of a stage each begin at its start."""
    best = 0.0
    reply: Any = None
    try:
        while True:
            event = job.send(reply)
            if isinstance(event, Progress):
                best = max(best, event.fraction)
                event = replace(event, fraction=best)
            reply = yield event
    except StopIteration as end:
        return end.value
    finally:
        job.close()


@contextmanager
def torch_threads(count: int) -> Generator[None, None, None]:
    """Let torch use so many threads, and as many as before afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def timed(seconds: dict[str, float], stage: str) -> Generator[None, None, None]:
    """Add the seconds that the block takes to those of a stage."""
    start = time.monotonic()
    try:
        yield
    finally:
        seconds[stage] = seconds.get(stage, 0.0) + time.monotonic() - start
