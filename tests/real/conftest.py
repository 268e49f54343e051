"""The real program with the extension installed from its zip, and a tiny dataset to work on."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import program as real
import pytest

sys.path.append(str(real.CHECKOUT / "tests"))
from sphere_views import write_sphere


@pytest.fixture(scope="session")
def program():
    """The real Blender. Where it cannot be had the tests are skipped, in CI they fail."""
    try:
        found = real.find()
    except real.NotHereError as reason:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(reason))
    print(f"\n{found.version} in {found.root or 'PATH'}")
    return found


@pytest.fixture(scope="session")
def archive(program, tmp_path_factory):
    """The zip that `blender --command extension build` makes."""
    folder = tmp_path_factory.mktemp("build")
    ended = program.run(
        ["--command", "extension", "build", "--source-dir", real.CHECKOUT, "--output-dir", folder],
        folders=[folder],
        timeout=120,
    )
    assert ended.code == 0, ended.output
    (path,) = folder.glob("*.zip")
    return path


@pytest.fixture(scope="session")
def installed(program, archive, tmp_path_factory):
    """A Blender user folder with the extension installed from the zip and enabled, everything else as it comes."""
    folder = tmp_path_factory.mktemp("installed")
    shutil.copy(archive, folder)
    resources = folder / "resources"
    ended = program.run(
        ["--command", "extension", "install-file", "-r", "user_default", "-e", folder / archive.name],
        folders=[folder], resources=resources, timeout=120,
    )  # fmt: skip
    assert ended.code == 0, ended.output
    quiet = "import bpy; v = bpy.context.preferences.view; v.show_splash = False; bpy.ops.wm.save_userpref()"
    ended = program.run(["-b", "--python-expr", quiet], folders=[folder], resources=resources, timeout=120)
    assert ended.code == 0, ended.output
    return resources


@pytest.fixture
def profile(installed, tmp_path):
    """A copy of the installed user folder that the test may change."""
    return Path(shutil.copytree(installed, tmp_path / "profile"))


@pytest.fixture(scope="session")
def sphere(tmp_path_factory):
    """Twelve views of a coloured sphere of radius 1, 32 pixels square, and three to test with."""
    folder = tmp_path_factory.mktemp("data") / "小球 views"
    write_sphere(folder)
    return folder
