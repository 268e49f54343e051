"""Ada Realtime in the real program's viewport and from its F12."""

from __future__ import annotations

import json

from program import CHECKOUT

OUT = CHECKOUT / "tests" / "out"


def test_viewport_and_f12(program, profile, tmp_path):
    OUT.mkdir(exist_ok=True)
    found = program.play("engine", tmp_path, timeout=400, resources=profile, folders=[OUT], out=OUT)
    assert found["triangles"] >= 100_000
    assert found["first"]["uploads"] == found["first"]["meshes"]  # 61 pebbles share one.
    # Moved, lamp changed: nothing; vertices moved: that mesh; modifier added: its new mesh.
    assert found["uploads_after"] == [0, 0, 1, 1]
    assert found["redraw"]["painted"] == 0
    assert found["redraw"]["count"] >= 30
    assert found["f12_contrast"] > 0.05
    measured = found["redraw"] | {"triangles": found["triangles"]}
    (OUT / "redraw.json").write_text(json.dumps(measured), encoding="utf-8")
    print(f"\nrealtime: {found['redraw']['median_ms']:.3f} ms of Python a redraw without changes")
