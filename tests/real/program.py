"""The real Blender, started from outside: in a folder made by `make_blender`, or the one on PATH.

Every process has a time limit and everything it started ends with it: in the folder it runs in process and mount
namespaces of its own, which the kernel empties when their first process dies.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
INSIDE = HERE / "inside"  # Scripts that run within Blender.
OUT = CHECKOUT / "tests" / "out"  # Pictures to look at.
SCREEN = "1600x1200x24"


class NotHereError(Exception):
    """The real program cannot be had on this machine; the message says why."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended."""

    code: int
    output: str  # stdout and stderr together.
    stdout: str


@dataclass(frozen=True, slots=True)
class Program:
    """A Blender that can be started."""

    root: Path | None  # Folder to change the root to; None runs the Blender on PATH.
    version: str

    def run(
        self,
        arguments: Sequence[str | Path],
        *,
        folders: Sequence[Path],
        timeout: float,
        resources: Path | None = None,
        screen: str = "",
        environment: dict[str, str] | None = None,
    ) -> Ended:
        """Start Blender, wait for its end and return it.

        Args:
            arguments: Blender's own.
            folders: what it may read and write beside the checkout; same paths inside and outside.
            timeout: seconds until it is killed, which raises subprocess.TimeoutExpired.
            resources: the user folder (settings, extensions); None takes a new empty one in the first of `folders`.
            screen: the virtual screen's size, such as 1600x1200x24; empty for none.
        """
        resources = resources or folders[0] / "resources"
        resources.mkdir(exist_ok=True, parents=True)
        log, out = folders[0] / "blender.log", folders[0] / "blender.out"
        variables = {
            "BLENDER_USER_RESOURCES": str(resources),
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "OMP_WAIT_POLICY": "PASSIVE",
            "PYTHONDONTWRITEBYTECODE": "1",
            "LANG": "C.UTF-8",
            **(environment or {}),
        }
        mounts = [CHECKOUT, *folders, resources]
        command = [
            *(
                ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--propagation", "private"]
                if self.root
                else []
            ),
            str(HERE / "enter"),
            str(self.root or "/"),
            ":".join(map(str, mounts)),
            screen or "none",
            *(f"{name}={value}" for name, value in variables.items()),
            "blender",
            *(["--gpu-backend", "opengl"] if screen else []),
            *map(str, arguments),
        ]
        with out.open("w+") as stdout, log.open("w+") as stderr:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, start_new_session=True
            )
            try:
                code = process.wait(timeout)
            except subprocess.TimeoutExpired as late:
                text = f"{out.read_text(errors='replace')[-6000:]}\n{log.read_text(errors='replace')[-6000:]}"
                raise AssertionError(f"Blender did not end within {timeout:.0f} s\n{text}") from late
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        standard = out.read_text(errors="replace")
        return Ended(code, f"{standard}\n{log.read_text(errors='replace')}", standard)

    def play(
        self,
        script: str,
        folder: Path,
        *,
        timeout: float,
        resources: Path | None = None,
        folders: Sequence[Path] = (),
        screen: str = SCREEN,
        **values: Any,
    ) -> dict[str, Any]:
        """Run a script of `inside/` in a Blender with a window; return what it found out.

        Fails with Blender's output if the script raised, Blender did not end by itself, or ended with another code
        than 0. `values` reach the script as `stage.values`.
        """
        folder.mkdir(exist_ok=True, parents=True)
        (folder / "values.json").write_text(json.dumps(values, default=str), encoding="utf-8")
        found = folder / "found.json"
        found.unlink(missing_ok=True)
        ended = self.run(
            ["--enable-event-simulate", "--python-exit-code", "9", "--python", INSIDE / f"{script}.py", "--", folder],
            folders=[folder, *folders],
            timeout=timeout,
            resources=resources,
            screen=screen,
        )
        result = json.loads(found.read_text(encoding="utf-8")) if found.exists() else {}
        assert "error" not in result, f"{result['error']}\n{ended.output[-3000:]}"
        assert result, f"the script did not end (exit code {ended.code})\n{ended.output[-6000:]}"
        assert ended.code == 0, f"Blender ended with {ended.code}\n{ended.output[-6000:]}"
        return result


def find() -> Program:
    """Return the real Blender of this machine; it is made first where that is possible.

    Raises:
        NotHereError: neither there nor to be made.
    """
    if "BLENDER_ROOT" not in os.environ and shutil.which("blender"):
        told = _output(["blender", "-b", "--python-expr", "import torch"])
        version = re.search(r"^Blender (\d+)\.(\d+)\S*", told, re.M)
        if version and (int(version[1]), int(version[2])) >= (4, 2) and "Error" not in told:
            missing = [name for name in ("Xvfb", "openbox", "import") if not shutil.which(name)]
            if not missing:
                return Program(None, version[0])
    root = Path(os.environ.get("BLENDER_ROOT", Path.home() / ".cache" / "blender-real"))
    if os.geteuid() != 0:
        raise NotHereError("no Blender with torch is on PATH, and making one needs root")
    print(f"making the real Blender in {root} (some minutes, once)", file=sys.stderr)
    made = subprocess.run(
        [HERE / "make_blender", root], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=1800
    )
    if made.returncode:
        raise NotHereError(f"make_blender failed: {(made.stderr or made.stdout).strip()[-600:]}")
    version = re.search(r"^Blender \S+", _output(["chroot", str(root), "blender", "--version"]), re.M)
    return Program(root, version[0] if version else "Blender")


def _output(command: list[str]) -> str:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    return done.stdout + done.stderr
