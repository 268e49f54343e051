"""What is put on a model is checked by the headers before anything is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
from ada_forge.ai.diffusion.models import inspect
from ada_forge.ai.diffusion.models.fit import check_fit, mismatch
from ada_forge.ai.diffusion.settings import Control, TextureSettings
from ada_forge.ai.errors import AdaError
from model_files import FILES, SD15, SDXL, write


def test_kinds_and_families(tmp_path):
    def made(name, shapes):
        return write(tmp_path / f"{name}.safetensors", shapes)

    model, big = made("model", SD15), made("big", SDXL)
    lora, other = made("lora", FILES["LoRA kohya"][0]), made("other", FILES["LoRA peft"][0])
    word, net = made("word", FILES["embedding A1111"][0]), made("net", FILES["ControlNet"][0])
    adapter, unknown = made("adapter", FILES["IP adapter"][0]), made("unknown", FILES["LoHa"][0])
    fitting = TextureSettings(
        "x", model=model, loras=((lora, 1.0), (unknown, 0.5)), embeddings=(word,), control=(Control(net),),
        ip_adapter=adapter,
    )  # fmt: skip
    assert check_fit(fitting).family == "SD15"
    assert check_fit(TextureSettings("x")) is None
    assert mismatch(inspect(lora), "LORA", inspect(model)) is None
    for settings, sentence in (
        ({"loras": ((other, 1.0),)}, "'other.safetensors' is for Stable Diffusion XL, but the model is Stable Diff"),
        ({"loras": ((net, 1.0),)}, "'net.safetensors' is no LoRA"),
        ({"embeddings": (lora,)}, "is no embedding"),
        ({"control": (Control(lora),)}, "is no ControlNet"),
        ({"ip_adapter": word}, "is no IP-Adapter"),
        ({"model": big, "control": (Control(net),)}, "but the model is Stable Diffusion XL"),
        ({"model": lora}, "'lora' is a LoRA, not a model"),
        ({"model": made("vae", FILES["VAE"][0])}, "only a part of a model"),
        ({"loras": ((Path(tmp_path / "gone.safetensors"), 1.0),)}, "does not exist"),
    ):
        with pytest.raises(AdaError, match=sentence):
            check_fit(TextureSettings(**{"prompt": "x", "model": model, **settings}))
    with pytest.raises(AdaError, match="built-in model takes no LoRA"):
        check_fit(TextureSettings("x", loras=((lora, 1.0),)))
