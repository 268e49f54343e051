"""What the scene's camera sees, against Cycles' own depth and normals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def scene(ext):
    import bpy

    bpy.ops.wm.read_homefile()
    return bpy.context.scene


def look(ext, scene, width, height):
    import bpy

    found = ext(".render.sight").look(scene, bpy.context.evaluated_depsgraph_get(), width, height)
    guides = ext(".ai.projection.guides")
    return guides.see(guides.Sight(found.corners, found.normals, found.projection, found.near), width, height)


@pytest.mark.parametrize("kind", ['PERSP', 'ORTHO'])
def test_like_cycles(ext, scene, kind, tmp_path):
    import bpy

    bpy.ops.mesh.primitive_uv_sphere_add(location=(1.5, -1, 0.5), radius=0.8)
    bpy.context.object.scale = 1, 0.6, -1.3  # Turned inside out as well.
    bpy.ops.object.shade_smooth()
    bpy.ops.mesh.primitive_plane_add(size=80, location=(0, 0, -1))
    modifier = bpy.data.objects["Cube"].modifiers.new("array", 'ARRAY')
    modifier.count = 2
    camera = scene.camera
    camera.data.type, camera.data.ortho_scale, camera.data.shift_x = kind, 9.0, 0.1
    camera.scale = 2, 2, 2
    width, height = 72, 48
    depth, normals = look(ext, scene, width, height)
    scene.render.engine, scene.cycles.samples = 'CYCLES', 1
    scene.cycles.use_denoising = False
    scene.cycles.pixel_filter_type = 'BLACKMAN_HARRIS'
    scene.cycles.filter_width = 0.01
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = width, height, 100
    layer = bpy.context.view_layer
    layer.use_pass_z = layer.use_pass_normal = True
    ext(".render.compat").set_file_format(scene, 'OPEN_EXR_MULTILAYER')
    scene.render.image_settings.exr_codec, scene.render.image_settings.color_depth = 'NONE', '32'
    scene.render.filepath = str(tmp_path / "seen.exr")
    bpy.ops.render.render(write_still=True)
    layers = ext(".render.exr_layers").read_layers(Path(scene.render.filepath))
    expected = next(v for k, v in layers.items() if ".Depth." in k)
    seen = expected < 1e9
    assert (np.isfinite(depth) == seen).mean() > 0.99
    both = seen & np.isfinite(depth)
    if kind == 'ORTHO':
        assert np.median(np.abs(depth - expected)[both]) < 1e-3
        assert (np.abs(depth - expected)[both] < 0.05).mean() > 0.96
    else:  # Cycles' is measured along the axis too.
        assert (np.abs(depth / expected - 1)[both] < 0.02).mean() > 0.96
    world = np.stack([next(v for k, v in layers.items() if k.endswith(f".Normal.{axis}")) for axis in "XYZ"], 2)
    rotation = np.array(camera.matrix_world.to_3x3().normalized())
    inside = world @ rotation
    agree = (inside * normals).sum(2)[both & (np.linalg.norm(world, axis=2) > 0.5)]
    assert (agree > 0.98).mean() > 0.95


def test_without_a_camera_or_anything_to_see(ext, scene):
    import bpy

    error = ext(".ai.errors").AdaError
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    with pytest.raises(error, match="no surface to see"):
        look(ext, scene, 8, 8)
    scene.camera = None
    with pytest.raises(error, match="has no camera"):
        look(ext, scene, 8, 8)
