"""Tiny checkpoints in one file, under the names of the original releases, made from diffusers' own networks."""

import re
from contextlib import contextmanager
from types import FunctionType

import tiny
import torch
from ada_forge.ai.training.default.vocabulary import make_tokenizer
from diffusers import (
    AutoencoderKL,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    PNDMScheduler,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from diffusers.loaders.single_file_model import SINGLE_FILE_LOADABLE_CLASSES
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

FAMILIES = ("SD15", "SD15_INPAINT", "SD2", "SDXL", "FLUX")
WIDE = 32  # Channels: normalisation has the 32 groups of the real ones, which no shape tells.
RESNET = {"norm1": "in_layers.0", "conv1": "in_layers.2", "norm2": "out_layers.0", "conv2": "out_layers.3",
          "time_emb_proj": "emb_layers.1", "conv_shortcut": "skip_connection"}  # fmt: skip
ENDS = {"conv_in": "input_blocks.0.0", "time_embedding.linear_1": "time_embed.0",
        "time_embedding.linear_2": "time_embed.2", "add_embedding.linear_1": "label_emb.0.0",
        "add_embedding.linear_2": "label_emb.0.2", "conv_norm_out": "out.0", "conv_out": "out.2"}  # fmt: skip


def make_pipeline(family, words, seed=0):
    """A pipeline as wide as single files need it; `words` is the folder for its tokenizer."""
    torch.manual_seed(seed)
    tokenizer = make_tokenizer(words)
    plain = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
    vae = make_vae(family)
    if family == "FLUX":
        t5, t5_tokenizer = tiny.make_t5(WIDE)
        t5 = make_t5(len(t5_tokenizer))
        transformer = FluxTransformer2DModel(
            in_channels=16, num_layers=2, num_single_layers=1, attention_head_dim=32, num_attention_heads=1,
            joint_attention_dim=WIDE, pooled_projection_dim=WIDE, guidance_embeds=True, axes_dims_rope=(4, 14, 14),
        )  # fmt: skip
        return FluxPipeline(
            transformer=transformer, vae=vae, text_encoder=make_clip(tokenizer, "quick_gelu"), tokenizer=tokenizer,
            text_encoder_2=t5, tokenizer_2=t5_tokenizer,
            scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
        )  # fmt: skip
    unet = make_unet(family)
    if family == "SDXL":
        second = make_clip(tokenizer, "gelu", CLIPTextModelWithProjection, 2 * WIDE)
        other = type(tokenizer).from_pretrained(words, pad_token="!")
        return StableDiffusionXLPipeline(
            vae=vae, unet=unet, text_encoder=make_clip(tokenizer, "quick_gelu"), tokenizer=tokenizer,
            text_encoder_2=second, tokenizer_2=other, add_watermarker=False,
            scheduler=EulerDiscreteScheduler(**tiny.NOISE), force_zeros_for_empty_prompt=True,
        )  # fmt: skip
    kind = StableDiffusionInpaintPipeline if family == "SD15_INPAINT" else StableDiffusionPipeline
    if family == "SD2":
        tokenizer = type(tokenizer).from_pretrained(words, pad_token="!")
    clip = make_clip(tokenizer, "gelu" if family == "SD2" else "quick_gelu")
    scheduler = PNDMScheduler(skip_prk_steps=True, set_alpha_to_one=False, **tiny.NOISE)
    return kind(vae=vae, unet=unet, text_encoder=clip, tokenizer=tokenizer, scheduler=scheduler, **plain)


def make_clip(tokenizer, act, kind=CLIPTextModel, width=WIDE):
    return kind(
        CLIPTextConfig(vocab_size=len(tokenizer), hidden_size=width, intermediate_size=16, num_hidden_layers=2,
                       num_attention_heads=max(width // 64, 1), max_position_embeddings=32, projection_dim=width,
                       hidden_act=act, bos_token_id=len(tokenizer) - 2, eos_token_id=len(tokenizer) - 1)
    )  # fmt: skip


def make_t5(size):
    from transformers import T5Config, T5EncoderModel

    return T5EncoderModel(
        T5Config(vocab_size=size, d_model=WIDE, d_kv=64, d_ff=16, num_layers=1, num_heads=1,
                 feed_forward_proj="gated-gelu")
    )  # fmt: skip


def make_unet(family):
    more = {"attention_head_dim": 8}
    if family in ("SD2", "SDXL"):
        more = {"attention_head_dim": (1, 1), "use_linear_projection": True}
    if family == "SDXL":
        more |= {"addition_embed_type": "text_time", "addition_time_embed_dim": 8,
                 "transformer_layers_per_block": (1, 2),
                 "projection_class_embeddings_input_dim": 48 + 2 * WIDE}  # fmt: skip
    return UNet2DConditionModel(
        sample_size=8, block_out_channels=(WIDE, 2 * WIDE), layers_per_block=1,
        cross_attention_dim=3 * WIDE if family == "SDXL" else WIDE,
        in_channels=9 if family == "SD15_INPAINT" else 4, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), **more,
    )  # fmt: skip


def make_vae(family):
    flux = family == "FLUX"
    scale, shift = {"SDXL": (0.13025, None), "FLUX": (0.3611, 0.1159)}.get(family, (0.18215, None))
    return AutoencoderKL(
        block_out_channels=(WIDE,) * 4, down_block_types=("DownEncoderBlock2D",) * 4, latent_channels=4,
        up_block_types=("UpDecoderBlock2D",) * 4, sample_size=64, scaling_factor=scale, shift_factor=shift,
        use_quant_conv=not flux, use_post_quant_conv=not flux, force_upcast=family == "SDXL",
    )  # fmt: skip


def save_single(pipeline, family, path, dtype=torch.float32, metadata=None, leave_out=""):
    """Save all networks in one file, but for those whose names begin with `leave_out`; returns the path."""
    state = _flux(pipeline) if family == "FLUX" else _stable(pipeline, family)
    state = {
        name: value.detach().to(dtype).contiguous().clone()
        for name, value in state.items()
        if not (leave_out and name.startswith(leave_out))
    }
    save_file(state, path, metadata)
    return path


def _stable(pipeline, family):
    family = "SD15" if family == "SD15_INPAINT" else family
    state = {"model.diffusion_model." + name: value for name, value in unet_names(pipeline.unet).items()}
    state |= {"first_stage_model." + name: value for name, value in vae_names(pipeline.vae).items()}
    if family == "SD2":
        return state | open_clip_names(pipeline.text_encoder, "cond_stage_model.model.")
    if family == "SDXL":
        state |= open_clip_names(pipeline.text_encoder_2, "conditioner.embedders.1.model.")
        return state | clip_names(pipeline.text_encoder, "conditioner.embedders.0.transformer.")
    return state | clip_names(pipeline.text_encoder, "cond_stage_model.transformer.")


def clip_names(encoder, prefix):
    return {f"{prefix}text_model.{_plain(name)}": value for name, value in encoder.state_dict().items()}


def _plain(name):
    return name.removeprefix("text_model.")


def open_clip_names(encoder, prefix):
    own = {_plain(name): value for name, value in encoder.state_dict().items()}
    state = {
        "token_embedding.weight": own["embeddings.token_embedding.weight"],
        "positional_embedding": own["embeddings.position_embedding.weight"],
        "ln_final.weight": own["final_layer_norm.weight"],
        "ln_final.bias": own["final_layer_norm.bias"],
        "text_projection": own["text_projection.weight"].T
        if "text_projection.weight" in own
        else torch.eye(own["embeddings.token_embedding.weight"].shape[1]),
    }
    for number in range(encoder.config.num_hidden_layers):
        there, here = f"transformer.resblocks.{number}.", f"encoder.layers.{number}."
        for part in ("weight", "bias"):
            state[f"{there}attn.in_proj_{part}"] = torch.cat([own[f"{here}self_attn.{q}_proj.{part}"] for q in "qkv"])
            state[f"{there}attn.out_proj.{part}"] = own[f"{here}self_attn.out_proj.{part}"]
            for a, b in (("ln_1", "layer_norm1"), ("ln_2", "layer_norm2"), ("mlp.c_fc", "mlp.fc1"),
                         ("mlp.c_proj", "mlp.fc2")):  # fmt: skip
                state[f"{there}{a}.{part}"] = own[f"{here}{b}.{part}"]
    return {prefix + name: value for name, value in state.items()}


def unet_names(unet):
    """CompVis' names: input_blocks, middle_block, output_blocks, counted through."""
    row = unet.config.layers_per_block + 1
    state = {}
    for name, value in unet.state_dict().items():
        module, part = name.rsplit(".", 1)
        if module in ENDS:
            state[f"{ENDS[module]}.{part}"] = value
            continue
        found = re.match(r"(down|up)_blocks\.(\d+)\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.*)", module)
        if found:
            side, block, kind, layer, rest = found[1], int(found[2]), found[3], int(found[4]), found[5]
            if kind == "downsamplers":
                state[f"input_blocks.{row * (block + 1)}.0.op.{part}"] = value
                continue
            if kind == "upsamplers":
                place = 2 if "CrossAttn" in unet.config.up_block_types[block] else 1
                state[f"output_blocks.{row * (block + 1) - 1}.{place}.conv.{part}"] = value
                continue
            number = f"input_blocks.{1 + row * block + layer}" if side == "down" else (
                f"output_blocks.{row * block + layer}"
            )  # fmt: skip
        else:
            kind, layer, rest = re.match(r"mid_block\.(resnets|attentions)\.(\d+)\.(.*)", module).groups()
            number = f"middle_block.{1 if kind == 'attentions' else 2 * int(layer)}"
        if kind == "attentions":
            place = "" if number.startswith("middle") else ".1"
            state[f"{number}{place}.{rest}.{part}"] = value
        else:
            place = "" if number.startswith("middle") else ".0"
            state[f"{number}{place}.{RESNET[rest]}.{part}"] = value
    return state


def vae_names(vae):
    last = len(vae.config.block_out_channels) - 1
    state = {}
    for name, value in vae.state_dict().items():
        name = name.replace("mid_block.resnets.0", "mid.block_1").replace("mid_block.resnets.1", "mid.block_2")
        name = name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
        name = re.sub(r"down_blocks\.(\d+)\.resnets", r"down.\1.block", name)
        name = re.sub(r"down_blocks\.(\d+)\.downsamplers\.0", r"down.\1.downsample", name)
        name = re.sub(r"up_blocks\.(\d+)\.resnets", lambda m: f"up.{last - int(m[1])}.block", name)
        name = re.sub(r"up_blocks\.(\d+)\.upsamplers\.0", lambda m: f"up.{last - int(m[1])}.upsample", name)
        if "mid_block.attentions.0" in name:
            for a, b in (("group_norm", "norm"), ("to_q", "q"), ("to_k", "k"), ("to_v", "v"), ("to_out.0", "proj_out")):
                name = name.replace(f"mid_block.attentions.0.{a}.", f"mid.attn_1.{b}.")
            value = value[..., None, None] if value.ndim == 2 else value
        state[name] = value
    return state


def flux_names(transformer):
    """Black Forest Labs' names."""
    own = transformer.state_dict()
    state = {}

    def move(there, here):
        for part in ("weight", "bias"):
            if f"{here}.{part}" in own:
                state[f"{there}.{part}"] = own[f"{here}.{part}"]

    def join(there, *here):
        for part in ("weight", "bias"):
            state[f"{there}.{part}"] = torch.cat([own[f"{one}.{part}"] for one in here])

    for there, here in (("time_in", "timestep"), ("vector_in", "text"), ("guidance_in", "guidance")):
        for layer, number in (("in_layer", 1), ("out_layer", 2)):
            move(f"{there}.{layer}", f"time_text_embed.{here}_embedder.linear_{number}")
    move("txt_in", "context_embedder")
    move("img_in", "x_embedder")
    move("final_layer.linear", "proj_out")
    for part in ("weight", "bias"):  # There the shift comes first, in diffusers the scale.
        scale, shift = own[f"norm_out.linear.{part}"].chunk(2)
        state[f"final_layer.adaLN_modulation.1.{part}"] = torch.cat([shift, scale])
    for number in range(transformer.config.num_layers):
        a, b = f"double_blocks.{number}.", f"transformer_blocks.{number}."
        for side, added, ff in (("img", "to_{}", "ff"), ("txt", "add_{}_proj", "ff_context")):
            move(f"{a}{side}_mod.lin", f"{b}norm1{'' if side == 'img' else '_context'}.linear")
            join(f"{a}{side}_attn.qkv", *(f"{b}attn.{added.format(one)}" for one in "qkv"))
            for one, key in (("q", "query"), ("k", "key")):
                middle = f"norm_{'' if side == 'img' else 'added_'}{one}"
                state[f"{a}{side}_attn.norm.{key}_norm.scale"] = own[f"{b}attn.{middle}.weight"]
            move(f"{a}{side}_mlp.0", f"{b}{ff}.net.0.proj")
            move(f"{a}{side}_mlp.2", f"{b}{ff}.net.2")
            move(f"{a}{side}_attn.proj", f"{b}attn.to_{'out.0' if side == 'img' else 'add_out'}")
    for number in range(transformer.config.num_single_layers):
        a, b = f"single_blocks.{number}.", f"single_transformer_blocks.{number}."
        move(f"{a}modulation.lin", f"{b}norm.linear")
        join(f"{a}linear1", *(f"{b}attn.to_{one}" for one in "qkv"), f"{b}proj_mlp")
        move(f"{a}linear2", f"{b}proj_out")
        for one, key in (("q", "query"), ("k", "key")):
            state[f"{a}norm.{key}_norm.scale"] = own[f"{b}attn.norm_{one}.weight"]
    return state


def _flux(pipeline):
    state = {"model.diffusion_model." + name: value for name, value in flux_names(pipeline.transformer).items()}
    state |= {"vae." + name: value for name, value in vae_names(pipeline.vae).items()}
    t5 = {name: value for name, value in pipeline.text_encoder_2.state_dict().items() if "embed_tokens" not in name}
    state |= {"text_encoders.t5xxl.transformer." + name: value for name, value in t5.items()}
    return state | clip_names(pipeline.text_encoder, "text_encoders.clip_l.transformer.")


@contextmanager
def narrow_flux():
    """Within, diffusers converts FLUX checkpoints of our width; its function knows the real one's alone."""
    entry = SINGLE_FILE_LOADABLE_CLASSES["FluxTransformer2DModel"]
    own = entry["checkpoint_mapping_fn"]
    constants = tuple(WIDE if one == 3072 else one for one in own.__code__.co_consts)
    assert constants != own.__code__.co_consts
    entry["checkpoint_mapping_fn"] = FunctionType(own.__code__.replace(co_consts=constants), own.__globals__)
    try:
        yield
    finally:
        entry["checkpoint_mapping_fn"] = own
