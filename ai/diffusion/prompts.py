"""Prompts with weights, such as `(moss:1.3)`, and prompts longer than the text encoder: as embeddings, for CLIP."""

from __future__ import annotations

import re
from typing import Any

import torch
from torch import Tensor

UP, DOWN = 1.1, 1 / 1.1  # What `(…)` and `[…]` do to the words inside.
MOST, LEAST = 10.0, -10.0
_PIECES = re.compile(r"\\[\\()\[\]]|[(\[]|:\s*[+-]?(?:\d+\.?\d*|\.\d+)\s*\)|[)\]]|[^\\()\[\]:]+|.", re.DOTALL)


def parse_prompt(prompt: str) -> list[tuple[str, float]]:
    r"""Split a prompt into pieces of one weight each.

    `(text:1.3)` multiplies the weight by 1.3, `(text)` by 1.1, `[text]` divides by 1.1; they nest. `\(` is a plain
    bracket, and so is one without its partner.

    Returns:
        Pieces with their weights; joined, they are the prompt without its marks.
    """
    pieces: list[tuple[str, float]] = []
    opened: list[tuple[str, int]] = []
    for part in _PIECES.findall(prompt):
        if len(part) == 2 and part[0] == "\\":
            pieces.append((part[1], 1.0))
        elif part in "([":
            opened.append((part, len(pieces)))
            pieces.append((part, 1.0))  # Stays if it is never closed.
        elif part[-1] == ")" and opened and opened[-1][0] == "(":
            weight = UP if part == ")" else float(part[1:-1])
            _close(pieces, opened.pop()[1], weight)
        elif part == "]" and opened and opened[-1][0] == "[":
            _close(pieces, opened.pop()[1], DOWN)
        else:
            pieces.append((part, 1.0))
    merged: list[tuple[str, float]] = []
    for text, weight in pieces:
        if merged and merged[-1][1] == weight:
            merged[-1] = (merged[-1][0] + text, weight)
        elif text:
            merged.append((text, min(max(weight, LEAST), MOST)))
    return merged


def _close(pieces: list[tuple[str, float]], start: int, weight: float) -> None:
    pieces[start:] = [("", 1.0)] + [(text, old * weight) for text, old in pieces[start + 1 :]]


def plain_text(prompt: str) -> str:
    """The prompt without its marks."""
    return "".join(text for text, _ in parse_prompt(prompt))


def encode_prompts(pipeline: Any, prompt: str, negative: str) -> tuple[dict[str, Any], bool]:
    """What to call a pipeline with for a prompt and its negative.

    Plain prompts that fit are left to the pipeline. Others become embeddings: the words are cut into pieces as long as
    the encoder takes, each is encoded on its own, and every token's features are moved away from those of the empty
    prompt, z = empty + weight (z - empty).

    Returns:
        Arguments, and whether all was heeded: other families than Stable Diffusion 1, 2 and XL take no weights.
    """
    encoders = _encoders(pipeline)
    texts = [parse_prompt(prompt), parse_prompt(negative)]
    plain = ["".join(text for text, _ in pieces) for pieces in texts]
    weighted = any(weight != 1.0 for pieces in texts for _, weight in pieces)
    simple: dict[str, Any] = {"prompt": plain[0]} | ({"negative_prompt": plain[1]} if plain[1] else {})
    if not encoders:
        return simple, not weighted
    too_long = any(len(_tokens(t, text)) > _room(t) for t, _ in encoders for text in plain)
    if not weighted and not too_long:
        return simple, True
    penultimate = len(encoders) > 1 or hasattr(pipeline, "text_encoder_2")
    features: list[list[Tensor]] = [[], []]
    pooled: list[Tensor] = []
    for tokenizer, encoder in encoders:
        chunks = [_chunks(pipeline, tokenizer, pieces) for pieces in texts]
        count = max(map(len, chunks))
        for side, own in enumerate(chunks):
            own += [([], [])] * (count - len(own))
            states, pool = _encode(tokenizer, encoder, own, penultimate)
            features[side].append(states)
            if pool is not None and encoder is encoders[-1][1]:
                pooled.append(pool)
    count = max(one.shape[1] for side in features for one in side)
    both = [torch.cat([_lengthen(one, count) for one in side], -1) for side in features]
    if not penultimate:
        return {"prompt_embeds": both[0], "negative_prompt_embeds": both[1]}, True
    if not plain[1] and getattr(pipeline.config, "force_zeros_for_empty_prompt", False):
        both[1], pooled[1] = torch.zeros_like(both[0]), torch.zeros_like(pooled[0])
    return {
        "prompt_embeds": both[0], "negative_prompt_embeds": both[1],
        "pooled_prompt_embeds": pooled[0], "negative_pooled_prompt_embeds": pooled[1],
    }, True  # fmt: skip


def _encoders(pipeline: Any) -> list[tuple[Any, Any]]:
    """(tokenizer, text encoder) of the CLIP families, in the order their features are joined."""
    if getattr(pipeline, "unet", None) is None:
        return []
    pairs = [("tokenizer", "text_encoder"), ("tokenizer_2", "text_encoder_2")]
    found = [(getattr(pipeline, a, None), getattr(pipeline, b, None)) for a, b in pairs]
    return [(t, e) for t, e in found if t is not None and e is not None and "CLIP" in type(e).__name__]


def _room(tokenizer: Any) -> int:
    return int(tokenizer.model_max_length) - 2


def _tokens(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False, truncation=False, verbose=False).input_ids)


def _chunks(pipeline: Any, tokenizer: Any, pieces: list[tuple[str, float]]) -> list[tuple[list[int], list[float]]]:
    ids: list[int] = []
    weights: list[float] = []
    for text, weight in pieces:
        if hasattr(pipeline, "maybe_convert_prompt"):  # One learned word may be several tokens.
            text = pipeline.maybe_convert_prompt(text, tokenizer)
        own = _tokens(tokenizer, text)
        ids += own
        weights += [weight] * len(own)
    room = _room(tokenizer)
    return [(ids[i : i + room], weights[i : i + room]) for i in range(0, max(len(ids), 1), room)]


@torch.no_grad()
def _encode(
    tokenizer: Any, encoder: Any, chunks: list[tuple[list[int], list[float]]], penultimate: bool
) -> tuple[Tensor, Tensor | None]:
    """Features (1, n tokens, c) of all chunks in a row, and the pooled ones of the first."""
    length = _room(tokenizer) + 2
    rows, weights = [], []
    for ids, own in [([], []), *chunks]:
        row = [tokenizer.bos_token_id, *ids, tokenizer.eos_token_id]
        rows.append(row + [tokenizer.pad_token_id] * (length - len(row)))
        weights.append([1.0, *own] + [1.0] * (length - 1 - len(own)))
    out = encoder(torch.tensor(rows, device=encoder.device), output_hidden_states=penultimate)
    states = out.hidden_states[-2] if penultimate else out[0]
    empty, states = states[:1], states[1:]
    share = torch.tensor(weights[1:], device=states.device, dtype=states.dtype)[..., None]
    if any(weight != 1.0 for row in weights for weight in row):
        states = torch.where(share == 1, states, empty + share * (states - empty))
    pooled = out[0][1:2] if penultimate and out[0].ndim == 2 else None
    return states.flatten(0, 1)[None], pooled


def _lengthen(states: Tensor, count: int) -> Tensor:
    missing = count - states.shape[1]
    return states if not missing else torch.nn.functional.pad(states, (0, 0, 0, missing))
