"""The shaders, built from render/shaders/*.glsl."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import gpu

FOLDER = Path(__file__).resolve().parents[1] / "shaders"


@dataclass(frozen=True, slots=True)
class Shaders:
    """All programs of the engine. They belong to the GPU context in which they were built."""

    surface: gpu.types.GPUShader
    shadow: gpu.types.GPUShader
    resolve: gpu.types.GPUShader


def build() -> Shaders:
    """Compile everything. Needs a GPU context."""
    return Shaders(_surface(), _shadow(), _resolve())


def _source(name: str) -> str:
    return (FOLDER / f"{name}.glsl").read_text(encoding="utf-8")


def _surface() -> gpu.types.GPUShader:
    passed = gpu.types.GPUStageInterfaceInfo("ada_surface")
    passed.smooth('VEC3', "world_position")
    passed.smooth('VEC3', "world_normal")
    passed.smooth('VEC4', "vertex_color")
    passed.smooth('VEC2', "texture_place")
    info = gpu.types.GPUShaderCreateInfo()
    info.typedef_source(_source("frame"))
    info.uniform_buf(0, "Frame", "frame")
    for slot, (kind, name) in enumerate(
        (
            ('FLOAT_2D', "instances"),
            ('FLOAT_2D', "base_texture"),
            ('FLOAT_2D', "normal_texture"),
            ('FLOAT_2D', "shadows"),  # One square above the other.
        )
    ):
        info.sampler(slot, kind, name)
    info.push_constant('VEC4', "base")
    info.push_constant('VEC4', "surface")  # Metallic, specular level, exponent, 0.
    info.push_constant('VEC4', "emission")  # Its alpha: strength of the normal texture.
    info.push_constant('INT', "first_instance")
    info.push_constant('INT', "flags")  # 1 base texture, 2 normal texture, 4 vertex colours.
    info.vertex_in(0, 'VEC3', "position")
    info.vertex_in(1, 'VEC3', "normal")
    info.vertex_in(2, 'VEC4', "color")
    info.vertex_in(3, 'VEC2', "uv")
    info.vertex_out(passed)
    info.fragment_out(0, 'VEC4', "picture")
    info.fragment_out(1, 'VEC4', "geometry")
    info.vertex_source(_source("surface.vert"))
    info.fragment_source(_source("surface.frag"))
    return gpu.shader.create_from_info(info)


def _shadow() -> gpu.types.GPUShader:
    passed = gpu.types.GPUStageInterfaceInfo("ada_shadow")
    passed.smooth('FLOAT', "depth_along")
    info = gpu.types.GPUShaderCreateInfo()
    info.sampler(0, 'FLOAT_2D', "instances")
    info.push_constant('MAT4', "light_to_clip")
    info.push_constant('VEC4', "depth_row")
    info.push_constant('INT', "first_instance")
    info.vertex_in(0, 'VEC3', "position")
    info.vertex_out(passed)
    info.fragment_out(0, 'FLOAT', "nearest")
    info.vertex_source(_source("shadow.vert"))
    info.fragment_source(_source("shadow.frag"))
    return gpu.shader.create_from_info(info)


def _resolve() -> gpu.types.GPUShader:
    info = gpu.types.GPUShaderCreateInfo()
    info.sampler(0, 'FLOAT_2D', "samples")
    info.sampler(1, 'FLOAT_2D', "shapes")
    info.push_constant('VEC4', "background")
    info.push_constant('VEC2', "origin")  # Of the picture in the target, in pixels.
    info.push_constant('INT', "scale")
    info.vertex_in(0, 'VEC2', "corner")
    info.fragment_out(0, 'VEC4', "picture")
    info.fragment_out(1, 'VEC4', "geometry")
    info.vertex_source(_source("resolve.vert"))
    info.fragment_source(_source("resolve.frag"))
    return gpu.shader.create_from_info(info)
