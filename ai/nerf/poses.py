"""Poses that are a little off, moved to where the field agrees best with their photographs."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation

from ..job import Progress
from ..projection.photo import sample
from .cameras import Camera, cast_rays, project
from .dataset import View
from .trained import TrainedField

PIXELS = 4_000  # Of each photograph that are compared.
ROUNDS = 4  # Gauss-Newton steps on the same pixels.
DAMPING = 1e-2  # Of turns and shifts that nearly cancel, which the photograph cannot tell apart.
HALVINGS = 4  # Of a step that makes it worse.
BLUR = 0.7  # Standard deviation in pixels, of the photograph whose slope is taken.
SURE = 0.95  # Opacity and alpha of what is compared.
LEAST = 200  # Pixels with which a pose may move.
OUTLIER = 0.1  # Difference of colour, in [0, 1], beyond which a pixel counts linearly (Huber).
FARTHEST = 0.02  # Of the distance, and in radians: a pose moves by no more at once.


def refine_poses(views: list[View], model: TrainedField, seed: int) -> Generator[Progress, None, float]:
    """Move each camera by what best explains its photograph through the field as it is; give each view its new pose.

    Direct alignment: with the drawn colours C and the surface points X of sampled pixels held, the twist of the camera
    minimises sum |I(project(X)) - C|^2 by Gauss-Newton, each step kept only where the error falls.

    Args:
        views: photographs; their cameras are replaced.
        model: what is drawn.
        seed: of the choice of pixels.

    Returns:
        How far the photographs were shifted, mean over the views, in pixels.

    Source: Lucas and Kanade, IJCAI 1981; Baker and Matthews, "Lucas-Kanade 20 years on", IJCV 2004; for poses, Engel
        et al., "LSD-SLAM", ECCV 2014, section 3.
    """
    random, shifts = np.random.default_rng(seed), []
    for number, view in enumerate(views):
        yield Progress(number / len(views), "Refining the pose of {name}", {"name": view.path.name})
        rgba = view.rgba.astype(np.float32) / 255
        inside = np.argwhere(rgba[2:-2, 2:-2, 3] >= SURE) + 2
        chosen = inside[random.permutation(len(inside))[:PIXELS]]
        places = chosen[:, ::-1] + 0.5
        points, colors, seen = yield from _draw(model, view.camera, places)
        if seen.sum() < LEAST:
            continue
        camera = align(view.camera, rgba[..., :3], points[seen], colors[seen])
        after, _ = project(camera, points[seen])
        shifts.append(float(np.linalg.norm(after - places[seen], axis=1).mean()))
        view.camera = camera
    return float(np.mean(shifts)) if shifts else 0.0


def _draw(
    model: TrainedField, camera: Camera, places: np.ndarray
) -> Generator[Progress, None, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Surface points in the world (n, 3), colours (n, 3) and whether something solid is there (n,)."""
    rays = cast_rays(camera, places)
    directions = torch.from_numpy(model.box.directions_to_local(rays).astype(np.float32)).to(model.device)
    origin = torch.tensor(model.box.to_local(camera.center()), dtype=torch.float32, device=model.device)
    drawn = yield from model.field.render(origin.expand_as(directions), directions, True)
    if drawn.depth is None:
        raise ValueError("the field draws no depth")
    depth, opacity = drawn.depth.cpu().numpy().astype(np.float64), drawn.opacity.cpu().numpy()
    seen = (opacity > SURE) & np.isfinite(depth)
    points = camera.center() + rays * np.where(seen, depth, 0)[:, None] * model.box.scale
    colors = drawn.color.cpu().numpy() / np.maximum(opacity, SURE)[:, None]
    return points, colors, seen


def align(camera: Camera, photo: np.ndarray, points: np.ndarray, colors: np.ndarray) -> Camera:
    """Return the camera from which a photograph (h, w, 3) shows the colours (n, 3) at world points (n, 3) best."""
    smooth = gaussian_filter(photo, (BLUR, BLUR, 0))
    slopes = np.concatenate([np.gradient(smooth, axis=1), np.gradient(smooth, axis=0)], -1)  # By x, then by y.
    place, _ = project(camera, points)
    error = sample(photo, place) - colors
    best = _cost(error)
    for _ in range(ROUNDS):
        slope = sample(slopes, place).reshape(-1, 2, 3)
        jacobian = np.einsum("nkc,nkj->ncj", slope, _motion(camera, points))
        trust = (1 / np.maximum(np.abs(error) / OUTLIER, 1))[..., None]
        matrix = np.einsum("nci,ncj->ij", jacobian * trust, jacobian)
        matrix += DAMPING * np.diag(np.diag(matrix)) + 1e-12 * np.eye(6)
        twist = -np.linalg.solve(matrix, np.einsum("nci,nc->i", jacobian * trust, error))
        distance = float(np.median(np.linalg.norm(points - camera.center(), axis=1)))
        size = max(float(np.linalg.norm(twist[:3])), float(np.linalg.norm(twist[3:])) / distance)
        twist *= min(1.0, FARTHEST / max(size, 1e-12))
        for _ in range(HALVINGS):
            moved = _moved(camera, twist)
            new, _ = project(moved, points)
            change = sample(photo, new) - colors
            if _cost(change) < best:
                break
            twist = twist / 2
        else:
            return camera
        camera, place, error, best = moved, new, change, _cost(change)
    return camera


def _cost(error: np.ndarray) -> float:
    """Huber's, so that what only the photograph shows pulls little."""
    size = np.abs(error)
    return float(np.where(size < OUTLIER, size**2, OUTLIER * (2 * size - OUTLIER)).mean())


def _motion(camera: Camera, points: np.ndarray) -> np.ndarray:
    """How the pixels of points move with a twist (rotation, then shift) of the camera's axes, (n, 2, 6).

    The lens is taken as a pinhole: its bending changes little over the pixel that a pose moves.
    """
    x, y, z = ((points - camera.center()) @ camera.pose[:3, :3]).T
    zero, depth = np.zeros_like(x), -z
    by_place = np.stack(
        [
            np.stack([camera.fx / depth, zero, camera.fx * x / depth**2], -1),
            np.stack([zero, -camera.fy / depth, -camera.fy * y / depth**2], -1),
        ],
        1,
    )
    turned = np.stack([np.stack([zero, z, -y], -1), np.stack([-z, zero, x], -1), np.stack([y, -x, zero], -1)], 1)
    return np.concatenate([by_place @ turned, by_place], -1)


def _moved(camera: Camera, twist: np.ndarray) -> Camera:
    """The camera in whose axes points are turned and shifted by a twist (6,)."""
    motion = np.eye(4)
    motion[:3, :3], motion[:3, 3] = Rotation.from_rotvec(twist[:3]).as_matrix(), twist[3:]
    return replace(camera, pose=camera.pose @ np.linalg.inv(motion))
