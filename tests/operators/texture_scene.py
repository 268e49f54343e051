"""What tests of texture operators share: an empty file, an image's pixels, procedural pictures, the headless entry; and
what diffusion needs.
"""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT


def require_diffusion():
    """Skip where a package that diffusion models need is missing."""
    for name in ("torch", "diffusers", "transformers"):
        pytest.importorskip(name, reason=f"{name} is not installed")


def empty_file(ext):
    """A fresh file without images and an empty queue, which is stopped at the end: the body of a fixture."""
    import bpy

    queue = ext(".operators.queue").queue
    queue.stop()
    queue.clear()
    bpy.ops.wm.read_homefile()
    for image in list(bpy.data.images):
        bpy.data.images.remove(image)
    yield bpy.context.scene
    queue.stop()


def pixels_of(image):
    """(h, w, 4), the top row first."""
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


def batch(*arguments):
    """Run `batch.py texture`."""
    return subprocess.run(
        [sys.executable, str(ROOT / "operators" / "batch.py"), "texture", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
    )
