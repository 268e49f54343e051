"""A model folder or a checkpoint in one file, on a device: the stock diffusers classes, plus what `ada.json` says."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import diffusers
import torch
import transformers
from diffusers import DiffusionPipeline
from safetensors import SafetensorError
from torch import nn

from ..card.memory import is_out_of_memory
from ..card.planner import Rung
from ..errors import AdaError
from ..files import reason
from ..job import Job, Progress, run
from .card import ModelCard, read_card, sum_of, verifying
from .models import ModelInfo, inspect
from .models.header import read_header
from .models.inspect import VARIANT
from .settings import LoadOptions
from .single_file import load_single_file
from .stepwise import run_gated
from .upscaler import Upscaler, load_upscaler

if TYPE_CHECKING:
    from .placement import Placement

UNLOADABLE = (OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError, SafetensorError)
IN_BFLOAT16 = {"FLUX", "SD3"}  # Trained so; float16 overflows.


@dataclass(slots=True)
class Model:
    """A pipeline ready to run."""

    pipeline: DiffusionPipeline
    card: ModelCard
    upscaler: Upscaler | None
    folder: Path  # Or the single file.
    device: torch.device  # Where it computes.
    few_step: str = ""  # A method of distillation, a key of `few_step.FEW_STEP`, or nothing.
    compiled: bool = False
    rung: Rung = Rung.RESIDENT  # How the next run holds the weights.
    placement: Placement | None = field(default=None, repr=False)  # While it runs.

    def networks(self) -> dict[str, nn.Module]:
        """The parts with weights, by name."""
        return {name: part for name, part in self.pipeline.components.items() if isinstance(part, nn.Module)}


def choose_dtype(device: torch.device, family: str = "", bfloat16: bool = False) -> torch.dtype:
    """float16 on a GPU, bfloat16 for what was trained in it; float32 on the CPU, where halves are many times slower.

    Args:
        device: where the model will run.
        family: 'SD15', 'FLUX' …
        bfloat16: take it on a CPU too, if that has units for it.
    """
    if device.type == "cpu":
        return torch.bfloat16 if bfloat16 and has_bfloat16_units() else torch.float32
    if family in IN_BFLOAT16 and (device.type != "cuda" or torch.cuda.is_bf16_supported()):
        return torch.bfloat16
    return torch.float16


def has_bfloat16_units() -> bool:
    """Whether the processor multiplies in bfloat16: AMX and AVX-512 BF16 of Intel and AMD. Others emulate it slowly."""
    asked = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    return any(getattr(torch.cpu, name, lambda: False)() for name in asked)


def load_model(
    path: Path, device: str = "cpu", dtype: torch.dtype | None = None, options: LoadOptions | None = None
) -> Model:
    """Load a model in one go and put it on its device; arguments and errors as of `loading`."""
    model: Model = run(loading(path, device, dtype, options))
    move_to(model, model.device)
    return model


def loading(
    path: Path, device: str = "cpu", dtype: torch.dtype | None = None, options: LoadOptions | None = None
) -> Job:
    """Load any diffusers folder, or a checkpoint in one .safetensors file, into main memory.

    Args:
        path: a folder with a `model_index.json`, of which `ada.json` and `SHA256SUMS` are heeded where present, or a
            file.
        device: where it shall compute, as torch names it ("cpu", "cuda:1").
        dtype: of the weights; `choose_dtype` decides unless given.
        options: how to run it.

    Returns:
        A job whose result is a `Model`.

    Raises:
        AdaError: it is no model, is damaged, lacks something, or the device does not exist.
    """
    options = options or LoadOptions()
    place = _check_device(device)
    card = ModelCard()
    if path.suffix.lower() != ".safetensors" and path.is_dir():
        if not (path / "model_index.json").is_file():
            raise AdaError("'{name}' holds no diffusers model. Choose a folder with a model_index.json", name=str(path))
        yield from verifying(path)
        card = read_card(path)
    info = inspect(path)
    if path.is_file():
        yield from _verifying_file(path)
    kind = dtype or choose_dtype(place, info.family, options.bfloat16)
    call = (
        (lambda: _load_folder(path, kind)) if path.is_dir() else lambda: load_single_file(info, kind, options.folders)
    )
    pipeline = yield from _reporting(call, info)
    pipeline.set_progress_bar_config(disable=True)
    upscaler = load_upscaler(path / card.upscaler) if card.upscaler else None
    model = Model(pipeline, card, upscaler, path, place, info.few_step)
    _apply(model, options, kind)
    return model


def move_to(model: Model, device: torch.device) -> None:
    """Move all weights."""
    for network in model.networks().values():
        nn.Module.to(network, device)  # diffusers' own would warn of half precision in main memory.
    if model.upscaler is not None:
        model.upscaler.to(device)


def stop_compiling(model: Model) -> None:
    """Run the networks as they are from now on: the compiler has failed."""
    for network in model.networks().values():
        for module in network.modules():
            module._compiled_call_impl = None  # What nn.Module.compile sets.
    model.compiled = False


def _check_device(device: str) -> torch.device:
    try:
        place = torch.device(device)
        torch.empty(1, device=place)
    except (RuntimeError, AssertionError) as error:
        raise AdaError(
            "The device '{device}' cannot be used. Choose another in the preferences", device=device
        ) from error
    return place


def _verifying_file(path: Path) -> Job:
    """Compare the weights with the sum that trainers note in the header. Source: Stability-AI/ModelSpec."""
    header = read_header(path)
    noted = header.metadata.get("modelspec.hash_sha256", "").lower().removeprefix("0x")
    if len(noted) == 64 and (yield from sum_of(path, header.data_start)) != noted:
        raise AdaError("'{name}' is damaged. Download or copy it again", name=path.name)


def _reporting(call: Callable[[], Any], info: ModelInfo) -> Generator[Progress, None, Any]:
    """Run a load with its progress; what the libraries raise becomes one sentence."""
    name = "Ada" if info.family == "ADA" else info.name
    gated = run_gated(call)
    try:
        with _quiet():
            while True:
                copied = next(gated)
                share = min(copied / max(info.size_bytes, 1), 1.0)
                yield Progress(0.0, "Loading {name}: {percent:.0%}", {"name": name, "percent": share})
    except StopIteration as end:
        return end.value
    except UNLOADABLE as error:
        if isinstance(error, AdaError) or is_out_of_memory(error):
            raise
        raise AdaError(
            "The model in '{name}' could not be loaded ({reason}). Download or copy it again",
            name=str(info.path),
            reason=reason(error),
        ) from error
    finally:
        gated.close()


@contextmanager
def _quiet() -> Iterator[None]:
    """Within the context the libraries print neither bars nor hints for programmers."""
    logs = (diffusers.utils.logging, transformers.utils.logging)
    before = [(log, log.get_verbosity(), log.is_progress_bar_enabled()) for log in logs]
    for log in logs:
        log.set_verbosity_error()
        log.disable_progress_bar()
    try:
        yield
    finally:
        for log, verbosity, shown in before:
            log.set_verbosity(verbosity)
            if shown:
                log.enable_progress_bar()


def _load_folder(folder: Path, dtype: torch.dtype) -> Any:
    index = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
    # What would look at finished pictures is not loaded: the engine takes latents, which it does not see.
    without: dict[str, Any] = {name: None for name in ("safety_checker",) if (index.get(name) or [None])[0]}
    if without:
        without["requires_safety_checker"] = False
    return DiffusionPipeline.from_pretrained(
        str(folder), torch_dtype=dtype, local_files_only=True, use_safetensors=True, variant=_variant(folder), **without
    )


def _variant(folder: Path) -> str | None:
    """The precision in the files' names, where a part comes in no other."""
    names = [path.relative_to(folder).as_posix() for path in folder.glob("*/*.safetensors")]
    for name in names:
        found = VARIANT.search(name)
        if found and VARIANT.sub("", name) not in names:
            return found[1]
    return None


def _apply(model: Model, options: LoadOptions, dtype: torch.dtype) -> None:
    pipeline: Any = model.pipeline
    net = getattr(pipeline, "unet", None) or pipeline.transformer
    if options.channels_last:
        for network in (net, pipeline.vae):
            network.to(memory_format=torch.channels_last)
    if options.float8:
        net.enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=dtype)
    if options.compiled and getattr(net, "_repeated_blocks", None):
        net.compile_repeated_blocks(dynamic=True)
        model.compiled = True
