"""Cycles on the card, profiles, and frames on disk."""

from __future__ import annotations

import logging
from typing import Any

import bpy
from bl_operators.presets import AddPresetBase
from bpy.app.translations import pgettext_rpt as report_

from ..ai.errors import AdaError
from ..ai.job import Job
from ..render import devices, frames, profiles, settings
from ..render.compat import cycles_preferences
from ..render.devices import RenderReport, read_report
from ..render.engine import engine
from ..render.profiles import Difference
from . import cards
from .job import JobOperator
from .properties import preferences, read_settings
from .reconstruct import absolute
from .render_properties import RenderProperties

log = logging.getLogger("ada_forge.render")

PRESETS = "ada_forge/render"  # Folder of the user's own profiles, inside Blender's presets.
REALTIME = engine.ENGINE
NAMES = {'OPTIX': "OptiX", 'CUDA': "CUDA", 'HIP': "HIP", 'METAL': "Metal", 'ONEAPI': "oneAPI"}

_memory_without_preferences = ""  # Where the extension runs from a checkout; it then lasts as long as the process.


def user_memory() -> str:
    """What Cycles' preferences were; kept with the preferences, so that it is saved if and only if they are."""
    chosen = preferences()
    return _memory_without_preferences if chosen is None else chosen.cycles_before


def _keep_user_memory(text: str) -> None:
    global _memory_without_preferences
    chosen = preferences()
    if chosen is None:
        _memory_without_preferences = text
    else:
        chosen.cycles_before = text
    bpy.context.preferences.is_dirty = True  # So that Blender saves them at its end, unless told not to.


def set_up(scene: bpy.types.Scene) -> RenderReport:
    """Set Cycles up on the card, keep what there was, and return what took effect."""
    memory = user_memory()
    report, scene.ada.render_before, kept = devices.set_up(scene, scene.ada.render_before, memory, cards.spared())
    if kept != user_memory():
        _keep_user_memory(kept)
    return report


def on_cards(chosen: Any = None, context: bpy.types.Context | None = None) -> None:
    """The user chose who computes on which card: Cycles' preferences follow, and what they were is kept."""
    cards.follow()
    kept = devices.share_cards(cards.spared(), user_memory())
    if kept != user_memory():
        _keep_user_memory(kept)


def apply_profile(scene: bpy.types.Scene, profile: str) -> list[str]:
    """Write a profile into the scene; return the settings that this Blender does not know."""
    scene.ada.render_before, refused = profiles.apply(scene, profile, scene.ada.render_before)
    return [".".join(place) for place in refused]


def profile_changes(scene: bpy.types.Scene, profile: str) -> list[Difference]:
    """What applying the profile would change."""
    return profiles.differences(scene, profile)


def describe(report: RenderReport) -> list[str]:
    """What a render will use, as sentences in the interface's language; the one that warns stands first."""
    lines = []
    if report.falls_back:
        lines.append(report_("The scene asks for a card, but Cycles would render on the processor: no card is ready"))
    elif report.device == 'GPU':
        text = report_("Cycles renders with {backend} on {cards}")
        lines.append(text.format(backend=NAMES.get(report.backend, report.backend), cards=", ".join(report.cards)))
    else:
        lines.append(report_("Cycles renders on the processor"))
    if report.with_cpu:
        lines.append(report_("The processor takes part, which mostly slows the card down"))
    if report.denoiser == 'OPTIX':
        lines.append(report_("OptiX denoises on the card"))
    elif report.denoiser == 'OPENIMAGEDENOISE' and report.denoise_on_gpu:
        lines.append(report_("OpenImageDenoise denoises on the card"))
    elif report.denoiser == 'OPENIMAGEDENOISE':
        lines.append(report_("OpenImageDenoise denoises on the processor"))
    else:
        lines.append(report_("Nothing is denoised"))
    if report.persistent_data:
        lines.append(report_("The scene stays in memory between frames"))
    if report.refused:
        lines.append(report_("This Blender does not take: {names}").format(names=", ".join(report.refused)))
    return lines


def check_gpu(scene: bpy.types.Scene) -> None:
    """Refuse what would silently render on the processor.

    Raises:
        AdaError: Cycles would not use a card.
    """
    report = read_report(scene)
    if report.device == 'CPU':
        raise AdaError(
            "Cycles would render on the processor: no card is ready. Check the driver and Preferences > System"
        )


class ADA_OT_render_setup(bpy.types.Operator):
    """Have Cycles render and denoise on the graphics card, with OptiX or else CUDA, and say what took effect"""

    bl_idname = "ada.render_setup"
    bl_label = "Set Up GPU"
    bl_options = {'UNDO'}

    def execute(self, context: bpy.types.Context) -> set[str]:
        report = set_up(context.scene)
        warns = report.device == 'CPU' or bool(report.refused)
        self.report({'WARNING' if warns else 'INFO'}, ". ".join(describe(report)))
        return {'FINISHED'}


class ADA_OT_render_restore(bpy.types.Operator):
    """Put back what Set Up GPU, profiles and tuning changed, in the preferences too. What you changed since stays"""

    bl_idname = "ada.render_restore"
    bl_label = "Restore Render Settings"
    bl_options = {'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        cls.poll_message_set("Nothing was changed")
        return bool(context.scene.ada.render_before or user_memory())

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene = context.scene
        done = settings.restore(scene, scene.ada.render_before)
        scene.ada.render_before = scene.ada.tune_report = ""
        if scene.world is not None:
            scene.world.update_tag()  # Otherwise persistent data keeps how the sky was sampled.
        if user_memory():
            owner = cycles_preferences()
            owner.refresh_devices()
            done += settings.restore(owner, user_memory())
            _keep_user_memory("")
        self.report({'INFO'}, report_("{count} settings are as they were").format(count=len(done)))
        return {'FINISHED'}


class ADA_OT_render_profile_apply(RenderProperties, bpy.types.Operator):
    """Write the profile's settings into the scene. Each can then be changed; Restore takes them back"""

    bl_idname = "ada.render_profile_apply"
    bl_label = "Apply Profile"
    bl_options = {'UNDO'}

    def execute(self, context: bpy.types.Context) -> set[str]:
        values = read_settings(context.scene.ada.render, self)
        refused = apply_profile(context.scene, values["profile"])
        if refused:
            self.report({'WARNING'}, report_("This Blender does not take: {names}").format(names=", ".join(refused)))
        return {'FINISHED'}


class ADA_OT_render_preset_add(AddPresetBase, bpy.types.Operator):
    """Save the settings that profiles hold under a name of your own, or remove such a preset"""

    bl_idname = "ada.render_preset_add"
    bl_label = "Add Render Preset"
    preset_menu = "ADA_PT_render_presets"
    preset_subdir = PRESETS
    preset_defines = ["scene = bpy.context.scene"]
    preset_values = [f"scene.{path}" for path in profiles.TABLE]


class ADA_OT_frames_render(RenderProperties, JobOperator, bpy.types.Operator):
    """Render the current frame or the frame range into a folder. Frames that are there and whole are kept"""

    bl_idname = "ada.frames_render"
    bl_label = "Render Frames"
    threaded = False

    def settings(self, context: bpy.types.Context) -> Any:
        return self.read(context, self)

    @classmethod
    def read(cls, context: bpy.types.Context, operator: bpy.types.Operator | None = None) -> Any:
        """The scene's identity, its frames, the folder, and whether to overwrite and to insist on a card."""
        scene = context.scene
        values = read_settings(scene.ada.render, operator)
        numbers = (scene.frame_current,)
        if values["frames"] == 'RANGE':
            numbers = tuple(range(scene.frame_start, scene.frame_end + 1, scene.frame_step))
        return scene.session_uid, numbers, absolute(values["folder"]), values["overwrite"], values["require_gpu"]

    @classmethod
    def start(cls, settings: Any) -> Job:
        uid, numbers, folder, overwrite, require_gpu = settings
        scene = next((scene for scene in bpy.data.scenes if scene.session_uid == uid), None)
        if scene is None:
            raise AdaError("The rendered scene was removed meanwhile. Start again")
        if require_gpu and scene.render.engine == 'CYCLES':
            check_gpu(scene)
        return (yield from frames.render_frames(scene, numbers, folder, overwrite))

    @classmethod
    def finish(cls, context: bpy.types.Context, settings: Any, result: Any) -> str:
        return result.folder.name


def on_render_init(scene: bpy.types.Scene, *_: object) -> None:
    """Blender itself says nothing when a scene that asks for a card renders on the processor."""
    if scene.render.engine == 'CYCLES':
        report = read_report(scene)
        if report.falls_back:
            log.warning("%s: %s", scene.name, describe(report)[0])


classes = (
    ADA_OT_render_setup,
    ADA_OT_render_restore,
    ADA_OT_render_profile_apply,
    ADA_OT_render_preset_add,
    ADA_OT_frames_render,
)
