"""What Generate Texture puts into the file: materials, maps, assets, files, candidates."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from texture_scene import draw, empty_file, pixels_of


@pytest.fixture
def scene(ext):
    yield from empty_file(ext)


def test_material_covers_metres(ext, scene):
    """Red and green quarters in tiles of 0.5 m: on a plane 2 m wide Cycles shows four of each in any row."""
    import bpy

    material_module = ext(".render.texture_material")
    picture = np.zeros((16, 16, 3), np.float32)
    red = (np.arange(16)[:, None] < 8) == (np.arange(16) < 8)
    picture[..., 0], picture[..., 1] = red, ~red
    image = ext(".render.textures").add_image("halves", picture)
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    for mapping in ('BOX', 'UV'):
        bpy.ops.mesh.primitive_plane_add(size=1.0)
        plane = bpy.context.object
        plane.scale = 2, 2, 2
        length = material_module.units_per_uv([plane])
        assert length == pytest.approx(2.0)
        surface = material_module.Surface("halves", {"color": image}, 0.5, mapping, length)
        material_module.assign(material_module.add_material(surface), [plane])
        row = render_row(scene)
        starts = np.flatnonzero(np.diff((row[:, 0] > row[:, 1]).astype(int)) == 1)
        assert len(starts) in (3, 4), (mapping, row)
        assert np.abs(np.diff(starts) - 32).max() <= 1, (mapping, starts)
        bpy.data.objects.remove(plane)


def render_row(scene):
    """The middle row of an orthographic picture of the plane from above, 128 pixels for 2 m."""
    import bpy

    camera = bpy.data.objects.new("above", bpy.data.cameras.new("above"))
    scene.collection.objects.link(camera)
    camera.location, camera.data.type, camera.data.ortho_scale = (0, 0, 3), 'ORTHO', 2.0
    sun = bpy.data.objects.new("sun", bpy.data.lights.new("sun", 'SUN'))
    scene.collection.objects.link(sun)
    sun.data.energy = 1.0
    scene.camera = camera
    scene.render.engine, scene.cycles.samples, scene.render.resolution_percentage = 'CYCLES', 4, 100
    scene.render.resolution_x, scene.render.resolution_y = 128, 8
    path = Path(bpy.app.tempdir) / "row.png"
    scene.render.filepath, scene.view_settings.view_transform = str(path), 'Standard'
    scene.render.image_settings.file_format = 'PNG'
    bpy.ops.render.render(write_still=True)
    for obj in (camera, sun):
        bpy.data.objects.remove(obj)
    shown = bpy.data.images.load(str(path), check_existing=False)
    pixels = pixels_of(shown)[2, :, :3].copy()
    bpy.data.images.remove(shown)
    return pixels


def test_maps_become_a_wired_material_on_the_selection(ext, scene):
    import bpy

    cube = bpy.data.objects["Cube"]
    cube.select_set(True)
    images = draw(scene, kind='BRICK', maps=True, material=True, mapping='UV', displacement='BOTH', tile_size=2.0)
    assert [image.name for image in images[1:]] == [
        f"{images[0].name} {kind}" for kind in ("normal", "height", "roughness", "metallic")
    ]
    assert all(image.colorspace_settings.is_data for image in images[1:])
    heights = pixels_of(images[2])[..., 0]
    assert len(np.unique(heights)) > 512  # 16 bits.
    material = cube.active_material
    nodes = material.node_tree.nodes
    shader = next(node for node in nodes if node.type == 'BSDF_PRINCIPLED')
    for entry in ("Base Color", "Roughness", "Metallic", "Normal"):
        assert shader.inputs[entry].is_linked, entry
    output = next(node for node in nodes if node.type == 'OUTPUT_MATERIAL')
    assert output.inputs["Displacement"].is_linked
    assert nodes["Tile Size"].outputs[0].default_value == 2.0
    assert material.displacement_method == 'BOTH'


def test_asset_has_preview_tags_and_catalog(ext, scene, tmp_path):
    import bpy

    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "库 file.blend"))
    (image,) = draw(scene, asset=True, tags="wall, old , wall", catalog="Stone/砖")
    (material,) = [material for material in bpy.data.materials if material.asset_data is not None]
    assert {tag.name for tag in material.asset_data.tags} == {"Ada", "wall", "old"}
    assert "brick" in material.asset_data.description
    assert max(material.preview.image_size) == 64
    shown = np.array(material.preview.image_pixels_float).reshape(64, 64, 4)[::-1]
    assert np.abs(shown - pixels_of(image)).max() < 2 / 255
    listing = (tmp_path / "blender_assets.cats.txt").read_text(encoding="utf-8")
    assert f"{material.asset_data.catalog_id}:Stone/砖:" in listing
    draw(scene, asset=True, catalog="Stone/砖")
    assert (tmp_path / "blender_assets.cats.txt").read_text(encoding="utf-8") == listing


def test_files_are_numbered_and_never_leave_their_folder(ext, scene, tmp_path):
    import bpy

    folder = tmp_path / "out"
    images = draw(scene, store='FILE', folder=str(folder), kind='SAND') + draw(
        scene, store='FILE', folder=str(folder), kind='SAND'
    )
    paths = {Path(bpy.path.abspath(image.filepath)) for image in images}
    assert paths == set(folder.iterdir())
    assert len(paths) == 2
    loaded = bpy.data.images.load(str(min(paths)), check_existing=False)
    scene.ada.recipe.kind = 'BRICK'
    assert bpy.ops.ada.texture_recall(image=loaded.name) == {'FINISHED'}
    assert scene.ada.recipe.kind == 'SAND'
    assert all(image.packed_file is None for image in images)
    textures = ext(".render.textures")
    assert textures.clean_name("../../etc/passwd") == "etc passwd"
    assert textures.clean_name("C:\\x\\y.png\n") == "C x y png"
    assert textures.clean_name("") == textures.clean_name("...") == "Texture"
    assert len(textures.clean_name("moss " * 1000)) <= 40


def test_candidates_are_kept_varied_and_removed(ext, scene):
    import bpy

    gallery = ext(".operators.texture_gallery")
    images = draw(scene, kind='TILES', count=3, maps=True)
    colors = [image for image in images if "ada_texture" in image]
    assert len(colors) == 3
    assert len(images) == 15
    assert gallery.candidates_of(colors[1]) == colors
    used = colors[2]
    cube = bpy.data.objects["Cube"]
    cube.select_set(True)
    assert bpy.ops.ada.texture_use(image=used.name) == {'FINISHED'}
    held = {node.image for node in cube.active_material.node_tree.nodes if node.type == 'TEX_IMAGE'}
    assert held == set(gallery.maps_of(used).values())
    assert bpy.ops.ada.texture_keep(image=colors[0].name) == {'FINISHED'}
    assert gallery.made_here() == [colors[0], used]  # What an object wears stays.
    before = set(bpy.data.images)
    assert bpy.ops.ada.texture_vary(image=colors[0].name, count=2) == {'FINISHED'}
    fresh = sorted(set(bpy.data.images) - before, key=lambda image: image.session_uid)
    fresh = [image for image in fresh if "ada_texture" in image]
    assert gallery.made_here()[:2] == fresh
    records = [json.loads(image["ada_texture"]) for image in (colors[0], *fresh)]
    assert len({record["texture"]["seed"] for record in records}) == 3
    assert all(record["recipe"] == records[0]["recipe"] for record in records)
    assert bpy.ops.ada.texture_remove(image=colors[0].name) == {'FINISHED'}
    assert used.name in bpy.data.images


def test_more_like_this_turns_the_noise_or_starts_from_the_picture(ext, scene):
    import bpy

    pytest.importorskip("torch", reason="torch is not installed")
    textures, gallery = ext(".render.textures"), ext(".operators.texture_gallery")
    record = {"texture": {"engine": 'BUILT_IN', "prompt": "moss", "seed": 9, "steps": 7, "source": "gone"}}
    image = textures.add_image("moss", np.full((32, 48, 3), 0.5, np.float32), record)
    by_noise = gallery.vary(bpy.context, image, record, {"way": 'NOISE', "amount": 0.3, "count": 3})
    assert [one.seed for one in by_noise.settings] == [9, 9, 9]
    assert len({one.variation_seed for one in by_noise.settings}) == 3
    assert {(one.variation, one.prompt, one.steps, one.count) for one in by_noise.settings} == {(0.3, "moss", 7, 1)}
    by_image = gallery.vary(bpy.context, image, record, {"way": 'IMAGE', "amount": 0.3, "count": 3})
    (settings,) = by_image.settings
    assert settings.image.shape == (32, 48, 3)
    assert (settings.strength, settings.count, settings.width, settings.height) == (0.3, 3, 48, 32)
    assert settings.seed != 9
