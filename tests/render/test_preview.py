"""The preview's numbers, and its silence without an interface. What it draws is seen in the real program's tests."""

from types import SimpleNamespace

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from ada_forge.ai.mesh import Mesh
from ada_forge.render import preview
from ada_forge.render.registry import registry

VERTICES = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float32)
FACES = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]], dtype=np.int32)


def test_normals_weigh_by_area():
    # At vertex 0 three equal right triangles meet, which look along -z, -y and -x.
    normals = preview.vertex_normals(VERTICES, FACES)
    assert normals[0] == pytest.approx(np.full(3, -1.0) / np.sqrt(3.0))
    # At vertex 1: -z and -y with area 1/2 each, and (1, 1, 1) / sqrt(3) with area sqrt(3) / 2.
    assert normals[1] == pytest.approx([1.0, 0.0, 0.0])


def test_light():
    normals = np.array([preview.LIGHT, -preview.LIGHT], dtype=np.float32)
    colors = np.array([[1.0, 0.5, 0.0], [1.0, 0.5, 0.0]], dtype=np.float32)
    mesh = Mesh(VERTICES[:2], FACES[:0], normals, colors)
    shaded = preview.shade(mesh)
    assert shaded[0] == pytest.approx([1.0, 0.5, 0.0, 1.0], abs=5e-3)
    assert shaded[1] == pytest.approx([preview.AMBIENT, 0.5 * preview.AMBIENT, 0.0, 1.0], abs=5e-3)
    assert preview.shade(Mesh(VERTICES, FACES)).shape == (4, 4)


def test_nothing_in_the_background():
    before = registry.counts()
    preview.show(Mesh(VERTICES, FACES))
    assert registry.counts() == before
    preview.clear()
    assert registry.counts() == before


def test_the_handler_is_taken_once_and_given_back(monkeypatch):
    """With an interface pretended: one handler however many meshes, none after `clear`."""
    pretended = SimpleNamespace(app=SimpleNamespace(background=False), types=bpy.types, context=bpy.context)
    monkeypatch.setattr(preview, "bpy", pretended)
    before = registry.counts()
    for _ in range(3):
        preview.show(Mesh(VERTICES, FACES))
    assert registry.counts().get("draw handler", 0) == before.get("draw handler", 0) + 1
    preview.clear()
    preview.clear()
    assert registry.counts() == before
