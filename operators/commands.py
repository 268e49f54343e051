"""What each headless subcommand takes and does."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

import bpy

from ..ai.job import run
from ..render import compat, devices, export, profiles, tune
from ..render.engine.engine import ENGINE as REALTIME
from . import (
    demo,
    doctor,
    maps_command,
    model_command,
    monitor,
    photo_command,
    render,
    render_tune,
    sharing,
    texture_command,
)
from .command import Command, UsageError, figures, frame_numbers, path_of, require_suffix, run_operator
from .job import print_progress


def _doctor(args: argparse.Namespace) -> dict[str, Any]:
    return doctor.examine_document(as_text=not args.json)


def _demo_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=Path("demo"), metavar="FOLDER", help="where to (default: demo)")


def _monitor_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=10.0, help="how long (default: 10)")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write a table")
    parser.add_argument("--history", type=Path, metavar="FILE", help="write the same as JSON")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write utilization, memory and temperature as PNG")


def _monitor(args: argparse.Namespace) -> dict[str, Any]:
    for path, suffix in ((args.csv, ".csv"), (args.history, ".json"), (args.plot, ".png")):
        require_suffix(path, suffix)
    if not args.seconds > 0.0:
        raise UsageError("--seconds must be above 0")
    paths = [path for path in (args.csv, args.history, args.plot) if path is not None]
    return monitor.record(args.seconds, bpy.context.scene.ada.card.rate, paths)


def _render_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", dest="render.folder", type=path_of, required=True, metavar="FOLDER", help="where frames are written"
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--frames", type=frame_numbers, metavar="LIST", help="such as 1,3,10..20 (default: the current)")
    which.add_argument(
        "--animation", dest="render.frames", action="store_const", const='RANGE', help="the scene's frame range"
    )
    parser.add_argument(
        "--profile", type=str.upper, choices=profiles.NAMES, help="write a profile into the scene first"
    )
    parser.add_argument(
        "--engine", type=str.lower, choices=("cycles", "eevee", "realtime"), help="instead of the scene's"
    )
    parser.add_argument(
        "--tune", action="store_true", help="render short pilots first and set Cycles up for this scene"
    )
    parser.add_argument("--gpu", action="store_true", help="set Cycles up on the graphics card first")
    parser.add_argument(
        "--require-gpu",
        dest="render.require_gpu",
        action="store_const",
        const=True,
        help="the same, and fail where Cycles would use the processor",
    )
    parser.add_argument(
        "--overwrite",
        dest="render.overwrite",
        action="store_const",
        const=True,
        help="render frames again that are there and whole",
    )


def _render(args: argparse.Namespace) -> dict[str, Any]:
    scene = bpy.context.scene
    if args.engine:
        scene.render.engine = {"cycles": 'CYCLES', "eevee": compat.EEVEE, "realtime": REALTIME}[args.engine]
    uses_cycles = scene.render.engine == 'CYCLES'
    if not uses_cycles and (args.gpu or args.profile or args.tune or scene.ada.render.require_gpu):
        raise UsageError("--profile, --tune, --gpu and --require-gpu are for Cycles; --engine cycles chooses it")
    if args.profile:
        render.apply_profile(scene, args.profile)
    if args.gpu or scene.ada.render.require_gpu:
        render.set_up(scene)
    if args.tune:
        run_operator(render_tune.ADA_OT_render_tune)
    uid, numbers, *rest = render.ADA_OT_frames_render.read(bpy.context)
    result = run(render.ADA_OT_frames_render.start((uid, args.frames or numbers, *rest)), print_progress)
    report = {"engine": scene.render.engine, "profile": args.profile} | figures(result)
    return report | ({"cycles": asdict(devices.read_report(scene))} if uses_cycles else {})


def _tune_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--goal",
        dest="render.goal",
        type=str.upper,
        choices=tuple(tune.GOALS),
        help="be as good as 1024 samples (article) or as 4096 (default)",
    )
    parser.add_argument(
        "--animation", dest="render.frames", action="store_const", const='RANGE', help="estimate the whole range"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="save the file with the tuned settings here: .blend")


def _tune(args: argparse.Namespace) -> dict[str, Any]:
    if args.out is not None and args.out.suffix.lower() != ".blend":
        raise UsageError(f"--out must end in .blend, got '{args.out}'")
    _, text = run_operator(render_tune.ADA_OT_render_tune)
    report = render_tune.read_report(bpy.context.scene)
    if args.out is not None:
        export.save_blend_copy(args.out)
    rows = [
        {"setting": ".".join(row["place"]), "value": row["value"], "why": render_tune.reason(row)}
        for row in report["choices"]
    ]
    return report | {"choices": rows, "estimate": text, "summary": "\n".join(render_tune.describe(report))}


def _memory(args: argparse.Namespace) -> dict[str, Any]:
    found = sharing.sharing.measure(bpy.context.scene)
    return {
        "peak": found.peak,
        "complete": found.complete,
        "biggest": [{"name": name, "bytes": size} for name, size in found.biggest],
        "parts": [{"part": name, "bytes": size} for name, size in found.parts.items()],
    }


ALL = (
    *photo_command.COMMANDS,
    Command(
        "monitor",
        "record the card's memory, temperature and load",
        _monitor_arguments,
        _monitor,
        "Every other subcommand does the same while it runs, with --monitor FILE.",
    ),
    Command(
        "memory",
        "estimate what Cycles will take of the memory for this scene",
        lambda parser: None,
        _memory,
        "Bytes at the peak and part by part. Every other subcommand says what it took itself, with --measure.",
    ),
    Command(
        "render",
        "render stills or frame ranges, each file verified",
        _render_arguments,
        _render,
        "Frames that are in the folder and whole are kept; damaged ones are rendered again.",
    ),
    Command(
        "tune",
        "find Cycles' settings for a scene from short pilots",
        _tune_arguments,
        _tune,
        "Says what it chose and why, and how long the still or the animation will take.",
    ),
    Command(
        "texture",
        "make seamless textures from words, or exact procedural ones with PBR maps",
        texture_command.arguments,
        texture_command.run,
        texture_command.DESCRIPTION,
    ),
    Command(
        "texture-batch",
        "make many textures of prompts with choices, lists or a table",
        texture_command.batch_arguments,
        texture_command.run_batch,
        texture_command.BATCH_DESCRIPTION,
    ),
    Command(
        "texture-upscale",
        "enlarge a texture, with a model also adding detail",
        texture_command.upscale_arguments,
        texture_command.run_upscale,
    ),
    Command(
        "maps",
        "make PBR maps of a picture",
        maps_command.arguments,
        maps_command.run,
        maps_command.DESCRIPTION,
    ),
    Command(
        "seamless",
        "make a picture continue at its borders",
        maps_command.seamless_arguments,
        maps_command.run_seamless,
        "Without --anew the borders are faded into each other; with it a model paints anew what is faded.",
    ),
    Command(
        "models",
        "list the diffusion models on this computer, or download one",
        model_command.arguments,
        model_command.run,
        model_command.DESCRIPTION,
    ),
    Command("doctor", "say what is installed, what is missing and what to do", lambda parser: None, _doctor),
    Command(
        "demo",
        "build a scene, capture it, reconstruct it and set both side by side",
        _demo_arguments,
        lambda args: demo.make(args.out),
    ),
)
