"""Generate Batch: many prompts and seeds, each written to a file as soon as it is made.

A batch always begins with the seed that the panel shows, whatever the seed mode: only so does it go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ..ai.diffusion.wildcards import expand_all, expand_random, read_prompts, read_table, read_text
from ..ai.errors import AdaError
from ..ai.job import Job, Progress
from ..render import assets, textures
from . import texture, texture_output
from .job import JobOperator
from .properties import parse, read_settings
from .reconstruct import absolute
from .texture_batch_properties import BatchProperties
from .texture_order import LARGEST_SEED, Order, lists_folder, make_order, row_key

MOST = 10_000  # Textures.
MOST_OPENED = 256
# Columns of a table: settings of `scene.ada.texture`.
COLUMNS = (
    "prompt", "negative", "seed", "width", "height", "steps", "guidance", "seamless", "strength", "scheduler",
    "variation", "variation_seed", "count",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BatchOrder:
    """What a batch job needs. Equal orders give equal files."""

    order: Order
    folder: Path
    opens: bool


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What came of it."""

    made: tuple[Path, ...]
    kept: tuple[Path, ...]  # There already, with the same settings.


class ADA_OT_texture_batch(BatchProperties, JobOperator, bpy.types.Operator):
    """Make textures of many prompts in the background, each a PNG file at once. Started again, it goes on from there"""

    bl_idname = "ada.texture_batch"
    bl_label = "Generate Batch"

    def settings(self, context: bpy.types.Context) -> BatchOrder:
        return self.read(context, self)

    @classmethod
    def read(cls, context: bpy.types.Context, operator: bpy.types.Operator | None = None) -> BatchOrder:
        """All settings, copied from the scene and the operator, with the prompts read and their choices made."""
        store = context.scene.ada
        values, batch = read_settings(store.texture), read_settings(store.texture_batch, operator)
        if values["engine"] == 'PROCEDURAL':
            raise AdaError("A batch needs a model that reads prompts. Choose another one under Engine")
        folder = absolute(batch["folder"])
        output = read_settings(store.texture_output) | {"material": False, "asset": False}
        recipe = read_settings(store.recipe)
        return BatchOrder(make_order(make_rows(values, batch), recipe, output, ()), folder, batch["load"])

    @classmethod
    def start(cls, settings: BatchOrder) -> Job:
        order, folder = settings.order, settings.folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise AdaError("Cannot write '{name}'. Check the folder and the free space", name=str(folder)) from error
        made, kept, total = [], [], len(order.rows)
        for number, row in enumerate(order.rows):
            path = folder / file_name(number, row)
            if is_made(path, order, number):
                kept.append(path)
                continue
            yield Progress(number / total, "Texture {number} of {count}", {"number": number + 1, "count": total})
            (picture,) = yield from texture.scaled(texture.make_row(order, number), number, total)
            texture_output.write_files(order, picture, path)
            made.append(path)
        return BatchResult(tuple(made), tuple(kept))

    @classmethod
    def finish(cls, context: bpy.types.Context, settings: BatchOrder, result: BatchResult) -> str:
        if settings.opens and result.made:
            for path in result.made[:MOST_OPENED]:
                image = textures.open_made(path)
                assets.set_preview(image, textures.read_image(image)[..., :3])
            textures.show(image)
        return str(settings.folder)


def make_rows(values: dict[str, Any], batch: dict[str, Any]) -> list[dict[str, Any]]:
    """One row of `scene.ada.texture` for each texture: prompts times their choices times seeds.

    Raises:
        AdaError: no prompts, too many, or a table that cannot be read.
    """
    lists = lists_folder(batch["lists"])
    rows = []
    for given in _entries(values, batch):
        prompts = (
            expand_all(given["prompt"], lists, MOST)
            if batch["combine"] == 'ALL'
            else expand_random(given["prompt"], batch["forms"], given["seed"], lists)
        )
        for prompt in prompts:
            for _ in range(given["count"]):
                offset = len(rows) % given["count"] if batch["same_seeds"] or "seed" in given["own"] else len(rows)
                row = {name: value for name, value in given.items() if name != "own"}
                rows.append(row | {"prompt": prompt, "seed": (given["seed"] + offset) % LARGEST_SEED, "count": 1})
                if len(rows) > MOST:
                    raise AdaError("These are more than {most} textures. Take fewer prompts or seeds", most=MOST)
    if not rows:
        raise AdaError("There is no prompt. Write one a line")
    return rows


def _entries(values: dict[str, Any], batch: dict[str, Any]) -> list[dict[str, Any]]:
    """The prompts before their choices are made, with the settings that a table gives them."""
    base = values | {"count": batch["seeds"], "own": frozenset()}
    if batch["origin"] == 'PROMPT':
        return [base]
    if batch["origin"] == 'TEXT':
        if batch["text"] is None:
            raise AdaError("Choose a text with one prompt a line under Text")
        return [base | {"prompt": prompt} for prompt in read_prompts(batch["text"].as_string())]
    if not batch["file"]:
        raise AdaError("Choose a file of prompts under File")
    path = absolute(batch["file"])
    if path.suffix.lower() not in {".csv", ".tsv"}:
        return [base | {"prompt": prompt} for prompt in read_prompts(read_text(path))]
    properties = bpy.context.scene.ada.texture.bl_rna.properties
    entries = []
    for number, cells in enumerate(read_table(path, COLUMNS), 2):
        try:
            given = {name: _cell(properties[name], cell) for name, cell in cells.items()}
        except (TypeError, ValueError, KeyError) as error:
            raise AdaError("Row {row} of '{name}' holds a value that does not fit its column", row=number,
                           name=path.name) from error  # fmt: skip
        entries.append(base | given | {"own": frozenset(given)})
    return entries


def _cell(prop: bpy.types.Property, text: str) -> Any:
    """A cell as the setting's own type.

    Raises:
        ValueError: it is out of range or no choice.
    """
    value = parse(prop, text.upper() if prop.type == 'ENUM' else text)
    if prop.type == 'ENUM' and value not in prop.enum_items:
        raise ValueError(text)
    if prop.type in {'INT', 'FLOAT'} and not prop.hard_min <= value <= prop.hard_max:
        raise ValueError(text)
    return value


def file_name(number: int, row: dict[str, Any]) -> str:
    """Such as "0001 red brick 42.png"."""
    return f"{number + 1:04} {textures.clean_name(row['prompt'])} {row['seed']}.png"


def is_made(path: Path, order: Order, number: int) -> bool:
    """Whether a file is there that was made with these very settings."""
    record = textures.file_record(path) if path.is_file() else None
    return record is not None and record.get("key") == row_key(order, number)


classes = (ADA_OT_texture_batch,)
