"""The headless entry: one subcommand for each capability.

blender -b FILE.blend --python-exit-code 1 -P operators/batch.py -- SUBCOMMAND …
blender -c ada SUBCOMMAND …
python operators/batch.py SUBCOMMAND …          where the bpy wheel is installed
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

if not __package__:  # Python puts a script's folder first; ours holds a `queue` that is not the standard library's.
    sys.path[:] = [path for path in sys.path if Path(path or ".").resolve() != Path(__file__).resolve().parent]

import bpy


def _own_package() -> str:
    """Name of the package this file belongs to, imported: the enabled extension, else this checkout, registered."""
    for name in [addon.module for addon in bpy.context.preferences.addons]:
        if name.rpartition(".")[2] == "ada_forge" and name in sys.modules:
            return name
    root = Path(__file__).resolve().parents[1]
    spec = importlib.util.spec_from_file_location(
        "ada_forge", root / "__init__.py", submodule_search_locations=[str(root)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{root} does not hold the extension")
    module = importlib.util.module_from_spec(spec)
    sys.modules["ada_forge"] = module
    spec.loader.exec_module(module)
    module.register()
    return "ada_forge"


if not __package__:  # Run as a script: hand over to the same module inside its package.
    batch = importlib.import_module(f"{_own_package()}.operators.batch")
    arguments = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    if bpy.app.binary_path and "--" not in sys.argv:
        arguments = ["--help"]  # The arguments are Blender's own.
    code = batch.main(arguments)
    batch.leave(code)

from ..ai import files  # noqa: E402
from ..ai.errors import AdaError  # noqa: E402
from ..render.registry import registry  # noqa: E402
from . import commands, monitor, rescue, usage  # noqa: E402
from .properties import ROOT, apply_settings, list_settings  # noqa: E402

USED_WRONGLY = 2


def parser() -> argparse.ArgumentParser:
    """Return the parser that all three ways of calling share."""
    common = argparse.ArgumentParser(add_help=False)
    group = common.add_argument_group("settings and output")
    group.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="set any setting, such as reconstruct.steps=800",
    )
    group.add_argument("--settings", metavar="FILE", type=Path, help="a JSON file of settings, by group")
    group.add_argument(
        "--json", action="store_true", help="print the result as one JSON document, the last line of stdout"
    )
    group.add_argument("--result", metavar="FILE", type=Path, help="write that JSON document to a file")
    group.add_argument(
        "--monitor",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="record the graphics card meanwhile: .csv, .json or .png",
    )
    group.add_argument(
        "--measure", action="store_true", help="add the memory before, at the peak and after to the result, in bytes"
    )
    group.add_argument("--verbose", action="store_true", help="let Blender's own messages through to stdout")
    top = argparse.ArgumentParser(
        prog="ada",
        description="Ada Forge without a window. Every capability of the Ada panel is a subcommand.",
        epilog="Exit code: 0 done, 1 failed, 2 wrong arguments. Progress goes to stderr.",
    )
    subparsers = top.add_subparsers(dest="command", metavar="SUBCOMMAND", required=True)
    for command in commands.ALL:
        sub = subparsers.add_parser(command.name, parents=[common], help=command.help, description=command.description)
        command.arguments(sub)
        sub.set_defaults(run=command.run)
    names = subparsers.add_parser("settings", parents=[common], help="list every setting with its value and meaning")
    names.set_defaults(run=lambda args: {"settings": list_settings(bpy.context.scene)})
    return top


def main(arguments: list[str]) -> int:
    """Run one subcommand; return the exit code."""
    try:
        args = parser().parse_args(arguments)
    except SystemExit as end:  # argparse has printed its sentence.
        return int(end.code or 0)
    try:
        args.given = _read_settings(args)
        apply_settings(bpy.context.scene, args.given)
        measuring = usage.measured(args.command) if args.measure else nullcontext()
        with _quiet(args.verbose), monitor.recording(args.monitor), measuring:
            result = args.run(args)
        result = {"command": args.command, **result}
        if args.measure:
            result["memory"] = usage.records[-1].document()
        if args.result:
            files.write_json(args.result, result)
    except commands.UsageError as error:
        print(f"ada {args.command}: {error}", file=sys.stderr)
        return USED_WRONGLY
    except KeyboardInterrupt:
        print(f"ada {args.command}: cancelled", file=sys.stderr)
        return 1
    except Exception as error:  # The edge of the program: one sentence, and the traceback unless it is our own error.
        if not isinstance(error, AdaError):
            traceback.print_exc()
        print(f"ada {args.command}: {rescue.explain(error)}", file=sys.stderr)
        return 1
    sys.stdout.flush()
    if args.json:
        print("\n" + json.dumps(result, ensure_ascii=False, default=str), flush=True)
    elif not args.result:
        _print_table(result)
    return 0


@contextmanager
def _quiet(verbose: bool) -> Iterator[None]:
    """Keep what Blender itself writes to the process's stdout, a line for each render sample, out of the result."""
    if verbose:
        yield
        return
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def leave(code: int) -> None:
    """End this process with the exit code, whatever `--python-exit-code` says and where it stands.

    Not by `sys.exit`: after that the bpy wheel writes to stdout, and hangs at exit once torch was loaded.
    """
    sys.modules[ROOT].unregister()
    shutil.rmtree(bpy.app.tempdir, ignore_errors=True)  # Blender's own clean-up does not run.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _read_settings(args: argparse.Namespace) -> dict[str, Any]:
    """All settings of the command line as {"group.name": value}; a later way of giving one wins over an earlier."""
    settings: dict[str, Any] = {}
    if args.settings:
        try:
            groups = json.loads(args.settings.read_text(encoding="utf-8"))
            for group, values in groups.items():
                settings |= {f"{group}.{name}": value for name, value in values.items()}
        except (OSError, ValueError, AttributeError) as error:
            raise commands.UsageError(f"'{args.settings}' is not a JSON file of settings by group ({error})") from error
    settings |= {name: value for name, value in vars(args).items() if "." in name and value is not None}
    for pair in args.set:
        name, equals, value = pair.partition("=")
        if not equals:
            raise commands.UsageError(f"--set takes NAME=VALUE, got '{pair}'")
        settings[name.strip()] = value.strip()
    return settings


def _print_table(result: dict[str, Any]) -> None:
    for name, value in result.items():
        if isinstance(value, str) and "\n" in value:
            print(value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for row in value:
                print("  ".join(str(cell) for cell in row.values()))
        else:
            print(f"{name}: {value}")
    sys.stdout.flush()


def register() -> None:
    """Offer `blender -c ada …`."""

    def command(arguments: list[str]) -> int:
        return main(arguments)

    handle = bpy.utils.register_cli_command("ada", command)
    registry.hold("cli command", lambda: bpy.utils.unregister_cli_command(handle))
