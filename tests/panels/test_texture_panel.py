"""The Texture panel is drawn without an error, in both editors, and shows what counts."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "ai" / "diffusion"))


class Layout:
    """Records what is drawn; stands in for UILayout, which exists only while Blender draws."""

    def __init__(self, drawn=None):
        self.drawn = drawn if drawn is not None else []

    def column(self, **_):
        return Layout(self.drawn)

    row = box = split = column_flow = grid_flow = column

    def panel(self, idname, **_):
        return Layout(self.drawn), Layout(self.drawn)

    def label(self, text="", **_):
        self.drawn.append(text)

    def prop(self, data, name, **_):
        assert name in data.bl_rna.properties
        self.drawn.append(name)

    def popover(self, idname, text="", **_):
        self.drawn += [idname, text]

    def prop_enum(self, data, name, value):
        assert value in data.bl_rna.properties[name].enum_items
        self.drawn.append(f"{name} {value}")

    def template_icon_view(self, data, name, **_):
        assert getattr(data, name) == data.kind
        self.drawn.append(name)

    def operator(self, idname, **_):
        import bpy

        assert hasattr(bpy.types, "ADA_OT_" + idname.removeprefix("ada."))
        self.drawn.append(idname)
        return types.SimpleNamespace()

    def menu(self, idname, text="", **_):
        self.drawn += [idname, text]

    def template_list(self, name, _, data, collection, owner, index, **__):
        assert {collection, index} <= set(data.bl_rna.properties.keys())
        self.drawn += [row.name for row in getattr(data, collection)]

    def separator(self):
        pass

    def template_icon(self, icon_value, scale):
        self.drawn.append("thumbnail")


@pytest.fixture
def scene(ext):
    import bpy

    bpy.ops.wm.read_homefile()
    yield bpy.context.scene
    ext(".operators.recipe_icons").close()  # No timer runs here that would draw the pictures and end.


@pytest.fixture
def draw(ext, scene):
    import bpy

    def run(name, image=None):
        context = types.SimpleNamespace(
            region=types.SimpleNamespace(width=4000),
            preferences=types.SimpleNamespace(
                system=types.SimpleNamespace(ui_scale=1.0, bl_rna=bpy.types.PreferencesSystem.bl_rna)
            ),
            scene=scene,
            space_data=types.SimpleNamespace(type='IMAGE_EDITOR', image=image),
            window_manager=bpy.context.window_manager,
            view_layer=bpy.context.view_layer,
        )
        layout = Layout()
        module = ext(".panels.models" if "models" in name else ".panels.texture")
        getattr(module, name).draw(types.SimpleNamespace(layout=layout), context)
        return layout.drawn

    return run


@pytest.mark.parametrize("name", ["ADA_PT_texture", "ADA_PT_texture_image"])
def test_each_engine_shows_its_own_settings(draw, scene, name):
    settings = scene.ada.texture
    drawn = draw(name)
    assert "Small built-in model, 28 materials" in drawn
    assert {"prompt", "negative", "steps", "guidance", "seamless", "ada.texture_generate"} <= set(drawn)
    assert "model" not in drawn
    settings.engine = 'MODEL'
    assert "model" in draw(name)
    settings.engine = 'PROCEDURAL'
    drawn = draw(name)
    assert {"picked", "words", "kind", "color", "second", "wear", "maps", "ada.recipe_randomize"} <= set(drawn)
    assert not {"prompt", "steps", "scheduler", "seed_mode"} & set(drawn)
    scene.ada.recipe.kind = 'WOOD'
    assert [entry for entry in draw(name) if entry.startswith("variant")] == ["variant HORIZONTAL", "variant VERTICAL"]
    assert not [entry for entry in drawn if entry.startswith("variant")]


def test_the_built_in_model_says_what_it_knows(ext, draw, scene):
    """As many prompts as it was taught materials, each of which the generator's own reading confirms."""
    import bpy

    panel, tools = ext(".panels.texture_built_in"), ext(".operators.texture_tools")
    assert "ADA_PT_texture_built_in" in draw("ADA_PT_texture")
    read = ext(".ai.procedural.words").read_prompt
    for name, prompt in tools.examples():
        assert read(prompt).recipe.material == name, prompt
    layout = Layout()
    context = types.SimpleNamespace(scene=scene)
    panel.ADA_PT_texture_built_in.draw(types.SimpleNamespace(layout=layout), context)
    assert layout.drawn.count("ada.texture_prompt_set") == len(tools.examples()) == 28
    assert {"engine MODEL", "engine PROCEDURAL", "ada.models_scan"} <= set(layout.drawn)
    assert bpy.ops.ada.texture_prompt_set(prompt=tools.examples()[0][1]) == {'FINISHED'}
    assert scene.ada.texture.prompt == "red brick wall with gray mortar"


def test_a_description_is_answered(draw, scene):
    settings, recipe = scene.ada.texture, scene.ada.recipe
    settings.engine = 'PROCEDURAL'
    recipe.words = "old blue tiles of zorg with white grout"
    assert (recipe.kind, recipe.color, recipe.second, recipe.wear) == ('TILES', 'BLUE', 'WHITE', 'WORN')
    assert "Not understood: zorg" in draw("ADA_PT_texture")
    recipe.words = "zorg"
    assert recipe.kind == 'TILES'
    assert "This names no material. Choose one from the pictures" in draw("ADA_PT_texture")


def test_each_start_shows_what_it_needs(draw, scene):
    settings = scene.ada.texture
    for mode, names in (
        ('TEXT', set()),
        ('IMAGE', {"source", "strength"}),
        ('INPAINT', {"source", "strength", "mask_from"}),
        ('OUTPAINT', {"source", "strength", "add_left", "add_top"}),
        ('PROCEDURAL', {"strength", "picked", "color"}),
    ):
        settings.mode = mode
        drawn = set(draw("ADA_PT_texture"))
        assert drawn & {"source", "strength", "mask_from", "add_left", "add_top", "picked", "color"} == names


def test_seam_warning_only_where_it_was_to_continue(ext, draw):
    textures = ext(".render.textures")
    warning = "A border can be seen where the texture repeats. Try another seed"
    record = {
        "texture": {"seamless": 'X'},
        "seam": [0.5, 1.0],
        "notes": [["Not in the dictionary: {words}", {"words": "龙"}]],
    }
    image = textures.add_image("a", np.zeros((8, 8, 3), np.float32), record)
    drawn = draw("ADA_PT_texture_image", image)
    assert "Seam score: X 0.500  Y 1.000" in drawn
    assert warning not in drawn
    assert "Not in the dictionary: 龙" in drawn
    record["seam"] = [0.996, 0.2]
    image = textures.add_image("b", np.zeros((8, 8, 3), np.float32), record)
    assert warning in " ".join(draw("ADA_PT_texture_image", image))


def test_candidates_and_history_show_thumbnails(ext, draw):
    textures, assets = ext(".render.textures"), ext(".render.assets")
    for number in range(3):
        pixels = np.full((8, 8, 3), number / 3, np.float32)
        image = textures.add_image("t", pixels, {"job": 5, "texture": {}})
        assets.set_preview(image, pixels)
    drawn = draw("ADA_PT_texture_image", image)
    assert "3 to choose from" in drawn
    assert "ada.texture_keep" in drawn
    assert drawn.count("thumbnail") == 7


def test_models_are_listed_and_chosen(ext, draw, scene, tmp_path, monkeypatch):
    import bpy

    inspect = ext(".ai.diffusion.models").ModelInfo
    models = ext(".operators.models")
    monkeypatch.setattr(ext(".operators.doctor"), "data_folder", lambda: tmp_path)
    monkeypatch.setattr(models, "likely_folders", list)
    models.unregister()
    models.fill()
    scene.ada.texture.engine = 'MODEL'
    nothing = "No model is known yet. Find those on this computer, or download one"
    assert {nothing, "Choose a Model", "ada.models_scan"} <= set(draw("ADA_PT_texture"))
    assert nothing in draw("ADA_PT_models")
    (tmp_path / "x.safetensors").touch()
    models.shelf().add(inspect(tmp_path / "x.safetensors", "x", "MODEL", "SDXL", 7 * 2**30, "You may.", "TURBO"))
    models.keep()
    scene.ada.texture.model = str(tmp_path / "x.safetensors")
    told = "Stable Diffusion XL · Turbo · 7.0 GiB"
    assert {"x", told} <= set(draw("ADA_PT_texture"))
    assert {"x", told, "You may.", "repository", "ada.model_download"} <= set(draw("ADA_PT_models"))
    bpy.context.window_manager.ada_models.show = 'LORA'
    assert told not in draw("ADA_PT_models_image")
    models.unregister()


def test_what_is_on_the_model_is_shown_with_what_is_wrong(draw, scene, tmp_path):
    from model_files import FILES, SD15, SDXL, write

    settings = scene.ada.texture
    settings.engine, settings.model = 'MODEL', str(write(tmp_path / "base.safetensors", SD15))
    settings.loras.add().path = str(write(tmp_path / "moss LCM 4step.safetensors", FILES["LoRA kohya"][0]))
    settings.controls.add().path = str(write(tmp_path / "depth.safetensors", FILES["ControlNet"][0]))
    settings.ip_adapter = str(tmp_path / "gone.safetensors")
    settings.steps = 20
    drawn = draw("ADA_PT_texture")
    assert {"moss LCM 4step", "depth", "weight", "kind", "origin", "ip_image", "gone"} <= set(drawn)
    text = " ".join(drawn)
    assert "'moss LCM 4step' is made for few steps (LCM): 4 are enough" in text
    assert "A view of the scene does not repeat" in text
    assert "No such file" in text
    assert "but the model is" not in text
    settings.steps, settings.seamless = 4, 'NONE'
    settings.model = str(write(tmp_path / "big.safetensors", SDXL))
    text = " ".join(draw("ADA_PT_texture"))
    assert "few steps" not in text
    assert "A view of the scene" not in text
    assert "'depth.safetensors' is for Stable Diffusion 1.5, but the model is Stable Diffusion XL" in text
