"""Keeps a TensorFlow in the same process from taking the whole card."""

from __future__ import annotations

import os
import sys

from .packages import has_module
from .report import Row

VARIABLE = "TF_FORCE_GPU_ALLOW_GROWTH"  # Read by TensorFlow when it starts on a card.


def limit_tensorflow() -> Row:
    """Make TensorFlow take card memory only as it needs it, and report on that.

    TensorFlow is not imported for this: before its import an environment variable is enough. Where it is imported
    already, each card is told, which TensorFlow refuses once it has started on them.
    """
    if not has_module("tensorflow"):
        return Row("TensorFlow", "Not installed", 'INFO')
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is None:
        os.environ[VARIABLE] = "true"
    elif os.environ.get(VARIABLE) != "true":
        try:
            for card in tensorflow.config.list_physical_devices('GPU'):
                tensorflow.config.experimental.set_memory_growth(card, True)
        except (RuntimeError, ValueError) as error:
            return Row(
                "TensorFlow",
                "May have taken the whole card ({reason})",
                'WARNING',
                hint="Restart Blender and press Run Doctor before TensorFlow is used",
                values={"reason": error},
            )
    return Row("TensorFlow", "Takes card memory only as it needs it", 'OK')
