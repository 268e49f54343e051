"""Where the overlay's parts stand, and that its handlers come and go. The drawing itself: tests/real/test_card.py."""

from __future__ import annotations

import threading
import time
import types
from functools import partial

import pytest
from ada_forge.ai.card.reading import GIB, CardReading, Reading, show_temperature


@pytest.fixture
def layout(ext):
    return ext(".render.overlay_layout")


def make_reading(time=1000.0, **values):
    known = {
        "name": "RTX 4090", "memory_total": 24 * GIB, "memory_free": 14 * GIB, "torch_reserved": 2 * GIB,
        "temperature": 71, "slowdown_temperature": 92, "utilization": 98, "power": 431.2, "power_limit": 450.0,
    }  # fmt: skip
    return Reading(time, (CardReading(0, **known | values),), 35.0, 4 * GIB, 24 * GIB)


def words_of(picture):
    return [word.text for word in picture.words]


def test_all_rows(layout):
    picture = layout.compose([make_reading()], layout.Look())
    assert words_of(picture) == [
        "RTX 4090", "VRAM  10.0 / 24.0 GiB", "Cycles and other 8.0", "torch 2.0", "free 14.0", "Temperature  71 °C",
        "Utilization  98 %", "Power  431 / 450 W", "CPU  35 %    RAM  4.0 / 24 GiB",
    ]  # fmt: skip
    assert all(0 <= word.x <= picture.width and 0 <= word.y <= picture.height for word in picture.words)
    for x, y, width, height, _ in picture.boxes:
        assert x >= 0
        assert y >= 0
        assert x + width <= picture.width
        assert y + height <= picture.height


def test_the_bar_is_split_by_who_holds_the_memory(layout):
    picture = layout.compose([make_reading()], layout.Look())
    widths = {
        color: width for _, _, width, _, color in picture.boxes if color in (layout.OTHER, layout.TORCH, layout.FREE)
    }
    length = layout.WIDTH - 2 * layout.PAD
    assert widths == {
        layout.OTHER: round(length * 8 / 24), layout.TORCH: round(length * 2 / 24), layout.FREE: round(length * 14 / 24)
    }  # fmt: skip


@pytest.mark.parametrize("row", ['NAME', 'MEMORY', 'TEMPERATURE', 'UTILIZATION', 'POWER', 'COMPUTER'])
def test_one_row_alone(layout, row):
    whole = layout.compose([make_reading()], layout.Look())
    one = layout.compose([make_reading()], layout.Look(rows=frozenset({row})))
    assert set(words_of(one)) < set(words_of(whole))
    assert one.height < whole.height


def test_what_is_unknown_reads_na_and_the_rest_stays(layout):
    names = ("memory_free", "temperature", "utilization", "power", "power_limit", "torch_reserved")
    picture = layout.compose([make_reading(**dict.fromkeys(names))], layout.Look())
    assert words_of(picture)[:5] == ["RTX 4090", "VRAM  n/a", "Temperature  n/a", "Utilization  n/a", "Power  n/a"]
    assert layout.compose([], layout.Look()).words == ()


def test_without_a_card_the_computer_is_shown(layout):
    picture = layout.compose([Reading(0.0, (), 35.0, 4 * GIB, 24 * GIB)], layout.Look(rows=frozenset({'NAME'})))
    assert words_of(picture) == ["CPU  35 %    RAM  4.0 / 24 GiB"]


def test_two_cards_or_the_chosen_one(layout):
    first = make_reading().cards[0]
    reading = Reading(0.0, (first, CardReading(1, "T4", temperature=40)), 1.0, GIB, GIB)
    assert {"RTX 4090", "T4"} <= set(words_of(layout.compose([reading], layout.Look())))
    chosen = words_of(layout.compose([reading], layout.Look(card=1)))
    assert "T4" in chosen
    assert "RTX 4090" not in chosen


def test_temperatures(layout):
    assert [show_temperature(100, unit) for unit in (False, True)] == ["100 °C", "212 °F"]
    colors = [layout.temperature_color(celsius, 92) for celsius in (40, 71, 72, 86, 87, 100)]
    assert colors == [layout.COLD, layout.COLD, layout.WARM, layout.WARM, layout.HOT, layout.HOT]


def test_alarms_are_broken_into_lines(layout):
    sentence = "NVIDIA GeForce RTX 4090: 90 °C; it slows down at 92 °C"
    picture = layout.compose([make_reading()], layout.Look(), [sentence])
    lines = [word.text for word in picture.words if word.color == layout.HOT]
    assert len(lines) > 1
    assert " ".join(lines) == sentence
    assert all(len(line) <= layout.LETTERS // 2 for line in layout.wrap("显卡温度过高" * 12))
    mixed = layout.wrap("NVIDIA GeForce RTX 4090:91 °C;在 92 °C 时降频。显存已使用很多")
    assert mixed == ["NVIDIA GeForce RTX 4090:91 °C;在 92 °C 时", "降频。显存已使用很多"]
    assert layout.wrap("x" * 60) == ["x" * 60]


def test_a_curve_by_hand(layout):
    slot = layout.MINUTES * 60 / layout.POINTS  # 2 s
    times = [0.0, 0.5, slot, 2 * slot]
    points = layout.curve_points(times, [0.0, 50.0, None, 200.0], 0.0, 100.0, 118, 10)
    assert points == ((round(118 * 57 / 59), 2), (118, 10))  # Mean of 0 and 50; unknown left out; cut at the top.
    assert layout.curve_points([0.0, 1000.0], [1.0, 2.0], 0.0, 4.0, 59, 4) == ((59, 2),)  # The old one is out of sight.


def test_steady_values_look_the_same(layout):
    """Two readings in the same slot give equal pictures, so that nothing is drawn again."""
    before = [make_reading(1000.0 + 0.5 * n) for n in range(200)]
    assert layout.compose(before[:-2], layout.Look()) == layout.compose(before[:-1], layout.Look())
    changed = [*before[:-1], make_reading(before[-1].time, temperature=72)]
    assert layout.compose(changed, layout.Look()) != layout.compose(before, layout.Look())


def test_only_what_shows_it_is_drawn_again(ext, monkeypatch):
    """Of a split view the corner's part; no view without overlays; the Image Editor while rendering."""
    module = ext(".render.overlay")
    tagged = []

    def region(name, x=0, y=0, kind='WINDOW'):
        return types.SimpleNamespace(type=kind, x=x, y=y, tag_redraw=lambda: tagged.append(name))

    def area(name, kind='VIEW_3D', shown=True, quad=()):
        space = types.SimpleNamespace(
            overlay=types.SimpleNamespace(show_overlays=shown), region_quadviews=quad
        )  # fmt: skip
        parts = [region(name + str(place), *place) for place in quad] or [region(name)]
        header = region(name + " header", kind='HEADER')
        return types.SimpleNamespace(type=kind, spaces=types.SimpleNamespace(active=space), regions=[*parts, header])

    areas = [
        area("view"), area("bare", shown=False), area("quad", quad=((0, 0), (9, 0), (0, 9), (9, 9))),
        area("picture", 'IMAGE_EDITOR'), area("text", 'TEXT_EDITOR'),
    ]  # fmt: skip
    rendering = [False]
    window = types.SimpleNamespace(screen=types.SimpleNamespace(areas=areas))
    manager = types.SimpleNamespace(windows=[window])
    app = types.SimpleNamespace(is_job_running=lambda kind: rendering[0])
    context = types.SimpleNamespace(window_manager=manager)
    monkeypatch.setattr(module, "bpy", types.SimpleNamespace(app=app, context=context))
    module._redraw('BOTTOM_RIGHT')
    assert tagged == ["view", "quad(9, 0)"]
    tagged.clear()
    rendering[0] = True
    module._redraw('TOP_LEFT')
    assert tagged == ["view", "quad(0, 9)", "picture"]


def test_the_look_follows_the_interface(ext):
    """Blender's UI scale and the theme's text colour, with the overlay's own settings."""
    import bpy

    card, preferences = bpy.context.scene.ada.card, bpy.context.preferences
    theme = preferences.themes[0].view_3d.space
    before = preferences.view.ui_scale, tuple(theme.text_hi)
    read_look = ext(".operators.monitor").read_look
    try:
        plain = read_look(card)
        assert (plain.corner, plain.card, plain.fahrenheit) == ('BOTTOM_RIGHT', -1, False)
        assert plain.opacity == pytest.approx(0.6)
        card.size, card.unit, card.rows, card.corner = 1.5, 'FAHRENHEIT', {'POWER', 'NAME'}, 'TOP_LEFT'
        theme.text_hi = (0.25, 0.5, 0.75)
        look = read_look(card)
        assert look.scale == pytest.approx(1.5 * preferences.system.ui_scale)
        assert look.text == pytest.approx((0.25, 0.5, 0.75), abs=0.01)
        assert look.rows == {'POWER', 'NAME'}
        assert (look.fahrenheit, look.corner) == (True, 'TOP_LEFT')
    finally:
        theme.text_hi = before[1]
        for name in ("size", "unit", "rows", "corner"):
            card.property_unset(name)


def test_a_thousand_files_and_overlays_leave_no_handler(ext, monkeypatch, tmp_path):
    """Handlers are taken and given back as in a window; nothing draws here."""
    import bpy

    registry, overlay = ext(".render.registry").registry, ext(".render.overlay").overlay
    monitor = ext(".operators.monitor").monitor
    app = types.SimpleNamespace(background=False, is_job_running=lambda kind: False)
    window = types.SimpleNamespace(app=app, types=bpy.types, context=bpy.context)
    monkeypatch.setattr(ext(".render.overlay"), "bpy", window)
    path = str(tmp_path / "file.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)

    def count():
        """Everything that could pile up."""
        handlers = [one for one in map(partial(getattr, bpy.app.handlers), dir(bpy.app.handlers)) if type(one) is list]
        threads = [thread.name for thread in threading.enumerate() if thread.name.startswith("ada")]
        return registry.counts(), [len(one) for one in handlers], threads

    bpy.ops.wm.open_mainfile(filepath=path)
    before, begin = count(), time.process_time()
    for turn in range(1000):
        overlay.hide() if overlay.shown else overlay.show()
        for handler in (*bpy.app.handlers.load_pre, *bpy.app.handlers.load_post):  # What loading a file calls.
            handler("", "")
        if turn % 100 == 0:
            bpy.ops.wm.read_homefile(use_empty=True)
        elif turn % 100 == 50:
            bpy.ops.wm.open_mainfile(filepath=path)
    overlay.hide()
    monitor.stop()
    assert count() == before
    assert time.process_time() - begin < 20.0
