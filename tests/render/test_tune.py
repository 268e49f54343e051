"""Tuning real scenes: small pilots, everything put back, caustics kept."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest


@pytest.fixture
def modules(ext):
    return ext(".render.tune"), ext(".render.pilots"), ext(".ai.job"), ext(".ai.errors").AdaError


@pytest.fixture
def scene(ext):
    import bpy

    bpy.ops.wm.read_homefile(use_factory_startup=True)
    scene = bpy.context.scene
    scene.render.engine = 'CYCLES'
    scene.render.resolution_x, scene.render.resolution_y = 64, 48
    scene.render.threads_mode, scene.render.threads = 'FIXED', 1
    return scene


def everything(scene):
    """All plain settings that tuning could touch."""
    layer = scene.view_layers[0]
    world = () if scene.world is None else (scene.world.cycles,)
    owners = (scene.cycles, scene.render, scene.render.image_settings, layer, layer.cycles, *world)
    found = {}
    for owner in owners:
        for prop in owner.bl_rna.properties:
            if prop.type in {'BOOLEAN', 'INT', 'FLOAT', 'ENUM', 'STRING'} and not getattr(prop, "is_array", False):
                found[owner.bl_rna.identifier, prop.identifier] = getattr(owner, prop.identifier)
    return found


def test_a_pilot_has_light_by_its_source_and_leaves_nothing(modules, scene):
    _, pilots, _, _ = modules
    before = everything(scene)
    pilot = pilots.render_pilot(scene, {("cycles", "max_bounces"): 3}, 4, 1)
    assert everything(scene) == before
    height, width, _ = pilot.picture.shape
    assert (width, height) == tuple(int(side * pilots.pilot_percentage(scene) / 100) for side in (64, 48))
    whole = sum(light for name, light in pilot.passes.items() if name != "indirect")
    assert np.abs(whole - pilot.picture).max() < 1e-4
    assert pilot.guides.shape[2] in (0, 6)
    again = pilots.render_pilot(scene, {}, 4, 2)
    assert not np.array_equal(again.picture, pilot.picture)


def test_the_job_decides_and_leaves_the_file_alone(modules, scene):
    tune, _, job, _ = modules
    before = everything(scene)
    result = job.run(tune.tune(scene))
    assert everything(scene) == before
    assert result.pilots >= 2
    assert result.seconds_per_frame > 0.0
    assert sum(result.noise.values()) == pytest.approx(1.0, abs=0.01)
    _memory, refused = tune.apply(scene, result, "")
    assert refused == []
    assert (scene.cycles.caustics_reflective, scene.cycles.caustics_refractive) == (True, True)
    for choice in result.choices:
        owner = scene.path_resolve(".".join(choice.place[:-1]))
        value = getattr(owner, choice.place[-1])
        assert value == (pytest.approx(choice.value) if isinstance(choice.value, float) else choice.value)
        choice.why.format(**choice.values)  # Every field has its value.


def test_an_animation_is_estimated_from_several_of_its_frames(ext, modules, scene, monkeypatch):
    """The camera comes so near that the object, which needs more samples than the background, fills the last frames."""
    tune, _, job, _ = modules
    pairs = ext(".render.tune_pairs")
    original = pairs.render_pilot

    def steady(scene, wanted, samples, seed):  # As if each sample took 10 ms, whatever else the machine does.
        pilot = original(scene, wanted, samples, seed)
        return dataclasses.replace(pilot, work=0.01 * samples, seconds=0.01 * samples)

    monkeypatch.setattr(pairs, "render_pilot", steady)
    camera = scene.camera
    for frame, share in ((1, 6.0), (40, 0.45)):
        camera.location = [share * place for place in (7.36, -6.93, 4.96)]
        camera.keyframe_insert("location", frame=frame)
    scene.frame_start, scene.frame_end = 1, 40
    scene.frame_set(1)
    still = job.run(tune.tune(scene))
    moving = job.run(tune.tune(scene, animation=True))
    assert scene.frame_current == 1
    assert (still.frames, moving.frames) == (1, 40)
    assert moving.pilots == still.pilots + 2 * tune.PROBES
    assert moving.seconds_error / moving.seconds_per_frame > still.seconds_error / still.seconds_per_frame
    assert moving.seconds_per_frame > still.seconds_per_frame


@pytest.mark.parametrize(("cost", "pilots"), [(3.0, 1), (0.1, 2)])
def test_a_candidate_without_gain_gets_one_pilot_only(ext, modules, scene, monkeypatch, cost, pilots):
    tune, _, job, _ = modules
    import bpy

    lamp = bpy.data.objects["Light"].copy()
    lamp.location.x += 1.0
    scene.collection.objects.link(lamp)
    pairs = ext(".render.tune_pairs")
    original = pairs.render_pilot
    asked = []

    def priced(scene, wanted, samples, seed):
        changed = tune.TREE in wanted
        asked.append(changed)
        return dataclasses.replace(original(scene, wanted, samples, seed), work=samples * (cost if changed else 1.0))

    monkeypatch.setattr(pairs, "render_pilot", priced)
    result = job.run(tune.tune(scene))
    assert (tune.TREE in [choice.place for choice in result.choices]) == (pilots == 2)
    assert sum(asked[2:4]) == pilots


def test_what_was_chosen_is_taken_back(ext, modules, scene):
    tune, _, job, _ = modules
    before = everything(scene)
    memory, _ = tune.apply(scene, job.run(tune.tune(scene)), "")
    assert everything(scene) != before
    ext(".render.settings").restore(scene, memory)
    assert everything(scene) == before


def test_without_denoiser_and_guiding_neither_is_chosen(ext, modules, scene, monkeypatch):
    tune, _, job, _ = modules
    compat = ext(".render.compat")
    monkeypatch.setattr(compat, "has_denoiser", lambda: False)
    monkeypatch.setattr(compat, "has_path_guiding", lambda: False)
    names = {choice.place[-1] for choice in job.run(tune.tune(scene)).choices}
    assert {"samples", "adaptive_threshold", "sample_clamp_indirect"} <= names
    assert not [name for name in names if "denois" in name or "guiding" in name]


def test_cancelling_leaves_the_file_as_it_was(modules, scene):
    tune, _, _, _ = modules
    before = everything(scene)
    running = tune.tune(scene)
    for _ in range(3):
        next(running)
    running.close()
    assert everything(scene) == before


def test_features_are_found(ext, scene):
    import bpy

    features = ext(".render.features")
    shares = {"transmission": 0.1, "glossy": 0.0, "indirect": 0.2}
    for _number in range(8):
        scene.collection.objects.link(bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", 'POINT')))
    scene.render.use_motion_blur = True
    found = features.find_features(scene, shares)
    assert {'TRANSMISSION', 'LIGHTS', 'SEVERAL', 'BLUR', 'INDIRECT'} <= found
    assert not found & {'GLOSSY', 'EMISSION', 'HAIR', 'SKY', 'VOLUME'}


def test_another_engine_and_no_camera_are_refused(modules, scene):
    tune, _, _, error = modules
    scene.render.engine = 'ADA_REALTIME'
    with pytest.raises(error, match="Tuning is for Cycles"):
        tune.tune(scene)
    scene.render.engine = 'CYCLES'
    scene.camera = None
    with pytest.raises(error, match="has no camera"):
        tune.tune(scene)
