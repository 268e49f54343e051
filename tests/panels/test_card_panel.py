"""The card's panels are drawn without an error and show what was read."""

from __future__ import annotations

import types

import pytest

GIB = 1024**3


class Layout:
    """Records what is drawn; stands in for UILayout, which exists only while Blender draws."""

    def __init__(self, drawn=None):
        self.drawn = drawn if drawn is not None else []

    def column(self, **_):
        return Layout(self.drawn)

    row = box = split = column

    def label(self, text="", **_):
        self.drawn.append(text)

    def prop(self, data, name, **_):
        assert name in data.bl_rna.properties
        self.drawn.append(name)

    def operator(self, idname, **_):
        self.drawn.append(idname)
        return types.SimpleNamespace()

    def progress(self, factor, text, **_):
        assert 0.0 <= factor <= 1.0
        self.drawn.append(text)


@pytest.fixture
def draw(ext):
    import bpy

    system = types.SimpleNamespace(ui_scale=1.0)
    context = types.SimpleNamespace(
        region=types.SimpleNamespace(width=4000),
        preferences=types.SimpleNamespace(system=system),
        scene=bpy.context.scene,
    )

    def run(name):
        layout = Layout()
        getattr(ext(".panels.card"), name).draw(types.SimpleNamespace(layout=layout), context)
        return layout.drawn

    yield run
    ext(".operators.monitor").monitor.stop()


def test_values_of_the_card(ext, draw, fake_card):
    monitor = ext(".operators.monitor").monitor
    card = ext(".ai.card.reading")
    monitor.sampler.history.clear()
    fake_card(**{"error.nvmlInitWithFlags": 12})
    assert "show_overlay" in draw("ADA_PT_card")
    values = {
        "name": "RTX 4090", "memory_total": 24 * GIB, "memory_used": 9 * GIB, "memory_reserved": GIB,
        "memory_free": 14 * GIB, "temperature": 71, "slowdown_temperature": 92, "shutdown_temperature": 95,
        "torch_allocated": GIB, "torch_reserved": 2 * GIB, "torch_peak": 3 * GIB, "pcie_sent": 800,
        "pcie_received": 1200, "pcie_generation": 4, "pcie_width": 16,
    }  # fmt: skip
    monitor.sampler.stop()
    monitor.sampler.history.add(card.Reading(0.0, (card.CardReading(0, **values, throttle=4),), 12.0, GIB, 8 * GIB))
    drawn = draw("ADA_PT_card")
    for text in (
        "0: RTX 4090", "9.0 / 24.0 GiB", "1.0, 14.0 GiB", "1.0 / 2.0 GiB", "3.0 GiB", "71 °C", "92 °C, 95 °C",
        "Power limit", "4 x16", "0.8, 1.2 MB/s",
    ):  # fmt: skip
        assert text in drawn, drawn
    assert drawn.count("n/a") >= 6
    monitor.sampler.history.clear()


def test_the_panel_keeps_the_monitor_alive_only_while_it_is_drawn(ext, draw, fake_card):
    monitor = ext(".operators.monitor").monitor
    draw("ADA_PT_card")
    assert monitor.sampler.viewers() == {"panel"}
    monitor.watch("panel", 0.0)
    assert monitor.sampler.viewers() == set()


def test_settings_and_the_overlays_popover(ext, draw):
    import bpy

    drawn = draw("ADA_PT_card_settings")
    names = {"corner", "size", "opacity", "rows", "unit", "card", "rate", "use_guard", "ada.history_plot"}
    assert names <= set(drawn)
    layout = Layout()
    ext(".panels.card").draw_toggle(types.SimpleNamespace(layout=layout), bpy.context)
    assert "show_overlay" in layout.drawn


def test_models_with_their_places(ext, draw, monkeypatch):
    arbiter = ext(".ai.card.arbiter").arbiter
    monkeypatch.setattr(arbiter, "holdings", [])  # Earlier tests leave warm models in its care.
    assert draw("ADA_PT_card_memory")[0] == "No model is held"
    held = arbiter.hold("Texture", lambda: 1, 3 * GIB, lambda model, on: model)
    try:
        assert "3.00 GiB, Not loaded" in draw("ADA_PT_card_memory")
        with arbiter.use(held):
            assert "3.00 GiB, On the card" in draw("ADA_PT_card_memory")
        arbiter.park(held)
        drawn = draw("ADA_PT_card_memory")
        assert "3.00 GiB, In main memory" in drawn
        assert "ada.model_park" not in drawn
        assert {"ada.model_drop", "ada.models_park", "ada.models_drop"} <= set(drawn)
    finally:
        arbiter.release(held)


def test_what_past_jobs_took(ext, draw):
    usage = ext(".operators.usage")
    usage.records.clear()
    record = ext(".ai.card.usage").Usage
    usage.records.append(record("Reconstruct", GIB, 9 * GIB, 2 * GIB, 8 * GIB, GIB, 2 * GIB, GIB))
    usage.records.append(record("Capture Views", None, None, None, None, GIB, 3 * GIB, 2 * GIB))
    try:
        drawn = draw("ADA_PT_card_memory")
        assert "VRAM 1.00, peak 9.00, after 2.00 GiB" in drawn
        assert "RAM 1.00, peak 3.00, after 2.00 GiB" in drawn
        assert drawn.index("Capture Views") < drawn.index("Reconstruct")  # Newest first.
    finally:
        usage.records.clear()


def test_what_fills_the_card(ext, draw):
    import bpy

    sharing = ext(".operators.sharing").sharing
    sharing.estimate = None
    assert draw("ADA_PT_card_scene") == ["ada.scene_estimate"]
    bpy.ops.wm.read_homefile(use_empty=False)
    bpy.context.scene.render.engine = 'CYCLES'
    assert bpy.ops.ada.scene_estimate() == {'FINISHED'}
    drawn = draw("ADA_PT_card_scene")
    assert any(text.startswith("Frame Buffers  ") and text.endswith(" MiB") for text in drawn), drawn
    assert any(text.startswith("Cycles, at its peak: ") for text in drawn)
    assert any(text.startswith("Cube  ") for text in drawn)
    sharing.estimate = None
