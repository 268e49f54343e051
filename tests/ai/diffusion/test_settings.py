import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from ada_forge.ai.diffusion.settings import (
    BUILT_IN,
    Control,
    TextureSettings,
    array_sum,
    arrays_of,
    describe,
    sums_in,
)
from ada_forge.ai.errors import AdaError

RANDOM = np.random.default_rng(0)
IMAGE, DEPTH, FACE = (RANDOM.random((6, 5, 3)).astype(np.float32) for _ in range(3))
FULL = TextureSettings(
    "红 (moss:1.3)", "blur", 96, 64, 7, 3.5, 11, 2, "X", IMAGE, 0.4, IMAGE[..., 0], ((Path("/a/b.safetensors"), 0.7),),
    Path("/m"), "cuda:1", "EULER", True, (Control(Path("/c"), DEPTH, 0.5, "DEPTH"), Control(Path("/d"))),
    (Path("/e/moss.safetensors"),), Path("/ip.safetensors"), FACE, 0.3, (1, 2, 3, 4), 9, 0.25,
)  # fmt: skip


def same(a, b):
    return all(np.array_equal(x, y) if isinstance(x, np.ndarray) else x == y for x, y in zip(a, b))


def flat(settings):
    for field in fields(settings):
        value = getattr(settings, field.name)
        if field.name == "control":
            for control in value:
                yield from flat(control)
        else:
            yield value


def test_settings_survive_json():
    text = json.dumps(describe(FULL))
    assert len(text) < 1500
    back = TextureSettings.from_dict(json.loads(text), arrays_of(FULL))
    assert same(flat(back), flat(FULL))
    assert describe(back) == json.loads(text)
    assert TextureSettings.from_dict(describe(TextureSettings("a"))) == TextureSettings("a")


def test_arrays_are_known_by_their_sums():
    assert sums_in(describe(FULL)) == {
        "image": array_sum(IMAGE), "mask": array_sum(IMAGE[..., 0]), "ip_image": array_sum(FACE),
        "control 0": array_sum(DEPTH),
    }  # fmt: skip
    assert array_sum(IMAGE) == array_sum(IMAGE.astype(np.float64)) != array_sum(IMAGE + 1e-3)
    assert array_sum(np.zeros((2, 3))) != array_sum(np.zeros((3, 2)))
    back = TextureSettings.from_dict(describe(FULL))
    assert back.image is None
    assert back.control[0] == replace(FULL.control[0], image=None)


def test_the_built_in_model_is_the_same_everywhere():
    assert describe(TextureSettings("a"))["model"] == "built-in"
    assert TextureSettings.from_dict({"prompt": "a", "model": "built-in", "of the future": 1}).model == BUILT_IN


@pytest.mark.parametrize(
    "values",
    [{}, {"prompt": 3}, {"prompt": "a", "width": "wide"}, {"prompt": "a", "loras": [["x"]]},
     {"prompt": "a", "outpaint": [1]}, {"prompt": "a", "control": [{}]}, {"prompt": "a", "control": 3}],
)  # fmt: skip
def test_damaged_settings_are_one_sentence(values):
    with pytest.raises(AdaError, match="damaged"):
        TextureSettings.from_dict(values)
