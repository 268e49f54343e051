"""The headless subcommands from photos to meshes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import bpy

from ..render import capture as captures
from ..render import export
from . import cameras, capture, field, mask, reconstruct
from .command import Command, UsageError, figures, frame_numbers, path_of, require_suffix, run_operator
from .job import JobOperator, run_stoppable
from .properties import read_settings

# An argument whose `dest` is the name of a setting, such as "capture.train", sets it; `--set` wins over it.


def _capture_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", dest="capture.folder", type=path_of, required=True, metavar="FOLDER", help="the dataset folder to make"
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
        "--out", dest="cameras.folder", type=path_of, metavar="FOLDER", help="where transforms.json is written"
    )
    parser.add_argument("--blend", type=Path, metavar="FILE", help="write the scene with the cameras")


def _cameras(args: argparse.Namespace) -> dict[str, Any]:
    require_suffix(args.blend, ".blend")
    scene = bpy.context.scene
    if args.file is not None:
        folder = vars(args)["cameras.folder"]
        report = cameras.import_report(scene, args.file.resolve(), Path(folder) if folder else None)
    else:
        scene.ada.cameras.source = path_of(str(args.source))
        result, name = run_operator(cameras.ADA_OT_cameras_solve)
        report = figures(result) | {"collection": name, "points": len(result.points)}
        report |= {"left_out": [str(path) for path in result.left_out], "notes": [str(note) for note in result.notes]}
    if args.blend is not None:
        export.save_blend_copy(args.blend)
    return report


def _mask_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source", type=path_of, metavar="PHOTOS", help="a folder of photos, or a transforms.json or other cameras"
    )
    parser.add_argument(
        "--out", dest="masks.folder", type=path_of, required=True, metavar="FOLDER", help="where PNG files are written"
    )
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument(
        "--key", dest="masks.key_color", type=float, nargs=3, metavar=("R", "G", "B"), help="background, sRGB 0 to 1"
    )
    way.add_argument(
        "--mask-folder", dest="masks.mask_folder", type=path_of, metavar="FOLDER", help="masks named like the photos"
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
        type=path_of,
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
        "--field", dest="reconstruct.field_file", type=path_of, metavar="FILE",
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
        "--field", dest="reconstruct.field_file", type=path_of, required=True, metavar="FILE", help="the kept field"
    )
    parser.add_argument(
        "--out", dest="field.folder", type=path_of, required=True, metavar="FOLDER", help="where pictures are written"
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--frames", type=frame_numbers, metavar="LIST", help="such as 1,3,10..20 (default: the current)")
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


COMMANDS = (
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
)
