"""Between pictures and a pipeline's latents: encode, decode, noise, and a quick look."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from diffusers.utils.torch_utils import randn_tensor
from torch import Tensor


def to_tensor(image: np.ndarray) -> Tensor:
    """(h, w, c) to (1, c, h, w) float32."""
    return torch.from_numpy(np.ascontiguousarray(image, np.float32)).permute(2, 0, 1)[None]


def to_array(images: Tensor) -> np.ndarray:
    """(1, c, h, w) to (h, w, c) float32 in [0, 1]; what is no number stays none."""
    return images[0].float().clamp(0, 1).permute(1, 2, 0).cpu().numpy()


def denoiser(pipeline: Any) -> Any:
    """The network that takes the steps: a UNet or a transformer."""
    return getattr(pipeline, "unet", None) or pipeline.transformer


def vae_factor(pipeline: Any) -> int:
    """Pixels for each latent, along one axis."""
    return int(getattr(pipeline, "vae_scale_factor", 8))


def exact_multiple(pipeline: Any) -> int:
    """Sizes in pixels at which a wrapped network keeps its phase across the border are multiples of this."""
    net = denoiser(pipeline)
    if hasattr(pipeline, "_unpack_latents"):  # Flux packs 2 x 2 latents.
        return vae_factor(pipeline) * 2
    channels = getattr(net.config, "block_out_channels", None)
    return vae_factor(pipeline) * (2 ** (len(channels) - 1) if channels else int(getattr(net.config, "patch_size", 1)))


def spatial(pipeline: Any, latents: Tensor, height: int, width: int) -> Tensor:
    """Latents as (n, c, h, w), unpacked where the pipeline packs them."""
    if latents.ndim == 3:
        return pipeline._unpack_latents(latents, height, width, vae_factor(pipeline))
    return latents


@torch.no_grad()
def decode(pipeline: Any, latents: Tensor) -> Tensor:
    """Latents (n, c, h, w) to pictures (n, 3, h, w) in [0, 1], computed as the pipeline itself does."""
    vae = pipeline.vae
    config = vae.config
    upcast = bool(getattr(config, "force_upcast", False)) and vae.dtype == torch.float16
    before = vae.dtype
    mean, std = (getattr(config, name, None) for name in ("latents_mean", "latents_std"))
    if mean is not None and std is not None:
        shape = (1, -1, 1, 1)
        latents = latents * latents.new_tensor(std).view(shape) / config.scaling_factor
        latents = latents + latents.new_tensor(mean).view(shape)
    else:
        latents = latents / config.scaling_factor
        shift = getattr(config, "shift_factor", None)
        latents = latents + shift if shift else latents
    try:
        if upcast:  # Stable Diffusion XL's own VAE overflows in half precision.
            vae.to(torch.float32)
        latents = latents.to(pipeline._execution_device, vae.dtype)
        images = vae.decode(latents, return_dict=False)[0]
    finally:
        if upcast:
            vae.to(before)
    return (images * 0.5 + 0.5).clamp(0, 1)


@torch.no_grad()
def encode(pipeline: Any, images: Tensor) -> Tensor:
    """Pictures (n, 3, h, w) in [0, 1] to latents (n, c, h, w), without the noise of the posterior."""
    config = pipeline.vae.config
    encoded = pipeline.vae.encode((images * 2 - 1).to(pipeline._execution_device, pipeline.vae.dtype))
    latents = encoded.latents if hasattr(encoded, "latents") else encoded.latent_dist.mode()
    return (latents - (getattr(config, "shift_factor", None) or 0)) * config.scaling_factor


def slerp(a: Tensor, b: Tensor, share: float) -> Tensor:
    """Turn noise `a` towards `b` on the sphere, where all such noise lies (Shoemake 1985); share in [0, 1]."""
    cosine = (F.normalize(a.flatten().double(), dim=0) @ F.normalize(b.flatten().double(), dim=0)).clamp(-1, 1)
    angle = torch.arccos(cosine)
    if float(torch.sin(angle)) < 1e-6:
        return torch.lerp(a, b, share)
    parts = torch.sin((1 - share) * angle) * a.double() + torch.sin(share * angle) * b.double()
    return (parts / torch.sin(angle)).to(a.dtype)


def varied_noise(
    pipeline: Any, width: int, height: int, generator: torch.Generator, other: int, share: float
) -> Tensor:
    """The noise a text-to-image pipeline would draw, turned towards that of another seed; as its `latents` argument."""
    net, factor = denoiser(pipeline), vae_factor(pipeline)
    packed = hasattr(pipeline, "_pack_latents")
    channels = net.config.in_channels // 4 if packed else net.config.in_channels
    shape = (1, channels, height // factor, width // factor)
    device = pipeline._execution_device
    own = randn_tensor(shape, generator=generator, device=device, dtype=net.dtype)
    second = torch.Generator("cpu").manual_seed(other)
    noise = slerp(own, randn_tensor(shape, generator=second, device=device, dtype=net.dtype), share)
    return pipeline._pack_latents(noise, *shape) if packed else noise


def vary_added_noise(scheduler: Any, other: int, share: float) -> None:
    """Make a scheduler turn every noise that it adds to a picture towards that of another seed."""
    name = "add_noise" if hasattr(scheduler, "add_noise") else "scale_noise"
    place = 1 if name == "add_noise" else 2
    add: Callable[..., Tensor] = getattr(scheduler, name)

    def varied(*args: Any, **kwargs: Any) -> Tensor:
        values = list(args)
        noise = kwargs.pop("noise") if "noise" in kwargs else values.pop(place)
        second = torch.Generator("cpu").manual_seed(other)
        turned = slerp(noise, torch.randn(noise.shape, generator=second).to(noise), share)
        if len(values) >= place:
            values.insert(place, turned)
        else:
            kwargs["noise"] = turned
        return add(*values, **kwargs)

    setattr(scheduler, name, varied)


_SIDE = 128  # Of the picture that the quick look is fitted on.
_matrices: weakref.WeakKeyDictionary[Any, Tensor] = weakref.WeakKeyDictionary()


@torch.no_grad()
def preview_matrix(pipeline: Any) -> Tensor:
    """Least-squares map from one latent and a 1 to the colour of its pixels, (c + 1, 3); fitted once for each VAE.

    Published matrices exist for three families; a fit on patches of many colours serves them all.
    """
    vae = pipeline.vae
    if vae not in _matrices:
        generator = torch.Generator("cpu").manual_seed(0)
        colors = torch.rand(1, 3, _SIDE // 16, _SIDE // 16, generator=generator)
        smooth = F.interpolate(torch.rand(1, 3, 4, 4, generator=generator), (_SIDE, _SIDE), mode="bicubic")
        images = torch.cat([F.interpolate(colors, (_SIDE, _SIDE)), smooth.clamp(0, 1)])
        latents = encode(pipeline, images).float().cpu()
        targets = F.interpolate(images, latents.shape[-2:], mode="area")
        rows = latents.permute(0, 2, 3, 1).flatten(0, 2)
        rows = torch.cat([rows, torch.ones(len(rows), 1)], 1)
        penalty = 1e-3 * len(rows) * rows.square().mean() * torch.eye(rows.shape[1])
        _matrices[vae] = torch.linalg.solve(rows.T @ rows + penalty, rows.T @ targets.permute(0, 2, 3, 1).flatten(0, 2))
    return _matrices[vae]


@torch.no_grad()
def preview(pipeline: Any, latents: Tensor) -> np.ndarray:
    """A small picture of latents (1, c, h, w): (h, w, 3) float32 in [0, 1]."""
    matrix = preview_matrix(pipeline).to(latents.device)
    colors = latents[0].float().permute(1, 2, 0) @ matrix[:-1] + matrix[-1]
    return colors.clamp(0, 1).cpu().numpy()
