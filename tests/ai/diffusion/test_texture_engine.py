"""The engine on tiny random models of every family, built and saved here and loaded by the real code."""

import threading
import types
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("diffusers", reason="diffusers is not installed")

import tiny
from ada_forge.ai.diffusion.adapters import load_controlnets
from ada_forge.ai.diffusion.generate import generate
from ada_forge.ai.diffusion.latents import to_tensor
from ada_forge.ai.diffusion.load import load_model
from ada_forge.ai.diffusion.models import inspect
from ada_forge.ai.diffusion.schedulers import make_scheduler
from ada_forge.ai.diffusion.seamless import AXES
from ada_forge.ai.diffusion.settings import Control, TextureSettings
from ada_forge.ai.errors import AdaError
from ada_forge.ai.job import run
from diffusers import AutoPipelineForImage2Image, AutoPipelineForInpainting, AutoPipelineForText2Image, ControlNetModel
from safetensors.torch import save_file
from single_files import unet_names

RANDOM = np.random.default_rng(0)
IMAGE = RANDOM.random((64, 64, 3)).astype(np.float32)
MASK = np.zeros((64, 64), np.float32)
MASK[16:48, 8:40] = 1


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder, loaded = tmp_path_factory.mktemp("models"), {}

    def get(family):
        if family not in loaded:
            loaded[family] = load_model(tiny.save_tiny(family, folder / family))
        return loaded[family]

    return get


@pytest.fixture(scope="module")
def controlnet(tmp_path_factory):
    folder = tmp_path_factory.mktemp("controlnets")
    return lambda family: tiny.save_tiny_controlnet(family, folder / family)


def settings(**values):
    return TextureSettings(**({"prompt": "red brick wall", "width": 64, "height": 64, "steps": 3} | values))


def make(model, **values):
    return run(generate(settings(**values), model))[0]


@pytest.mark.parametrize("family", [name for name in tiny.FAMILIES if name != "SD15_INPAINT"])
def test_without_options_a_picture_is_upstreams_to_the_bit(models, family):
    model = models(family)
    ours = make(model, seamless="NONE", seed=3, negative="", guidance=4.0).image
    pipeline, own = model.pipeline, model.pipeline.scheduler
    more = {"use_resolution_binning": False} if family == "PIXART" else {}
    pipeline.scheduler = make_scheduler("AUTO", own)
    try:
        theirs = pipeline("red brick wall", width=64, height=64, num_inference_steps=3, guidance_scale=4.0,
                          generator=torch.Generator().manual_seed(3), output_type="np", **more).images[0]  # fmt: skip
    finally:
        pipeline.scheduler = own
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("family", ["SD15", "SDXL", "SD3", "FLUX"])
def test_without_options_a_start_picture_is_upstreams_to_the_bit(models, family):
    model = models(family)
    ours = make(model, seamless="NONE", image=IMAGE, strength=0.7, seed=3, guidance=4.0).image
    picture = {"image": to_tensor(IMAGE), "strength": 0.7}
    np.testing.assert_array_equal(ours, upstream(model, AutoPipelineForImage2Image, **picture))


@pytest.mark.parametrize("family", tiny.CONTROLLED)
def test_without_options_a_controlnet_is_upstreams_to_the_bit(models, controlnet, family):
    model = models(family)
    control = Control(controlnet(family), IMAGE, 0.8)
    ours = make(model, seamless="NONE", control=(control,), seed=3, guidance=4.0).image
    [net] = load_controlnets((control,), model.pipeline)
    name = "image" if family in tiny.UNETS else "control_image"
    more = {name: to_tensor(IMAGE), "controlnet_conditioning_scale": 0.8}
    np.testing.assert_array_equal(ours, upstream(model, AutoPipelineForText2Image, {"controlnet": net}, **more))


def test_without_options_inpainting_by_its_own_model_is_upstreams_to_the_bit(models):
    model = models("SD15_INPAINT")
    mask = np.ones((64, 64), np.float32)  # Of the whole picture: what is kept outside is our own doing.
    ours = make(model, seamless="NONE", image=IMAGE, mask=mask, strength=0.7, seed=3, guidance=4.0).image
    more = {"image": to_tensor(IMAGE), "mask_image": torch.ones(1, 1, 64, 64), "strength": 0.7}
    np.testing.assert_array_equal(ours, upstream(model, AutoPipelineForInpainting, **more))


def upstream(model, kind, parts=None, **arguments):
    """What diffusers itself makes of the same networks and arguments."""
    pipeline, own = model.pipeline, model.pipeline.scheduler
    pipeline.scheduler = make_scheduler("AUTO", own)
    try:
        call = kind.from_pipe(pipeline, **(parts or {}))
        call.set_progress_bar_config(disable=True)
        torch.manual_seed(3)  # Stable Diffusion 3 encodes a ControlNet's picture with noise from there.
        return call("red brick wall", width=64, height=64, num_inference_steps=3, guidance_scale=4.0,
                    generator=torch.Generator().manual_seed(3), output_type="np", **arguments).images[0]  # fmt: skip
    finally:
        pipeline.scheduler = own


def test_pipelines_without_callbacks_are_watched_cancelled_and_take_words_only(models):
    model = models("PIXART")
    steps = [e.values["step"] for e in generate(settings(), model) if "step" in e.values]
    assert steps == [1, 2, 3]
    job = generate(settings(steps=50), model)
    while "step" not in next(job).values:
        pass
    job.close()
    assert not [t for t in threading.enumerate() if t.name == "ada-diffusion"]
    with pytest.raises(AdaError, match="cannot do that"):
        make(model, image=IMAGE)


@pytest.mark.parametrize("family", [name for name in tiny.FAMILIES if name != "PIXART"])
def test_every_family_starts_from_words_a_picture_or_a_part_of_one(models, family):
    model = models(family)
    before = model.pipeline.scheduler
    words = make(model)
    assert words.image.shape == (64, 64, 3)
    assert words.image.std() > 0.01
    from_image = make(model, image=IMAGE, strength=0.7)
    assert np.abs(from_image.image - words.image).max() > 0.01
    inpainted = make(model, image=IMAGE, mask=MASK, strength=1.0).image
    np.testing.assert_allclose(inpainted[MASK == 0], IMAGE[MASK == 0], atol=1e-6)
    assert np.abs(inpainted - IMAGE)[MASK == 1].mean() > 0.05
    assert model.pipeline.scheduler is before
    assert not any({"forward", "_conv_forward"} & vars(m).keys() for m in modules(model))


def modules(model):
    for part in model.pipeline.components.values():
        if isinstance(part, torch.nn.Module):
            yield from part.modules()


@pytest.mark.parametrize("family", tiny.CONTROLLED)
def test_a_controlnet_steers_every_family(models, controlnet, family):
    model = models(family)
    plain = make(model).image
    control = Control(controlnet(family), IMAGE, 1.0, "DEPTH")
    steered = make(model, control=(control,)).image
    other = make(model, control=(replace(control, image=1 - IMAGE),)).image
    assert np.abs(steered - plain).max() > 1e-3
    assert np.abs(steered - other).max() > 1e-4
    if family in tiny.UNETS:
        twice = make(model, control=(control, replace(control, weight=0.5))).image
        assert np.abs(twice - steered).max() > 1e-4
        make(model, control=(control,), image=IMAGE)
        kept = make(model, control=(control,), image=IMAGE, mask=MASK).image
        np.testing.assert_allclose(kept[MASK == 0], IMAGE[MASK == 0], atol=1e-6)


def test_controlnets_that_do_not_fit_are_one_sentence(models, controlnet, tmp_path):
    for path, image, sentence in (
        (controlnet("SDXL"), IMAGE, "another family"),
        (controlnet("FLUX"), IMAGE, "another family"),
        (controlnet("SD15"), None, "needs an image"),
        (tmp_path, IMAGE, "holds no ControlNet"),
    ):
        with pytest.raises(AdaError, match=sentence):
            make(models("SD15"), control=(Control(path, image),))


def original_names(net):
    """A ControlNet's weights under the names of the original release."""
    own = net.state_dict()
    half = {name: value for name, value in own.items() if not name.startswith("controlnet_")}
    state = unet_names(types.SimpleNamespace(config=net.config, state_dict=lambda: half))
    places = {"controlnet_mid_block": "middle_block_out.0", "controlnet_cond_embedding.conv_in": "input_hint_block.0",
              "controlnet_cond_embedding.conv_out": "input_hint_block.14"}  # fmt: skip
    for name in own.keys() - half.keys():
        module, part = name.rsplit(".", 1)
        number = int(module.rpartition(".")[2]) if module[-1].isdigit() else 0
        if module not in places:
            places[module] = (
                f"zero_convs.{number}.0" if "down_blocks" in module else f"input_hint_block.{2 * number + 2}"
            )
        state[f"{places[module]}.{part}"] = own[name]
    return {f"control_model.{name}": value.contiguous() for name, value in state.items()}


@pytest.mark.parametrize("family", ["SD15", "SDXL"])
def test_a_controlnet_in_one_file_is_the_same(models, controlnet, family, tmp_path):
    model, folder = models(family), controlnet(family)
    expected = make(model, control=(Control(folder, IMAGE),)).image
    net = ControlNetModel.from_pretrained(folder)
    files = [folder / "diffusion_pytorch_model.safetensors"]
    if family == "SD15":
        files.append(tmp_path / "control_v11 原.safetensors")
        save_file(original_names(net), files[-1])
        assert inspect(files[-1]).kind == "CONTROLNET"
    for file in files:
        np.testing.assert_array_equal(make(model, control=(Control(file, IMAGE),)).image, expected)
    other = models("SDXL" if family == "SD15" else "SD15")
    for file in (*files, tiny.save_tiny_embedding(tmp_path / "no.safetensors")):
        with pytest.raises(AdaError, match="holds no ControlNet that fits"):
            make(other, control=(Control(file, IMAGE),))


def test_several_loras_with_weights(models, tmp_path):
    model = models("SD15")
    first, second = (tiny.save_tiny_lora(model.pipeline, tmp_path / f"{i}.safetensors", i) for i in range(2))
    plain = make(model).image
    one = make(model, loras=((first, 1.0),)).image
    both = make(model, loras=((first, 1.0), (second, 0.8))).image
    assert min(np.abs(one - plain).max(), np.abs(both - one).max()) > 1e-3
    np.testing.assert_allclose(make(model, loras=((first, 1.0), (second, 0.0))).image, one, atol=1e-5)
    np.testing.assert_array_equal(make(model).image, plain)
    with pytest.raises(AdaError, match="does not fit"):
        make(models("SDXL"), loras=((tiny.save_tiny_embedding(tmp_path / "no.safetensors"), 1.0),))
    np.testing.assert_array_equal(make(model).image, plain)


def test_lcm_loras_bring_their_defaults(models, tmp_path):
    model = models("SD15")
    lora = tiny.save_tiny_lora(model.pipeline, tmp_path / "lcm-lora.safetensors")
    texture = make(model, loras=((lora, 1.0),), steps=20)
    assert texture.settings.guidance == 1.0
    assert any("few steps" in note for note in texture.notes)
    assert make(model).settings.guidance == 7.0


def test_learned_words(models, tmp_path):
    model = models("SD15")
    tokenizer, table = model.pipeline.tokenizer, model.pipeline.text_encoder.get_input_embeddings()
    path = tiny.save_tiny_embedding(tmp_path / "Old_Moss.safetensors")
    plain = make(model, prompt="old_moss wall").image
    learned = make(model, prompt="old_moss wall", embeddings=(path,)).image
    assert np.abs(learned - plain).max() > 1e-3
    np.testing.assert_array_equal(make(model, embeddings=(path,)).image, make(model).image)
    np.testing.assert_array_equal(make(model, prompt="old_moss wall").image, plain)
    assert model.pipeline.tokenizer is tokenizer
    assert table.weight.shape[0] == table.num_embeddings == len(tokenizer)
    weighted = make(model, prompt="(old_moss:1.4) wall", embeddings=(path,)).image
    assert np.abs(weighted - learned).max() > 1e-4
    with pytest.raises(AdaError, match="does not fit"):
        make(models("SD3"), embeddings=(write_wide(tmp_path / "wide.safetensors"),))
    with pytest.raises(AdaError, match="may hold programs"):
        make(model, embeddings=(Path("words.pt"),))
    with pytest.raises(AdaError, match="is missing"):
        make(model, embeddings=(Path("words.safetensors"),))


def write_wide(path):
    from safetensors.torch import save_file

    save_file({"emb_params": torch.zeros(1, 999)}, path)
    return path


def test_a_picture_as_prompt(models, tmp_path):
    model = models("SD15")
    plain = make(model).image
    adapter = tiny.save_tiny_ip_adapter(tmp_path)
    shown = make(model, ip_adapter=adapter, ip_image=IMAGE, ip_weight=1.0).image
    other = make(model, ip_adapter=adapter, ip_image=np.zeros_like(IMAGE), ip_weight=1.0).image
    none = make(model, ip_adapter=adapter, ip_image=IMAGE, ip_weight=0.0).image
    assert min(np.abs(shown - plain).max(), np.abs(shown - other).max()) > 1e-3
    np.testing.assert_allclose(none, plain, atol=1e-5)
    np.testing.assert_array_equal(make(model).image, plain)
    with pytest.raises(AdaError, match="needs an image"):
        make(model, ip_adapter=adapter)
    with pytest.raises(AdaError, match="IP-Adapter"):
        make(models("SDXL"), ip_adapter=adapter, ip_image=IMAGE)
    with pytest.raises(AdaError, match="takes no IP-Adapter"):
        make(models("FLUX"), ip_adapter=adapter, ip_image=IMAGE)


@pytest.mark.parametrize("family", ["SD15", "SDXL", "SD3", "FLUX"])
@pytest.mark.parametrize("start", [None, IMAGE])
def test_variations_turn_the_noise(models, family, start):
    model = models(family)
    base = make(model, image=start).image
    near, far, whole = (make(model, image=start, variation=v, variation_seed=8).image for v in (1e-4, 0.3, 1.0))
    assert np.abs(near - base).mean() < np.abs(far - base).mean() / 5
    assert np.abs(far - base).mean() > 1e-4
    if start is None:
        np.testing.assert_allclose(whole, make(model, seed=8).image, atol=1e-4)


def test_previews_come_from_the_latents(models, monkeypatch):
    monkeypatch.setattr("ada_forge.ai.diffusion.generate.PREVIEW_SECONDS", 0.0)
    for family in ("SD15", "SD3", "FLUX"):
        looks = [e.preview for e in generate(settings(), models(family)) if e.preview is not None]
        assert len(looks) == 3
        assert looks[0].shape == (8, 8, 3)
        assert 0 <= looks[0].min() <= looks[0].max() <= 1


def test_the_preview_shows_the_colours():
    from ada_forge.ai.diffusion.latents import encode, preview, to_tensor
    from ada_forge.ai.diffusion.settings import BUILT_IN

    pipeline = load_model(BUILT_IN).pipeline
    image = np.full((64, 64, 3), (0.8, 0.3, 0.1), np.float32)
    image[:, 32:] = (0.1, 0.2, 0.7)
    look = preview(pipeline, encode(pipeline, to_tensor(image)))
    np.testing.assert_allclose(look[:, :3].mean((0, 1)), (0.8, 0.3, 0.1), atol=0.12)
    np.testing.assert_allclose(look[:, 5:].mean((0, 1)), (0.1, 0.2, 0.7), atol=0.12)


def test_half_precision_that_overflows_is_made_again_in_full(tmp_path, monkeypatch):
    model = load_model(tiny.save_tiny("SD15", tmp_path / "model"), dtype=torch.bfloat16)
    unet = model.pipeline.unet
    plain, own = make(model).image, unet.forward

    def overflow(*args, **kwargs):
        found = own(*args, **kwargs)
        return tuple(x * float("nan") for x in found) if unet.dtype == torch.bfloat16 else found

    monkeypatch.setattr(unet, "forward", overflow, raising=False)
    texture = make(model)
    assert unet.dtype == torch.bfloat16
    assert any("full precision" in note for note in texture.notes)
    assert np.isfinite(texture.image).all()
    assert texture.image.std() > 0.01
    monkeypatch.setattr(unet, "forward", lambda *a, **k: tuple(x * float("inf") for x in own(*a, **k)))
    with pytest.raises(AdaError, match="no valid picture"):
        make(model)
    vars(unet).pop("forward")
    monkeypatch.undo()
    np.testing.assert_array_equal(make(model).image, plain)


@pytest.mark.parametrize("scheduler", ["EULER_A", "HEUN", "UNIPC", "LCM", "DDIM"])
def test_schedulers_by_name_run_from_words_and_inpaint(models, scheduler):
    images = [make(models("SD15"), scheduler=scheduler, steps=4, **more).image
              for more in ({}, {"image": IMAGE, "mask": MASK})]  # fmt: skip
    assert all(np.isfinite(image).all() and image.std() > 0.01 for image in images)
    np.testing.assert_allclose(images[1][MASK == 0], IMAGE[MASK == 0], atol=1e-6)


def test_sizes_are_those_at_which_it_tiles_and_the_user_is_told(models):
    assert make(models("SD15")).notes == ()
    texture = make(models("SD15"), width=72)
    assert texture.image.shape == (64, 72, 3)
    assert "64 x 64" in texture.notes[0]
    assert make(models("SD15"), width=72, seamless="NONE").notes == ()
    assert make(models("SD15"), width=72, seamless="Y").notes == ()


@pytest.mark.parametrize("family", ["SD3", "FLUX"])
def test_weights_that_are_not_heeded_are_told(models, family):
    weighted = make(models(family), prompt="(red:1.3) brick wall")
    assert any("weights" in note for note in weighted.notes)
    np.testing.assert_array_equal(weighted.image, make(models(family)).image)


@pytest.mark.parametrize("prompt", ["", "moss " * 2000, "🧱 砖 wall", "(((", "(red:9999)", ":)"])
def test_odd_prompts(models, prompt):
    assert np.isfinite(make(models("SD15"), prompt=prompt, steps=1).image).all()


@pytest.mark.parametrize("axes", AXES)
def test_cancelling_restores_everything(models, controlnet, tmp_path, axes):
    model = models("SD15")
    more = {"control": (Control(controlnet("SD15"), IMAGE),), "tiled_vae": True, "seamless": axes}
    before = {id(m): dict(vars(m)) for m in modules(model)}
    scheduler = model.pipeline.scheduler
    job = generate(settings(steps=50, **more), model)
    for event in job:
        if event.values.get("step") == 2:
            break
    job.close()
    assert model.pipeline.scheduler is scheduler
    assert all(vars(m).keys() == before[id(m)].keys() for m in modules(model))
    assert not [t for t in threading.enumerate() if t.name == "ada-diffusion"]
