"""Files that leave Blender, read again."""

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from ada_forge.ai.errors import AdaError
from ada_forge.ai.mesh import Mesh
from ada_forge.render import export, images, meshes

VERTICES = np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3]], dtype=np.float32)
FACES = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]], dtype=np.int32)
COLORS = np.array([[1, 0, 0], [0, 0.5, 0], [0.02, 0, 0.25], [0.75, 0.5, 0.25]], dtype=np.float32)


@pytest.fixture
def obj():
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    return meshes.add_mesh_object(bpy.context.scene, Mesh(VERTICES, FACES, None, COLORS), "Mesh")


def read(obj):
    return meshes.mesh_of_object(obj, bpy.context.evaluated_depsgraph_get())


def test_glb_comes_back_equal(obj, tmp_path):
    other = meshes.add_mesh_object(bpy.context.scene, Mesh(VERTICES + 5, FACES), "Other")
    obj.select_set(False)
    other.select_set(True)
    path = tmp_path / "模型 a.glb"
    export.export_glb([obj], path)
    assert [item.name for item in tmp_path.iterdir()] == [path.name]
    assert (len(bpy.data.scenes), bpy.context.selected_objects) == (1, [other])
    bpy.ops.import_scene.gltf(filepath=str(path))
    (back,) = bpy.context.selected_objects
    mesh = read(back)
    # The exporter splits and the importer joins vertices: compare them by place.
    order, expected = np.lexsort(mesh.vertices.T), np.lexsort(VERTICES.T)
    assert np.abs(mesh.vertices[order] - VERTICES[expected]).max() < 1e-6
    assert np.abs(mesh.colors[order] - COLORS[expected]).max() < 0.01
    assert len(mesh.faces) == 4


def test_a_cut_glb_is_noticed(obj, tmp_path):
    path = tmp_path / "a.glb"
    export.export_glb([obj], path)
    assert export.is_whole_glb(path)
    data = path.read_bytes()
    for end in (0, 10, 19, 30, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:end])
        assert not export.is_whole_glb(path)
    assert not export.is_whole_glb(tmp_path / "absent.glb")


def test_a_failed_export_keeps_the_old_file(obj, tmp_path, monkeypatch):
    path = tmp_path / "a.glb"
    path.write_bytes(b"old")
    monkeypatch.setattr(export, "is_whole_glb", lambda part: False)
    with pytest.raises(AdaError, match=r"a\.glb' was not written completely"):
        export.export_glb([obj], path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    assert len(bpy.data.scenes) == 1


def test_glb_into_an_absent_folder(obj, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(AdaError, match="file' does not exist"):
        export.export_glb([obj], tmp_path / "file" / "a.glb")
    assert len(bpy.data.scenes) == 1


def test_blend_copy_opens(obj, tmp_path):
    path = tmp_path / "场景 b.blend"
    export.save_blend_copy(path)
    assert [item.name for item in tmp_path.iterdir()] == [path.name]
    assert bpy.data.filepath == ""
    assert len(bpy.data.libraries) == 0
    bpy.ops.wm.open_mainfile(filepath=str(path))
    assert np.array_equal(read(bpy.data.objects["Mesh"]).vertices, VERTICES)


def test_blend_into_an_absent_folder(obj, tmp_path):
    with pytest.raises(AdaError, match="absent' does not exist"):
        export.save_blend_copy(tmp_path / "absent" / "b.blend")


def test_png_is_judged_by_its_content(tmp_path):
    Image = pytest.importorskip("PIL.Image")  # noqa: N806
    path = tmp_path / "a.png"
    random = np.random.default_rng(0)
    for mode, channels in (("RGBA", 4), ("RGB", 3), ("L", 1)):
        pixels = random.integers(0, 256, (20, 30, channels), dtype=np.uint8)
        Image.fromarray(pixels.squeeze(), mode).save(path)
        assert images.png_size(path) == (30, 20)
    data = path.read_bytes()
    for end in (0, 8, 40, len(data) - 1, len(data) - 12):
        path.write_bytes(data[:end])
        assert images.png_size(path) is None
    damaged = bytearray(data)
    damaged[len(data) // 2] ^= 1
    path.write_bytes(damaged)
    assert images.png_size(path) is None


def test_pixels_are_read_as_stored(tmp_path):
    Image = pytest.importorskip("PIL.Image")  # noqa: N806
    pixels = np.random.default_rng(1).integers(0, 256, (5, 7, 4), dtype=np.uint8)
    Image.fromarray(pixels, "RGBA").save(tmp_path / "a.png")
    before = len(bpy.data.images)
    assert np.abs(images.read_pixels(tmp_path / "a.png") * 255.0 - pixels).max() < 0.01
    assert len(bpy.data.images) == before


@pytest.fixture
def textured():
    """A square in two triangles under a 4 x 4 texture."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    mesh = Mesh(np.pad(corners, [(0, 0), (0, 1)]), faces, None, np.full((4, 3), 0.5, np.float32), corners[faces])
    texture = np.random.default_rng(1).random((4, 4, 3)).astype(np.float32)
    return meshes.add_mesh_object(bpy.context.scene, mesh, "墙 wall", texture=texture), texture


def test_obj_brings_its_texture_along(textured, tmp_path):
    obj, texture = textured
    (image,) = (node.image for node in obj.active_material.node_tree.nodes if node.type == 'TEX_IMAGE')
    before = image.filepath_raw
    export.export_obj([obj], tmp_path / "wall.obj")
    assert sorted(item.suffix for item in tmp_path.iterdir()) == [".mtl", ".obj", ".png"]
    assert (image.filepath_raw, len(bpy.data.scenes)) == (before, 1)
    bpy.ops.wm.obj_import(filepath=str(tmp_path / "wall.obj"))
    (back,) = bpy.context.selected_objects
    assert len(back.data.polygons) == 2
    (found,) = (node.image for node in back.active_material.node_tree.nodes if node.type == 'TEX_IMAGE')
    pixels = np.array(found.pixels[:]).reshape(4, 4, 4)[..., :3]
    assert np.abs(pixels - texture).max() < 0.003
    assert found.filepath.endswith(".png")


def test_ply_comes_back_with_its_colours(obj, tmp_path):
    export.export_ply([obj], tmp_path / "a.ply")
    bpy.ops.wm.ply_import(filepath=str(tmp_path / "a.ply"))
    mesh = read(bpy.context.selected_objects[0])
    order, expected = np.lexsort(mesh.vertices.T), np.lexsort(VERTICES.T)
    assert np.abs(mesh.vertices[order] - VERTICES[expected]).max() < 1e-6
    assert np.abs(mesh.colors[order] - COLORS[expected]).max() < 0.01


def test_a_cut_ply_is_noticed(obj, tmp_path):
    path = tmp_path / "a.ply"
    export.export_ply([obj], path)
    assert export.ply_faces(path) == 4
    data = path.read_bytes()
    for end in (0, 20, len(data) - 30, len(data) - 1):
        path.write_bytes(data[:end])
        assert export.ply_faces(path) is None


def test_a_failed_obj_leaves_what_was_there(textured, tmp_path, monkeypatch):
    path = tmp_path / "wall.obj"
    path.write_text("old")
    monkeypatch.setattr(export, "_require", lambda whole, path: (_ for _ in ()).throw(AdaError("not whole")))
    with pytest.raises(AdaError, match="not whole"):
        export.export_obj([textured[0]], path)
    assert path.read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["wall.obj"]
