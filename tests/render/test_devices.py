"""Cycles' settings for one card, several, none: `_cycles.available_devices` is replaced by tuples like its own."""

from __future__ import annotations

import pytest

CPU = ("Ryzen 9", 'CPU', "CPU", False, False, True, False)
INTEGRATED = ("UHD 770", 'ONEAPI', "ONEAPI_0", False, False, True, False)


def card(number=0, optix=True, oidn=True):
    """The same card as CUDA and as OptiX knows it."""
    identity = f"CUDA_RTX 4090_0000:0{number}:00"
    cuda = ("RTX 4090", 'CUDA', identity, False, True, oidn, False)
    return [cuda] + ([("RTX 4090", 'OPTIX', identity + "_OptiX", False, True, oidn, True)] if optix else [])


MACHINES = {
    "one": [*card()],
    "integrated": [*card(), INTEGRATED],
    "two": [*card(0), *card(1)],
    "cuda only": [*card(optix=False)],
    "none": [],
}


@pytest.fixture
def devices(ext):
    return ext(".render.devices")


@pytest.fixture
def scene(ext, preferences):
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = 'CYCLES'
    return scene


@pytest.fixture
def preferences(ext):
    preferences = ext(".render.compat").cycles_preferences()
    before = preferences.compute_device_type
    yield preferences
    preferences.devices.clear()
    preferences.compute_device_type = before or 'NONE'
    preferences.kernel_optimization_level = 'FULL'


@pytest.fixture
def machine(ext, monkeypatch, preferences):
    import _cycles
    import bpy

    def install(name):
        def available_devices(backend):
            width = 7 if bpy.app.version < (4, 5) else 8
            found = [device for device in MACHINES[name] if device[1] == backend] + [CPU]
            return tuple((*device, True)[:width] for device in found)

        monkeypatch.setattr(_cycles, "available_devices", available_devices)

    return install


def ticked(preferences):
    return {entry.id for entry in preferences.devices if entry.use and entry.type == preferences.compute_device_type}


@pytest.mark.parametrize(
    ("name", "backend", "cards", "denoiser", "on_card"),
    [
        ("one", 'OPTIX', 1, 'OPTIX', True),
        ("integrated", 'OPTIX', 1, 'OPTIX', True),
        ("two", 'OPTIX', 2, 'OPTIX', True),
        ("cuda only", 'CUDA', 1, 'OPENIMAGEDENOISE', True),
        ("none", 'NONE', 0, 'OPENIMAGEDENOISE', False),
    ],
)
def test_set_up(devices, scene, preferences, machine, name, backend, cards, denoiser, on_card):
    machine(name)
    preferences.kernel_optimization_level = 'OFF'
    report, _, _ = devices.set_up(scene, "", "")
    assert scene.cycles.device == ('GPU' if cards else 'CPU')
    assert scene.cycles.denoiser == denoiser
    assert scene.cycles.use_denoising
    assert scene.render.use_persistent_data
    if cards:
        assert preferences.compute_device_type == backend
        assert preferences.kernel_optimization_level == 'FULL'
        assert len(ticked(preferences)) == cards
    else:
        assert preferences.kernel_optimization_level == 'OFF'
    assert not any(entry.use for entry in preferences.devices if entry.type == 'CPU')
    assert (report.device, report.backend, len(report.cards)) == (scene.cycles.device, backend, cards)
    assert (report.denoiser, report.denoise_on_gpu) == (denoiser, on_card)
    assert report.refused == ()
    assert not report.falls_back
    assert not report.with_cpu


def test_only_the_chosen_backend_is_ticked(devices, scene, preferences, machine):
    """The integrated card stays as the user has it, and a card never takes part twice."""
    machine("integrated")
    preferences.refresh_devices()
    for entry in preferences.devices:
        entry.use = entry.type in {'ONEAPI', 'CPU'}
    devices.set_up(scene, "", "")
    assert {entry.type for entry in preferences.devices if entry.use} == {'OPTIX', 'ONEAPI'}


def test_everything_can_be_put_back(ext, devices, scene, preferences, machine):
    machine("two")
    settings = ext(".render.settings")
    preferences.refresh_devices()
    for entry in preferences.devices:
        entry.use = entry.type == 'CPU' or entry.id.startswith("CUDA_RTX 4090_0000:01")
    preferences.compute_device_type = 'CUDA'
    preferences.kernel_optimization_level = 'INTERSECT'
    scene.cycles.use_denoising = False

    def everything():
        user = {entry.id: entry.use for entry in preferences.devices}
        cycles = scene.cycles
        return (
            user,
            preferences.compute_device_type,
            preferences.kernel_optimization_level,
            (cycles.device, cycles.denoiser, cycles.use_denoising, cycles.denoising_use_gpu),
            scene.render.use_persistent_data,
        )

    before = everything()
    _, for_scene, for_user = devices.set_up(scene, "", "")
    after = everything()
    assert after != before
    again, for_scene, for_user = devices.set_up(scene, for_scene, for_user)  # Pressed twice: still the first state.
    assert everything() == after
    assert again.cards == ("RTX 4090", "RTX 4090")
    settings.restore(scene, for_scene)
    settings.restore(preferences, for_user)
    assert everything() == before


def test_what_the_user_changed_afterwards_stays(ext, devices, scene, preferences, machine):
    machine("one")
    settings = ext(".render.settings")
    scene.cycles.use_denoising = False
    _, memory, _ = devices.set_up(scene, "", "")
    scene.cycles.denoiser = 'OPENIMAGEDENOISE'
    settings.restore(scene, memory)
    assert scene.cycles.denoiser == 'OPENIMAGEDENOISE'
    assert scene.cycles.device == 'CPU'
    assert not scene.cycles.use_denoising


def test_silent_fall_back_is_seen(devices, scene, preferences, machine):
    machine("one")
    devices.set_up(scene, "", "")
    machine("none")
    report = devices.read_report(scene)
    assert report.falls_back
    assert (report.wanted, report.device, report.backend) == ('GPU', 'CPU', 'NONE')


def test_cards_that_are_not_ticked_do_not_count(devices, scene, preferences, machine):
    machine("one")
    devices.set_up(scene, "", "")
    for entry in preferences.devices:
        entry.use = entry.type == 'CPU'
    assert devices.read_report(scene).falls_back
    for entry in preferences.devices:
        entry.use = True
    report = devices.read_report(scene)
    assert (report.device, report.with_cpu) == ('GPU', True)


def test_another_kind_of_card_that_works_is_kept(devices, scene, preferences, machine, monkeypatch):
    import _cycles

    machine("none")
    monkeypatch.setitem(MACHINES, "none", [("RX 7900", 'HIP', "HIP_0", False, False, True, False)])
    kinds = _cycles.get_device_types()
    if not kinds[2]:
        pytest.skip("this Blender is built without HIP")
    preferences.refresh_devices()
    preferences.compute_device_type = 'HIP'
    report, _, _ = devices.set_up(scene, "", "")
    assert (report.device, report.backend, report.denoiser) == ('GPU', 'HIP', 'OPENIMAGEDENOISE')


def test_a_build_without_the_setting_says_so(ext, scene):
    settings = ext(".render.settings")
    wanted = {
        ("cycles", "no_such_setting"): 3,
        ("nothing", "samples"): 3,
        ("cycles", "denoiser"): 'DLSS',
        ("cycles", "samples"): 77,
    }
    memory, refused = settings.change(scene, wanted, "")
    assert refused == [place for place in wanted if place != ("cycles", "samples")]
    assert settings.noted(memory) == {("cycles", "samples"): (4096, 77)}
    assert settings.restore(scene, memory) == [("cycles", "samples")]
    assert scene.cycles.samples == 4096
