"""The tokenizer of a checkpoint in one file, which holds none: found on this computer.

CLIP's vocabulary, the same for all Stable Diffusions, lies in every diffusers folder, in ComfyUI and, as one packed
list, in the packages open_clip and clip that A1111 installs; T5's in diffusers folders of FLUX and in ComfyUI.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..errors import AdaError
from .models import hub_cache
from .models.architecture import Words
from .models.catalogue import SKIPPED

DEEPEST = 5  # Folders below one that is searched.
PARENTS = 5  # Folders above the model in which a ComfyUI or A1111 is looked for.
PACKED = "bpe_simple_vocab_16e6.txt.gz"
COMFY = ("comfy/sd1_tokenizer", "comfy/text_encoders/t5_tokenizer")
PACKAGES = ("open_clip", "clip")
MARKS = ("<|startoftext|>", "<|endoftext|>")
CLIP_MERGES = 49152 - 256 - 2  # Of the packed list's lines, after the first. Source: openai/CLIP.


def write_tokenizer(words: Words, folder: Path, model: Path, places: Sequence[Path] = ()) -> None:
    """Find the vocabulary that a text encoder wants and write it into a folder, as `from_pretrained` reads it.

    Args:
        words: what is wanted.
        folder: is made.
        model: the checkpoint, beside and above which is searched first.
        places: more folders to search: those in which models are kept.

    Raises:
        AdaError: there is none on this computer.
    """
    for place in _candidates(model, places):
        found = _read_clip(place) if words.is_clip else None
        if found is not None and len(found[0]) == words.size:
            _write_clip(found, words, folder)
            return
        if not words.is_clip and _is_t5(place):
            folder.mkdir(parents=True)
            for name in ("tokenizer.json", "spiece.model", "tokenizer_config.json", "special_tokens_map.json"):
                if (place / name).is_file():
                    shutil.copyfile(place / name, folder / name)
            return
    if words.is_clip:
        raise AdaError(
            "'{name}' needs the vocabulary of CLIP, which no single file holds and which is not on this computer. "
            "Put vocab.json and merges.txt of openai/clip-vit-large-patch14 beside it, or install any Stable "
            "Diffusion as a diffusers folder",
            name=model.name,
        )
    raise AdaError(
        "'{name}' needs the vocabulary of T5, which no single file holds and which is not on this computer. Install "
        "any FLUX as a diffusers folder, or put its tokenizer_2 beside the file",
        name=model.name,
    )


def _candidates(model: Path, places: Sequence[Path]) -> Iterator[Path]:
    """Folders that may hold a vocabulary, the nearest first."""
    yield from _below(model.parent, 1)
    for root in list(model.resolve().parents)[1 : 1 + PARENTS]:
        yield from (root / name for name in COMFY)
        for package in PACKAGES:
            yield from sorted(root.glob(f"venv/lib/python*/site-packages/{package}"))
            yield root / "venv" / "Lib" / "site-packages" / package
    for place in places:
        yield from (place / name for name in COMFY)
        yield from _below(place, DEEPEST)
    yield from _below(hub_cache(), DEEPEST)
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        yield from (Path(place) for place in (spec.submodule_search_locations or ()) if spec) if spec else ()


def _below(folder: Path, depth: int) -> Iterator[Path]:
    """A folder and those in it, in a steady order; none where there is no such folder."""
    try:
        entries = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    except PermissionError:
        return  # A folder of somebody else holds nothing for us.
    yield folder
    for path in entries if depth else ():
        if path.name not in SKIPPED:
            yield from _below(path, depth - 1)


def _read_clip(folder: Path) -> tuple[dict[str, int], list[str]] | None:
    """Vocabulary and merges of a folder, if it holds some of CLIP's kind."""
    try:
        if (folder / "vocab.json").is_file() and (folder / "merges.txt").is_file():
            vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
            lines = (folder / "merges.txt").read_text(encoding="utf-8").splitlines()
            merges = [line for line in lines if line and not line.startswith("#version")]
        elif (folder / "tokenizer.json").is_file():
            document = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]
            vocabulary = document["vocab"]
            merges = [one if isinstance(one, str) else " ".join(one) for one in document["merges"]]
        elif (folder / PACKED).is_file():
            return _unpack(folder / PACKED)
        else:
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None  # Of some other program.
    return (vocabulary, merges) if isinstance(vocabulary, dict) and set(MARKS) <= vocabulary.keys() else None


def _unpack(path: Path) -> tuple[dict[str, int], list[str]]:
    merges = gzip.decompress(path.read_bytes()).decode("utf-8").split("\n")[1 : 1 + CLIP_MERGES]
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]  # Bytes that stand for themselves come first.
    letters = [chr(byte) for byte in plain] + [chr(256 + number) for number in range(256 - len(plain))]
    pieces = [*letters, *(letter + "</w>" for letter in letters), *("".join(pair.split()) for pair in merges), *MARKS]
    return {piece: number for number, piece in enumerate(pieces)}, merges


def _write_clip(found: tuple[dict[str, int], list[str]], words: Words, folder: Path) -> None:
    vocabulary, merges = found
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]) + "\n", encoding="utf-8")
    config: dict[str, Any] = {
        "tokenizer_class": "CLIPTokenizer",
        "model_max_length": words.length,
        "bos_token": MARKS[0],
        "eos_token": MARKS[1],
        "unk_token": MARKS[1],
        "pad_token": words.padding,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")


def _is_t5(folder: Path) -> bool:
    if (folder / "spiece.model").is_file():
        return True
    try:
        document = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
        return bool(document["model"]["type"] == "Unigram")
    except (OSError, ValueError, KeyError, TypeError):
        return False
