"""The card's figures over every 3D viewport, and over the Image Editor while rendering.

`update` lays the picture out when there is something new; a draw only repeats it.
"""

from __future__ import annotations

import itertools
import math
import time
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
COVERED_SECONDS = 0.2
LINE = 1.3  # Width of a curve in pixels, at a scale of 1.
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
        self._sides: dict[tuple[int, int, int, str], tuple[float, float]] = {}  # What covers each region's sides.
        self._sides_until = 0.0
        self._scale = 1.0
        self._made_of: Picture | None = None  # What the batch shows.
        self._batch: gpu.types.GPUBatch | None = None
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
        _redraw(self._corner)

    def hide(self) -> None:
        """Draw no more, and give the handlers back."""
        if not self._tokens:
            return
        for token in self._tokens:
            registry.remove(token)
        self._tokens, self._places = [], []
        self._picture = self._made_of = self._batch = None
        _redraw(self._corner)

    def update(
        self, readings: Sequence[Reading], look: Look, alarms: Sequence[str], translate: Callable[[str], str]
    ) -> bool:
        """Lay out what is new; redraw only if it looks different. Return whether it does."""
        if not self._tokens:
            return False
        picture = compose(readings, look, alarms, translate)
        if picture == self._picture and look.corner == self._corner:
            return False
        if look.corner != self._corner:
            _redraw(self._corner)
        self._picture, self._corner, self._scale = picture, look.corner, look.scale
        _redraw(self._corner)
        return True

    def _draw_view(self) -> None:
        context = bpy.context
        space, area = context.space_data, context.area
        if self._picture is None or not space.overlay.show_overlays:
            return
        if not _is_corner(area, context.region, self._corner):
            return
        side, end = self._covered(area, context.region)
        if self._corner == 'TOP_LEFT' and space.overlay.show_text:
            end += VIEW_TEXT * context.preferences.system.ui_scale
        if self._corner == 'TOP_RIGHT' and space.show_gizmo and space.show_gizmo_navigate:
            side += GIZMO * context.preferences.system.ui_scale
        self._draw(context.region, side, end)

    def _draw_image(self) -> None:
        context = bpy.context
        if self._picture is not None and bpy.app.is_job_running('RENDER'):
            self._draw(context.region, *self._covered(context.area, context.region))

    def _draw(self, region: bpy.types.Region, side: float, end: float) -> None:
        """Draw the picture, so far from the view's sides as other regions cover them."""
        picture = self._picture
        if picture is None:
            return
        if self._made_of is not picture:
            self._make(picture)
        side, end = side + MARGIN * self._scale, end + MARGIN * self._scale
        x = round(side if self._corner.endswith('LEFT') else region.width - side - picture.width)
        y = round(end if self._corner.startswith('BOTTOM') else region.height - end - picture.height)
        shader = gpu.shader.from_builtin('SMOOTH_COLOR')
        before = gpu.state.blend_get()
        gpu.state.blend_set('ALPHA')
        with gpu.matrix.push_pop():
            gpu.matrix.translate((x, y))
            self._batch.draw(shader)
        last_size, last_color = 0.0, None
        for left_end, base, size, color, text in self._places:
            if size != last_size:
                blf.size(0, size)
            if color != last_color:
                blf.color(0, *color)
            last_size, last_color = size, color
            blf.position(0, x + left_end, y + base, 0.0)
            blf.draw(0, text)
        gpu.state.blend_set(before)
        self.draws += 1

    def _covered(self, area: bpy.types.Area, region: bpy.types.Region) -> tuple[float, float]:
        """What `_covered` says, asked a few times a second at most: it costs as much as two words."""
        key, now = (region.as_pointer(), region.width, region.height, self._corner), time.monotonic()
        if key not in self._sides or now >= self._sides_until:
            if now >= self._sides_until:
                self._sides.clear()
                self._sides_until = now + COVERED_SECONDS
            self._sides[key] = _covered(area, region, self._corner)
        return self._sides[key]

    def _make(self, picture: Picture) -> None:
        """Turn a picture into a batch and places of words; only while drawing is a GPU context certain."""
        shader = gpu.shader.from_builtin('SMOOTH_COLOR')
        corners: list[tuple[float, float, float]] = []
        colors: list[tuple[float, ...]] = []
        triangles: list[tuple[int, int, int]] = []
        for x, y, width, height, color in picture.boxes:
            first = len(corners)
            corners += [(x, y, 0.0), (x + width, y, 0.0), (x + width, y + height, 0.0), (x, y + height, 0.0)]
            colors += [color] * 4
            triangles += [(first, first + 1, first + 2), (first, first + 2, first + 3)]
        for points, color in picture.curves:
            for (x0, y0), (x1, y1) in itertools.pairwise(points):
                first = len(corners)
                across, along = _thickness(x1 - x0, y1 - y0, LINE * self._scale)
                corners += [(x0 - across, y0 - along, 0.0), (x1 - across, y1 - along, 0.0)]
                corners += [(x1 + across, y1 + along, 0.0), (x0 + across, y0 + along, 0.0)]
                colors += [color] * 4
                triangles += [(first, first + 1, first + 2), (first, first + 2, first + 3)]
        # One batch for all: each that is drawn costs as much as three words.
        self._batch = batch_for_shader(shader, 'TRIS', {"pos": corners, "color": colors}, indices=triangles)
        self._places = []
        for word in picture.words:
            size = picture.size * (SMALL if word.small else 1.0)
            blf.size(0, size)
            x = word.x - blf.dimensions(0, word.text)[0] if word.right else word.x
            self._places.append((x, word.y, size, word.color, word.text))
        self._places.sort(key=lambda place: place[2:4])  # Changing size or colour costs more than a word.
        self._made_of = picture


def _regions(corner: str) -> Iterator[bpy.types.Region]:
    """The regions that show the overlay."""
    rendering = bpy.app.is_job_running('RENDER')
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            shows = area.type == 'VIEW_3D' and area.spaces.active.overlay.show_overlays
            if shows or (area.type == 'IMAGE_EDITOR' and rendering):
                for region in area.regions:
                    if region.type == 'WINDOW' and (area.type != 'VIEW_3D' or _is_corner(area, region, corner)):
                        yield region


def _redraw(corner: str) -> None:
    for region in _regions(corner):
        region.tag_redraw()


def _covered(area: bpy.types.Area, window: bpy.types.Region, corner: str) -> tuple[float, float]:
    """How much of a view, beside a corner and below or above it, lies under other regions, in pixels."""
    beside, upright = corner.rpartition('_')[2], corner.partition('_')[0]
    side = end = 0.0
    for region in area.regions:
        alignment = region.alignment
        if alignment not in (beside, upright) or region.width <= 1 or region.height <= 1:
            continue
        left, bottom = region.x - window.x, region.y - window.y
        right, top = left + region.width, bottom + region.height
        if right <= 0 or left >= window.width or top <= 0 or bottom >= window.height:
            continue  # Beside the view, not over it.
        if alignment == beside:
            side = max(side, right if beside == 'LEFT' else window.width - left)
        else:
            end = max(end, top if upright == 'BOTTOM' else window.height - bottom)
    return side, end


def _thickness(dx: float, dy: float, width: float) -> tuple[float, float]:
    """Half a line's width, at right angles to its direction."""
    length = math.hypot(dx, dy) or 1.0
    return -dy / length * width / 2.0, dx / length * width / 2.0


def _is_corner(area: bpy.types.Area, window: bpy.types.Region, corner: str) -> bool:
    """Whether a region is the view's only one, or of a split view the one that lies in that corner."""
    if not area.spaces.active.region_quadviews:
        return True
    views = [region for region in area.regions if region.type == 'WINDOW']
    horizontal = min if corner.endswith('LEFT') else max
    vertical = min if corner.startswith('BOTTOM') else max
    return window.x == horizontal(view.x for view in views) and window.y == vertical(view.y for view in views)


overlay = Overlay()
