"""Volume rendering along rays. Samples are packed: one row a sample, sorted by ray, then by distance."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def render_weights(density: Tensor, spacing: Tensor) -> Tensor:
    """Return how much each sample contributes to its ray's colour.

    w_i = T_i (1 - exp(-sigma_i d_i)),   T_i = exp(-sum_{j<i} sigma_j d_j)

    Args:
        density: sigma >= 0, in 1 / length. Shape (rays, samples).
        spacing: d >= 0, distance to the next sample. Same shape.

    Returns:
        Weights in [0, 1], shape (rays, samples). A row sums to the ray's opacity.

    Source: Mildenhall et al., "NeRF", ECCV 2020, eq. 3 (arXiv:2003.08934).
    """
    depth = density * spacing
    # Shifted, not `cumsum - depth`: a last spacing of 1e10 would erase the sum in float32.
    before = torch.cumsum(torch.nn.functional.pad(depth[:, :-1], (1, 0)), dim=-1)
    return torch.exp(-before) * -torch.expm1(-depth)


def section_alpha(distance: Tensor, cosine: Tensor, step: float, sharpness: float) -> Tensor:
    """Return the opacity of a section of a ray around a sample of a signed distance.

    NeuS makes the density such that the opacity between two points a < b of a ray is
    alpha = max((Phi(f_a) - Phi(f_b)) / Phi(f_a), 0) with the sigmoid Phi(f) = 1 / (1 + exp(-s f)).
    To first order the distance at the ends of a section of length d around a sample is
    f -+ (d / 2) df/dt, and df/dt = -cosine where the ray enters the surface. Where it leaves it (cosine < 0) the
    section is clear.

    Args:
        distance: f at the middle of the section, shape (n,).
        cosine: -(gradient of f) . (direction of the ray), shape (n,).
        step: d, length of the section, in the unit of `distance`.
        sharpness: s, in 1 / that unit.

    Returns:
        Opacities in [0, 0.9999], shape (n,).

    Source: Wang et al., "NeuS", NeurIPS 2021, eq. 13 and appendix (arXiv:2106.10689).
    """
    half = 0.5 * step * cosine.clamp(min=0)
    # 1 - Phi(f_b) / Phi(f_a) through logarithms: far inside, where both underflow, the quotient stays right.
    log_pass = torch.nn.functional.logsigmoid((distance - half) * sharpness)
    log_pass = log_pass - torch.nn.functional.logsigmoid((distance + half) * sharpness)
    return -torch.expm1(log_pass.clamp(-9.21, 0))


def packed_weights(alpha: Tensor, ray: Tensor) -> Tensor:
    """Return w_i = alpha_i prod_{j<i} (1 - alpha_j), the product over the earlier samples of the same ray.

    Args:
        alpha: opacities in [0, 1), shape (n,).
        ray: index of each sample's ray, not falling, shape (n,), int64.

    Returns:
        Shape (n,). The weights of a ray sum to its opacity.

    Source: Max, "Optical models for direct volume rendering", 1995, eq. 5; in float64, because the sum runs on over
        all rays of the batch.
    """
    weights: Tensor = _PackedWeights.apply(alpha, ray)
    return weights


class _PackedWeights(torch.autograd.Function):
    """`packed_weights` with its gradient written out: two running sums instead of autograd's dozen of steps."""

    @staticmethod
    def forward(ctx: Any, alpha: Tensor, ray: Tensor) -> Tensor:
        clear = torch.log1p(-alpha).double()
        before = torch.cumsum(clear, 0) - clear
        first = torch.ones_like(ray, dtype=torch.bool)
        torch.ne(ray[1:], ray[:-1], out=first[1:])
        starts = first.nonzero()[:, 0]
        number = torch.cumsum(first, 0) - 1  # Of each sample's ray, of those with samples.
        start = before.index_select(0, starts).index_select(0, number)
        passed = torch.exp(before - start).to(alpha.dtype)
        ctx.save_for_backward(alpha, passed, starts, number)
        return alpha * passed

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        alpha, passed, starts, number = ctx.saved_tensors
        sums = torch.cumsum((gradient * alpha * passed).double(), 0)
        ends = torch.cat([starts[1:] - 1, torch.full_like(starts[:1], len(alpha) - 1)])
        behind = sums.index_select(0, ends).index_select(0, number) - sums  # Of the samples further on, weighed.
        return gradient * passed - (behind / (1 - alpha)).to(alpha.dtype), None


def sample_pdf(edges: Tensor, weights: Tensor, uniform: Tensor) -> Tensor:
    """Draw positions along each ray from the piecewise constant density that weights on bins describe.

    Args:
        edges: borders of the bins, rising, shape (rays, bins + 1).
        weights: not negative, shape (rays, bins).
        uniform: where to read the inverse of the cumulative distribution, in [0, 1), shape (rays, samples).

    Returns:
        Shape (rays, samples); rising where `uniform` rises.

    Source: Mildenhall et al., "NeRF", ECCV 2020, section 5.2.
    """
    pdf = weights + 1e-5
    pdf = pdf / pdf.sum(-1, keepdim=True)
    cdf = torch.nn.functional.pad(torch.cumsum(pdf, -1), (1, 0))
    cdf = cdf / cdf[:, -1:]
    upper = torch.searchsorted(cdf, uniform.contiguous(), right=True).clamp(1, weights.shape[1])
    lower = upper - 1
    start, end = cdf.gather(1, lower), cdf.gather(1, upper)
    share = ((uniform - start) / (end - start).clamp(min=1e-12)).clamp(0, 1)
    return edges.gather(1, lower) * (1 - share) + edges.gather(1, upper) * share


def mask_loss(opacity: Tensor, alpha: Tensor) -> Tensor:
    """Return the mean cross entropy of rendered opacity against the mask, both (n,) in [0, 1].

    Wang et al., "NeuS", eq. 17. The logarithms are shifted by 1e-3 instead of being cut, so that a ray that is wholly
    wrong still pulls.
    """
    return -(alpha * (opacity + 1e-3).log() + (1 - alpha) * (1.001 - opacity).clamp(min=1e-3).log()).mean()
