"""From the solver's arbitrary world to one that stands upright, at a size one can work with."""

from __future__ import annotations

import numpy as np

from ..nerf.importers.scene import ImportedScene, move

DISTANCE = 4.0  # Median distance between the cameras and what they look at, in Blender's units.


def settle(scene: ImportedScene, weights: np.ndarray) -> None:
    """Turn, move and scale a scene, whose cameras alone say nothing about up, place and size.

    Up is the mean of the cameras' own up; the first camera looks towards +y; the origin is the weighted median of the
    points; the cameras are `DISTANCE` away from it, in the median.

    Args:
        scene: with at least one camera.
        weights: of the points, (n,), such as the number of photos that show each.
    """
    poses = np.stack([view.camera.pose for view in scene.views])
    up = poses[:, :3, 1].mean(0)
    if np.linalg.norm(up) < 0.2:  # The cameras stand in all ways; then the first one is upright.
        up = poses[0, :3, 1]
    up = up / np.linalg.norm(up)
    look = -poses[:, :3, 2]
    ahead = next((d for d in look if np.linalg.norm(d - (d @ up) * up) > 0.1), np.eye(3)[np.abs(up).argmin()])
    ahead = ahead - (ahead @ up) * up
    ahead = ahead / np.linalg.norm(ahead)
    turn = np.stack([np.cross(ahead, up), ahead, up])
    middle = weighted_median(scene.points, weights) if len(scene.points) else poses[:, :3, 3].mean(0)
    distance = float(np.median(np.linalg.norm(poses[:, :3, 3] - middle, axis=1)))
    scale = DISTANCE / distance if distance > 0 else 1.0
    move(scene, turn, -scale * turn @ middle, scale)


def weighted_median(points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The weighted median of points (n, 3) along each axis, (3,)."""
    found = []
    for axis in range(points.shape[1]):
        order = np.argsort(points[:, axis])
        running = np.cumsum(weights[order])
        found.append(points[order[np.searchsorted(running, 0.5 * running[-1])], axis])
    return np.array(found)
