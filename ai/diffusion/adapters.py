"""What is put on a model for one run and taken off again: LoRAs, learned words, ControlNets, an IP-Adapter."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import diffusers
import torch
from diffusers.loaders.single_file_utils import convert_controlnet_checkpoint
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from ..errors import AdaError
from .models.inspect import read_json
from .settings import Control, TextureSettings

PICKLES = (".bin", ".ckpt", ".pt", ".pth", ".pkl")
_UNFIT = (OSError, ValueError, RuntimeError, KeyError, AttributeError, TypeError, IndexError, SafetensorError)


@contextmanager
def adapted(pipeline: Any, settings: TextureSettings) -> Iterator[dict[str, str]]:
    """Put LoRAs, learned words and the IP-Adapter of the settings on a pipeline; gives the learned words' tokens.

    Raises:
        AdaError: a file is missing, is a pickle, or does not fit.
    """
    files = [path for path, _ in settings.loras] + list(settings.embeddings)
    for path in files + ([settings.ip_adapter] if settings.ip_adapter else []):
        check_file(path)
    with ExitStack() as stack:
        stack.enter_context(_loras(pipeline, settings.loras))
        tokens = stack.enter_context(_learned_words(pipeline, settings.embeddings))
        stack.enter_context(_ip_adapter(pipeline, settings))
        yield tokens


def check_file(path: Path) -> None:
    """Refuse what is missing or could run code.

    Raises:
        AdaError: see there.
    """
    if path.suffix.lower() in PICKLES:
        raise AdaError(
            "'{name}' may hold programs and is not opened. Convert it to .safetensors, or download it as such",
            name=path.name,
        )
    if not path.is_file():
        raise AdaError("'{name}' is missing. Choose another file", name=str(path))


@contextmanager
def _loras(pipeline: Any, loras: tuple[tuple[Path, float], ...]) -> Iterator[None]:
    try:
        for number, (path, _) in enumerate(loras):
            try:
                pipeline.load_lora_weights(
                    str(path.parent), weight_name=path.name, adapter_name=f"lora{number}", local_files_only=True
                )
            except _UNFIT as error:
                raise AdaError("The LoRA '{name}' does not fit this model", name=path.name) from error
            if not any(f"lora{number}" in names for names in pipeline.get_list_adapters().values()):
                raise AdaError("The LoRA '{name}' does not fit this model", name=path.name)
        if loras:
            pipeline.set_adapters([f"lora{i}" for i in range(len(loras))], [weight for _, weight in loras])
        yield
    finally:
        if loras:
            pipeline.unload_lora_weights()


@contextmanager
def _learned_words(pipeline: Any, paths: tuple[Path, ...]) -> Iterator[dict[str, str]]:
    """Textual inversion (Gal et al. 2022, arXiv:2208.01618): more rows in the text encoder's table of words."""
    names = [("tokenizer", "text_encoder"), ("tokenizer_2", "text_encoder_2")]
    places: list[tuple[str, Any, Any]] = [(t, getattr(pipeline, t, None), getattr(pipeline, e, None)) for t, e in names]
    places = [place for place in places if place[1] is not None and "CLIP" in type(place[2]).__name__]
    if not paths:
        yield {}
        return
    if not places:
        raise AdaError("This model takes no embeddings. Remove them, or choose a Stable Diffusion model")
    before = [(name, tokenizer, encoder.get_input_embeddings().weight) for name, tokenizer, encoder in places]
    tokens: dict[str, str] = {}
    try:
        for name, tokenizer, _ in before:
            setattr(pipeline, name, copy.deepcopy(tokenizer))
        for path in paths:
            tokens[path.stem] = f"<{re.sub(r'[^0-9A-Za-z-]', '-', path.stem).lower()}>"
            for number, (name, _, encoder) in enumerate(places):
                _add_word(getattr(pipeline, name), encoder, tokens[path.stem], _vectors(path, number), path.name)
        yield tokens
    finally:
        for (name, tokenizer, weight), (_, _, encoder) in zip(before, places):
            setattr(pipeline, name, tokenizer)
            _set_table(encoder, weight)


def _vectors(path: Path, encoder: int) -> Tensor:
    try:
        state = load_file(path)
    except _UNFIT as error:
        raise AdaError("The embedding '{name}' is damaged. Download or copy it again", name=path.name) from error
    known = ("clip_l", "clip_g")[encoder]
    found = state.get(known, state.get("emb_params", next(iter(state.values())) if len(state) == 1 else None))
    if found is None:
        raise AdaError("The embedding '{name}' does not fit this model", name=path.name)
    return found if found.ndim == 2 else found[None]


def _add_word(tokenizer: Any, encoder: Any, token: str, vectors: Tensor, file: str) -> None:
    table = encoder.get_input_embeddings().weight
    if vectors.shape[1] != table.shape[1]:
        raise AdaError("The embedding '{name}' does not fit this model", name=file)
    words = [token] + [f"{token}_{i}" for i in range(1, len(vectors))]
    tokenizer.add_tokens(words)
    ids = tokenizer.convert_tokens_to_ids(words)
    rows = torch.zeros(max(len(table), max(ids) + 1), table.shape[1], dtype=table.dtype, device=table.device)
    rows[: len(table)] = table.detach()
    rows[ids] = vectors.to(rows)
    _set_table(encoder, nn.Parameter(rows, requires_grad=False))


def _set_table(encoder: Any, weight: nn.Parameter) -> None:
    table = encoder.get_input_embeddings()
    table.weight, table.num_embeddings = weight, len(weight)


def with_tokens(prompt: str, tokens: dict[str, str]) -> str:
    """A prompt in which the names of learned words stand as their tokens."""
    for word, token in tokens.items():
        prompt = re.sub(rf"(?<![\w<]){re.escape(word)}(?![\w>])", token, prompt, flags=re.IGNORECASE)
    return prompt


@contextmanager
def _ip_adapter(pipeline: Any, settings: TextureSettings) -> Iterator[None]:
    """A picture as prompt (Ye et al. 2023, arXiv:2308.06721)."""
    path = settings.ip_adapter
    if path is None:
        yield
        return
    if settings.ip_image is None:
        raise AdaError("The IP-Adapter needs an image. Choose the image that serves as prompt")
    beside = [folder / "image_encoder" for folder in (path.parent, path.parent.parent)]
    encoder = next((folder for folder in beside if folder.is_dir()), None)
    if encoder is None:
        raise AdaError("Beside '{name}' there is no folder image_encoder. Download it as well", name=path.name)
    if not hasattr(pipeline, "unload_ip_adapter") or not hasattr(pipeline, "unet"):
        raise AdaError("This model takes no IP-Adapter. Remove it, or choose a Stable Diffusion model")
    loaded = False
    extractor = pipeline.feature_extractor
    try:
        try:
            loaded = True
            pipeline.load_ip_adapter(
                str(path.parent), subfolder="", weight_name=path.name, image_encoder_folder=str(encoder),
                local_files_only=True,
            )  # fmt: skip
            pipeline.set_ip_adapter_scale(settings.ip_weight)
        except _UNFIT as error:
            raise AdaError("The IP-Adapter '{name}' does not fit this model", name=path.name) from error
        yield
    finally:
        if loaded:
            pipeline.unload_ip_adapter()
            pipeline.register_modules(feature_extractor=extractor)


def load_controlnets(controls: tuple[Control, ...], pipeline: Any) -> list[Any]:
    """The ControlNets of the settings on the pipeline's device.

    Raises:
        AdaError: a folder holds none, or one for another family.
    """
    loaded = []
    for control in controls:
        if control.image is None:
            raise AdaError("The ControlNet '{name}' needs an image. Choose or render one", name=control.path.name)
        try:
            net = _from_file(control.path, pipeline) if control.path.is_file() else _from_folder(control.path, pipeline)
        except _UNFIT as error:
            raise AdaError(
                "'{name}' holds no ControlNet that fits this model. Choose another one", name=control.path.name
            ) from error
        if not _fits(net, pipeline):
            raise AdaError("The ControlNet '{name}' is for another family of models", name=control.path.name)
        loaded.append(net.to(pipeline._execution_device).eval())
    return loaded


def _from_folder(folder: Path, pipeline: Any) -> Any:
    kind = getattr(diffusers, read_json(folder / "config.json")["_class_name"])
    if "ControlNet" not in kind.__name__:
        raise ValueError(kind.__name__)
    return kind.from_pretrained(str(folder), torch_dtype=_dtype(pipeline), local_files_only=True, use_safetensors=True)


def _from_file(path: Path, pipeline: Any) -> Any:
    """A ControlNet in one file: it is laid out as the first half of the model's own UNet."""
    check_file(path)
    unet = getattr(pipeline, "unet", None)
    if unet is None:
        raise ValueError("single files are those of UNets")
    state = convert_controlnet_checkpoint(load_file(path), {"layers_per_block": unet.config.layers_per_block})
    sides = [len(state["controlnet_cond_embedding.conv_in.weight"])]
    while (weight := state.get(f"controlnet_cond_embedding.blocks.{2 * len(sides) - 1}.weight")) is not None:
        sides.append(len(weight))
    net = diffusers.ControlNetModel.from_unet(
        unet, conditioning_embedding_out_channels=tuple(sides), load_weights_from_unet=False
    )
    net.load_state_dict(state)
    return net.to(_dtype(pipeline))


def _dtype(pipeline: Any) -> torch.dtype:
    return (getattr(pipeline, "unet", None) or pipeline.transformer).dtype


def _fits(net: Any, pipeline: Any) -> bool:
    denoiser = getattr(pipeline, "unet", None)
    if denoiser is None:
        return type(net).__name__.split("ControlNet")[0] == type(pipeline.transformer).__name__.split("Transformer")[0]
    if "cross_attention_dim" not in net.config:
        return False
    latents = 4 if denoiser.config.in_channels == 9 else denoiser.config.in_channels
    keys = ("cross_attention_dim", "addition_embed_type", "block_out_channels")
    same = all(_plain(net.config.get(key)) == _plain(denoiser.config.get(key)) for key in keys)
    return same and net.config.in_channels == latents


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
