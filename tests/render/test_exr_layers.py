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


def test_other_files_are_refused(ext, tmp_path):
    path = tmp_path / "other.exr"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match="no OpenEXR file"):
        ext(".render.exr_layers").read_layers(path)
