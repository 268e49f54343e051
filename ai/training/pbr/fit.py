"""The estimator's samples on the disk, its losses, its training."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from ...pbr.features import COUNT, MOOD, features
from ...pbr.network import OUTPUTS, WEIGHTS, write_checksum
from .samples import Stream

HIDDEN = 96
PIXELS = 512  # Of a sample that are learned from.
BATCH = 4096
SHARD = 500  # Samples of one file.
NOISE = 0.6  # Deviation, in deviations of each number.
CHECK = 500  # Steps between two checkpoints.
WEIGHT = {"normal": 3.0, "height": 0.5, "roughness": 0.5, "metallic": 0.4, "shade": 0.3}


def make_network() -> nn.Sequential:
    """Features (n, COUNT), standardised, to `OUTPUTS` (n, 6)."""
    return nn.Sequential(
        nn.Linear(COUNT, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, len(OUTPUTS))
    )


def make_shard(folder: Path, number: int, seed: int) -> None:
    """Draw and light some samples, and keep a part of their pixels: features and truth, half floats.

    The truth has one column more, the deviation of the sample's height in pixels.
    """
    stream = Stream(seed * 1000 + number)
    seen, truth = [], []
    for sample in (one for _ in range(SHARD // 2) for one in stream.draw()):
        at = stream.rng.choice(np.flatnonzero(sample.known.ravel()), PIXELS, replace=False)
        seen.append(features(sample.picture)[0][at])
        rows = sample.truth.reshape(-1, len(OUTPUTS))[at]
        truth.append(np.concatenate([rows, np.full((PIXELS, 1), rows[:, 2].std(), np.float32)], 1))
    part = folder / f"shard-{number}.part.npz"
    np.savez(part, seen=np.concatenate(seen).astype(np.float16), truth=np.concatenate(truth).astype(np.float16))
    os.replace(part, folder / f"shard-{number}.npz")


def losses(output: Tensor, truth: Tensor) -> dict[str, Tensor]:
    """What is wrong with the outputs (n, 6), each by its own measure; the normals' is about the angle in radians."""

    def normals(slopes: Tensor) -> Tensor:
        return nn.functional.normalize(torch.cat([slopes, torch.ones_like(slopes[:, :1])], 1), dim=1)

    apart = (normals(output[:, :2]) - normals(truth[:, :2])).square().sum(1)
    found = {"normal": (apart + 1e-4).sqrt(), "height": (output[:, 2] - truth[:, 2]).abs() / (truth[:, 6] + 0.3)}
    for index, name in ((3, "roughness"), (4, "metallic"), (5, "shade")):
        found[name] = (output[:, index] - truth[:, index]).abs()
    return {name: value.mean() for name, value in found.items()}


def train(folder: Path, shards: int, steps: int, seed: int) -> dict[str, Tensor]:
    """Learn from the shards; return the weights with the mean and scale of the features."""
    held = [np.load(folder / f"shard-{number}.npz") for number in range(shards)]
    seen, truth = (torch.from_numpy(np.concatenate([one[name] for one in held])) for name in ("seen", "truth"))
    part = seen[::97].float()
    mean, scale = part.mean(0), 1 / (part.std(0) + 1e-3)
    kept = SHARD * PIXELS  # The last shard is for validation.
    torch.manual_seed(seed)
    network = make_network()
    optimizer = torch.optim.AdamW(network.parameters(), betas=(0.9, 0.99), weight_decay=1e-2)
    average = [p.detach().clone() for p in network.parameters()]
    path, first = folder / "checkpoint.pt", 0
    if path.exists():
        state: dict[str, Any] = torch.load(path, weights_only=True)
        if (state["steps"], state["shards"]) == (steps, shards):
            network.load_state_dict(state["network"])
            optimizer.load_state_dict(state["optimizer"])
            average, first = state["average"], state["step"]
    sums: dict[str, float] = dict.fromkeys(WEIGHT, 0.0)
    for step in range(first, steps):
        for group in optimizer.param_groups:
            group["lr"] = 3e-3 * min(1, (step + 1) / 100) * max(0.01, 0.5 * (1 + np.cos(np.pi * step / steps)))
        chance = torch.Generator().manual_seed(seed * 10**6 + step)
        at = torch.randint(len(seen) - kept, (BATCH,), generator=chance)
        inputs = (seen[at].float() - mean) * scale
        # Without noise on what belongs to the whole picture the network knows the training tiles by it.
        inputs[:, -MOOD:] += NOISE * torch.randn(BATCH, MOOD, generator=chance)
        parts = losses(network(inputs), truth[at].float())
        optimizer.zero_grad()
        total = torch.stack([WEIGHT[name] * value for name, value in parts.items()]).sum()
        total.backward()
        optimizer.step()
        keep = min(0.998, step / (step + 20))
        with torch.no_grad():
            for slow, fast in zip(average, network.parameters()):
                slow.lerp_(fast, 1 - keep)
        for name, value in parts.items():
            sums[name] += float(value.detach()) / CHECK
        if (step + 1) % CHECK == 0:
            state = {"network": network.state_dict(), "optimizer": optimizer.state_dict(), "average": average}
            torch.save(state | {"step": step + 1, "steps": steps, "shards": shards}, path.with_suffix(".new"))
            os.replace(path.with_suffix(".new"), path)
            row = "  ".join(f"{name} {value:.4f}" for name, value in sums.items())
            with torch.no_grad():
                last = losses(network((seen[-kept:].float() - mean) * scale), truth[-kept:].float())
            row += "  | " + "  ".join(f"{float(value):.4f}" for value in last.values())
            print(f"{step + 1:6}  {row}  {time.process_time():.0f} s", flush=True)
            sums = dict.fromkeys(WEIGHT, 0.0)
    found = {"mean": mean, "scale": scale}
    for layer in range(3):
        found |= {f"{layer}.weight": average[2 * layer], f"{layer}.bias": average[2 * layer + 1]}
    return found


def export(found: dict[str, Tensor], about: dict[str, str]) -> None:
    """Write the weights as half floats, with their checksum, into the extension."""
    part = WEIGHTS.with_suffix(".new")
    save_file({name: value.half().contiguous() for name, value in found.items()}, part, about)
    os.replace(part, WEIGHTS)
    write_checksum()
