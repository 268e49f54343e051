"""Styles: words put around every prompt. Files are JSON, or A1111's styles.csv, where `{prompt}` means the same."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import AdaError
from ..files import write_json
from .wildcards import read_text

PLACE = "{prompt}"  # Where the user's own words go; without it a style's follow them.


@dataclass(frozen=True, slots=True)
class Style:
    """What is put around a prompt."""

    name: str
    prompt: str = ""
    negative: str = ""


SHIPPED = (
    Style("Photo Scan", "{prompt}, scanned surface, photo from straight above, even light, sharp detail",
          "shadow, perspective, blurry, text, watermark, border"),
    Style("Hand Painted", "{prompt}, hand painted game texture, visible brush strokes, soft shading",
          "photo, noise, text, watermark, border"),
    Style("Toon", "{prompt}, flat colors, clean outlines, cel shaded game texture",
          "photo, noise, gradient, text, watermark"),
    Style("Pixel Art", "{prompt}, pixel art tile, limited palette", "photo, blurry, gradient, text, watermark"),
)  # fmt: skip


def put_on(style: Style, prompt: str, negative: str) -> tuple[str, str]:
    """Prompt and negative prompt with a style around them."""
    return _join(style.prompt, prompt), _join(style.negative, negative)


def _join(words: str, text: str) -> str:
    if PLACE in words:
        return words.replace(PLACE, text.strip())
    return ", ".join(part for part in (text.strip(), words.strip()) if part)


def load(path: Path) -> list[Style]:
    """The styles of a file, JSON or CSV by its name; rows without a name are passed over.

    Raises:
        AdaError: it cannot be read, or is no list of styles.
    """
    text = read_text(path)
    try:
        rows = csv.DictReader(io.StringIO(text)) if path.suffix.lower() == ".csv" else json.loads(text)
        styles = [_style(row) for row in rows]
    except (ValueError, TypeError, AttributeError, csv.Error) as error:
        raise AdaError(
            "'{name}' holds no styles. Choose a JSON file of styles, or a styles.csv", name=path.name
        ) from error
    return merged([], [style for style in styles if style.name])


def save(path: Path, styles: Iterable[Style]) -> None:
    """Write styles as JSON.

    Raises:
        AdaError: it could not be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, [asdict(style) for style in styles])


def merged(styles: Iterable[Style], more: Iterable[Style]) -> list[Style]:
    """Both, by name; the later one of a name stays in the earlier one's place."""
    return list({style.name: style for style in (*styles, *more)}.values())


def _style(row: Mapping[str, object]) -> Style:
    texts = [row.get("name"), row.get("prompt"), row.get("negative_prompt", row.get("negative"))]
    if not all(isinstance(text, str | None) for text in texts):
        raise TypeError("no text")
    name, prompt, negative = (str(text or "") for text in texts)
    return Style(name.strip(), prompt, negative)
