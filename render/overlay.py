"""The card's figures over every 3D viewport, and over the Image Editor while rendering.

`update` lays the picture out when there is something new; a draw only repeats it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import blf
import bpy
import gpu
from gpu_extras.batch import batch_for_shader

from ..ai.card.reading import Reading
from .overlay_layout import Look, Picture, compose
from .registry import registry

MARGIN = 12  # Pixels to the border of the view, at a scale of 1.
SMALL = 0.86  # Font size of small words.
VIEW_TEXT = 64  # Height of what Blender writes in the upper left corner.
GIZMO = 96  # Width of Blender's navigation gizmo in the upper right corner.


class Overlay:
    """Holds the draw handlers while it is shown. Belongs to the main thread."""

    def __init__(self) -> None:
        self.draws = 0  # How often it has been drawn in all regions, for tests and the bench.
        self._tokens: list[int] = []
        self._picture: Picture | None = None
        self._corner = ''
        self._scale = 1.0
        self._made_of: Picture | None = None  # What the batches show.
        self._batches: list[gpu.types.GPUBatch] = []
        self._places: list[tuple[float, float, float, Any, str]] = []  # x, y, size, colour and text of each word.

    @property
    def shown(self) -> bool:
        return bool(self._tokens)

    def show(self) -> None:
        """Draw from now on. Without an interface this does nothing."""
        if self._tokens or bpy.app.background:
            return
        add = registry.add_draw_handler
        self._tokens = [
            add(bpy.types.SpaceView3D, self._draw_view, 'WINDOW', 'POST_PIXEL'),
            add(bpy.types.SpaceImageEditor, self._draw_image, 'WINDOW', 'POST_PIXEL'),
        ]
        _redraw(_regions())

    def hide(self) -> None:
        """Draw no more, and give the handlers back."""
        if not self._tokens:
            return
        for token in self._tokens:
            registry.remove(token)
        self._tokens, self._batches, self._places = [], [], []
        self._picture = self._made_of = None
        _redraw(_regions())

    def update(
        self, readings: Sequence[Reading], look: Look, alarms: Sequence[str], translate: Callable[[str], str]
    ) -> bool:
        """Lay out what is new; redraw only if it looks different. Return whether it does."""
        if not self._tokens:
            return False
        picture = compose(readings, look, alarms, translate)
        if picture == self._picture and look.corner == self._corner:
            return False
        self._picture, self._corner, self._scale = picture, look.corner, look.scale
        _redraw(_regions())
        return True

    def _draw_view(self) -> None:
        context = bpy.context
        space, area = context.space_data, context.area
        if self._picture is None or not space.overlay.show_overlays:
            return
        if len(space.region_quadviews) and not _is_corner(area, context.region, self._corner):
            return
        left, right, bottom, top = _covered(area, context.region)
        if self._corner == 'TOP_LEFT' and space.overlay.show_text:
            top += VIEW_TEXT * context.preferences.system.ui_scale
        if self._corner == 'TOP_RIGHT' and space.show_gizmo and space.show_gizmo_navigate:
            right += GIZMO * context.preferences.system.ui_scale
        self._draw(context.region, left, right, bottom, top)

    def _draw_image(self) -> None:
        context = bpy.context
        if self._picture is not None and bpy.app.is_job_running('RENDER'):
            self._draw(context.region, *_covered(context.area, context.region))

    def _draw(self, region: bpy.types.Region, left: float, right: float, bottom: float, top: float) -> None:
        picture = self._picture
        if picture is None:
            return
        if self._made_of is not picture:
            self._make(picture)
        margin = MARGIN * self._scale
        x = left + margin if self._corner.endswith('LEFT') else region.width - right - margin - picture.width
        y = bottom + margin if self._corner.startswith('BOTTOM') else region.height - top - margin - picture.height
        x, y = round(x), round(y)
        shader = gpu.shader.from_builtin('SMOOTH_COLOR')
        before = gpu.state.blend_get()
        gpu.state.blend_set('ALPHA')
        with gpu.matrix.push_pop():
            gpu.matrix.translate((x, y))
            for batch in self._batches:
                batch.draw(shader)
        for left_end, base, size, color, text in self._places:
            blf.size(0, size)
            blf.color(0, *color)
            blf.position(0, x + left_end, y + base, 0.0)
            blf.draw(0, text)
        gpu.state.blend_set(before)
        self.draws += 1

    def _make(self, picture: Picture) -> None:
        """Turn a picture into batches and places of words; only while drawing is a GPU context certain."""
        shader = gpu.shader.from_builtin('SMOOTH_COLOR')
        corners: list[tuple[float, float, float]] = []
        colors: list[tuple[float, ...]] = []
        triangles: list[tuple[int, int, int]] = []
        for x, y, width, height, color in picture.boxes:
            first = len(corners)
            corners += [(x, y, 0.0), (x + width, y, 0.0), (x + width, y + height, 0.0), (x, y + height, 0.0)]
            colors += [color] * 4
            triangles += [(first, first + 1, first + 2), (first, first + 2, first + 3)]
        content = {"pos": corners, "color": colors}
        self._batches = [batch_for_shader(shader, 'TRIS', content, indices=triangles)]
        ends: list[tuple[float, float, float]] = []
        shades: list[tuple[float, ...]] = []
        for points, color in picture.curves:
            for (x0, y0), (x1, y1) in itertools.pairwise(points):
                ends += [(x0, y0, 0.0), (x1, y1, 0.0)]
                shades += [color] * 2
        if ends:
            self._batches.append(batch_for_shader(shader, 'LINES', {"pos": ends, "color": shades}))
        self._places = []
        for word in picture.words:
            size = picture.size * (SMALL if word.small else 1.0)
            blf.size(0, size)
            x = word.x - blf.dimensions(0, word.text)[0] if word.right else word.x
            self._places.append((x, word.y, size, word.color, word.text))
        self._made_of = picture


def _regions() -> Iterator[bpy.types.Region]:
    """The regions that show the overlay."""
    rendering = bpy.app.is_job_running('RENDER')
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == 'VIEW_3D' or (area.type == 'IMAGE_EDITOR' and rendering):
                for region in area.regions:
                    if region.type == 'WINDOW':
                        yield region


def _redraw(regions: Iterator[bpy.types.Region]) -> None:
    for region in regions:
        region.tag_redraw()


def _covered(area: bpy.types.Area, window: bpy.types.Region) -> tuple[float, float, float, float]:
    """How much of a view's left, right, lower and upper side lies under other regions, in pixels."""
    left = right = bottom = top = 0.0
    for region in area.regions:
        if region.type == 'WINDOW' or region.width <= 1 or region.height <= 1:
            continue
        inside = (
            region.x < window.x + window.width
            and window.x < region.x + region.width
            and region.y < window.y + window.height
            and window.y < region.y + region.height
        )
        if not inside:
            continue
        if region.alignment == 'LEFT':
            left = max(left, region.x + region.width - window.x)
        elif region.alignment == 'RIGHT':
            right = max(right, window.x + window.width - region.x)
        elif region.alignment == 'BOTTOM':
            bottom = max(bottom, region.y + region.height - window.y)
        elif region.alignment == 'TOP':
            top = max(top, window.y + window.height - region.y)
    return left, right, bottom, top


def _is_corner(area: bpy.types.Area, window: bpy.types.Region, corner: str) -> bool:
    """Whether a region is the one of a split view that lies in that corner."""
    views = [region for region in area.regions if region.type == 'WINDOW']
    horizontal = min if corner.endswith('LEFT') else max
    vertical = min if corner.startswith('BOTTOM') else max
    return window.x == horizontal(view.x for view in views) and window.y == vertical(view.y for view in views)


overlay = Overlay()
