"""The autoencoder's second training: deeper, and with a critic, on pictures that never repeat.

It goes on from an autoencoder that exists, so that a denoiser trained on its latents only has to follow them.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from diffusers import AutoencoderTiny
from torch import Tensor

from .architecture import FACTOR, TILE, deepen, make_circular
from .autoencoder import HELD_OUT, draw_crops, psnr, reconstruction_loss, to_tensor
from .critic import Critic, judge, teach
from .stream import draw_tile

CROP = 64
BATCH = 8
POOL = 600  # Tiles before the first step.
LIMIT = 6000  # Tiles kept; the oldest give way.
NOISE = 0.08  # Deviation of what is added to the latents, whose own is about 0.5.
PLAIN = 0.15  # Share of the time without the critic.
ADVERSARIAL = 0.25  # Its pull against that of the plain loss.
RATES = (6e-4, 4e-4)


class Refiner:
    """The autoencoder, its critic, the optimizers, and how far they have come."""

    def __init__(self, vae: Any) -> None:
        self.vae, self.critic = deepen(vae).train(), Critic()
        self.optimizers = (
            torch.optim.AdamW(self.vae.parameters(), RATES[0], betas=(0.9, 0.99), weight_decay=1e-3),
            torch.optim.AdamW(self.critic.parameters(), RATES[1], betas=(0.5, 0.99)),
        )
        self.step = 0

    def train_step(self, batch: Tensor, part: float, spread: Tensor) -> None:
        """One update of both.

        Args:
            batch: (n, 3, h, w) in [-1, 1].
            part: of the training that is over, [0, 1].
            spread: the deviations that the latents are to keep, (12,).
        """
        for optimizer, peak in zip(self.optimizers, RATES):
            for group in optimizer.param_groups:
                group["lr"] = peak * min(1, (self.step + 1) / 50) * min(1, max(0.03, (1 - part) / 0.5))
        # bfloat16 halves the time of a convolution here; weights, sums and losses stay float32.
        with torch.autocast("cpu", torch.bfloat16):
            latents = self.vae.encode(batch).latents.float()
            output = self.vae.decode(latents + NOISE * torch.randn_like(latents)).sample.float()
        drift = (latents.std((0, 2, 3)) - spread).square().mean() + latents.mean((0, 2, 3)).square().mean()
        plain = reconstruction_loss(batch, output)
        loss = plain + 0.02 * drift
        if part >= PLAIN:
            loss = loss + self._adversarial(plain, output, batch)
        self.optimizers[0].zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.vae.parameters(), 1.0)
        self.optimizers[0].step()
        self.step += 1

    def _adversarial(self, plain: Tensor, output: Tensor, target: Tensor) -> Tensor:
        """Teach the critic, then return what it has to say of `output`."""
        target, output = target / 2 + 0.5, output / 2 + 0.5
        guide = F.interpolate(F.avg_pool2d(target, FACTOR), scale_factor=float(FACTOR))
        teach(self.critic, self.optimizers[1], target, output, guide)
        last: Any = self.vae.decoder.layers[-1]
        return judge(self.critic, plain, output, target, guide, last.weight, ADVERSARIAL)


def refine_autoencoder(folder: Path, start: Path | None, seconds: float, seed: int = 1) -> None:
    """Train for `seconds` of wall time and write `vae` into `folder`, with its log `refine.csv`.

    Args:
        folder: whose `vae` is taken further, where there is one.
        start: else the shipped folder's.
        seconds: of this run; every ten minutes what there is is written.
        seed: of data and noise.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng((seed, 3))
    source = folder if start is None or (folder / "vae").is_dir() else start
    vae = make_circular(AutoencoderTiny.from_pretrained(source / "vae", torch_dtype=torch.float32))
    held_out = to_tensor(np.stack([draw_tile(np.random.default_rng(10**6 + i))[0] for i in range(HELD_OUT)]))
    with torch.no_grad():
        spread = vae.encode(held_out).latents.std((0, 2, 3))
    refiner = Refiner(vae)
    data = np.stack([draw_tile(rng)[0] for _ in range(POOL)])
    log = (folder / "refine.csv").open("a")
    if log.tell() == 0:
        log.write("seconds,step,psnr\n")
    began, next_check, next_save = time.monotonic(), 0.0, 600.0
    while (spent := time.monotonic() - began) < seconds:
        if spent >= next_check:
            log.write(f"{spent:.0f},{refiner.step},{psnr(refiner.vae, held_out):.3f}\n")
            log.flush()
            next_check += 120
        if spent > next_save:
            _save(folder, refiner.vae, data)
            next_save += 600
        whole = refiner.step % 4 == 3
        batch = draw_crops(rng, data, 2, TILE) if whole else draw_crops(rng, data, BATCH, CROP)
        refiner.train_step(to_tensor(batch), spent / seconds, spread)
        data = np.concatenate([data, draw_tile(rng)[0][None]])[-LIMIT:]
    log.write(f"{spent:.0f},{refiner.step},{psnr(refiner.vae, held_out):.3f}\n")
    log.close()
    _save(folder, refiner.vae, data)


def _save(folder: Path, vae: Any, data: np.ndarray) -> None:
    """Write the folder `vae`, replacing it only once it is whole."""
    with torch.no_grad():
        latents = torch.cat(
            [vae.encode(to_tensor(data[i : i + 50])).latents for i in range(0, min(len(data), 500), 50)]
        )
    vae.register_to_config(scaling_factor=float(1 / latents.square().mean().sqrt()))
    vae.save_pretrained(folder / "vae.new")
    if (folder / "vae").is_dir():
        os.replace(folder / "vae", folder / f"vae.{time.time_ns()}")  # Earlier ones stay, to go back to.
    os.replace(folder / "vae.new", folder / "vae")
