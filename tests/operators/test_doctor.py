"""The doctor inside Blender: its operators, folders and headless document."""

import json
import logging
import os
import sys
from pathlib import Path

import pytest


@pytest.fixture
def bpy(ext):
    """Imported after `ext` has set the user folder."""
    import bpy

    return bpy


@pytest.fixture
def doctor(ext):
    """The module, without a report of an earlier test."""
    module = ext(".operators.doctor")
    module.latest = None
    yield module
    module.latest = None


@pytest.fixture
def preferences(ext, doctor):
    """The preferences, set back afterwards."""
    chosen = ext(".operators.properties").preferences()
    yield chosen
    for name in ("data_folder", "packages_folder", "log_level"):
        chosen.property_unset(name)
    doctor.open_folders()


@pytest.fixture
def absent(ext, monkeypatch):
    """Make modules impossible to import."""
    packages = ext(".ai.setup.packages")

    def hide(*modules):
        for module in modules:
            monkeypatch.setitem(sys.modules, module, None)
        packages.refresh()

    yield hide
    monkeypatch.undo()
    packages.refresh()


def test_run_keeps_the_report(bpy, doctor):
    assert doctor.latest is None
    assert bpy.ops.ada.doctor_run() == {'FINISHED'}
    values = {row.name: row.filled()[1] for row in doctor.latest.rows}
    assert values["Blender"] == bpy.app.version_string
    assert values["Packages Folder"] == str(doctor.packages_folder())


def test_missing_package_is_said_with_its_command(bpy, doctor, absent):
    absent("scipy")
    assert bpy.ops.ada.doctor_run() == {'FINISHED'}
    assert doctor.latest.state == 'ERROR'
    assert "scipy" in doctor.latest.missing
    assert "scipy>=" in doctor.latest.install
    assert sys.executable in doctor.latest.install


def test_document_for_the_command_line(doctor):
    assert doctor.examine_document(as_text=True)["report"].startswith("Ada Forge Doctor")
    document = json.loads(json.dumps(doctor.examine_document(as_text=False)))
    assert {"state", "rows", "missing", "install"} == set(document)
    assert {"name", "value", "hint", "state"} == set(document["rows"][0])


def test_folders_are_the_extension_s_own(doctor, profile):
    home = profile.resolve() / "extensions" / ".user" / "user_default" / "ada_forge"
    assert doctor.data_folder().resolve() == home
    assert doctor.packages_folder().resolve() == home / "packages"
    assert str(doctor.packages_folder()) == sys.path[-1]


def test_folder_of_a_checkout_that_is_not_installed(doctor, monkeypatch):
    monkeypatch.setattr(doctor, "ROOT", "ada_forge")
    folder = doctor.default_folder("packages")
    assert folder.parts[-3:] == ("datafiles", "ada_forge", "packages")


def test_preferences_move_the_folders(ext, doctor, preferences, tmp_path):
    log = ext(".ai.setup.log")
    before = str(doctor.packages_folder())
    preferences.packages_folder = str(tmp_path / "包 p")
    preferences.data_folder = str(tmp_path / "数据")
    assert sys.path[-1] == str(tmp_path / "包 p")
    assert before not in sys.path
    assert log.log_path() == tmp_path / "数据" / "ada_forge.log"
    logging.getLogger("ada_forge").info("seen")
    assert "seen" in log.log_path().read_text(encoding="utf-8")
    preferences.log_level = 'WARNING'
    logging.getLogger("ada_forge").info("unseen")
    assert "unseen" not in log.log_path().read_text(encoding="utf-8")
    assert ext(".render.registry").registry.counts()["folders"] == 1


def test_unwritable_data_folder_is_reported_and_harmless(ext, doctor, preferences, tmp_path):
    (tmp_path / "file").write_text("")
    preferences.data_folder = str(tmp_path / "file" / "data")
    assert ext(".ai.setup.log").log_path() is None
    rows = {row.name: row for row in doctor.examine().rows}
    assert rows["Data Folder"].state == 'ERROR'
    assert rows["Log File"].state == 'WARNING'


def test_clipboard(doctor, monkeypatch):
    copied = []

    class Manager:
        clipboard = property(fset=lambda self, text: copied.append(text))

    class Context:
        window_manager, window = Manager(), None

    class Operator:
        reported = []

        def report(self, kind, text):
            self.reported.append((kind, text))

    assert doctor.ADA_OT_doctor_copy.execute(Operator(), Context()) == {'FINISHED'}
    assert copied[-1].startswith("Ada Forge Doctor")
    doctor.latest = doctor.Report((), ("scipy",), "pip install scipy")
    assert doctor.ADA_OT_doctor_copy_install.execute(Operator(), Context()) == {'FINISHED'}
    assert copied[-1] == "pip install scipy"
    doctor.latest = doctor.Report(())
    assert doctor.ADA_OT_doctor_copy_install.execute(Operator(), Context()) == {'CANCELLED'}
    assert len(copied) == 2
    assert Operator.reported[-1] == ({'INFO'}, "No package is missing")


def test_folders_are_given_back(ext, doctor):
    registry = ext(".render.registry").registry
    folder = str(doctor.packages_folder())
    registry.remove(doctor._folders)
    try:
        assert folder not in sys.path
        assert ext(".ai.setup.log").log_path() is None
        assert "folders" not in registry.counts()
    finally:
        doctor.open_folders()
    assert folder in sys.path


def test_nothing_is_written_into_the_extension(doctor, ext):
    root = Path(os.path.abspath(ext().__file__)).parent
    for folder in (doctor.data_folder(), doctor.packages_folder()):
        assert not folder.is_relative_to(root)
        assert not folder.resolve().is_relative_to(root.resolve())
