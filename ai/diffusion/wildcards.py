"""Many prompts from one: `{red|blue} brick`, `__colour__` from a list, one prompt a line, or a table.

`{a|b|c}` is one of its parts; parts may hold braces, and may be empty; `{3::a|b}` takes `a` three times as often.
`__name__` is one line of `name.txt` in the folder of lists. A backslash takes the meaning off the next character.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from ..errors import AdaError

DEEPEST = 16  # Braces within braces.
LONGEST = 10_000  # Characters of a prompt.
MOST = 10_000  # Prompts.
_LIST = re.compile(r"__([A-Za-z0-9][A-Za-z0-9 _-]*?)__")
_WEIGHT = re.compile(r"\s*(\d+(?:\.\d+)?)::")
_LARGEST_FILE = 1 << 22


@dataclass(frozen=True, slots=True)
class _Choice:
    parts: tuple[_Text, ...]
    weights: tuple[float, ...]


_Text = tuple["str | _Choice", ...]  # What follows one another.


@dataclass(slots=True)
class _Lists:
    folder: Path | None
    read: dict[str, _Choice | None]  # None while it is being read.


def expand_all(prompt: str, folder: Path | None = None, most: int = MOST) -> list[str]:
    """Every combination, the last choice changing fastest, without repetitions.

    Args:
        prompt: see the head of this file.
        folder: of the lists.
        most: where to stop.

    Raises:
        AdaError: braces that do not match, a list that is missing, a prompt that is too long.
    """
    found = (_tidy(text) for text in _every(_parse(prompt, _Lists(folder, {}))))
    return list(dict.fromkeys(islice(found, min(most, MOST))))


def expand_random(prompt: str, count: int, seed: int = 0, folder: Path | None = None) -> list[str]:
    """Prompts with every choice made by chance. The same seed gives the same ones, whatever `count` is.

    Raises:
        AdaError: as `expand_all`.
    """
    tree = _parse(prompt, _Lists(folder, {}))
    return [_tidy(_one(tree, np.random.default_rng([seed % 2**64, i]))) for i in range(min(count, MOST))]


def read_prompts(text: str) -> list[str]:
    """One prompt a line; empty lines and those that begin with # are passed over.

    Raises:
        AdaError: more than `MOST`.
    """
    lines = [line.strip() for line in text.lstrip("\ufeff").splitlines()]
    prompts = [line for line in lines if line and not line.startswith("#")]
    if len(prompts) > MOST:
        raise AdaError("There are {count} prompts. Take at most {most}", count=len(prompts), most=MOST)
    return prompts


def read_table(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """A CSV file whose first row names its columns; cells that are empty are left out of their row.

    Args:
        path: comma, semicolon or tab between the cells; UTF-8.
        columns: names that may occur; "prompt" must.

    Raises:
        AdaError: the file cannot be read, or names a column that is not known, or has no prompts.
    """
    text = read_text(path)
    first = text.splitlines()[0] if text.strip() else ""
    between = max(",;\t", key=first.count)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=False))
    head = [name.strip().lower() for name in rows[0]] if rows else []
    if "prompt" not in head:
        raise AdaError("'{name}' has no column 'prompt'. Name the columns in the first row", name=path.name)
    if unknown := [name for name in head if name not in columns]:
        raise AdaError(
            "The column '{column}' is not known. Choose from: {known}", column=unknown[0], known=", ".join(columns)
        )
    table = [
        {name: cell.strip() for name, cell in zip(head, row) if cell.strip()}
        for row in rows[1:]
        if any(cell.strip() for cell in row)
    ]
    if len(table) > MOST:
        raise AdaError("There are {count} prompts. Take at most {most}", count=len(table), most=MOST)
    return table


def has_choices(prompt: str) -> bool:
    """Whether a prompt holds choices or names lists."""
    return "{" in prompt or "}" in prompt or bool(_LIST.search(prompt))


def list_names(folder: Path) -> list[str]:
    """Names of the lists in a folder."""
    return sorted(path.stem for path in folder.glob("*.txt")) if folder.is_dir() else []


def read_text(path: Path) -> str:
    """A text file.

    Raises:
        AdaError: it cannot be read, or is no list by its size.
    """
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise AdaError("'{name}' is too large for a list of prompts. Choose another file", name=path.name)
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise AdaError("'{name}' cannot be read as text. Save it as UTF-8", name=path.name) from error


def _parse(text: str, lists: _Lists) -> _Text:
    if len(text) > LONGEST:
        raise AdaError("The prompt is longer than {most} characters. Shorten it", most=LONGEST)
    tree, at = _read_parts(text, 0, lists, 0)
    if at < len(text):
        raise _unmatched(text)
    return tree[0]


def _read_parts(text: str, at: int, lists: _Lists, depth: int) -> tuple[list[_Text], int]:
    """The parts between bars up to a closing brace, or at depth 0 of braces the whole text as one part."""
    if depth > DEEPEST:
        raise AdaError("The prompt has braces within each other more than {deepest} deep. Simplify it", deepest=DEEPEST)
    parts: list[list[str | _Choice]] = [[]]
    inside = at > 0
    while at < len(text):
        char = text[at]
        if char == "\\" and at + 1 < len(text) and text[at + 1] in "\\{|}_":
            parts[-1].append(text[at + 1])
            at += 2
        elif char == "{":
            options, at = _read_parts(text, at + 1, lists, depth + 1)
            if at >= len(text):
                raise _unmatched(text)
            parts[-1].append(_choice(options))
            at += 1
        elif char == "}":
            if not inside:
                raise _unmatched(text)
            break
        elif char == "|" and inside:
            parts.append([])
            at += 1
        elif char == "_" and (found := _LIST.match(text, at)):
            parts[-1].append(_read_list(found[1], lists))
            at = found.end()
        else:
            end = next((i for i in range(at + 1, len(text)) if text[i] in "\\{|}_"), len(text))
            parts[-1].append(text[at:end])
            at = end
    return [tuple(part) for part in parts], at


def _choice(options: list[_Text]) -> _Choice:
    parts, weights = [], []
    for option in options:
        weight = 1.0
        if option and isinstance(option[0], str) and (found := _WEIGHT.match(option[0])):
            weight = float(found[1])
            option = (option[0][found.end() :], *option[1:])
        parts.append(option)
        weights.append(weight)
    return _Choice(tuple(parts), tuple(weights) if any(weights) else (1.0,) * len(parts))


def _read_list(name: str, lists: _Lists) -> _Choice:
    if name in lists.read:
        if (known := lists.read[name]) is None:
            raise AdaError("The list '{name}' names itself. Take that line out", name=name)
        return known
    if lists.folder is None or not (path := lists.folder / f"{name}.txt").is_file():
        raise AdaError("There is no list '{name}'. Put {name}.txt into the folder of lists", name=name)
    lines = read_prompts(read_text(path))
    if not lines:
        raise AdaError("The list '{name}' is empty. Write one word a line", name=name)
    lists.read[name] = None
    choice = _choice([_parse(line, lists) for line in lines])
    lists.read[name] = choice
    return choice


def _every(tree: _Text) -> Iterator[str]:
    if not tree:
        yield ""
        return
    head, rest = tree[0], tree[1:]
    starts = iter([head]) if isinstance(head, str) else (text for part in head.parts for text in _every(part))
    for start in starts:
        for end in _every(rest):
            yield start + end


def _one(tree: _Text, rng: np.random.Generator) -> str:
    texts = []
    for piece in tree:
        if isinstance(piece, str):
            texts.append(piece)
        else:
            weights = np.array(piece.weights)
            texts.append(_one(piece.parts[rng.choice(len(weights), p=weights / weights.sum())], rng))
    return "".join(texts)


def _tidy(text: str) -> str:
    """Without the double spaces and commas that an empty part leaves."""
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s+([,.;:])", r"\1", re.sub(r"(,\s*)+,", ",", text))
    return text.strip(" ,")


def _unmatched(text: str) -> AdaError:
    return AdaError("The braces in '{prompt}' do not match. Write {{red|blue}}", prompt=text[:60])
