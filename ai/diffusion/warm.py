"""Models that stay loaded from one job to the next, in the arbiter's care, and the plan of a job that uses one."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..card.arbiter import Arbiter, Holding, arbiter
from ..card.memory import is_out_of_memory
from ..card.planner import GIB, OVERHEAD, Plan, Rung, choose_plans, rough_plans
from ..errors import AdaError
from ..job import Job, Progress
from .load import Model, load_model, loading, move_to
from .needs import measure_needs, weights
from .placement import HOME
from .settings import BUILT_IN, LoadOptions

# Generous: the decoder of Stable Diffusion XL is counted at 3.8 KiB for each pixel in float32, denoisers at less.
ROUGH = 16 * 1024  # Bytes for each pixel.

_keys: weakref.WeakKeyDictionary[Holding, tuple[object, ...]] = weakref.WeakKeyDictionary()
_loaders: weakref.WeakKeyDictionary[Holding, Callable[[], Job]] = weakref.WeakKeyDictionary()


def take(path: Path, device: str, options: LoadOptions | None = None, keeper: Arbiter = arbiter) -> Holding:
    """The holding of a model; nothing is loaded yet.

    A model on another device, run in another way or changed on the disk replaces the one that is held.
    """
    options = options or LoadOptions()
    key = (path.resolve(), device, options, _stamp(path))
    for holding in keeper.holdings:
        if _keys.get(holding) == key:
            return holding
    for holding in [one for one in keeper.holdings if _keys.get(one, (None,))[0] == key[0]]:
        keeper.release(holding)
    name = "Ada" if path == BUILT_IN else path.name
    if any(one.name == name for one in keeper.holdings):
        name = str(path)

    def load() -> Model:
        return load_model(path, device, None, options)

    holding = keeper.hold(name, load, _size(path), _move, _on_card(device))
    _keys[holding] = key
    _loaders[holding] = lambda: loading(path, device, None, options)
    return holding


def fetch(holding: Holding, keeper: Arbiter = arbiter) -> Job:
    """Load a model that `take` gave into main memory, if it is not loaded.

    Raises:
        AdaError: it cannot be loaded, or main memory is too small even with all other models dropped.
    """
    try:
        return (yield from keeper.fetch(holding, _loaders[holding]()))
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
    # Outside `except`: the traceback held the tensors.
    gc.collect()
    keeper.drop_all()
    yield Progress(0.0, "Not enough memory. Loads again with all other models dropped")
    try:
        return (yield from keeper.fetch(holding, _loaders[holding]()))
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise AdaError(
            "Main memory is too small to load '{name}' ({size:.1f} GiB). Close other programs, or choose a smaller "
            "model",
            name=holding.name,
            size=holding.size / GIB,
        ) from error


def plan(
    holding: Holding, model: Model, wide: int, tall: int, guided: bool, keeper: Arbiter = arbiter
) -> tuple[tuple[Plan, ...], int | None]:
    """The ladder of a job, fastest plan that fits first, and the bytes that are free for it.

    Args:
        holding: of the model.
        model: loaded.
        wide: pixels that are denoised.
        tall: likewise.
        guided: whether each step is computed twice.
        keeper: who holds it.
    """
    on_card, free = holding.on_card, keeper.available(holding)
    holding.size = weights(list(model.networks().values()))
    most = ROUGH * wide * tall + (holding.size + OVERHEAD if on_card else 0)
    if free is not None and most <= free:
        return rough_plans(most, on_card), free
    return choose_plans(measure_needs(model.pipeline, wide, tall, guided), free, on_card), free


def _on_card(device: str) -> bool:
    return not device.startswith("cpu")


def _move(model: Model, to_card: bool) -> Model:
    """To the card or to main memory. That is not pinned: torch rounds pinned blocks up to powers of two and keeps them
    when the model is back, so that a parked model could cost twice its size, for good.
    """
    if model.placement is not None:
        model.placement.come() if to_card else model.placement.leave()
    elif not to_card:
        move_to(model, HOME)
    elif model.rung is Rung.RESIDENT:
        move_to(model, model.device)
    return model


def _stamp(path: Path) -> tuple[Any, ...]:
    """Size and time of change of the files, by which a model that was replaced on the disk is noticed."""
    files = [path] if path.is_file() else sorted(path.glob("*")) + sorted(path.glob("*/*"))
    return tuple((one.name, state.st_size, state.st_mtime_ns) for one in files for state in (one.stat(),))


def _size(path: Path) -> int:
    files = [path] if path.is_file() else path.rglob("*.safetensors")
    return sum(one.stat().st_size for one in files)
