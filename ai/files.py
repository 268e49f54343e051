"""Files that appear whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import AdaError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name beside a file; at the end of the block what was written there takes the file's place.

    Raises:
        AdaError: the block or the renaming failed; nothing is left of what was written.
    """
    if not path.parent.is_dir():
        raise AdaError("The folder '{folder}' does not exist. Choose another one", folder=str(path.parent))
    part = path.with_name(f".{path.stem}-part{path.suffix}")
    try:
        yield part
        os.replace(part, path)
    except (OSError, RuntimeError) as error:
        raise AdaError("'{file}' could not be written: {reason}", file=str(path), reason=reason(error)) from error
    finally:
        part.unlink(missing_ok=True)


def reason(error: Exception) -> str:
    """What failed, in one line: Blender's operators report whole tracebacks."""
    lines = [line.strip() for line in str(error).splitlines()]
    return [line for line in lines if line and not line.startswith("Location:")][-1].removeprefix("Error: ")


def write_json(path: Path, document: Any) -> None:
    """Write a JSON document and read it back.

    Raises:
        AdaError: it could not be written; what stood there before is untouched.
    """
    text = json.dumps(document, ensure_ascii=False, indent=1, default=str)
    with replacing(path) as part:
        part.write_text(text + "\n", encoding="utf-8")
        if part.read_text(encoding="utf-8") != text + "\n":
            raise OSError("the disk gives back other bytes")
