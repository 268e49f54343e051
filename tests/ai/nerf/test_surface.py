import numpy as np
import pytest
from ada_forge.ai.errors import AdaError
from ada_forge.ai.job import run
from ada_forge.ai.mesh import Mesh
from ada_forge.ai.nerf.hull import Box, grid_points
from ada_forge.ai.nerf.metrics import compare_meshes, count_parts, is_watertight, psnr_of, visible_points
from ada_forge.ai.nerf.surface import drop_unseen, extract_mesh
from ada_forge.ai.projection.raster import draw_faces

TURN = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])


def paint(points, normals):
    return 0.5 + 0.5 * normals


def ball(radius, center=(0.0, 0, 0), resolution=64, box=None):
    spacing = 2 / (resolution - 1)
    box = box or Box(np.zeros(3), np.full(3, 2.0), np.eye(3))
    points, shape = grid_points(box.half, spacing)
    distance = (np.linalg.norm(points - np.float32(center), axis=1) - radius).reshape(shape)
    return distance.astype(np.float32), spacing, box


def test_mesh_has_the_scale_place_and_turn_of_its_box():
    distance, spacing, _ = ball(0.5, (0.2, 0.1, 0.0))
    box = Box(np.array([10.0, 20, 30]), np.full(3, 6.0), TURN)
    mesh = run(extract_mesh(distance, spacing, box, paint))
    center = np.array([10 - 0.3, 20 + 0.6, 30])  # (0.2, 0.1) turned to (-0.1, 0.2), times 3.
    offset = mesh.vertices - center
    np.testing.assert_allclose(np.linalg.norm(offset, axis=1), 1.5, atol=0.01)
    np.testing.assert_allclose(mesh.normals, offset / 1.5, atol=0.03)
    np.testing.assert_allclose(mesh.colors, 0.5 + 0.5 * mesh.normals @ TURN, atol=1e-5)
    a, b, c = (mesh.vertices[mesh.faces[:, corner]] - center for corner in range(3))
    assert (np.cross(a, b) * c).sum() / 6 == pytest.approx(4 / 3 * np.pi * 1.5**3, rel=0.02)  # Positive: outward.
    assert is_watertight(mesh)
    assert (mesh.vertices.dtype, mesh.faces.dtype) == (np.float32, np.int32)


def test_box_cuts_the_mesh_and_closes_it():
    box = Box(np.zeros(3), np.array([2.0, 2, 0.8]), np.eye(3))
    distance, spacing, _ = ball(0.7, box=box)
    mesh = run(extract_mesh(distance, spacing, box, paint))
    assert np.abs(mesh.vertices[:, 2]).max() == pytest.approx(0.4, abs=1e-3)
    assert np.abs(mesh.vertices[:, 0]).max() == pytest.approx(0.7, abs=0.01)
    assert is_watertight(mesh)


def test_crumbs_and_hollows_are_dropped():
    big, spacing, box = ball(0.5, (-0.3, 0, 0))
    crumb, hollow, second = (ball(r, c)[0] for r, c in ((0.05, (0.8, 0, 0)), (0.2, (-0.3, 0, 0)), (0.2, (0.6, 0, 0.6))))
    distance = np.minimum(np.minimum(np.maximum(big, -hollow), crumb), second)
    assert count_parts(run(extract_mesh(distance, spacing, box, paint, 0.0))) == 3
    assert count_parts(run(extract_mesh(distance, spacing, box, paint, 0.02))) == 2
    assert count_parts(run(extract_mesh(distance, spacing, box, paint, 0.5))) == 1


def test_nothing_to_extract():
    with pytest.raises(AdaError, match="inside the box"):
        run(extract_mesh(np.ones((8, 8, 8), np.float32), 0.1, Box(np.zeros(3), np.full(3, 2.0), np.eye(3)), paint))


def make_ball(radius=0.5, resolution=64):
    return run(extract_mesh(*ball(radius, resolution=resolution), paint))


def test_a_mesh_is_like_itself_and_a_shifted_one_is_not():
    mesh = make_ball()
    same = compare_meshes(mesh, mesh, samples=10_000)
    assert same["chamfer_percent"] < 0.3
    assert same["f_1"] > 0.999
    assert same["normal"] > 0.99
    grown = compare_meshes(make_ball(0.52), mesh, samples=10_000)  # 0.02 of a diagonal of 1.732: 1.15 %.
    assert grown["chamfer_percent"] == pytest.approx(1.15, abs=0.06)
    assert grown["f_1"] < 0.1
    assert grown["normal"] > 0.99


def test_only_the_near_side_is_seen():
    mesh = make_ball()
    seen = run(visible_points(mesh, mesh.vertices, np.array([[3.0, 0, 0]])))
    horizon = 0.25 / 3  # Points of the ball with x above radius^2 / distance.
    x = mesh.vertices[:, 0]
    assert seen[x > horizon + 0.03].all()
    assert not seen[x < horizon - 0.05].any()
    kept = drop_unseen(mesh, seen)
    assert kept.vertices[:, 0].min() > horizon - 0.1
    assert len(kept.vertices) == len(kept.normals) == len(kept.colors)


def test_a_camera_inside_sees_all_around():
    mesh = make_ball(resolution=16)
    assert run(visible_points(mesh, mesh.vertices, np.array([[0.1, 0, 0]]))).mean() > 0.99


def test_depth_buffer_by_hand():
    screen = np.array([[0.0, 0], [4, 0], [0, 4], [4, 4]])
    owner, depth = draw_faces(screen, np.array([2.0, 2, 2, 2]), np.array([[0, 1, 2]]), 4, 4)
    assert owner.reshape(4, 4).tolist() == [[0, 0, 0, 0], [0, 0, 0, -1], [0, 0, -1, -1], [0, -1, -1, -1]]
    assert depth[0] == pytest.approx(2)
    owner, _ = draw_faces(np.concatenate([screen, screen]), np.array([2.0] * 4 + [1.0] * 4),
                          np.array([[0, 1, 2], [5, 7, 6]]), 4, 4)  # fmt: skip
    assert owner[-1] == 1
    assert owner[0] == 0


def test_psnr_by_hand():
    assert psnr_of(0.01) == pytest.approx(20)
    assert psnr_of(0.0) == pytest.approx(100)


def test_parts_and_open_edges():
    corners = np.float32([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    closed = Mesh(corners, np.int32([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]))
    assert is_watertight(closed)
    assert not is_watertight(Mesh(corners, closed.faces[:3]))
    two = Mesh(np.concatenate([corners, corners + 5]), np.concatenate([closed.faces, closed.faces + 4]))
    assert count_parts(two) == 2
