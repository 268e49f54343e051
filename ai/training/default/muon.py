"""Muon: momentum whose update is orthogonalised, for weight matrices and convolution kernels.

Source: Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"; the scale that lets it share
AdamW's learning rate is from Liu et al. 2025, "Muon is scalable for LLM training" (arXiv:2502.16982), section 2.2.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor


def orthogonalize(matrix: Tensor, steps: int = 5) -> Tensor:
    """The nearest semi-orthogonal matrix, roughly (singular values in 0.7 to 1.2), by a quintic Newton-Schulz step.

    Args:
        matrix: (rows, columns) float.
        steps: iterations.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    x = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = (x / (x.norm() + 1e-7)).bfloat16()  # Precise enough, and twice as fast.
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x if matrix.shape[0] <= matrix.shape[1] else x.T).to(matrix.dtype)


class Muon(torch.optim.Optimizer):
    """Parameters of two or more dimensions; each is flattened to (first, rest)."""

    def __init__(
        self, params: Iterable[Tensor], lr: float = 1e-3, momentum: float = 0.95, weight_decay: float = 0.01
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One update with Nesterov momentum and decoupled weight decay."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["momentum"] = torch.zeros_like(p)
                state["momentum"].lerp_(p.grad, 1 - group["momentum"])
                flat = p.grad.lerp(state["momentum"], group["momentum"]).flatten(1)
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.add_(orthogonalize(flat).view_as(p), alpha=-group["lr"] * 0.2 * max(flat.shape) ** 0.5)
