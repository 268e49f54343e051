"""Model files of every kind: the real names and shapes of their tensors, all zeros, written byte by byte."""

import json
import math

# Bits of a number, from the page of the format.
BITS = {"F32": 32, "F16": 16, "BF16": 16, "F8_E4M3": 8}

U = "model.diffusion_model."
CLIP = "cond_stage_model.transformer.text_model.embeddings.position_embedding.weight"
VAE = "first_stage_model.decoder.conv_out.weight"
TIME = {"time_embed.0.weight": (4, 4), "input_blocks.0.0.weight": (4, 4, 3, 3)}
CROSS = "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight"


def write(path, shapes, metadata=None, dtype="F16"):
    document, end = {"__metadata__": metadata} if metadata else {}, 0
    for name, shape in shapes.items():
        begin, end = end, end + math.prod(shape) * BITS[dtype] // 8
        document[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}
    text = json.dumps(document).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(end))
    return path


def unet(shapes):
    return {U + name: shape for name, shape in shapes.items()}


SD15 = unet(TIME | {CROSS: (4, 768), "input_blocks.1.1.proj_in.weight": (4, 4, 1, 1)}) | {CLIP: (4, 4), VAE: (3, 4)}
SD2 = unet(TIME | {CROSS: (4, 1024), "input_blocks.1.1.proj_in.weight": (4, 4)}) | {
    "cond_stage_model.model.transformer.resblocks.0.ln_1.weight": (4,), VAE: (3, 4),
}  # fmt: skip
SDXL = unet(TIME | {"label_emb.0.0.weight": (4, 4), CROSS: (4, 2048)}) | {
    "conditioner.embedders.0.transformer.text_model.final_layer_norm.weight": (4,), VAE: (3, 4),
}  # fmt: skip
REFINER = unet(TIME | {"label_emb.0.0.weight": (4, 4), CROSS: (4, 1280)}) | {
    "conditioner.embedders.0.model.transformer.resblocks.0.ln_1.weight": (4,), VAE: (3, 4),
}  # fmt: skip
SD3 = {U + "joint_blocks.0.x_block.mlp.fc1.weight": (4, 4), VAE: (3, 4), "text_encoders.clip_l.x": (4,)}
FLUX = {"double_blocks.0.img_attn.norm.key_norm.scale": (4,), "guidance_in.in_layer.weight": (4, 4)}
DOWN = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"
FILES = {
    "SD 1.5": (SD15, "MODEL", "SD15"),
    "SD 2": (SD2, "MODEL", "SD2"),
    "SDXL": (SDXL, "MODEL", "SDXL"),
    "refiner": (REFINER, "MODEL", "SDXL_REFINER"),
    "SD3": (SD3, "MODEL", "SD3"),
    "FLUX whole": ({U + k: v for k, v in FLUX.items()} | {VAE: (3, 4), "text_encoders.t5": (4,)}, "MODEL", "FLUX"),
    "FLUX transformer": (FLUX, "DENOISER", "FLUX"),
    "FLUX of diffusers": ({"single_transformer_blocks.0.proj_mlp.weight": (4, 4)}, "DENOISER", "FLUX"),
    "FLUX.2": ({"single_stream_modulation.lin.weight": (4, 4)}, "DENOISER", "FLUX2"),
    "PixArt": ({"adaln_single.linear.weight": (4, 4), "pos_embed.proj.weight": (4, 4)}, "DENOISER", "PIXART"),
    "UNet": ({"conv_in.weight": (4, 4, 3, 3), "time_embedding.linear_1.weight": (4, 4), DOWN + ".weight": (4, 768)},
             "DENOISER", "SD15"),
    "LoRA kohya": ({"lora_unet_" + DOWN.replace(".", "_") + ".lora_down.weight": (2, 768)}, "LORA", "SD15"),
    "LoRA SD2": ({"unet." + DOWN + ".lora.down.weight": (2, 1024)}, "LORA", "SD2"),
    "LoRA peft": ({"unet." + DOWN + ".lora_A.weight": (2, 2048)}, "LORA", "SDXL"),
    "LoRA SDXL": ({"lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_down.weight": (2, 4)}, "LORA", "SDXL"),
    "LoRA SDXL self": ({"unet.mid_block.attentions.0.transformer_blocks.7.attn1.to_q.lora_A.weight": (2, 4)},
                       "LORA", "SDXL"),
    "LoRA FLUX": ({"transformer.single_transformer_blocks.0.proj_mlp.lora_A.weight": (2, 4)}, "LORA", "FLUX"),
    "LoRA SD3": ({"transformer.transformer_blocks.0.attn.add_q_proj.lora_A.weight": (2, 4)}, "LORA", "SD3"),
    "LoRA PixArt": ({"transformer.transformer_blocks.0.attn1.to_q.lora_A.weight": (2, 4)}, "LORA", "PIXART"),
    "LoHa": ({"lora_unet_mid_block_x.hada_w1_a": (2, 4)}, "LORA", ""),
    "ControlNet": ({"control_model." + k: v for k, v in (TIME | {CROSS: (4, 768)}).items()}, "CONTROLNET", "SD15"),
    "ControlNet XL": ({"controlnet_cond_embedding.conv_in.weight": (4, 3, 3, 3), "conv_in.weight": (4, 4, 3, 3),
                       "time_embedding.linear_1.weight": (4, 4), "add_embedding.linear_1.weight": (4, 4)},
                      "CONTROLNET", "SDXL"),
    "embedding A1111": ({"emb_params": (4, 768)}, "EMBEDDING", "SD15"),
    "embedding diffusers": ({"<moss>": (1024,)}, "EMBEDDING", "SD2"),
    "embedding XL": ({"clip_l": (2, 768), "clip_g": (2, 1280)}, "EMBEDDING", "SDXL"),
    "VAE": ({"decoder.conv_out.weight": (3, 4, 3, 3), "encoder.conv_in.weight": (4, 3, 3, 3)}, "VAE", ""),
    "IP adapter": ({"image_proj.proj.weight": (4, 4), "ip_adapter.1.to_k_ip.weight": (4, 768)}, "IP_ADAPTER", "SD15"),
    "CLIP": ({"text_model.encoder.layers.0.mlp.fc1.weight": (4, 4)}, "TEXT_ENCODER", ""),
    "CLIP vision": ({"vision_model.embeddings.class_embedding": (4,)}, "IMAGE_ENCODER", ""),
}  # fmt: skip
