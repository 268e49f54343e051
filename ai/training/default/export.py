"""From a training folder to the model that ships: an ordinary Stable Diffusion folder in half precision."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from diffusers import StableDiffusionPipeline
from transformers import CLIPTokenizer

from ...diffusion.card import FILE, ModelCard, write_sums
from ...diffusion.upscaler import SCALE
from .architecture import TILE, make_scheduler
from .denoiser import LOGS, Trainer
from .stream import TAUGHT

OF_THIS_MACHINE = ("_name_or_path", "is_local", "local_files_only")  # Of a configuration: where it was read from.


def export(folder: Path, start: Path | None, release: Path) -> None:
    """Write the averaged weights of `folder`'s checkpoint into `release`, with card, sums and logs.

    A README.md already in `release` is kept: a person writes it after looking at the pictures.

    Args:
        folder: with the checkpoint.
        start: the shipped folder that the training went on from, or None.
        release: where to write; may be `start`.
    """
    trainer = Trainer(folder, start, seed=0)
    trainer.load()
    pipeline: Any = StableDiffusionPipeline(
        vae=trainer.vae,
        text_encoder=trainer.average["text_encoder"],
        tokenizer=CLIPTokenizer.from_pretrained(
            (folder if start is None else start) / "tokenizer"
        ),  # Without traces of its use.
        unet=trainer.average["unet"],
        scheduler=make_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.to(dtype=torch.float16)
    pipeline.save_pretrained(release, safe_serialization=True)
    for config in release.glob("*/*config.json"):
        kept = {name: value for name, value in json.loads(config.read_text()).items() if name not in OF_THIS_MACHINE}
        config.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    sharp = folder / "upscaler.safetensors"
    if sharp.exists():
        shutil.copyfile(sharp, release / sharp.name)
    has_upscaler = (release / sharp.name).exists()
    card = ModelCard(
        circular=True,
        native_size=TILE,
        multiple=32,
        guidance=4.0,
        upscaler=sharp.name if has_upscaler else "",
        upscale=SCALE if has_upscaler else 1,
        materials=TAUGHT,
        trained_samples=trainer.samples,
        trained_minutes=round(trainer.minutes, 1),
    )
    (release / FILE).write_text(json.dumps(asdict(card), indent=1) + "\n", encoding="utf-8")
    write_sums(release)
    LOGS.mkdir(exist_ok=True)
    for log in folder.glob("*.csv"):
        shutil.copyfile(log, LOGS / log.name)
