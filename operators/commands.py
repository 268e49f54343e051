"""What each headless subcommand takes and does."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any

import bpy

from ..ai.job import run
from ..render import capture as captures
from ..render import compat, devices, export, profiles, tune
from ..render.engine.engine import ENGINE as REALTIME
from . import (
    cameras,
    capture,
    demo,
    doctor,
    field,
    mask,
    model_command,
    monitor,
    reconstruct,
    render,
    render_tune,
    sharing,
    texture_command,
)
from .job import JobOperator, print_progress, run_stoppable
from .properties import read_settings


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


# An argument whose `dest` is the name of a setting, such as "capture.train", sets it; `--set` wins over it.


def _path(text: str) -> str:
    return str(Path(text).resolve())


def _capture_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", dest="capture.folder", type=_path, required=True, metavar="FOLDER", help="the dataset folder to make"
    )
    parser.add_argument("--objects", nargs="+", metavar="NAME", help="objects to capture (default: the selected ones)")
    parser.add_argument("--views", dest="capture.train", type=int, metavar="N", help="number of training views")
    parser.add_argument("--resolution", dest="capture.resolution", type=int, metavar="N", help="side in pixels")
    parser.add_argument(
        "--engine", dest="capture.engine", type=str.upper, choices=tuple(captures.ENGINES), help="default: CYCLES"
    )


def _capture(args: argparse.Namespace) -> dict[str, Any]:
    if args.objects:
        missing = [name for name in args.objects if name not in bpy.context.view_layer.objects]
        if missing:
            raise UsageError(f"the scene has no object named {', '.join(missing)}")
        for obj in bpy.context.view_layer.objects:
            obj.select_set(obj.name in args.objects)
    result, _ = run_operator(capture.ADA_OT_views_capture)
    return figures(result)


def _cameras_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("source", nargs="?", type=Path, metavar="PHOTOS", help="a folder of photos, or a video")
    what.add_argument(
        "--import",
        dest="file",
        type=Path,
        metavar="FILE",
        help="cameras of COLMAP, Metashape, RealityCapture, Meshroom, nerfstudio or instant-ngp, or their folder",
    )
    parser.add_argument(
        "--out", dest="cameras.folder", type=_path, metavar="FOLDER", help="where transforms.json is written"
    )
    parser.add_argument("--blend", type=Path, metavar="FILE", help="write the scene with the cameras")


def _cameras(args: argparse.Namespace) -> dict[str, Any]:
    if args.blend is not None and args.blend.suffix.lower() != ".blend":
        raise UsageError(f"'{args.blend}' must end in .blend")
    scene = bpy.context.scene
    if args.file is not None:
        folder = vars(args)["cameras.folder"]
        report = cameras.import_report(scene, args.file.resolve(), Path(folder) if folder else None)
    else:
        scene.ada.cameras.source = _path(str(args.source))
        result, name = run_operator(cameras.ADA_OT_cameras_solve)
        report = figures(result) | {"collection": name, "points": len(result.points)}
        report |= {"left_out": [str(path) for path in result.left_out], "notes": [str(note) for note in result.notes]}
    if args.blend is not None:
        export.save_blend_copy(args.blend)
    return report


def _mask_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source", type=_path, metavar="PHOTOS", help="a folder of photos, or a transforms.json or other cameras"
    )
    parser.add_argument(
        "--out", dest="masks.folder", type=_path, required=True, metavar="FOLDER", help="where PNG files are written"
    )
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument(
        "--key", dest="masks.key_color", type=float, nargs=3, metavar=("R", "G", "B"), help="background, sRGB 0 to 1"
    )
    way.add_argument(
        "--mask-folder", dest="masks.mask_folder", type=_path, metavar="FOLDER", help="masks named like the photos"
    )
    parser.add_argument("--tolerance", dest="masks.tolerance", type=float, help="distance that still is the key color")
    parser.add_argument("--softness", dest="masks.softness", type=float, help="width of the border")
    parser.add_argument("--invert", dest="masks.invert", action="store_const", const=True, help="swap both sides")


def _mask(args: argparse.Namespace) -> dict[str, Any]:
    settings = bpy.context.scene.ada.masks
    settings.source = args.source
    settings.method = 'FOLDER' if vars(args)["masks.mask_folder"] else 'KEY'
    result, _ = run_operator(mask.ADA_OT_photos_mask)
    notes = {"left_out": [str(path) for path in result.left_out], "notes": [str(note) for note in result.notes]}
    return figures(result) | notes


def _reconstruct_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--transforms",
        dest="reconstruct.path",
        type=_path,
        required=True,
        metavar="PATH",
        help="transforms.json, or the folder that holds it",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to: .blend, .glb, .obj or .ply")
    parser.add_argument(
        "--preset",
        dest="reconstruct.preset",
        type=str.upper,
        choices=("DRAFT", "NORMAL", "HIGH"),
        help="effort (default: NORMAL)",
    )
    parser.add_argument(
        "--device",
        dest="reconstruct.device",
        type=str.upper,
        choices=("AUTO", "CPU", "CUDA"),
        help="where torch computes",
    )
    parser.add_argument(
        "--field", dest="reconstruct.field_file", type=_path, metavar="FILE",
        help="where the field is kept: .safetensors (default: beside the photos)",
    )  # fmt: skip
    parser.add_argument(
        "--resume", action="store_true", help="go on with the kept field, or begin where none is kept yet"
    )
    box = parser.add_argument_group("crop box", "only what lies inside becomes mesh; scene units")
    box.add_argument("--crop-center", dest="reconstruct.crop_center", type=float, nargs=3, metavar=("X", "Y", "Z"))
    box.add_argument("--crop-size", dest="reconstruct.crop_size", type=float, nargs=3, metavar=("X", "Y", "Z"))


def _reconstruct(args: argparse.Namespace) -> dict[str, Any]:
    writers = {
        ".blend": lambda obj: export.save_blend_copy(args.out),
        ".glb": lambda obj: export.export_glb([obj], args.out),
        ".obj": lambda obj: export.export_obj([obj], args.out),
        ".ply": lambda obj: export.export_ply([obj], args.out),
    }
    suffix = args.out.suffix.lower()
    if suffix not in writers:
        raise UsageError(f"--out must end in {', '.join(writers)}, got '{args.out}'")
    given = vars(args)
    if (given["reconstruct.crop_center"] is None) != (given["reconstruct.crop_size"] is None):
        raise UsageError("--crop-center and --crop-size go together")
    if given["reconstruct.crop_center"]:
        bpy.context.scene.ada.reconstruct.use_crop = True
    operator: type[JobOperator] = reconstruct.ADA_OT_reconstruct_start
    settings = bpy.context.scene.ada.reconstruct
    if args.resume:
        settings.keep = True
        if reconstruct.field_file(read_settings(settings)).is_file():
            operator = reconstruct.ADA_OT_reconstruct_resume
    result, name = run_operator(operator)
    writers[suffix](bpy.data.objects[name])
    notes = [str(note) for note in result.notes]
    return {**figures(result), "notes": notes, "object": name, "out": args.out.resolve()}


def _field_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--field", dest="reconstruct.field_file", type=_path, required=True, metavar="FILE", help="the kept field"
    )
    parser.add_argument(
        "--out", dest="field.folder", type=_path, required=True, metavar="FOLDER", help="where pictures are written"
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--frames", type=_frame_numbers, metavar="LIST", help="such as 1,3,10..20 (default: the current)"
    )
    which.add_argument(
        "--animation", dest="field.frames", action="store_const", const='RANGE', help="the scene's frame range"
    )
    which.add_argument("--views", type=Path, metavar="PATH", help="draw the views of this transforms.json instead")
    parser.add_argument("--camera", metavar="NAME", help="instead of the scene's own")
    parser.add_argument(
        "--passes", dest="field.passes", action="store_const", const=True, help="write depth, normals and mask as EXR"
    )
    parser.add_argument(
        "--overwrite", dest="field.overwrite", action="store_const", const=True, help="draw again what is there"
    )


def _field(args: argparse.Namespace) -> dict[str, Any]:
    scene = bpy.context.scene
    if args.camera:
        if args.camera not in scene.objects:
            raise UsageError(f"the scene has no object named {args.camera}")
        scene.camera = scene.objects[args.camera]
    operator = field.ADA_OT_field_render
    if args.views:
        values = read_settings(scene.ada.field)
        shots, folder = field.views_of(args.views.resolve()), Path(values["folder"])
        settings = field.kept_field(scene), shots, folder, field.picture_settings(scene, values)
    else:
        path, shots, *rest = operator.read(bpy.context)
        if args.frames:
            shots = field.path_of(bpy.context, args.frames)
        settings = path, shots, *rest
    return figures(run_stoppable(operator.guarded(settings)))


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
        if path is not None and path.suffix.lower() != suffix:
            raise UsageError(f"'{path}' must end in {suffix}")
    if not args.seconds > 0.0:
        raise UsageError("--seconds must be above 0")
    paths = [path for path in (args.csv, args.history, args.plot) if path is not None]
    return monitor.record(args.seconds, bpy.context.scene.ada.card.rate, paths)


def _frame_numbers(text: str) -> tuple[int, ...]:
    """Frames as Blender's own `-f` takes them: 1,3,10..20."""
    numbers: list[int] = []
    for part in text.split(","):
        first, dots, last = part.partition("..")
        try:
            numbers += range(int(first), int(last) + 1) if dots else [int(first)]
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"frames are given like 1,3,10..20, not '{text}'") from error
    return tuple(numbers)


def _render_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", dest="render.folder", type=_path, required=True, metavar="FOLDER", help="where frames are written"
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--frames", type=_frame_numbers, metavar="LIST", help="such as 1,3,10..20 (default: the current)"
    )
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
    Command(
        "capture",
        "render an object from cameras around it into a dataset",
        _capture_arguments,
        _capture,
        "Writes NeRF-synthetic transforms_train.json, transforms_test.json and RGBA images.",
    ),
    Command(
        "cameras",
        "find out where photos were taken, or import cameras",
        _cameras_arguments,
        _cameras,
        "Writes transforms.json and sparse.ply with COLMAP's solver, which needs the package pycolmap.",
    ),
    Command(
        "mask",
        "write photos with what belongs to the object as alpha",
        _mask_arguments,
        _mask,
        "The photos stay as they are; where they have cameras, a transforms.json of the masked photos is written too.",
    ),
    Command(
        "reconstruct",
        "turn posed photos or captured views into a coloured mesh",
        _reconstruct_arguments,
        _reconstruct,
        "Ctrl-C keeps the field, and --resume goes on with it. "
        "Reads NeRF-synthetic, instant-ngp or nerfstudio transforms with masks in the alpha channel.",
    ),
    Command(
        "field",
        "draw pictures of a field that a reconstruction kept",
        _field_arguments,
        _field,
        "As the scene's camera sees it, or from the views of a dataset; with depth, normals and mask on demand.",
    ),
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
