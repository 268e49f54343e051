"""The preferences and the doctor's panel are drawn without an error, and say what is missing."""

import sys
import types

import pytest


class Layout:
    """Records what is drawn; stands in for UILayout, which exists only while Blender draws."""

    def __init__(self, drawn=None, icons=None):
        self.drawn = drawn if drawn is not None else []
        self.icons = icons if icons is not None else set()

    def column(self, **_):
        return Layout(self.drawn, self.icons)

    row = box = column

    def label(self, text="", **options):
        self.icons.add(options.get("icon", 'NONE'))
        self.drawn.append(("label", text))

    def prop(self, data, name, placeholder=""):
        assert name in data.bl_rna.properties
        self.drawn.append(("prop", name, placeholder))

    def operator(self, idname, **options):
        self.icons.add(options.get("icon", 'NONE'))
        self.drawn.append(("operator", idname, options.get("text")))
        return types.SimpleNamespace()

    def names(self, kind):
        return [entry[1] for entry in self.drawn if entry[0] == kind]


@pytest.fixture
def context():
    system = types.SimpleNamespace(ui_scale=1.0)  # Without a window Blender has 0 there.
    return types.SimpleNamespace(
        region=types.SimpleNamespace(width=800), preferences=types.SimpleNamespace(system=system)
    )


@pytest.fixture
def draw(ext, context):
    """Draw the doctor's panel and return the layout."""

    def run():
        layout = Layout()
        ext(".panels.doctor").ADA_PT_doctor.draw(types.SimpleNamespace(layout=layout), context)
        return layout

    return run


@pytest.fixture(autouse=True)
def _fresh(ext, monkeypatch):
    doctor, packages = ext(".operators.doctor"), ext(".ai.setup.packages")
    doctor.latest = None
    packages.refresh()
    yield
    monkeypatch.undo()
    doctor.latest = None
    packages.refresh()


def test_preferences_draw_every_setting(ext, context):
    cls = ext(".panels.preferences").ADA_AP_preferences
    chosen = ext(".operators.properties").preferences()
    assert isinstance(chosen, cls)
    for device in ('CPU', 'CUDA'):
        layout = Layout()
        drawn_by = types.SimpleNamespace(layout=layout, device=device, bl_rna=chosen.bl_rna)
        cls.draw(drawn_by, context)
        own = {name for name in cls.__annotations__ if not chosen.bl_rna.properties[name].is_hidden}
        own -= {"device_index"} if device == 'CPU' else set()
        assert set(layout.names("prop")) == own
    doctor = ext(".operators.doctor")
    assert ("prop", "data_folder", str(doctor.default_folder())) in layout.drawn
    assert layout.names("operator") == ["wm.path_open"]
    assert layout.names("label") == [str(ext(".ai.setup.log").log_path())]


def test_defaults(ext):
    chosen = ext(".operators.properties").preferences()
    assert (chosen.device, chosen.device_index, chosen.free_threads) == ('AUTO', 0, 1)
    assert (chosen.data_folder, chosen.packages_folder, chosen.log_level) == ("", "", 'INFO')


def test_missing_torch_is_said_before_anything_is_run(ext, draw, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    ext(".ai.setup.packages").refresh()
    layout = draw()
    assert "torch" in layout.names("label")[0]
    assert layout.names("operator") == ["ada.doctor_copy_install", "ada.doctor_run"]


def test_nothing_missing_and_nothing_run(ext, draw, monkeypatch):
    monkeypatch.setattr(ext(".panels.doctor"), "missing_packages", lambda: ())
    layout = draw()
    assert layout.names("label") == []
    assert layout.names("operator") == ["ada.doctor_run"]


def test_report_is_drawn_row_by_row(ext, draw, monkeypatch):
    report = ext(".ai.setup.report")
    rows = tuple(report.Row("Data Folder", "{x}", state, "Hint {x}", {"x": state}) for state in report.STATES)
    ext(".operators.doctor").latest = report.Report(rows, ("scipy",), "pip install scipy")
    monkeypatch.setattr(ext(".panels.doctor"), "missing_packages", lambda: ())
    layout = draw()
    assert layout.names("label") == [
        text for state in ('ERROR', 'WARNING', 'OK', 'INFO') for text in (f"Data Folder: {state}", f"Hint {state}")
    ]
    import bpy

    known = bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items
    assert layout.icons <= set(known.keys())
    assert layout.names("operator") == ["ada.doctor_run", "ada.doctor_copy", "ada.doctor_copy_install"]


def test_panel_belongs_to_the_sidebar(ext):
    panel = ext(".panels.doctor").ADA_PT_doctor
    assert (panel.bl_space_type, panel.bl_region_type, panel.bl_category) == ('VIEW_3D', 'UI', "Ada")
    assert panel.bl_options == {'DEFAULT_CLOSED'}
