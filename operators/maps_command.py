"""The headless subcommands `maps` and `seamless`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import bpy

from ..ai.errors import AdaError
from ..ai.pbr.border import seam_of
from ..ai.pbr.settings import KINDS
from ..render import export, textures
from . import texture_maps, texture_output, texture_repair
from .command import path_of, require_suffix, texture_file
from .job import run_stoppable

DESCRIPTION = (
    "Writes NAME_normal.png, NAME_height.png and so on; normal and height in 16 bits. They tile where the picture "
    "does. With --blend the material of picture and maps is written too."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image", type=Path, metavar="IMAGE", help="the picture")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where the maps are written")
    parser.add_argument("--maps", nargs="+", choices=KINDS, metavar="MAP", help=f"of {', '.join(KINDS)} (default: all)")
    parser.add_argument(
        "--normal",
        dest="texture_maps.normal",
        type=str.upper,
        choices=("OPENGL", "DIRECTX"),
        help="opengl (default) or directx: which way green points",
    )
    parser.add_argument(
        "--strength", dest="texture_maps.relief", type=float, metavar="S", help="factor on the relief (1)"
    )
    parser.add_argument("--invert", action="store_true", help="what rises sinks")
    parser.add_argument(
        "--repeats",
        dest="texture_maps.borders",
        type=str.upper,
        choices=("AUTO", "BOTH", "X", "Y", "NONE"),
        help="axes along which the picture repeats (default: looked for)",
    )
    parser.add_argument(
        "--model", dest="texture_maps.model", type=path_of, metavar="FOLDER", help="Marigold models to use instead"
    )
    parser.add_argument("--built-in", action="store_true", help="no Marigold model, also where one was found")
    parser.add_argument("--blend", type=Path, metavar="FILE", help="write a .blend file with the material")
    parser.add_argument(
        "--tile-size", dest="texture_output.tile_size", type=float, metavar="M", help="of the material, in metres"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Make the maps, and write what came out."""
    store = bpy.context.scene.ada
    settings = store.texture_maps
    settings.kinds = {kind.upper() for kind in args.maps or KINDS}
    settings.invert = settings.invert or args.invert
    settings.material = args.blend is not None
    store.texture_output.store = 'PACK'
    if args.built_in:
        settings.estimator = 'BUILT_IN'
    elif settings.model:
        settings.estimator = 'MODEL'
    require_suffix(args.blend, ".blend")
    image = textures.open_image(args.image)
    cls = texture_maps.ADA_OT_texture_maps
    order = cls.read(bpy.context, image)
    result = run_stoppable(cls.guarded(order))
    try:
        args.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AdaError("Cannot write '{name}'. Check the folder and the free space", name=str(args.out)) from error
    written = {
        kind: str(texture_output.write_map(args.out / f"{args.image.stem}.png", kind, pixels))
        for kind, pixels in result.images.items()
    }
    if args.blend is not None:
        cls.finish(bpy.context, order, result)
        export.save_blend_copy(args.blend.resolve())
    return {
        "maps": written,
        "depth": result.depth,
        "repeats_x": result.wrap[0],
        "repeats_y": result.wrap[1],
        "seam_x": result.seam[0],
        "seam_y": result.seam[1],
        "estimator": result.estimator,
    }


def seamless_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image", type=Path, metavar="IMAGE", help="the picture")
    parser.add_argument("--out", type=texture_file, required=True, metavar="FILE", help="where to: .png or .blend")
    parser.add_argument(
        "--along",
        dest="texture_repair.axes",
        type=str.upper,
        choices=("BOTH", "X", "Y"),
        help="at which borders it shall continue (default: both)",
    )
    parser.add_argument(
        "--anew", dest="texture_repair.anew", type=float, metavar="S", help="how far a model paints anew, 0 to 1 (0)"
    )
    parser.add_argument("--prompt", dest="texture.prompt", metavar="TEXT", help="what the picture shows")
    parser.add_argument(
        "--model", dest="texture.model", type=path_of, metavar="PATH", help="a diffusion model (default: the built-in)"
    )


def run_seamless(args: argparse.Namespace) -> dict[str, Any]:
    """Make the picture tile, and write what came out."""
    store = bpy.context.scene.ada
    store.texture.engine = 'MODEL' if vars(args)["texture.model"] else store.texture.engine
    store.texture_output.store = 'PACK'
    image = textures.open_image(args.image)
    cls = texture_repair.ADA_OT_texture_repair
    order = texture_repair.read(bpy.context, image)
    before = seam_of(order.image)
    (picture,) = run_stoppable(cls.guarded(order))
    out = args.out
    if out.suffix.lower() == ".blend":
        cls.finish(bpy.context, order, [picture])
        export.save_blend_copy(out)
    else:
        texture_output.write_files(order.order, picture, out)
    scores = {"seam_x": picture.seam[0], "seam_y": picture.seam[1]}
    return {"file": str(out), "seam_x_before": before[0], "seam_y_before": before[1], **scores}
