"""Download Model: a job that asks the hub, once the user has pressed the button and Blender may go online."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
from bpy.props import StringProperty

from ..ai.diffusion.models import ModelInfo, inspect
from ..ai.diffusion.models.download import fetch
from ..ai.errors import AdaError
from ..ai.job import Job
from . import models
from .job import JobOperator


@dataclass(frozen=True, slots=True, repr=False)  # The token is not to stand in a log.
class Wish:
    """What is to be downloaded."""

    repository: str
    file: str
    token: str
    folder: Path


class ADA_OT_model_download(JobOperator, bpy.types.Operator):
    """Download a model from the hub. Every byte is checked; cancelled or cut off, the next time goes on from there"""

    bl_idname = "ada.model_download"
    bl_label = "Download Model"

    repository: StringProperty(options={'HIDDEN', 'SKIP_SAVE'})
    file: StringProperty(options={'HIDDEN', 'SKIP_SAVE'})

    def settings(self, context: bpy.types.Context) -> Wish:
        group = context.window_manager.ada_models
        repository = (self.repository or group.repository).strip().removeprefix("https://huggingface.co/").strip("/")
        if not repository:
            raise AdaError("Write which model, as owner/name")
        check_online()
        return Wish(repository, (self.file or ("" if self.repository else group.file)).strip(), group.token.strip(),
                    models.models_folder())  # fmt: skip

    @classmethod
    def start(cls, settings: Wish) -> Job:
        files = [settings.file] if settings.file else []
        path = yield from fetch(settings.repository, settings.folder, files, settings.token)
        return inspect(path)

    @classmethod
    def finish(cls, context: bpy.types.Context, settings: Any, result: ModelInfo) -> str:
        models.shelf().add(result)
        models.keep()
        return result.name


def check_online() -> None:
    """Raises:
    AdaError: Blender is not to use the network.
    """
    if not bpy.app.online_access:
        raise AdaError("Blender is offline. Tick Preferences > System > Allow Online Access, or start it --online-mode")


classes = (ADA_OT_model_download,)
