"""Whether what is put on a model belongs to it, by the headers alone and before anything is loaded."""

from __future__ import annotations

from ...errors import AdaError
from ..settings import BUILT_IN, TextureSettings
from .families import FAMILIES
from .inspect import ModelInfo, inspect

UNKNOWN = {"", "OTHER"}
MAKERS = {"MODEL", "DENOISER"}  # What makes pictures; a denoiser takes the rest from another model of its family.
NAMES = {"LORA": "LoRA", "CONTROLNET": "ControlNet", "EMBEDDING": "embedding", "IP_ADAPTER": "IP-Adapter"}


def check_fit(settings: TextureSettings) -> ModelInfo | None:
    """Look at the model and at all that is put on it; returns what the model is, None for the built-in one.

    Raises:
        AdaError: a file is missing, damaged, of another kind, or for another family.
    """
    extras = [(path, "LORA") for path, _ in settings.loras]
    extras += [(path, "EMBEDDING") for path in settings.embeddings]
    extras += [(control.path, "CONTROLNET") for control in settings.control]
    extras += [(settings.ip_adapter, "IP_ADAPTER")] if settings.ip_adapter else []
    if settings.model == BUILT_IN:
        if extras:
            raise AdaError("The built-in model takes no {kind}. Choose a diffusion model", kind=NAMES[extras[0][1]])
        return None
    model = inspect(settings.model)
    if model.kind in NAMES:
        raise AdaError("'{name}' is a {kind}, not a model. Choose a model", name=model.name, kind=NAMES[model.kind])
    if model.kind not in MAKERS:
        raise AdaError("'{name}' is only a part of a model. Choose a whole one", name=model.name)
    for path, kind in extras:
        problem = mismatch(inspect(path), kind, model)
        if problem is not None:
            raise problem
    return model


def mismatch(extra: ModelInfo, kind: str, model: ModelInfo) -> AdaError | None:
    """What is wrong with putting a file on a model as a `kind`; None for nothing."""
    if extra.kind != kind:
        return AdaError("'{name}' is no {kind}. Choose another file", name=extra.path.name, kind=NAMES[kind])
    if extra.family == model.family or {extra.family, model.family} & UNKNOWN:
        return None
    return AdaError(
        "'{name}' is for {family}, but the model is {other}. Choose another file",
        name=extra.path.name,
        family=FAMILIES[extra.family],
        other=FAMILIES[model.family],
    )
