import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from ada_forge.ai.job import run
from ada_forge.ai.nerf.grid import BandGrid, Trilinear, refine, resample
from ada_forge.ai.nerf.hull import grid_points
from ada_forge.ai.nerf.march import find_spans, intersect_box, place_samples

CPU = torch.device("cpu")


def ball(resolution=40, band=4.0, radius=0.6):
    spacing = 2 / (resolution - 1)
    points, shape = grid_points(np.ones(3), spacing)
    dense = (np.linalg.norm(points, axis=1) - radius).astype(np.float32).reshape(shape)
    grid = BandGrid(dense, spacing, CPU)
    run(grid.build(band, None, torch.Generator().manual_seed(0)))
    return grid


def test_distance_and_gradient_are_interpolated():
    grid = ball()
    direction = torch.nn.functional.normalize(torch.randn(200, 3, generator=torch.Generator().manual_seed(1)), dim=-1)
    points = direction * torch.linspace(0.55, 0.65, 200)[:, None]
    cells, share = grid.find_cells(points.t())
    assert (cells >= 0).all()
    distance, gradient = grid.query(cells, share)
    torch.testing.assert_close(distance, points.norm(dim=-1) - 0.6, atol=2e-3, rtol=0)
    torch.testing.assert_close(gradient.t(), direction, atol=0.06, rtol=0)


def test_gradients_reach_the_tables():
    """The hand-written gradient of the features against torch's own of the same sum."""
    grid = ball(16)
    cells, share = torch.arange(0, len(grid.corners), 7), torch.rand(3, len(range(0, len(grid.corners), 7)))
    goal = torch.randn(len(cells), grid.features.shape[1])
    (grid.query_features(cells, share) * goal).sum().backward()
    table = grid.features.detach().clone().requires_grad_()
    x, y, z = share
    total = 0
    for number in range(8):
        a, b, c = number >> 2, number >> 1 & 1, number & 1
        weight = (x if a else 1 - x) * (y if b else 1 - y) * (z if c else 1 - z)
        total = total + (weight[:, None] * table[grid.corners[cells, number].long()] * goal).sum()
    total.backward()
    torch.testing.assert_close(grid.features.grad, table.grad)


def test_gradients_of_the_distance_and_its_slope():
    """The hand-written gradient against finite differences, in double precision."""
    random = torch.Generator().manual_seed(0)
    table = torch.randn(30, generator=random, dtype=torch.float64, requires_grad=True)
    rows = torch.randint(30, (8, 12), generator=random, dtype=torch.int32)
    share = torch.rand(3, 12, generator=random, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda values: Trilinear.apply(values, rows, share), table)


def test_outside_of_the_band_is_nothing():
    cells, _ = ball().find_cells(torch.tensor([[0.0, 0, 0], [0.99, 0.99, 0.99], [5.0, 0, 0], [-5.0, 0, 0]]).t())
    assert (cells == -1).all()


def test_box_by_hand():
    low, high = torch.tensor([-1.0, -1, -1]), torch.tensor([1.0, 1, 1])
    start, end = intersect_box(
        torch.tensor([[-3.0, 0, 0], [0.0, 0, 0], [-3.0, 2, 0]]), torch.tensor([[1.0, 0, 0]] * 3), low, high
    )
    assert start[:2].tolist() == [2, 0]
    assert end[:2].tolist() == [4, 1]
    assert start[2] >= end[2]


def test_spans_reach_from_the_first_cell_to_the_inside():
    grid = ball()
    block = grid.occupancy.size
    origins = torch.tensor([[-3.0, 0.01, 0.01], [-3.0, 0.95, 0.95]])
    start, end = find_spans(grid.occupancy, origins, torch.tensor([[1.0, 0, 0]] * 2))
    entry = 3 - 0.6 - 5 * grid.spacing  # The band is four cells and one for the dilation.
    assert entry - 3 * block <= start[0] <= entry
    assert 2.4 + 3 * grid.spacing <= end[0] < 3  # It stops before the middle: the far side cannot be seen.
    assert end[1] <= start[1]


def test_no_sample_of_the_band_before_the_surface_is_skipped():
    grid = ball()
    generator = torch.Generator().manual_seed(2)
    origins = 2.5 * torch.nn.functional.normalize(torch.randn(300, 3, generator=generator), dim=-1)
    aims = torch.rand(300, 3, generator=generator) - 0.5
    directions = torch.nn.functional.normalize(aims - origins, dim=-1)
    start, end = find_spans(grid.occupancy, origins, directions)
    t = torch.arange(0.5, 4.5, 0.01)
    points = origins[:, None] + directions[:, None] * t[:, None]
    radius = points.norm(dim=-1)
    wanted = (radius > 0.6) & (radius < 0.6 + 3 * grid.spacing)
    wanted &= t < torch.where(radius < 0.6, t, torch.inf).amin(1, keepdim=True)  # Before the first way in.
    kept = (t >= start[:, None]) & (t <= end[:, None])
    assert kept[wanted].all()


def test_samples_are_placed_evenly():
    ray, t = place_samples(torch.tensor([1.0, 5.0, 2.0]), torch.tensor([2.0, 5.0, 2.5]), 0.4, 0.5)
    assert ray.tolist() == [0, 0, 0, 2, 2]
    torch.testing.assert_close(t, torch.tensor([1.2, 1.6, 2.0, 2.2, 2.6]))


def test_resampling_keeps_a_linear_field():
    points, shape = grid_points(np.array([1.0, 0.5, 0.7]), 0.1)
    volume = torch.from_numpy(points @ np.array([1.0, -2, 3], np.float32)).view(1, *shape)
    fine_points, fine = grid_points(np.array([0.9, 0.45, 0.65]), 0.03)
    found = resample(volume, 0.1, 0.03, fine).flatten()
    torch.testing.assert_close(found, torch.from_numpy(fine_points @ np.array([1.0, -2, 3], np.float32)))


def test_refining_keeps_the_surface():
    grid = ball(24)
    fine = run(refine(grid, np.ones(3), 48, 4.0, torch.Generator().manual_seed(0)))
    points = torch.tensor([[0.6, 0, 0], [0, -0.6, 0], [0.3464, 0.3464, 0.3464]])
    cells, share = fine.find_cells(points.t())
    assert (cells >= 0).all()
    assert fine.query(cells, share)[0].abs().max() < 0.01


def test_laplacian_and_eikonal_of_a_distance_are_small():
    grid = ball()
    generator = torch.Generator().manual_seed(0)
    assert grid.eikonal(2000, generator) < 1e-3
    assert grid.laplacian(2000, generator) < 1e-3
    with torch.no_grad():
        grid.distance.mul_(3)
    assert grid.eikonal(2000, generator).item() == pytest.approx(4, abs=0.1)
