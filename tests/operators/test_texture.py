"""Generate Texture as an operator and headless: what it puts into the file, and what it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def scene(ext):
    import bpy

    queue = ext(".operators.queue").queue
    queue.stop()
    queue.clear()
    bpy.ops.wm.read_homefile()
    for image in list(bpy.data.images):
        bpy.data.images.remove(image)
    yield bpy.context.scene
    queue.stop()


@pytest.fixture
def model():
    for name in ("torch", "diffusers", "transformers"):
        pytest.importorskip(name, reason=f"{name} is not installed")


def pixels_of(image):
    flat = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(flat)
    return flat.reshape(image.size[1], image.size[0], -1)[::-1]


def draw(scene, **values):
    """Run the procedural engine; returns the images it added."""
    import bpy

    before = set(bpy.data.images)
    given = {"engine": 'PROCEDURAL', "width": 64, "height": 64, "seed": 4, "seed_mode": 'FIXED', **values}
    assert bpy.ops.ada.texture_generate(**given) == {'FINISHED'}
    return sorted(set(bpy.data.images) - before, key=lambda image: image.session_uid)


def test_procedural_image_is_the_job_s(ext, scene, tmp_path):
    """The operator's result is the generator's, to the byte that an image holds."""
    job, recipe = ext(".ai.job"), ext(".ai.procedural.recipe")
    (image,) = draw(scene, kind='BRICK', color='RED', wear='MOSSY', variant='ROUND')  # Bricks have no variants.
    asked = recipe.Recipe("brick", "red", wear="mossy", seed=4)
    expected = job.run(ext(".ai.procedural.generate").generate(asked, 64))
    assert np.abs(pixels_of(image)[..., :3] - expected.color).max() <= 0.5 / 255 + 1e-6
    assert image.use_fake_user
    record = json.loads(image["ada_texture"])
    assert record["recipe"]["kind"] == 'BRICK'
    path = tmp_path / "unpacked.png"  # The packed file is a PNG that holds the settings itself.
    path.write_bytes(image.packed_file.data)
    assert ext(".render.textures").file_record(path) == record


def test_words_decide_what_is_not_set_more_exactly(ext, scene):
    (image,) = draw(scene, words="old red bricks with moss", color='BLUE')
    recipe = json.loads(image["ada_texture"])["recipe"]
    assert [recipe[name] for name in ("kind", "color", "wear")] == ['BRICK', 'BLUE', 'MOSSY']
    with pytest.raises(RuntimeError, match="'zorg' names no material"):
        draw(scene, words="zorg")
    with pytest.raises(RuntimeError, match="Make width and height equal"):
        draw(scene, width=128)


def test_a_random_material_is_drawn_and_can_be_kept(ext, scene):
    import bpy

    store = scene.ada
    store.recipe.words, store.recipe.kind = "red brick", 'WOOD'
    assert store.recipe.variant == 'HORIZONTAL'  # The material's first.
    seen = set()
    for _ in range(8):
        assert bpy.ops.ada.recipe_randomize() == {'FINISHED'}
        seen.add((store.recipe.kind, store.texture.seed))
    assert len({kind for kind, _ in seen}) > 2
    assert len(seen) == 8
    assert store.recipe.words == ""
    store.recipe.kind = 'LAVA'
    bpy.ops.ada.recipe_randomize(keep_material=True)
    assert store.recipe.kind == 'LAVA'
    before, look = store.texture.seed, (store.recipe.color, store.recipe.feature)
    bpy.ops.ada.recipe_randomize(seed_only=True)
    assert store.texture.seed != before
    assert look == (store.recipe.color, store.recipe.feature)


def test_a_model_starts_from_a_procedural_material(ext, scene, model):
    import bpy

    draw_module, light = ext(".ai.procedural.draw"), ext(".ai.procedural.light").light
    settings = scene.ada.texture
    settings.mode, settings.width, settings.height, settings.seed = 'PROCEDURAL', 128, 128, 3
    settings.seed_mode, settings.steps, settings.strength = 'FIXED', 4, 0.3
    scene.ada.recipe.words = "blue tiles with white grout"
    order = ext(".operators.texture").ADA_OT_texture_generate.read(bpy.context)
    start = light(draw_module.draw(ext(".ai.procedural.recipe").Recipe("tiles", "blue", "white", seed=3), 128))
    np.testing.assert_array_equal(order.settings[0].image, start)
    assert order.settings[0].prompt == "blue tiles with white grout"  # None was written: the recipe says it.
    assert bpy.ops.ada.texture_generate() == {'FINISHED'}
    (image,) = bpy.data.images
    near = np.abs(pixels_of(image)[..., :3] - start).mean()
    assert 0.002 < near < 0.5 * np.abs(start - start.mean((0, 1))).mean()
    scene.ada.recipe.words = "red lava"
    assert bpy.ops.ada.texture_recall(image=image.name) == {'FINISHED'}
    assert (scene.ada.recipe.kind, scene.ada.recipe.color, settings.mode) == ('TILES', 'BLUE', 'PROCEDURAL')


def test_built_in_model_makes_an_image_and_recall_makes_it_again(ext, scene, model):
    import bpy

    settings = scene.ada.texture
    settings.prompt, settings.steps, settings.width, settings.height = "green moss", 3, 128, 128
    settings.seed_mode = 'RANDOM'
    assert bpy.ops.ada.texture_generate() == {'FINISHED'}
    (first,) = bpy.data.images
    record = json.loads(first["ada_texture"])
    assert record["texture"]["seed"] == settings.seed > 0
    assert all(0.0 <= rank <= 1.0 for rank in record["seam"])
    assert pixels_of(first)[..., :3].std() > 0.01
    settings.prompt, settings.steps, settings.width = "lava", 5, 256
    assert bpy.ops.ada.texture_recall(image=first.name) == {'FINISHED'}
    assert (settings.prompt, settings.steps, settings.width, settings.seed_mode) == ("green moss", 3, 128, 'FIXED')
    assert bpy.ops.ada.texture_generate() == {'FINISHED'}
    (second,) = set(bpy.data.images) - {first}
    assert np.array_equal(pixels_of(first), pixels_of(second))
    settings.seed += 1
    assert bpy.ops.ada.texture_generate() == {'FINISHED'}
    (third,) = set(bpy.data.images) - {first, second}
    assert not np.array_equal(pixels_of(first), pixels_of(third))


def test_seed_modes(ext, scene):
    texture = ext(".operators.texture_order")
    settings = scene.ada.texture
    values = {"seed": 7, "count": 3, "seed_mode": 'FIXED'}
    settings.seed = 7
    assert texture.take_seed(values) == 7
    texture.note_seed(settings, values, 7)
    assert settings.seed == 7
    values["seed_mode"] = 'INCREMENT'
    assert texture.take_seed(values) == 7
    texture.note_seed(settings, values, 7)
    assert settings.seed == 10
    values["seed_mode"] = 'RANDOM'
    seeds = {texture.take_seed(values) for _ in range(4)}
    assert len(seeds) == 4
    texture.note_seed(settings, values, min(seeds))
    assert settings.seed == min(seeds)


def test_image_to_image_and_masks_reach_the_engine(ext, scene):
    import bpy

    pytest.importorskip("torch", reason="torch is not installed")
    texture = ext(".operators.texture")
    source = bpy.data.images.new("source", 8, 4, alpha=True)
    pixels = np.ones((4, 8, 4), np.float32)
    pixels[..., 0] = np.linspace(0, 1, 8)
    pixels[3, :, 3] = 0.0  # The upper row is erased.
    source.pixels.foreach_set(pixels.ravel())
    settings = scene.ada.texture
    settings.prompt, settings.mode, settings.source = "brick", 'INPAINT', source
    read = texture.ADA_OT_texture_generate.read
    order = read(bpy.context)
    assert order.settings[0].image.shape == (4, 8, 3)
    assert order.settings[0].mask.tolist() == [[1.0] * 8] + [[0.0] * 8] * 3
    assert np.abs(order.settings[0].image[0, :, 0] - np.linspace(0, 1, 8)).max() < 1 / 255
    settings.mask_from = 'IMAGE'
    assert bpy.ops.ada.texture_mask_add() == {'FINISHED'}
    with pytest.raises(Exception, match="Nothing is masked"):
        read(bpy.context)
    flat = np.zeros((4, 8, 4), np.float32)
    flat[0, 2] = 1.0  # The lowest row.
    settings.mask.pixels.foreach_set(flat.ravel())
    settings.seed_mode = 'FIXED'
    other = read(bpy.context)
    assert np.argwhere(other.settings[0].mask > 0.5).tolist() == [[3, 2]]
    assert other == read(bpy.context)
    flat[1, 1] = 1.0
    settings.mask.pixels.foreach_set(flat.ravel())
    assert other != read(bpy.context)


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


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"engine": 'BUILT_IN', "prompt": "  "}, "Write under Prompt"),
        ({"engine": 'MODEL', "prompt": "x"}, "Choose a model"),
        ({"engine": 'BUILT_IN', "prompt": "x", "mode": 'IMAGE'}, "Choose the image"),
        ({"engine": 'PROCEDURAL', "width": 64, "height": 32}, "Make width and height equal"),
        ({"engine": 'PROCEDURAL', "store": 'FILE'}, "Save the file first"),
    ],
)
def test_refused_in_a_sentence(ext, scene, values, sentence):
    import bpy

    if values["engine"] != 'PROCEDURAL':
        pytest.importorskip("torch", reason="torch is not installed")
    with pytest.raises(RuntimeError, match=sentence):
        bpy.ops.ada.texture_generate(**values)
    assert not bpy.data.images


def batch(*arguments):
    return subprocess.run(
        [sys.executable, str(ROOT / "operators" / "batch.py"), "texture", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
    )


def test_batch(tmp_path, ext, scene, model):
    out = tmp_path / "苔 t.png"
    given = ["mossy brick", "--seed", 3, "--steps", 2, "--size", "96x64", "--count", 2, "--json"]
    done = batch(*given, "--out", out)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout.splitlines()[-1])
    assert [row["seed"] for row in document["textures"]] == [3, 4]
    sizes = [ext(".render.images").png_size(Path(row["file"])) for row in document["textures"]]
    assert sizes == [(96, 64)] * 2
    assert {path.name for path in tmp_path.iterdir()} == {"苔 t-1.png", "苔 t-2.png"}


def test_batch_procedural_blend_and_refusals(tmp_path, ext, scene):
    import bpy

    out = tmp_path / "m.blend"
    done = batch("brick wall", "--engine", "procedural", "--size", 32, "--maps", "--tile-size", 0.5, "--out", out)
    assert done.returncode == 0, done.stderr
    with bpy.data.libraries.load(str(out)) as (held, _):
        assert len(held.images) >= 5
        assert any("brick" in name for name in held.materials)
    done = batch("candy", "--engine", "procedural", "--out", tmp_path / "x.png")
    assert done.returncode == 1
    assert "'candy' names no material" in done.stderr
    assert "Traceback" not in done.stderr
    assert batch("brick", "--out", tmp_path / "x.jpg").returncode == 2


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
