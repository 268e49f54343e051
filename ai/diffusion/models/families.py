"""Which network a file holds, by the names and shapes of its tensors.

Names are those of the original releases (CompVis, Stability AI, Black Forest Labs), of diffusers, and for LoRA of
kohya-ss and peft. Widths decide only where names do not: 768 and 1024 channels of text for Stable Diffusion 1 and 2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .header import Entry

FAMILIES = {
    "ADA": "Ada", "SD15": "Stable Diffusion 1.5", "SD2": "Stable Diffusion 2", "SDXL": "Stable Diffusion XL",
    "SDXL_REFINER": "Stable Diffusion XL Refiner", "SD3": "Stable Diffusion 3", "FLUX": "FLUX.1", "FLUX2": "FLUX.2",
    "PIXART": "PixArt", "OTHER": "Other",
}  # fmt: skip
# DENOISER, TEXT_ENCODER and IMAGE_ENCODER are parts of a model, which cannot make a picture alone.
KINDS = (
    "MODEL", "LORA", "CONTROLNET", "EMBEDDING", "VAE", "IP_ADAPTER", "DENOISER", "TEXT_ENCODER", "IMAGE_ENCODER",
)  # fmt: skip
PREFIX = "model.diffusion_model."
WIDTHS = {768: "SD15", 1024: "SD2", 1280: "SDXL_REFINER", 2048: "SDXL"}  # Channels of the text.
LORA = re.compile(r"lora_down|lora_up|lora_A|lora_B|\.lora\.down|\.lora\.up|hada_w1|lokr_w1|oft_blocks|dora_scale")
BASES = (  # What trainers write into LoRA files.
    ("SDXL", re.compile(r"sdxl|stable-diffusion-xl", re.I)),
    ("SD3", re.compile(r"sd3|stable-diffusion-v?3|stable-diffusion-3", re.I)),
    ("FLUX2", re.compile(r"flux-?2", re.I)),
    ("FLUX", re.compile(r"flux", re.I)),
    ("SD2", re.compile(r"sd_v2|stable-diffusion-v2|stable-diffusion-2", re.I)),
    ("SD15", re.compile(r"sd_v1|sd_1\.5|stable-diffusion-v1", re.I)),
    ("PIXART", re.compile(r"pixart", re.I)),
)

Tensors = Mapping[str, Entry]


def recognise(tensors: Tensors, metadata: Mapping[str, str]) -> tuple[str, str]:
    """Kind and family; the family is empty where nothing tells it, the kind where the file is nothing known."""
    if any(LORA.search(name) for name in tensors):
        return "LORA", _lora_family(tensors) or base_family(metadata)
    if _has(tensors, "ip_adapter.", "image_proj."):
        return "IP_ADAPTER", _width_family(tensors, "to_k_ip") or base_family(metadata)
    if _has(tensors, "control_model."):
        bare = {name.removeprefix("control_model."): entry for name, entry in tensors.items()}
        return "CONTROLNET", _denoiser_family(bare) or base_family(metadata)
    if _has(tensors, "controlnet_"):
        return "CONTROLNET", _denoiser_family(tensors) or base_family(metadata)
    bare = {name.removeprefix(PREFIX): entry for name, entry in tensors.items()}
    family = _denoiser_family(bare)
    if family:
        encoders = ("cond_stage_model.", "conditioner.embedders.", "text_encoders.")
        whole = _has(tensors, *encoders) and _has(tensors, "first_stage_model.", "vae.")
        if whole and _has(tensors, "conditioner.embedders.0.model."):
            family = "SDXL_REFINER"
        elif whole and _has(tensors, "cond_stage_model.model."):
            family = "SD2"
        return ("MODEL" if whole else "DENOISER"), family
    for name in ("first_stage_model.decoder.conv_out.weight", "decoder.conv_out.weight", "decoder.layers.0.weight"):
        if name in tensors:
            return "VAE", base_family(metadata) or _vae_family(tensors)
    if _has(tensors, "vision_model."):
        return "IMAGE_ENCODER", ""
    if _has(tensors, "text_model.encoder.", "transformer.resblocks.", "encoder.block.0.layer.0.SelfAttention"):
        return "TEXT_ENCODER", ""
    return _embedding(tensors)


def is_inpainting(tensors: Tensors) -> bool:
    """Whether the denoiser takes a mask and a masked picture beside the latents."""
    for name in (PREFIX + "input_blocks.0.0.weight", "input_blocks.0.0.weight", "conv_in.weight"):
        if name in tensors:
            return tensors[name].shape[1] == 9
    return False


def is_consistency(tensors: Tensors) -> bool:
    """Whether the denoiser is told the guidance: a latent consistency model. Source: arXiv:2310.04378, section 4.2."""
    return any(name.endswith(("time_embedding.cond_proj.weight", "time_embed_cond.weight")) for name in tensors)


def is_schnell(tensors: Tensors) -> bool:
    """Whether a FLUX.1 is the four-step one, which alone is not told the guidance."""
    return not any("guidance_in." in name or "guidance_embedder." in name for name in tensors)


def base_family(metadata: Mapping[str, str]) -> str:
    """The family that a trainer noted (kohya-ss, and https://github.com/Stability-AI/ModelSpec)."""
    noted = " ".join(metadata.get(key, "") for key in ("modelspec.architecture", "ss_base_model_version", "base_model"))
    return next((family for family, pattern in BASES if pattern.search(noted)), "")


def _denoiser_family(tensors: Tensors) -> str:
    """By the denoiser's names without their prefix."""
    if _has(tensors, "single_stream_modulation.", "double_stream_modulation_img."):
        return "FLUX2"
    if _has(tensors, "distilled_guidance_layer."):
        return "OTHER"  # Chroma, which has FLUX.1's blocks.
    if _has(tensors, "double_blocks.0.img_attn.", "single_transformer_blocks.0.proj_mlp."):
        return "FLUX"
    if _has(tensors, "joint_blocks.0.") or ("pos_embed.pos_embed" in tensors and _has(tensors, "context_embedder.")):
        return "SD3"
    if _has(tensors, "y_embedder.y_embedding", "adaln_single.") and _has(tensors, "x_embedder.", "pos_embed.proj."):
        return "PIXART"
    if not _has(tensors, "input_blocks.", "conv_in.") or not _has(tensors, "time_embed.", "time_embedding."):
        return ""
    width = _width_family(tensors, "attn2.to_k.weight")
    if _has(tensors, "label_emb.", "add_embedding."):
        return "SDXL_REFINER" if width == "SDXL_REFINER" else "SDXL"
    if width in {"SD15", "SD2"}:
        return width
    linear = [entry for name, entry in tensors.items() if name.endswith(".1.proj_in.weight") or ".0.proj_in." in name]
    return "SD2" if any(len(entry.shape) == 2 for entry in linear) else "SD15"


def _lora_family(tensors: Tensors) -> str:
    names = " ".join(tensors)
    if "double_stream_modulation" in names:
        return "FLUX2"
    if re.search(r"double_blocks|single_blocks|single_transformer_blocks", names):
        return "FLUX"
    if re.search(r"joint_blocks|add_[qkv]_proj", names):
        return "SD3"
    if re.search(r"lora_te[12]_|text_encoder_2\.|lora_unet_label_emb|add_embedding", names):
        return "SDXL"
    for name, entry in tensors.items():
        if re.search(r"attn2[._]to_[kv][._].*(lora_down|lora_A|lora\.down)", name) and len(entry.shape) > 1:
            if entry.shape[1] in WIDTHS:
                return WIDTHS[entry.shape[1]]
            break
    if re.search(r"(?:^| )transformer\.transformer_blocks", names):
        return "PIXART"
    # SDXL alone has more than one transformer block in an attention.
    return "SDXL" if re.search(r"transformer_blocks[._][1-9][._]attn", names) else ""


def _width_family(tensors: Tensors, part: str) -> str:
    """By the widest input of the layers whose name holds `part`."""
    widths = [entry.shape[1] for name, entry in tensors.items() if part in name and len(entry.shape) == 2]
    return WIDTHS.get(max(widths, default=0), "")


def _vae_family(tensors: Tensors) -> str:
    """Four latent channels are of Stable Diffusion 1 to XL alike, sixteen of SD3 and FLUX: nothing is claimed."""
    quantised = any("post_quant_conv." in name for name in tensors)
    conv = next((entry for name, entry in tensors.items() if name.endswith("decoder.conv_in.weight")), None)
    return "FLUX2" if quantised and conv is not None and conv.shape[1] == 32 else ""


def _embedding(tensors: Tensors) -> tuple[str, str]:
    """Textual inversion: a few vectors as wide as the text encoder, under the token's name or a fixed one."""
    flat = {name: entry.shape for name, entry in tensors.items() if len(entry.shape) in {1, 2}}
    if len(flat) != len(tensors) or len(flat) > 3:
        return "", ""
    if "clip_l" in flat and "clip_g" in flat:
        return "EMBEDDING", "SD3" if "t5xxl" in flat else "SDXL"
    if len(flat) == 1 and not next(iter(flat)).endswith((".weight", ".bias")):
        return "EMBEDDING", {768: "SD15", 1024: "SD2"}.get(next(iter(flat.values()))[-1], "")
    return "", ""


def _has(tensors: Tensors, *starts: str) -> bool:
    return any(name.startswith(starts) for name in tensors)
