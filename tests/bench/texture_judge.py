"""The judge of the built-in model's bench: a network that names the material of a tile.

It sees nothing but samples of the procedural generator, drawn and disturbed from fixed seeds. The trained weights are
kept in tests/out/ under a name that holds the hash of this file and of tiles that the generator draws, so that only a
change of either trains it again.
"""

from __future__ import annotations

import copy
import hashlib
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from ada_forge.ai.procedural.draw import draw, draw_recipe
from ada_forge.ai.procedural.light import light
from ada_forge.ai.procedural.recipe import Recipe
from ada_forge.ai.training.default.autoencoder import to_tensor
from ada_forge.ai.training.default.stream import TAUGHT, to_bytes
from torch import Tensor, nn

TILE = 128
FEATURES = 64
BATCH = 48
SAMPLES = 10000  # Tiles drawn to learn from.
STEPS = 1200


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(_conv(width, width), nn.ReLU(), _conv(width, width))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.body(x))


def _conv(before: int, width: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    padding = (kernel - stride + 1) // 2
    conv = nn.Conv2d(before, width, kernel, stride, padding, bias=False, padding_mode="circular")
    return nn.Sequential(conv, nn.BatchNorm2d(width))


class Judge(nn.Module):
    """A residual classifier on the mean and the spread of its features, since a texture has no place for anything.

    What stands before its last layer are the features that distances use.
    """

    def __init__(self, classes: int = len(TAUGHT)) -> None:
        super().__init__()
        widths = (48, 96, 160)
        self.stages = nn.ModuleList(
            [
                nn.Sequential(_conv(3, widths[0], 6, 4), nn.ReLU(), _conv(widths[0], widths[0]), nn.ReLU()),
                nn.Sequential(_conv(widths[0], widths[1], 4, 2), nn.ReLU(), _Residual(widths[1])),
                nn.Sequential(_conv(widths[1], widths[2], 4, 2), nn.ReLU(), _Residual(widths[2])),
            ]
        )
        self.squeeze = nn.Linear(2 * sum(widths), FEATURES)
        self.head = nn.Linear(FEATURES, classes)

    def features(self, x: Tensor) -> Tensor:
        """Images (n, 3, 128, 128) in [-1, 1] to (n, 64)."""
        statistics = []
        for stage in self.stages:
            x = stage(x)
            flat = x.float().flatten(2)
            statistics += [flat.mean(2), (flat.var(2) + 1e-5).sqrt()]
        return F.relu(self.squeeze(torch.cat(statistics, 1)))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(F.dropout(self.features(x), 0.1, self.training))


def draw_set(seed: int, count: int) -> tuple[np.ndarray, list[Recipe]]:
    """Pictures of the generator, the materials in turn."""
    rng = np.random.default_rng(seed)
    recipes = [draw_recipe(rng, TAUGHT[i % len(TAUGHT)]) for i in range(count)]
    return np.stack([to_bytes(light(draw(recipe, TILE))) for recipe in recipes]), recipes


def classes(recipes: list[Recipe]) -> Tensor:
    return torch.tensor([TAUGHT.index(recipe.material) for recipe in recipes])


def _cosines() -> Tensor:
    """The orthonormal cosine transform of 8 samples, (8, 8)."""
    k = torch.arange(8.0)[:, None]
    rows = torch.cos(torch.pi * k * (torch.arange(8.0) + 0.5) / 8) * 0.5
    rows[0] *= 0.5**0.5
    return rows


def disturb(x: Tensor) -> Tensor:
    """What must not matter: place, exposure, tint, blur, grain and lost detail. (n, 3, 128, 128)."""
    n = len(x)

    def some(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(n, *(shape or (1, 1, 1)))

    shift = torch.randint(0, TILE // 32, (2,)) * 32  # As the training of the model does.
    x = torch.roll(x, (int(shift[0]), int(shift[1])), (2, 3))
    x = x * some(0.85, 1.15) + some(-0.08, 0.08) + some(-0.03, 0.03, 3, 1, 1)
    soft = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="circular"), 3, 1)
    x = torch.lerp(x, soft, some(0, 1) * (torch.rand(n, 1, 1, 1) < 0.5))
    # An autoencoder gives back the low frequencies of its 8 x 8 patches: how many is left to chance.
    cosines = _cosines()
    blocks = x.reshape(n, 3, TILE // 8, 8, TILE // 8, 8)
    waves = torch.einsum("ky,ncaybx,lx->ncakbl", cosines, blocks, cosines)
    k = torch.arange(8.0)
    order = (k[:, None] + k)[None, None, None, :, None, :]
    kept = torch.sigmoid((some(5, 30, 1, 1, 1, 1, 1) - order) * 2)
    x = torch.einsum("ky,ncakbl,lx->ncaybx", cosines, waves * kept, cosines).reshape(x.shape)
    return x + torch.randn_like(x) * some(0, 0.05)


def train_judge(steps: int = STEPS, samples: int = SAMPLES, seed: int = 0) -> Judge:
    """Train on generator samples; the weights are averaged over the last steps."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    data, recipes = draw_set(5_000_000 + seed, samples)
    targets = classes(recipes)
    judge = Judge()
    average = copy.deepcopy(judge)
    optimizer = torch.optim.AdamW(judge.parameters(), 3e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps, pct_start=0.15)
    for step in range(steps):
        chosen = rng.integers(0, samples, BATCH)
        x = disturb(to_tensor(data[chosen]))
        with torch.autocast("cpu", torch.bfloat16):
            loss = F.cross_entropy(judge(x).float(), targets[chosen], label_smoothing=0.05)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        keep = min(0.995, (step + 1) / (step + 10))
        with torch.no_grad():
            for mean, value in zip(average.state_dict().values(), judge.state_dict().values()):
                mean.lerp_(value, 1 - keep) if mean.is_floating_point() else mean.copy_(value)
    return average.eval()


def load_judge(folder: Path) -> Judge:
    """The judge of this code and this generator: from `folder`, else trained now and kept there."""
    drawn = draw_set(1, 2 * len(TAUGHT))[0]  # What is drawn counts, not how the code that draws is written.
    name = hashlib.sha256(Path(__file__).read_bytes() + drawn.tobytes()).hexdigest()[:12]
    path = folder / f"texture-judge-{name}.pt"
    judge = Judge()
    if path.exists():
        judge.load_state_dict(torch.load(path, weights_only=True))
        return judge.eval()
    judge = train_judge()
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(judge.state_dict(), path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)
    return judge


@torch.no_grad()
def in_batches(function, images: np.ndarray) -> Tensor:
    """A network's output for pictures (n, h, w, 3) uint8."""
    return torch.cat([function(to_tensor(images[i : i + 64])) for i in range(0, len(images), 64)])


def verdicts(judge: Judge, images: np.ndarray) -> Tensor:
    """The class of each picture, (n,)."""
    return in_batches(judge, images).argmax(1)


def confusions(targets: Tensor, found: Tensor, most: int = 12) -> list[tuple[str, str, float]]:
    """The pairs that are mixed up most: what it is, what it was taken for, share of the first."""
    count = torch.zeros(len(TAUGHT), len(TAUGHT))
    count.index_put_((targets, found), torch.ones(len(targets)), accumulate=True)
    share = count / count.sum(1, keepdim=True).clamp(min=1)
    share.fill_diagonal_(0)
    values, places = share.flatten().topk(most)
    return [(TAUGHT[i // len(TAUGHT)], TAUGHT[i % len(TAUGHT)], round(float(v), 3))
            for v, i in zip(values, places.tolist()) if v > 0]  # fmt: skip
