"""The discriminator that teaches the super-resolution network what sharp materials look like.

L1 alone answers what cannot be known with its mean, which is a blur; a critic that sees crops of true pictures and of
the network's does not let that pass (Goodfellow et al. 2014, arXiv:1406.2661; here with the hinge loss of Lim & Ye
2017, arXiv:1705.02894, on patches as in Isola et al. 2017, arXiv:1611.07004).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

EDGE = 24  # Pixels at the border of its answer's reach: crops have no true neighbours there.


class Critic(nn.Module):
    """Judges patches of about 46 pixels, given the small picture that was enlarged."""

    def __init__(self) -> None:
        super().__init__()
        widths = ((6, 32, 4, 2), (32, 64, 4, 2), (64, 128, 4, 2), (128, 128, 3, 1))
        self.layers = nn.ModuleList(
            spectral_norm(nn.Conv2d(before, width, kernel, stride, padding=1))
            for before, width, kernel, stride in widths
        )
        self.head = spectral_norm(nn.Conv2d(128, 1, 3, padding=1))

    def forward(self, picture: Tensor, enlarged: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Judge pictures.

        Args:
            picture: (n, 3, h, w) in [0, 1].
            enlarged: its small version, bilinearly enlarged, of the same shape.

        Returns:
            Scores (n, 1, h / 8, w / 8), high for true ones, and the features of each layer.
        """
        x = torch.cat([picture, enlarged], 1) * 2 - 1
        features = []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.head(x), features


def critic_loss(true: Tensor, made: Tensor) -> Tensor:
    """Hinge loss of the scores of true and made pictures."""
    return F.relu(1 - true).mean() + F.relu(1 + made).mean()


def feature_loss(true: list[Tensor], made: list[Tensor]) -> Tensor:
    """Mean absolute difference of the critic's features (Wang et al. 2018, "pix2pixHD", arXiv:1711.11585, eq. 5)."""
    return torch.stack([(a.detach() - b).abs().mean() for a, b in zip(true, made)]).mean()


def balance(plain: Tensor, adversarial: Tensor, weight: Tensor) -> Tensor:
    """How much the adversarial loss counts: so that both pull equally on the last layer.

    Source: Esser et al. 2021, "Taming transformers" (arXiv:2012.09841), eq. 7.
    """
    (a,) = torch.autograd.grad(plain, weight, retain_graph=True)
    (b,) = torch.autograd.grad(adversarial, weight, retain_graph=True)
    return (a.norm() / (b.norm() + 1e-6)).clamp(0, 10).detach()


def teach(critic: Critic, optimizer: torch.optim.Optimizer, target: Tensor, output: Tensor, guide: Tensor) -> None:
    """One update of the critic on true and made pictures, as in `Critic.forward`."""
    with torch.autocast("cpu", torch.bfloat16):
        true, made = critic(target, guide)[0], critic(output.detach(), guide)[0]
    loss = critic_loss(true.float(), made.float())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def judge(
    critic: Critic, plain: Tensor, output: Tensor, target: Tensor, guide: Tensor, last: Tensor, share: float
) -> Tensor:
    """What the critic, held still, has to say of `output`: `share` of the balanced score, and its features.

    Args:
        critic: of the pictures, as in `Critic.forward`.
        plain: the loss beside it.
        output: made, with a gradient.
        target: true.
        guide: the small version, enlarged.
        last: weights of the network's last layer, on which both losses are balanced.
        share: of the balanced score.
    """
    critic.requires_grad_(False)
    with torch.autocast("cpu", torch.bfloat16):
        score, features = critic(output, guide)
        with torch.no_grad():
            wanted = critic(target, guide)[1]
    adversarial = -score.float().mean()
    weight = balance(plain, adversarial, last)
    critic.requires_grad_(True)
    return share * weight * adversarial + feature_loss(wanted, features)
