"""The networks of the built-in model: stock diffusers and transformers classes, small, with circular convolutions.

diffusers loads its classes lazily, which hides their types: they are `Any` here.
"""

from __future__ import annotations

from typing import Any

import torch
from diffusers import AutoencoderTiny, DPMSolverMultistepScheduler, UNet2DConditionModel
from diffusers.models.autoencoders.vae import AutoencoderTinyBlock
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

TILE = 128  # Native size in pixels.
FACTOR = 8  # Pixels to a latent cell.
CHANNELS = 12  # Of the latents: four lose the structure of a tile at this size (patch PCA: 19.4 against 22.8 dB).
ENCODER_BLOCKS = (0, 0, 4, 4)  # From the full resolution to the latents.
DECODER_BLOCKS = (5, 5, 3, 0)  # Back; none at full resolution, where they cost most.
TOKENS = 32
WIDTH = 128  # Of the text encoder.


def make_circular(model: Any) -> Any:
    """Let every spatial convolution of a network without asymmetric padding wrap around. Returns the same network."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d) and max(module.kernel_size) > 1:
            module.padding_mode = "circular"
    return model


def make_unet() -> Any:
    """A three-level UNet: 16 x 16, 8 x 8 and 4 x 4 cells at the native size, attention on the lower two."""
    unet = UNet2DConditionModel(
        sample_size=TILE // FACTOR,
        in_channels=CHANNELS,
        out_channels=CHANNELS,
        block_out_channels=(64, 128, 96),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=WIDTH,
        attention_head_dim=4,  # In this class the number of heads, despite its name.
        norm_num_groups=8,
        resnet_time_scale_shift="scale_shift",
        addition_embed_type="text",
        addition_embed_type_num_heads=4,
    )
    return make_circular(unet)


def make_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """A two-layer CLIP text encoder for this vocabulary."""
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=WIDTH,
            intermediate_size=384,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=TOKENS,
            projection_dim=WIDTH,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.eos_token_id,
        )
    )


def make_scheduler() -> Any:
    """The sampler: v-prediction with zero terminal SNR (Lin et al. 2023, arXiv:2305.08891)."""
    return DPMSolverMultistepScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        steps_offset=1,
    )


def make_autoencoder() -> Any:
    """A norm-free autoencoder, 8 x 8 pixels to 12 numbers."""
    vae = AutoencoderTiny(
        encoder_block_out_channels=(48,) * 4,
        decoder_block_out_channels=(40,) * 4,
        num_encoder_blocks=ENCODER_BLOCKS,
        num_decoder_blocks=DECODER_BLOCKS,
        latent_channels=CHANNELS,
        force_upcast=False,
    )
    return make_circular(vae)


@torch.no_grad()
def deepen(vae: Any) -> Any:
    """An autoencoder with the blocks of `make_autoencoder` that gives the same pictures as the shallower `vae`.

    New blocks stand behind those of their level, where all numbers are positive, and add nothing at first. Returns
    `vae` itself where nothing is missing.
    """
    before = [tuple(vae.config.num_encoder_blocks), tuple(vae.config.num_decoder_blocks)]
    if before == [ENCODER_BLOCKS, DECODER_BLOCKS]:
        return vae
    deep = make_autoencoder()
    deep.register_to_config(scaling_factor=vae.config.scaling_factor)
    for old, new in ((vae.encoder.layers, deep.encoder.layers), (vae.decoder.layers, deep.decoder.layers)):
        for old_level, new_level in zip(_levels(old), _levels(new), strict=True):
            for i, module in enumerate(new_level):
                if i < len(old_level):
                    module.load_state_dict(old_level[i].state_dict())
                else:
                    nn.init.zeros_(module.conv[-1].weight)
                    nn.init.zeros_(module.conv[-1].bias)
    return deep


def _levels(layers: Any) -> list[list[Any]]:
    """A level's modules: its blocks, or a convolution by itself."""
    levels: list[list[Any]] = [[]]
    for module in layers:
        if isinstance(module, AutoencoderTinyBlock):
            levels[-1].append(module)
        elif isinstance(module, nn.Conv2d):
            levels += [[module], []]
    return levels


def _convolutions(layers: Any) -> list[Any]:
    return [m for m in layers if isinstance(m, nn.Conv2d)]


@torch.no_grad()
def start_from_pca(vae: Any, mean: Tensor, variances: Tensor, axes: Tensor) -> None:
    """Initialise the encoder as the principal components of 8 x 8 patches and the decoder as their smooth mean colour.

    A norm-free network this deep hardly starts from random weights (14 to 17 dB after minutes); so it starts at 20.

    Each component is scaled by the *fourth* root of its variance, not whitened: mean colours stay larger than
    detail, so that the noise of diffusion hides detail first and a texture is made from coarse to fine.

    Args:
        vae: changed in place.
        mean: of the patches, (192,) in [0, 1], ordered row, column, channel.
        variances: of the components, (12,), falling.
        axes: unit components as columns, (192, 12).
    """
    for module in vae.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    for module in vae.modules():
        if isinstance(module, AutoencoderTinyBlock):
            nn.init.zeros_(module.conv[-1].weight)

    scale = variances.clamp(min=variances[0] / 256) ** -0.25
    scale = scale * 1.2 / (variances[0] ** 0.5 * scale[0])  # Deviation of the first latent: 1.2.
    patches = axes.T.reshape(CHANNELS, FACTOR, FACTOR, 3)

    into, half, quarter, eighth, out = _convolutions(vae.encoder.layers)
    into.weight.mul_(0.3)[:3] = 0
    for channel in range(3):
        into.weight[channel, channel, 1, 1] = 1
    for conv, count in ((half, 3), (quarter, 12)):  # Space to depth: output (dy * 2 + dx) * count + channel.
        conv.weight.mul_(0.21)[: 4 * count] = 0
        for dy in range(2):
            for dx in range(2):
                for channel in range(count):
                    conv.weight[(dy * 2 + dx) * count + channel, channel, 1 + dy, 1 + dx] = 1
    kernel = torch.zeros(CHANNELS, 48, 2, 2)
    for y in range(FACTOR):
        for x in range(FACTOR):
            inner_y, inner_x = y % 4, x % 4
            first = ((inner_y // 2) * 2 + inner_x // 2) * 12 + ((inner_y % 2) * 2 + inner_x % 2) * 3
            kernel[:, first : first + 3, y // 4, x // 4] = patches[:, y, x]
    eighth.weight.mul_(0.21)[: 2 * CHANNELS] = 0
    eighth.weight[:CHANNELS, :, 1:, 1:] = kernel  # Both signs, so that the ReLUs behind lose nothing.
    eighth.weight[CHANNELS : 2 * CHANNELS, :, 1:, 1:] = -kernel
    out.weight.mul_(0.01)[:, : 2 * CHANNELS] = 0
    for i in range(CHANNELS):
        out.weight[i, i, 1, 1] = scale[i]
        out.weight[i, CHANNELS + i, 1, 1] = -scale[i]
    out.bias.copy_(-(patches.reshape(CHANNELS, -1) @ mean) * scale)

    into, *ups, out = _convolutions(vae.decoder.layers)
    into.weight.mul_(0.5)[:3] = 0
    into.weight[:3, :, 1, 1] = patches.mean((1, 2)).T / scale
    into.bias[:3] = mean.reshape(FACTOR, FACTOR, 3).mean((0, 1))
    tent = torch.tensor([1.0, 2.0, 1.0])
    for conv in ups:
        conv.weight.mul_(0.84)[:3] = 0
        for channel in range(3):
            conv.weight[channel, channel] = tent[:, None] * tent / 16
    out.weight.mul_(0.025)[:, :3] = 0
    for channel in range(3):
        out.weight[channel, channel, 1, 1] = 1
    out.bias.zero_()
