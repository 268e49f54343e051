"""Train the estimator of PBR maps on procedural tiles, and write its weights into ai/pbr.

    python ai/training/pbr/train.py --minutes 35

Minutes are processor time. A checkpoint and the log are kept in --folder: the same command goes on where it stopped.
"""

from __future__ import annotations

import argparse
import os
import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # Waiting threads would eat the cores that others need.


def main() -> None:
    """Train, export."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cache = Path.home() / ".cache" / "ada-forge-training" / "pbr"
    parser.add_argument("--folder", type=Path, default=cache, help="checkpoint and log (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=35, help="of processor time (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    # The root __init__ belongs to Blender; a stub package stands in for it, as in the tests.
    stub = types.ModuleType("ada_forge")
    stub.__path__ = [str(ROOT)]
    sys.modules["ada_forge"] = stub
    import torch
    from ada_forge.ai.training.pbr.fit import export, train

    torch.set_num_threads(1)
    options.folder.mkdir(parents=True, exist_ok=True)
    export(*train(options.folder, options.minutes * 60, options.seed))


if __name__ == "__main__":
    main()
