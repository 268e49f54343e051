"""Layers of an OpenEXR file: what Blender wrote comes back."""

from __future__ import annotations

import numpy as np
import pytest


def test_channels_come_back_in_their_place(ext, tmp_path):
    import bpy

    image = bpy.data.images.new("Test", 3, 2, float_buffer=True, alpha=True)
    values = np.arange(24, dtype=np.float32).reshape(2, 3, 4) / 8.0
    values[..., 3] = 1.0
    image.pixels.foreach_set(values[::-1].ravel())
    settings = bpy.context.scene.render.image_settings
    ext(".render.compat").set_file_format(bpy.context.scene, 'OPEN_EXR')
    settings.color_mode, settings.color_depth, settings.exr_codec = 'RGBA', '32', 'NONE'
    path = tmp_path / "test.exr"
    image.save_render(str(path), scene=bpy.context.scene)
    layers = ext(".render.exr_layers").read_layers(path)
    for number, name in enumerate("RGBA"):
        assert layers[name] == pytest.approx(values[..., number], abs=1e-6)


def test_parts_of_their_own_hold_what_interleaved_layers_hold(ext, tmp_path):
    """Blender 5.2 writes each pass as a part, which `use_exr_interleave` switches off."""
    import bpy

    compat, read_layers = ext(".render.compat"), ext(".render.exr_layers").read_layers
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    scene = bpy.context.scene
    scene.render.engine = 'CYCLES'
    scene.cycles.samples, scene.cycles.use_denoising = 2, False
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 20, 14, 100
    scene.view_layers[0].use_pass_diffuse_direct = scene.view_layers[0].use_pass_z = True
    compat.set_file_format(scene, 'OPEN_EXR_MULTILAYER')
    scene.render.image_settings.exr_codec = 'NONE'
    found = []
    for interleave in (False, True):
        compat.set_value(scene.render.image_settings, "use_exr_interleave", interleave)
        scene.render.filepath = str(tmp_path / "layers.exr")
        bpy.ops.render.render(write_still=True)
        layers = read_layers(tmp_path / "layers.exr")
        found.append({compat.channel_name(name): values for name, values in layers.items()})
    parts, interleaved = found
    assert set(parts) == set(interleaved)
    assert {f"ViewLayer.Diffuse Direct.{part}" for part in "RGB"} <= set(parts)
    assert parts["ViewLayer.Combined.R"].shape == (14, 20)
    for name, values in parts.items():
        assert np.array_equal(values, interleaved[name]), name
    assert np.ptp(parts["ViewLayer.Diffuse Direct.R"]) > 0.0
    whole = (tmp_path / "layers.exr").read_bytes()
    (tmp_path / "layers.exr").write_bytes(whole[:-1])
    with pytest.raises(ValueError, match="cut off"):
        read_layers(tmp_path / "layers.exr")


def test_other_files_are_refused(ext, tmp_path):
    path = tmp_path / "other.exr"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match="no OpenEXR file"):
        ext(".render.exr_layers").read_layers(path)
