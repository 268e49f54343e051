import numpy as np
from ada_forge.ai.photos import pairs


def test_few_photos_are_all_compared():
    assert pairs.choose_pairs(4, 'AUTO', None) == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    assert not pairs.needs_similar(4, 'AUTO')


def test_pairs_of_two_thousand_photos_grow_with_their_number():
    similar = np.random.default_rng(0).integers(0, 2000, (2000, pairs.SIMILAR))
    found = pairs.choose_pairs(2000, 'AUTO', similar)
    assert pairs.needs_similar(2000, 'AUTO')
    assert len(found) <= 2000 * (pairs.SIMILAR + 3)
    assert len(set(found)) == len(found)
    assert all(i < j for i, j in found)
    assert {(7, 8), (7, 9), (7, 10)} <= set(found)


def test_a_sequence_has_long_strides():
    found = set(pairs.choose_pairs(700, 'SEQUENCE', None))
    assert {(0, 1), (0, 10), (0, 16), (0, 512)} <= found
    assert (0, 11) not in found
    assert len(found) < 700 * 17


def test_photos_of_one_place_are_found_by_their_features():
    """Each of six places has features of its own; every photo shows some of one place, mixed with common ones."""
    random = np.random.default_rng(3)
    places = random.integers(0, 256, (6, 60, 128))
    common = random.integers(0, 256, (40, 128))
    photos = []
    for number in range(30):
        own = places[number % 6][random.choice(60, 40, replace=False)]
        noise = random.integers(-8, 9, (80, 128))
        photos.append(np.clip(np.concatenate([own, common]) + noise, 0, 255).astype(np.uint8))
    centers = pairs.learn_clusters(np.concatenate(photos[::3]), 0)
    vectors = np.stack([pairs.describe(photo, centers) for photo in photos])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    similar = pairs.most_similar(vectors, 4)
    assert similar.shape == (30, 4)
    for number, others in enumerate(similar):
        assert {int(other) % 6 for other in others} == {number % 6}
        assert number not in others


def test_a_photo_without_features_is_described_too():
    centers = np.eye(3, 128, dtype=np.float32)
    assert not pairs.describe(np.zeros((0, 128), np.uint8), centers).any()
    assert pairs.most_similar(np.eye(2), 25).tolist() == [[1], [0]]
