"""What is counted on `meta`, against known sizes and against what torch's profiler sees on the processor."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
from ada_forge.ai.card import measure

PERCENT = 15.0


def profiled_peak(module, run):
    """Peak of what torch's allocator for the CPU holds beside the weights, in bytes."""
    from torch.profiler import ProfilerActivity, profile

    with torch.no_grad():
        run(module)  # What is made once only.
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
            run(module)
    events = [event for event in seen.profiler.kineto_results.events() if event.name() == "[memory]"]
    live = peak = 0
    for event in sorted(events, key=lambda one: one.start_ns()):
        live += event.nbytes()
        peak = max(peak, live)
    return peak


def build_convolutions():
    layers = [torch.nn.Conv2d(3, 64, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv2d(64, 64, 3, padding=1)]
    return torch.nn.Sequential(*layers, torch.nn.ReLU(), torch.nn.Conv2d(64, 3, 3, padding=1)).eval()


def build_transformer():
    return torch.nn.TransformerEncoderLayer(256, 8, 1024, batch_first=True, dropout=0.0)


def build_unet():
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=32, block_out_channels=(64, 128), layers_per_block=1, cross_attention_dim=64, attention_head_dim=8,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    ).eval()  # fmt: skip


def build_decoder():
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=(32, 64), down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2, latent_channels=4, layers_per_block=1,
    ).eval()  # fmt: skip


def build_text():
    from transformers import CLIPTextConfig, CLIPTextModel

    config = CLIPTextConfig(
        hidden_size=128, intermediate_size=512, num_hidden_layers=4, num_attention_heads=4, vocab_size=1000,
        bos_token_id=0, eos_token_id=1,
    )  # fmt: skip
    return CLIPTextModel(config).eval()


MODELS = {
    "convolutions": (build_convolutions, lambda model, device: model(torch.zeros(1, 3, 256, 256, device=device))),
    "transformer": (build_transformer, lambda model, device: model(torch.zeros(2, 512, 256, device=device))),
    "unet": (
        build_unet,
        lambda model, device: model(
            torch.zeros(2, 4, 64, 64, device=device),
            torch.zeros(2, device=device),
            torch.zeros(2, 77, 64, device=device),
        ),
    ),
    "decoder": (build_decoder, lambda model, device: model.decode(torch.zeros(1, 4, 64, 64, device=device))),
    "text": (build_text, lambda model, device: model(torch.zeros(4, 77, dtype=torch.long, device=device))),
}


LAYOUTS = {"": torch.contiguous_format, ", channels last": torch.channels_last}


def compare(name, layout=torch.contiguous_format):
    """Estimated and profiled peak of a model."""
    build, run = MODELS[name]
    real = build().to(memory_format=layout)
    with torch.device("meta"):
        hollow = build().to(memory_format=layout)
    assert measure.weight_bytes(hollow) == measure.weight_bytes(real)
    estimated = measure.activation_bytes(hollow, lambda model: run(model, "meta"), block=1)
    return estimated, profiled_peak(real, lambda model: run(model, "cpu"))


def compare_built_in(size):
    """The same of the denoiser and the decoder that ship, whose convolutions wrap around; `size` in pixels."""
    from ada_forge.ai.diffusion.load import load_model
    from ada_forge.ai.diffusion.needs import measure_needs
    from ada_forge.ai.diffusion.settings import BUILT_IN

    pipeline = load_model(BUILT_IN, "cpu").pipeline
    needs = measure_needs(pipeline, size, size, guided=True)
    unet = pipeline.unet
    latents = torch.zeros(2, unet.config.in_channels, size // 8, size // 8)
    words = torch.zeros(2, 77, unet.config.cross_attention_dim)
    step = profiled_peak(unet, lambda model: model(latents, torch.zeros(2), words))
    decoding = profiled_peak(pipeline.vae, lambda model: model.decode(latents[:1]))
    return {
        "built-in denoiser": (needs.denoiser.activations, step),
        "built-in decoder": (needs.decoder.activations, decoding),
    }


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=str)
@pytest.mark.parametrize("name", MODELS)
def test_peak_is_what_the_profiler_sees(name, layout):
    if name in {"unet", "decoder", "text"}:
        pytest.importorskip("diffusers")
        pytest.importorskip("transformers")
    estimated, profiled = compare(name, layout)
    assert profiled > 1_000_000
    assert abs(estimated / profiled - 1.0) * 100.0 <= PERCENT


def test_peak_of_the_model_that_ships():
    pytest.importorskip("diffusers")
    for estimated, profiled in compare_built_in(256).values():
        assert profiled > 1_000_000
        assert abs(estimated / profiled - 1.0) * 100.0 <= PERCENT


def test_copies_of_a_convolution_by_hand():
    """20 channels fill two lanes of 16, 40 three; the picture itself and a kernel of one pixel are not copied."""
    with torch.device("meta"):
        layer, point = torch.nn.Conv2d(20, 40, 3, padding=1, bias=False), torch.nn.Conv2d(20, 40, 1, bias=False)
        color, line = torch.nn.Conv2d(3, 40, 3, padding=1, bias=False), torch.nn.Conv1d(20, 40, 3, bias=False)
        features, picture = torch.zeros(2, 20, 64, 64), torch.zeros(2, 3, 64, 64)
    pixel = 4 * 2 * 64 * 64

    def count(module, *inputs):
        return measure.activation_bytes(module, lambda one: one(*inputs), block=1)

    assert count(layer, features) == pixel * (48 + 40)
    assert count(color, picture) == pixel * (48 + 40)
    assert count(point, features) == pixel * 40
    assert count(line, features[:, :, 0]) == 4 * 2 * 40 * 62
    shrunk = torch.nn.Conv2d(20, 40, 3, stride=2, padding=1, bias=False).to("meta")
    assert count(shrunk, features) == pixel * 32 + pixel * 48 // 4 + 4 * 20 * 40 * 9  # The copy of what goes in.
    layer.to(memory_format=torch.channels_last)
    assert count(layer, features) == pixel * 40


def test_peak_by_hand():
    """Two layers of 1000 to 2000 and back: input, hidden and output float32 for 10 rows; the input is the caller's."""
    with torch.device("meta"):
        model = torch.nn.Sequential(torch.nn.Linear(1000, 2000), torch.nn.Linear(2000, 1000))
        rows = torch.zeros(10, 1000)
    assert measure.weight_bytes(model) == 4 * (2 * 1000 * 2000 + 3000)
    assert measure.activation_bytes(model, lambda one: one(rows), block=1) == 4 * 10 * (2000 + 1000)


def test_shared_weights_count_once():
    layer = torch.nn.Linear(10, 10, bias=False)
    assert measure.weight_bytes(torch.nn.Sequential(layer, layer)) == 400
    layer.half()
    assert measure.weight_bytes(layer) == 200


def test_attention_is_counted_without_its_scores():
    query = torch.zeros(1, 8, 1024, 64, device="meta")
    module = torch.nn.Identity()

    def attend(_):
        return torch.nn.functional.scaled_dot_product_attention(query, query, query)

    assert measure.activation_bytes(module, attend, block=1) == 4 * (query.numel() + 8 * 1024)


def test_other_devices_compute_as_ever_meanwhile():
    query = torch.randn(1, 2, 8, 4)
    plain = torch.nn.functional.scaled_dot_product_attention
    before = plain(query, query, query)
    with measure.fused_attention():
        assert torch.equal(torch.nn.functional.scaled_dot_product_attention(query, query, query), before)
    assert torch.nn.functional.scaled_dot_product_attention is plain


KNOWN = {"_sd15": 859_520_964, "_sdxl": 2_567_463_684, "_clip_l": 123_060_480, "_clip_g": 694_659_840}


@pytest.mark.parametrize("name", KNOWN)
def test_known_models_have_their_published_size(name):
    pytest.importorskip("diffusers")
    pytest.importorskip("transformers")
    from ada_forge.ai.card import families

    with torch.device("meta"):
        model = getattr(families, name)()
    assert sum(parameter.numel() for parameter in model.parameters()) == KNOWN[name]


def test_a_family_gives_a_ladder():
    pytest.importorskip("diffusers")
    from ada_forge.ai.card import families, planner

    needs = families.measure_needs(families.FAMILIES[0], 512, 512)
    assert needs.denoiser.weights == 2 * KNOWN["_sd15"]
    assert needs.encoder.largest_layer == 2 * 49408 * 768  # The table of words.
    larger = families.measure_needs(families.FAMILIES[0], 1024, 1024)
    assert larger.denoiser.activations == pytest.approx(4 * needs.denoiser.activations, rel=0.1)
    assert larger.tiles[512] < larger.decoder.activations
    plans = planner.choose_plans(larger, 24 * planner.GIB)
    assert plans[0].rung is planner.Rung.RESIDENT
