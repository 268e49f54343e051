"""Draws a picture that is being made over the image editors, without a datablock: cancelled, it leaves nothing."""

from __future__ import annotations

import bpy
import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader

from . import viewports
from .registry import registry

MARGIN = 0.06  # Share of the region left free on each side. The sidebar lies over the region.

_pixels: np.ndarray | None = None  # (h, w, 3) float32 sRGB, row 0 the upper.
_texture: gpu.types.GPUTexture | None = None  # Made of it at the first drawing: only there is a GPU context certain.
_token: int | None = None


def show(pixels: np.ndarray) -> None:
    """Show a picture in place of the last one. Without an interface this does nothing."""
    global _pixels, _texture, _token
    if bpy.app.background or pixels is _pixels:
        return
    _pixels, _texture = pixels, None
    if _token is None:
        _token = registry.add_draw_handler(bpy.types.SpaceImageEditor, _draw, 'WINDOW', 'POST_PIXEL')
    viewports.redraw('WINDOW', 'IMAGE_EDITOR')


def clear() -> None:
    """Show nothing any more, and give the draw handler back."""
    global _pixels, _texture, _token
    if _token is None:
        return
    registry.remove(_token)
    _pixels = _texture = _token = None
    viewports.redraw('WINDOW', 'IMAGE_EDITOR')


def current() -> np.ndarray | None:
    """The picture that is shown."""
    return _pixels


def place(width: float, height: float, region_width: float, region_height: float) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of a picture in the middle of a region, as large as fits with a margin."""
    scale = (1 - 2 * MARGIN) * min(region_width / width, region_height / height)
    left, bottom = (region_width - width * scale) / 2, (region_height - height * scale) / 2
    return left, bottom, left + width * scale, bottom + height * scale


def _draw() -> None:
    global _texture
    if _pixels is None:
        return
    height, width = _pixels.shape[:2]
    if _texture is None:
        rgba = np.ones((height, width, 4), np.float32)
        rgba[..., :3] = _pixels[::-1, :, :3]
        buffer = gpu.types.Buffer('FLOAT', rgba.size, rgba.ravel())
        _texture = gpu.types.GPUTexture((width, height), format='RGBA16F', data=buffer)
    region = bpy.context.region
    sides = [other.width for other in bpy.context.area.regions if other.type == 'UI' and other.width > 1]
    left, bottom, right, top = place(width, height, region.width - sum(sides), region.height)
    shader = gpu.shader.from_builtin('IMAGE')
    content = {
        "pos": ((left, bottom), (right, bottom), (right, top), (left, top)),
        "texCoord": ((0, 0), (1, 0), (1, 1), (0, 1)),
    }
    batch = batch_for_shader(shader, 'TRI_FAN', content)
    before = gpu.state.blend_get()
    gpu.state.blend_set('NONE')
    try:
        shader.uniform_sampler("image", _texture)
        batch.draw(shader)
    finally:
        gpu.state.blend_set(before)
