"""Lamps as the shader takes them, and where their shadow maps look from.

Units are Blender's: a point lamp of P watts has the radiant intensity I = P / (4 pi) in all directions, so that a
surface at distance d, turned by an angle t, receives E = I cos t / d^2. A spot is a point lamp seen through a cone. An
area lamp is taken as a point with I = P / pi cos u, where u is the angle to its axis (Lambert's emitter). A sun's
strength is E itself. Reflected towards the eye:

    L = E (albedo / pi + F (n + 8) / (8 pi) (N . H)^n) + ambient (albedo + F) + emission

with F = 0.08 specular for dielectrics and the base colour for metals, H half way between light and eye.

Source: Akenine-Moeller, Haines, Hoffman, "Real-Time Rendering", 3rd ed. (2008), eq. 7.50 (normalised Blinn-Phong).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import bpy
import numpy as np

MAX_LIGHTS = 64  # As in shaders/frame.glsl.
MAX_SHADOWS = 8
KINDS = {'POINT': 0, 'SUN': 1, 'SPOT': 2, 'AREA': 3}
SHADOW_SIZE = 2048  # Side of a shadow map in texels.

LAYOUT = np.dtype(
    [
        ("place", np.float32, 4),
        ("axis", np.float32, 4),
        ("color", np.float32, 4),
        ("spot", np.float32, 4),
        ("shadow", np.float32, (4, 4)),  # Column by column.
    ]
)


@dataclass(slots=True)
class Light:
    """A lamp in the world."""

    kind: str  # 'POINT', 'SUN', 'SPOT' or 'AREA'.
    place: np.ndarray  # (3,) float64.
    axes: np.ndarray  # (3, 3): rows are its x, y and the direction it shines in; unit length.
    color: np.ndarray  # (3,) W/sr, for a sun W/m2.
    casts: bool
    cone: float = math.pi  # Full angle of a spot, in radians.
    blend: float = 0.0
    layer: int = -1  # Of the shadow maps.
    shadow: np.ndarray = field(default_factory=lambda: np.eye(4))  # World to map, as in frame.glsl.
    clip: np.ndarray = field(default_factory=lambda: np.eye(4))  # World to the map's clip space.
    texel: float = 0.0  # Size of a shadow texel in scene units; of a spot at distance 1.
    bias: float = 0.0


def read_light(data: bpy.types.Light, matrix: np.ndarray) -> Light:
    """A lamp of Blender at a matrix (4, 4)."""
    axes = matrix[:3, :3].T.copy()
    axes /= np.maximum(np.linalg.norm(axes, axis=1, keepdims=True), 1e-30)
    axes[2] *= -1.0  # Lamps shine along their -z.
    factor = {'SUN': 1.0, 'AREA': 1.0 / math.pi}.get(data.type, 1.0 / (4.0 * math.pi))
    exposure = 2.0 ** getattr(data, "exposure", 0.0)  # Since 4.5.
    color = np.array(data.color, dtype=np.float64) * data.energy * factor * exposure
    if getattr(data, "use_temperature", False):  # Likewise.
        color *= np.array(data.temperature_color)
    casts = data.use_shadow and data.type in {'SUN', 'SPOT'}
    light = Light(data.type, matrix[:3, 3].copy(), axes, color, casts)
    if data.type == 'SPOT':
        light.cone, light.blend = data.spot_size, data.spot_blend
    return light


def place_shadows(lights: list[Light], low: np.ndarray, high: np.ndarray) -> int:
    """Aim the shadow maps of suns and spots at the scene's bounding box; return how many are used."""
    centre, radius = (low + high) / 2.0, max(float(np.linalg.norm(high - low)) / 2.0, 1e-3) * 1.01
    casting = [light for light in lights if light.casts][:MAX_SHADOWS]
    for layer, light in enumerate(casting):
        light.layer = layer
        world = np.eye(4)
        world[:3, :3] = light.axes
        if light.kind == 'SUN':
            origin = centre - light.axes[2] * radius
            world[:3, 3] = -light.axes @ origin
            clip = np.diag([1.0 / radius, 1.0 / radius, 1.0 / radius, 1.0])
            clip[2, 3] = -1.0
            light.shadow = _bias_matrix() @ np.diag([1.0 / radius, 1.0 / radius, 1.0, 1.0]) @ world
            light.texel = 2.0 * radius / SHADOW_SIZE
        else:
            world[:3, 3] = -light.axes @ light.place
            slope = math.tan(min(light.cone / 2.0, math.radians(80.0))) * 1.02
            far = float(np.linalg.norm(centre - light.place)) + radius
            near = far * 1e-3
            clip = np.zeros((4, 4))
            clip[0, 0] = clip[1, 1] = 1.0 / slope
            clip[2, 2:] = (far + near) / (far - near), -2.0 * far * near / (far - near)
            clip[3, 2] = 1.0
            light.shadow = np.diag([0.5 / slope, 0.5 / slope, 1.0, 1.0]) @ world  # The shader divides by z, adds 0.5.
            light.texel = 2.0 * slope * far / SHADOW_SIZE
        light.clip = clip @ world
        light.bias = 1.5 * light.texel
    return len(casting)


def pack(lights: list[Light]) -> np.ndarray:
    """All lamps as the uniform buffer holds them: (MAX_LIGHTS,) of LAYOUT."""
    rows = np.zeros(MAX_LIGHTS, dtype=LAYOUT)
    for row, light in zip(rows, lights):
        outer = math.cos(light.cone / 2.0)
        row["place"] = *light.place, KINDS[light.kind]
        row["axis"] = *light.axes[2], light.layer
        row["color"] = *light.color, light.bias
        row["spot"] = outer, (1.0 - outer) * light.blend, light.texel, 0.0
        row["shadow"] = light.shadow.T
    return rows


def _bias_matrix() -> np.ndarray:
    """From -1 … 1 to 0 … 1 in x and y."""
    matrix = np.diag([0.5, 0.5, 1.0, 1.0])
    matrix[:2, 3] = 0.5
    return matrix
