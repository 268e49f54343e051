"""What a texture job is asked for, copied at the click, and what comes back, whatever the engine."""

from __future__ import annotations

import hashlib
import json
import os
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..ai.diffusion.models.fit import check_fit
from ..ai.diffusion.settings import BUILT_IN, LoadOptions, TextureSettings, describe
from ..ai.diffusion.styles import put_on
from ..ai.diffusion.wildcards import expand_random, has_choices
from ..ai.errors import AdaError
from ..ai.procedural.caption import describe as describe_recipe
from ..ai.procedural.draw import draw, fill_in
from ..ai.procedural.light import light
from ..ai.setup import packages
from ..render import textures
from . import doctor, models
from .properties import named, preferences
from .reconstruct import absolute
from .texture_extras import Extras
from .texture_presets import find_style
from .texture_recipe import as_recipe

LARGEST_SEED = 2**31 - 1
LARGEST_START = 512  # Pixels of a procedural start, drawn at the click; the engine enlarges it.
NEEDED = ("torch", "diffusers", "transformers", "safetensors")


@dataclass(frozen=True)
class Order:
    """All that a texture job needs. Equal orders give equal pixels."""

    key: str
    rows: tuple[dict[str, Any], ...] = field(compare=False)  # Plain values of `scene.ada.texture`, one for each prompt.
    recipe: dict[str, Any] = field(compare=False)
    output: dict[str, Any] = field(compare=False)
    targets: tuple[int, ...] = field(compare=False)  # Session identities of the objects that get the material.
    settings: tuple[TextureSettings, ...] = field(compare=False, default=())  # Of the rows; none if procedural.
    options: LoadOptions = field(compare=False, default=LoadOptions())
    threads: int = field(compare=False, default=1)
    number: int = field(compare=False, default_factory=time.time_ns)  # Joins the pictures of one click.


@dataclass(slots=True)
class Picture:
    """One finished texture."""

    color: np.ndarray  # (h, w, 3) sRGB in [0, 1].
    seed: int
    seam: tuple[float, float]
    prompt: str  # In words, for names and descriptions.
    maps: dict[str, np.ndarray] = field(default_factory=dict)  # By `texture_output.MAP_KINDS`, all in [0, 1].
    depth: float = 0.02  # What a height of 1 stands for, in tiles.
    row: int = 0  # Which row of the order it is.
    settings: dict[str, Any] | None = None  # What the model was asked for, as JSON.
    notes: tuple[AdaError, ...] = ()  # What the user should know about it.
    more: dict[str, Any] = field(default_factory=dict)  # For its record, as JSON.


def make_order(
    rows: list[dict[str, Any]], recipe: dict[str, Any], output: dict[str, Any], targets: tuple[int, ...]
) -> Order:
    """Check everything at the click, and copy it.

    Args:
        rows: values of `scene.ada.texture`, images as datablocks; all of one engine.
        recipe: values of `scene.ada.recipe`.
        output: values of `scene.ada.texture_output`.
        targets: what `texture_output.check` returned.

    Raises:
        AdaError: something is missing.
    """
    settings: tuple[TextureSettings, ...] = ()
    is_drawn = rows[0]["engine"] == 'PROCEDURAL'
    if is_drawn and any(row["width"] != row["height"] for row in rows):
        raise AdaError("Procedural textures are square. Make width and height equal")
    if not is_drawn:
        packages.require(*NEEDED)
        rows = [styled(row) for row in rows]
        extras = Extras()
        settings = tuple(as_settings(row, recipe, extras) for row in rows)
        for one in {(one.model, one.loras, one.embeddings, one.ip_adapter): one for one in settings}.values():
            check_fit(one)
    needed = is_drawn or any(row["mode"] == 'PROCEDURAL' for row in rows)
    return assemble(rows, settings, recipe if needed else {}, output, targets)


def assemble(
    rows: list[dict[str, Any]],
    settings: tuple[TextureSettings, ...],
    recipe: dict[str, Any],
    output: dict[str, Any],
    targets: tuple[int, ...],
) -> Order:
    """An order of what was checked already."""
    plain = tuple(named(row) for row in rows)
    asked = [plain, recipe, output, targets, [describe(one) for one in settings]]
    key = json.dumps(asked, ensure_ascii=False, sort_keys=True, default=str)
    return Order(key, plain, recipe, output, targets, settings, load_options(), threads())


def styled(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its style's words in the prompts themselves: what an image remembers outlives the list of styles.

    Raises:
        AdaError: there is no such style.
    """
    if row["engine"] != 'MODEL' or not row["style"] or not row["prompt"].strip():
        return row
    prompt, negative = put_on(find_style(row["style"]), row["prompt"], row["negative"])
    return row | {"prompt": prompt, "negative": negative, "style": ""}


def row_key(order: Order, number: int) -> str:
    """What decides the pixels of a row, as SHA-256."""
    settings = describe(order.settings[number]) if order.settings else None
    asked = json.dumps([order.rows[number], order.recipe, settings], sort_keys=True, default=str)
    return hashlib.sha256(asked.encode()).hexdigest()


def choose_prompts(values: dict[str, Any], lists: Path) -> list[dict[str, Any]]:
    """The rows of one click: where the prompt holds choices, each picture gets a form of its own, by its seed.

    Raises:
        AdaError: braces that do not match, or a list that is missing.
    """
    if values["engine"] == 'PROCEDURAL' or not has_choices(values["prompt"]):
        return [values]
    prompts = expand_random(values["prompt"], values["count"], values["seed"], lists)
    seeds = [(values["seed"] + number) % LARGEST_SEED for number in range(values["count"])]
    return [values | {"prompt": prompt, "seed": seed, "count": 1} for prompt, seed in zip(prompts, seeds)]


def lists_folder(chosen: str) -> Path:
    """Where the lists of wildcards lie: where the batch's settings say, else in the data folder."""
    return absolute(chosen) if chosen else doctor.data_folder() / "wildcards"


def with_images(row: dict[str, Any]) -> dict[str, Any]:
    """What an image remembers of its row, with datablocks again in place of their names; None for those gone."""
    held = {name: bpy.data.images.get(row.get(name) or "") for name in ("source", "mask", "ip_image")}
    controls = [one | {"image": bpy.data.images.get(one.get("image") or "")} for one in row.get("controls", ())]
    return {**row, **held, **({"controls": tuple(controls)} if "controls" in row else {})}


def load_options() -> LoadOptions:
    """How models are run on this computer, by the preferences, and where what one lacks may lie."""
    chosen, folders = preferences(), tuple(models.scanned_folders())
    if chosen is None:
        return LoadOptions(folders=folders)
    return LoadOptions(chosen.channels_last, chosen.compile_models, chosen.bfloat16, chosen.float8, folders)


def threads() -> int:
    """How many threads torch may take: all but those the preferences leave to the interface."""
    chosen = preferences()
    return max(1, (os.cpu_count() or 1) - (chosen.free_threads if chosen is not None else 1))


def take_seed(values: dict[str, Any]) -> int:
    """The seed of this click, by the seed mode."""
    return random_seed() if values["seed_mode"] == 'RANDOM' else int(values["seed"])


def note_seed(group: bpy.types.PropertyGroup, values: dict[str, Any], seed: int) -> None:
    """Show the seed that was taken, or for 'INCREMENT' the one after it."""
    if values["seed_mode"] == 'RANDOM':
        group.seed = seed
    elif values["seed_mode"] == 'INCREMENT':
        group.seed = (seed + values["count"]) % LARGEST_SEED


def random_seed() -> int:
    return random.SystemRandom().randrange(LARGEST_SEED)


def as_settings(values: dict[str, Any], recipe: dict[str, Any], extras: Extras) -> TextureSettings:
    """Settings of the diffusion job; the recipe is what a procedural start shows.

    Raises:
        AdaError: no prompt, no model, no image or mask where one is needed.
    """
    is_drawn = values["mode"] == 'PROCEDURAL'
    start = as_recipe(recipe, values["seed"]) if is_drawn else None
    prompt = values["prompt"] if values["prompt"].strip() or start is None else describe_recipe(fill_in(start))
    if not prompt.strip():
        raise AdaError("Write under Prompt what the texture shall show")
    model = BUILT_IN
    if values["engine"] == 'MODEL':
        if not values["model"]:
            raise AdaError("Choose a model under Model, or press Find Models")
        model = absolute(values["model"])
        model = model.parent if model.name == "model_index.json" else model
    image = mask = None
    if start is not None:
        if values["width"] != values["height"]:
            raise AdaError("Procedural textures are square. Make width and height equal")
        image = light(draw(start, min(values["width"], LARGEST_START)))
    elif values["mode"] != 'TEXT':
        image, mask = read_source(values)
    sides = tuple(values[f"add_{side}"] for side in ("left", "right", "top", "bottom"))
    if values["mode"] == 'OUTPAINT' and not any(sides):
        raise AdaError("Say under Start From how many pixels to add on which side")
    names = ("negative", "width", "height", "steps", "seed", "count", "seamless", "strength")
    return TextureSettings(
        **{name: values[name] for name in (*names, "scheduler", "tiled_vae", "variation", "variation_seed")},
        prompt=prompt,
        guidance=values["guidance"] or None,
        image=image,
        mask=mask,
        outpaint=sides if values["mode"] == 'OUTPAINT' else (0, 0, 0, 0),
        model=model,
        device=device(),
        **(extras.read(values) if values["engine"] == 'MODEL' else {}),
    )


def read_source(values: dict[str, Any]) -> tuple[np.ndarray, np.ndarray | None]:
    """The image to start from, (h, w, 3), and its mask, (h, w), 1 where it is made anew.

    Raises:
        AdaError: one of them is missing, or nothing is masked.
    """
    if values["source"] is None:
        raise AdaError("Choose the image to start from under Image")
    rgba = textures.read_image(values["source"])
    if values["mode"] != 'INPAINT':
        return rgba[..., :3], None
    if values["mask_from"] == 'ALPHA':
        mask = 1.0 - rgba[..., 3]
    elif values["mask"] is None:
        raise AdaError("Choose a mask image, or press New Mask and paint white what is to be made anew")
    else:
        painted = textures.read_image(values["mask"])
        mask = painted[..., :3].mean(2) * painted[..., 3]
    if not mask.max() > 0:
        raise AdaError("Nothing is masked. Paint white, or erase, what is to be made anew")
    return rgba[..., :3], mask


def device() -> str:
    """The preferences' device as torch names it, or "auto"."""
    chosen = preferences()
    if chosen is None:
        return "auto"
    return f"cuda:{chosen.device_index}" if chosen.device == 'CUDA' else chosen.device.lower()
