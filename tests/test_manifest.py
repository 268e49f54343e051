"""The manifest: what Blender's own validation cannot know."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from conftest import ID, ROOT

MANIFEST = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
CODE = ("ai", "render", "operators", "panels")


@pytest.fixture(scope="module")
def blender_ext():
    """Blender's own command-line program for extensions, as the wheel carries it."""
    wheel = importlib.util.find_spec("bpy")
    if wheel is None or wheel.origin is None:
        pytest.skip("the bpy wheel is not installed")
    (script,) = Path(wheel.origin).parent.glob("*/scripts/addons_core/bl_pkg/cli/blender_ext.py")

    def call(*arguments: str | Path) -> str:
        done = subprocess.run(
            [sys.executable, script, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return call


@pytest.fixture(scope="module")
def archive(blender_ext, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    blender_ext("build", "--source-dir", ROOT, "--output-dir", folder)
    (path,) = folder.iterdir()
    return path


def test_identity():
    assert MANIFEST["id"] == ID
    assert MANIFEST["blender_version_min"] == "4.2.0"
    assert "blender" not in MANIFEST["name"].lower()
    assert re.fullmatch(r"\d+\.\d+\.\d+", MANIFEST["version"])
    assert MANIFEST["license"] == ["SPDX:GPL-3.0-or-later"]


def test_tagline_fits():
    assert 0 < len(MANIFEST["tagline"]) <= 64
    assert MANIFEST["tagline"][-1].isalnum()


def test_permissions_give_their_reason():
    assert MANIFEST["permissions"]
    for name, reason in MANIFEST["permissions"].items():
        assert name in {"files", "network", "clipboard", "camera", "microphone"}
        assert 0 < len(reason) <= 64
        assert reason[-1].isalnum()


@pytest.mark.parametrize(
    ("permission", "pattern"),
    [
        ("clipboard", r"window_manager\.clipboard|wm\.clipboard"),
        ("network", r"(?m)^\s*(import|from) (urllib\.request|requests|http\.client|socket|huggingface_hub)\b"),
    ],
)
def test_permissions_are_those_that_the_sources_use(permission, pattern):
    texts = (path.read_text(encoding="utf-8") for folder in CODE for path in (ROOT / folder).rglob("*.py"))
    used = any(re.search(pattern, text) for text in texts)
    assert used == (permission in MANIFEST["permissions"])


def test_validates(blender_ext):
    blender_ext("validate", ROOT)


def test_the_zip_validates(blender_ext, archive):
    blender_ext("validate", archive)


def test_the_zip_holds_the_extension_and_nothing_else(archive):
    with zipfile.ZipFile(archive) as opened:
        names = [name for name in opened.namelist() if not name.endswith("/")]
    assert {"blender_manifest.toml", "__init__.py", "operators/batch.py", "LICENSE"} <= set(names)
    packed = {name for name in names if name.startswith(tuple(f"{folder}/" for folder in CODE))}
    tracked = {path.relative_to(ROOT).as_posix() for folder in CODE for path in (ROOT / folder).rglob("*.py")}
    assert tracked <= packed
    assert {name.split("/")[0] for name in set(names) - packed} <= {
        "__init__.py", "blender_manifest.toml", "LICENSE", "README.md", "README.zh.md", "CHANGELOG.md"
    }  # fmt: skip
    assert not [name for name in names if name.endswith((".pyc", ".zip", ".part", ".blend1"))]


def test_one_version():
    """The manifest's version is the only one."""
    assert "version" not in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8")).get("project", {})
