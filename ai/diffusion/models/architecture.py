"""The diffusers configuration of a checkpoint in one file, read off the shapes of its tensors. No torch here.

What shapes do not tell (heads of attention, noise levels, scales of latents) is the published one of the family. Names
are those of the original releases: CompVis' and Stability AI's `model.diffusion_model.input_blocks…`,
`first_stage_model…`, `cond_stage_model…` and `conditioner.embedders…`, Black Forest Labs' `double_blocks…`. Sources:
their repositories' configuration files, and arXiv:2112.10752, arXiv:2307.01952.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import AdaError
from .families import PREFIX, is_consistency, is_schnell
from .header import Entry

Tensors = Mapping[str, Entry]
Config = dict[str, Any]
HEAD = 64  # Channels of one head of attention, but for Stable Diffusion 1, which has eight heads everywhere.
CLASSES = {
    "SD15": "StableDiffusionPipeline", "SD2": "StableDiffusionPipeline", "SDXL": "StableDiffusionXLPipeline",
    "FLUX": "FluxPipeline",
}  # fmt: skip
INPAINTING = {"StableDiffusionPipeline": "StableDiffusionInpaintPipeline",
              "StableDiffusionXLPipeline": "StableDiffusionXLInpaintPipeline"}  # fmt: skip
NOISE: Config = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}
ENCODERS = {  # Where text encoders lie, and with what they are filled up: the end mark, or "!", the first word.
    "SD15": (("cond_stage_model.transformer.", "<|endoftext|>"),),
    "SD2": (("cond_stage_model.model.", "!"),),
    "SDXL": (("conditioner.embedders.0.transformer.", "<|endoftext|>"), ("conditioner.embedders.1.model.", "!")),
    "FLUX": (("text_encoders.clip_l.transformer.", "<|endoftext|>"), ("text_encoders.t5xxl.transformer.", "")),
}


@dataclass(frozen=True, slots=True)
class Words:
    """The tokenizer that a text encoder of the checkpoint wants; the file itself holds none."""

    size: int  # Rows of the table of words.
    length: int  # Tokens at once.
    padding: str  # Token; empty for T5, whose tokenizer knows it.

    @property
    def is_clip(self) -> bool:
        return bool(self.padding)


@dataclass(frozen=True, slots=True)
class Layout:
    """A pipeline of diffusers: its class, and what each part is."""

    class_name: str
    parts: Mapping[str, tuple[str, str, Config]]  # Library, class and configuration.
    words: Mapping[str, Words] = field(default_factory=dict)  # By the name of the part.
    options: Config = field(default_factory=dict)  # Of the pipeline itself.


def read_layout(path: Path, tensors: Tensors, family: str, prediction: str = "", few_step: str = "") -> Layout:
    """The layout of a whole checkpoint.

    Args:
        path: of the file, for what is said.
        tensors: of its header.
        family: a key of `families.FAMILIES`.
        prediction: "epsilon" or "v_prediction"; unknown, the former.
        few_step: a key of `few_step.FEW_STEP`, or nothing.

    Raises:
        AdaError: a family that cannot be loaded so, or a network that is laid out otherwise.
    """
    class_name = CLASSES.get(family)
    if class_name is None or (family != "FLUX" and is_consistency(tensors)):
        raise AdaError(
            "Models like '{name}' cannot be loaded from one file. Get the same model as a diffusers folder",
            name=path.name,
        )
    try:
        denoiser = _flux(tensors) if family == "FLUX" else _unet(tensors, family)
        network = ("transformer", "FluxTransformer2DModel") if family == "FLUX" else ("unet", "UNet2DConditionModel")
        parts = {
            network[0]: ("diffusers", network[1], denoiser),
            "vae": ("diffusers", "AutoencoderKL", _decoder(tensors, family)),
            "scheduler": ("diffusers", *read_scheduler(tensors, family, prediction, few_step)),
        }
        words = {}
        for number, (prefix, padding) in enumerate(ENCODERS[family]):
            suffix = f"_{number + 1}" if number else ""
            parts[f"text_encoder{suffix}"] = ("transformers", *_encoder(tensors, prefix))
            config = parts[f"text_encoder{suffix}"][2]
            length = config.get("max_position_embeddings", 512)
            words[f"tokenizer{suffix}"] = Words(config["vocab_size"], length, padding)
    except (KeyError, IndexError, ValueError, ZeroDivisionError) as error:
        raise AdaError(
            "'{name}' is laid out as no model that is known here. Get the same model as a diffusers folder",
            name=path.name,
        ) from error
    if denoiser["in_channels"] == 9:
        class_name = INPAINTING[class_name]
    options = {"force_zeros_for_empty_prompt": True} if family == "SDXL" else {}
    return Layout(class_name, parts, words, options)


def _shape(tensors: Tensors, name: str) -> tuple[int, ...]:
    return tensors[name].shape


def _count(tensors: Tensors, pattern: str) -> int:
    """How many numbers the names have at the group of a pattern: layers, blocks."""
    return len({found[1] for name in tensors if (found := re.match(pattern, name))})


def _unet(tensors: Tensors, family: str) -> Config:
    own = {name.removeprefix(PREFIX): entry for name, entry in tensors.items() if name.startswith(PREFIX)}
    channels: list[int] = []
    depths: list[int] = []  # Transformer blocks of each attention, 0 for none.
    layers = 0
    number = 1
    while any(name.startswith(f"input_blocks.{number}.") for name in own):
        if f"input_blocks.{number}.0.op.weight" in own:
            layers = 0
        else:
            layers += 1
            if layers == 1:
                channels.append(_shape(own, f"input_blocks.{number}.0.out_layers.3.weight")[0])
                depths.append(_count(own, rf"input_blocks\.{number}\.1\.transformer_blocks\.(\d+)\."))
        number += 1
    first = next(f"input_blocks.{n}.1." for n in range(number) if f"input_blocks.{n}.1.proj_in.weight" in own)
    width = _shape(own, first + "transformer_blocks.0.attn2.to_k.weight")[1]
    config: Config = {
        "sample_size": 128 if family == "SDXL" else 64,
        "in_channels": _shape(own, "input_blocks.0.0.weight")[1],
        "out_channels": _shape(own, "out.2.weight")[0],
        "block_out_channels": channels,
        "layers_per_block": layers,
        "cross_attention_dim": width,
        "attention_head_dim": 8 if family == "SD15" else [max(count // HEAD, 1) for count in channels],
        "use_linear_projection": len(_shape(own, first + "proj_in.weight")) == 2,
        "transformer_layers_per_block": [max(depth, 1) for depth in depths],
        "down_block_types": ["CrossAttnDownBlock2D" if depth else "DownBlock2D" for depth in depths],
        "up_block_types": ["CrossAttnUpBlock2D" if depth else "UpBlock2D" for depth in reversed(depths)],
    }
    if _count(own, r"middle_block\.1\.transformer_blocks\.(\d+)\.") != max(depths[-1], 1):
        raise ValueError("the middle is cut down")
    if family == "SDXL":
        taken = _shape(own, "label_emb.0.0.weight")[1]
        pooled = _shape(tensors, ENCODERS["SDXL"][1][0] + "text_projection")[1]
        config |= {
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": (taken - pooled) // 6,  # Two sizes and a corner, two numbers each.
            "projection_class_embeddings_input_dim": taken,
        }
    return config


def _flux(tensors: Tensors) -> Config:
    own = {name.removeprefix(PREFIX): entry for name, entry in tensors.items()}
    hidden, taken = _shape(own, "img_in.weight")
    head = _shape(own, "double_blocks.0.img_attn.norm.query_norm.scale")[0]
    side = (head - head // 8) // 2
    return {
        "in_channels": taken,
        "out_channels": _shape(own, "final_layer.linear.weight")[0],
        "num_layers": _count(own, r"double_blocks\.(\d+)\."),
        "num_single_layers": _count(own, r"single_blocks\.(\d+)\."),
        "attention_head_dim": head,
        "num_attention_heads": hidden // head,
        "joint_attention_dim": _shape(own, "txt_in.weight")[1],
        "pooled_projection_dim": _shape(own, "vector_in.in_layer.weight")[1],
        "guidance_embeds": not is_schnell(tensors),
        "axes_dims_rope": [head // 8, side, side],
        "patch_size": 1,
    }


def _decoder(tensors: Tensors, family: str) -> Config:
    """Of the autoencoder."""
    prefix = "vae." if "vae.decoder.conv_in.weight" in tensors else "first_stage_model."
    count = _count(tensors, re.escape(prefix) + r"encoder\.down\.(\d+)\.")
    channels = [_shape(tensors, f"{prefix}encoder.down.{n}.block.0.conv2.weight")[0] for n in range(count)]
    scale, shift = {"SDXL": (0.13025, None), "FLUX": (0.3611, 0.1159)}.get(family, (0.18215, None))
    quantised = f"{prefix}post_quant_conv.weight" in tensors
    return {
        "block_out_channels": channels,
        "down_block_types": ["DownEncoderBlock2D"] * count,
        "up_block_types": ["UpDecoderBlock2D"] * count,
        "latent_channels": _shape(tensors, prefix + "decoder.conv_in.weight")[1],
        "layers_per_block": _count(tensors, re.escape(prefix) + r"encoder\.down\.0\.block\.(\d+)\."),
        "scaling_factor": scale,
        "shift_factor": shift,
        "force_upcast": family == "SDXL",
        "use_quant_conv": quantised,
        "use_post_quant_conv": quantised,
        "sample_size": 1024 if family in {"SDXL", "FLUX"} else 512,
    }


def _encoder(tensors: Tensors, prefix: str) -> tuple[str, Config]:
    """Class and configuration of the text encoder below a prefix: CLIP as transformers or OpenCLIP names it, or T5."""
    if prefix + "shared.weight" in tensors:
        rows, width = _shape(tensors, prefix + "shared.weight")
        block = prefix + "encoder.block.0.layer."
        return "T5EncoderModel", {
            "vocab_size": rows,
            "d_model": width,
            "d_kv": 64,
            "d_ff": _shape(tensors, block + "1.DenseReluDense.wi_0.weight")[0],
            "num_heads": _shape(tensors, block + "0.SelfAttention.q.weight")[0] // 64,
            "num_layers": _count(tensors, re.escape(prefix) + r"encoder\.block\.(\d+)\."),
            "feed_forward_proj": "gated-gelu",
        }
    if prefix + "token_embedding.weight" in tensors:  # OpenCLIP.
        rows, width = _shape(tensors, prefix + "token_embedding.weight")
        blocks = prefix + "transformer.resblocks."
        layers = _count(tensors, re.escape(blocks) + r"(\d+)\.")
        pooled = prefix == ENCODERS["SDXL"][1][0]
        class_name, act = ("CLIPTextModelWithProjection" if pooled else "CLIPTextModel"), "gelu"
        layers = layers if pooled else min(layers, 23)  # Stable Diffusion 2 reads the last layer but one.
        inner = _shape(tensors, blocks + "0.mlp.c_fc.weight")[0]
        length = _shape(tensors, prefix + "positional_embedding")[0]
        out = _shape(tensors, prefix + "text_projection")[1]
    else:
        text = prefix + "text_model."
        rows, width = _shape(tensors, text + "embeddings.token_embedding.weight")
        layers = _count(tensors, re.escape(text) + r"encoder\.layers\.(\d+)\.")
        class_name, act, out = "CLIPTextModel", "quick_gelu", width
        inner = _shape(tensors, text + "encoder.layers.0.mlp.fc1.weight")[0]
        length = _shape(tensors, text + "embeddings.position_embedding.weight")[0]
    return class_name, {
        "vocab_size": rows,
        "hidden_size": width,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": max(width // HEAD, 1),
        "hidden_act": act,
        "max_position_embeddings": length,
        "projection_dim": out,
        "bos_token_id": rows - 2,
        "eos_token_id": rows - 1,
    }


def read_scheduler(tensors: Tensors, family: str, prediction: str = "", few_step: str = "") -> tuple[str, Config]:
    """Class and configuration of the scheduler that a checkpoint was made for; arguments as of `read_layout`."""
    if family == "FLUX":
        if is_schnell(tensors):
            return "FlowMatchEulerDiscreteScheduler", {"shift": 1.0}
        shifting = {"base_shift": 0.5, "max_shift": 1.15, "base_image_seq_len": 256, "max_image_seq_len": 4096}
        return "FlowMatchEulerDiscreteScheduler", {"shift": 3.0, "use_dynamic_shifting": True, **shifting}
    noise = {**NOISE, "prediction_type": prediction or "epsilon"}
    if few_step == "TURBO":
        return "EulerAncestralDiscreteScheduler", {**noise, "timestep_spacing": "trailing"}
    if "ztsnr" in tensors:
        zero = {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}
        return "EulerDiscreteScheduler", {**noise, **zero}
    if family == "SDXL":
        return "EulerDiscreteScheduler", {**noise, "timestep_spacing": "leading"}
    if noise["prediction_type"] == "v_prediction":
        return "DDIMScheduler", {**noise, "clip_sample": False, "set_alpha_to_one": False}
    return "PNDMScheduler", {**noise, "skip_prk_steps": True, "set_alpha_to_one": False}
