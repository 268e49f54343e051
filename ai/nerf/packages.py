"""The optional packages of a reconstruction, asked for in one place."""

from __future__ import annotations

import importlib
from typing import Any

from ..errors import AdaError

_PACKAGES = {"scipy": "scipy", "skimage": "scikit-image", "PIL": "Pillow", "numpy": "numpy", "torch": "torch"}


def need(module: str) -> Any:
    """Import and return a module of an optional package, for instance `need("scipy.ndimage")`.

    Raises:
        AdaError: the package is not installed; the sentence names it.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = _PACKAGES[module.partition(".")[0]]
        raise AdaError(
            "The Python package '{package}' is missing. Open Doctor in the Ada panel and install it from there",
            package=package,
        ) from error
