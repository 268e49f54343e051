"""Out of memory all the same: start again from the seed, one rung lower."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from ..job import Job, Progress
from .arbiter import Arbiter, arbiter, no_room
from .memory import broken_card, is_out_of_memory, is_sticky

log = logging.getLogger("ada_forge.card")

Rung = TypeVar("Rung")


def descend(rungs: Sequence[Rung], attempt: Callable[[Rung], Job], keeper: Arbiter = arbiter) -> Job:
    """Run a job on the highest rung that the memory allows.

    Args:
        rungs: fastest first; what each is, `attempt` knows. `str(rung)` is its name for the log.
        attempt: starts the job anew, from its seed, on a rung.
        keeper: the arbiter whose idle models make room between two attempts.

    Returns:
        What the job returns.

    Raises:
        AdaError: no rung was low enough, or CUDA is broken for good.
    """
    for number, rung in enumerate(rungs):
        try:
            return (yield from attempt(rung))
        except Exception as error:
            if is_sticky(error):
                raise broken_card() from error
            if not is_out_of_memory(error):
                raise
            users = keeper.biggest_users()
            log.warning("out of memory on rung %d (%s): %s", number, rung, error)
            if number + 1 == len(rungs):
                raise no_room(users) from error
        # Outside `except`: the traceback held the tensors of the failed attempt.
        gc.collect()
        keeper.park_unused()
        yield Progress(0.0, "Not enough memory. Starts again with a smaller plan")
    raise ValueError("there is no rung")
