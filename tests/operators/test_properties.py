"""Settings by name, overriding, and through save and load."""

from __future__ import annotations

import pytest


@pytest.fixture
def scene(ext):
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True)
    return bpy.context.scene


@pytest.fixture
def properties(ext):
    return ext(".operators.properties")


def test_text_is_read_as_the_type_of_the_setting(scene, properties):
    properties.apply_settings(
        scene,
        {
            "reconstruct.steps": "20",
            "reconstruct.use_crop": "true",
            "reconstruct.crop_size": "1, 2.5 3",
            "reconstruct.device": "CPU",
            "capture.distance": "1.5",
        },
    )
    settings = scene.ada.reconstruct
    assert (settings.steps, settings.use_crop, settings.device) == (20, True, 'CPU')
    assert tuple(settings.crop_size) == (1.0, 2.5, 3.0)
    assert scene.ada.capture.distance == 1.5


def test_a_preset_is_applied_before_what_refines_it(scene, properties):
    properties.apply_settings(scene, {"reconstruct.steps": 7, "reconstruct.preset": "DRAFT"})
    draft = properties.PRESETS['DRAFT']
    assert scene.ada.reconstruct.steps == 7
    assert scene.ada.reconstruct.resolution == draft["resolution"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"reconstruct.stepz": 3},
        {"nothing.steps": 3},
        {"reconstruct": 3},
        {"reconstruct.steps": "many"},
        {"reconstruct.device": "TPU"},
        {"reconstruct.use_crop": "perhaps"},
        {"reconstruct.crop_object": "Nobody"},
    ],
)
def test_wrong_settings_are_named(scene, properties, ext, wrong):
    name = next(iter(wrong))
    with pytest.raises(ext(".ai.errors").AdaError, match=name.replace(".", r"\.")):
        properties.apply_settings(scene, wrong)


def test_every_setting_is_listed_and_can_be_set_to_itself(scene, properties):
    rows = properties.list_settings(scene)
    assert len(rows) > 25
    assert all(row["meaning"] for row in rows)
    properties.apply_settings(scene, {row["name"]: row["value"] for row in rows if row["value"] is not None})
    assert properties.list_settings(scene) == rows


def test_settings_survive_save_and_load(scene, properties, tmp_path):
    import bpy

    properties.apply_settings(
        scene, {"reconstruct.steps": 123, "capture.resolution": 64, "reconstruct.path": "//中文 x"}
    )
    before = properties.list_settings(scene)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "settings.blend"))
    bpy.ops.wm.read_homefile(use_empty=True)
    assert properties.list_settings(bpy.context.scene) != before
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "settings.blend"))
    assert properties.list_settings(bpy.context.scene) == before


def test_operator_properties_override_for_one_call(ext, scene, tmp_path):
    import bpy

    reconstruct = ext(".operators.reconstruct")
    (tmp_path / "transforms.json").write_text("{}")
    scene.ada.reconstruct.path = str(tmp_path)
    scene.ada.reconstruct.steps = 11
    seen = []

    class Stub:
        properties = None

        def __init__(self, **given):
            self.__dict__.update(given)
            self.properties = type("P", (), {"is_property_set": staticmethod(lambda name: name in given)})

    for given in ({}, {"steps": 5}, {"preset": 'DRAFT'}, {"preset": 'DRAFT', "steps": 6}):
        _, values = reconstruct.ADA_OT_reconstruct_start.read(bpy.context, Stub(**given))
        seen.append((values.steps, values.preset))
    draft = ext(".operators.properties").PRESETS['DRAFT']["steps"]
    assert seen == [(11, 'NORMAL'), (5, 'NORMAL'), (draft, 'DRAFT'), (6, 'DRAFT')]
    assert scene.ada.reconstruct.steps == 11


def test_crop_box_is_the_cube_of_the_empty(ext, scene, tmp_path):
    import bpy

    (tmp_path / "transforms.json").write_text("{}")
    bpy.context.scene.cursor.location = (1, 2, 3)
    assert bpy.ops.ada.crop_box_add() == {'FINISHED'}
    settings = scene.ada.reconstruct
    settings.path = str(tmp_path)
    settings.crop_object.scale = (1, 2, 0.5)
    settings.crop_object.rotation_euler = (0, 0, 0.5)
    bpy.context.view_layer.update()
    _, values = ext(".operators.reconstruct").ADA_OT_reconstruct_start.read(bpy.context)
    assert values.crop_center == pytest.approx((1, 2, 3))
    assert values.crop_size == pytest.approx((2, 4, 1))
    assert values.crop_rotation == pytest.approx((0.96891, 0, 0, 0.24740), abs=1e-4)
    settings.use_crop = False
    _, values = ext(".operators.reconstruct").ADA_OT_reconstruct_start.read(bpy.context)
    assert values.crop_center is None
    assert values.crop_size is None


def test_relative_folder_of_an_unsaved_file_is_refused(ext, scene):
    with pytest.raises(ext(".ai.errors").AdaError, match="Save the file first"):
        ext(".operators.reconstruct").absolute("//views")
