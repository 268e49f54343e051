"""Train the estimator of PBR maps on procedural tiles, and write its weights into ai/pbr.

    python ai/training/pbr/train.py --samples 6000 --steps 5000

All chance comes from --seed. Samples and a checkpoint are kept in --folder: the same command goes on where it stopped.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # Waiting threads would eat the cores that others need.


def main() -> None:
    """Draw what is missing, train, export."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cache = Path.home() / ".cache" / "ada-forge-training" / "pbr"
    parser.add_argument("--folder", type=Path, default=cache, help="samples and checkpoint (default: %(default)s)")
    parser.add_argument("--samples", type=int, default=6000, help="default: %(default)s")
    parser.add_argument("--steps", type=int, default=5000, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    # The root __init__ belongs to Blender; a stub package stands in for it, as in the tests.
    stub = types.ModuleType("ada_forge")
    stub.__path__ = [str(ROOT)]
    sys.modules["ada_forge"] = stub
    import torch
    from ada_forge.ai.training.pbr.fit import SHARD, export, make_shard, train

    torch.set_num_threads(1)
    options.folder.mkdir(parents=True, exist_ok=True)
    shards = -(-options.samples // SHARD)
    for number in range(shards):
        if not (options.folder / f"shard-{number}.npz").exists():
            make_shard(options.folder, number, options.seed)
            print(f"shard {number}  {time.process_time():.0f} s", flush=True)
    found = train(options.folder, shards, options.steps, options.seed)
    export(found, {"samples": str(shards * SHARD), "steps": str(options.steps), "seed": str(options.seed)})


if __name__ == "__main__":
    main()
