"""What a picture takes with a loaded model, part by part, for the planner: weights counted, the rest run on `meta`."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from ..card.measure import activation_bytes
from ..card.planner import SMALL_TILE, TILE, Needs, Part
from .latents import denoiser, vae_factor

TOKENS = 512  # The most that a T5 is given.
_measured: weakref.WeakKeyDictionary[nn.Module, dict[tuple[int, ...], Needs]] = weakref.WeakKeyDictionary()


@torch.no_grad()
def measure_needs(pipeline: Any, wide: int, tall: int, guided: bool, others: Sequence[nn.Module] = ()) -> Needs:
    """What one picture takes. Seconds of work for a large model, once for each size.

    Args:
        pipeline: loaded.
        wide: pixels that are denoised.
        tall: likewise.
        guided: whether each step is computed with and without the prompt.
        others: ControlNets, which stay beside the denoiser.
    """
    net = denoiser(pipeline)
    known = _measured.setdefault(net, {})
    key = (wide, tall, guided, *(id(one) for one in others))
    if key not in known:
        known[key] = _measure(pipeline, wide, tall, 2 if guided else 1, others)
    return known[key]


def weights(networks: Sequence[nn.Module]) -> int:
    """Bytes of parameters and buffers, each counted once, wherever they are."""
    tensors = {id(one): one for net in networks for one in [*net.parameters(), *net.buffers()]}
    return sum(one.numel() * one.element_size() for one in tensors.values())


def _measure(pipeline: Any, wide: int, tall: int, batch: int, others: Sequence[nn.Module]) -> Needs:
    net, vae = denoiser(pipeline), pipeline.vae
    encoders = [one for one in pipeline.components.values() if isinstance(one, nn.Module) and one not in (net, vae)]
    dtype = vae.dtype  # The denoiser's own may be that of its storage.
    inputs = _inputs(pipeline, wide, tall, batch, dtype)
    full = bool(getattr(vae.config, "force_upcast", False)) and dtype == torch.float16
    decoding = torch.float32 if full else dtype
    factor, channels = vae_factor(pipeline), int(vae.config.latent_channels)

    seen: dict[tuple[int, int], int] = {}

    def decode(width: int, height: int) -> int:
        if (width, height) not in seen:
            latents = torch.zeros(1, channels, -(-height // factor), -(-width // factor), dtype=decoding, device="meta")
            seen[width, height] = _activations(_Decoder(vae), decoding, latents)
        return seen[width, height]

    picture = wide * tall * 3 * decoding.itemsize  # Tiles are put together in one picture.
    tiles = {size: decode(min(size, wide), min(size, tall)) + picture for size in (TILE, SMALL_TILE)}
    decoder = weights([vae]) * (2 if full and dtype != decoding else 1)
    return Needs(
        Part(weights(encoders), max(map(_text_activations, encoders), default=0), _largest(encoders)),
        Part(weights([net, *others]), _activations(net, dtype, **inputs), _largest([net, *others])),
        Part(decoder, decode(wide, tall), _largest([vae])),
        tiles,
    )


class _Decoder(nn.Module):
    """An autoencoder whose call decodes."""

    def __init__(self, vae: Any) -> None:
        super().__init__()
        self.vae = vae

    def forward(self, latents: Tensor) -> Any:
        return self.vae.decode(latents)


def _activations(network: nn.Module, dtype: torch.dtype, *args: Any, **kwargs: Any) -> int:
    """The peak of a call on `meta`: the network itself, its weights replaced by empty ones meanwhile."""
    named = [*network.named_parameters(), *network.named_buffers()]
    empty = {name: one.to("meta", dtype if one.is_floating_point() else one.dtype) for name, one in named}

    def run(module: nn.Module) -> Any:
        return functional_call(module, empty, args, kwargs)

    return activation_bytes(network, run, known=empty.values())


def _text_activations(encoder: nn.Module) -> int:
    """A bound, for any text encoder and two prompts: the widest features of one layer, in and out, the scores of its
    attention, and the features of all layers, which some families keep.
    """
    config: Any = encoder.config

    def read(*names: str) -> int:
        return next((int(getattr(config, name)) for name in names if getattr(config, name, None)), 0)

    width, inner = read("hidden_size", "d_model"), read("intermediate_size", "d_ff")
    layers, heads = read("num_hidden_layers", "num_layers"), read("num_attention_heads", "num_heads")
    tokens = read("max_position_embeddings") or TOKENS
    one = next(encoder.parameters()).element_size()
    return 2 * tokens * (2 * inner + (layers + 4) * width + heads * tokens) * one


def _largest(networks: Sequence[nn.Module]) -> int:
    """Bytes of the parameters of the layer that has most of its own."""
    layers = (layer for network in networks for layer in network.modules())
    sizes = (sum(one.numel() * one.element_size() for one in layer.parameters(recurse=False)) for layer in layers)
    return max(sizes, default=0)


def _inputs(pipeline: Any, wide: int, tall: int, batch: int, dtype: torch.dtype) -> dict[str, Any]:
    """What the denoiser is called with in a step, on `meta`."""
    net = denoiser(pipeline)
    config, factor = net.config, vae_factor(pipeline)
    rows, columns = tall // factor, wide // factor

    def zeros(*shape: int) -> Tensor:
        return torch.zeros(*shape, dtype=dtype, device="meta")

    times = torch.zeros(batch, device="meta")
    if getattr(pipeline, "unet", None) is not None:
        added = None
        if config.get("addition_embed_type") == "text_time":
            pooled = config["projection_class_embeddings_input_dim"] - 6 * config["addition_time_embed_dim"]
            added = {"text_embeds": zeros(batch, pooled), "time_ids": zeros(batch, 6)}
        return {
            "sample": zeros(batch, config["in_channels"], rows, columns),
            "timestep": times,
            "encoder_hidden_states": zeros(batch, 77, config["cross_attention_dim"]),
            "added_cond_kwargs": added,
        }
    if "pooled_projection_dim" not in config:  # PixArt.
        return {
            "hidden_states": zeros(batch, config["in_channels"], rows, columns),
            "timestep": times,
            "encoder_hidden_states": zeros(batch, 300, config["caption_channels"]),
            "added_cond_kwargs": {"resolution": None, "aspect_ratio": None},
        }
    pooled = zeros(batch, config["pooled_projection_dim"])
    if not hasattr(pipeline, "_pack_latents"):  # Stable Diffusion 3.
        return {
            "hidden_states": zeros(batch, config["in_channels"], rows, columns),
            "timestep": times,
            "encoder_hidden_states": zeros(batch, 77 + 256, config["joint_attention_dim"]),
            "pooled_projections": pooled,
        }
    tokens = (rows // 2) * (columns // 2)
    return {  # FLUX is told the guidance and computes each step once.
        "hidden_states": zeros(1, tokens, config["in_channels"]),
        "timestep": times[:1],
        "guidance": times[:1] if config.get("guidance_embeds") else None,
        "encoder_hidden_states": zeros(1, TOKENS, config["joint_attention_dim"]),
        "pooled_projections": pooled[:1],
        "txt_ids": zeros(TOKENS, 3),
        "img_ids": zeros(tokens, 3),
    }
