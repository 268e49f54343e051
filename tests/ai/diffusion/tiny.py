"""Random models of every family, of the real classes and in the real layout, small enough to run in a blink."""

import string

import torch
from ada_forge.ai.training.default.vocabulary import make_tokenizer
from diffusers import (
    AutoencoderKL,
    ControlNetModel,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxControlNetModel,
    FluxPipeline,
    FluxTransformer2DModel,
    PixArtAlphaPipeline,
    PixArtTransformer2DModel,
    PNDMScheduler,
    SD3ControlNetModel,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from safetensors.torch import save_file
from transformers import (
    CLIPImageProcessor,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
)

FAMILIES = ("SD15", "SD15_INPAINT", "SD2", "SDXL", "SD3", "FLUX", "PIXART")
UNETS = ("SD15", "SD2", "SDXL")
CONTROLLED = ("SD15", "SD2", "SDXL", "SD3", "FLUX")
WIDTH = 16  # Of every text encoder.
NOISE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}


def save_tiny(family, folder, seed=0):
    """Save a whole pipeline of a family into a folder, as `save_pretrained` lays it out; returns the folder."""
    make_pipeline(family, folder.parent / f".{folder.name} words", seed).save_pretrained(folder)
    return folder


def make_pipeline(family, words, seed=0):
    """The pipeline itself; the tokenizers are written below `words`."""
    torch.manual_seed(seed)
    tokenizer = make_tokenizer(words / "clip")
    plain = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
    if family in ("SD15", "SD15_INPAINT", "SD2"):
        kind = StableDiffusionInpaintPipeline if family == "SD15_INPAINT" else StableDiffusionPipeline
        prediction = "v_prediction" if family == "SD2" else "epsilon"
        return kind(
            vae=make_vae(), text_encoder=make_clip(tokenizer), tokenizer=tokenizer, unet=make_unet(family),
            scheduler=PNDMScheduler(skip_prk_steps=True, prediction_type=prediction, **NOISE), **plain,
        )  # fmt: skip
    if family == "SDXL":
        return StableDiffusionXLPipeline(
            vae=make_vae(), text_encoder=make_clip(tokenizer), tokenizer=tokenizer,
            text_encoder_2=make_clip(tokenizer, CLIPTextModelWithProjection), tokenizer_2=tokenizer,
            unet=make_unet(family), scheduler=EulerDiscreteScheduler(**NOISE), force_zeros_for_empty_prompt=True,
            add_watermarker=False,
        )  # fmt: skip
    if family == "PIXART":
        t5, t5_tokenizer = make_t5(WIDTH)
        transformer = PixArtTransformer2DModel(
            sample_size=8, num_layers=1, patch_size=2, attention_head_dim=8, num_attention_heads=2, in_channels=4,
            out_channels=8, caption_channels=WIDTH, cross_attention_dim=16, use_additional_conditions=False,
        )  # fmt: skip
        return PixArtAlphaPipeline(
            tokenizer=t5_tokenizer, text_encoder=t5, vae=make_vae(), transformer=transformer,
            scheduler=DPMSolverMultistepScheduler(**NOISE),
        )  # fmt: skip
    flow = FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=family == "FLUX")
    t5, t5_tokenizer = make_t5(2 * WIDTH if family == "SD3" else WIDTH)
    if family == "SD3":
        return StableDiffusion3Pipeline(
            transformer=make_sd3(), scheduler=flow, vae=make_vae(16, 0.06), tokenizer=tokenizer,
            text_encoder=make_clip(tokenizer, CLIPTextModelWithProjection), tokenizer_2=tokenizer,
            text_encoder_2=make_clip(tokenizer, CLIPTextModelWithProjection), text_encoder_3=t5,
            tokenizer_3=t5_tokenizer,
        )  # fmt: skip
    if family == "FLUX":
        return FluxPipeline(
            transformer=FluxTransformer2DModel(**FLUX, num_layers=1, num_single_layers=1), scheduler=flow,
            vae=make_vae(4, 0.11), text_encoder=make_clip(tokenizer), tokenizer=tokenizer, text_encoder_2=t5,
            tokenizer_2=t5_tokenizer,
        )  # fmt: skip
    raise ValueError(family)


def save_tiny_controlnet(family, folder, seed=1):
    """Save a ControlNet that fits `save_tiny(family)` and, unlike a fresh one, changes what it is used with."""
    torch.manual_seed(seed)
    if family in UNETS:
        net = ControlNetModel.from_unet(make_unet(family), conditioning_embedding_out_channels=(4, 4, 8, 8))
    elif family == "SD3":
        net = SD3ControlNetModel(**SD3, num_layers=1)
    else:
        net = FluxControlNetModel(**FLUX, num_layers=1, num_single_layers=1)
    for module in net.modules():  # The layers that begin at zero.
        if isinstance(module, torch.nn.Conv2d | torch.nn.Linear) and not module.weight.any():
            torch.nn.init.normal_(module.weight, std=0.2)
    for weight in getattr(net, "controlnet_cond_embedding", torch.nn.Identity()).parameters():
        weight.data *= 3  # A fresh one hardly looks at its picture.
    net.save_pretrained(folder)
    return folder


def save_tiny_ip_adapter(folder, seed=2):
    """Save an IP-Adapter for `save_tiny('SD15')` with its image encoder; returns the file."""
    torch.manual_seed(seed)
    vision = CLIPVisionConfig(hidden_size=16, intermediate_size=16, projection_dim=16, num_hidden_layers=1,
                              num_attention_heads=2, image_size=32, patch_size=16)  # fmt: skip
    CLIPVisionModelWithProjection(vision).save_pretrained(folder / "image_encoder")
    CLIPImageProcessor(size=32, crop_size=32).save_pretrained(folder / "image_encoder")
    state = {
        "image_proj.proj.weight": torch.randn(4 * WIDTH, 16),
        "image_proj.proj.bias": torch.randn(4 * WIDTH),
        "image_proj.norm.weight": torch.ones(WIDTH),
        "image_proj.norm.bias": torch.zeros(WIDTH),
    }
    number = 1
    for name, module in make_unet("SD15").named_modules():
        if name.endswith("attn2"):
            for part in ("to_k_ip", "to_v_ip"):
                state[f"ip_adapter.{number}.{part}.weight"] = torch.randn(module.to_k.weight.shape)
            number += 2
    save_file(state, folder / "ip-adapter.safetensors")
    return folder / "ip-adapter.safetensors"


def save_tiny_lora(pipeline, path, seed=3):
    """Save a LoRA of the UNet's attention that does change the picture; returns the file."""
    from peft import LoraConfig
    from peft.utils import get_peft_model_state_dict

    torch.manual_seed(seed)
    unet = pipeline.unet
    unet.add_adapter(LoraConfig(r=2, target_modules=["to_q", "to_v"], init_lora_weights=False), "default")
    state = get_peft_model_state_dict(unet)
    unet.delete_adapters("default")
    pipeline.save_lora_weights(path.parent, unet_lora_layers=state, weight_name=path.name)
    return path


def save_tiny_embedding(path, vectors=2, seed=4):
    """Save a textual inversion for `save_tiny('SD15')`; returns the file."""
    torch.manual_seed(seed)
    save_file({"emb_params": torch.randn(vectors, WIDTH)}, path)
    return path


def make_clip(tokenizer, kind=CLIPTextModel):
    return kind(
        CLIPTextConfig(vocab_size=len(tokenizer), hidden_size=WIDTH, intermediate_size=16, num_hidden_layers=2,
                       num_attention_heads=2, max_position_embeddings=32, projection_dim=WIDTH,
                       bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id)
    )  # fmt: skip


def make_t5(width):
    vocabulary = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    tokenizer = T5Tokenizer(vocab=vocabulary + [(letter, -3.0) for letter in string.ascii_lowercase], extra_ids=0)
    config = T5Config(vocab_size=64, d_model=width, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
    return T5EncoderModel(config), tokenizer


def make_unet(family):
    more = {}
    if family == "SDXL":
        more = {
            "addition_embed_type": "text_time", "addition_time_embed_dim": 8, "use_linear_projection": True,
            "projection_class_embeddings_input_dim": 6 * 8 + WIDTH, "cross_attention_dim": 2 * WIDTH,
        }  # fmt: skip
    if family == "SD2":
        more = {"use_linear_projection": True}
    return UNet2DConditionModel(
        **{"sample_size": 8, "block_out_channels": (8, 16), "layers_per_block": 1, "norm_num_groups": 4,
           "cross_attention_dim": WIDTH, "attention_head_dim": 2, "in_channels": 9 if family == "SD15_INPAINT" else 4,
           "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
           "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"), **more}
    )  # fmt: skip


def make_vae(channels=4, shift=None):
    return AutoencoderKL(
        block_out_channels=(8, 8, 8, 8), down_block_types=("DownEncoderBlock2D",) * 4, latent_channels=channels,
        up_block_types=("UpDecoderBlock2D",) * 4, norm_num_groups=4, sample_size=64, shift_factor=shift,
        use_quant_conv=shift is None, use_post_quant_conv=shift is None,
    )  # fmt: skip


def make_sd3():
    return SD3Transformer2DModel(**SD3, num_layers=2)  # The last one takes nothing from a ControlNet.


SD3 = {"sample_size": 16, "patch_size": 2, "in_channels": 16, "attention_head_dim": 8, "num_attention_heads": 4,
       "caption_projection_dim": 32, "joint_attention_dim": 2 * WIDTH, "pooled_projection_dim": 2 * WIDTH,
       "out_channels": 16, "pos_embed_max_size": 16}  # fmt: skip
FLUX = {"patch_size": 1, "in_channels": 16, "attention_head_dim": 16, "num_attention_heads": 2,
        "joint_attention_dim": WIDTH, "pooled_projection_dim": WIDTH, "axes_dims_rope": (4, 4, 8)}  # fmt: skip
