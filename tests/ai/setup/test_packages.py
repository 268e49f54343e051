"""The table of packages, what is missing of it, and the command that installs it."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from ada_forge.ai.errors import AdaError
from ada_forge.ai.setup import packages


@pytest.fixture(autouse=True)
def _fresh():
    packages.refresh()
    yield
    packages.remove_package_folders()


def write_package(folder: Path, module: str, name: str, version: str) -> None:
    """A package as pip leaves it in a target folder."""
    (folder / module).mkdir(parents=True)
    (folder / module / "__init__.py").write_text(f"__version__ = {version!r}\n")
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


@pytest.fixture
def absent(monkeypatch):
    """Make modules impossible to import."""

    def hide(*modules):
        for module in modules:
            monkeypatch.setitem(sys.modules, module, None)
        packages.refresh()

    return hide


def test_module_is_found_without_being_imported(absent):
    sys.modules.pop("this", None)
    assert packages.has_module("this")
    assert "this" not in sys.modules
    absent("this")
    assert not packages.has_module("this")
    assert not packages.has_module("no_such_module_here")


@pytest.mark.parametrize(
    ("version", "numbers"),
    [("2.11.0+cu128", (2, 11, 0)), ("4.44", (4, 44)), ("2.12.0a0", (2, 12, 0)), ("unknown", ())],
)
def test_release_numbers(version, numbers):
    assert packages.release_numbers(version) == numbers


def test_require_names_all_that_is_missing(absent):
    absent("torch", "skimage")
    with pytest.raises(AdaError) as caught:
        packages.require("torch", "skimage", "PIL")
    assert caught.value.values["packages"] == "torch, scikit-image"
    assert "Ada > Doctor" in str(caught.value)
    assert "batch.py doctor" in str(caught.value)


def test_require_passes_what_is_there(monkeypatch):
    monkeypatch.setattr(packages, "missing_packages", lambda: ())
    assert packages.require("torch") is None


def test_require_refuses_names_outside_the_table():
    with pytest.raises(KeyError):
        packages.require("no_such_module_here")


def test_package_too_old_is_missing(tmp_path, monkeypatch):
    old = packages.Package("ada_old", "ada-old", "For this test", "2.4")
    new = packages.Package("ada_new", "ada-new", "For this test", "2.4")
    monkeypatch.setattr(packages, "PACKAGES", (old, new))
    write_package(tmp_path, "ada_old", "ada-old", "2.3.9")
    write_package(tmp_path, "ada_new", "ada-new", "2.10.0")
    packages.add_package_folder(tmp_path)
    assert packages.missing_packages() == (old,)


def test_folder_is_last_and_given_back(tmp_path):
    before = list(sys.path)
    write_package(tmp_path, "numpy", "numpy", "0.0.1")
    packages.add_package_folder(tmp_path)
    packages.add_package_folder(tmp_path)
    assert sys.path == [*before, str(tmp_path)]
    code = f"import sys; sys.path.append({str(tmp_path)!r}); import numpy; print(numpy.__version__)"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert seen.strip() != "0.0.1"  # What Blender brings along wins.
    packages.remove_package_folders()
    assert sys.path == before
    packages.remove_package_folders()
    assert sys.path == before


def test_folder_of_someone_else_stays(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    packages.add_package_folder(tmp_path)
    packages.remove_package_folders()
    assert str(tmp_path) in sys.path


def test_package_installed_meanwhile_is_found_after_refresh(tmp_path, monkeypatch):
    late = packages.Package("ada_late", "ada-late", "For this test", "1.0")
    monkeypatch.setattr(packages, "PACKAGES", (late,))
    packages.add_package_folder(tmp_path)
    assert packages.missing_packages() == (late,)
    write_package(tmp_path, "ada_late", "ada-late", "1.0")
    packages.refresh()
    assert packages.missing_packages() == ()


FOLDER = Path("/home/ada/包 folder")


def test_command_for_a_card():
    command = packages.install_command("/b/python", FOLDER, True, ["torch", "PIL"], {"numpy": "1.26.4"}, "linux")
    assert command == [
        *("/b/python", "-m", "pip", "install", "--upgrade", "--only-binary", ":all:", "--target", str(FOLDER)),
        *("--extra-index-url", "https://download.pytorch.org/whl/cu128"),
        *("torch==2.11.0+cu128", "Pillow>=10.0", "numpy==1.26.4"),
    ]


@pytest.mark.parametrize(
    ("platform", "cuda", "torch", "index"),
    [
        ("linux", True, "torch==2.11.0+cu128", "https://download.pytorch.org/whl/cu128"),
        ("linux", False, "torch==2.11.0+cpu", "https://download.pytorch.org/whl/cpu"),
        ("win32", True, "torch==2.11.0+cu128", "https://download.pytorch.org/whl/cu128"),
        ("win32", False, "torch==2.11.0", None),
        ("darwin", True, "torch==2.11.0", None),
        ("darwin", False, "torch==2.11.0", None),
    ],
)
def test_build_of_torch(platform, cuda, torch, index):
    command = packages.install_command("python", FOLDER, cuda, ["torch"], platform=platform)
    assert command[-1] == torch
    assert [word for word in command if word.startswith("http")] == ([index] if index else [])


def test_what_depends_on_torch_keeps_the_installed_torch():
    def command(version):
        return packages.install_command("python", None, False, ["accelerate"], {"torch": version}, "linux")

    assert command("2.9.1+cu126")[-4:] == [
        *("--extra-index-url", "https://download.pytorch.org/whl/cu126", "accelerate>=0.33", "torch==2.9.1+cu126"),
    ]
    assert command("2.13.0")[-2:] == ["accelerate>=0.33", "torch==2.13.0"]
    assert command("2.12.0+debian1")[-1] == "torch==2.11.0+cpu"  # pip cannot get a distribution's build.
    assert "--target" not in command("2.13.0")


def test_sh_reads_the_command_as_it_was():
    command = packages.install_command("/o'b/my python", FOLDER, True, ["torch", "scipy"], platform="linux")
    command[0:1] = [sys.executable, "-c", "import sys, json; print(json.dumps(sys.argv[1:]))", "/o'b/my python"]
    line = packages.as_shell_text(command, "linux")
    printed = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True).stdout
    assert json.loads(printed) == command[3:]
    assert shlex.split(line) == command


def test_powershell_quotes():
    command = [r"C:\Program Files\Blender's\python.exe", "-m", "pip", "scipy>=1.11", r"C:\a\$b", ":all:", "a==1+cu"]
    line = packages.as_shell_text(command, "win32")
    assert line == r"& 'C:\Program Files\Blender''s\python.exe' -m pip 'scipy>=1.11' 'C:\a\$b' :all: a==1+cu"


def test_import_needs_no_torch():
    root = Path(packages.__file__).parents[2]
    code = (
        "import sys, types; stub = types.ModuleType('ada_forge'); stub.__path__ = [sys.argv[1]]\n"
        "sys.modules['ada_forge'] = stub\n"
        "import ada_forge.ai.setup.doctor, ada_forge.ai.setup.log\n"
        "print(sorted({'torch', 'pynvml', 'psutil', 'tensorflow', 'bpy'} & sys.modules.keys()))"
    )
    seen = subprocess.run([sys.executable, "-c", code, str(root)], capture_output=True, text=True, check=True).stdout
    assert seen.strip() == "[]"
