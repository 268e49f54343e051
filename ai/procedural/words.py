"""From a prompt to a recipe: "old red bricks with white mortar" is worn red brick, mortar white."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from ..diffusion.chinese import has_chinese, to_english
from .caption import COLOR_WORDS, FINISH_WORDS, SIZE_WORDS, TONE_WORDS, WEAR_WORDS
from .catalog import MATERIALS
from .recipe import Recipe

# More ways of saying it than captions use.
NOUNS = {
    "wall of bricks": "brick",
    "masonry": "brick",
    "mosaic": "tiles",
    "honeycombs": "hexagons",
    "paving": "cobblestone",
    "pavement": "cobblestone",
    "paving stones": "cobblestone",
    "stone": "stone blocks",
    "stones": "cobblestone",
    "parquetry": "herringbone",
    "asphalt road": "concrete",
    "tarmac": "concrete",
    "mud": "soil",
    "pebble": "gravel",
    "timber": "wood",
    "plank": "planks",
    "boards": "planks",
    "deck": "planks",
    "parquet floor": "herringbone",
    "leaf": "leaves",
    "jean": "denim",
    "cotton": "fabric",
    "silk": "fabric",
    "tartan cloth": "plaid",
    "iron": "brushed metal",
    "stainless steel": "brushed metal",
    "chequered": "checker",
    "checkered": "checker",
    "striped": "stripes",
    "dotted": "dots",
    "herringbone parquet": "herringbone",
    "dragon skin": "scales",
    "waves": "water",
    "glacier": "ice",
    "cloud": "clouds",
    "star": "stars",
    "milky way": "stars",
}
COLORS = {
    "maroon": "red", "burgundy": "red", "vermilion": "red", "cherry": "red", "terracotta": "orange",
    "peach": "orange", "lemon": "yellow", "mustard": "yellow", "lime": "green", "mint": "green", "jade": "green",
    "sky blue": "blue", "indigo": "blue", "ultramarine": "blue", "aqua": "cyan", "magenta": "pink", "mauve": "purple",
    "lavender": "purple", "coffee": "brown", "ochre": "brown", "sepia": "brown", "khaki": "beige", "snowy": "white",
    "off white": "white", "slate gray": "gray", "anthracite": "black", "jet black": "black",
    "reddish": "red", "greenish": "green", "bluish": "blue", "brownish": "brown", "greyish": "gray",
}  # fmt: skip
WEARS = {
    "dirt": "dirty", "grime": "dirty", "muddy": "dirty", "dusty": "dirty", "stains": "dirty", "moss": "mossy",
    "lichen": "mossy", "ancient": "worn", "aged": "worn", "used": "worn", "cracks": "cracked", "ruined": "cracked",
    "damaged": "cracked", "water puddles": "wet", "puddles": "wet", "rain": "wet", "damp": "wet", "moist": "wet",
    "scratches": "scratched", "scratch": "scratched",
}  # fmt: skip
LAST_RESORT = {
    "wall": "brick",
    "walls": "brick",
    "floor": "tiles",
    "street": "cobblestone",
    "metallic": "brushed metal",
}
PARTS = ("mortar", "grout", "gaps", "joints", "veins", "specks", "speckles", "chips", "ground", "background")
FILLERS = frozenset(
    re.findall(
        r"\w+",
        "a an the of on in and with made some very texture textures surface pattern material seamless tileable tiling "
        "photo picture image highly detailed detail top view from above wall walls floor floors ground street colored "
        "coloured color colour is my nice beautiful realistic high resolution quality style covered",
    )
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a prompt says."""

    recipe: Recipe | None  # None where it names no material.
    given: frozenset[str] = frozenset()  # Fields of the recipe that the prompt decides.
    unknown: tuple[str, ...] = ()  # Words that say nothing to the generator.
    others: tuple[str, ...] = ()  # Further materials that it names.


@cache
def _table() -> dict[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Every phrase as a tuple of words, and what it can mean: (field, value)."""
    found: dict[tuple[str, ...], list[tuple[str, str]]] = {}

    def add(phrase: str, name: str, value: str) -> None:
        meanings = found.setdefault(tuple(phrase.split()), [])
        if (name, value) not in meanings:
            meanings.append((name, value))

    for material in MATERIALS.values():
        for word in (material.name, *material.words):
            add(word, "material", material.name)
            if not word.endswith("s"):
                add(word + "s", "material", material.name)
        for variant, word in material.variants.items():
            add(word, "variant", variant)
    for word, name in NOUNS.items():
        add(word, "material", name)
    for field_name, table in (
        ("color", COLOR_WORDS),
        ("wear", WEAR_WORDS),
        ("size", SIZE_WORDS),
        ("finish", FINISH_WORDS),
        ("tone", TONE_WORDS),
    ):
        for value, words in table.items():
            for word in words:
                add(word, field_name, value)
    for word, name in COLORS.items():
        add(word, "color", name)
    for word, wear in WEARS.items():
        add(word, "wear", wear)
    for word in PARTS:
        add(word, "part", word)
    return {phrase: tuple(meanings) for phrase, meanings in found.items()}


def read_prompt(prompt: str, seed: int = 0) -> Reading:
    """Read a prompt in English or Chinese.

    Args:
        prompt: free text. The last material named before "with" is drawn; what stands behind it is a second colour
            ("white mortar") or wear ("moss").
        seed: of the recipe.
    """
    english, unknown = to_english(prompt) if has_chinese(prompt) else (prompt, ())
    english = re.sub(r"[,.;:!?()]", " , ", english.lower().replace("-", " "))
    head, *tails = re.split(r"\bwith\b|\bhaving\b|\bcovered (?:in|by|with)\b", english)
    phrases = [(phrase, 0) for phrase in _phrases(head)] + [(p, 1) for tail in tails for p in _phrases(tail)]
    named = [(name, place) for p, place in phrases if (name := _meaning(p, "material"))]
    parts = {MATERIALS[name].part for name, _ in named}
    named = [(name, place) for p, place in phrases if (name := _meaning(p, "material")) and " ".join(p) not in parts]
    materials = [name for name, place in named if not place] or [name for name, _ in named]
    strange = _strange(phrases)
    if not materials:
        materials = [name for name in map(_similar, strange) if name]
        strange = tuple(word for word in strange if not _similar(word))
    if not materials:
        materials = [LAST_RESORT[word] for word in english.split() if word in LAST_RESORT]
    if not materials:
        return Reading(None, frozenset(), unknown + strange)
    material = materials[-1]
    values, colors = {"material": material}, []
    for at, (phrase, place) in enumerate(phrases):
        if _meaning(phrase, "material") == material and not (place and _meaning(phrase, "wear")):
            continue
        for name in ("wear", "size", "finish", "tone", "variant"):
            value = _meaning(phrase, name)
            if value and not (name == "variant" and value not in MATERIALS[material].variants):
                if values.get(name, "worn") == "worn":  # There is room for one kind, and "old" says little.
                    values[name] = value
                break
        color = _meaning(phrase, "color")
        if color:
            behind = " ".join(" ".join(p) for p, _ in phrases[at + 1 : at + 3])
            of_part = place == 1 or any(re.match(rf"{part}\b", behind) for part in PARTS)
            colors.append((color, of_part))
    first = [color for color, of_part in colors if not of_part]
    second = [color for color, of_part in colors if of_part] + first[1:]
    if first:
        values["color"] = first[0]
    if second and MATERIALS[material].seconds:
        values["second"] = second[0]
    return Reading(
        Recipe(**values, seed=seed),
        frozenset(values),
        unknown + strange,
        tuple(dict.fromkeys(name for name in materials if name != material)),
    )


def _phrases(text: str) -> list[tuple[str, ...]]:
    """The text cut into the longest phrases of the table, and single words where there is none."""
    table, words, found, at = _table(), text.split(), [], 0
    while at < len(words):
        length = next((n for n in (4, 3, 2, 1) if tuple(words[at : at + n]) in table and at + n <= len(words)), 1)
        found.append(tuple(words[at : at + length]))
        at += length
    return found


def _meaning(phrase: tuple[str, ...], name: str) -> str:
    return next((value for key, value in _table().get(phrase, ()) if key == name), "")


def _similar(word: str) -> str:
    """The material that a misspelt or compound word means: "marbel", "driftwood"; empty for none."""
    nouns = {phrase[0]: name for phrase in _table() if len(phrase) == 1 and (name := _meaning(phrase, "material"))}
    inside = [noun for noun in nouns if len(noun) > 3 and word.endswith(noun)]
    inside = inside or [noun for noun in nouns if len(noun) > 3 and word.startswith(noun)]
    close = [max(inside, key=len)] if inside else get_close_matches(word, nouns, 1, 0.8)
    return nouns[close[0]] if close else ""


def _strange(phrases: list[tuple[tuple[str, ...], int]]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            word for p, _ in phrases if p not in _table() for word in p if word not in FILLERS and word.isalnum()
        )
    )
