"""Well-known latent diffusion models, by their published configurations, measured without their weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from .measure import activation_bytes, weight_bytes
from .planner import SMALL_TILE, TILE, Needs, Part

TOKENS = 77
DECODER: dict[str, Any] = {
    "block_out_channels": (128, 256, 512, 512),
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "latent_channels": 4,
    "layers_per_block": 2,
}


@dataclass(frozen=True, slots=True)
class Family:
    """Builds the networks of a model."""

    name: str
    native: int  # Pixels.
    encoders: tuple[Callable[[], torch.nn.Module], ...]
    denoiser: Callable[[], torch.nn.Module]
    context: int  # Channels of the text's features.
    pooled: int = 0  # Channels of the pooled text, where the denoiser takes it.
    full_decoder: bool = False  # The decoder must run in float32.


def _clip_l() -> torch.nn.Module:
    return CLIPTextModel(
        CLIPTextConfig(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12)
    )


def _clip_g() -> torch.nn.Module:
    config = CLIPTextConfig(
        hidden_size=1280, intermediate_size=5120, num_hidden_layers=32, num_attention_heads=20, hidden_act="gelu",
        projection_dim=1280,
    )  # fmt: skip
    return CLIPTextModelWithProjection(config)


def _sd15() -> torch.nn.Module:
    return UNet2DConditionModel(sample_size=64, cross_attention_dim=768, attention_head_dim=8)


def _sdxl() -> torch.nn.Module:
    return UNet2DConditionModel(
        sample_size=128,
        block_out_channels=(320, 640, 1280),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 2, 10),
        attention_head_dim=(5, 10, 20),
        cross_attention_dim=2048,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=2816,
    )


FAMILIES = (
    Family("Stable Diffusion 1.5", 512, (_clip_l,), _sd15, context=768),
    Family("Stable Diffusion XL", 1024, (_clip_l, _clip_g), _sdxl, context=2048, pooled=1280, full_decoder=True),
)


def measure_needs(family: Family, width: int, height: int, batch: int = 1, dtype: torch.dtype = torch.float16) -> Needs:
    """What a picture takes, from a run on the `meta` device. Seconds of work; nothing is allocated.

    Args:
        family: the model.
        width: of the picture in pixels, a multiple of 8.
        height: likewise.
        batch: pictures at once; guidance doubles it for the denoiser.
        dtype: of the weights.
    """
    with torch.device("meta"):
        encoders = [build().to(dtype).eval() for build in family.encoders]
        denoiser = family.denoiser().to(dtype).eval()
        decoder = AutoencoderKL(**DECODER).to(torch.float32 if family.full_decoder else dtype).eval()
    tokens = torch.zeros(2 * batch, TOKENS, dtype=torch.long, device="meta")
    texts = [activation_bytes(encoder, lambda model: model(tokens)) for encoder in encoders]
    encoder = Part(sum(map(weight_bytes, encoders)), max(texts), max(map(largest_layer, encoders)))

    def denoise(model: Any) -> Any:
        latents = torch.zeros(2 * batch, 4, height // 8, width // 8, dtype=dtype, device="meta")
        context = torch.zeros(2 * batch, TOKENS, family.context, dtype=dtype, device="meta")
        times = torch.zeros(2 * batch, device="meta")
        added = None
        if family.pooled:
            added = {
                "text_embeds": torch.zeros(2 * batch, family.pooled, dtype=dtype, device="meta"),
                "time_ids": torch.zeros(2 * batch, 6, dtype=dtype, device="meta"),
            }
        return model(latents, times, context, added_cond_kwargs=added)

    def decode(wide: int, high: int, count: int) -> int:
        def run(model: Any) -> Any:
            return model.decode(torch.zeros(count, 4, high // 8, wide // 8, dtype=decoder.dtype, device="meta"))

        return activation_bytes(decoder, run)

    picture = batch * width * height * 3 * decoder.dtype.itemsize  # Tiles are put together in one picture.
    return Needs(
        encoder,
        Part(weight_bytes(denoiser), activation_bytes(denoiser, denoise), largest_layer(denoiser)),
        Part(weight_bytes(decoder), decode(width, height, batch), largest_layer(decoder)),
        {size: decode(min(size, width), min(size, height), batch) + picture for size in (TILE, SMALL_TILE)},
    )


def largest_layer(module: torch.nn.Module) -> int:
    """Bytes of the parameters of the layer that has most of its own."""
    return max(
        sum(tensor.numel() * tensor.element_size() for tensor in layer.parameters(recurse=False))
        for layer in module.modules()
    )
