"""From a scene's contents to a picture."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import bpy
import gpu
import numpy as np
from mathutils import Matrix

from . import collect, lights, materials, shaders
from .collect import Contents, Group
from .materials import Surface

SUPERSAMPLING = 2  # Samples along each side of a pixel: off-screen buffers have no multisampling of their own.


@dataclass(frozen=True, slots=True)
class View:
    """Where a picture is seen from. Matrices are (4, 4) float64, OpenGL axes and clip space."""

    to_world: np.ndarray  # Camera to world.
    projection: np.ndarray  # Camera to clip space.

    @property
    def is_orthographic(self) -> bool:
        return bool(self.projection[3, 3] != 0.0)

    def frame(self, ambient: np.ndarray, light_count: int) -> np.ndarray:
        """The head of the uniform buffer, (32,) float32; see shaders/frame.glsl."""
        world_to_clip = self.projection @ np.linalg.inv(self.to_world)
        forward = -self.to_world[:3, 2] / max(np.linalg.norm(self.to_world[:3, 2]), 1e-30)
        eye = self.to_world[:3, 3]
        rest = [*eye, float(self.is_orthographic), *forward, light_count, *ambient, 0.0]
        # 16 numbers of the matrix, column by column, and 12 more.
        return np.concatenate([world_to_clip.T.ravel(), rest]).astype(np.float32)


class Painter:
    """Draws one scene, again and again. Needs its GPU context in every call."""

    def __init__(self) -> None:
        self.store = collect.Store()
        self._shaders = shaders.build()
        self._white = gpu.types.GPUTexture((1, 1), format='RGBA8', data=_buffer(np.ones(4)))
        self._quad = _quad()
        self._contents: Contents | None = None
        self._instances: gpu.types.GPUTexture | None = None
        self._shadows: gpu.types.GPUTexture | None = None
        self._lamps = np.zeros(0, dtype=np.float32)
        self._textures: dict[str, gpu.types.GPUTexture] = {}
        self._targets: dict[tuple[int, int, int, str], _Targets] = {}

    def update(self, depsgraph: bpy.types.Depsgraph, changed_only: bool = False) -> None:
        """Read the scene; with `changed_only`, `depsgraph.updates` names all that has changed since last time."""
        if changed_only and self._contents is not None:
            self.store.forget(depsgraph)
        self._contents = contents = self.store.collect(depsgraph)
        texels = collect.instance_texels(contents.groups)
        size = texels.shape[1], texels.shape[0]
        self._instances = gpu.types.GPUTexture(size, format='RGBA32F', data=_buffer(texels))
        images = {image for group in contents.groups for surface in group.surfaces
                  for image in (surface.base_image, surface.normal_image) if image is not None}  # fmt: skip
        self._textures = {image.name_full: materials.image_texture(image) or self._white for image in images}
        count = lights.place_shadows(contents.lights, contents.low, contents.high)
        self._lamps = lights.pack(contents.lights).view(np.float32).ravel()
        self._draw_shadows(count)

    def draw(
        self, view: View, width: int, height: int, transparent: bool, precision: str = 'RGBA32F'
    ) -> tuple[gpu.types.GPUTexture, gpu.types.GPUTexture]:
        """Draw the picture.

        Returns:
            Two textures of that size, linear: the picture with premultiplied alpha; world normal and depth along
            the viewing direction, 1e10 where there is nothing. They are overwritten by the next call.
        """
        contents = self._contents
        targets = self._targets_for(width, height, precision)
        frame = np.concatenate([view.frame(contents.ambient, len(contents.lights)), self._lamps])
        buffer = gpu.types.GPUUniformBuf(_buffer(frame))
        with targets.samples.bind(), _depth_tested():
            targets.samples.clear(color=(0.0, 0.0, 0.0, 0.0), depth=1.0)
            self._draw_surfaces(contents, buffer)
        with targets.resolved.bind():
            shader = self._shaders.resolve
            shader.bind()
            shader.uniform_sampler("samples", targets.picture_samples)
            shader.uniform_sampler("shapes", targets.geometry_samples)
            background = (0.0, 0.0, 0.0, 0.0) if transparent else (*contents.ambient, 1.0)
            shader.uniform_float("background", background)
            shader.uniform_float("origin", (0.0, 0.0))
            shader.uniform_int("scale", targets.scale)
            self._quad.draw(shader)
        return targets.picture, targets.geometry

    def _draw_surfaces(self, contents: Contents, frame: gpu.types.GPUUniformBuf) -> None:
        shader = self._shaders.surface
        shader.bind()
        shader.uniform_block("frame", frame)
        shader.uniform_sampler("instances", self._instances)
        shader.uniform_sampler("shadows", self._shadows)
        for group in contents.groups:
            gpu.state.front_facing_set(group.mirrored)
            shader.uniform_int("first_instance", group.first)
            for slot, batch in group.geometry.batches.items():
                surface = group.surfaces[min(slot, len(group.surfaces) - 1)]
                gpu.state.face_culling_set('BACK' if surface.culls_back else 'NONE')
                self._set_surface(shader, surface)
                batch.draw_instanced(shader, instance_count=len(group.matrices))

    def _set_surface(self, shader: gpu.types.GPUShader, surface: Surface) -> None:
        shader.uniform_float("base", surface.base)
        shader.uniform_float("surface", (surface.metallic, surface.specular, surface.exponent, 0.0))
        shader.uniform_float("emission", (*surface.emission, surface.normal_strength))
        shader.uniform_int("flags", surface.flags)
        for name, image in (("base_texture", surface.base_image), ("normal_texture", surface.normal_image)):
            shader.uniform_sampler(name, self._textures[image.name_full] if image is not None else self._white)

    def _draw_shadows(self, count: int) -> None:
        size = lights.SHADOW_SIZE if count else 1
        whole = size, size * max(count, 1)
        self._shadows = gpu.types.GPUTexture(whole, format='R32F')
        depth = gpu.types.GPUTexture(whole, format='DEPTH_COMPONENT32F')
        target = gpu.types.GPUFrameBuffer(depth_slot=depth, color_slots=self._shadows)
        shader = self._shaders.shadow
        with target.bind(), _depth_tested():
            target.clear(color=(1e30, 0.0, 0.0, 0.0), depth=1.0)
            shader.bind()
            shader.uniform_sampler("instances", self._instances)
            for light in self._contents.lights:
                if light.layer < 0:
                    continue
                gpu.state.viewport_set(0, light.layer * size, size, size)
                shader.uniform_float("light_to_clip", Matrix(light.clip.tolist()))
                shader.uniform_float("depth_row", light.shadow[2].tolist())
                for group in self._contents.groups:
                    self._draw_shadow(shader, group)

    def _draw_shadow(self, shader: gpu.types.GPUShader, group: Group) -> None:
        shader.uniform_int("first_instance", group.first)
        for batch in group.geometry.batches.values():
            batch.draw_instanced(shader, instance_count=len(group.matrices))

    def _targets_for(self, width: int, height: int, precision: str) -> _Targets:
        scale = SUPERSAMPLING
        while scale > 1 and max(width, height) * scale > gpu.capabilities.max_texture_size_get():
            scale -= 1
        key = width, height, scale, precision
        if key not in self._targets:
            self._targets = {key: _Targets(width, height, scale, precision)}
        return self._targets[key]


class _Targets:
    """Buffers of one size. A frame buffer does not keep its textures alive by itself."""

    def __init__(self, width: int, height: int, scale: int, precision: str) -> None:
        self.scale = scale
        large, small = (width * scale, height * scale), (width, height)
        self.picture_samples = gpu.types.GPUTexture(large, format=precision)
        self.geometry_samples = gpu.types.GPUTexture(large, format='RGBA32F')
        self.depth = gpu.types.GPUTexture(large, format='DEPTH_COMPONENT32F')
        self.picture = gpu.types.GPUTexture(small, format=precision)
        self.geometry = gpu.types.GPUTexture(small, format='RGBA32F')
        self.samples = gpu.types.GPUFrameBuffer(
            depth_slot=self.depth, color_slots=(self.picture_samples, self.geometry_samples)
        )
        self.resolved = gpu.types.GPUFrameBuffer(color_slots=(self.picture, self.geometry))


def read_texture(texture: gpu.types.GPUTexture) -> np.ndarray:
    """The texels as (height, width, 4) float32, lower row first."""
    buffer = texture.read()
    buffer.dimensions = texture.width * texture.height * 4
    return np.array(buffer, dtype=np.float32).reshape(texture.height, texture.width, 4)


@contextmanager
def _depth_tested() -> Iterator[None]:
    gpu.state.blend_set('NONE')
    gpu.state.depth_test_set('LESS_EQUAL')
    gpu.state.depth_mask_set(True)
    try:
        yield
    finally:
        gpu.state.depth_test_set('NONE')
        gpu.state.depth_mask_set(False)
        gpu.state.face_culling_set('NONE')
        gpu.state.front_facing_set(False)


def _buffer(values: np.ndarray) -> gpu.types.Buffer:
    flat = np.ascontiguousarray(values, dtype=np.float32).ravel()
    return gpu.types.Buffer('FLOAT', len(flat), flat)


def _quad() -> gpu.types.GPUBatch:
    """Two triangles over the whole target."""
    form = gpu.types.GPUVertFormat()
    form.attr_add(id="corner", comp_type='F32', len=2, fetch_mode='FLOAT')
    vertices = gpu.types.GPUVertBuf(format=form, len=4)
    vertices.attr_fill("corner", np.array([(-1, -1), (1, -1), (-1, 1), (1, 1)], dtype=np.float32))
    return gpu.types.GPUBatch(type='TRI_STRIP', buf=vertices)
