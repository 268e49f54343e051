"""The solver's process: started, listened to, and killed with whoever listens."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from typing import IO, Any

from ..errors import AdaError
from ..setup.log import LOGGER

POLL = 0.2  # Seconds between two looks; so long a cancelled solver goes on at most.
# The package under a name of its own, without its root, which belongs to Blender.
START = """
import json, sys, types
sys.path[:] = json.loads(sys.argv[2])
package = types.ModuleType("ada_solver")
package.__path__ = [sys.argv[1]]
sys.modules["ada_solver"] = package
from ada_solver.ai.photos.solver import main
main()
"""


def listen(task: dict[str, Any], log: Path) -> Generator[dict[str, Any] | None, None, None]:
    """Run the solver; yield what it says, and None at least every `POLL` seconds. Closing it kills the process.

    Args:
        task: see `solver.main`.
        log: file for what COLMAP prints.

    Raises:
        AdaError: the process could not be started, or ended without a result.
    """
    root = Path(__file__).resolve().parents[2]
    threads = str(task["threads"])
    with log.open("wb") as errors:
        try:
            process = subprocess.Popen(
                [sys.executable, "-I", "-X", "utf8", "-c", START, str(root), json.dumps(sys.path)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                env=os.environ | {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads},
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )  # fmt: skip
        except OSError as error:
            raise AdaError("The camera solver could not be started: {reason}", reason=error.strerror) from error
    assert process.stdin is not None
    assert process.stdout is not None
    lines: queue.Queue[bytes | None] = queue.Queue()
    reader = threading.Thread(target=_read, args=(process.stdout, lines), name="ada-solver", daemon=True)
    reader.start()
    finished = False
    try:
        process.stdin.write(json.dumps(task).encode() + b"\n")
        process.stdin.flush()
        while True:
            try:
                line = lines.get(timeout=POLL)
            except queue.Empty:
                yield None
                continue
            if line is None:
                break
            message = json.loads(line)
            finished |= message["stage"] == "done"
            yield message
        code = process.wait()
        if not finished:
            text = log.read_text(encoding="utf-8", errors="replace")
            LOGGER.error("The camera solver ended with %s:\n%s", code, text[-8000:])
            raise AdaError("The camera solver broke down: {reason}", reason=_last_line(text) or f"exit code {code}")
    except BrokenPipeError as error:
        raise AdaError("The camera solver could not be started: {reason}", reason=str(error)) from error
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stdout.close()
        try:
            process.stdin.close()
        except OSError:
            LOGGER.debug("the solver's stdin was closed already")


def _read(stream: IO[bytes], lines: queue.Queue[bytes | None]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""
