"""Measures how well a path through the engine commutes with shifts around the border; also used by bench/texture.py."""

import numpy as np
import tiny
import torch
from ada_forge.ai.diffusion.generate import generate
from ada_forge.ai.diffusion.latents import decode, encode
from ada_forge.ai.diffusion.load import load_model
from ada_forge.ai.diffusion.seamless import tiled_denoiser, tiled_vae, wrap_around
from ada_forge.ai.diffusion.settings import Control, TextureSettings
from ada_forge.ai.job import run

PATHS = ("words", "picture", "inpaint", "own inpaint", "control", "control of a picture", "upscale")
STEP = 16  # Pixels that these tiny networks halve down to one cell: 8 of the VAE times 2 of the UNet.
WIDE, TALL = 96, 64


class Models:
    """Tiny models of every family, built when they are asked for."""

    def __init__(self, folder):
        self.folder = folder
        self.loaded = {}

    def get(self, family):
        if family not in self.loaded:
            self.loaded[family] = load_model(tiny.save_tiny(family, self.folder / family))
        return self.loaded[family]

    def controlnet(self, family):
        path = self.folder / f"{family} control"
        return path if path.exists() else tiny.save_tiny_controlnet(family, path)


def relative(a, b):
    """Mean error over standard deviation."""
    return float(np.abs(a - b).mean() / a.std())


def picture(seed=0):
    return np.random.default_rng(seed).random((TALL, WIDE, 3)).astype(np.float32)


def error(models, family, path, axes, shift):
    """Of a whole run: pictures, masks and noise shifted by (rows, columns) steps, against the result shifted."""
    if path == "own inpaint":
        family = "SD15_INPAINT"
    model = models.get(family)
    results = []
    for move in ((0, 0), tuple(3 * STEP * s if i else 2 * STEP * s for i, s in enumerate(shift))):
        image = np.roll(picture(), move, (0, 1))
        mask = np.zeros((TALL, WIDE), np.float32)
        mask[8:40, 24:80] = 1
        values = {"width": WIDE, "height": TALL, "steps": 3, "seamless": axes, "strength": 0.7}
        tile = 0
        if path in ("picture", "inpaint", "own inpaint", "control of a picture", "upscale"):
            values["image"] = image
        if "inpaint" in path:
            values["mask"] = np.roll(mask, move, (0, 1))
        if path in ("control", "control of a picture"):
            control = Control(models.controlnet(family), np.roll(picture(1), move, (0, 1)))
            values["control"] = (control,)
        if path == "upscale":  # By two, in one tile of the denoiser: smaller tiles are measured apart.
            values |= {"image": np.roll(picture()[::2, ::2], [m // 2 for m in move], (0, 1))}
            tile = 64
        with RolledNoise(move):
            job = generate(TextureSettings("red brick wall", **values), model, tile)
            results.append(np.roll(run(job)[0].image, (-move[0], -move[1]), (0, 1)))
    return relative(*results)


class RolledNoise:
    """Within, every noise that torch draws for the latents is shifted: by pixels, where a latent is eight."""

    def __init__(self, move):
        self.move = tuple(m // 8 for m in move)

    def __enter__(self):
        self.own = torch.randn

        def randn(*args, **kwargs):
            noise = self.own(*args, **kwargs)
            return torch.roll(noise, self.move, (2, 3)) if noise.ndim == 4 else noise

        torch.randn = randn

    def __exit__(self, *_):
        torch.randn = self.own


@torch.no_grad()
def tiled_vae_error(models, way, axes, shift):
    """Of the VAE in tiles of 8 latents, shifted by whole strides (of 4 latents)."""
    pipeline = models.get("SD15").pipeline
    generator = torch.Generator().manual_seed(0)
    with wrap_around([pipeline.vae], axes) as wrap, tiled_vae(pipeline.vae, wrap, 8, 4):
        if way == "decode":
            x = torch.randn(1, 4, 16, 24, generator=generator)
            call, before, after = (lambda y: decode(pipeline, y)), 4, 32
        else:
            x = torch.rand(1, 3, 128, 192, generator=generator)
            call, before, after = (lambda y: encode(pipeline, y)), 32, 4
        there = call(torch.roll(x, [before * s for s in shift], (2, 3)))
        back = torch.roll(there, [-after * s for s in shift], (2, 3))
        return relative(call(x).numpy(), back.numpy())


@torch.no_grad()
def tiled_denoiser_error(models, axes, shift):
    """Of the UNet with a ControlNet in tiles of 16 latents, shifted by whole strides (of 8 latents)."""
    from ada_forge.ai.diffusion.adapters import load_controlnets

    pipeline = models.get("SD15").pipeline
    [control] = load_controlnets((Control(models.controlnet("SD15"), picture()),), pipeline)
    generator = torch.Generator().manual_seed(0)
    x, words = torch.randn(1, 4, 32, 48, generator=generator), torch.randn(1, 5, tiny.WIDTH, generator=generator)
    depth = torch.rand(1, 3, 256, 384, generator=generator)
    steps = [8 * s for s in shift]

    def call(x, depth):
        down, middle = control(x, 500, encoder_hidden_states=words, controlnet_cond=depth, return_dict=False)
        return pipeline.unet(x, 500, encoder_hidden_states=words, down_block_additional_residuals=down,
                             mid_block_additional_residual=middle, return_dict=False)[0]  # fmt: skip

    with wrap_around([pipeline.unet, control], axes) as wrap, tiled_denoiser(pipeline.unet, wrap, [control], 16, 8):
        there = call(torch.roll(x, steps, (2, 3)), torch.roll(depth, [8 * s for s in steps], (2, 3)))
        back = torch.roll(there, [-s for s in steps], (2, 3))
        return relative(call(x, depth).numpy(), back.numpy())


def seam(models, family, axes, seed):
    """Seam ranks of a picture of 128 pixels from words."""
    settings = TextureSettings("red brick wall", width=128, height=128, steps=6, seamless=axes, seed=seed)
    return run(generate(settings, models.get(family)))[0].seam
