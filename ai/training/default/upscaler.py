"""Training of the super-resolution network on pairs of the generator: 512-pixel tiles and their 128-pixel versions."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from diffusers import AutoencoderTiny
from safetensors.torch import save_file
from torch import Tensor

from ...diffusion.upscaler import SCALE, Upscaler, enlarge
from .architecture import TILE, make_circular
from .autoencoder import reconstruction_loss, to_tensor
from .stream import draw_tile

CROP = 32  # Small pixels.
BATCH = 8
HELD_OUT = 24  # Tiles of the validation.


def _pair(rng: np.random.Generator, vae: Any) -> tuple[Tensor, Tensor]:
    """A small tile as the model would show it, (3, 128, 128), and the sharp one, (3, 512, 512), in [0, 1]."""
    sharp = to_tensor(draw_tile(rng, size=TILE * SCALE)[0][None])
    small = F.avg_pool2d(sharp, SCALE)
    if rng.random() < 0.6:  # What it will mostly be given: pictures out of the autoencoder.
        with torch.no_grad():
            small = vae.decode(vae.encode(small).latents).sample.clamp(-1, 1)
    return small[0] / 2 + 0.5, sharp[0] / 2 + 0.5


def train_upscaler(folder: Path, start: Path | None, seconds: float, tiles: int = 200, seed: int = 0) -> None:
    """Train for `seconds` of wall time; write `upscaler.safetensors` (fp16) and `upscaler.csv` into `folder`."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed + 7)
    source = folder if start is None or (folder / "vae").is_dir() else start
    vae = make_circular(AutoencoderTiny.from_pretrained(source / "vae", torch_dtype=torch.float32))
    pairs = [_pair(rng, vae) for _ in range(tiles)]
    held_out = [_pair(np.random.default_rng(10**6 + i), vae) for i in range(HELD_OUT)]
    network = Upscaler()
    optimizer = torch.optim.AdamW(network.parameters(), 1e-3, betas=(0.9, 0.99))
    log = (folder / "upscaler.csv").open("w")
    log.write("seconds,step,psnr,psnr_bilinear\n")
    began, step, next_check = time.monotonic(), 0, 60.0
    while (spent := time.monotonic() - began) < seconds:
        part = spent / seconds
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * min(1, (step + 1) / 50) * max(0.02, 0.5 * (1 + np.cos(np.pi * part)))
        small, sharp = (
            torch.stack(x) for x in zip(*(_crop(rng, *pairs[i]) for i in rng.integers(0, len(pairs), BATCH)))
        )
        # The border of a crop has no true neighbours: it is left out of the loss.
        edge = 2 * SCALE
        output = network(small)[..., edge:-edge, edge:-edge]
        loss = reconstruction_loss(sharp[..., edge:-edge, edge:-edge] * 2 - 1, output * 2 - 1)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        step += 1
        if spent > next_check:
            log.write(f"{spent:.0f},{step},{_psnr(network, held_out):.3f},{_psnr(None, held_out):.3f}\n")
            log.flush()
            next_check += 60
    log.write(f"{spent:.0f},{step},{_psnr(network, held_out):.3f},{_psnr(None, held_out):.3f}\n")
    log.close()
    save_file({name: value.half() for name, value in network.state_dict().items()}, folder / "upscaler.new")
    os.replace(folder / "upscaler.new", folder / "upscaler.safetensors")


def _crop(rng: np.random.Generator, small: Tensor, sharp: Tensor) -> tuple[Tensor, Tensor]:
    y, x = (int(v) for v in rng.integers(0, TILE - CROP + 1, 2))
    tall, wide = slice(y * SCALE, (y + CROP) * SCALE), slice(x * SCALE, (x + CROP) * SCALE)
    return small[:, y : y + CROP, x : x + CROP], sharp[:, tall, wide]


@torch.no_grad()
def _psnr(network: Upscaler | None, pairs: list[tuple[Tensor, Tensor]]) -> float:
    """Mean PSNR in dB; None measures plain bilinear enlargement."""
    values = []
    for small, sharp in pairs:
        output = enlarge(small[None], SCALE) if network is None else network(small[None])
        values.append(float(-10 * torch.log10((output.clamp(0, 1) - sharp).square().mean())))
    return float(np.mean(values))
