"""What Cycles will take for a scene, from what the scene holds. Blender is read by render/scene_content.py.

The bytes of each array were read off Cycles 4.5 on the processor, scene by scene, from what it reports itself
("Mem:… Peak:…" of its render statistics); the hierarchy's are means over grids, spheres, a subdivided Suzanne and
loose triangles (57 to 70). What a card takes beside is from Cycles' source and was not measured.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# Bytes.
TRIANGLE, VERTEX = 16, 24  # Corners' numbers and shader; position and normal.
HIERARCHY, BUILDING = 66, 32  # Of a triangle: Embree's BVH, and what its builder gives back afterwards.
MOVING_HIERARCHY, MOVING_BUILDING = 68, 80  # Where vertices move during the exposure.
LIGHT_TREE = 195  # Of a triangle that glows.
INSTANCE = 600  # Transforms, and its place in the hierarchy.
SEGMENT, SEGMENT_HIERARCHY, SEGMENT_BUILDING = 31, 143, 32  # Of a hair's.
POINT, POINT_HIERARCHY, POINT_BUILDING = 20, 37, 32
SKY, SKY_BUILDING = 8, 28  # Of a pixel of the sky's importance map: kept, and while it is made.
TABLES = 200 * 1024
VOLUME = 1.19  # NanoVDB's own tree.
FLOAT = 4
STATE = 282  # Of a path under way, without volumes, guiding and light passes (kernel/integrator/*state_template.h).
THREADS_PER_CORE = 12  # 1536 threads for the 128 CUDA cores of a multiprocessor (compute capability 8.6, 8.9).
LEAST_THREADS = 65536
STATES_PER_THREAD = 16  # device/cuda/queue.cpp


@dataclass(frozen=True, slots=True)
class MeshContent:
    """One mesh, counted once however often it is instanced."""

    name: str
    vertices: int
    triangles: int
    coarse: float = 1.0  # Share of the triangles that would be there without subdivision.
    vertex_bytes: int = 0  # Attributes that its materials ask for, of each vertex.
    triangle_bytes: int = 0  # Likewise, of each triangle.
    steps: int = 0  # Other moments of the exposure at which vertices are stored.
    glows: bool = False

    @property
    def arrays(self) -> int:
        """Bytes of positions, corners and attributes."""
        vertex = VERTEX * (1 + self.steps) + self.vertex_bytes
        return self.vertices * vertex + self.triangles * (TRIANGLE + self.triangle_bytes)


@dataclass(frozen=True, slots=True)
class TextureContent:
    """One picture as Cycles loads it."""

    name: str
    width: int
    height: int
    pixel: int  # Bytes.

    @property
    def size(self) -> int:
        return self.width * self.height * self.pixel


@dataclass(frozen=True, slots=True)
class FilmContent:
    """The frame's buffers."""

    width: int  # Pixels of the whole frame.
    height: int
    tile: int | None = None  # Longest side of what is rendered at once.
    floats: int = 4  # Of each pixel: the picture and its passes.
    guides: int = 0  # Floats of what the denoiser reads and writes.
    keeps_scene: bool = False  # The scene stays in memory while the whole frame is denoised.

    @property
    def pixels(self) -> int:
        """Rendered at once."""
        tile = self.tile or max(self.width, self.height)
        return min(self.width, tile) * min(self.height, tile)


@dataclass(frozen=True, slots=True)
class SceneContent:
    """What Cycles gets to render."""

    film: FilmContent
    meshes: tuple[MeshContent, ...] = ()
    textures: tuple[TextureContent, ...] = ()
    segments: int = 0  # Of hair.
    points: int = 0  # Of point clouds.
    volumes: int = 0  # Bytes of voxels.
    instances: int = 0
    sky: int = 0  # Pixels of the importance map.
    complete: bool = True  # False: there was too much to look at all of it.


@dataclass(frozen=True, slots=True)
class SceneEstimate:
    """What a render is expected to take, in bytes."""

    parts: dict[str, int] = field(default_factory=dict)  # By an English name, without those that are 0.
    peak: int = 0
    biggest: tuple[tuple[str, int], ...] = ()  # Meshes and pictures that take most, largest first.
    complete: bool = True


def estimate_scene(content: SceneContent, on_card: bool = False, cores: int | None = None) -> SceneEstimate:
    """What Cycles takes at its peak, with its parts.

    Args:
        content: of the scene.
        on_card: add the paths that a card keeps under way.
        cores: CUDA cores of the card; None where nobody tells.
    """
    meshes = content.meshes
    attributes = sum(one.arrays for one in meshes)
    subdivided = round(sum(one.arrays * (1.0 - one.coarse) for one in meshes))
    hair, points = content.segments * SEGMENT, content.points * POINT
    moving = sum(one.triangles for one in meshes if one.steps)
    still = sum(one.triangles for one in meshes) - moving
    hierarchy = still * HIERARCHY + moving * MOVING_HIERARCHY
    hierarchy += content.segments * SEGMENT_HIERARCHY + content.points * POINT_HIERARCHY
    building = still * BUILDING + moving * MOVING_BUILDING
    building += content.segments * SEGMENT_BUILDING + content.points * POINT_BUILDING
    film, pixels = content.film, content.film.pixels
    parts = {
        "Geometry": attributes - subdivided + hair + points,
        "Subdivision": subdivided,
        "Instances": content.instances * INSTANCE,
        "BVH": hierarchy,
        "Textures": sum(one.size for one in content.textures),
        "Volumes": round(content.volumes * VOLUME),
        "Glowing Surfaces": sum(one.triangles for one in meshes if one.glows) * LIGHT_TREE,
        "Sky": content.sky * SKY,
        "Frame Buffers": pixels * film.floats * FLOAT,
        "Denoiser": pixels * film.guides * FLOAT,
        "Paths Under Way": path_states(cores) * STATE if on_card else 0,
        "Tables": TABLES,
    }
    resident = sum(parts.values())
    # Corners and positions come after the hierarchy is built, lights after that, the frame last.
    last = parts["Frame Buffers"] + parts["Denoiser"] + parts["Glowing Surfaces"] + parts["Sky"]
    arrays = sum(one.triangles * TRIANGLE + one.vertices * VERTEX for one in meshes)
    peak = max(
        resident,
        resident - last - arrays - hair - points + building,
        resident - last + content.sky * SKY_BUILDING,
        _whole_frame(film) + (resident - parts["Frame Buffers"] - parts["Denoiser"] if film.keeps_scene else 0),
    )
    parts["While Building"] = peak - resident
    named = [(one.name, one.arrays + one.triangles * HIERARCHY) for one in meshes]
    named += [(one.name, one.size) for one in content.textures]
    biggest = tuple(sorted(named, key=lambda one: -one[1])[:3])
    return SceneEstimate({name: size for name, size in parts.items() if size}, peak, biggest, content.complete)


def path_states(cores: int | None) -> int:
    """How many paths a card keeps under way."""
    return max((cores or 0) * THREADS_PER_CORE, LEAST_THREADS) * STATES_PER_THREAD


def _whole_frame(film: FilmContent) -> int:
    """Bytes that a frame rendered in tiles takes when it is put together for its denoiser."""
    pixels = film.width * film.height
    return pixels * (film.floats + film.guides) * FLOAT if film.guides and pixels > film.pixels else 0
