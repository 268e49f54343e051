"""Photos of the corner of a room with patterned walls, drawn with numpy: their cameras are known."""

from functools import cache

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter, map_coordinates

WIDTH, HEIGHT, FOCAL = 320, 240, 300.0


@cache
def wall(number):
    """A pattern with detail of every size, (512, 512) in [0, 255]; it covers 4 x 4 units and repeats."""
    random = np.random.default_rng(number)
    sum_ = np.zeros((512, 512))
    for size in (1.2, 2.5, 5, 10, 20):
        layer = gaussian_filter(random.standard_normal((512, 512)), size, mode="wrap")
        sum_ += layer / layer.std()
    return np.clip(128 + 35 * sum_, 0, 255)


def look(place, target=(0.8, 0.8, 0.8), up=(0, 0, 1.0)):
    """A pose that looks from a place at a target: camera to world, OpenGL axes."""
    place, target = np.array(place, float), np.array(target, float)
    back = (place - target) / np.linalg.norm(place - target)
    right = np.cross(up, back)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3] = np.stack([right, np.cross(back, right), back, place], axis=1)
    return pose


def poses(count):
    """An arc around the corner, at differing heights."""
    angles = np.linspace(0.35, 1.2, count)
    return [look((4 * np.cos(a), 4 * np.sin(a), 1.6 + 0.5 * (number % 3))) for number, a in enumerate(angles)]


def draw(pose, size=(WIDTH, HEIGHT), focal=FOCAL, seed=0):
    """What a camera in the corner x, y, z > 0 sees of its three walls, (h, w, 3) uint8."""
    width, height = size
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    local = np.stack([(x - width / 2) / focal, -(y - height / 2) / focal, -np.ones_like(x)], -1)
    rays = local @ pose[:3, :3].T
    origin = pose[:3, 3]
    with np.errstate(divide="ignore"):
        reach = np.where(rays < 0, -origin / rays, np.inf)
    nearest = reach.argmin(-1)
    points = origin + reach.min(-1)[..., None] * rays
    image = np.zeros((height, width, 3))
    for axis in range(3):
        hit = nearest == axis
        u, v = (np.delete(points[hit], axis, 1) * 128).T
        grey = map_coordinates(wall(3 * seed + axis), [u, v], order=1, mode="grid-wrap")
        image[hit] = grey[:, None] * np.roll([1.0, 0.85, 0.7], axis)
    return image.round().astype(np.uint8)


def write(folder, poses_, **how):
    """Write photos p00.png, p01.png, …; return their paths."""
    folder.mkdir(exist_ok=True, parents=True)
    paths = []
    for number, pose in enumerate(poses_):
        paths.append(folder / f"p{number:02}.png")
        Image.fromarray(draw(pose, **how)).save(paths[-1])
    return paths


def align(found, truth):
    """Distances between points (n, 3) and others after the similarity that brings them nearest, by Umeyama 1991."""
    a, b = found - found.mean(0), truth - truth.mean(0)
    u, values, v = np.linalg.svd(b.T @ a)
    sign = np.array([1, 1, np.sign(np.linalg.det(u @ v))])
    scale = (values * sign).sum() / (a * a).sum()
    return np.linalg.norm(scale * a @ (u * sign @ v).T - b, axis=1)
