"""Train the built-in model from nothing, or go on: `python ai/training/default/train.py --help`."""

from __future__ import annotations

import argparse
import os
import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # Waiting threads would eat the cores that others need.
os.environ.setdefault("GOMP_SPINCOUNT", "0")
os.environ.setdefault("HF_HUB_OFFLINE", "1")


def main() -> None:
    """Parse the command line and run one stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stage", choices=("autoencoder", "denoiser", "decoder", "upscaler", "export"))
    parser.add_argument("--folder", type=Path, required=True, help="checkpoints and logs; stays outside the repository")
    parser.add_argument("--minutes", type=float, default=60, help="wall time of this run")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    # The root __init__ belongs to Blender; a stub package stands in for it, as in the tests.
    stub = types.ModuleType("ada_forge")
    stub.__path__ = [str(ROOT)]
    sys.modules["ada_forge"] = stub
    import torch

    torch.set_num_threads(options.threads)
    options.folder.mkdir(parents=True, exist_ok=True)
    seconds, release = options.minutes * 60, ROOT / "ai" / "diffusion" / "default"
    if options.stage == "autoencoder":
        from ada_forge.ai.training.default.autoencoder import train_autoencoder

        train_autoencoder(options.folder, seconds, seed=options.seed)
    elif options.stage == "decoder":
        from ada_forge.ai.training.default.autoencoder import refine_decoder

        refine_decoder(options.folder, seconds, seed=options.seed)
    elif options.stage == "denoiser":
        from ada_forge.ai.training.default.denoiser import train_denoiser

        train_denoiser(options.folder, release, seconds, seed=options.seed)
    elif options.stage == "upscaler":
        from ada_forge.ai.training.default.upscaler import train_upscaler

        train_upscaler(options.folder, seconds, seed=options.seed)
    else:
        from ada_forge.ai.training.default.export import export

        export(options.folder, release)


if __name__ == "__main__":
    main()
