"""The tokenizer: CLIP's byte-pair scheme whose vocabulary holds every caption word whole; others fall to pieces."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

from transformers import CLIPTokenizer

from ...procedural import caption
from ...procedural.catalog import MATERIALS
from ...procedural.recipe import FINISHES, SIZES, TONES
from .architecture import TOKENS

# Common in prompts, without meaning for the pictures; the model learns to read over them.
FILLERS = (
    "made",
    "of",
    "on",
    "the",
    "very",
    "some",
    "my",
    "style",
    "beautiful",
    "realistic",
    "hd",
    "4k",
    "8k",
    "game",
    "render",
    "background",
    "image",
    "wall",
    "floor",
    "ground",
    "old",
    "new",
    "nice",
    "closeup",
    "detail",
    "medieval",
    "modern",
    "fantasy",
)


def caption_words() -> list[str]:
    """Every word that a caption can hold, sorted."""
    texts = [*caption.BEFORE, *caption.AFTER, *SIZES, *FINISHES, *TONES, *FILLERS, "and", "with", "is"]
    tables = (caption.COLOR_WORDS, caption.SIZE_WORDS, caption.FINISH_WORDS, caption.TONE_WORDS, caption.WEAR_WORDS)
    texts += [word for table in tables for words in table.values() for word in words]
    for entry in MATERIALS.values():
        texts += [*entry.words, entry.name, entry.part, *entry.variants.values()]
    return sorted({word for text in texts for word in re.findall(r"[a-z]+|[0-9]|[^\sa-z0-9]+", text.lower())})


def _byte_characters() -> list[str]:
    """GPT-2's printable stand-ins for the 256 bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in plain]
    table = {b: chr(b) for b in plain} | {b: chr(256 + i) for i, b in enumerate(others)}
    return [table[b] for b in range(256)]


def make_tokenizer(folder: Path) -> CLIPTokenizer:
    """Merge byte pairs until each caption word is one token; write the tokenizer into `folder` and return it."""
    vocabulary = {c: i for i, c in enumerate([c + end for end in ("", "</w>") for c in _byte_characters()])}
    words = [[*word[:-1], word[-1] + "</w>"] for word in caption_words()]
    merges = []
    while pairs := Counter(pair for word in words for pair in pairwise(word)):
        first, second = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append((first, second))
        vocabulary.setdefault(first + second, len(vocabulary))
        words = [_merge(word, first, second) for word in words]
    for mark in ("<|startoftext|>", "<|endoftext|>"):
        vocabulary[mark] = len(vocabulary)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    tokenizer = CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=TOKENS)  # type: ignore[arg-type]
    tokenizer.save_pretrained(folder)
    return tokenizer


def _merge(word: list[str], first: str, second: str) -> list[str]:
    out: list[str] = []
    for piece in word:
        if out and out[-1] == first and piece == second:
            out[-1] = first + second
        else:
            out.append(piece)
    return out
