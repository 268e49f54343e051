"""Tune for This Scene, and its report in words."""

from __future__ import annotations

import json
from typing import Any

import bpy
from bpy.app.translations import pgettext_iface as iface_
from bpy.app.translations import pgettext_rpt as report_

from ..ai.errors import AdaError
from ..ai.job import Job
from ..render import features, settings, tune
from .job import JobOperator
from .properties import read_settings
from .render_properties import RenderProperties

LEAST_NOISE = 0.05  # Share from which a pass is named.
PASSES = {
    "diffuse": "Diffuse",
    "glossy": "Glossy",
    "transmission": "Transmission",
    "volume": "Volume",
    "emission": "Emission",
    "environment": "Environment",
}


class ADA_OT_render_tune(RenderProperties, JobOperator, bpy.types.Operator):
    """Render short pilots, see what this scene needs, and set Cycles up for it. Restore takes the settings back"""

    bl_idname = "ada.render_tune"
    bl_label = "Tune for This Scene"
    threaded = False

    def settings(self, context: bpy.types.Context) -> Any:
        return self.read(context, self)

    @classmethod
    def read(cls, context: bpy.types.Context, operator: bpy.types.Operator | None = None) -> Any:
        """The scene's identity, the goal, and whether the time is for the whole animation."""
        values = read_settings(context.scene.ada.render, operator)
        return context.scene.session_uid, values["goal"], values["frames"] == 'RANGE'

    @classmethod
    def start(cls, settings: Any) -> Job:
        return (yield from tune.tune(_scene(settings), *settings[1:]))

    @classmethod
    def finish(cls, context: bpy.types.Context, settings: Any, result: tune.TuneResult) -> str:
        scene = _scene(settings)
        scene.ada.render_before, refused = tune.apply(scene, result, scene.ada.render_before)
        scene.ada.tune_report = as_json(result, refused)
        return estimate(json.loads(scene.ada.tune_report))


def _scene(values: Any) -> bpy.types.Scene:
    scene = next((scene for scene in bpy.data.scenes if scene.session_uid == values[0]), None)
    if scene is None:
        raise AdaError("The rendered scene was removed meanwhile. Start again")
    return scene


def as_json(result: tune.TuneResult, refused: list[settings.Place]) -> str:
    """What the panel tells, for `scene.ada.tune_report`; a setting that this Blender did not take is left out."""
    rows = [
        {"place": list(choice.place), "value": choice.value, "why": choice.why, "values": dict(choice.values)}
        for choice in result.choices
        if choice.place not in refused
    ]
    return json.dumps(
        {
            "found": list(result.found),
            "noise": result.noise,
            "choices": rows,
            "seconds_per_frame": result.seconds_per_frame,
            "seconds_error": result.seconds_error,
            "frames": result.frames,
            "pilots": result.pilots,
            "seconds": result.seconds,
        }
    )


def estimate(report: dict[str, Any]) -> str:
    """How long the still or the animation will take, in the interface's language."""
    seconds, error, frames = report["seconds_per_frame"], report["seconds_error"], report["frames"]
    if frames == 1:
        return report_("About {time} ± {error}").format(time=_duration(seconds), error=_duration(error))
    text = report_("About {time} ± {error} for {frames} frames")
    return text.format(time=_duration(seconds * frames), error=_duration(error * frames), frames=frames)


def _duration(seconds: float) -> str:
    if seconds < 100.0:
        return f"{seconds:.2g} s"
    minutes = round(seconds / 60.0)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


def describe(report: dict[str, Any]) -> list[str]:
    """What was found, and how long it will take, as sentences in the interface's language."""
    lines = [estimate(report)]
    found = [iface_(features.NAMES[key]) for key in report["found"] if key in features.NAMES]
    if found:
        lines.append(report_("The scene has {things}").format(things=", ".join(found)))
    loud = sorted(report["noise"].items(), key=lambda item: -item[1])
    loud = [f"{iface_(PASSES[name])} {share:.0%}" for name, share in loud if share >= LEAST_NOISE]
    if loud:
        lines.append(report_("Its noise comes from: {passes}").format(passes=", ".join(loud)))
    return lines


def read_report(scene: bpy.types.Scene) -> dict[str, Any] | None:
    """The report of the last tuning of this scene."""
    return json.loads(scene.ada.tune_report) if scene.ada.tune_report else None


def chosen(scene: bpy.types.Scene, report: dict[str, Any]) -> list[tuple[bpy.types.bpy_struct, str, str]]:
    """Of each setting its owner, its name there, and why it was chosen."""
    rows = [(settings.find(scene, tuple(row["place"])), row) for row in report["choices"]]
    return [(owner, row["place"][-1], reason(row)) for owner, row in rows if owner is not None]


def reason(row: dict[str, Any]) -> str:
    """Why a setting was chosen, in the interface's language."""
    return iface_(row["why"]).format(**row["values"])


classes = (ADA_OT_render_tune,)
