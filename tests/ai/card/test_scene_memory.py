"""The estimate of Cycles' memory by hand. Against Cycles itself: tests/render/test_scene_content.py."""

from __future__ import annotations

import pytest
from ada_forge.ai.card.scene import (
    STATE,
    TABLES,
    FilmContent,
    MeshContent,
    SceneContent,
    TextureContent,
    estimate_scene,
    path_states,
)

FILM = FilmContent(100, 50)


def test_a_mesh_by_hand():
    """320,000 triangles and 160,801 vertices; Cycles 4.5 reports a peak of 31.17 MiB in building its BVH."""
    mesh = MeshContent("Grid", 160_801, 320_000)
    estimate = estimate_scene(SceneContent(FILM, (mesh,)))
    assert estimate.parts["Geometry"] == 16 * 320_000 + 24 * 160_801
    assert estimate.parts["BVH"] == 66 * 320_000
    assert estimate.parts["Frame Buffers"] == 100 * 50 * 16
    assert sum(estimate.parts.values()) == estimate.peak
    assert estimate.peak == pytest.approx(31.17 * 1024**2, rel=0.05)
    assert "Subdivision" not in estimate.parts


def test_subdivision_is_told_apart():
    fine = estimate_scene(SceneContent(FILM, (MeshContent("Fine", 50_000, 100_000, coarse=1 / 64),)))
    arrays = 16 * 100_000 + 24 * 50_000
    assert fine.parts["Subdivision"] == pytest.approx(arrays * 63 / 64, abs=1)
    assert fine.parts["Geometry"] == pytest.approx(arrays / 64, abs=1)


def test_pictures_sky_and_glowing_surfaces():
    content = SceneContent(
        FILM, (MeshContent("Lamp", 6, 8, glows=True),), (TextureContent("Wood", 4096, 2048, 4),), sky=512 * 256
    )
    parts = estimate_scene(content).parts
    assert parts["Textures"] == 4096 * 2048 * 4
    assert parts["Glowing Surfaces"] == 8 * 195
    assert parts["Sky"] == 512 * 256 * 8
    assert parts["While Building"] > 0  # The sky's map takes more while it is made.


def test_a_frame_in_tiles():
    whole = FilmContent(4000, 3000, None, floats=9, guides=10)
    tiled = FilmContent(4000, 3000, 2048, floats=9, guides=10)
    assert estimate_scene(SceneContent(whole)).peak == TABLES + 12_000_000 * 19 * 4
    assert estimate_scene(SceneContent(tiled)).peak == 12_000_000 * 19 * 4  # Denoised as a whole, the scene gone.
    kept = FilmContent(4000, 3000, 2048, floats=9, guides=10, keeps_scene=True)
    assert estimate_scene(SceneContent(kept)).peak == TABLES + 12_000_000 * 19 * 4
    raw = FilmContent(4000, 3000, 2048, floats=9)
    assert estimate_scene(SceneContent(raw)).peak == TABLES + 2048 * 2048 * 9 * 4


def test_a_card_keeps_paths_under_way():
    assert path_states(None) == 1_048_576
    assert path_states(16_384) == 3_145_728  # 128 multiprocessors of 1536 threads, 16 for each.
    parts = estimate_scene(SceneContent(FILM), on_card=True, cores=16_384).parts
    assert parts["Paths Under Way"] == 3_145_728 * STATE


def test_the_biggest_are_named():
    meshes = tuple(MeshContent(f"Mesh {size}", size, 2 * size) for size in (10, 1000, 100))
    estimate = estimate_scene(SceneContent(FILM, meshes, (TextureContent("Sky", 2048, 1024, 16),)))
    assert [name for name, _ in estimate.biggest] == ["Sky", "Mesh 1000", "Mesh 100"]
