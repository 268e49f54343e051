"""Train the built-in model: from nothing, or on from the weights that ship.

    python ai/training/default/train.py --minutes 60        what is missing first, then an hour of the denoiser
    python ai/training/default/train.py export              write the result into ai/diffusion/default

Without checkpoints in --folder it goes on from ai/diffusion/default; with --from-nothing it begins anew.
"""

from __future__ import annotations

import argparse
import os
import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
STAGES = ("all", "autoencoder", "refine", "denoiser", "upscaler", "export")

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # Waiting threads would eat the cores that others need.
os.environ.setdefault("GOMP_SPINCOUNT", "0")
os.environ.setdefault("HF_HUB_OFFLINE", "1")


def main() -> None:
    """Parse the command line and run the stages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=STAGES, nargs="?", default="all")
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path.home() / ".cache" / "ada-forge-training",
        help="checkpoints and logs, outside the repository (default: %(default)s)",
    )
    parser.add_argument("--minutes", type=float, default=60, help="wall time of the stage, or of the denoiser in all")
    parser.add_argument("--from-nothing", action="store_true", help="pass over the weights that ship")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    # The root __init__ belongs to Blender; a stub package stands in for it, as in the tests.
    stub = types.ModuleType("ada_forge")
    stub.__path__ = [str(ROOT)]
    sys.modules["ada_forge"] = stub
    import torch
    from ada_forge.ai.training.default.autoencoder import train_autoencoder
    from ada_forge.ai.training.default.denoiser import train_denoiser
    from ada_forge.ai.training.default.export import export
    from ada_forge.ai.training.default.refine import refine_autoencoder
    from ada_forge.ai.training.default.upscaler import train_upscaler

    torch.set_num_threads(options.threads)
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    shipped = ROOT / "ai" / "diffusion" / "default"
    start = None if options.from_nothing or not (shipped / "unet").is_dir() else shipped
    seconds = options.minutes * 60
    whole = options.stage == "all"
    if options.stage == "autoencoder" or (whole and start is None and not (folder / "vae").is_dir()):
        train_autoencoder(folder, 15 * 60 if whole else seconds, seed=options.seed)
    if options.stage == "refine":
        refine_autoencoder(folder, start, seconds, seed=options.seed)
    if options.stage in ("all", "denoiser"):
        train_denoiser(folder, start, seconds, seed=options.seed)
    if options.stage == "upscaler" or (whole and start is None and not (folder / "upscaler.safetensors").exists()):
        train_upscaler(folder, start, 20 * 60 if whole else seconds, seed=options.seed)
    if options.stage == "export":
        export(folder, start, shipped)


if __name__ == "__main__":
    main()
