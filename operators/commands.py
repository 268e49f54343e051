"""What each headless subcommand takes and does."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any

import bpy

from ..ai.job import run
from ..render import export
from . import capture, demo, doctor, reconstruct
from .job import JobOperator, print_progress


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
    result = run(operator.start(settings), print_progress, operator.answer())
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


def _capture_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="the dataset folder to make")
    parser.add_argument("--objects", nargs="+", metavar="NAME", help="objects to capture (default: the selected ones)")
    parser.add_argument("--views", type=int, help="number of training views")
    parser.add_argument("--resolution", type=int, help="width and height in pixels")


def _capture(args: argparse.Namespace) -> dict[str, Any]:
    settings = bpy.context.scene.ada.capture
    settings.folder = str(args.out.resolve())
    if args.views is not None:
        settings.train = args.views
    if args.resolution is not None:
        settings.resolution = args.resolution
    if args.objects:
        missing = [name for name in args.objects if name not in bpy.context.view_layer.objects]
        if missing:
            raise UsageError(f"the scene has no object named {', '.join(missing)}")
        for obj in bpy.context.view_layer.objects:
            obj.select_set(obj.name in args.objects)
    result, _ = run_operator(capture.ADA_OT_views_capture)
    return figures(result)


def _reconstruct_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--transforms", type=Path, required=True, metavar="PATH", help="transforms.json, or the folder that holds it"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to: .blend or .glb")
    parser.add_argument("--preset", type=str.upper, choices=("DRAFT", "NORMAL", "HIGH"), help="effort (default: NORMAL)")
    parser.add_argument("--device", type=str.upper, choices=("AUTO", "CPU", "CUDA"), help="where torch computes")
    box = parser.add_argument_group("crop box", "only what lies inside becomes mesh; scene units")
    box.add_argument("--crop-center", type=float, nargs=3, metavar=("X", "Y", "Z"))
    box.add_argument("--crop-size", type=float, nargs=3, metavar=("X", "Y", "Z"))


def _reconstruct(args: argparse.Namespace) -> dict[str, Any]:
    writers = {".blend": lambda obj: export.save_blend_copy(args.out), ".glb": lambda obj: export.export_glb([obj], args.out)}
    if args.out.suffix.lower() not in writers:
        raise UsageError(f"--out must end in .blend or .glb, got '{args.out}'")
    if (args.crop_center is None) != (args.crop_size is None):
        raise UsageError("--crop-center and --crop-size go together")
    settings = bpy.context.scene.ada.reconstruct
    settings.path = str(args.transforms.resolve())
    for name in ("preset", "device"):
        if getattr(args, name):
            setattr(settings, name, getattr(args, name))
    if args.crop_center:
        settings.use_crop, settings.crop_object = True, None
        settings.crop_center, settings.crop_size = args.crop_center, args.crop_size
    result, name = run_operator(reconstruct.ADA_OT_reconstruct_start)
    writers[args.out.suffix.lower()](bpy.data.objects[name])
    return {**figures(result), "object": name, "out": args.out.resolve()}


def _doctor(args: argparse.Namespace) -> dict[str, Any]:
    return doctor.examine_document(as_text=not args.json)


def _demo_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=Path("demo"), metavar="FOLDER", help="where to (default: demo)")


ALL = (
    Command(
        "capture",
        "render an object from cameras around it into a dataset",
        _capture_arguments,
        _capture,
        "Writes NeRF-synthetic transforms_train.json, transforms_test.json and RGBA images with Cycles.",
    ),
    Command(
        "reconstruct",
        "turn posed photos or captured views into a coloured mesh",
        _reconstruct_arguments,
        _reconstruct,
        "Reads NeRF-synthetic, instant-ngp or nerfstudio transforms with masks in the alpha channel.",
    ),
    Command("doctor", "say what is installed, what is missing and what to do", lambda parser: None, _doctor),
    Command(
        "demo",
        "build a scene, capture it, reconstruct it and set both side by side",
        _demo_arguments,
        lambda args: demo.make(args.out),
    ),
)
