"""A tiny dataset: views of a coloured sphere of radius 1, as NeRF-synthetic (OpenGL axes, straight alpha)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image


def write_sphere(folder: Path, size: int = 32) -> None:
    """Write twelve views to train on and three to test with."""
    angle = 0.8  # Radians, horizontal.
    for split, count, start in (("train", 12, 0.0), ("test", 3, 0.25)):
        frames = []
        for i in range(count):
            up = 1.6 * (i + 0.5) / count - 0.8
            turn = 2.399963 * (i + start)  # The golden angle.
            back = np.array([np.cos(turn) * np.sqrt(1 - up * up), np.sin(turn) * np.sqrt(1 - up * up), up])
            right = np.cross([0.0, 0.0, 1.0], back)
            right /= np.linalg.norm(right)
            pose = np.eye(4)
            pose[:3, :3] = np.stack([right, np.cross(back, right), back], axis=1)
            pose[:3, 3] = 4 * back
            path = folder / split / f"r_{i}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(_picture(pose, angle, size), "RGBA").save(path)
            frames.append({"file_path": f"./{split}/r_{i}", "transform_matrix": pose.tolist()})
        document = {"camera_angle_x": angle, "frames": frames}
        (folder / f"transforms_{split}.json").write_text(json.dumps(document), encoding="utf-8")


def _picture(pose: np.ndarray, angle: float, size: int) -> np.ndarray:
    pixel = (np.arange(size) + 0.5) / size * 2 - 1
    x, y = np.meshgrid(pixel, -pixel)
    slope = np.tan(angle / 2)
    rays = np.stack([x * slope, y * slope, -np.ones_like(x)], axis=-1) @ pose[:3, :3].T
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    middle = -(rays @ pose[:3, 3])
    inside = middle**2 - (pose[:3, 3] @ pose[:3, 3] - 1)
    point = pose[:3, 3] + rays * (middle - np.sqrt(np.maximum(inside, 0)))[..., None]
    shade = 0.6 + 0.4 * (point @ np.array([0.3, -0.5, 0.81]))
    color = (0.5 + 0.4 * np.sin(3 * point)) * shade[..., None]
    rgba = np.concatenate([color, np.ones_like(color[..., :1])], axis=-1) * (inside > 0)[..., None]
    return np.round(rgba.clip(0, 1) * 255).astype(np.uint8)
