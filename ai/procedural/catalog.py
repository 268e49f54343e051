"""Every procedural material by name, and how to draw one."""

from __future__ import annotations

import numpy as np

from . import fabric, ground, masonry, metal, nature, pattern, stone
from .color import COLORS, draw_color
from .noise import Canvas
from .recipe import FINISHES, SIZES, TONES, WEARS, Look, Maps, Material, Recipe
from .wear import apply_wear

_ALONG = {"horizontal": "horizontal", "vertical": "vertical"}
_STONE = ("dirty", "mossy", "wet", "worn")
_CLOTH = ("dirty", "worn")

_LIST = (
    Material("brick", masonry.brick, ("brick wall", "bricks", "brick", "brickwork"), ("red", "red", "brown", "orange", "beige"),
             ("gray", "white", "beige", "black"), "mortar", finishes=True, wears=(*_STONE, "cracked")),
    Material("tiles", masonry.tiles, ("tiles", "ceramic tiles", "tile floor", "bathroom tiles", "square tiles"),
             ("white", "blue", "beige", "cyan"), ("gray", "white", "black"), "grout", wears=("dirty", "cracked", "wet")),
    Material("hexagons", masonry.hexagons, ("hexagons", "hexagon tiles", "hexagonal tiles", "honeycomb"),
             ("white", "gray", "yellow", "blue"), ("gray", "black", "white"), "grout", wears=("dirty", "wet")),
    Material("cobblestone", masonry.cobblestone, ("cobblestone", "cobblestones", "cobbled street", "stone pavement", "cobbles"),
             ("gray", "gray", "brown", "beige"), ("black", "brown"), "gaps", finishes=True, wears=_STONE),
    Material("stone blocks", masonry.blocks, ("stone blocks", "stone wall", "castle wall", "ashlar", "block wall"),
             ("gray", "gray", "beige", "brown"), ("gray", "black", "beige"), "mortar", finishes=True, wears=(*_STONE, "cracked")),
    Material("herringbone", masonry.herringbone, ("herringbone", "herringbone floor", "herringbone pavement", "parquet"),
             ("brown", "brown", "red", "gray"), ("black", "gray", "beige"), "joints", wears=_STONE),
    Material("shingles", masonry.shingles, ("roof shingles", "shingles", "roof tiles", "roof"), ("red", "gray", "brown", "black"),
             wears=("dirty", "mossy", "wet"), variants={"round": "round", "square": "square"}),
    Material("marble", stone.marble, ("marble", "polished marble", "marble slab"), ("white", "white", "black", "green"),
             ("gray", "black", "white", "yellow"), "veins", wears=("cracked",)),
    Material("granite", stone.granite, ("granite", "speckled granite", "granite countertop"), ("gray", "pink", "white", "brown"),
             ("black", "white"), "specks", wears=("wet",)),
    Material("terrazzo", stone.terrazzo, ("terrazzo", "terrazzo floor"), ("white", "white", "gray", "beige"),
             ("gray", "red", "green", "black"), "chips", wears=("dirty",)),
    Material("concrete", stone.concrete, ("concrete", "cement", "concrete wall", "asphalt"), ("gray", "gray", "white", "black"),
             sizes=False, finishes=True, wears=(*_STONE, "cracked")),
    Material("plaster", stone.plaster, ("plaster", "stucco", "plaster wall", "rough wall"), ("white", "white", "beige", "yellow"),
             finishes=True, wears=("dirty", "cracked", "worn")),
    Material("cracked earth", stone.cracked_earth, ("cracked earth", "dry mud", "cracked mud", "desert floor"),
             ("brown", "beige", "brown"), wears=("wet",)),
    Material("slate", stone.slate, ("slate", "layered rock", "cliff", "rock face", "rock"), ("gray", "black", "brown"), wears=("mossy", "wet")),
    Material("crystal", stone.crystal, ("crystal", "gemstones", "crystals", "gems"), ("purple", "cyan", "blue", "green")),
    Material("sand", ground.sand, ("sand", "desert sand", "beach sand", "sand dunes"), ("beige", "beige", "yellow", "orange"),
             finishes=True, wears=("wet",)),
    Material("soil", ground.soil, ("soil", "dirt", "earth", "ground"), ("brown", "brown", "black"), wears=("mossy", "wet")),
    Material("gravel", ground.gravel, ("gravel", "pebbles", "small stones", "river stones"), ("gray", "gray", "brown", "beige"),
             wears=("dirty", "mossy", "wet")),
    Material("grass", ground.grass, ("grass", "lawn", "meadow", "grass field"), ("green", "green", "green", "yellow")),
    Material("moss", ground.moss, ("moss", "moss cushion", "forest floor"), ("green", "green", "green", "yellow"), wears=("wet",)),
    Material("snow", ground.snow, ("snow", "fresh snow", "snow ground"), ("white",), sizes=False, wears=("dirty",)),
    Material("ice", ground.ice, ("ice", "frozen lake", "frozen water"), ("cyan", "cyan", "blue", "white")),
    Material("water", ground.water, ("water", "pool water", "sea", "ocean", "water caustics"), ("blue", "cyan", "cyan", "blue", "green")),
    Material("lava", ground.lava, ("lava", "molten lava", "magma"), ("orange", "orange", "red"), tinted=False),
    Material("wood", nature.wood, ("wood", "wood grain", "oak", "polished wood"), ("brown", "brown", "beige", "orange"),
             wears=("scratched", "worn"), variants=_ALONG),
    Material("planks", nature.planks, ("planks", "wooden planks", "floorboards", "plank floor", "wooden boards"),
             ("brown", "brown", "beige", "gray"), wears=("dirty", "mossy", "wet", "worn"), variants=_ALONG),
    Material("bark", nature.bark, ("bark", "tree bark", "pine bark"), ("brown", "brown", "gray"), wears=("mossy", "wet")),
    Material("leaves", nature.leaves, ("leaves", "foliage", "hedge", "ivy"), ("green", "green", "green", "orange"), wears=("wet",)),
    Material("fur", nature.fur, ("fur", "animal fur", "hair"), ("brown", "white", "black", "orange", "gray")),
    Material("scales", nature.scales, ("scales", "fish scales", "dragon scales", "snake skin"), ("green", "cyan", "red", "gray"), wears=("wet",)),
    Material("clouds", nature.clouds, ("clouds", "cloudy sky", "sky with clouds", "sky"), ("blue", "blue", "cyan"), tinted=False),
    Material("stars", nature.stars, ("stars", "starry sky", "night sky", "galaxy", "outer space"), ("purple", "blue", "cyan"), tinted=False),
    Material("fabric", fabric.woven, ("fabric", "woven fabric", "cloth", "canvas", "linen", "burlap"), COLORS, COLORS, wears=_CLOTH),
    Material("denim", fabric.denim, ("denim", "jeans", "twill"), ("blue", "blue", "blue", "black"), wears=_CLOTH),
    Material("knit", fabric.knit, ("knitted wool", "knit", "sweater", "wool"), COLORS, wears=("dirty",)),
    Material("plaid", fabric.plaid, ("plaid", "tartan", "plaid fabric"), ("red", "green", "blue", "black"), COLORS, wears=_CLOTH),
    Material("carpet", fabric.carpet, ("carpet", "rug", "felt"), COLORS, wears=_CLOTH),
    Material("quilt", fabric.quilt, ("quilted leather", "quilt", "upholstery", "padded fabric"), COLORS, wears=("dirty",)),
    Material("leather", fabric.leather, ("leather", "leather hide", "hide"), ("brown", "brown", "black", "red"),
             wears=("dirty", "scratched", "worn")),
    Material("brushed metal", metal.brushed_metal, ("brushed metal", "metal", "steel", "aluminum", "sheet metal"),
             ("gray", "gray", "white", "yellow"), sizes=False, wears=("dirty", "scratched")),
    Material("rust", metal.rust, ("rusty metal", "rust", "rusted iron", "corroded metal"), ("gray", "blue", "green", "white"),
             wears=("scratched",), tinted=False),
    Material("diamond plate", metal.tread_plate, ("diamond plate", "tread plate", "metal floor plate"), ("gray", "gray", "black"),
             wears=("dirty", "scratched", "wet")),
    Material("gold foil", metal.gold_foil, ("gold foil", "gold leaf", "crumpled foil", "foil"), ("yellow", "yellow", "gray", "orange")),
    Material("perforated metal", metal.perforated, ("perforated metal", "metal grille", "speaker grille"), ("gray", "gray", "white"),
             wears=("dirty", "scratched")),
    Material("corrugated metal", metal.corrugated, ("corrugated metal", "corrugated iron", "metal siding"),
             ("gray", "gray", "blue", "green"), wears=("dirty", "scratched", "wet")),
    Material("peeling paint", metal.peeling_paint, ("peeling paint", "paint chips", "flaking paint", "old paint"),
             ("blue", "green", "white", "red"), ("gray", "brown", "beige"), "ground"),
    Material("checker", pattern.checker, ("checkerboard", "checker", "checkered floor", "chessboard"), ("black", "red", "blue"),
             ("white", "beige"), wears=("dirty",), tinted=False),
    Material("stripes", pattern.stripes, ("stripes", "striped pattern", "bands"), COLORS, COLORS, wears=("dirty",),
             variants={**_ALONG, "diagonal": "diagonal"}, tinted=False),
    Material("dots", pattern.dots, ("polka dots", "dots", "dotted pattern"), COLORS, COLORS, "background", tinted=False),
    Material("chevron", pattern.chevron, ("chevron", "zigzag", "zigzag pattern"), COLORS, COLORS, tinted=False),
    Material("argyle", pattern.argyle, ("argyle", "diamond pattern", "harlequin"), COLORS, COLORS, tinted=False),
    Material("scallops", pattern.scallops, ("scallops", "wave pattern", "fan pattern"), COLORS, COLORS, tinted=False),
    Material("camouflage", pattern.camouflage, ("camouflage", "camo", "military camouflage"), ("green", "green", "brown", "gray"),
             wears=("dirty",), tinted=False),
)  # fmt: skip

MATERIALS: dict[str, Material] = {material.name: material for material in _LIST}


def draw_recipe(rng: np.random.Generator, material: str = "", color: str = "", plain: bool = False) -> Recipe:
    """A random recipe, for training data and for a "Surprise Me" button.

    Args:
        material, color: fix these; empty draws them.
        plain: no size, finish, wear, tone or variant but the usual.
    """
    entry = MATERIALS[material or tuple(MATERIALS)[rng.integers(len(MATERIALS))]]
    if not color:
        pool = entry.colors if rng.random() < 0.5 else COLORS
        color = str(pool[rng.integers(len(pool))])
    second = ""
    if entry.seconds:
        seconds = [c for c in (entry.seconds if rng.random() < 0.6 else COLORS) if c != color]
        second = str((seconds or [c for c in COLORS if c != color])[rng.integers(len(seconds) or len(COLORS) - 1)])
        if entry.name == "fabric" and rng.random() < 0.5:
            second = color
    chosen = {"size": "medium", "finish": "plain", "wear": "none", "tone": "plain", "variant": ""}
    if not plain:
        if entry.sizes:
            chosen["size"] = str(rng.choice(SIZES, p=(0.22, 0.48, 0.30)))
        if entry.finishes:
            chosen["finish"] = str(rng.choice(FINISHES, p=(0.5, 0.25, 0.25)))
        if entry.wears and rng.random() < 0.32:
            chosen["wear"] = str(rng.choice(entry.wears))
        if rng.random() < 0.18:
            chosen["tone"] = str(rng.choice(TONES[1:]))
        if entry.variants:
            chosen["variant"] = str(rng.choice(tuple(entry.variants)))
    return Recipe(entry.name, color, second, seed=int(rng.integers(2**31)), **chosen)


def draw(recipe: Recipe, size: int) -> Maps:
    """Draw a recipe as maps of `size` x `size` pixels.

    Raises:
        KeyError: the recipe names something that the catalogue does not have.
    """
    entry = MATERIALS[recipe.material]
    if recipe.wear not in WEARS or recipe.tone not in TONES:
        raise KeyError(recipe.wear if recipe.wear not in WEARS else recipe.tone)
    rng = np.random.default_rng(recipe.seed)
    first = draw_color(rng, recipe.color or entry.colors[0])
    second = draw_color(rng, recipe.second or entry.seconds[0]) if (recipe.second or entry.seconds) else first * 0.5
    if recipe.second and recipe.second == recipe.color:
        second = first
    variant = recipe.variant or next(iter(entry.variants), "")
    canvas = Canvas(size, rng)
    m = apply_wear(canvas, recipe.wear, entry.draw(canvas, Look(first, second, recipe.size, recipe.finish, variant)))
    if recipe.tone == "dark":
        m.color = m.color * np.float32(0.58)
    elif recipe.tone == "bright":
        m.color = np.clip(m.color, 0, 1) ** np.float32(0.75)
    m.color = np.clip(m.color, 0, 1).astype(np.float32)
    return m
