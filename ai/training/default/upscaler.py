"""Training of the super-resolution network on pairs of the generator: 512-pixel tiles and their 128-pixel versions.

First the mean picture, then, with a critic, a sharp one. What it is given has mostly been through the autoencoder, as
the model's pictures have, with noise on the latents for the denoiser's own mistakes.
"""

from __future__ import annotations

import copy
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
from .critic import Critic, judge, teach
from .stream import draw_tile

CROP = 32  # Small pixels.
MARGIN = 4  # Small pixels at the border of a crop, whose neighbours are not the true ones.
BATCH = 8
FRESH = 20  # Steps for each new pair.
PLAIN = 0.2  # Share of the time without the critic.
ADVERSARIAL = 0.4  # Its pull against that of the plain loss.
HELD_OUT = 24  # Tiles of the validation.

Pair = tuple[Tensor, Tensor]


def _pair(rng: np.random.Generator, vae: Any) -> Pair:
    """A small tile as the model would show it, (3, 128, 128), and the sharp one, (3, 512, 512), uint8."""
    sharp = to_tensor(draw_tile(rng, size=TILE * SCALE)[0][None])
    small = F.avg_pool2d(sharp, SCALE)
    if rng.random() < 0.8:
        deviation = float(rng.choice((0.05, 0.15, 0.3)))
        with torch.no_grad():
            latents = vae.encode(small).latents
            noise = deviation * torch.from_numpy(rng.standard_normal(latents.shape, np.float32))
            small = vae.decode(latents + noise).sample.clamp(-1, 1)
    return _bytes(small[0]), _bytes(sharp[0])


def _bytes(image: Tensor) -> Tensor:
    return (image * 127.5 + 128).clamp(0, 255).to(torch.uint8)


class UpscalerTrainer:
    """The network, its average, the critic, the optimizers, and how far they have come."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.network, self.critic = Upscaler(), Critic()
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self.optimizers = (
            torch.optim.AdamW(self.network.parameters(), 5e-4, betas=(0.9, 0.99)),
            torch.optim.AdamW(self.critic.parameters(), 4e-4, betas=(0.5, 0.99)),
        )
        self.step, self.seconds = 0, 0.0

    def train_step(self, small: Tensor, sharp: Tensor, part: float) -> None:
        """One update of both networks.

        Args:
            small: (n, 3, 32, 32) in [0, 1].
            sharp: (n, 3, 128, 128) in [0, 1].
            part: of the training that is over, [0, 1].
        """
        for optimizer, peak in zip(self.optimizers, (5e-4, 4e-4)):
            for group in optimizer.param_groups:
                group["lr"] = peak * min(1, (self.step + 1) / 50) * min(1, max(0.03, (1 - part) / 0.4))
        edge = MARGIN * SCALE
        # bfloat16 halves the time of a convolution here; weights, sums and losses stay float32.
        with torch.autocast("cpu", torch.bfloat16):
            output = self.network(small).float()[..., edge:-edge, edge:-edge]
        target, guide = sharp[..., edge:-edge, edge:-edge], enlarge(small, SCALE)[..., edge:-edge, edge:-edge]
        loss = reconstruction_loss(target * 2 - 1, output * 2 - 1)
        if part >= PLAIN:
            loss = loss + self._adversarial(loss, output, target, guide)
        self.optimizers[0].zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizers[0].step()
        self.step += 1
        with torch.no_grad():
            keep = min(0.999, self.step / (self.step + 10))
            for mean, p in zip(self.average.parameters(), self.network.parameters()):
                mean.lerp_(p, 1 - keep)

    def _adversarial(self, plain: Tensor, output: Tensor, target: Tensor, guide: Tensor) -> Tensor:
        """Teach the critic, then return what it has to say of `output`."""
        teach(self.critic, self.optimizers[1], target, output, guide)
        last: Any = self.network.body[-1]
        return judge(self.critic, plain, output, target, guide, last.weight, ADVERSARIAL)

    def save(self) -> None:
        """Write the averaged weights (safetensors, fp16), and everything needed to go on."""
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "critic": self.critic.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "progress": {"step": self.step, "seconds": self.seconds},
        }
        torch.save(state, self.folder / "upscaler.new")
        os.replace(self.folder / "upscaler.new", self.folder / "upscaler.pt")
        save_file({k: v.half() for k, v in self.average.state_dict().items()}, self.folder / "upscaler.new")
        os.replace(self.folder / "upscaler.new", self.folder / "upscaler.safetensors")

    def load(self) -> None:
        """Go on from the folder's checkpoint."""
        state = torch.load(self.folder / "upscaler.pt", weights_only=True)
        for name in ("network", "average", "critic"):
            getattr(self, name).load_state_dict(state[name])
        for optimizer, saved in zip(self.optimizers, state["optimizers"]):
            optimizer.load_state_dict(saved)
        self.step, self.seconds = state["progress"]["step"], state["progress"]["seconds"]


def train_upscaler(folder: Path, start: Path | None, seconds: float, tiles: int = 200, seed: int = 0) -> None:
    """Train for `seconds` of wall time; write `upscaler.safetensors` (fp16) and `upscaler.csv` into `folder`.

    Goes on from `upscaler.pt` where the folder holds it: such a run has the critic from its first step. A checkpoint
    every ten minutes.
    """
    torch.manual_seed(seed)
    trainer = UpscalerTrainer(folder)
    resumed = (folder / "upscaler.pt").exists()
    if resumed:
        trainer.load()
    rng = np.random.default_rng((seed + 7, trainer.step))
    source = folder if start is None or (folder / "vae").is_dir() else start
    vae = make_circular(AutoencoderTiny.from_pretrained(source / "vae", torch_dtype=torch.float32))
    pairs = [_pair(rng, vae) for _ in range(tiles)]
    held_out = [_pair(np.random.default_rng(10**6 + i), vae) for i in range(HELD_OUT)]
    log = (folder / "upscaler.csv").open("a" if resumed else "w")
    if not resumed:
        log.write("seconds,step,psnr,psnr_bilinear\n")
    earlier, began, next_check, next_save = trainer.seconds, time.monotonic(), 60.0, 600.0
    while (spent := time.monotonic() - began) < seconds:
        part = spent / seconds
        chosen = [_crop(rng, *pairs[i]) for i in rng.integers(0, len(pairs), BATCH)]
        small, sharp = (torch.stack(x).float() / 255 for x in zip(*chosen))
        trainer.train_step(small, sharp, max(part, PLAIN) if resumed else part)
        trainer.seconds = earlier + spent
        if trainer.step % FRESH == 0:
            pairs[int(rng.integers(len(pairs)))] = _pair(rng, vae)
        if spent > next_check:
            _report(log, trainer, held_out)
            next_check += 120
        if spent > next_save:
            trainer.save()
            next_save += 600
    _report(log, trainer, held_out)
    log.close()
    trainer.save()


def _crop(rng: np.random.Generator, small: Tensor, sharp: Tensor) -> Pair:
    """A square of both, flipped at random."""
    y, x = (int(v) for v in rng.integers(0, TILE - CROP + 1, 2))
    small = small[:, y : y + CROP, x : x + CROP]
    sharp = sharp[:, y * SCALE : (y + CROP) * SCALE, x * SCALE : (x + CROP) * SCALE]
    return (small.flip(2), sharp.flip(2)) if rng.random() < 0.5 else (small, sharp)


def _report(log: Any, trainer: UpscalerTrainer, pairs: list[Pair]) -> None:
    row = (f"{_psnr(trainer.average, pairs):.3f}", f"{_psnr(None, pairs):.3f}")
    log.write(f"{trainer.seconds:.0f},{trainer.step},{','.join(row)}\n")
    log.flush()


@torch.no_grad()
def _psnr(network: Upscaler | None, pairs: list[Pair]) -> float:
    """Mean PSNR in dB; None measures plain bilinear enlargement."""
    values = []
    for small, sharp in pairs:
        x = small[None].float() / 255
        output = enlarge(x, SCALE) if network is None else network(x)
        values.append(float(-10 * torch.log10((output.clamp(0, 1) - sharp / 255).square().mean())))
    return float(np.mean(values))
