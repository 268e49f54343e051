"""Training of the autoencoder: PCA start, random crops, then whole tiles."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from .architecture import CHANNELS, FACTOR, TILE, make_autoencoder, start_from_pca
from .stream import draw_tile

CROP = 48
HELD_OUT = 64  # Tiles of the validation.
_BINOMIAL = torch.tensor([1.0, 4, 6, 4, 1]) / 16


def _blur(x: Tensor) -> Tensor:
    kernel = (_BINOMIAL[:, None] * _BINOMIAL).expand(3, 1, 5, 5)
    return F.conv2d(F.pad(x, (2, 2, 2, 2), mode="reflect"), kernel, groups=3)


def reconstruction_loss(target: Tensor, output: Tensor) -> Tensor:
    """L1, plus L1 of detail and of its local energy over two octaves; flat pictures weigh as much as busy ones.

    Images (n, 3, h, w) in [-1, 1]. The energy term keeps fine grain that plain L1 would average away.
    """
    weight = 1 / (0.12 + target.std((1, 2, 3), keepdim=True))
    weight = weight / weight.mean()
    loss = ((target - output).abs() * weight).mean()
    for _ in range(2):
        smooth_target, smooth_output = _blur(target), _blur(output)
        fine_target, fine_output = target - smooth_target, output - smooth_output
        loss = loss + 0.5 * ((fine_target - fine_output).abs() * weight).mean()
        energy_target = (_blur(fine_target**2) + 1e-4).sqrt()
        energy_output = (_blur(fine_output**2) + 1e-4).sqrt()
        loss = loss + 0.35 * ((energy_target - energy_output).abs() * weight).mean()
        target, output = smooth_target[..., ::2, ::2], smooth_output[..., ::2, ::2]
    return loss


def principal_patches(tiles: np.ndarray, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Mean (192,), variances (12,) and components (192, 12) of the 8 x 8 patches of tiles (n, 128, 128, 3) uint8."""
    cells = TILE // FACTOR
    some = tiles[rng.choice(len(tiles), min(1500, len(tiles)), replace=False)].astype(np.float32) / 255
    patches = some.reshape(-1, cells, FACTOR, cells, FACTOR, 3).transpose(0, 1, 3, 2, 4, 5).reshape(-1, FACTOR**2 * 3)
    patches = patches[rng.choice(len(patches), 60000)]
    mean = patches.mean(0)
    values, axes = np.linalg.eigh(np.cov((patches - mean).T))
    order = np.argsort(values)[::-1][:CHANNELS]
    return tuple(torch.tensor(a.copy(), dtype=torch.float32) for a in (mean, values[order], axes[:, order]))  # type: ignore[return-value]


def to_tensor(images: np.ndarray) -> Tensor:
    """Pictures (n, h, w, 3) uint8 to (n, 3, h, w) float32 in [-1, 1]."""
    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 127.5 - 1


@torch.no_grad()
def psnr(vae: Any, images: Tensor) -> float:
    """Mean PSNR in dB of reconstructions of images in [-1, 1]."""
    output = vae.decode(vae.encode(images).latents).sample.clamp(-1, 1)
    return float((-10 * torch.log10(((images - output) / 2).square().mean((1, 2, 3)))).mean())


def train_autoencoder(folder: Path, seconds: float, tiles: int = 5000, seed: int = 0) -> None:
    """Train for `seconds` of wall time and write the folder `vae` with its log `vae.csv` into `folder`."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    data = np.stack([draw_tile(rng)[0] for _ in range(tiles)])
    held_out = to_tensor(np.stack([draw_tile(np.random.default_rng(10**6 + i))[0] for i in range(HELD_OUT)]))
    vae = make_autoencoder()
    start_from_pca(vae, *principal_patches(data, rng))
    optimizer = torch.optim.AdamW(vae.parameters(), 1e-3, betas=(0.9, 0.99), weight_decay=1e-3)
    log = (folder / "vae.csv").open("w")
    log.write("seconds,step,psnr\n")
    began, step, next_check = time.monotonic(), 0, 0.0
    with torch.no_grad():
        start = vae.encode(held_out).latents.std((0, 2, 3))
    while (spent := time.monotonic() - began) < seconds:
        if spent >= next_check:
            log.write(f"{spent:.0f},{step},{psnr(vae, held_out):.3f}\n")
            log.flush()
            next_check += 60
        part = spent / seconds
        rate = (
            1e-3
            * min(1, (step + 1) / 40)
            * (1 if part < 0.35 else max(0.03, 0.5 * (1 + np.cos(np.pi * (part - 0.35) / 0.65))))
        )
        for group in optimizer.param_groups:
            group["lr"] = rate
        batch = to_tensor(draw_crops(rng, data, 12, CROP) if part < 0.8 else data[rng.integers(0, len(data), 2)])
        latents = vae.encode(batch).latents
        output = vae.decode(latents + 0.08 * torch.randn_like(latents)).sample
        drift = (latents.std((0, 2, 3)) - start).square().mean() + latents.mean((0, 2, 3)).square().mean()
        loss = reconstruction_loss(batch, output) + 0.02 * drift
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        step += 1
    with torch.no_grad():
        latents = torch.cat([vae.encode(to_tensor(data[i : i + 50])).latents for i in range(0, 500, 50)])
    vae.register_to_config(scaling_factor=float(1 / latents.square().mean().sqrt()))
    log.write(f"{spent:.0f},{step},{psnr(vae, held_out):.3f}\n")
    log.close()
    vae.save_pretrained(folder / "vae.new")
    (folder / "vae.new").rename(folder / "vae")


def draw_crops(rng: np.random.Generator, data: np.ndarray, count: int, side: int) -> np.ndarray:
    """Squares (count, side, side, 3) of tiles (n, 128, 128, 3), mirrored and transposed at random."""
    crops = np.empty((count, side, side, 3), np.uint8)
    for i, tile in enumerate(rng.integers(0, len(data), count)):
        y, x = rng.integers(0, TILE - side + 1, 2)
        crop = data[tile, y : y + side, x : x + side]
        crop = crop[:, ::-1] if rng.random() < 0.5 else crop
        crops[i] = crop.transpose(1, 0, 2) if rng.random() < 0.5 else crop
    return crops
