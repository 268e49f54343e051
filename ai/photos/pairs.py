"""Which photos are compared with which. Every photo with every other is quadratic; beyond a few dozen, a choice."""

from __future__ import annotations

import numpy as np

ALL_UP_TO = 60  # Photos of which every pair is compared.
SIMILAR = 25  # Most similar photos that each is compared with beyond that.
CLUSTERS = 32
SAMPLE = 400  # Descriptors of each photo that describe it.


def choose_pairs(count: int, matching: str, similar: np.ndarray | None) -> list[tuple[int, int]]:
    """Return pairs of indices, the lower first, in order.

    Args:
        count: number of photos, in the order they were taken.
        matching: 'AUTO', 'ALL' or 'SEQUENCE'.
        similar: the photos most like each, (count, k); None where only the order counts.
    """
    if matching == 'ALL' or (matching == 'AUTO' and count <= ALL_UP_TO):
        return [(i, j) for i in range(count) for j in range(i + 1, count)]
    # Neighbours, and ever longer strides that keep a long sequence from drifting.
    near = range(1, 11) if matching == 'SEQUENCE' else range(1, 4)
    strides = {*near, *(2**power for power in range(4, 10))} if matching == 'SEQUENCE' else set(near)
    found = {(i, i + stride) for stride in strides for i in range(count - stride)}
    if similar is not None:
        found |= {(min(i, int(j)), max(i, int(j))) for i in range(count) for j in similar[i] if i != j}
    return sorted(found)


def needs_similar(count: int, matching: str) -> bool:
    """Whether `choose_pairs` wants to know which photos are alike."""
    return count > ALL_UP_TO and matching != 'ALL'


def learn_clusters(descriptors: np.ndarray, seed: int) -> np.ndarray:
    """Centres of descriptors (n, d) by k-means, (k, d) float32; k is at most `CLUSTERS`.

    Source: Lloyd, "Least squares quantization in PCM", 1982.
    """
    random = np.random.default_rng(seed)
    data = descriptors.astype(np.float32)
    centers = data[random.choice(len(data), min(CLUSTERS, len(data)), replace=False)]
    for _ in range(8):
        nearest = assign(data, centers)
        counts = np.bincount(nearest, minlength=len(centers))
        sums = np.zeros_like(centers)
        np.add.at(sums, nearest, data)
        centers = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], centers)
    return centers


def assign(data: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """Index of the centre (k, d) nearest to each row of (n, d)."""
    nearest: np.ndarray = ((centers * centers).sum(1) - 2 * data @ centers.T).argmin(1)
    return nearest


def describe(descriptors: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """One unit vector for a whole photo, (k * d,): the sum of residuals to the centres, square-rooted.

    Source: Jegou et al., "Aggregating local descriptors into a compact image representation", CVPR 2010 (VLAD);
    Arandjelovic & Zisserman, "All about VLAD", CVPR 2013 (normalised for each centre).
    """
    data = descriptors.astype(np.float32)
    vector = np.zeros_like(centers)
    if len(data):
        nearest = assign(data, centers)
        np.add.at(vector, nearest, data - centers[nearest])
    vector /= np.maximum(np.linalg.norm(vector, axis=1, keepdims=True), 1e-12)
    flat = vector.ravel()
    return flat / max(float(np.linalg.norm(flat)), 1e-12)


def most_similar(vectors: np.ndarray, count: int = SIMILAR) -> np.ndarray:
    """The rows of (n, d) most like each row, without itself, (n, min(count, n - 1)). Memory grows with n, not n^2."""
    count = min(count, len(vectors) - 1)
    found = np.empty((len(vectors), count), np.int64)
    for first in range(0, len(vectors), 128):
        block = vectors[first : first + 128] @ vectors.T
        block[np.arange(len(block)), first + np.arange(len(block))] = -np.inf
        found[first : first + 128] = np.argsort(-block, axis=1, kind="stable")[:, :count]
    return found
