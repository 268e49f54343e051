import numpy as np
from ada_forge.ai.mesh import Mesh
from ada_forge.ai.projection.atlas import fill_margin, find_texels, suggest_size
from ada_forge.ai.projection.raster import overlapping_faces

SQUARE = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])
FACES = np.array([[0, 1, 2], [0, 2, 3]])


def test_every_texel_reads_its_own_place():
    texels = find_texels(SQUARE[FACES], 16)
    assert len(texels.index) == 256
    place = texels.interpolate(SQUARE, FACES)
    expected = (np.stack([texels.index % 16, texels.index // 16], -1) + 0.5) / 16
    np.testing.assert_allclose(place, expected, atol=1e-6)


def test_neighbours_share_an_edge_but_do_not_overlap():
    assert len(overlapping_faces(SQUARE[FACES], 64)) == 0


def test_faces_over_each_other_are_found_in_either_order():
    uv = SQUARE[FACES]
    apart = uv[:1] * 0.3 + [0.05, 0.65]  # In the upper left half, on the second face.
    np.testing.assert_array_equal(overlapping_faces(np.concatenate([uv, apart]), 64), [1, 2])
    np.testing.assert_array_equal(overlapping_faces(np.concatenate([apart, uv]), 64), [0, 2])


def test_margin_repeats_the_border_and_ends():
    image, known = np.zeros((9, 9, 1)), np.zeros((9, 9), bool)
    image[4, 3:5, 0], known[4, 3:5] = [0.2, 0.8], True
    filled = fill_margin(image, known, 2)[..., 0]
    assert filled[4, 1] == filled[2, 3] == 0.2
    assert filled[4, 6] == 0.8
    assert filled[4, 8] == filled[0, 0] == 0.5  # The mean of all.


def test_texture_holds_the_pixels_of_the_photographs():
    mesh = Mesh(np.zeros((4, 3)), FACES)
    # Half a million pixels in all, twice as many texels, on the whole square: a side of 1000.
    assert suggest_size(mesh, SQUARE[FACES], np.array([2.5e5, 2.5e5])) == 1024
    assert suggest_size(mesh, SQUARE[FACES] / 2, np.array([2.5e5, 2.5e5])) == 2048
    assert suggest_size(mesh, SQUARE[FACES], np.array([2.5e7, 2.5e7])) == 8192
    assert suggest_size(mesh, SQUARE[FACES], np.zeros(2)) == 1024
    many = np.tile(SQUARE[FACES][:1] * 0.002, (262_144, 1, 1))  # Each half of a 500th of a side: a half of all.
    assert suggest_size(mesh, many, np.full(len(many), 0.01)) == 1024
