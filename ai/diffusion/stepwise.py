"""A diffusers pipeline, or the loading of one, as a generator: it runs on a thread of its own and stands still between
two steps.
"""

from __future__ import annotations

import inspect
import queue
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

POLL_SECONDS = 0.05
Result = TypeVar("Result")

# Called after every denoising step with its timestep and the latents; returns the latents to go on with.
Edit = Callable[[Tensor, Tensor], Tensor]


class _StopError(BaseException):
    """Raised inside the pipeline to end it; no `except Exception` on its way may take it for a failure."""


def run_stepwise(
    call: Callable[..., Any], edit: Edit | None = None, **arguments: Any
) -> Generator[tuple[int, Tensor], None, Any]:
    """Call a pipeline, yield (step, latents) after each denoising step, and return its output.

    The pipeline waits while the caller works between two yields; closing the generator ends it at that step.

    Args:
        call: a diffusers pipeline; one that takes no `callback_on_step_end` is watched through its scheduler.
        edit: changes the latents after each step.
        arguments: for the pipeline.
    """
    events: queue.Queue[tuple[str, Any]] = queue.Queue()
    go = threading.Semaphore(0)
    stop = threading.Event()

    def after_step(pipeline: Any, step: int, timestep: Any, values: dict[str, Tensor]) -> dict[str, Tensor]:
        latents = values["latents"] if edit is None else edit(timestep, values["latents"])
        events.put(("step", (step, latents)))
        go.acquire()
        if stop.is_set():
            raise _StopError
        return {"latents": latents}

    called_back = "callback_on_step_end" in inspect.signature(type(call).__call__).parameters
    if called_back:
        arguments["callback_on_step_end"] = after_step
    watch = nullcontext() if called_back else _watched(call, after_step)

    def work() -> None:
        try:
            with watch:
                events.put(("done", call(**arguments)))
        except BaseException as error:  # Raised again in the caller's thread.
            events.put(("error", error))

    thread = threading.Thread(target=work, name="ada-diffusion", daemon=True)
    thread.start()
    try:
        while True:
            kind, value = events.get()
            if kind == "done":
                return value
            if kind == "error":
                raise value
            yield value
            go.release()
    finally:
        stop.set()
        go.release()
        thread.join()


class _Gate(TorchDispatchMode):
    """Holds up or ends a thread at its next operation of torch."""

    def __init__(self) -> None:
        super().__init__()
        self.open = threading.Event()
        self.stop = False
        self.copied = 0  # Bytes.

    def __torch_dispatch__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        self.open.wait()
        if self.stop:
            raise _StopError
        result = function(*args, **(kwargs or {}))
        if function in _COPIES and not result.is_meta:
            self.copied += result.nbytes
        return result


_COPIES = {torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default, torch.ops.aten.clone.default}


def run_gated(call: Callable[[], Result]) -> Generator[int, None, Result]:
    """Call a function that loads weights, yield from time to time how many bytes it has copied, return its result.

    The function waits while the caller works between two yields; closing the generator ends it at its next tensor.
    """
    gate = _Gate()
    outcome: list[Result] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            with gate:
                outcome.append(call())
        except BaseException as error:  # Raised again in the caller's thread.
            errors.append(error)

    thread = threading.Thread(target=work, name="ada-load", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            gate.open.set()
            thread.join(POLL_SECONDS)
            gate.open.clear()
            if thread.is_alive():
                yield gate.copied
    finally:
        gate.stop = True
        gate.open.set()
        thread.join()
    if errors:
        raise errors[0]
    return outcome[0]


@contextmanager
def _watched(pipeline: Any, after_step: Callable[..., dict[str, Tensor]]) -> Iterator[None]:
    """Within the context the scheduler's step calls back like the pipelines that can."""
    scheduler = pipeline.scheduler
    own, count = scheduler.step, iter(range(1_000_000))

    def step(found: Tensor, timestep: Any, sample: Tensor, *args: Any, **kwargs: Any) -> Any:
        kwargs["return_dict"] = False
        latents, *others = own(found, timestep, sample, *args, **kwargs)
        return (after_step(pipeline, next(count), timestep, {"latents": latents})["latents"], *others)

    scheduler.step = step
    try:
        yield
    finally:
        del scheduler.step
