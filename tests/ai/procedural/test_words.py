import numpy as np
import pytest
from ada_forge.ai.diffusion.chinese import WORDS
from ada_forge.ai.procedural.caption import describe, draw_caption
from ada_forge.ai.procedural.catalog import MATERIALS
from ada_forge.ai.procedural.draw import draw, draw_recipe
from ada_forge.ai.procedural.words import read_prompt


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        ("old red bricks with moss", {"material": "brick", "color": "red", "wear": "mossy"}),
        ("red brick wall, white mortar", {"material": "brick", "color": "red", "second": "white"}),
        ("长满苔藓的红色砖墙，白色砂浆", {"material": "brick", "color": "red", "second": "white", "wear": "mossy"}),
        ("红白相间的条纹", {"material": "stripes", "color": "red", "second": "white"}),
        ("diagonal blue and yellow stripes", {"material": "stripes", "color": "blue", "second": "yellow",
                                              "variant": "diagonal"}),
        ("crimson leather", {"material": "leather", "color": "red"}),
        ("wood planks", {"material": "planks"}),
        ("white marble with gold veins", {"material": "marble", "color": "white", "second": "yellow"}),
        ("rough concrete wall, cracked", {"material": "concrete", "finish": "rough", "wear": "cracked"}),
        ("flaking blue paint chips, gray ground", {"material": "peeling paint", "color": "blue", "second": "gray"}),
        ("tiny marbel", {"material": "marble", "size": "small"}),
        ("dark driftwood", {"material": "wood", "tone": "dark"}),
    ],
)  # fmt: skip
def test_prompts(prompt, wanted):
    reading = read_prompt(prompt, seed=3)
    assert {name: getattr(reading.recipe, name) for name in reading.given} == wanted
    assert reading.recipe.seed == 3


def test_what_is_not_understood_is_said():
    assert read_prompt("red brick wall of zorg").unknown == ("zorg",)
    reading = read_prompt("a wall made of candy")
    assert (reading.recipe.material, reading.unknown) == ("brick", ("candy",))
    assert read_prompt("zorg").recipe is None
    assert read_prompt("红色龘墙").unknown == ("龘",)
    assert read_prompt("wooden planks on sand").others == ("planks",)


def test_every_caption_is_read_back():
    """What the plain caption of a random recipe says, and the material of nearly every loose one."""
    rng = np.random.default_rng(0)
    missed = []
    for _ in range(400):
        recipe = draw_recipe(rng)
        read = read_prompt(describe(recipe)).recipe
        for name in ("material", "color", "size", "finish", "wear", "tone"):
            assert getattr(read, name) == getattr(recipe, name), (describe(recipe), name)
        if recipe.second and recipe.second != recipe.color:
            assert read.second == recipe.second, describe(recipe)
        loose = draw_caption(rng, recipe)
        read = read_prompt(loose).recipe
        if read is None or read.material != recipe.material:
            missed.append((loose, recipe.material))
    assert len(missed) <= 4, missed


def test_every_material_can_be_named():
    for name in MATERIALS:
        reading = read_prompt(name)
        assert reading.recipe.material == name
        assert draw(reading.recipe, 16).color.shape == (16, 16, 3)
    named = {read_prompt(word).recipe.material for word in WORDS if read_prompt(word).recipe}
    assert named == set(MATERIALS), set(MATERIALS) - named
