"""Found or imported cameras, and the points they saw, as objects."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix

from ..ai.errors import AdaError
from ..ai.nerf.cameras import Camera
from . import compat, meshes

SENSOR = 36.0  # Millimetres along the longer side of the picture.
PHOTOS_SHOWN = 200  # With more cameras their photos are not loaded behind them.


def add_cameras(
    scene: bpy.types.Scene,
    name: str,
    images: Sequence[Path],
    cameras: Sequence[Camera],
    points: np.ndarray,
    colors: np.ndarray,
) -> bpy.types.Collection:
    """Make a collection with a camera for each photo, which stands behind its view, and the points as an object.

    Lens distortion, which Blender's cameras do not have, is left out.

    Args:
        scene: where the collection is linked.
        name: of the collection.
        images: the photos.
        cameras: one for each.
        points: (n, 3), may be empty.
        colors: (n, 3) uint8, sRGB.
    """
    collection = bpy.data.collections.new(name)
    scene.collection.children.link(collection)
    centers = np.stack([camera.center() for camera in cameras])
    size = max(0.05 * float(np.linalg.norm(np.ptp(centers, axis=0))), 1e-3)
    for image, camera in zip(images, cameras):
        data = bpy.data.cameras.new(image.stem)
        _set_lens(data, camera)
        data.display_size = size
        if len(cameras) <= PHOTOS_SHOWN and image.is_file():
            data.background_images.new().image = bpy.data.images.load(str(image), check_existing=True)
            data.show_background_images = True
        obj = bpy.data.objects.new(image.stem, data)
        obj.matrix_world = Matrix(camera.pose.tolist())
        collection.objects.link(obj)
    if len(points):
        collection.objects.link(_point_object(f"{name} Points", points, colors))
    return collection


def _set_lens(data: bpy.types.Camera, camera: Camera) -> None:
    longest = max(camera.width, camera.height)
    data.sensor_fit = 'HORIZONTAL' if camera.width >= camera.height else 'VERTICAL'
    data.sensor_width = data.sensor_height = SENSOR
    focal = camera.fx if camera.width >= camera.height else camera.fy
    data.lens = focal / longest * SENSOR
    data.shift_x = (camera.width / 2 - camera.cx) / longest
    data.shift_y = (camera.cy - camera.height / 2) / longest
    if camera.fisheye:
        data.type = 'PANO'
        for owner in (data, data.cycles):  # Blender's own since 5.0, before that Cycles'.
            compat.set_value(owner, "panorama_type", 'FISHEYE_EQUIDISTANT')
            compat.set_value(owner, "fisheye_fov", longest / focal)


def read_camera(scene: bpy.types.Scene, obj: bpy.types.Object, depsgraph: bpy.types.Depsgraph) -> Camera:
    """A camera object as it stands, for pictures of the scene's render size.

    Raises:
        AdaError: it is orthographic or panoramic.
    """
    if obj.type != 'CAMERA' or obj.data.type != 'PERSP':
        raise AdaError("'{name}' is no perspective camera. Choose one that is", name=obj.name)
    render = scene.render
    width, height = (max(1, side * render.resolution_percentage // 100) for side in _resolution(render))
    matrix = obj.evaluated_get(depsgraph).calc_matrix_camera(
        depsgraph, x=width, y=height, scale_x=render.pixel_aspect_x, scale_y=render.pixel_aspect_y
    )
    pose = np.array(obj.evaluated_get(depsgraph).matrix_world.normalized(), np.float64)
    return camera_of_matrix(np.array(matrix), pose, width, height)


def camera_of_matrix(projection: np.ndarray, pose: np.ndarray, width: int, height: int) -> Camera:
    """The camera of an OpenGL projection matrix (4, 4) and a camera-to-world matrix (4, 4)."""
    return Camera(
        width, height, float(projection[0, 0]) * width / 2, float(projection[1, 1]) * height / 2,
        width / 2 * (1 - float(projection[0, 2])), height / 2 * (1 + float(projection[1, 2])), pose,
    )  # fmt: skip


def _resolution(render: bpy.types.RenderSettings) -> tuple[int, int]:
    return render.resolution_x, render.resolution_y


def _point_object(name: str, points: np.ndarray, colors: np.ndarray) -> bpy.types.Object:
    """Vertices without faces, with a colour attribute."""
    data = bpy.data.meshes.new(name)
    data.vertices.add(len(points))
    data.vertices.foreach_set("co", np.ascontiguousarray(points, np.float32).ravel())
    attribute = data.color_attributes.new(meshes.COLOR, 'FLOAT_COLOR', 'POINT')
    rgba = np.ones((len(points), 4), np.float32)
    rgba[:, :3] = meshes.srgb_to_linear(colors / 255.0)
    attribute.data.foreach_set("color", rgba.ravel())
    data.update()
    return bpy.data.objects.new(name, data)
