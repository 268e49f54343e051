"""The estimator's losses, its training and its validation."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from ...pbr.network import WEIGHTS, as_seen, write_checksum
from ...pbr.relief import SPRING
from ..default.muon import Muon
from .estimator import Block, Estimator
from .samples import HELD_OUT, SEEN, Sample, Stream, drawn_tiles, light_up

SHAPES = ((128, 16), (256, 4))  # Pixels and number of samples of the batches, in turn.
STORED = (640, 160)  # Tiles kept of each.
FRESH = (4, 1)  # Tiles drawn anew at each batch.
RATES = (1.5e-3, 6e-4)  # Of Muon and AdamW.
VALIDATION = 88_000_000
SAVE = 200  # Steps between two rows of the log, and checkpoints.
WEIGHT = {"normal": 3.0, "slopes": 1.0, "shape": 1.0, "height": 0.3, "roughness": 0.5, "metallic": 0.4, "shade": 0.3}

Batch = tuple[Tensor, Tensor, Tensor]


def collate(samples: list[Sample]) -> Batch:
    """What the network sees (n, 3, h, w), the truth (n, 6, h, w), and what of it counts (n, h, w)."""
    seen = torch.from_numpy(np.stack([as_seen(s.picture) for s in samples])).movedim(-1, 1)
    truth = torch.from_numpy(np.stack([s.truth for s in samples])).movedim(-1, 1)
    return (
        seen.contiguous(memory_format=torch.channels_last),
        truth,
        torch.from_numpy(np.stack([s.known for s in samples])),
    )


def integrate(dx: Tensor, dy: Tensor, held: Tensor, spring: float) -> Tensor:
    """As `relief.integrate`, of many (n, h, w)."""
    h, w = dx.shape[-2:]
    y, x = torch.fft.fftfreq(h)[:, None] * 2 * np.pi, torch.fft.rfftfreq(w)[None] * 2 * np.pi
    along_x, along_y = torch.sin(x), torch.sin(y)
    ripples = 0.3 * (torch.sin(x / 2) ** 8 + torch.sin(y / 2) ** 8)
    pull = spring**2
    top = -1j * (along_x * torch.fft.rfft2(dx) + along_y * torch.fft.rfft2(dy)) + pull * torch.fft.rfft2(held)
    return torch.fft.irfft2(top / (along_x**2 + along_y**2 + ripples + pull), s=(h, w))


def slopes(height: Tensor) -> tuple[Tensor, Tensor]:
    """Central differences along x and along y of (n, h, w)."""
    x, y = ((height.roll(-1, axis) - height.roll(1, axis)) / 2 for axis in (2, 1))
    return x, y


def angles(a: tuple[Tensor, Tensor], b: tuple[Tensor, Tensor]) -> Tensor:
    """About the angles in radians (n, h, w) between the normals of two pairs of slopes: the length of the chord."""
    square = (a[0].square() + a[1].square() + 1) * (b[0].square() + b[1].square() + 1)
    dot = a[0] * b[0] + a[1] * b[1] + 1
    return (2.0001 - 2 * dot * square.rsqrt()).clamp_min(1e-5).sqrt()


def losses(output: Tensor, truth: Tensor, known: Tensor) -> dict[str, Tensor]:
    """What is wrong with the outputs (n, 6, h, w), each by its own measure; of the normals about the angle in radians.

    'normal' and 'shape' judge the height after its integration: what the user gets.
    """
    count = known.sum((1, 2))

    def mean(x: Tensor) -> Tensor:
        return (x * known).sum((1, 2)) / count

    def centred(x: Tensor) -> Tensor:
        return (x - mean(x)[:, None, None]) * known

    dx, dy, held, *others = output.unbind(1)
    true_dx, true_dy, true_height, *true_others = truth.unbind(1)
    height = integrate(dx, dy, held, SPRING)
    found = {
        "normal": mean(angles(slopes(height), (true_dx, true_dy))).mean(),
        "slopes": mean(angles((dx, dy), (true_dx, true_dy))).mean(),
    }
    ours, theirs = centred(height), centred(true_height)
    spread = mean(theirs.square()).sqrt()
    r = mean(ours * theirs) / (mean(ours.square()).add(1e-3).sqrt() * (spread + 1e-3))
    weight = spread / (spread + 0.1)  # What is flat has no shape to find.
    found["shape"] = (weight * (1 - r)).mean()
    found["height"] = (mean((ours - theirs).abs()) / (spread + 0.3)).mean()
    for name, value, true in zip(("roughness", "metallic", "shade"), others, true_others):
        found[name] = mean((value - true).abs()).mean()
    return found


def validation() -> dict[str, list[Batch]]:
    """Tiles of the materials seen and of those held out, of seeds of their own, under chance lamps."""
    found: dict[str, list[Batch]] = {}
    for name, materials in (("seen", SEEN), ("held_out", HELD_OUT)):
        rng = np.random.default_rng(VALIDATION)
        samples = [light_up(m, True, rng) for _, m in drawn_tiles(materials, 2, 128, VALIDATION)]
        found[name] = [collate(samples[i : i + 8]) for i in range(0, len(samples), 8)]
    return found


@torch.no_grad()
def judge(network: Estimator, batches: list[Batch]) -> dict[str, float]:
    """The mean losses."""
    rows = [(len(seen), losses(network(seen), truth, known)) for seen, truth, known in batches]
    total = sum(n for n, _ in rows)
    return {name: sum(n * float(row[name]) for n, row in rows) / total for name in rows[0][1]}


def make_optimizers(network: Estimator) -> tuple[torch.optim.Optimizer, ...]:
    """Muon for the kernels within, AdamW for the first and last ones, the context and all biases."""
    blocks = [block for block in network.modules() if isinstance(block, Block)]
    inner = [conv.weight for block in blocks for conv in (block.first, block.second)]
    inner += [layer.weight for layer in (*network.coarser, *network.finer)]  # type: ignore[misc]
    known = {id(weight) for weight in inner}
    others = [weight for weight in network.parameters() if id(weight) not in known]
    return Muon(inner), torch.optim.AdamW(others, betas=(0.9, 0.98), weight_decay=1e-2)


def train(folder: Path, seconds: float, seed: int) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Learn for so much processor time, over all runs in a folder; return the averaged weights and notes on them.

    Writes log.csv and a checkpoint there; the streams of tiles begin anew where it is taken up again.
    """
    torch.manual_seed(seed)
    network = Estimator()
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = Estimator()
    average.load_state_dict(network.state_dict())
    optimizers = make_optimizers(network)
    path, step, spent = folder / "checkpoint.pt", 0, 0.0
    if path.exists():
        state: dict[str, Any] = torch.load(path, weights_only=True)
        network.load_state_dict(state["network"])
        average.load_state_dict(state["average"])
        for optimizer, kept in zip(optimizers, state["optimizers"]):
            optimizer.load_state_dict(kept)
        step, spent = state["step"], state["spent"]
    streams = [Stream(seed * 10**6 + step * 10 + i, side, STORED[i]) for i, (side, _) in enumerate(SHAPES)]
    held = validation()
    sums: dict[str, float] = dict.fromkeys(WEIGHT, 0.0)
    began = time.process_time() - spent
    while (spent := time.process_time() - began) < seconds:
        part = spent / seconds
        rate = min(1, (step + 1) / 200) * min(1, 1.1 * (1 - part) + 0.01)
        for optimizer, most in zip(optimizers, RATES):
            for group in optimizer.param_groups:
                group["lr"] = rate * most
            optimizer.zero_grad()
        which = step % len(SHAPES)
        seen, truth, known = collate(streams[which].draw(SHAPES[which][1], FRESH[which]))
        with torch.autocast("cpu", torch.bfloat16):
            output = network(seen)
        parts = losses(output, truth, known)
        torch.stack([WEIGHT[name] * value for name, value in parts.items()]).sum().backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
        step += 1
        keep = min(0.998, step / (step + 20))
        with torch.no_grad():
            for slow, fast in zip(average.parameters(), network.parameters()):
                slow.lerp_(fast, 1 - keep)
        for name, value in parts.items():
            sums[name] += float(value.detach()) / SAVE
        if step % SAVE == 0:
            state = {"network": network.state_dict(), "average": average.state_dict(), "step": step, "spent": spent}
            torch.save(state | {"optimizers": [o.state_dict() for o in optimizers]}, path.with_suffix(".new"))
            os.replace(path.with_suffix(".new"), path)
            judged = {name: judge(average, batches) for name, batches in held.items()} if step % 1000 == 0 else {}
            write_row(folder / "log.csv", {"step": step, "processor_seconds": round(spent)}, sums, judged)
            sums = dict.fromkeys(WEIGHT, 0.0)
    notes = {"steps": str(step), "processor_seconds": str(round(spent)), "seed": str(seed)}
    return dict(average.state_dict()), notes


def write_row(path: Path, place: dict[str, int], sums: dict[str, float], judged: dict[str, dict[str, float]]) -> None:
    """Append a row to the log: training losses, and validation losses where there are some."""
    names = [*place, *sums, *(f"{split}_{name}" for split in ("seen", "held_out") for name in WEIGHT)]
    values = place | {name: round(value, 4) for name, value in sums.items()}
    values |= {f"{split}_{name}": round(value, 4) for split, row in judged.items() for name, value in row.items()}
    with path.open("a", encoding="utf-8") as file:
        if not file.tell():
            file.write(",".join(names) + "\n")
        file.write(",".join(str(values.get(name, "")) for name in names) + "\n")


def export(found: dict[str, Tensor], about: dict[str, str]) -> None:
    """Write the weights as half floats, with their checksum, into the extension."""
    part = WEIGHTS.with_suffix(".new")
    save_file({name: value.half().contiguous() for name, value in found.items()}, part, about)
    os.replace(part, WEIGHTS)
    write_checksum()
