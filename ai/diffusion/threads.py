"""Where a job of torch computes, and with how many threads, so that the interface keeps some."""

from __future__ import annotations

import torch

from ..job import Job


def limited(job: Job, count: int) -> Job:
    """Run a job with so many of torch's threads; the number from before comes back with its end.

    Args:
        job: any job that computes with torch.
        count: threads, at least 1. Threads that the job starts keep to it as well.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        return (yield from job)
    finally:
        job.close()
        torch.set_num_threads(before)


def choose_device(name: str) -> str:
    """The name as torch knows it: "auto" is the graphics card where torch can use it."""
    if name != "auto":
        return name
    return "cuda" if torch.cuda.is_available() else "cpu"
