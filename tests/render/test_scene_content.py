"""What is counted of a scene, and the estimate against what Cycles itself reports for small scenes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "bench"))
PERCENT = 15.0


@pytest.fixture
def scenes(ext):
    import card_scenes

    yield card_scenes
    import bpy

    bpy.ops.wm.read_homefile(use_empty=False)


@pytest.fixture
def read(ext, scenes):
    """What is counted of the open scene, and the estimate."""

    def run():
        import bpy

        content = ext(".render.scene_content").read_content(bpy.context.scene, bpy.context.evaluated_depsgraph_get())
        return content, ext(".ai.card.scene").estimate_scene(content)

    return run


def test_cycles_reports_what_was_estimated(scenes, read, tmp_path):
    """A subdivided, textured, bump-mapped ring with instances and passes."""
    import bpy

    scene = scenes.begin()
    scene.render.resolution_x, scene.render.resolution_y = 400, 300
    scene.view_layers[0].use_pass_vector = scene.view_layers[0].use_pass_cryptomatte_material = True
    bpy.ops.mesh.primitive_torus_add(major_segments=48, minor_segments=24)
    ring = bpy.context.object
    ring.modifiers.new("Subdivision", 'SUBSURF').render_levels = 3
    pictures = scenes.picture(tmp_path, "base", 512, 256), scenes.picture(tmp_path, "bump", 256, 256)
    ring.data.materials.append(scenes.material(*pictures))
    for number in range(300):
        copy = ring.copy()
        copy.modifiers.clear()
        copy.location.x = number * 0.1
        scene.collection.objects.link(copy)
    content, estimate = read()
    assert [texture.size for texture in content.textures] == [512 * 256 * 4, 256 * 256 * 4]
    assert content.film.floats == 4 + 5 + 12 + 5
    assert {mesh.triangles for mesh in content.meshes} == {48 * 24 * 2, 48 * 24 * 2 * 64}
    assert estimate.peak == pytest.approx(scenes.reported_peak(), rel=PERCENT / 100.0)


def test_what_does_not_render_is_not_counted(scenes, read):
    import bpy

    scene = scenes.begin()
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=10, y_subdivisions=10)
    grid = bpy.context.object
    assert read()[0].meshes[0].triangles == 200
    grid.hide_viewport = True
    assert read()[0].meshes[0].triangles == 200  # Still rendered.
    grid.hide_render = True
    assert read()[0].meshes == ()
    grid.hide_render = False
    scene.view_layers[0].layer_collection.exclude = False
    hidden = bpy.data.collections.new("Hidden")
    scene.collection.children.link(hidden)
    scene.collection.objects.unlink(grid)
    hidden.objects.link(grid)
    assert len(read()[0].meshes) == 1
    hidden.hide_render = True
    assert read()[0].meshes == ()


def test_limits_of_simplify(scenes, read, tmp_path):
    import bpy

    scene = scenes.begin()
    bpy.ops.mesh.primitive_cube_add()
    cube = bpy.context.object
    cube.modifiers.new("Subdivision", 'SUBSURF').render_levels = 4
    cube.data.materials.append(scenes.material(scenes.picture(tmp_path, "big", 1024, 512)))
    assert read()[0].meshes[0].triangles == 12 * 4**4
    scene.render.use_simplify = True
    scene.render.simplify_subdivision_render = 2
    scene.cycles.texture_limit_render = '256'
    content, _ = read()
    assert content.meshes[0].triangles == 12 * 4**2
    assert (content.textures[0].width, content.textures[0].height) == (256, 128)


def test_nothing_is_loaded_or_changed(scenes, read, tmp_path):
    import bpy

    scenes.begin()
    bpy.ops.mesh.primitive_cube_add()
    image = scenes.picture(tmp_path, "lazy", 64, 32)
    bpy.context.object.data.materials.append(scenes.material(image))
    assert not image.has_data
    content, _ = read()
    assert content.textures[0].size == 64 * 32 * 4
    assert not image.has_data
    image.pack()
    image.reload()
    assert read()[0].textures[0].size == 64 * 32 * 4


def test_a_picture_that_does_not_reach_the_output_is_left_out(scenes, read, tmp_path):
    import bpy

    scenes.begin()
    bpy.ops.mesh.primitive_cube_add()
    material = scenes.material(scenes.picture(tmp_path, "loose", 64, 32))
    bpy.context.object.data.materials.append(material)
    assert len(read()[0].textures) == 1
    links = material.node_tree.links
    links.remove(material.node_tree.nodes["Principled BSDF"].inputs["Base Color"].links[0])
    assert read()[0].textures == ()
