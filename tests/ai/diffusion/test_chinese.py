import pytest
from ada_forge.ai.diffusion.chinese import WORDS, to_english


@pytest.mark.parametrize(
    ("prompt", "english"),
    [
        ("红色砖墙", "red brick wall"),
        ("蓝色的六角砖，白色填缝", "blue hexagon tiles, white grout"),
        ("长满苔藓的灰色鹅卵石", "mossy gray cobblestone"),
        ("黑色和白色棋盘格 seamless", "black and white checkerboard seamless"),
        ("湿润的深色木地板", "wet dark plank floor"),
        ("plain english", "plain english"),
    ],
)
def test_prompts(prompt, english):
    assert to_english(prompt) == (english, ())


def test_unknown_characters_are_named():
    assert to_english("红色龘墙") == ("red wall", ("龘",))


def test_every_word_is_one_the_model_was_taught():
    pytest.importorskip("transformers", reason="transformers is not installed")
    from ada_forge.ai.training.default.vocabulary import caption_words

    taught = set(caption_words())
    assert {w for english in WORDS.values() for w in english.split()} - taught == set()
