"""The log file: what happened, with the tracebacks that the interface does not show."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

LOGGER = logging.getLogger("ada_forge")
FORMAT = "%(asctime)s %(levelname)s %(threadName)s: %(message)s"
FILE_BYTES = 1_000_000
FILES = 3  # The one being written and two older ones.

_handler: RotatingFileHandler | None = None


def open_log(path: Path, level: str = 'INFO') -> None:
    """Write the records of the "ada_forge" logger to a file as well, 1 MB × 3 at most; an open log is closed first.

    Args:
        path: the file; its folder is made.
        level: 'DEBUG', 'INFO', 'WARNING' or 'ERROR'.

    Raises:
        OSError: the file cannot be written.
    """
    global _handler
    close_log()
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(path, maxBytes=FILE_BYTES, backupCount=FILES - 1, encoding="utf-8")
    handler.setFormatter(logging.Formatter(FORMAT))
    LOGGER.addHandler(handler)
    LOGGER.setLevel(level)
    _handler = handler


def close_log() -> None:
    """Stop writing to the file. Without an open log, nothing happens."""
    global _handler
    if _handler is not None:
        LOGGER.removeHandler(_handler)
        _handler.close()
        _handler = None


def log_path() -> Path | None:
    """The file being written, or None while no log is open."""
    return Path(_handler.baseFilename) if _handler is not None else None
