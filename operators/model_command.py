"""The headless subcommand `models`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..ai.diffusion.models import Catalogue, ModelInfo, inspect
from ..ai.diffusion.models.catalogue import scan_steps
from ..ai.diffusion.models.download import fetch
from ..ai.job import run as run_job
from . import models
from .command import UsageError
from .job import print_progress, run_stoppable
from .model_download import check_online

DESCRIPTION = (
    "Without --download it reads the headers of what lies in the folders: the extension's own, those added in the "
    "panel, the hub's cache, ComfyUI and A1111. A download needs Blender's online access, and goes on where it stopped."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--folder", type=Path, action="append", metavar="FOLDER", help="search here instead; may be given again"
    )
    parser.add_argument("--download", metavar="OWNER/NAME", help="download this model from the hub")
    parser.add_argument("--file", metavar="NAME", help="only this .safetensors file of it")
    parser.add_argument("--into", type=Path, metavar="FOLDER", help="where to (default: the models folder)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """List the models, or download one."""
    if (args.file or args.into) and not args.download:
        raise UsageError("--file and --into go with --download")
    if args.download:
        check_online()
        files = [args.file] if args.file else []
        folder = (args.into or models.models_folder()).resolve()
        info = inspect(run_stoppable(fetch(args.download, folder, files)))
        models.shelf().add(info)
        models.keep()
        return {"models": [_row(info)]}
    folders = [folder.resolve() for folder in args.folder] if args.folder else models.scanned_folders()
    found: Catalogue = run_job(scan_steps(folders), print_progress)
    problems = [{"file": str(path), "problem": str(error)} for path, error in found.problems]
    return {"models": [_row(info) for info in found.models[1:]], "problems": problems}


def _row(info: ModelInfo) -> dict[str, Any]:
    return {
        "kind": info.kind,
        "family": info.family,
        "name": info.name,
        "size": models.size_text(info.size_bytes),
        "few_step": info.few_step,
        "licence": info.licence.strip().partition("\n")[0],
        "path": str(info.path),
    }
