import pytest
from ada_forge.ai.diffusion.chinese import WORDS, to_english
from ada_forge.ai.procedural import caption
from ada_forge.ai.procedural.catalog import MATERIALS


@pytest.mark.parametrize(
    ("prompt", "english"),
    [
        ("红色砖墙", "red brick wall"),
        ("蓝色的六角砖，白色填缝", "blue hexagon tiles, white grout"),
        ("长满苔藓的灰色鹅卵石", "mossy gray cobblestone"),
        ("黑色和白色棋盘格 seamless", "black and white checkerboard seamless"),
        ("湿润的深色木地板", "wet dark plank floor"),
        ("生锈的铁板", "rusted iron"),
        ("斑驳的旧砖墙", "weathered old brick wall"),
        ("酒红色皮革，有划痕", "dark red leather, with scratched"),
        ("布满青苔的石头", "moss covered rock"),
        ("人字形木地板", "parquet"),
        ("高清 wood 纹理", "hd wood"),
        ("plain english", "plain english"),
    ],
)
def test_prompts(prompt, english):
    assert to_english(prompt) == (english, ())


def test_unknown_characters_are_named():
    assert to_english("红色龘墙") == ("red wall", ("龘",))


def test_every_concept_of_the_captions_has_a_chinese_word():
    """Each material, colour, size, finish, tone, wear, variant and part, by one of its English words."""
    concepts = [{entry.name, *entry.words} for entry in MATERIALS.values()]
    concepts += [{word} for entry in MATERIALS.values() for word in (*entry.variants.values(), entry.part) if word]
    for table in (
        caption.COLOR_WORDS,
        caption.SIZE_WORDS,
        caption.FINISH_WORDS,
        caption.TONE_WORDS,
        caption.WEAR_WORDS,
    ):
        concepts += [set(words) for words in table.values()]
    english = set(WORDS.values())
    assert not [words for words in concepts if not words & english]


def test_every_word_is_one_the_model_was_taught():
    pytest.importorskip("transformers", reason="transformers is not installed")
    from ada_forge.ai.training.default.vocabulary import caption_words

    taught = set(caption_words())
    assert {w for english in WORDS.values() for w in english.split()} - taught == set()
