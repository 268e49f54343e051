"""Make PBR Maps, Make Seamless and Measure Seam, as operators and headless."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from texture_scene import empty_file, pixels_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def scene(ext):
    yield from empty_file(ext)


@pytest.fixture
def brick(ext, scene):
    """A picture of bricks that holds no settings, cut so that it repeats along x only."""
    draw, light, recipe = (ext(f".ai.procedural.{name}") for name in ("draw", "light", "recipe"))
    picture = light.light(draw.draw(recipe.Recipe("brick", seed=2), 128))[10:100]
    return ext(".render.textures").add_image("wall", picture)


def plane(scale=1.0):
    import bpy

    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    bpy.ops.mesh.primitive_plane_add(size=scale)
    return bpy.context.object


def test_maps_are_the_job_s(ext, scene, brick):
    """What the operator puts into the file is what the job makes of the image's pixels."""
    import bpy

    kinds = ("albedo", "normal", "height", "roughness", "metallic", "ao", "orm")
    given = {kind.upper() for kind in kinds}
    assert bpy.ops.ada.texture_maps(image="wall", kinds=given, estimator='BUILT_IN') == {'FINISHED'}
    maps, settings = ext(".ai.pbr.maps"), ext(".ai.pbr.settings")
    picture = np.ascontiguousarray(pixels_of(brick)[..., :3])
    found = ext(".ai.job").run(maps.make_maps(picture, settings.MapSettings(kinds=kinds)))
    assert found.wrap == (True, False)
    for kind, expected in found.images.items():
        image = bpy.data.images[f"wall {kind}"]
        assert image.colorspace_settings.is_data == (kind != "albedo")
        assert image.packed_file is not None
        shown = pixels_of(image)[..., : 1 if expected.ndim == 2 else 3]
        top = np.iinfo(expected.dtype).max
        expected = expected.reshape(*expected.shape[:2], -1) / top
        assert np.abs(shown - expected).max() < 1.5 / top, kind
    assert brick["ada_depth"] == pytest.approx(found.depth)
    assert tuple(brick["ada_seam"]) == pytest.approx(found.seam)


def sockets(material):
    """Which kind of image reaches each input of the shader and the output, found by following the links back."""
    nodes = material.node_tree.nodes
    shader = next(node for node in nodes if node.type == 'BSDF_PRINCIPLED')
    output = next(node for node in nodes if node.type == 'OUTPUT_MATERIAL')

    def kinds(socket):
        found = set()
        for link in socket.links:
            node = link.from_node
            if node.type == 'TEX_IMAGE':
                found.add(node.image.name.split()[-1])
            for entry in node.inputs:
                if node.type != 'TEX_IMAGE':
                    found |= kinds(entry)
        return found

    names = ("Base Color", "Roughness", "Metallic", "Normal")
    return {name: kinds(shader.inputs[name]) for name in names} | {"Height": kinds(output.inputs["Displacement"])}


def test_material_is_wired(ext, scene, brick):
    import bpy

    obj = plane()
    output = scene.ada.texture_output
    output.mapping, output.displacement, output.tile_size = 'UV', 'BOTH', 0.5
    assert bpy.ops.ada.texture_maps(image="wall") == {'FINISHED'}
    material = obj.active_material
    assert sockets(material) == {
        "Base Color": {"wall", "ao"}, "Roughness": {"roughness"}, "Metallic": {"metallic"}, "Normal": {"normal"},
        "Height": {"height"},
    }  # fmt: skip
    assert material.displacement_method == 'BOTH'
    assert material.node_tree.nodes["Depth"].inputs[1].default_value == pytest.approx(brick["ada_depth"])
    # Once more, stronger: the images give way to new ones, the material stays and knows the new depth.
    before, depth = len(bpy.data.images), brick["ada_depth"]
    old = pixels_of(bpy.data.images["wall normal"])
    assert bpy.ops.ada.texture_maps(image="wall", relief=3.0) == {'FINISHED'}
    assert len(bpy.data.images) == before
    assert obj.active_material == material
    assert len([m for m in bpy.data.materials if "Tile Size" in (m.node_tree.nodes if m.node_tree else ())]) == 1
    assert material.node_tree.nodes["Depth"].inputs[1].default_value == pytest.approx(3 * depth, rel=1e-3)
    assert np.abs(pixels_of(bpy.data.images["wall normal"]) - old).max() > 0.05
    assert sockets(material)["Normal"] == {"normal"}


def test_orm_alone_and_albedo(ext, scene, brick):
    import bpy

    obj = plane()
    scene.ada.texture_output.mapping = 'BOX'
    kinds = {'ALBEDO', 'HEIGHT', 'NORMAL', 'ORM'}
    assert bpy.ops.ada.texture_maps(image="wall", kinds=kinds) == {'FINISHED'}
    assert sockets(obj.active_material) == {
        "Base Color": {"albedo", "orm"}, "Roughness": {"orm"}, "Metallic": {"orm"}, "Normal": {"height"},
        "Height": set(),
    }  # fmt: skip  # A box projection has no tangents: bump instead of the normal map.


def test_directx_looks_the_same(ext, scene, brick):
    """The material turns the green of a DirectX map back: Cycles shows the same as with an OpenGL one."""
    import bpy

    obj = plane(2.0)
    scene.ada.texture_output.mapping = 'UV'
    pictures = []
    for form in ('OPENGL', 'DIRECTX'):
        assert bpy.ops.ada.texture_maps(image="wall", normal=form, relief=2.0) == {'FINISHED'}
        pictures.append(render(scene))
        green = pixels_of(bpy.data.images["wall normal"])[..., 1]
        pictures.append(green)
    assert "Flip Green" in obj.active_material.node_tree.nodes
    assert np.abs(pictures[1] + pictures[3] - 1).max() < 1e-3
    assert np.abs(pictures[0] - pictures[2]).max() < 0.02
    assert pictures[0].std() > 0.02


def render(scene):
    """The plane from above, lit from the side, 48 pixels square."""
    import bpy

    if scene.camera is None or scene.camera.name != "above":
        for obj in [obj for obj in scene.objects if obj.type in {'LIGHT', 'CAMERA'}]:
            bpy.data.objects.remove(obj)
        camera = bpy.data.objects.new("above", bpy.data.cameras.new("above"))
        sun = bpy.data.objects.new("sun", bpy.data.lights.new("sun", 'SUN'))
        for obj in (camera, sun):
            scene.collection.objects.link(obj)
        camera.location, camera.data.type, camera.data.ortho_scale = (0, 0, 3), 'ORTHO', 1.0
        sun.rotation_euler, sun.data.energy, scene.camera = (0.9, 0.3, 0.0), 3.0, camera
    scene.render.engine, scene.cycles.samples, scene.render.resolution_percentage = 'CYCLES', 4, 100
    scene.render.resolution_x = scene.render.resolution_y = 48
    path = Path(bpy.app.tempdir) / "plane.png"
    scene.render.filepath, scene.render.image_settings.file_format = str(path), 'PNG'
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(str(path), check_existing=False)
    pixels = pixels_of(image)[..., :3].copy()
    bpy.data.images.remove(image)
    return pixels


def test_refused_in_a_sentence(ext, scene, brick, tmp_path):
    import bpy

    for values, sentence in (
        ({"kinds": set()}, "Choose under Maps"),
        ({"estimator": 'MODEL'}, "Choose the folder of a Marigold model"),
        ({"estimator": 'MODEL', "model": str(tmp_path)}, "holds no Marigold model"),
    ):
        with pytest.raises(RuntimeError, match=sentence):
            bpy.ops.ada.texture_maps(image="wall", **values)
    bpy.data.images.new("tiny", 8, 8)
    with pytest.raises(RuntimeError, match="between 16 and 8192"):
        bpy.ops.ada.texture_maps(image="tiny")
    assert len(bpy.data.images) == 2
    order = ext(".operators.texture_maps").ADA_OT_texture_maps.read(bpy.context, brick)
    bpy.data.images.remove(brick)
    with pytest.raises(ext(".ai.errors").AdaError, match="gone"):
        ext(".operators.texture_maps").ADA_OT_texture_maps.finish(bpy.context, order, None)


def test_an_image_of_ours_knows_that_it_repeats(ext, scene, brick):
    import bpy

    module = ext(".operators.texture_maps")
    assert module.ADA_OT_texture_maps.read(bpy.context, brick).settings.seamless == "AUTO"
    brick["ada_texture"] = json.dumps({"texture": {"engine": 'BUILT_IN', "seamless": 'Y'}})
    assert module.ADA_OT_texture_maps.read(bpy.context, brick).settings.seamless == "Y"
    brick["ada_texture"] = json.dumps({"texture": {"engine": 'PROCEDURAL'}})
    assert module.ADA_OT_texture_maps.read(bpy.context, brick).settings.seamless == "BOTH"


def test_files_in_a_folder(ext, scene, brick, tmp_path):
    import bpy

    output = scene.ada.texture_output
    output.store, output.folder = 'FILE', str(tmp_path / "maps")
    assert bpy.ops.ada.texture_maps(image="wall", kinds={'HEIGHT', 'AO'}, material=False) == {'FINISHED'}
    assert {path.name for path in (tmp_path / "maps").iterdir()} == {"wall height.png", "wall ao.png"}
    png = ext(".ai.png")
    assert png.read_png(tmp_path / "maps" / "wall height.png").pixels.dtype == np.uint16
    assert png.read_png(tmp_path / "maps" / "wall ao.png").pixels.dtype == np.uint8


def test_seam_is_measured_and_mended(ext, scene):
    """A brightness that grows from left to right has a seam there; faded, it has none, and the middle stays."""
    import bpy

    pytest.importorskip("torch", reason="torch is not installed")
    rng = np.random.default_rng(0)
    picture = 0.3 * rng.random((64, 64, 3)).astype(np.float32) + np.linspace(0, 0.7, 64, dtype=np.float32)[:, None]
    image = ext(".render.textures").add_image("sand", picture)
    assert bpy.ops.ada.texture_seam(image="sand") == {'FINISHED'}
    assert image["ada_seam"][0] == 1
    assert bpy.ops.ada.texture_repair(image="sand", axes='X') == {'FINISHED'}
    mended = bpy.data.images["sand seamless"]
    record = json.loads(mended["ada_texture"])
    assert record["seam"][0] < 0.9
    assert record["texture"]["seamless"] == 'X'
    before, after = pixels_of(image)[..., :3], pixels_of(mended)[..., :3]
    np.testing.assert_allclose(after[:, 12:-12], before[:, 12:-12], atol=1e-2)
    assert np.abs(after[:, 0] - after[:, -1]).mean() < 0.3 * np.abs(before[:, 0] - before[:, -1]).mean()


def test_the_built_in_model_paints_anew(ext, scene):
    import bpy

    pytest.importorskip("diffusers", reason="diffusers is not installed")
    rng = np.random.default_rng(0)
    image = ext(".render.textures").add_image("sand", rng.random((128, 128, 3)).astype(np.float32) ** 2)
    with pytest.raises(RuntimeError, match="Write under Prompt"):
        bpy.ops.ada.texture_repair(image="sand", anew=0.5)
    scene.ada.texture.prompt, scene.ada.texture.steps, scene.ada.texture.seed = "sand", 4, 3
    assert bpy.ops.ada.texture_repair(image="sand", anew=0.5) == {'FINISHED'}
    painted = pixels_of(bpy.data.images["sand seamless"])[..., :3]
    assert bpy.ops.ada.texture_repair(image="sand", anew=0.0) == {'FINISHED'}
    faded = pixels_of(bpy.data.images["sand seamless.001"])[..., :3]
    difference = np.abs(painted - faded).max(-1)
    assert difference[:4].mean() > 0.05
    assert difference[56:72, 56:72].max() < 0.02
    assert bpy.data.images["sand seamless"].name != image.name


def batch(*arguments):
    return subprocess.run(
        [sys.executable, str(ROOT / "operators" / "batch.py"), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=400,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
    )


def test_batch_maps(tmp_path, ext, scene, brick):
    import bpy

    source = tmp_path / "墙 wall.png"
    source.write_bytes(brick.packed_file.data)
    given = ["--maps", "normal", "height", "orm", "--normal", "directx", "--blend", tmp_path / "m.blend", "--json"]
    done = batch("maps", source, "--out", tmp_path / "maps", *given)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout.splitlines()[-1])
    assert {path.name for path in (tmp_path / "maps").iterdir()} == {
        f"墙 wall_{kind}.png" for kind in ("normal", "height", "orm")
    }
    assert (document["repeats_x"], document["repeats_y"], document["estimator"]) == (True, False, "BUILT_IN")
    with bpy.data.libraries.load(str(tmp_path / "m.blend")) as (held, _):
        assert len(held.materials) >= 1
        assert len([name for name in held.images if "墙" in name]) == 4
    done = batch("maps", tmp_path / "none.png", "--out", tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "no picture that can be read" in done.stderr


def test_batch_seamless(tmp_path, ext, scene):
    pytest.importorskip("torch", reason="torch is not installed")
    picture = np.linspace(0, 1, 96, dtype=np.float32)[:, None, None] * np.ones((96, 128, 3), np.float32)
    source, out = tmp_path / "ramp.png", tmp_path / "tile.png"
    ext(".render.textures").write(source, picture)
    done = batch("seamless", source, "--out", out, "--along", "y", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout.splitlines()[-1])
    assert document["seam_y_before"] == 1
    assert document["seam_y"] < 0.995
    mended = ext(".ai.png").read_png(out).pixels[..., 0].astype(float) / 255
    assert mended.shape == (96, 128)
    assert np.abs(mended[0] - mended[-1]).max() < 0.1
    np.testing.assert_allclose(mended[16:-16], picture[16:-16, :, 0], atol=0.01)
    assert batch("seamless", source, "--out", tmp_path / "tile.jpg").returncode == 2
