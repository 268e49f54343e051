"""A shaded ball seen from all around, computed without any renderer: data whose answer is known."""

import json
import math

import numpy as np
from PIL import Image

CENTER = np.array([40.0, -25.0, 12.0])  # Off centre and large: nothing may assume a scene near 0 of size 1.
RADIUS = 7.0
ANGLE = 0.7


def look_at(place, target):
    back = (place - target) / np.linalg.norm(place - target)
    right = np.cross([0.0, 0.0, 1.0], back)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, 0], pose[:3, 1], pose[:3, 2], pose[:3, 3] = right, np.cross(back, right), back, place
    return pose


def poses(count):
    index = np.arange(count) + 0.5
    z = 0.85 - 1.7 * index / count
    angle = index * math.pi * (3 - math.sqrt(5))
    ring = np.sqrt(1 - z * z)
    places = CENTER + 4 * RADIUS * np.stack([ring * np.cos(angle), ring * np.sin(angle), z], -1)
    return [look_at(place, CENTER) for place in places]


def draw(pose, size, over=4):
    """Straight RGBA of the ball, antialiased, (size, size, 4) uint8."""
    many = size * over
    focal = 0.5 * many / math.tan(0.5 * ANGLE)
    y, x = np.mgrid[0:many, 0:many] + 0.5
    local = np.stack([(x - many / 2) / focal, -(y - many / 2) / focal, -np.ones_like(x)], -1)
    ray = local @ pose[:3, :3].T
    ray /= np.linalg.norm(ray, axis=-1, keepdims=True)
    offset = pose[:3, 3] - CENTER
    half = ray @ offset
    inside = half**2 - offset @ offset + RADIUS**2
    hit = inside > 0
    normal = (offset + ray * (-half - np.sqrt(np.maximum(inside, 0)))[..., None]) / RADIUS
    color = np.where(hit[..., None], 0.5 + 0.35 * normal, 0.0)
    blocks = np.concatenate([color, hit[..., None]], -1).reshape(size, over, size, over, 4).mean((1, 3))
    straight = blocks[..., :3] / np.maximum(blocks[..., 3:], 1e-6)
    return np.round(255 * np.concatenate([straight, blocks[..., 3:]], -1)).astype(np.uint8)


def write(folder, train=12, test=2, size=24):
    """Write the ball as a NeRF-synthetic dataset and return its folder."""
    every = poses(train + test)
    held = set(range(3, train + test, max(1, (train + test) // test)) if test else [])
    held = set(sorted(held)[:test])
    for split in ("train", "test"):
        (folder / split).mkdir(parents=True)
        chosen = [pose for index, pose in enumerate(every) if (index in held) == (split == "test")]
        frames = []
        for number, pose in enumerate(chosen):
            Image.fromarray(draw(pose, size)).save(folder / split / f"r_{number}.png")
            frames.append({"file_path": f"./{split}/r_{number}", "transform_matrix": pose.tolist()})
        if frames:
            text = json.dumps({"camera_angle_x": ANGLE, "frames": frames})
            (folder / f"transforms_{split}.json").write_text(text)
    return folder
