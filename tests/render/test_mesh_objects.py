"""Arrays to objects and back."""

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from ada_forge.ai.errors import AdaError
from ada_forge.ai.mesh import Mesh
from ada_forge.render import meshes

VERTICES = np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3]], dtype=np.float32)
FACES = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]], dtype=np.int32)
COLORS = np.array([[1, 0, 0], [0, 0.5, 0], [0.02, 0, 0.25], [0.75, 0.5, 0.25]], dtype=np.float32)


@pytest.fixture
def scene():
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    return bpy.context.scene


def read(obj):
    return meshes.mesh_of_object(obj, bpy.context.evaluated_depsgraph_get())


def test_round_trip(scene):
    obj = meshes.add_mesh_object(scene, Mesh(VERTICES, FACES, None, COLORS), "网格 mesh")
    back = read(obj)
    assert obj.name == "网格 mesh"
    assert obj.name in scene.collection.objects
    assert np.array_equal(back.vertices, VERTICES)
    assert np.array_equal(back.faces, FACES)
    assert np.abs(back.colors - COLORS).max() < 1e-6
    assert len(obj.data.edges) == 6


def test_colors_are_stored_linear(scene):
    """0.5 in sRGB is 0.21404 of the light (IEC 61966-2-1); shaders read linear values."""
    obj = meshes.add_mesh_object(scene, Mesh(VERTICES, FACES, None, COLORS), "Mesh")
    attribute = obj.data.color_attributes["Color"]
    assert attribute.data[1].color[:] == pytest.approx((0.0, 0.21404, 0.0, 1.0), abs=1e-5)
    assert obj.data.color_attributes.active_color == attribute
    assert obj.data.color_attributes[obj.data.color_attributes.render_color_index] == attribute


def test_the_material_shows_the_colors(scene):
    obj = meshes.add_mesh_object(scene, Mesh(VERTICES, FACES, None, COLORS), "Mesh")
    (material,) = obj.data.materials
    surface = material.node_tree.nodes["Principled BSDF"]
    (link,) = surface.inputs["Base Color"].links
    assert link.from_node.layer_name == "Color"
    assert material.node_tree.nodes["Material Output"].inputs["Surface"].links[0].from_node == surface


def test_normals(scene):
    directions = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.6, 0.8, 0]], dtype=np.float32)
    obj = meshes.add_mesh_object(scene, Mesh(VERTICES, FACES, directions), "Mesh")
    assert obj.data.has_custom_normals
    assert not obj.data.materials
    corners = np.empty(len(obj.data.loops) * 3, dtype=np.float32)
    if hasattr(obj.data, "calc_normals_split"):  # Before 4.1.
        obj.data.calc_normals_split()
    obj.data.corner_normals.foreach_get("vector", corners)
    assert np.abs(corners.reshape(-1, 3) - directions[FACES.ravel()]).max() < 2e-3  # Kept in 16 bits.


def test_a_collection_instead_of_the_scene(scene):
    collection = bpy.data.collections.new("Results")
    scene.collection.children.link(collection)
    obj = meshes.add_mesh_object(scene, Mesh(VERTICES, FACES), "Mesh", collection)
    assert obj.users_collection == (collection,)


def test_modifiers_pose_and_mirroring_are_read(scene):
    obj = meshes.add_mesh_object(scene, Mesh(VERTICES, FACES), "Mesh")
    obj.location, obj.scale = (1.0, 2.0, 3.0), (-2.0, 1.0, 1.0)
    obj.modifiers.new("Subdivision", 'SUBSURF').levels = 1
    obj.modifiers["Subdivision"].subdivision_type = 'SIMPLE'
    back = read(obj)
    assert len(back.faces) == 24  # Four triangles, each three quads.
    assert np.allclose(back.vertices.min(axis=0), (-1.0, 2.0, 3.0))
    assert np.allclose(back.vertices.max(axis=0), (1.0, 4.0, 6.0))
    # Counter-clockwise from outside: the divergence theorem gives the volume with its sign, here 2 * (1 * 2 * 3) / 6.
    corners = back.vertices[back.faces].astype(np.float64)
    volume = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6.0
    assert volume == pytest.approx(2.0, rel=1e-5)
    outwards = np.einsum("ij,ij->i", back.normals, back.vertices - back.vertices.mean(axis=0))
    assert (outwards > 0.0).mean() > 0.9
    assert np.allclose(np.linalg.norm(back.normals, axis=1), 1.0, atol=1e-5)


def test_colors_of_corners_are_averaged(scene):
    obj = meshes.add_mesh_object(scene, Mesh(VERTICES, FACES), "Mesh")
    attribute = obj.data.color_attributes.new("Paint", 'FLOAT_COLOR', 'CORNER')
    values = np.ones((12, 4), dtype=np.float32)
    values[:, :3] = np.arange(12, dtype=np.float32)[:, None] / 12.0
    attribute.data.foreach_set("color", values.ravel())
    obj.data.color_attributes.active_color = attribute
    corners = np.flatnonzero(FACES.ravel() == 3)
    expected = meshes.linear_to_srgb(np.array([corners.mean() / 12.0]))
    assert read(obj).colors[3] == pytest.approx(np.repeat(expected, 3), abs=1e-6)


@pytest.mark.parametrize(
    ("vertices", "faces", "match"),
    [
        (VERTICES[:0], FACES, "empty"),
        (VERTICES, FACES[:0], "empty"),
        (VERTICES, FACES + 1, "damaged"),
        (VERTICES, FACES - 1, "damaged"),
        (VERTICES * np.float32(np.nan), FACES, "damaged"),
    ],
)
def test_bad_arrays_are_refused(scene, vertices, faces, match):
    before = len(bpy.data.meshes)
    with pytest.raises(AdaError, match=match):
        meshes.add_mesh_object(scene, Mesh(vertices, faces), "Mesh")
    assert len(bpy.data.meshes) == before


def test_no_surface_is_refused(scene):
    empty = bpy.data.objects.new("Leer", None)
    scene.collection.objects.link(empty)
    with pytest.raises(AdaError, match="Leer"):
        read(empty)


def test_the_transfer_curve():
    # The ends and the two sides of the knee, from the standard; and there and back.
    assert meshes.srgb_to_linear(np.array([0.0, 0.04045, 0.5, 1.0])) == pytest.approx(
        [0.0, 0.04045 / 12.92, 0.2140411, 1.0], abs=1e-6
    )
    values = np.linspace(0.0, 1.0, 101)
    assert np.allclose(meshes.linear_to_srgb(meshes.srgb_to_linear(values)), values, atol=1e-6)


def test_one_object_is_selected_after_a_script_removed_another(scene):
    """A removed object stands in the view layer's list as None until it is brought up to date."""
    first, second, third = (meshes.add_mesh_object(scene, Mesh(VERTICES, FACES), name) for name in "abc")
    meshes.select_only(bpy.context.view_layer, first)
    bpy.data.objects.remove(second)
    assert None in list(bpy.context.view_layer.objects)
    meshes.select_only(bpy.context.view_layer, third)
    assert list(bpy.context.selected_objects) == [third]
    assert bpy.context.view_layer.objects.active == third
