"""What Blender calls: pictures for F12, animations and the viewport."""

from __future__ import annotations

from typing import Any

import bpy
import gpu
import numpy as np
from bpy.app.translations import pgettext_rpt as report_
from gpu_extras.presets import draw_texture_2d

from .draw import Painter, View, read_texture

ENGINE = 'ADA_REALTIME'


class AdaRealtimeEngine(bpy.types.RenderEngine):
    """Lit surfaces without bounces: fast pictures, depth and normals."""

    bl_idname = ENGINE
    bl_label = "Ada Realtime"
    bl_use_gpu_context = True  # Blender makes one for render(), also without a window.
    bl_use_eevee_viewport = True  # In Material Preview.
    bl_use_shading_nodes_custom = False

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.painter: Painter | None = None
        self._shown: tuple[Any, ...] | None = None  # What the picture of the viewport was drawn for.
        self._picture: gpu.types.GPUTexture | None = None
        self._changes = 0

    def update_render_passes(self, scene: bpy.types.Scene, renderlayer: bpy.types.ViewLayer) -> None:
        """Say which passes there are."""
        self.register_pass(scene, renderlayer, "Combined", 4, "RGBA", 'COLOR')
        if renderlayer.use_pass_z:
            self.register_pass(scene, renderlayer, "Depth", 1, "Z", 'VALUE')
        if renderlayer.use_pass_normal:
            self.register_pass(scene, renderlayer, "Normal", 3, "XYZ", 'VECTOR')

    def render(self, depsgraph: bpy.types.Depsgraph) -> None:
        """Draw one view layer of one frame."""
        scene = depsgraph.scene
        if scene.camera is None:
            text = report_("The scene '{name}' has no camera. Add one, or make one the active camera")
            self.report({'ERROR'}, text.format(name=scene.name))
            return
        view, width, height = self._camera_view(depsgraph)
        painter = Painter()  # Gone at the end of this call: Blender ends this object where its context is gone already.
        painter.update(depsgraph)
        picture, geometry = painter.draw(view, width, height, scene.render.film_transparent)
        shapes = read_texture(geometry)
        result = self.begin_result(0, 0, width, height, layer=depsgraph.view_layer_eval.name)
        values = {"Combined": read_texture(picture), "Depth": shapes[..., 3], "Normal": shapes[..., :3]}
        for item in result.layers[0].passes:
            if item.name in values:
                item.rect.foreach_set(np.ascontiguousarray(values[item.name]).ravel())
        self.end_result(result)

    def view_update(self, context: bpy.types.Context, depsgraph: bpy.types.Depsgraph) -> None:
        """Take over what changed in the scene."""
        if self.painter is None:
            self.painter = Painter()
        self.painter.update(depsgraph, changed_only=True)
        self._changes += 1

    def view_draw(self, context: bpy.types.Context, depsgraph: bpy.types.Depsgraph) -> None:
        """Show the scene; where nothing has changed, the picture that is there."""
        region, space = context.region, context.region_data
        width, height = region.width, region.height
        transparent = depsgraph.scene.render.film_transparent
        wanted = self._changes, width, height, space.perspective_matrix.copy(), transparent
        if self._shown != wanted:
            view = View(_array(space.view_matrix.inverted()), _array(space.window_matrix))
            self._picture, _ = self.painter.draw(view, width, height, transparent, 'RGBA16F')
            self._shown = wanted
        gpu.state.blend_set('ALPHA_PREMULT')
        self.bind_display_space_shader(depsgraph.scene)
        draw_texture_2d(self._picture, (0, 0), width, height)
        self.unbind_display_space_shader()
        gpu.state.blend_set('NONE')

    def _camera_view(self, depsgraph: bpy.types.Depsgraph) -> tuple[View, int, int]:
        """The camera and the size of the picture, or of its border."""
        render, camera = depsgraph.scene.render, depsgraph.scene.camera
        scale = render.resolution_percentage
        width, height = render.resolution_x * scale // 100, render.resolution_y * scale // 100
        projection = _array(
            camera.calc_matrix_camera(
                depsgraph, x=width, y=height, scale_x=render.pixel_aspect_x, scale_y=render.pixel_aspect_y
            )
        )
        if render.use_border:
            left, right = int(render.border_min_x * width), int(render.border_max_x * width)
            low, high = int(render.border_min_y * height), int(render.border_max_y * height)
            crop = np.eye(4)
            crop[0, 0], crop[1, 1] = width / (right - left), height / (high - low)
            crop[0, 3] = crop[0, 0] * (1.0 - (left + right) / width)
            crop[1, 3] = crop[1, 1] * (1.0 - (low + high) / height)
            projection, width, height = crop @ projection, right - left, high - low
        return View(_array(self.camera_model_matrix(camera)), projection), width, height


def _array(matrix: Any) -> np.ndarray:
    return np.array(matrix, dtype=np.float64)


classes = (AdaRealtimeEngine,)
