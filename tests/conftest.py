"""Fixtures. `ada` gives the pure package without Blender; `ext` gives the extension enabled in a throw-away profile."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ID = "ada_forge"
MODULE = f"bl_ext.user_default.{ID}"
SHARED = Path(os.environ.get("ADA_SHARED", ROOT.parent / "shared"))

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def shared(path: str) -> Path:
    """A file of the outside data, or a skip that says what is missing."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"{found} is absent; set ADA_SHARED to the folder that holds it")
    return found


# Pure modules are imported as `ada_forge.ai.…`: a stub package whose __path__ is the checkout, so that the root
# `__init__`, which belongs to Blender, is not run.
if ID not in sys.modules:
    stub = types.ModuleType(ID)
    stub.__path__ = [str(ROOT)]
    sys.modules[ID] = stub


# Blender reads its user folder when bpy is first imported, which any test may do.
_PROFILE = tempfile.TemporaryDirectory(prefix="ada-profile-", ignore_cleanup_errors=True)
os.environ["BLENDER_USER_RESOURCES"] = _PROFILE.name


@pytest.fixture(scope="session")
def profile():
    """A Blender user folder with the checkout linked in as an installed extension."""
    folder = Path(_PROFILE.name)
    repo = folder / "extensions" / "user_default"
    repo.mkdir(parents=True, exist_ok=True)
    (repo / ID).symlink_to(ROOT, target_is_directory=True)
    return folder


@pytest.fixture(scope="session")
def ext(profile):
    """The enabled extension: `ext(".ai.job")` is its module."""
    pytest.importorskip("bpy", reason="the bpy wheel is not installed")
    import addon_utils

    addon_utils.modules(refresh=True)
    assert addon_utils.enable(MODULE, default_set=True) is not None
    yield lambda name="": importlib.import_module(MODULE + name)
    addon_utils.disable(MODULE)


@pytest.fixture
def job_class(ext):
    """Makes operators of a job that a test gives."""
    base = ext(".operators.job").JobOperator

    def make(job):
        class Example(base):
            bl_label = "Example"
            start = classmethod(lambda cls, settings: job())
            finish = classmethod(lambda cls, context, settings, result: None)

            def settings(self, context):
                return None

            def report(self, kind, text):
                self.said = text

        return Example

    return make


@pytest.fixture(scope="session")
def nvml_script(tmp_path_factory):
    """The fake NVML, loaded into this process for good; unless a test scripts it, it says that there is no driver."""
    from fakenvml import fake

    if fake.find_compiler() is None:
        pytest.skip("no C compiler: cc, gcc or clang")
    folder = tmp_path_factory.mktemp("fakenvml")
    return fake.load(fake.build(folder), folder / "script.txt")


@pytest.fixture
def fake_card(nvml_script):
    """Scripts what pynvml finds: `fake_card(temperature=80)`. Begins with one idle RTX 4090."""
    pytest.importorskip("pynvml", reason="nvidia-ml-py is not installed")
    nvml_script()
    yield nvml_script
    nvml_script(**{"error.nvmlInitWithFlags": 12})


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    session.config.ada_status = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    """End the process here where the bpy wheel and torch share it: together they hang in their C++ destructors."""
    if {"bpy", "torch"} <= sys.modules.keys() and hasattr(config, "ada_status"):
        _PROFILE.cleanup()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.ada_status)
