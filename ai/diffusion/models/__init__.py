"""Model files of other people: what they are, where they lie, how to get one.

In order: `header.py` (a safetensors file without its weights), `families.py` (which network the names of the tensors
belong to), `inspect.py` (one file or folder), `catalogue.py` (all on this computer), `shelf.py` (what of it is
remembered), `download.py` (from the hub). No torch here.
"""

from ..few_step import StepDefaults
from .catalogue import Catalogue, hub_cache, likely_folders, scan, scan_all
from .inspect import ModelInfo, inspect, native_side, proposed, step_defaults

__all__ = [
    "Catalogue", "ModelInfo", "StepDefaults", "hub_cache", "inspect", "likely_folders", "native_side", "proposed",
    "scan", "scan_all", "step_defaults",
]  # fmt: skip
