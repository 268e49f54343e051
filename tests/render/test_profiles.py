"""Profiles: complete, known to this Blender, and taken back whole."""

from __future__ import annotations

import pytest

NAMES = ('PREVIEW', 'BALANCED', 'FINAL', 'ANIMATION', 'ARTICLE')


@pytest.fixture
def profiles(ext):
    return ext(".render.profiles")


@pytest.fixture
def settings(ext):
    return ext(".render.settings")


@pytest.fixture
def scene(ext):
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True)
    return bpy.context.scene


def test_the_table_is_complete_and_every_setting_has_its_reason(profiles):
    assert profiles.NAMES == NAMES
    assert set(profiles.WHY) == set(profiles.TABLE)
    assert all(len(row) == len(NAMES) for row in profiles.TABLE.values())


@pytest.mark.parametrize("name", NAMES)
def test_every_value_takes_effect_in_this_blender(profiles, settings, scene, name):
    _, refused = profiles.apply(scene, name, "")
    assert refused == []
    assert {place: settings.read(scene, place) for place in profiles.values(name)} == profiles.values(name)
    assert profiles.differences(scene, name) == []


def test_the_article_s_setting(profiles, scene):
    profiles.apply(scene, 'ARTICLE', "")
    cycles = scene.cycles
    assert (cycles.samples, cycles.use_adaptive_sampling, cycles.use_denoising) == (1024, True, True)


def test_no_profile_gives_up_caustics_or_bounces(profiles):
    assert not [path for path in profiles.TABLE if "caustics" in path or "bounces" in path]


def test_what_would_change_is_listed_with_both_values(profiles, scene):
    scene.cycles.samples = 300
    row = next(row for row in profiles.differences(scene, 'PREVIEW') if row.name == "samples")
    assert (row.owner, row.now, row.then) == (scene.cycles, 300, 128)
    assert row.why


def test_one_profile_after_another_is_taken_back_at_once(profiles, settings, scene):
    scene.cycles.samples = 300
    scene.cycles.adaptive_threshold = 0.033
    places = [settings.place_of(path) for path in profiles.TABLE]
    before = {place: settings.read(scene, place) for place in places}
    memory = ""
    for name in NAMES:
        memory, _ = profiles.apply(scene, name, memory)
    settings.restore(scene, memory)
    assert {place: settings.read(scene, place) for place in places} == before
