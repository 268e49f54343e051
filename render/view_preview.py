"""Draws a field over the 3D viewport whose camera it was drawn with, without a datablock."""

from __future__ import annotations

import bpy
import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader

from ..ai.nerf.cameras import Camera
from ..ai.nerf.live import NovelView
from .cameras import camera_of_matrix
from .registry import registry
from .viewports import redraw

_view: NovelView | None = None
_texture: gpu.types.GPUTexture | None = None  # Made of it at the first drawing: only there is a GPU context certain.
_token: int | None = None


def viewport_camera(longest: int) -> Camera | None:
    """The camera of the largest 3D viewport, for a picture of so many pixels along its longer side.

    None where there is no viewport, or it shows no perspective.
    """
    areas = [area for window in bpy.context.window_manager.windows for area in window.screen.areas]
    views = [area for area in areas if area.type == 'VIEW_3D']
    if not views:
        return None
    area = max(views, key=lambda area: area.width * area.height)
    region = next(region for region in area.regions if region.type == 'WINDOW')
    return _camera_of(region, area.spaces.active.region_3d, longest)


def _camera_of(region: bpy.types.Region, view: bpy.types.RegionView3D, longest: int) -> Camera | None:
    projection = np.array(view.window_matrix, np.float64)
    if projection[3, 3] != 0 or not region.width or not region.height:  # Orthographic.
        return None
    scale = min(1.0, longest / max(region.width, region.height))
    width, height = max(1, round(region.width * scale)), max(1, round(region.height * scale))
    pose = np.array(view.view_matrix.inverted(), np.float64)
    return camera_of_matrix(projection, pose, width, height)


def show(view: NovelView) -> None:
    """Show a picture in place of the last one. Without an interface this does nothing."""
    global _view, _texture, _token
    if bpy.app.background or view is _view:
        return
    _view, _texture = view, None
    if _token is None:
        _token = registry.add_draw_handler(bpy.types.SpaceView3D, _draw, 'WINDOW', 'POST_PIXEL')
    redraw('WINDOW')


def clear() -> None:
    """Show nothing any more, and give the draw handler back."""
    global _view, _texture, _token
    if _token is None:
        return
    registry.remove(_token)
    _view = _texture = _token = None
    redraw('WINDOW')


def _draw() -> None:
    global _texture
    region, view = bpy.context.region, bpy.context.region_data
    if _view is None or view is None:
        return
    camera = _camera_of(region, view, max(_view.camera.width, _view.camera.height))
    if camera is None or not _is_same(camera, _view.camera):  # Turned since: the next picture is on its way.
        return
    height, width = _view.rgba.shape[:2]
    if _texture is None:
        rgba = np.ascontiguousarray(_view.rgba[::-1], np.float32)
        buffer = gpu.types.Buffer('FLOAT', rgba.size, rgba.ravel())
        _texture = gpu.types.GPUTexture((width, height), format='RGBA16F', data=buffer)
    shader = gpu.shader.from_builtin('IMAGE')
    corners = ((0, 0), (region.width, 0), (region.width, region.height), (0, region.height))
    batch = batch_for_shader(shader, 'TRI_FAN', {"pos": corners, "texCoord": ((0, 0), (1, 0), (1, 1), (0, 1))})
    before = gpu.state.blend_get()
    gpu.state.blend_set('ALPHA_PREMULT')
    try:
        shader.uniform_sampler("image", _texture)
        batch.draw(shader)
    finally:
        gpu.state.blend_set(before)


def _is_same(one: Camera, other: Camera) -> bool:
    lenses = [[c.width, c.height, c.fx, c.fy, c.cx, c.cy] for c in (one, other)]
    return bool(np.allclose(*lenses, rtol=1e-3) and np.allclose(one.pose, other.pose, atol=1e-5))
