"""Every string the interface shows has a Chinese translation, with the same fields."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Calls whose literals are shown, filled in, and at which places among their arguments.
SENTENCES = {"AdaError": (0,), "Note": (0,), "Progress": (1,), "Row": (0, 1), "Package": (2,), "folder_row": (0,)}
TRANSLATED = {"iface_", "report_", "tip_", "n_", "pgettext_iface", "pgettext_rpt"}
SHOWN = {"text", "heading", "placeholder"}  # Keyword arguments of UILayout's methods.


def sources():
    for folder in ("ai", "render", "operators", "panels"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def literals_of(node):
    """The string constants that an expression can be: a literal, or either branch of a conditional."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return literals_of(node.body) + literals_of(node.orelse)
    return []


def strings_in_sources():
    found = {}
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "hint":
                for value in literals_of(node.value):
                    found.setdefault(value, f"{path.relative_to(ROOT)}:{node.lineno}")
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            values = []
            if name in TRANSLATED and node.args:
                values = literals_of(node.args[0])
            elif name in SENTENCES:
                shown = [node.args[place] for place in SENTENCES[name] if place < len(node.args)]
                shown += [keyword.value for keyword in node.keywords if keyword.arg in {"message", "hint"}]
                shown += [key for value in node.args[3:4] if isinstance(value, ast.Dict) for key in value.keys]
                values = [value for argument in shown for value in literals_of(argument)]
            elif path.parent.name == "panels" or path.parent.name == "operators":
                if name == "poll_message_set":
                    values = literals_of(node.args[0])
                untranslated = any(k.arg == "translate" for k in node.keywords)
                values += (
                    [] if untranslated else [v for k in node.keywords if k.arg in SHOWN for v in literals_of(k.value)]
                )
            for value in values:
                found.setdefault(value, f"{path.relative_to(ROOT)}:{node.lineno}")
    return found


def own_classes(ext):
    for module in (ext(".operators"), ext(".panels")):
        yield from module.classes
    yield from ext(".operators.properties").classes


def strings_in_classes(ext):
    import bpy

    found = {}
    for cls in own_classes(ext):
        rna = cls.bl_rna
        texts = [getattr(cls, "bl_label", "")]
        if "_OT_" in cls.__name__:
            rna = getattr(bpy.ops.ada, cls.bl_idname.removeprefix("ada.")).get_rna_type()
            texts.append(rna.description)
        for prop in rna.properties:
            if prop.is_runtime or "_PG_" in cls.__name__ or "_AP_" in cls.__name__:
                if prop.identifier in {"rna_type", "name", "bl_idname"} or prop.is_hidden:
                    continue
                if cls.__name__ == "ADA_PG_scene":  # Its groups are never drawn themselves.
                    continue
                texts += [prop.name, prop.description]
                if prop.type == 'ENUM':
                    texts += [text for item in prop.enum_items for text in (item.name, item.description)]
        for text in texts:
            found.setdefault(text, cls.__name__)
    return found


def fields_of(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def missing(found, table):
    return [f"{text!r}  ({where})" for text, where in sorted(found.items()) if text not in table]


@pytest.fixture(scope="module")
def table(ext):
    return ext(".panels.translations").CHINESE


@pytest.fixture(scope="module")
def same(ext):
    return ext(".panels.translations").SAME


def test_strings_of_the_sources_are_translated(table, same):
    found = strings_in_sources()
    assert len(found) > 60
    absent = missing(found, table | dict.fromkeys(same))
    assert not absent, "\n".join(absent)


def test_strings_of_the_classes_are_translated(ext, table, same):
    found = strings_in_classes(ext)
    assert len(found) > 60
    absent = missing(found, table | dict.fromkeys(same))
    assert not absent, "\n".join(absent)


def test_fields_are_the_same_in_both_languages(table):
    wrong = [text for text, chinese in table.items() if fields_of(text) != fields_of(chinese)]
    assert not wrong


def test_nothing_is_translated_that_is_not_shown(ext, table):
    shown = strings_in_sources() | strings_in_classes(ext)
    shown |= {state.value: "State" for state in ext(".operators.queue").State}
    shown |= {place.value: "Place" for place in ext(".ai.card.arbiter").Place}
    shown |= dict.fromkeys(words_of_the_card(ext), "Card")
    assert not [text for text in table if text not in shown]


def words_of_the_card(ext):
    """What the panel translates word by word: the parts of a scene's memory, and why clocks are held down."""
    scene = ext(".ai.card.scene")
    content = scene.SceneContent(
        scene.FilmContent(1, 1, guides=10), (scene.MeshContent("", 8, 12, 0.5, glows=True),),
        (scene.TextureContent("", 8, 8, 4),), volumes=1, instances=1, sky=8000,
    )  # fmt: skip
    return {*scene.estimate_scene(content, on_card=True).parts, *ext(".ai.card.reading").REASONS.values()}


def test_words_of_the_card_are_translated(ext, table, same):
    words = words_of_the_card(ext)
    assert len(words) >= 20
    assert not [word for word in words if word not in table and word not in same]
