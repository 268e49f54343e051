"""With a window on a virtual screen: the panel, F3, undo, languages, a restless minute. Pictures are in tests/out/."""

from __future__ import annotations

import sys

import program as real
import pytest

sys.path.append(str(real.CHECKOUT / "tests"))
TINY = {"steps": 60, "coarse_resolution": 16, "resolution": 24, "levels": 2, "rays": 256, "holdout": 0}


@pytest.fixture
def play(program, profile, sphere, tmp_path):
    """Play a script of inside/ in a Blender with the extension installed; returns what it found."""
    real.OUT.mkdir(exist_ok=True)

    def start(script, timeout, more_folders=(), **values):
        return program.play(
            script, tmp_path / "stage", timeout=timeout, resources=profile, folders=[sphere, *more_folders],
            dataset=sphere, out=real.OUT, tiny=TINY, **values,
        )  # fmt: skip

    return start


def test_panel(play):
    found = play("panel", 400)
    assert found["vertices"] > 50
    assert all(1.4 < side < 2.6 for side in found["dimensions"]), found
    assert all(abs(middle) < 0.3 for middle in found["center"]), found
    assert found["attributes"]
    print("cancelled after", found["cancel_seconds"], "s")


def test_search_finds_every_operator(play):
    found = play("search", 240)
    assert len(found["operators"]) >= 5
    assert found["operators"] == {name: [name] for name in found["operators"]}


def test_pictures_of_the_sidebar(play, sphere, tmp_path):
    broken = sphere.parent / "broken"
    broken.mkdir(exist_ok=True)
    (broken / "transforms.json").write_text("{ not json", encoding="utf-8")
    found = play("sidebar", 300, screen="1600x2400x24", broken=broken, more_folders=[broken])
    assert "transforms.json" in found["failure"]
    for language in ("en_US", "zh_HANS"):
        assert (real.OUT / f"sidebar_{language}.png").stat().st_size > 10_000


def test_looked_at_and_cropped_while_it_runs(play):
    found = play("live", 400, screen="1600x2400x24")
    assert 0.02 < found["covered"] < 0.5, found
    center, size = found["box"]
    assert all(abs(value) < 0.3 for value in center), found
    assert all(1.8 < side < 2.8 for side in size), found
    assert -0.1 < found["lowest"] < 0.1, found


@pytest.mark.parametrize("what", ["open", "disable", "undo", "quit"])
def test_while_training(play, sphere, what):
    before = sorted(path.name for path in sphere.rglob("*"))
    found = play("while_training", 150, what=what)
    assert found["files"] == before


def test_a_restless_minute(play):
    found = play("restless", 240, seconds=60, seed=11)
    assert found["count"] >= 20  # Far more on an idle machine.
    assert len(found["done"]) >= 10, found["done"]
    assert found["jobs"].get("CANCELLED"), found["jobs"]
    assert found["registry"] == {}
    assert found["threads"] == []
    assert found["handlers"] == []
