"""Model files of other people: what they are, where they lie, how to get one.

In order: `header.py` (a safetensors file without its weights), `families.py` (which network the names of the tensors
belong to), `few_step.py` (models that want four steps, not twenty), `inspect.py` (one file or folder). No torch here.
"""

from .few_step import StepDefaults
from .inspect import ModelInfo, inspect, step_defaults

__all__ = ["ModelInfo", "StepDefaults", "inspect", "step_defaults"]
