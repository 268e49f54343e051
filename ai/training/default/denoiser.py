"""Training of the UNet together with its text encoder, on an endless stream of fresh tiles."""

from __future__ import annotations

import copy
import os
import shutil
import time
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import torch
from diffusers import AutoencoderTiny, DDPMScheduler, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTokenizer

from ...diffusion.card import read_card
from ...procedural.caption import draw_caption
from ...procedural.recipe import Recipe
from .architecture import CHANNELS, FACTOR, TILE, make_circular, make_text_encoder, make_unet
from .autoencoder import to_tensor
from .muon import Muon
from .stream import TAUGHT, draw_tile
from .vocabulary import FILLERS, make_tokenizer

BATCH = 32
POOL = 1000  # Tiles before the first step.
HELD_OUT = 384  # Tiles of the validation.
LIMIT = 60000  # Tiles kept; the oldest give way.
FRESH = 3  # New tiles a step.
ROLL = 4  # Cells: whole 32-pixel steps keep the lattices where they are.
LOGS = Path(__file__).resolve().parent / "logs"  # Of the releases, in the repository.
LETTERS = np.array(list("abcdefghijklmnopqrstuvwxyz"))


class Pool:
    """Latents and recipes of the tiles seen so far, growing while the training runs."""

    def __init__(self, vae: Any, seed: int) -> None:
        self.vae = vae.eval().requires_grad_(False)
        self.rng = np.random.default_rng(seed)
        self.latents = torch.empty(0, CHANNELS, TILE // FACTOR, TILE // FACTOR, dtype=torch.float16)
        self.recipes: list[Recipe] = []

    def grow(self, count: int) -> None:
        """Draw and encode `count` new tiles."""
        drawn = [draw_tile(self.rng) for _ in range(count)]
        with torch.no_grad():
            latents = self.vae.encode(to_tensor(np.stack([tile for tile, _ in drawn]))).latents
        new = (latents * self.vae.config.scaling_factor).half()
        self.latents = torch.cat([self.latents, new])[-LIMIT:]
        self.recipes = (self.recipes + [recipe for _, recipe in drawn])[-LIMIT:]


def loosen(rng: np.random.Generator, text: str) -> str:
    """Sometimes put in a filler or a nonsense word, so that unknown words are read over."""
    if rng.random() > 0.2:
        return text
    words = text.split(" ")
    for _ in range(int(rng.integers(1, 3))):
        odd = "".join(rng.choice(LETTERS, rng.integers(3, 9))) if rng.random() < 0.5 else str(rng.choice(FILLERS))
        words.insert(int(rng.integers(len(words) + 1)), odd)
    return " ".join(words)


def tokenize(tokenizer: CLIPTokenizer, texts: list[str]) -> Tensor:
    """Token numbers, (n, positions)."""
    return tokenizer(texts, padding="max_length", truncation=True, return_tensors="pt").input_ids


class Trainer:
    """The networks, their averages, the optimizers, and how far they have come."""

    def __init__(self, folder: Path, start: Path | None, seed: int) -> None:
        """Make the networks anew, or read them from the shipped folder `start`; `load` goes on from a checkpoint."""
        self.folder = folder
        torch.manual_seed(seed)
        source = folder if start is None or (folder / "vae").is_dir() else start
        self.vae = make_circular(AutoencoderTiny.from_pretrained(source / "vae", torch_dtype=torch.float32))
        self.step, self.samples, self.minutes = 0, 0, 0.0  # Minutes of processor time.
        if start is None:
            self.tokenizer = make_tokenizer(folder / "tokenizer")
            self.net = nn.ModuleDict({"unet": make_unet(), "text_encoder": make_text_encoder(self.tokenizer)})
        else:
            self.tokenizer = CLIPTokenizer.from_pretrained(start / "tokenizer")
            unet = UNet2DConditionModel.from_pretrained(start / "unet", torch_dtype=torch.float32)
            text = CLIPTextModel.from_pretrained(start / "text_encoder", torch_dtype=torch.float32)
            self.net = nn.ModuleDict({"unet": make_circular(unet), "text_encoder": text})
            card = read_card(start)
            self.samples, self.minutes = card.trained_samples, card.trained_minutes
        self.net.train()
        # At these sizes the fused attention's backward pass is slower than plain matrix products (measured).
        network: Any = self.net["unet"]
        network.set_attn_processor(AttnProcessor())
        self.average = copy.deepcopy(self.net).requires_grad_(False).eval()
        matrices = [p for name, p in self.net.named_parameters() if p.ndim >= 2 and not _is_edge(name)]
        others = [p for name, p in self.net.named_parameters() if p.ndim < 2 or _is_edge(name)]
        self.optimizers = (Muon(matrices), torch.optim.AdamW(others, betas=(0.9, 0.99), weight_decay=0.01))
        schedule: Any = DDPMScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            prediction_type="v_prediction",
            rescale_betas_zero_snr=True,
        )
        self.signal = schedule.alphas_cumprod  # (1000,), to exactly 0.
        self.empty = tokenize(self.tokenizer, [""])[0]

    def losses(self, net: nn.ModuleDict, latents: Tensor, tokens: Tensor, steps: Tensor, noise: Tensor) -> Tensor:
        """Mean squared error of the predicted v of each sample (Salimans & Ho 2022, arXiv:2202.00512, appendix D)."""
        a = self.signal[steps].sqrt()[:, None, None, None]
        s = (1 - self.signal[steps]).sqrt()[:, None, None, None]
        # bfloat16 halves the time of a convolution here; weights, sums and the loss stay float32.
        with torch.autocast(latents.device.type, torch.bfloat16):
            words = net["text_encoder"](tokens).last_hidden_state
            predicted = net["unet"](a * latents + s * noise, steps, words).sample
        return (predicted.float() - (a * noise - s * latents)).square().mean((1, 2, 3))

    def weights(self, steps: Tensor) -> Tensor:
        """Min-SNR-5 weights for v-prediction (Hang et al. 2023, arXiv:2303.09556), with a floor."""
        snr = self.signal[steps] / (1 - self.signal[steps]).clamp(min=1e-8)
        return snr.clamp(max=5) / (snr + 1) + 0.15

    def train_step(self, pool: Pool, rng: np.random.Generator, rate: float) -> float:
        """One update; return its loss."""
        chosen = rng.integers(0, len(pool.recipes), BATCH)
        latents = pool.latents[torch.from_numpy(chosen)].float()
        shift = rng.integers(0, TILE // FACTOR // ROLL, 2) * ROLL
        latents = torch.roll(latents, (int(shift[0]), int(shift[1])), (2, 3))
        tokens = tokenize(self.tokenizer, [loosen(rng, draw_caption(rng, pool.recipes[i])) for i in chosen])
        tokens[torch.rand(BATCH) < 0.1] = self.empty
        steps = ((torch.arange(BATCH) + torch.rand(BATCH)) / BATCH * len(self.signal)).long()
        loss = (self.weights(steps) * self.losses(self.net, latents, tokens, steps, torch.randn_like(latents))).mean()
        for optimizer in self.optimizers:
            optimizer.zero_grad()
            for group in optimizer.param_groups:
                group["lr"] = rate
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
        self.step += 1
        self.samples += BATCH
        # Power-function average over about the last 6 % of all steps (Karras et al. 2024, arXiv:2312.02696, eq. 122).
        keep = (1 - 1 / self.step) ** 17
        with torch.no_grad():
            for mean, p in zip(self.average.parameters(), self.net.parameters()):
                mean.lerp_(p, 1 - keep)
        return float(loss.detach())

    @torch.no_grad()
    def validate(self, held_out: tuple[Tensor, Tensor, Tensor, Tensor]) -> float:
        """Unweighted loss of the averaged networks on fixed tiles, captions, steps and noise."""
        parts = [self.losses(self.average, *(x[i : i + 64] for x in held_out)) for i in range(0, len(held_out[0]), 64)]
        return float(torch.cat(parts).mean())

    def report(self, log: TextIO, loss: float, held_out: tuple[Tensor, Tensor, Tensor, Tensor]) -> None:
        """Write a line of the log and a checkpoint."""
        validation = self.validate(held_out)
        log.write(f"{self.minutes:.1f},{self.samples},{len(TAUGHT)},{loss:.4f},{validation:.4f}\n")
        log.flush()
        self.save()

    def save(self) -> None:
        """Write everything needed to go on, replacing the last checkpoint only once it is whole."""
        state = {
            "net": self.net.state_dict(),
            "average": self.average.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "progress": {"step": self.step, "samples": self.samples, "minutes": self.minutes},
        }
        torch.save(state, self.folder / "checkpoint.new")
        os.replace(self.folder / "checkpoint.new", self.folder / "checkpoint.pt")

    def load(self) -> None:
        """Go on from the folder's checkpoint."""
        state = torch.load(self.folder / "checkpoint.pt", weights_only=True)
        self.net.load_state_dict(state["net"])
        self.average.load_state_dict(state["average"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"]):
            optimizer.load_state_dict(saved)
        self.step, self.samples, self.minutes = (state["progress"][k] for k in ("step", "samples", "minutes"))


def _is_edge(name: str) -> bool:
    """Embeddings and the first and last layer: not hidden matrices."""
    return any(part in name for part in ("embedding.weight", "conv_in", "conv_out", "position"))


def hold_out(trainer: Trainer) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Fixed validation data: latents, tokens, steps, noise."""
    pool = Pool(trainer.vae, 10**6)
    pool.grow(HELD_OUT)
    rng = np.random.default_rng(10**6)
    tokens = tokenize(trainer.tokenizer, [draw_caption(rng, recipe) for recipe in pool.recipes])
    generator = torch.Generator().manual_seed(10**6)
    noise = torch.randn(pool.latents.shape, generator=generator)
    steps = (torch.arange(HELD_OUT) * 997 % HELD_OUT * len(trainer.signal) // HELD_OUT).long()
    return pool.latents.float(), tokens, steps, noise


def train_denoiser(folder: Path, start: Path | None, seconds: float, seed: int = 0, peak: float = 2e-3) -> None:
    """Train for `seconds` of wall time. A checkpoint and a line of `denoiser.csv` every ten minutes.

    Args:
        folder: checkpoints and logs; `vae/` of the first stage where `start` is None.
        start: a shipped folder whose weights are taken further where `folder` has no checkpoint; None begins anew.
        seconds: of this run.
        seed: of data, noise and the first weights; a resumed run draws new data.
        peak: learning rate, falling over the last third.
    """
    trainer = Trainer(folder, start, seed)
    if (folder / "checkpoint.pt").exists():
        trainer.load()
    before = trainer.minutes - time.process_time() / 60
    rng = np.random.default_rng((seed, trainer.samples))
    torch.manual_seed(seed + trainer.samples)
    held_out = hold_out(trainer)
    pool = Pool(trainer.vae, seed + 1 + trainer.samples)
    for _ in range(POOL // 50):
        pool.grow(50)
    if start is not None and not (folder / "denoiser.csv").exists() and (LOGS / "denoiser.csv").exists():
        shutil.copyfile(LOGS / "denoiser.csv", folder / "denoiser.csv")
    log = (folder / "denoiser.csv").open("a")
    if log.tell() == 0:
        log.write("cpu_minutes,samples,materials,loss,validation\n")
    began, next_save, recent = time.monotonic(), 600.0, 0.0
    while (spent := time.monotonic() - began) < seconds:
        part = spent / seconds
        rate = peak * min(1, (trainer.step + 1) / 60) * min(1, max(0.02, (1 - part) / 0.35))
        loss = trainer.train_step(pool, rng, rate)
        recent = loss if recent == 0 else 0.98 * recent + 0.02 * loss
        pool.grow(FRESH)
        trainer.minutes = before + time.process_time() / 60
        if spent > next_save:
            trainer.report(log, recent, held_out)
            next_save += 600
    trainer.report(log, recent, held_out)
    log.close()
