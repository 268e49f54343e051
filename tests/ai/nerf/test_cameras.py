import numpy as np
import pytest
from ada_forge.ai.nerf.cameras import (
    Camera,
    cast_rays,
    distort,
    distort_angle,
    finest_resolution,
    image_plane,
    pixel_centers,
    project,
    undistort,
    undistort_angle,
)

FISHEYE = (0.1, -0.02, 0.003, -0.0004, 0.0)  # k1, k2, k3, k4.
LENS = (0.1, -0.05, 0.01, -0.02, 0.03)  # k1, k2, p1, p2, k3.


def test_rays_of_a_camera_that_looks_down_z():
    # 4 x 2 pixels, focal length 2, principal point in the middle: pixel (3.5, 0.5) is 1.5 right and 0.5 up.
    camera = Camera(4, 2, 2.0, 2.0, 2.0, 1.0, np.eye(4))
    rays = cast_rays(camera, np.array([[2.0, 1.0], [3.5, 0.5]]))
    np.testing.assert_allclose(rays[0], [0, 0, -1])
    np.testing.assert_allclose(rays[1], np.array([0.75, 0.25, -1]) / np.sqrt(0.75**2 + 0.25**2 + 1))


def test_rays_turn_with_the_pose():
    pose = np.eye(4)
    pose[:3, :3] = [[0, 0, 1], [0, 1, 0], [-1, 0, 0]]  # A quarter turn about y: -z becomes -x.
    camera = Camera(4, 2, 2.0, 2.0, 2.0, 1.0, pose)
    np.testing.assert_allclose(cast_rays(camera, np.array([[2.0, 1.0]])), [[-1, 0, 0]], atol=1e-12)


def test_pixel_centers_run_row_by_row():
    centers = pixel_centers(Camera(3, 2, 1.0, 1.0, 0.0, 0.0, np.eye(4)))
    assert centers.tolist() == [[0.5, 0.5], [1.5, 0.5], [2.5, 0.5], [0.5, 1.5], [1.5, 1.5], [2.5, 1.5]]


def test_distortion_by_hand():
    # x = 0.3, y = -0.4: r^2 = 0.25; radial = 1 + 0.1 * 0.25 - 0.05 * 0.0625 + 0.03 * 0.015625 = 1.02234375.
    # x' = 0.306703125 + 2 * 0.01 * -0.12 - 0.02 * (0.25 + 0.18) = 0.295703125
    # y' = -0.4089375 + 0.01 * (0.25 + 0.32) + 2 * -0.02 * -0.12 = -0.3984375
    np.testing.assert_allclose(distort(np.array([0.3, -0.4]), LENS), [0.295703125, -0.3984375], atol=1e-12)


def test_undistortion_inverts_distortion():
    points = np.stack(np.meshgrid(np.linspace(-0.6, 0.6, 13), np.linspace(-0.5, 0.5, 11)), -1)
    np.testing.assert_allclose(undistort(distort(points, LENS), LENS), points, atol=1e-9)


def test_projection_returns_to_the_pixel_of_the_ray():
    pose = np.eye(4)
    pose[:3, 3] = [1, 2, 3]
    camera = Camera(40, 30, 35.0, 33.0, 19.0, 16.0, pose, LENS)
    pixels = np.array([[0.5, 0.5], [39.5, 29.5], [20.0, 3.0]])
    points = camera.center() + 5 * cast_rays(camera, pixels)
    found, depth = project(camera, points)
    np.testing.assert_allclose(found, pixels, atol=1e-6)
    assert (depth > 0).all()
    _, behind = project(camera, np.array([[1.0, 2.0, 4.0]]))
    assert behind[0] == pytest.approx(-1)


def test_resizing_scales_the_intrinsics():
    camera = Camera(40, 30, 35.0, 33.0, 19.0, 16.0, np.eye(4)).resized(20, 10)
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == (17.5, 11.0, 9.5, pytest.approx(16 / 3))


def test_fisheye_by_hand():
    # theta = 0.5: 0.5 (1 + 0.1 * 0.25 - 0.02 * 0.0625 + 0.003 * 0.015625 - 0.0004 * 0.00390625)
    #            = 0.5 * 1.0237953125 = 0.51189765625
    assert distort_angle(np.array(0.5), FISHEYE) == pytest.approx(0.51189765625, abs=1e-12)
    # A point 3 right, 4 down, 12 ahead: theta = atan(5 / 12), shown at that angle's distance along (0.6, 0.8).
    camera = Camera(400, 300, 100.0, 110.0, 200.0, 150.0, np.eye(4), FISHEYE, True)
    theta = np.arctan(5 / 12)
    far = theta * (1 + 0.1 * theta**2 - 0.02 * theta**4 + 0.003 * theta**6 - 0.0004 * theta**8)
    found, depth = project(camera, np.array([[3.0, -4.0, -12.0]]))
    np.testing.assert_allclose(found, [[200 + 60 * far, 150 + 88 * far]], atol=1e-9)
    assert depth[0] == pytest.approx(12)


def test_fisheye_there_and_back():
    theta = np.linspace(0, 1.7, 35)
    np.testing.assert_allclose(undistort_angle(distort_angle(theta, FISHEYE), FISHEYE), theta, atol=1e-9)
    pose = np.eye(4)
    pose[:3, :3] = [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    pose[:3, 3] = [1, 2, 3]
    camera = Camera(400, 400, 110.0, 112.0, 203.0, 196.0, pose, FISHEYE, True)
    pixels = np.array([[0.5, 200.0], [399.5, 200.0], [203.0, 196.0], [60.0, 330.0]])
    rays = cast_rays(camera, pixels)
    np.testing.assert_allclose(np.linalg.norm(rays, axis=1), 1)
    found, depth = project(camera, camera.center() + 7 * rays)
    np.testing.assert_allclose(found, pixels, atol=1e-6)
    assert depth[0] < 0  # 0.5 is 105 degrees from the axis: behind the image plane.
    plane = image_plane(camera, pixels[2:])
    local = rays[2:] @ pose[:3, :3]
    np.testing.assert_allclose(plane, np.stack([-local[:, 0] / local[:, 2], local[:, 1] / local[:, 2]], -1), atol=1e-9)


def test_fisheye_camera_keeps_its_lens_when_resized():
    camera = Camera(400, 300, 100.0, 110.0, 200.0, 150.0, np.eye(4), FISHEYE, True).resized(200, 150)
    assert camera.fisheye
    assert (camera.distortion, camera.fx) == (FISHEYE, 50)


def test_cells_are_no_finer_than_pixels():
    def photo(distance, focal):
        pose = np.eye(4)
        pose[2, 3] = distance
        return Camera(100, 100, focal, focal, 50.0, 50.0, pose)

    # At 10 units a pixel is 0.1 wide, at 20 it is 0.2; the cell is nine tenths of the middle one of the three.
    cameras = [photo(10, 100.0), photo(20, 100.0), photo(30, 100.0)]
    assert finest_resolution(cameras, np.zeros(3), 18.0) == 100
    assert finest_resolution([photo(20, 200.0)], np.zeros(3), 18.0) == 200
    assert finest_resolution(cameras, np.zeros(3), 0.1) == 24
