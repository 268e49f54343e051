"""The Render panel in the real program, with the mouse; pictures in both languages are in tests/out/."""

from __future__ import annotations

from program import CHECKOUT

OUT = CHECKOUT / "tests" / "out"


def test_profile_tune_restore_and_render(program, profile, tmp_path):
    OUT.mkdir(exist_ok=True)
    frames = tmp_path / "frames"
    frames.mkdir()
    found = program.play(
        "render", tmp_path / "stage", timeout=500, resources=profile, folders=[OUT, frames], out=OUT, frames=frames,
        screen="1600x2400x24",
    )  # fmt: skip
    assert found["tuned"]
    assert "±" in found["outcome"]
    assert found["restored"]
    assert found["files"] == ["0001.png"]
