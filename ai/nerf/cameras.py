"""Cameras with OpenCV's lens models. Poses are camera-to-world, OpenGL axes: x right, y up, looking along -z."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

CELL_PIXELS = 0.9  # Edge of the finest cells worth having, in pixels.
FEWEST_CELLS = 24  # However small an object is in the photographs.
WIDEST = math.radians(89.9)  # The angle to the axis at which the image plane of a fisheye lens ends.


@dataclass(slots=True)
class Camera:
    """One view's geometry. Pixels count from the top left corner; the centre of the first pixel is (0.5, 0.5)."""

    width: int  # Pixels.
    height: int
    fx: float  # Focal lengths in pixels.
    fy: float
    cx: float  # Principal point in pixels.
    cy: float
    pose: np.ndarray  # (4, 4) float64, camera to world, rigid.
    # k1, k2, p1, p2, k3; of a fisheye lens k1, k2, k3, k4 and 0.
    distortion: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)
    fisheye: bool = False  # The distortion is of the angle to the axis, as of OpenCV's fisheye model.

    def resized(self, width: int, height: int) -> Camera:
        """Return the same camera for an image scaled to another size."""
        x, y = width / self.width, height / self.height
        return Camera(
            width, height, self.fx * x, self.fy * y, self.cx * x, self.cy * y, self.pose, self.distortion,
            self.fisheye,
        )  # fmt: skip

    def center(self) -> np.ndarray:
        """Return the place of the camera in the world, (3,)."""
        return self.pose[:3, 3]


def finest_resolution(cameras: list[Camera], center: np.ndarray, length: float) -> int:
    """Return how many cells along a length around `center`, both in the world, photographs can tell apart.

    Smaller cells are each seen by a few rays only: they learn the noise of these, and views from between the
    photographs get worse.
    """
    pixels = [float(np.linalg.norm(camera.center() - center)) / max(camera.fx, camera.fy) for camera in cameras]
    return max(FEWEST_CELLS, round(length / (CELL_PIXELS * max(float(np.median(pixels)), 1e-12))))


def distort(points: np.ndarray, distortion: tuple[float, float, float, float, float]) -> np.ndarray:
    """Bend ideal image-plane points as the lens does.

    x' = x (1 + k1 r^2 + k2 r^4 + k3 r^6) + 2 p1 x y + p2 (r^2 + 2 x^2),
    y' = y (1 + k1 r^2 + k2 r^4 + k3 r^6) + p1 (r^2 + 2 y^2) + 2 p2 x y

    Args:
        points: x / z and y / z with y downwards, shape (..., 2).
        distortion: k1, k2, p1, p2, k3.

    Source: OpenCV, calib3d, "Detailed Description"; Brown, "Close-range camera calibration", 1971.
    """
    k1, k2, p1, p2, k3 = distortion
    x, y = points[..., 0], points[..., 1]
    r2 = x * x + y * y
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    return np.stack(
        [x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x), y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y], -1
    )


def undistort(
    points: np.ndarray, distortion: tuple[float, float, float, float, float], iterations: int = 12
) -> np.ndarray:
    """Return the ideal points whose distorted images are `points`: the inverse of `distort`, by Newton's method.

    Args:
        points: distorted image-plane points, shape (..., 2).
        distortion: k1, k2, p1, p2, k3.
        iterations: at most so many steps; they end when no point moves by more than 1e-10.
    """
    if not any(distortion):
        return points
    k1, k2, p1, p2, k3 = distortion
    found = points.copy()
    for _ in range(iterations):
        x, y = found[..., 0], found[..., 1]
        r2 = x * x + y * y
        radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
        slope = k1 + r2 * (2 * k2 + 3 * k3 * r2)  # Derivative of `radial` by r^2.
        xx = radial + 2 * x * x * slope + 2 * p1 * y + 6 * p2 * x
        yy = radial + 2 * y * y * slope + 6 * p1 * y + 2 * p2 * x
        xy = 2 * x * y * slope + 2 * p1 * x + 2 * p2 * y  # The Jacobian is symmetric.
        error = distort(found, distortion) - points
        determinant = xx * yy - xy * xy
        determinant = np.where(np.abs(determinant) < 1e-9, 1e-9, determinant)
        step = np.stack([yy * error[..., 0] - xy * error[..., 1], xx * error[..., 1] - xy * error[..., 0]], -1)
        step /= determinant[..., None]
        found -= step
        if np.abs(step).max(initial=0.0) < 1e-10:
            break
    return found


def distort_angle(theta: np.ndarray, distortion: tuple[float, float, float, float, float]) -> np.ndarray:
    """Return the distance to the principal point, in focal lengths, at which a fisheye lens shows a ray.

    d = theta (1 + k1 theta^2 + k2 theta^4 + k3 theta^6 + k4 theta^8)

    Args:
        theta: angle between the ray and the viewing axis in radians, any shape.
        distortion: k1, k2, k3, k4 and 0.

    Source: OpenCV, calib3d, "Fisheye camera model"; Kannala & Brandt, "A generic camera model", 2006, eq. 6.
    """
    k1, k2, k3, k4, _ = distortion
    t2 = theta * theta
    return theta * (1 + t2 * (k1 + t2 * (k2 + t2 * (k3 + t2 * k4))))


def undistort_angle(
    distance: np.ndarray, distortion: tuple[float, float, float, float, float], iterations: int = 20
) -> np.ndarray:
    """Return the angles whose distances are `distance`: the inverse of `distort_angle`, by Newton's method.

    Angles end at pi. Beyond the largest distance that the lens shows, the answer is the angle of that distance.
    """
    k1, k2, k3, k4, _ = distortion
    theta = np.minimum(distance, math.pi)
    for _ in range(iterations):
        t2 = theta * theta
        slope = 1 + t2 * (3 * k1 + t2 * (5 * k2 + t2 * (7 * k3 + t2 * 9 * k4)))
        step = (distort_angle(theta, distortion) - distance) / np.maximum(slope, 0.05)
        found = np.clip(theta - step, 0.0, math.pi)
        change = np.abs(found - theta).max(initial=0.0)
        theta = found
        if change < 1e-11:
            break
    return theta


def image_plane(camera: Camera, pixels: np.ndarray) -> np.ndarray:
    """Return undistorted x / z and y / z (y downwards) of pixel positions, both of shape (..., 2), float64.

    What a fisheye lens shows beside or behind itself has no place on that plane; it comes back at 89.9 degrees.
    """
    plane = np.stack(
        [(pixels[..., 0] - camera.cx) / camera.fx, (pixels[..., 1] - camera.cy) / camera.fy], -1
    )  # fmt: skip
    if camera.fisheye:
        distance = np.linalg.norm(plane, axis=-1)
        theta = np.minimum(undistort_angle(distance, camera.distortion), WIDEST)
        return plane * (np.tan(theta) / np.maximum(distance, 1e-12))[..., None]
    return undistort(plane, camera.distortion)


def pixel_centers(camera: Camera) -> np.ndarray:
    """Return the centres of all pixels, row by row, shape (height * width, 2), float64."""
    y, x = np.mgrid[0 : camera.height, 0 : camera.width]
    return np.stack([x.ravel(), y.ravel()], -1) + 0.5


def cast_rays(camera: Camera, pixels: np.ndarray) -> np.ndarray:
    """Return the unit directions, in the world, of the rays through pixel positions (n, 2). Shape (n, 3), float64."""
    if camera.fisheye:
        local = _fisheye_directions(camera, pixels)
    else:
        plane = image_plane(camera, pixels)
        local = np.stack([plane[:, 0], -plane[:, 1], -np.ones(len(plane))], -1)
    directions = local @ camera.pose[:3, :3].T
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)


def _fisheye_directions(camera: Camera, pixels: np.ndarray) -> np.ndarray:
    """Unit directions in the camera's axes; they may point sideways and backwards."""
    x, y = (pixels[:, 0] - camera.cx) / camera.fx, (pixels[:, 1] - camera.cy) / camera.fy
    distance = np.hypot(x, y)
    theta = undistort_angle(distance, camera.distortion)
    around = np.sin(theta) / np.maximum(distance, 1e-12)
    return np.stack([x * around, -y * around, -np.cos(theta)], -1)


def project(camera: Camera, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Project world points (n, 3) into the image.

    Returns:
        Pixel positions (n, 2), meaningless where the depth is not positive, and the depth along the viewing axis (n,).
    """
    local = (points - camera.center()) @ camera.pose[:3, :3]
    depth = -local[:, 2]
    if camera.fisheye:
        radius = np.hypot(local[:, 0], local[:, 1])
        distance = distort_angle(np.arctan2(radius, depth), camera.distortion)
        shown = local[:, :2] * [1.0, -1.0] * (distance / np.maximum(radius, 1e-12))[:, None]
        return shown * [camera.fx, camera.fy] + [camera.cx, camera.cy], depth
    safe = np.where(depth > 1e-9, depth, 1e-9)
    plane = np.stack([local[:, 0] / safe, -local[:, 1] / safe], -1)
    if any(camera.distortion):
        # Far outside the image the polynomial folds back into it; such points count as outside.
        limit = 1.5 * max(camera.width / camera.fx, camera.height / camera.fy)
        folded = (np.abs(plane) > limit).any(-1)
        plane = np.where(folded[:, None], plane, distort(plane, camera.distortion))
    return plane * [camera.fx, camera.fy] + [camera.cx, camera.cy], depth
