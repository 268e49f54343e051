"""The demo scene is what the demo needs: one closed, coloured, lit object and a camera that sees two of them."""

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")
Image = pytest.importorskip("PIL.Image")

from ada_forge.render import demo, images, meshes


@pytest.fixture(scope="module")
def toy():
    return demo.build_demo_scene()


def test_the_toy_is_one_closed_surface(toy):
    mesh = meshes.mesh_of_object(toy, bpy.context.evaluated_depsgraph_get())
    edges = np.concatenate([mesh.faces[:, [0, 1]], mesh.faces[:, [1, 2]], mesh.faces[:, [2, 0]]])
    _, counts = np.unique(np.sort(edges, axis=1), axis=0, return_counts=True)
    assert (counts == 2).all()
    label = np.arange(len(mesh.vertices))
    while True:  # Each vertex takes the smallest label among its neighbours, until nothing changes.
        smaller = label.copy()
        np.minimum.at(smaller, edges[:, 0], label[edges[:, 1]])
        np.minimum.at(smaller, edges[:, 1], label[edges[:, 0]])
        smaller = smaller[smaller]
        if np.array_equal(smaller, label):
            break
        label = smaller
    assert (label == 0).all()
    # Euler: V - E + F = 2 for a sphere, less 2 for each handle (under the belly there may be some).
    euler = len(mesh.vertices) - len(counts) + len(mesh.faces)
    assert euler % 2 == 0
    assert 1.0 < mesh.vertices[:, 2].max() < 3.0
    hues = {tuple(color) for color in np.round(mesh.colors * 4.0).astype(int)}
    assert len(hues) > 6


def test_the_camera_sees_both(toy, tmp_path):
    scene = bpy.context.scene
    other = toy.copy()
    scene.collection.objects.link(other)
    demo.place_beside(toy, other)
    bpy.data.objects["Backdrop"].hide_render = True
    scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = 'CYCLES', 1, False
    scene.render.film_transparent = True
    scene.render.resolution_x, scene.render.resolution_y = 160, 90
    path = tmp_path / "both 图.png"
    images.render_png(scene, path)
    seen = (np.asarray(Image.open(path))[..., 3] > 127).any(axis=0)
    starts = np.flatnonzero(np.diff(np.r_[0, seen.astype(int)]) == 1)
    ends = np.flatnonzero(np.diff(np.r_[seen.astype(int), 0]) == -1)
    assert len(starts) == 2  # Two toys with a gap between them,
    assert 3 < starts[0] < ends[1] < 156  # inside the picture,
    assert ((starts[1] - starts[0]) * 3.0) > 160  # the second well to the right.
