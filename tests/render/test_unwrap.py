"""Decimation and UVs by Blender, beside the user's scene."""

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")
pytest.importorskip("scipy")

import bmesh
from ada_forge.ai.mesh import Mesh
from ada_forge.ai.projection.raster import overlapping_faces
from ada_forge.render import meshes
from ada_forge.render.unwrap import unwrap


@pytest.fixture
def scene():
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    return bpy.context.scene


@pytest.fixture(scope="module")
def ball():
    """A noisy unit sphere of 5120 triangles."""
    shape = bmesh.new()
    bmesh.ops.create_icosphere(shape, subdivisions=5, radius=1.0)
    vertices = np.array([vertex.co for vertex in shape.verts], np.float32)
    faces = np.array([[vertex.index for vertex in face.verts] for face in shape.faces], np.int32)
    shape.free()
    noise = np.random.default_rng(0).normal(0, 0.003, vertices.shape)
    return Mesh((vertices + noise).astype(np.float32), faces)


def counts():
    return {name: len(getattr(bpy.data, name)) for name in ("scenes", "objects", "meshes", "materials", "images")}


def islands(mesh):
    """Pieces of the layout: corners of a vertex are one where their UVs are."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    corners = np.concatenate([np.round(mesh.uv.reshape(-1, 2) * 1e5), mesh.faces.reshape(-1, 1)], axis=1)
    _, number = np.unique(corners, axis=0, return_inverse=True)
    number = number.reshape(-1, 3)
    edges = np.concatenate([number[:, :2], number[:, 1:]])
    size = number.max() + 1
    return connected_components(coo_matrix((np.ones(len(edges)), edges.T), shape=(size, size)))[0]


def test_fewer_faces_in_few_islands_that_do_not_overlap(scene, ball):
    before, active = counts(), bpy.context.object
    mesh = unwrap(ball, 2000)
    assert 1800 < len(mesh.faces) <= 2000
    assert mesh.uv.min() >= 0
    assert mesh.uv.max() <= 1
    assert len(overlapping_faces(mesh.uv, 1024)) == 0
    assert islands(mesh) <= 40
    radii = np.linalg.norm(mesh.vertices, axis=1)
    assert np.abs(radii - 1).max() < 0.03  # The smoother surface served the layout only.
    assert (mesh.normals * mesh.vertices).sum(1).min() > 0.5
    assert counts() == before
    assert bpy.context.object == active
    assert bpy.context.mode == 'OBJECT'


def test_edit_mode_of_the_user_stays(scene, ball):
    bpy.ops.object.mode_set(mode='EDIT')
    user = bpy.context.object
    unwrap(ball, 500)
    assert user.mode == 'EDIT'
    bpy.ops.object.mode_set(mode='OBJECT')


def test_quads_come_back_as_quads(scene, ball):
    mesh = unwrap(ball, 600, quads=True)
    assert mesh.sides is not None
    assert (mesh.sides == 4).mean() > 0.95
    assert len(mesh.faces) == (mesh.sides - 2).sum()
    obj = meshes.add_mesh_object(scene, mesh, "Quads")
    assert len(obj.data.polygons) == len(mesh.sides)
    layer = obj.data.uv_layers.active.data
    for polygon, first in zip(obj.data.polygons, np.cumsum(mesh.sides - 2) - (mesh.sides - 2)):
        corners = [mesh.faces[first][0], mesh.faces[first][1], *mesh.faces[first : first + polygon.loop_total - 2, 2]]
        assert list(polygon.vertices) == corners
        uv = [mesh.uv[first, 0], mesh.uv[first, 1], *mesh.uv[first : first + polygon.loop_total - 2, 2]]
        np.testing.assert_allclose([layer[loop].uv for loop in polygon.loop_indices], uv, atol=1e-6)


def test_a_texture_is_packed_as_it_is(scene, ball):
    mesh = unwrap(ball, 500)
    texture = np.random.default_rng(0).random((16, 16, 3)).astype(np.float32)
    obj = meshes.add_mesh_object(scene, mesh, "Ball", texture=texture)
    (node,) = (node for node in obj.active_material.node_tree.nodes if node.type == 'TEX_IMAGE')
    stored = np.array(node.image.pixels[:]).reshape(16, 16, 4)[..., :3]
    assert np.abs(stored - texture).max() < 0.003
    assert node.image.colorspace_settings.name == "sRGB"
    assert node.image.packed_file is not None
