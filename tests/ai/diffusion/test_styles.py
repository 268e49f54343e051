"""Styles around prompts, and their files."""

from __future__ import annotations

import pytest
from ada_forge.ai.diffusion import styles
from ada_forge.ai.diffusion.styles import Style
from ada_forge.ai.errors import AdaError


def test_words_go_around_or_behind():
    style = Style("s", "photo of {prompt}, sharp", "blurry")
    assert styles.put_on(style, " red brick ", "") == ("photo of red brick, sharp", "blurry")
    assert styles.put_on(Style("s", "sharp"), "砖", "text") == ("砖, sharp", "text")
    assert styles.put_on(Style("s"), "x", "y") == ("x", "y")


def test_files_of_ours_and_of_a1111(tmp_path):
    path = tmp_path / "新 folder" / "styles.json"
    styles.save(path, styles.SHIPPED)
    assert styles.load(path) == list(styles.SHIPPED)
    table = tmp_path / "styles.csv"
    table.write_text(
        '\ufeffname,prompt,negative_prompt\nToon,"{prompt}, toon",\n,nameless,\nOld,"a, b",bad\nToon,x,y\n'
    )
    assert styles.load(table) == [Style("Toon", "x", "y"), Style("Old", "a, b", "bad")]
    names = [style.name for style in styles.merged(styles.SHIPPED, styles.load(table))]
    assert names == [*(style.name for style in styles.SHIPPED), "Old"]
    path.write_text("[]")
    assert styles.load(path) == []
    for text in ("", "{", "[1]", '[{"name": 1}]', '{"a": 1}'):
        path.write_text(text)
        with pytest.raises(AdaError, match="holds no styles"):
            styles.load(path)
