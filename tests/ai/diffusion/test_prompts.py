import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("diffusers", reason="diffusers is not installed")

import tiny
from ada_forge.ai.diffusion.prompts import encode_prompts, parse_prompt, plain_text


@pytest.mark.parametrize(
    ("prompt", "pieces"),
    [
        ("old wall", [("old wall", 1)]),
        ("", []),
        ("(moss:1.3)", [("moss", 1.3)]),
        ("old (moss:1.3) wall", [("old ", 1), ("moss", 1.3), (" wall", 1)]),
        ("(moss)", [("moss", 1.1)]),
        ("((moss))", [("moss", 1.21)]),
        ("[moss]", [("moss", 1 / 1.1)]),
        ("(a (b:2) c:0.5)", [("a ", 0.5), ("b", 1), (" c", 0.5)]),
        ("(a:-1)", [("a", -1)]),
        ("(a:1e9)", [("a:1e9", 1.1)]),
        ("(a:999)", [("a", 10)]),
        (r"\(plain\)", [("(plain)", 1)]),
        ("open (bracket", [("open (bracket", 1)]),
        ("closed) bracket]", [("closed) bracket]", 1)]),
        ("ratio 3:4", [("ratio 3:4", 1)]),
        ("[a:0.5)", [("[a:0.5)", 1)]),
        ("(苔藓:1.2)", [("苔藓", 1.2)]),
    ],
)
def test_weights_by_hand(prompt, pieces):
    found = parse_prompt(prompt)
    assert [text for text, _ in found] == [text for text, _ in pieces]
    assert [weight for _, weight in found] == pytest.approx([weight for _, weight in pieces])
    assert plain_text(prompt) == "".join(text for text, _ in pieces)


@pytest.fixture(scope="module", params=["SD15", "SDXL"])
def pipeline(request, tmp_path_factory):
    return tiny.make_pipeline(request.param, tmp_path_factory.mktemp("words"))


def upstream(pipeline, prompt, negative=""):
    sdxl = hasattr(pipeline, "text_encoder_2")
    more = {} if sdxl else {"num_images_per_prompt": 1}
    with torch.no_grad():
        return pipeline.encode_prompt(prompt, device="cpu", do_classifier_free_guidance=True,
                                      negative_prompt=negative or None, **more)  # fmt: skip


NAMES = ("prompt_embeds", "negative_prompt_embeds", "pooled_prompt_embeds", "negative_pooled_prompt_embeds")


def ours(pipeline, prompt, negative=""):
    arguments, heeded = encode_prompts(pipeline, prompt, negative)
    assert heeded
    return [arguments[name] for name in NAMES if name in arguments]


def test_plain_prompts_are_left_to_the_pipeline(pipeline):
    arguments, heeded = encode_prompts(pipeline, "red wall", "")
    assert arguments == {"prompt": "red wall"}
    assert heeded


@pytest.mark.parametrize("negative", ["", "blue floor"])
def test_a_weight_of_almost_one_is_almost_upstream(pipeline, negative):
    """The embeddings are those that diffusers makes, chunk by chunk."""
    for mine, theirs in zip(ours(pipeline, "(red wall:1.000001)", negative), upstream(pipeline, "red wall", negative)):
        torch.testing.assert_close(mine, theirs, atol=1e-4, rtol=1e-4)


def test_weights_move_away_from_the_empty_prompt(pipeline):
    empty, plain = upstream(pipeline, "")[0], upstream(pipeline, "red brick wall")[0]
    weighted = ours(pipeline, "red (brick:1.5) wall")[0]
    ids = pipeline.tokenizer("red brick wall").input_ids
    [at] = [i for i, token in enumerate(ids) if token == pipeline.tokenizer("brick").input_ids[1]]
    torch.testing.assert_close(weighted[0, at], (empty + 1.5 * (plain - empty))[0, at], atol=1e-5, rtol=1e-4)
    others = [i for i in range(plain.shape[1]) if i != at]
    torch.testing.assert_close(weighted[0, others], plain[0, others])


def test_words_beyond_the_encoder_count(pipeline):
    room = pipeline.tokenizer.model_max_length - 2
    long = "red " * room
    first, second = ours(pipeline, long + "wall"), ours(pipeline, long + "floor")
    assert first[0].shape == first[1].shape == (1, 2 * (room + 2), upstream(pipeline, "")[0].shape[-1])
    torch.testing.assert_close(first[0][:, : room + 2], upstream(pipeline, long)[0])
    assert (first[0] - second[0])[:, room + 2 :].abs().max() > 1e-3
    tail = ours(pipeline, "red wall", "blue " * (2 * room + 1))
    assert tail[0].shape == tail[1].shape == (1, 3 * (room + 2), tail[0].shape[-1])
