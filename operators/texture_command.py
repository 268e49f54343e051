"""The headless subcommand `texture`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import bpy

from ..ai.job import run as run_job
from ..render import export, textures
from . import texture, texture_batch, texture_output, texture_upscale
from .command import path_of, texture_file
from .job import print_progress, run_stoppable
from .texture_order import random_seed
from .texture_recipe import require_words

DESCRIPTION = (
    "PROMPT is in English or Chinese; with --engine procedural it names a material, as in 'red bricks with moss'. "
    "The picture is written as PNG, or with its material into a .blend file."
)

BATCH_DESCRIPTION = (
    "Every combination of the choices in each prompt, times the seeds. Files are written as they are made; the same "
    "command again goes on where it was stopped."
)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    try:
        return int(width), int(height or width)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"a size is given like 512 or 768x512, not '{text}'") from error


def _sides(text: str) -> tuple[int, ...]:
    try:
        left, right, top, bottom = (int(side) for side in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"four numbers of pixels are wanted, like 0,256,0,0, not '{text}'") from error
    return left, right, top, bottom


def _weighted(text: str) -> tuple[str, float]:
    """FILE or FILE:WEIGHT; the colon of a Windows drive is none of ours."""
    path, colon, weight = text.rpartition(":")
    try:
        return (path_of(path), float(weight)) if path and colon else (path_of(text), 1.0)
    except ValueError:
        return path_of(text), 1.0


def _control(text: str) -> dict[str, Any]:
    kind, equals, rest = text.partition("=")
    rest, _, image = rest.partition("@")
    if not equals or kind.upper() not in ("DEPTH", "NORMAL", "CANNY", "TILE", "OTHER"):
        raise argparse.ArgumentTypeError(f"a ControlNet is given like depth=FOLDER, not '{text}'")
    path, weight = _weighted(rest)
    origin = "CAMERA" if not image else "IMAGE" if kind.upper() == "CANNY" else "READY"
    return {"kind": kind.upper(), "path": path, "weight": weight, "origin": origin, "image": image}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("prompt", nargs="?", default="", metavar="PROMPT", help="what the texture shows")
    parser.add_argument("--out", type=texture_file, required=True, metavar="FILE", help="where to: .png or .blend")
    what_to_make(parser)
    parser.add_argument(
        "--count", dest="texture.count", type=int, metavar="N", help="so many, with seeds that count up"
    )
    parser.add_argument(
        "--tile-size", dest="texture_output.tile_size", type=float, metavar="M", help="of the material, in metres"
    )


def batch_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("prompt", nargs="?", default="", metavar="PROMPT", help="such as '{red|blue} brick'")
    parser.add_argument("--out", dest="texture_batch.folder", type=path_of, required=True, metavar="FOLDER",
                        help="where PNG files are written; what is there already is not made again")  # fmt: skip
    parser.add_argument("--prompts", dest="texture_batch.file", type=path_of, metavar="FILE",
                        help=".txt with one prompt a line, or .csv with a column 'prompt'")  # fmt: skip
    parser.add_argument("--lists", dest="texture_batch.lists", type=path_of, metavar="FOLDER",
                        help="where colour.txt lies for __colour__")  # fmt: skip
    parser.add_argument("--random", dest="texture_batch.forms", type=int, metavar="N",
                        help="so many random forms of each prompt instead of every combination")  # fmt: skip
    parser.add_argument("--seeds", dest="texture_batch.seeds", type=int, metavar="N", help="textures of each prompt")
    what_to_make(parser)


def what_to_make(parser: argparse.ArgumentParser) -> None:
    """What one texture and a batch have in common."""
    parser.add_argument(
        "--engine",
        dest="texture.engine",
        type=lambda text: text.upper().replace("-", "_"),
        choices=("BUILT_IN", "MODEL", "PROCEDURAL"),
        help="built-in (default), model or procedural",
    )
    parser.add_argument(
        "--model", dest="texture.model", type=path_of, metavar="PATH", help="a diffusion model; means --engine model"
    )
    parser.add_argument("--style", dest="texture.style", metavar="NAME", help="words around the prompt, such as Toon")
    parser.add_argument("--negative", dest="texture.negative", metavar="TEXT", help="what it should not show")
    parser.add_argument("--seed", dest="texture.seed", type=int, metavar="N", help="else a random one")
    parser.add_argument("--size", type=_size, metavar="WxH", help="pixels, such as 512 or 768x512")
    parser.add_argument("--steps", dest="texture.steps", type=int, metavar="N", help="denoising steps")
    parser.add_argument("--guidance", dest="texture.guidance", type=float, metavar="G", help="how closely to follow")
    parser.add_argument(
        "--seamless",
        dest="texture.seamless",
        type=str.upper,
        choices=("BOTH", "X", "Y", "NONE"),
        help="axes along which it continues",
    )
    parser.add_argument("--image", type=Path, metavar="FILE", help="an image to start from")
    parser.add_argument(
        "--strength", dest="texture.strength", type=float, metavar="S", help="how far to leave it behind"
    )
    parser.add_argument(
        "--mask", metavar="FILE", help="white is made anew; 'alpha' takes what is transparent in the image"
    )
    parser.add_argument(
        "--extend", type=_sides, metavar="L,R,T,B", help="pixels to add to the image: left, right, top, bottom"
    )
    group = parser.add_argument_group("on the model", "each may be given several times; weights are 1 unless given")
    for flag, what in (("--lora", "a LoRA"), ("--embedding", "a learned word, called by the name of its file")):
        group.add_argument(flag, action="append", default=[], type=_weighted, metavar="FILE[:WEIGHT]", help=what)
    group.add_argument(
        "--control", action="append", default=[], type=_control, metavar="KIND=PATH[:WEIGHT][@IMAGE]",
        help="a ControlNet: depth, normal, canny, tile or other; without @IMAGE the scene's camera is what it sees",
    )  # fmt: skip
    group.add_argument("--ip-adapter", dest="texture.ip_adapter", type=path_of, metavar="FILE", help="an IP-Adapter")
    group.add_argument("--ip-image", type=Path, metavar="FILE", help="the image that serves as prompt")
    group.add_argument("--ip-weight", dest="texture.ip_weight", type=float, metavar="W", help="how strongly (0.6)")
    parser.add_argument("--maps", action="store_true", help="write normal, height, roughness and metallic beside it")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Generate, and write what came out."""
    context = bpy.context
    _prepare(context.scene.ada, args)
    output = context.scene.ada.texture_output
    output.material = output.material or args.out.suffix.lower() == ".blend"
    cls = texture.ADA_OT_texture_generate
    order = cls.read(context)
    pictures = run_job(cls.guarded(order), print_progress, cls.answer())
    rows = []
    as_blend = args.out.suffix.lower() == ".blend"
    for number, picture in enumerate(pictures, 1):
        row = {"seed": picture.seed, "seam_x": picture.seam[0], "seam_y": picture.seam[1]}
        if as_blend:
            row["image"] = texture_output.add(order, picture)
        else:
            row["file"] = str(numbered(args.out, number, len(pictures)))
            texture_output.write_files(order, picture, Path(row["file"]))
        rows.append(row)
    if as_blend:
        export.save_blend_copy(args.out)
    return {"prompt": order.rows[0]["prompt"], "engine": order.rows[0]["engine"], "textures": rows}


def upscale_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image", type=Path, metavar="IMAGE", help="the picture to enlarge")
    parser.add_argument("--out", type=texture_file, required=True, metavar="FILE", help="where to: .png or .blend")
    parser.add_argument("--factor", dest="texture_upscale.factor", type=float, metavar="F", help="default: 2")
    parser.add_argument("--prompt", dest="texture.prompt", metavar="TEXT", help="what the model paints")
    parser.add_argument("--model", dest="texture.model", type=path_of, metavar="PATH",
                        help="a diffusion model that adds detail")  # fmt: skip
    parser.add_argument("--strength", dest="texture_upscale.strength", type=float, metavar="S", help="how much (0.3)")
    parser.add_argument("--seamless", dest="texture.seamless", type=str.upper, choices=("BOTH", "X", "Y", "NONE"),
                        help="axes along which it continues")  # fmt: skip
    parser.add_argument("--control", action="append", default=[], type=_control, metavar="KIND=PATH[:WEIGHT][@IMAGE]",
                        help="a ControlNet, such as tile=FOLDER")  # fmt: skip


def run_upscale(args: argparse.Namespace) -> dict[str, Any]:
    """Enlarge one picture, and write what came out."""
    store = bpy.context.scene.ada
    if vars(args)["texture.model"]:
        store.texture.engine, store.texture_upscale.detail = 'MODEL', True
    add_controls(store.texture, args.control)
    store.texture_output.store = 'PACK'
    order = texture_upscale.read(bpy.context, textures.open_image(args.image))
    cls = texture_upscale.ADA_OT_texture_upscale
    (picture,) = run_stoppable(cls.guarded(order))
    height, width = picture.color.shape[:2]
    row = {"width": width, "height": height, "seam_x": picture.seam[0], "seam_y": picture.seam[1]}
    row["notes"] = [str(note) for note in picture.notes]
    if args.out.suffix.lower() == ".blend":
        texture_output.add(order.order, picture)
        export.save_blend_copy(args.out)
    else:
        texture_output.write_files(order.order, picture, args.out)
    return row | {"out": str(args.out)}


def add_controls(settings: Any, controls: list[dict[str, Any]]) -> None:
    """Rows of ControlNets from what `--control` gave."""
    for given in controls:
        image = textures.open_image(Path(given["image"])) if given["image"] else None
        row = settings.controls.add()
        for name, value in (given | {"image": image}).items():
            setattr(row, name, value)


def run_batch(args: argparse.Namespace) -> dict[str, Any]:
    """Generate many, each written as soon as it is made."""
    store = bpy.context.scene.ada
    batch = store.texture_batch
    _prepare(store, args)
    batch.origin = 'FILE' if batch.file else 'PROMPT'
    if vars(args)["texture_batch.forms"]:
        batch.combine = 'RANDOM'
    cls = texture_batch.ADA_OT_texture_batch
    result = run_stoppable(cls.guarded(cls.read(bpy.context)))
    rows = [{"file": str(path), "made": path in result.made} for path in sorted(result.made + result.kept)]
    return {"folder": batch.folder, "textures": rows}


def numbered(path: Path, number: int, count: int) -> Path:
    """t.png for one picture; t-1.png, t-2.png, … for several."""
    return path if count == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")


def _prepare(store: Any, args: argparse.Namespace) -> None:
    """Write the arguments that are no setting by themselves to the scene's settings."""
    settings = store.texture
    given = vars(args)
    if given["texture.seed"] is not None:
        settings.seed_mode = 'FIXED'
    if given["texture.model"] and not given["texture.engine"]:
        settings.engine = 'MODEL'
    if args.size:
        settings.width, settings.height = args.size
    if settings.engine == 'PROCEDURAL':
        if args.prompt:  # What --set says of the recipe stands.
            for name, value in require_words(args.prompt).items():
                if f"recipe.{name}" not in args.given:
                    setattr(store.recipe, name, value)
        if given["texture.seed"] is None and "texture.seed" not in args.given:
            settings.seed = random_seed()
    elif args.prompt:
        settings.prompt = args.prompt
    if args.image:
        settings.source = textures.open_image(args.image)
        settings.mode = 'IMAGE'
    if args.extend:
        settings.mode = 'OUTPAINT'
        settings.add_left, settings.add_right, settings.add_top, settings.add_bottom = args.extend
    for path, weight in args.lora:
        row = settings.loras.add()
        row.path, row.weight = path, weight
    for path, _ in args.embedding:
        settings.embeddings.add().path = path
    add_controls(settings, args.control)
    if args.ip_image:
        settings.ip_image = textures.open_image(args.ip_image)
    if args.mask:
        settings.mode = 'INPAINT'
        settings.mask_from = 'ALPHA' if args.mask == "alpha" else 'IMAGE'
        if args.mask != "alpha":
            settings.mask = textures.open_image(Path(args.mask))
    store.texture_output.maps = store.texture_output.maps or args.maps
    store.texture_output.store = 'PACK'
