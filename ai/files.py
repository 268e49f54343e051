"""Files that appear whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from .errors import AdaError


def write_json(path: Path, document: Any) -> None:
    """Write a JSON document to a temporary name, read it back, rename it.

    Raises:
        AdaError: it could not be written; what stood there before is untouched.
    """
    text = json.dumps(document, ensure_ascii=False, indent=1, default=str)
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(text + "\n", encoding="utf-8")
        json.loads(part.read_text(encoding="utf-8"))
        os.replace(part, path)
    except (OSError, ValueError) as error:
        part.unlink(missing_ok=True)
        raise AdaError("Cannot write '{name}'. Check the folder and the free space", name=str(path)) from error
