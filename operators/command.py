"""What headless subcommands share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any

import bpy

from .job import JobOperator, run_stoppable


class UsageError(Exception):
    """The arguments do not make sense; exit code 2."""


@dataclass(frozen=True, slots=True)
class Command:
    """One subcommand."""

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], dict[str, Any]]
    description: str = ""


def run_operator(operator: type[JobOperator]) -> tuple[Any, str | None]:
    """Run an operator's job with the scene's settings, apply its result; return the result and its name in the file."""
    settings = operator.read(bpy.context)
    result = run_stoppable(operator.guarded(settings), operator.answer())
    return result, operator.finish(bpy.context, settings, result)


def figures(result: Any) -> dict[str, Any]:
    """The plain values of a result, without its arrays."""
    values = asdict(result) if is_dataclass(result) else dict(result)
    kinds = (str, int, float, bool, Path, type(None))
    return {
        name: value
        for name, value in values.items()
        if isinstance(value, kinds) or (isinstance(value, dict) and all(isinstance(x, kinds) for x in value.values()))
    }


def path_of(text: str) -> str:
    return str(Path(text).resolve())


def texture_file(text: str) -> Path:
    """Where a texture is written: a picture, or a .blend file with its material."""
    path = Path(text)
    if path.suffix.lower() not in {".png", ".blend"}:
        raise argparse.ArgumentTypeError(f"the output must end in .png or .blend, got '{text}'")
    return path.resolve()


def require_suffix(path: Path | None, suffix: str) -> None:
    """Refuse a file of another kind.

    Raises:
        UsageError: it is given and does not end so.
    """
    if path is not None and path.suffix.lower() != suffix:
        raise UsageError(f"'{path}' must end in {suffix}")


def frame_numbers(text: str) -> tuple[int, ...]:
    """Frames as Blender's own `-f` takes them: 1,3,10..20."""
    numbers: list[int] = []
    for part in text.split(","):
        first, dots, last = part.partition("..")
        try:
            numbers += range(int(first), int(last) + 1) if dots else [int(first)]
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"frames are given like 1,3,10..20, not '{text}'") from error
    return tuple(numbers)
