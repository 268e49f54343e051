"""A checkpoint in one .safetensors file as a pipeline, without the hub: its configuration is made here."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import diffusers
import torch
from transformers import PreTrainedModel

from ..errors import AdaError
from .models import ModelInfo, hub_cache, scan
from .models.architecture import Layout, read_layout, read_scheduler
from .models.families import FAMILIES, is_schnell
from .models.header import read_header
from .vocabularies import write_tokenizer

DENOISERS = {"SD15": "unet", "SD2": "unet", "SDXL": "unet", "FLUX": "transformer", "SD3": "transformer",
             "PIXART": "transformer"}  # fmt: skip


def load_single_file(info: ModelInfo, dtype: torch.dtype, places: Sequence[Path] = ()) -> Any:
    """A pipeline in main memory.

    Args:
        info: what `inspect` says of the file.
        dtype: of the weights.
        places: folders in which models are kept; what the file lacks is taken from there.

    Raises:
        AdaError: the file is no model, or what it lacks is not on this computer.
    """
    if info.kind == "DENOISER":
        return _with_donor(info, dtype, places)
    if info.kind != "MODEL" or info.family == "SDXL_REFINER":
        raise AdaError(
            "'{name}' belongs to other models and makes no picture by itself. Choose a whole model",
            name=info.path.name,
        )
    layout = read_layout(
        info.path, read_header(info.path).tensors, info.family, info.prediction, info.few_step
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        write_layout(layout, Path(folder), info.path, places)
        try:
            pipeline = getattr(diffusers, layout.class_name).from_single_file(
                str(info.path), config=folder, torch_dtype=dtype, local_files_only=True
            )
        except NotImplementedError as error:  # A weight that never came is to be converted.
            raise _incomplete(info.path) from error
    for part in pipeline.components.values():
        if isinstance(part, PreTrainedModel):  # What diffusers leaves undone for T5: its table of words has two names,
            part.tie_weights()  # of which one is filled, and it would drop features at random.
            part.eval()
    check_complete(pipeline, info.path)
    return pipeline


def write_layout(layout: Layout, folder: Path, model: Path, places: Sequence[Path] = ()) -> None:
    """Write the configuration as a diffusers folder without weights.

    Raises:
        AdaError: a tokenizer is not on this computer.
    """
    index: dict[str, Any] = {"_class_name": layout.class_name, **layout.options}
    for name, (library, class_name, config) in layout.parts.items():
        index[name] = [library, class_name]
        (folder / name).mkdir()
        file = "scheduler_config.json" if name == "scheduler" else "config.json"
        kind = {"architectures": [class_name]} if library == "transformers" else {"_class_name": class_name}
        (folder / name / file).write_text(json.dumps(config | kind), encoding="utf-8")
    for name, words in layout.words.items():
        index[name] = ["transformers", "CLIPTokenizer" if words.is_clip else "T5TokenizerFast"]
        write_tokenizer(words, folder / name, model, places)
    (folder / "model_index.json").write_text(json.dumps(index), encoding="utf-8")


def check_complete(pipeline: Any, path: Path) -> None:
    """Refuse a pipeline of which some weights have never come.

    Raises:
        AdaError: see there.
    """
    for part in pipeline.components.values():
        if isinstance(part, torch.nn.Module) and any(one.is_meta for one in [*part.parameters(), *part.buffers()]):
            raise _incomplete(path)


def _incomplete(path: Path) -> AdaError:
    return AdaError("'{name}' holds only a part of its model. Download or copy it again", name=path.name)


def _with_donor(info: ModelInfo, dtype: torch.dtype, places: Sequence[Path]) -> Any:
    """A file with the denoiser alone, in a diffusers folder of the same family, which gives all the rest."""
    folders = [info.path.parent, *places, hub_cache()]
    same = [one for one in scan(folders) if one.kind == "MODEL" and one.family == info.family and one.path.is_dir()]
    same = [one for one in same if one.inpainting == info.inpainting]
    same.sort(key=lambda one: one.few_step != info.few_step)  # Of the same distillation, if there is one.
    if not same or info.family not in DENOISERS:
        raise AdaError(
            "'{name}' is only the denoiser of a model. Install any {family} as a diffusers folder: the rest is taken "
            "from it",
            name=info.path.name,
            family=FAMILIES.get(info.family, info.family),
        )
    donor, part = same[0].path, DENOISERS[info.family]
    config = json.loads((donor / part / "config.json").read_text(encoding="utf-8"))
    tensors = read_header(info.path).tensors
    told = {"guidance_embeds": not is_schnell(tensors)} if info.family == "FLUX" else {}
    network = getattr(diffusers, config["_class_name"]).from_single_file(
        str(info.path), config=str(donor), subfolder=part, torch_dtype=dtype, local_files_only=True, **told
    )
    parts = {part: network}
    if info.family == "FLUX":
        class_name, options = read_scheduler(tensors, info.family)
        parts["scheduler"] = getattr(diffusers, class_name).from_config(options)
    pipeline = diffusers.DiffusionPipeline.from_pretrained(
        str(donor), torch_dtype=dtype, local_files_only=True, **parts
    )
    check_complete(pipeline, info.path)
    return pipeline
