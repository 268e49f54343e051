"""The overlay in the real program, over a scripted card."""

from __future__ import annotations

import pytest
from program import CHECKOUT

OUT = CHECKOUT / "tests" / "out"


@pytest.fixture
def card(tmp_path):
    """The fake NVML's library and script, where the program can see them."""
    from fakenvml import fake

    if fake.find_compiler() is None:
        pytest.skip("no C compiler: cc, gcc or clang")
    script = tmp_path / "script.txt"
    fake.FakeCard(script)
    return {"library": fake.build(tmp_path), "card_script": script}


def test_overlay_shows_the_scripted_numbers(program, profile, tmp_path, card):
    found = program.play("overlay", tmp_path, timeout=600, resources=profile, out=OUT, **card)
    words = found["words"]
    for text in (
        "NVIDIA GeForce RTX 4090",
        "VRAM  10.0 / 24.0 GiB",
        "Temperature  71 °C",
        "Utilization  98 %",
        "Power  431 / 450 W",
    ):
        assert text in words, words
    for text in ("Cycles and other 7.5", "torch 2.5", "free 14.0"):
        assert text in words, words
    assert "Temperature  194 °F" in found["alarm_words"]
    assert "slowed down. Temperature (hardware)" in " ".join(found["alarm_words"])
    assert found["idle"]["readings"] >= 3
    assert found["idle"]["updates"] >= 3
    assert found["idle"]["changes"] == 0, found["idle"]  # Blender itself draws a view several times, to smooth it.
    assert found["draws_when_off"] == 0
    assert found["running_when_off"] is False
    assert found["measured_draws"] >= 50
    print(f"\noverlay: {found['draw_ms_median']:.3f} ms median, {found['draw_ms_p95']:.3f} ms 95 %")


def test_pictures_of_the_card(program, profile, tmp_path, card):
    found = program.play(
        "card", tmp_path, timeout=500, resources=profile, out=OUT, screen="1600x1600x24", part="pictures", **card
    )
    for language in ("en_US", "zh_HANS"):
        assert (OUT / f"card_panels_{language}.png").stat().st_size > 10_000
    assert "温度  91 °C" in found["chinese"]
    assert any("降频" in word for word in found["chinese"])
    assert found["image_editor_idle"] == found["image_editor_after"] == 0
    assert found["image_editor_rendering"] > 0


def test_jobs_beside_renders_heat_and_a_lost_card(program, profile, tmp_path, card):
    found = program.play("card", tmp_path, timeout=500, resources=profile, out=OUT, part="jobs", **card)
    assert found["guard"] == [70, 85, 79, 75]
    assert (found["plot_windows"], found["plot_windows_again"], found["plot_image"]) == (1, 1, "Graphics Card")
    assert found["viewport"] == ["a viewport", "one in another file", "the operator"]
    assert found["draws_when_disabled"] == 0
    assert found["held_when_disabled"] == {}
    assert found["draws_when_enabled"] > 0
    assert found["parked_while_rendering"]
    assert found["steps_while_rendering"] == 0
    assert found["back_after_rendering"]
