"""Networks that wrap around, so that what they make tiles; undone on leaving the context."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch.nn.functional as F  # noqa: N812
from diffusers.models.downsampling import Downsample2D
from torch import Tensor, nn

from .tiles import run_tiles

AXES = ("BOTH", "X", "Y", "NONE")
VAE_TILE = 64  # Latents.
VAE_OVERLAP = 16


@dataclass(slots=True)
class Wrap:
    """Which axes the patched networks wrap along; may be changed between two calls."""

    x: bool
    y: bool


def _pad(x: Tensor, left: int, right: int, top: int, bottom: int, wrap: Wrap) -> Tensor:
    x = F.pad(x, (left, right, 0, 0), mode="circular" if wrap.x else "constant")
    return F.pad(x, (0, 0, top, bottom), mode="circular" if wrap.y else "constant")


def _wrapping(conv: nn.Conv2d, wrap: Wrap) -> Callable[[Tensor, Tensor, Tensor | None], Tensor]:
    tall, wide = (int(p) for p in conv.padding)

    def forward(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if not (wrap.x or wrap.y):
            return F.conv2d(x, weight, bias, conv.stride, (tall, wide), conv.dilation, conv.groups)
        x = _pad(x, wide, wide, tall, tall, wrap)
        return F.conv2d(x, weight, bias, conv.stride, 0, conv.dilation, conv.groups)

    return forward


def _wrapping_downsample(conv: nn.Conv2d, wrap: Wrap) -> Callable[[Tensor, Tensor, Tensor | None], Tensor]:
    def forward(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        # diffusers pads one row and one column of zeros at the bottom right before it calls this convolution.
        x = _pad(x[..., :-1, :-1], 0, 1, 0, 1, wrap)
        return F.conv2d(x, weight, bias, conv.stride, 0, conv.dilation, conv.groups)

    return forward


@contextmanager
def wrap_around(modules: Iterable[nn.Module], axes: str = "BOTH") -> Iterator[Wrap]:
    """Within the context every padded convolution of `modules` wraps along `axes` and pads zeros along the others.

    Covers the asymmetric padding of a Stable Diffusion VAE's encoder. Convolutions inside LoRA layers included.

    Args:
        modules: UNet, VAE, ControlNet and the like.
        axes: 'BOTH', 'X' (left to right), 'Y' (top to bottom) or 'NONE' (changes nothing).

    Raises:
        ValueError: another word for `axes`.
    """
    if axes not in AXES:
        raise ValueError(f"axes must be one of {AXES}, got {axes!r}")
    wrap = Wrap(axes in ("BOTH", "X"), axes in ("BOTH", "Y"))
    patched: list[nn.Conv2d] = []
    try:
        for module in modules if axes != "NONE" else ():
            asymmetric = {m.conv for m in module.modules() if isinstance(m, Downsample2D) and m.padding == 0}
            for conv in module.modules():
                if not isinstance(conv, nn.Conv2d) or isinstance(conv.padding, str) or "_conv_forward" in vars(conv):
                    continue
                if conv in asymmetric:
                    vars(conv)["_conv_forward"] = _wrapping_downsample(conv, wrap)
                elif any(conv.padding):
                    vars(conv)["_conv_forward"] = _wrapping(conv, wrap)
                else:
                    continue
                patched.append(conv)
        yield wrap
    finally:
        for conv in patched:
            del vars(conv)["_conv_forward"]


@contextmanager
def replaced(module: Any, **attributes: Any) -> Iterator[None]:
    """Attributes of one object, shadowed within the context."""
    held = vars(module)
    before = {name: held[name] for name in attributes if name in held}
    held.update(attributes)
    try:
        yield
    finally:
        for name in attributes:
            del held[name]
        held.update(before)


@contextmanager
def _flat(wrap: Wrap, shape: tuple[int, ...], tile: int) -> Iterator[tuple[bool, bool]]:
    """Within, axes that are longer than a tile do not wrap inside the tiles; gives which axes wrap as a whole."""
    whole = (wrap.x, wrap.y)
    wrap.x, wrap.y = wrap.x and shape[-1] <= tile, wrap.y and shape[-2] <= tile
    try:
        yield whole
    finally:
        wrap.x, wrap.y = whole


@contextmanager
def tiled_vae(vae: Any, wrap: Wrap, tile: int = VAE_TILE, overlap: int = VAE_OVERLAP) -> Iterator[None]:
    """Within the context the VAE works in tiles that go on across the border; for little memory.

    diffusers' own tiling does not know of the border: every tile would wrap into itself.

    Args:
        vae: an AutoencoderKL or AutoencoderTiny.
        wrap: of the context that has patched its convolutions.
        tile: latents.
        overlap: latents.
    """
    from diffusers import AutoencoderTiny

    before = vae.use_tiling
    tiny = isinstance(vae, AutoencoderTiny)
    factor = vae.spatial_scale_factor if tiny else 2 ** (len(vae.config.block_out_channels) - 1)

    def run(call: Callable[[Tensor], Tensor], x: Tensor, side: int, grid: int) -> Tensor:
        with _flat(wrap, x.shape, side) as whole:
            return run_tiles(call, [x], side, overlap * grid, whole, grid)

    def decode(latents: Tensor, return_dict: bool = True) -> Any:
        def one(x: Tensor) -> Tensor:
            if not tiny and vae.post_quant_conv is not None:
                x = vae.post_quant_conv(x)
            return vae.decoder(x)

        images = run(one, latents, tile, 1)
        if tiny:
            return images
        from diffusers.models.autoencoders.vae import DecoderOutput

        return DecoderOutput(sample=images) if return_dict else (images,)

    def encode(images: Tensor) -> Tensor:
        def one(x: Tensor) -> Tensor:
            x = vae.encoder(x)
            return x if tiny or vae.quant_conv is None else vae.quant_conv(x)

        return run(one, images, tile * factor, factor)

    own: dict[str, Any] = {"tile_latent_min_size": tile, "tile_sample_min_size": tile * factor}
    own |= {"_tiled_encode": encode, "_tiled_decode" if tiny else "tiled_decode": decode}
    vae.enable_tiling()
    try:
        with replaced(vae, **own):
            yield
    finally:
        vae.use_tiling = before


@contextmanager
def tiled_denoiser(
    unet: Any, wrap: Wrap, controlnets: Sequence[Any] = (), tile: int = 64, overlap: int = 16
) -> Iterator[None]:
    """Within the context a UNet, with its ControlNet, sees no more than a tile at once; the noise it finds is averaged.

    MultiDiffusion (Bar-Tal et al. 2023, arXiv:2302.08113), with tiles that go on across the border.

    Args:
        unet: a UNet2DConditionModel.
        wrap: of the context that has patched the convolutions.
        controlnets: that the pipeline runs before the UNet, each with the whole picture.
        tile: latents.
        overlap: latents.
    """
    find_noise = unet.forward
    asked: list[tuple[Tensor, Callable[..., Any]]] = []  # How the pipeline called the ControlNets at this step.

    def forward(sample: Tensor, *args: Any, **kwargs: Any) -> Any:
        kwargs["return_dict"] = False
        guides = asked.copy()
        asked.clear()

        def one(x: Tensor, *pictures: Tensor) -> Tensor:
            found = [call(x, picture) for (_, call), picture in zip(guides, pictures)]
            if found:
                kwargs["down_block_additional_residuals"] = [sum(parts) for parts in zip(*(down for down, _ in found))]
                kwargs["mid_block_additional_residual"] = sum(middle for _, middle in found)
            return find_noise(x, *args, **kwargs)[0]

        with _flat(wrap, sample.shape, tile) as whole:
            # Starts on a grid of 8 keep the phase of the network's down-sampling.
            return (run_tiles(one, [sample, *(picture for picture, _ in guides)], tile, overlap, whole, 8),)

    def remembering(see: Callable[..., Any]) -> Callable[..., Any]:
        def remember(sample: Tensor, *args: Any, controlnet_cond: Tensor, **kwargs: Any) -> Any:
            asked.append((controlnet_cond, lambda x, part: see(x, *args, controlnet_cond=part, **kwargs)))
            return [sample.new_zeros(())], sample.new_zeros(())

        return remember

    with ExitStack() as stack:
        stack.enter_context(replaced(unet, forward=forward))
        for controlnet in controlnets:
            stack.enter_context(replaced(controlnet, forward=remembering(controlnet.forward)))
        yield
