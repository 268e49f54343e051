"""Textures in the real program: clicked in the sidebar, seen in the Image Editor. Pictures are in tests/out/."""

from __future__ import annotations

import program as real


def test_texture_panel(program, profile, tmp_path):
    real.OUT.mkdir(exist_ok=True)
    found = program.play("texture", tmp_path / "stage", timeout=400, resources=profile, out=real.OUT)
    assert found["previews"] == 1
    assert found["material"].startswith("red brick wall")
    assert found["shown"] == found["material"]
