"""What a model file or folder is, without loading it and without torch."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import AdaError
from ..card import FILE as CARD
from ..few_step import StepDefaults, few_step_defaults, few_step_method
from ..schedulers import classic_defaults
from . import families
from .header import Header, read_header, refuse_other_kinds

VARIANT = re.compile(r"\.(fp16|bf16|non_ema)(?=[.-])")
LICENCE_CHARACTERS = 20_000
PIPELINES = {
    "StableDiffusionXL": "SDXL",
    "StableDiffusion3": "SD3",
    "StableDiffusion": "SD15",
    "LatentConsistencyModel": "SD15",
    "Flux2": "FLUX2",
    "Flux": "FLUX",
    "PixArt": "PIXART",
}
PARTS = {
    "UNet2DConditionModel": "DENOISER", "FluxTransformer2DModel": "DENOISER", "SD3Transformer2DModel": "DENOISER",
    "PixArtTransformer2DModel": "DENOISER", "AutoencoderKL": "VAE", "AutoencoderTiny": "VAE",
    "ControlNetModel": "CONTROLNET", "ControlNetUnionModel": "CONTROLNET", "FluxControlNetModel": "CONTROLNET",
    "SD3ControlNetModel": "CONTROLNET",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model, ControlNet, LoRA, …"""

    path: Path
    name: str
    kind: str  # One of `families.KINDS`.
    family: str  # A key of `families.FAMILIES`; empty where nothing tells.
    size_bytes: int
    licence: str = ""  # Its text, or its name where only that is noted.
    few_step: str = ""  # A key of `few_step.FEW_STEP`, or nothing.
    dtype: str = ""  # Of most weights, as torch names it.
    prediction: str = ""  # "epsilon", "v_prediction" or "flow"; empty where the file does not tell.
    inpainting: bool = False  # The denoiser takes a mask.


def inspect(path: Path) -> ModelInfo:
    """Tell what a .safetensors file or a diffusers folder is.

    Raises:
        AdaError: it is a pickle, damaged, cut off, or no model.
    """
    if path.is_dir():
        return _inspect_folder(path)
    if not path.is_file():
        raise AdaError("'{name}' does not exist. Choose another model", name=str(path))
    header = read_header(path)
    kind, family = families.recognise(header.tensors, header.metadata)
    if not kind:
        raise AdaError("'{name}' holds no model that is known here. Choose another file", name=path.name)
    title = header.metadata.get("modelspec.title", "")
    method = few_step_method(path.stem, title)
    if not method and kind in {"MODEL", "DENOISER"}:
        method = _few_step_structure(header, family)
    return ModelInfo(
        path,
        path.stem,
        kind,
        family,
        path.stat().st_size,
        _licence_beside(path, header),
        method,
        header.dtype,
        _prediction(path, header, kind, family),
        families.is_inpainting(header.tensors),
    )


def step_defaults(info: ModelInfo) -> StepDefaults | None:
    """Steps, guidance and scheduler of a distilled model or LoRA; None for every other."""
    return few_step_defaults(info.few_step, info.name)


def proposed(info: ModelInfo) -> StepDefaults:
    """Steps and guidance to fill in for a model, distilled or not."""
    return step_defaults(info) or classic_defaults(info.family)


def native_side(info: ModelInfo) -> int:
    """Pixels along a side of the pictures that a model was trained with. Source: the models' pages on the hub."""
    if info.family == "SDXL" and info.few_step == "TURBO":
        return 512
    if info.family == "SD2":
        return 768 if info.prediction == "v_prediction" else 512
    return 512 if info.family in {"ADA", "SD15", ""} else 1024


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files of a diffusers folder: without the other precisions of the same weights."""
    found = sorted(path for path in folder.glob("**/*.safetensors") if len(path.relative_to(folder).parts) <= 2)
    one_each = {VARIANT.sub("", path.relative_to(folder).as_posix()): path for path in found}
    return sorted(one_each.values())


def _inspect_folder(folder: Path) -> ModelInfo:
    index = read_json(folder / "model_index.json")
    config = read_json(folder / "config.json")
    if not index and config.get("_class_name") not in PARTS:
        raise AdaError("'{name}' holds no diffusers model. Choose a folder with a model_index.json", name=str(folder))
    files = weight_files(folder)
    if not files:
        pickles = [path for path in folder.glob("**/*") if path.suffix in {".bin", ".ckpt", ".pt"}]
        if pickles:
            refuse_other_kinds(pickles[0], b"")
        raise AdaError("'{name}' holds no weights. Download or copy it again", name=str(folder))
    headers = {path: read_header(path) for path in files}
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    dtype = max(headers.items(), key=lambda item: item[0].stat().st_size)[1].dtype
    name = hub_name(folder) or folder.name
    licence = _licence_in(folder)
    if not index:
        kind = PARTS[config["_class_name"]]
        family = families.recognise({k: v for h in headers.values() for k, v in h.tensors.items()}, {})[1]
        return ModelInfo(folder, name, kind, family, size, licence, few_step_method(name), dtype)
    main = next((part for part in ("unet", "transformer") if (folder / part).is_dir()), "")
    network = read_json(folder / main / "config.json") if main else {}
    scheduler = read_json(folder / "scheduler" / "scheduler_config.json")
    family = _pipeline_family(folder, str(index.get("_class_name", "")), network)
    prediction = "flow" if "Flow" in str(scheduler.get("_class_name")) else str(scheduler.get("prediction_type", ""))
    return ModelInfo(
        folder,
        name,
        "MODEL",
        family,
        size,
        licence,
        few_step_method(name) or _few_step_folder(family, network, scheduler),
        dtype,
        prediction,
        network.get("in_channels") == 9,
    )


def _pipeline_family(folder: Path, class_name: str, network: Mapping[str, Any]) -> str:
    if (folder / CARD).exists() and class_name == "StableDiffusionPipeline":
        return "ADA"
    family = next((family for start, family in PIPELINES.items() if class_name.startswith(start)), "OTHER")
    if family == "SDXL" and network.get("cross_attention_dim") == 1280:
        return "SDXL_REFINER"
    if family == "SD15" and (network.get("cross_attention_dim") == 1024 or network.get("use_linear_projection")):
        return "SD2"
    return family


def _few_step_folder(family: str, network: Mapping[str, Any], scheduler: Mapping[str, Any]) -> str:
    if network.get("time_cond_proj_dim") or scheduler.get("_class_name") == "LCMScheduler":
        return "LCM"
    if family == "FLUX" and network.get("guidance_embeds") is False:
        return "SCHNELL"
    return "TCD" if scheduler.get("_class_name") == "TCDScheduler" else ""


def _few_step_structure(header: Header, family: str) -> str:
    if families.is_consistency(header.tensors):
        return "LCM"
    return "SCHNELL" if family == "FLUX" and families.is_schnell(header.tensors) else ""


def _prediction(path: Path, header: Header, kind: str, family: str) -> str:
    """What the denoiser predicts, where the file, its name or a .yaml beside it tells."""
    if kind not in {"MODEL", "DENOISER"}:
        return ""
    if family in {"SD3", "FLUX", "FLUX2"}:
        return "flow"
    noted = header.metadata.get("modelspec.prediction_type", "") + header.metadata.get("modelspec.architecture", "")
    sidecar = path.with_suffix(".yaml")
    text = sidecar.read_text(encoding="utf-8", errors="replace") if sidecar.is_file() else ""
    if "v_pred" in header.tensors or re.fullmatch(r"v|v_?prediction", noted.partition("stable")[0], re.I):
        return "v_prediction"
    if re.search(r"parameterization:\s*[\"']?v\b", text) or re.search(r"768-v|v2-1_768|v[-_]?pred", path.stem + noted):
        return "v_prediction"
    if "epsilon" in noted.lower() or text or family != "SD2":
        return "epsilon"
    return "epsilon" if re.search(r"512|base", path.stem) else ""


def _licence_beside(path: Path, header: Header) -> str:
    noted = header.metadata.get("modelspec.license", "")
    for name in (path.with_suffix(".license.txt"), path.with_suffix(".LICENSE"), path.with_name(path.stem + ".txt")):
        if name.is_file() and "licen" in (text := _text(name)).lower():
            return text
    return noted


def _licence_in(folder: Path) -> str:
    """The text of a licence file, else the name in the front matter of the README."""
    for pattern in ("LICEN[SC]E*", "licen[sc]e*"):
        for path in sorted(folder.glob(pattern)):
            if path.is_file():
                return _text(path)
    readme = folder / "README.md"
    found = re.search(r"^license(?:_name)?:\s*(\S+)", _text(readme), re.M) if readme.is_file() else None
    return found[1] if found else ""


def hub_name(folder: Path) -> str:
    """`owner/name` of a snapshot in the hub's cache (models--owner--name/snapshots/…), else nothing."""
    parts = folder.parts
    if len(parts) > 3 and parts[-2] == "snapshots" and parts[-3].startswith("models--"):
        return parts[-3].removeprefix("models--").replace("--", "/")
    return ""


def _text(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(LICENCE_CHARACTERS)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object; empty where there is no such file.

    Raises:
        AdaError: it is no JSON object.
    """
    if not path.is_file():
        return {}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise AdaError("'{name}' is damaged. Copy the model folder again", name=str(path)) from error
    if not isinstance(document, dict):
        raise AdaError("'{name}' is damaged. Copy the model folder again", name=str(path))
    return document
