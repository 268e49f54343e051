"""Words for a recipe, as people write prompts: synonyms, loose order, left-out words."""

from __future__ import annotations

import numpy as np

from .catalog import MATERIALS
from .recipe import Recipe

COLOR_WORDS: dict[str, tuple[str, ...]] = {
    "red": ("red", "crimson", "scarlet", "ruby"),
    "orange": ("orange", "amber"),
    "yellow": ("yellow", "golden", "gold"),
    "green": ("green", "emerald", "olive"),
    "blue": ("blue", "navy", "azure", "cobalt"),
    "cyan": ("cyan", "turquoise", "teal", "light blue"),
    "purple": ("purple", "violet", "lilac"),
    "pink": ("pink", "rose", "salmon"),
    "brown": ("brown", "chestnut", "chocolate"),
    "beige": ("beige", "tan", "cream", "sand colored"),
    "white": ("white", "pale", "ivory"),
    "gray": ("gray", "grey", "silver"),
    "black": ("black", "charcoal", "ebony"),
}
SIZE_WORDS = {"small": ("small", "fine", "tiny"), "large": ("large", "big", "huge")}
FINISH_WORDS = {"rough": ("rough", "coarse", "uneven"), "smooth": ("smooth", "even")}
TONE_WORDS = {"dark": ("dark", "deep"), "bright": ("bright", "light")}
WEAR_WORDS = {
    "dirty": ("dirty", "grimy", "stained"),
    "mossy": ("mossy", "moss covered", "overgrown"),
    "worn": ("worn", "weathered", "old", "faded"),
    "cracked": ("cracked", "broken"),
    "wet": ("wet", "rainy"),
    "scratched": ("scratched", "scuffed"),
}
BEFORE = (
    "",
    "",
    "",
    "",
    "",
    "a ",
    "a photo of ",
    "a texture of ",
    "seamless texture of ",
    "seamless ",
    "tileable ",
    "texture of ",
)
AFTER = (
    "",
    "",
    "",
    "",
    "",
    "",
    " texture",
    " surface",
    " pattern",
    ", seamless",
    ", seamless texture",
    ", tileable",
    ", highly detailed",
    ", top view",
    " material",
)


def describe(recipe: Recipe) -> str:
    """The one full, plain caption of a recipe: every attribute named by its first word."""
    entry = MATERIALS[recipe.material]
    words = [w for w in (recipe.tone, recipe.finish) if w != "plain"]
    words += [recipe.wear] if recipe.wear != "none" else []
    words += [recipe.size] if recipe.size != "medium" else []
    two = bool(recipe.second) and recipe.second != recipe.color
    words.append(f"{recipe.color} and {recipe.second}" if two and not entry.part else recipe.color)
    if recipe.variant:
        words.append(entry.variants[recipe.variant])
    return " ".join([*words, entry.words[0]]) + (f" with {recipe.second} {entry.part}" if two and entry.part else "")


def draw_caption(rng: np.random.Generator, recipe: Recipe) -> str:
    """A random caption of a recipe, true but not always complete."""
    entry = MATERIALS[recipe.material]

    def pick(words: tuple[str, ...], first: float = 0.5) -> str:
        return words[0] if rng.random() < first else str(words[rng.integers(len(words))])

    def keep(chance: float) -> bool:
        return bool(rng.random() < chance)

    parts = []
    for value, table in (
        (recipe.tone, TONE_WORDS),
        (recipe.wear, WEAR_WORDS),
        (recipe.size, SIZE_WORDS),
        (recipe.finish, FINISH_WORDS),
    ):
        if value in table and keep(0.92):
            parts.append(pick(table[value]))
    noun = pick(entry.words, 0.35)
    color = pick(COLOR_WORDS[recipe.color], 0.7)
    natural = recipe.color in entry.colors and len(set(entry.colors)) < 8
    named = keep(0.8 if natural else 0.98)
    second = (
        pick(COLOR_WORDS[recipe.second], 0.8) if recipe.second and recipe.second != recipe.color and keep(0.88) else ""
    )
    tail = ""
    if named:
        if second and not entry.part:
            parts.append(f"{color} and {second}")
        elif second:
            # Four ways of saying which part has which colour, so that roles are learned and not word order.
            way = rng.integers(4)
            if way == 0:
                tail = f", {second} {entry.part}"
            elif way == 1:
                tail = f", {color}, with {second} {entry.part}"
            else:
                tail = f" with {second} {entry.part}"
            if way != 1:
                parts.append(color)
        else:
            parts.append(color)
    if len(parts) > 1 and keep(0.15):
        rng.shuffle(parts)
    if recipe.variant and keep(0.75):
        parts.append(entry.variants[recipe.variant])
    listed = bool(parts) and keep(0.1)
    text = f"{noun}, {', '.join(parts)}{tail}" if listed else " ".join([*parts, noun]) + tail
    return str(rng.choice(BEFORE)) + text + str(rng.choice(AFTER))
