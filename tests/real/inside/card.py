"""The card in the interface: panels, the overlay in every corner and while rendering, jobs beside renders and heat."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, os.path.dirname(__file__))
import addon_utils
import bpy
import stage
from scripted import GIB, Torch, busy, card
from stage import MODULE, Scenario, ext, found, wait_for

OUT = Path(stage.values["out"])


def scenario() -> Scenario:
    sys.modules["torch"] = Torch
    busy()
    bpy.context.scene.ada.card.rate = 4.0
    if stage.values["part"] == "pictures":
        yield from pictures_of_the_panels()
        yield from pictures_of_the_corners()
        yield from a_render_in_the_image_editor()
    else:
        bpy.ops.ada.overlay_toggle()
        yield from a_hot_and_a_lost_card()
        yield from a_plot()
        yield from a_viewport_that_renders()
        yield from disabled_and_enabled()
        yield from a_job_beside_a_render()
    del sys.modules["torch"]


def overlay():
    return ext(".render.overlay").overlay


def words() -> list[str]:
    return [text for *_, text in overlay()._places]


def hold(name: str, size: float):
    arbiter = ext(".ai.card.arbiter").arbiter
    return arbiter.hold(name, dict, round(size * GIB), lambda model, on_card: model)


def pictures_of_the_panels() -> Scenario:
    """Only the card's panels, all open, over scripted values, in both languages."""
    arbiter, usage = ext(".ai.card.arbiter").arbiter, ext(".operators.usage")
    record = ext(".ai.card.usage").Usage
    classes = [cls for cls in ext(".panels").classes if issubclass(cls, bpy.types.Panel)]
    own = ext(".panels.card").classes
    for cls in reversed(classes):
        bpy.utils.unregister_class(cls)
    for cls in own:
        cls.bl_options = set(getattr(cls, "bl_options", set())) - {'DEFAULT_CLOSED'}
        bpy.utils.register_class(cls)
    models = [hold("Stable Diffusion XL", 6.6), hold("Ada", 0.05), hold("Marigold", 2.1)]
    for model in models[:2]:
        with arbiter.use(model):
            pass
    arbiter.park(models[1])
    usage.records.append(record("Reconstruct", 3 * GIB, 9 * GIB, 3 * GIB, 5 * GIB, GIB, 2 * GIB, GIB))
    usage.records.append(record("Generate Texture", 3 * GIB, 14 * GIB, 10 * GIB, 9 * GIB, GIB, 2 * GIB, GIB))
    bpy.context.scene.render.engine = 'CYCLES'
    bpy.ops.ada.scene_estimate()
    busy(90, throttle=0x24, compute=f"self:{5 * GIB}")
    view = bpy.context.preferences.view
    for language in ("en_US", "zh_HANS"):
        view.language = language
        yield from stage.open_sidebar()
        yield from wait_for(lambda: ext(".operators.monitor").monitor.alarms, 20, "the alarm in the panel")
        yield 1.5
        yield from stage.picture(OUT / f"card_panels_{language}.png")
    view.language = "en_US"
    for model in models:
        arbiter.release(model)
    usage.records.clear()
    for cls in reversed(own):
        bpy.utils.unregister_class(cls)
    for cls in classes:
        bpy.utils.register_class(cls)
    busy()


def pictures_of_the_corners() -> Scenario:
    settings = bpy.context.scene.ada.card
    stage.view()[0].spaces.active.show_region_ui = False
    bpy.ops.ada.overlay_toggle()
    yield from wait_for(lambda: "Temperature  71 °C" in words(), 20, "the overlay")
    for temperature in (50, 62, 70, 78, 84, 71):
        busy(temperature)
        yield 0.6
    for corner in ('TOP_LEFT', 'TOP_RIGHT', 'BOTTOM_LEFT', 'BOTTOM_RIGHT'):
        settings.corner = corner
        yield 0.6
        yield from stage.picture(OUT / f"overlay_{corner.lower()}.png")
    bpy.context.preferences.view.language = "zh_HANS"
    card(memory_total=24 * GIB, memory_used=23 * GIB, temperature=91, throttle=0x44, utilization=100, power=449_000)
    yield from wait_for(lambda: any("降频" in word for word in words()), 10, "the alarm in Chinese")
    yield from stage.picture(OUT / "overlay_zh_HANS.png")
    found["chinese"] = words()
    bpy.context.preferences.view.language = "en_US"
    busy()
    with stage.in_view():
        bpy.ops.screen.region_quadview()
    yield 1.0
    yield from stage.picture(OUT / "overlay_quad_bottom_right.png")
    with stage.in_view():
        bpy.ops.screen.region_quadview()
    yield 0.3


def set_up_render(seconds: float) -> None:
    """F12 then takes so long."""
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.device, scene.cycles.time_limit = 'CYCLES', 'CPU', seconds
    scene.cycles.samples, scene.cycles.use_adaptive_sampling, scene.cycles.use_denoising = 100_000, False, False
    scene.render.resolution_x, scene.render.resolution_y = 640, 400
    scene.render.threads_mode, scene.render.threads = 'FIXED', 1
    bpy.context.preferences.view.render_display_type = 'NONE'


def end_of_render() -> Scenario:
    yield from wait_for(lambda: not bpy.app.is_job_running('RENDER'), 120, "the end of the render")


def a_render_in_the_image_editor() -> Scenario:
    area = max((one for one in stage.window().screen.areas if one.type != 'VIEW_3D'), key=lambda one: one.height)
    was, area.type = area.type, 'IMAGE_EDITOR'
    place = area.x, area.y
    shown = []
    own = overlay()._draw_image

    def note():
        before = overlay().draws
        own()
        shown.append(overlay().draws - before)

    overlay().hide()
    overlay()._draw_image = note
    overlay().show()
    yield 0.6
    yield from stage.redraw()
    found["image_editor_idle"] = sum(shown)
    set_up_render(12.0)
    bpy.ops.render.render('INVOKE_DEFAULT')
    yield from wait_for(lambda: bpy.app.is_job_running('RENDER'), 20, "the render")
    area = next(one for one in stage.window().screen.areas if (one.x, one.y) == place)
    area.spaces.active.image = bpy.data.images["Render Result"]
    yield 2.5
    yield from stage.picture(OUT / "overlay_rendering.png")
    found["image_editor_rendering"] = sum(shown)
    yield from end_of_render()
    yield 1.0
    shown.clear()
    yield from stage.redraw()
    yield from stage.picture(OUT / "overlay_rendered.png")
    found["image_editor_after"] = sum(shown)
    area.type = was
    yield 0.3


def endless(name: str, held, over: list[bool], steps: list[int]):
    """A queued job with a model, that counts its steps until it is told to end."""
    job, queue, arbiter = ext(".ai.job"), ext(".operators.queue"), ext(".ai.card.arbiter").arbiter

    def work():
        with arbiter.use(held):
            while not over[0]:
                steps[0] += 1
                time.sleep(0.02)
                yield job.Progress(0.5, "Step")

    return queue.queue.add(queue.Task(name, name, lambda: arbiter.steps(work()), lambda context, result: None))


def a_job_beside_a_render() -> Scenario:
    """Cycles renders with F12 while a job runs; a card is only pretended."""
    compat, arbiter, place = ext(".render.compat"), ext(".ai.card.arbiter").arbiter, ext(".ai.card.arbiter").Place
    state = ext(".operators.queue").State
    real, compat.has_cycles_gpu = compat.has_cycles_gpu, lambda: True
    held, over, steps = hold("Model", 2.0), [False], [0]
    task = endless("Beside a Render", held, over, steps)
    yield from wait_for(lambda: steps[0] > 5, 20, "the job")
    set_up_render(20.0)
    scene = bpy.context.scene
    scene.cycles.device = 'GPU'  # Cycles takes the processor all the same, as there is no card.
    sharing = ext(".operators.sharing").sharing
    yield from wait_for(lambda: sharing.on_card and sharing.estimate is not None, 20, "the look at the scene")
    bpy.ops.render.render('INVOKE_DEFAULT')
    yield from wait_for(lambda: "Waits until Cycles" in str(task.progress), 30, "the job to wait")
    count = steps[0]
    found["parked_while_rendering"] = held.place is place.PARKED and arbiter.rendering
    yield 1.0
    assert bpy.app.is_job_running('RENDER')
    found["steps_while_rendering"] = steps[0] - count
    yield from end_of_render()
    yield from wait_for(lambda: steps[0] > count + 5, 30, "the job to go on")
    found["back_after_rendering"] = held.place is place.RESIDENT and not arbiter.rendering
    over[0] = True
    yield from wait_for(lambda: task.state is state.FINISHED, 20, "the end of the job")
    arbiter.release(held)
    compat.has_cycles_gpu = real
    scene.cycles.device = 'CPU'


def a_viewport_that_renders() -> Scenario:
    """Heard of by the message bus, also after another file; toggled by the operator, seen by a timer."""
    compat, arbiter, place = ext(".render.compat"), ext(".ai.card.arbiter").arbiter, ext(".ai.card.arbiter").Place
    state = ext(".operators.queue").State
    real, compat.has_cycles_gpu = compat.has_cycles_gpu, lambda: True
    held = hold("Idle", 2.0)
    found["viewport"] = []

    def comes() -> Scenario:
        scene = bpy.context.scene
        scene.render.engine, scene.cycles.device, scene.cycles.preview_samples = 'CYCLES', 'GPU', 1
        with arbiter.use(held):
            pass
        yield 0.5
        assert held.place is place.RESIDENT

    def leaves(what: str) -> Scenario:
        yield from wait_for(lambda: held.place is place.PARKED, 20, f"the model to make room for {what}")
        found["viewport"].append(what)

    for what in ("a viewport", "one in another file"):
        yield from comes()
        stage.view()[0].spaces.active.shading.type = 'RENDERED'
        yield from leaves(what)
        stage.view()[0].spaces.active.shading.type = 'SOLID'
        yield 0.3
        if what == "a viewport":
            bpy.ops.wm.read_homefile(load_ui=False)
            bpy.context.scene.ada.card.rate = 4.0
            yield 0.5
    yield from comes()
    task = endless("Beside a Viewport", hold("Other", 1.0), [True], [0])
    yield from wait_for(lambda: task.state is state.FINISHED, 20, "the end of the job")
    with stage.in_view():
        bpy.ops.view3d.toggle_shading(type='RENDERED')
    yield from leaves("the operator")
    with stage.in_view():
        bpy.ops.view3d.toggle_shading(type='RENDERED')
    for one in list(arbiter.holdings):
        arbiter.release(one)
    bpy.context.scene.cycles.device = 'CPU'
    compat.has_cycles_gpu = real


def a_hot_and_a_lost_card() -> Scenario:
    """The guard pauses a queued job and lets it go on; then the card is gone for a while."""
    monitor, state = ext(".operators.monitor").monitor, ext(".operators.queue").State
    settings = bpy.context.scene.ada.card
    settings.use_guard = True
    held, over, steps = hold("Model", 2.0), [False], [0]
    task = endless("Hot", held, over, steps)
    found["guard"] = []
    for temperature, waits in ((70, False), (85, True), (79, True), (75, False)):
        busy(temperature)
        said = f"Waits: the card is at {temperature} °C. Goes on below 76 °C"
        count = steps[0]
        if waits:
            yield from wait_for(lambda s=said: str(task.progress) == s, 20, said)
        else:
            yield from wait_for(lambda c=count: steps[0] > c + 20, 20, "the job to go on")
        found["guard"].append(temperature)
    card(**{"error.*": 15})
    yield from wait_for(lambda: monitor.latest.problem is not None, 10, "the loss")
    count = steps[0]
    yield from wait_for(lambda: steps[0] > count + 5, 20, "the job to go on without a card")
    yield from wait_for(lambda: {"Card", "Temperature  n/a"} <= set(words()), 20, "what torch alone knows")
    busy(72)
    yield from wait_for(lambda: "Temperature  72 °C" in words(), 20, "the card to be back")
    over[0] = True
    yield from wait_for(lambda: task.state is state.FINISHED, 20, "the end of the job")
    ext(".ai.card.arbiter").arbiter.release(held)
    settings.use_guard = False


def a_plot() -> Scenario:
    """It opens in a window of its own, the next time there. The drawing itself wants matplotlib, which is not here."""
    ext(".operators.monitor").WRITERS[".png"] = lambda readings, path: stage.snap(path)
    manager = bpy.context.window_manager
    windows = len(manager.windows)
    with stage.in_view():
        bpy.ops.ada.history_plot()
    yield 1.0
    found["plot_windows"] = len(manager.windows) - windows
    found["plot_image"] = manager.windows[-1].screen.areas[0].spaces.active.image.name
    stage.snap(OUT / "card_plot.png")
    with stage.in_view():
        bpy.ops.ada.history_plot()
    found["plot_windows_again"] = len(manager.windows) - windows
    with bpy.context.temp_override(window=manager.windows[-1]):
        bpy.ops.wm.window_close()
    yield 0.5


def disabled_and_enabled() -> Scenario:
    registry = ext(".render.registry").registry
    assert overlay().shown
    addon_utils.disable(MODULE)
    yield 0.5
    before = overlay().draws
    yield from stage.redraw(3)
    found["draws_when_disabled"] = overlay().draws - before
    found["held_when_disabled"] = registry.counts()
    addon_utils.enable(MODULE, default_set=True)
    yield from wait_for(lambda: overlay().shown and words(), 10, "the overlay after enabling")
    before = overlay().draws
    yield from stage.redraw(3)
    found["draws_when_enabled"] = overlay().draws - before


stage.play(scenario)
