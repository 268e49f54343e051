import pytest
from ada_forge.ai.diffusion.wildcards import expand_all, expand_random, list_names, read_prompts, read_table
from ada_forge.ai.errors import AdaError


@pytest.mark.parametrize(
    ("prompt", "all_of_them"),
    [
        ("brick", ["brick"]),
        ("", [""]),
        ("{red|blue} brick", ["red brick", "blue brick"]),
        ("{a|b} {c|d}", ["a c", "a d", "b c", "b d"]),
        ("{red|{dark|light} blue} brick", ["red brick", "dark blue brick", "light blue brick"]),
        ("{|mossy} brick", ["brick", "mossy brick"]),
        ("brick, {|wet}, {|old}", ["brick", "brick, old", "brick, wet", "brick, wet, old"]),
        ("{3::red|1::blue} brick", ["red brick", "blue brick"]),
        ("{a|a}", ["a"]),
        (r"\{a\|b\} c\_d", ["{a|b} c_d"]),
        ("(moss:1.3) a|b", ["(moss:1.3) a|b"]),
        ("{砖|石}墙", ["砖墙", "石墙"]),
    ],
)
def test_every_combination(prompt, all_of_them):
    assert expand_all(prompt) == all_of_them
    assert set(expand_random(prompt, 60)) == set(all_of_them)


def test_chance_is_the_seed(tmp_path):
    prompt = "{a|b|c|d} {e|f|g|h} {i|j|k}"
    assert expand_random(prompt, 5, seed=3) == expand_random(prompt, 9, seed=3)[:5]
    assert expand_random(prompt, 9, seed=3) != expand_random(prompt, 9, seed=4)
    often = expand_random("{9::red|blue}", 400).count("red")
    assert 330 < often < 390


def test_lists(tmp_path):
    (tmp_path / "colour.txt").write_text("# colours\nred\n\n{dark|light} __deep__\n", encoding="utf-8")
    (tmp_path / "deep.txt").write_text("blue\n", encoding="utf-8")
    assert expand_all("__colour__ brick", tmp_path) == ["red brick", "dark blue brick", "light blue brick"]
    assert list_names(tmp_path) == ["colour", "deep"]
    (tmp_path / "endless.txt").write_text("a __endless__\n", encoding="utf-8")
    with pytest.raises(AdaError, match="names itself"):
        expand_all("__endless__", tmp_path)
    with pytest.raises(AdaError, match="no list 'shape'"):
        expand_all("__shape__", tmp_path)
    (tmp_path.parent / "outside.txt").write_text("secret", encoding="utf-8")
    assert expand_all("__../outside__", tmp_path) == ["__../outside__"]  # Not a name, so not a path.


def test_lists_of_lists_are_read_once(tmp_path):
    for number in range(12):
        (tmp_path / f"l{number}.txt").write_text(f"__l{number + 1}__ x\n" * 50, encoding="utf-8")
    (tmp_path / "l12.txt").write_text("end", encoding="utf-8")
    assert expand_random("__l0__", 1, folder=tmp_path) == ["end" + " x" * 12]


@pytest.mark.parametrize("prompt", ["{a|b", "a}", "{a{b}", "}{", "{" * 40 + "}" * 40, "x" * 20_000])
def test_bad_prompts(prompt):
    with pytest.raises(AdaError):
        expand_all(prompt)


def test_there_is_an_end():
    assert len(expand_all("{a|b}" * 40, most=7)) == 7
    assert len(expand_all(" ".join(f"{{a{i}|b}}" for i in range(30)))) == 10_000


def test_prompt_lists():
    assert read_prompts("\ufeffred brick\n\n# no\n  moss \n") == ["red brick", "moss"]


def test_tables(tmp_path):
    path = tmp_path / "a.csv"
    known = ("prompt", "seed", "steps")
    path.write_text('prompt;seed\n"red; old";4\n;\nmoss;\n', encoding="utf-8-sig")
    assert read_table(path, known) == [{"prompt": "red; old", "seed": "4"}, {"prompt": "moss"}]
    path.write_text('Prompt, Steps\n"a, b",7\n', encoding="utf-8")
    assert read_table(path, known) == [{"prompt": "a, b", "steps": "7"}]
    for text in ("", "seed\n3\n", "prompt,colour\na,b\n"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(AdaError):
            read_table(path, known)
    path.write_bytes(b"prompt\n\xff\xfe")
    with pytest.raises(AdaError, match="UTF-8"):
        read_table(path, known)
