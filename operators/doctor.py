"""The doctor's operators, and the folders the extension reads packages from and writes into."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as report_

from ..ai.setup import doctor, log, packages
from ..ai.setup import report as reports
from ..ai.setup.report import Report
from ..render.registry import registry
from .properties import ROOT, preferences

LOG_NAME = "ada_forge.log"

latest: Report | None = None  # Of the last examination; drawn by the panel.
_folders: int | None = None  # Token of what `open_folders` holds.


def default_folder(name: str = "") -> Path:
    """The extension's own user folder, or one inside it."""
    try:
        return Path(bpy.utils.extension_path_user(ROOT, path=name))
    except ValueError:  # Run from a checkout that is not installed.
        return Path(bpy.utils.user_resource('DATAFILES', path=os.path.join("ada_forge", name)))


def data_folder() -> Path:
    """Where the log and everything else that outlives a file is written; it may not exist yet."""
    chosen = preferences()
    return _absolute(chosen.data_folder) if chosen is not None and chosen.data_folder else default_folder()


def packages_folder() -> Path:
    """Where Python packages are installed into and found; it may not exist yet."""
    chosen = preferences()
    return (
        _absolute(chosen.packages_folder)
        if chosen is not None and chosen.packages_folder
        else default_folder("packages")
    )


def _absolute(path: str) -> Path:
    return Path(os.path.abspath(bpy.path.abspath(path)))


def open_folders() -> None:
    """Find packages and write the log where the preferences say, instead of where they said before."""
    global _folders
    if _folders is not None:
        registry.remove(_folders)
    chosen = preferences()
    packages.add_package_folder(packages_folder())
    _folders = registry.hold("folders", _close_folders)
    try:
        log.open_log(data_folder() / LOG_NAME, chosen.log_level if chosen is not None else 'INFO')
    except OSError as error:  # The extension works without its log; the doctor says that there is none.
        log.LOGGER.warning("No log is written: %s", error)


def _close_folders() -> None:
    global _folders
    _folders = None
    log.close_log()
    packages.remove_package_folders()


def blender_facts() -> doctor.BlenderFacts:
    """What the doctor cannot see without Blender."""
    return doctor.BlenderFacts(
        version=bpy.app.version_string,
        online=bpy.app.online_access,
        data_folder=data_folder(),
        packages_folder=packages_folder(),
        log_file=log.log_path(),
    )


def examine() -> Report:
    """Examine the machine and keep the report for the panel. Starts PyTorch, which may take seconds."""
    global latest
    latest = doctor.examine(blender_facts())
    return latest


def examine_document(as_text: bool) -> dict[str, Any]:
    """The report as `batch.py doctor` prints it: {"report": text}, or rows for JSON."""
    report = examine()
    return {"report": reports.as_text(report)} if as_text else reports.as_dict(report)


class ADA_OT_doctor_run(bpy.types.Operator):
    """Examine PyTorch, the graphics card, packages and folders, and say what to do. This may take seconds"""

    bl_idname = "ada.doctor_run"
    bl_label = "Run Doctor"

    def execute(self, context: bpy.types.Context) -> set[str]:
        if context.window is not None:
            context.window.cursor_modal_set('WAIT')
        try:
            report = examine()
        finally:
            if context.window is not None:
                context.window.cursor_modal_restore()
        if report.state == 'ERROR':
            self.report({'WARNING'}, report_("Something is missing. Ada > Doctor in the sidebar says what to do"))
        else:
            self.report({'INFO'}, report_("Everything that is needed is there"))
        return {'FINISHED'}


class ADA_OT_doctor_copy(bpy.types.Operator):
    """Copy the doctor's report to the clipboard as text"""

    bl_idname = "ada.doctor_copy"
    bl_label = "Copy Doctor's Report"

    def execute(self, context: bpy.types.Context) -> set[str]:
        context.window_manager.clipboard = reports.as_text(latest or examine())
        return {'FINISHED'}


class ADA_OT_doctor_copy_install(bpy.types.Operator):
    """Copy the command that installs the missing Python packages. Running it is up to you"""

    bl_idname = "ada.doctor_copy_install"
    bl_label = "Copy Install Command"

    def execute(self, context: bpy.types.Context) -> set[str]:
        command = latest.install if latest is not None else doctor.quick_install_text(blender_facts())
        if not command:
            self.report({'INFO'}, report_("No package is missing"))
            return {'CANCELLED'}
        context.window_manager.clipboard = command
        self.report(
            {'INFO'}, report_("Paste it into a terminal (PowerShell on Windows); when it is done, press Run Doctor")
        )
        return {'FINISHED'}


classes = (ADA_OT_doctor_run, ADA_OT_doctor_copy, ADA_OT_doctor_copy_install)
