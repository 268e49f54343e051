"""What is weak about photographs and about what was made of them, in whole sentences."""

from __future__ import annotations

import numpy as np

from ..errors import AdaError
from .dataset import Dataset
from .hull import Box
from .live import nearest_point

FEW, ENOUGH = 8, 20  # Photographs.
NARROW = 60.0  # Degrees between the outermost cameras, seen from the object.
ROUGH = 20.0  # dB on held-out photographs.
MANY = 0.2  # Share of the photographs.


def check_looks(dataset: Dataset) -> None:
    """Refuse cameras that look away from what they stand around.

    Raises:
        AdaError: more than half of them have the place that all axes pass nearest behind them.
    """
    poses = np.stack([view.camera.pose for view in dataset.train])
    looks = -poses[:, :3, 2]
    ahead = ((nearest_point(poses[:, :3, 3], looks) - poses[:, :3, 3]) * looks).sum(1)
    if (ahead < 0).mean() > 0.5:
        raise AdaError(
            "The cameras of '{path}' look away from what they surround. Export them with OpenGL axes: x right, y up, "
            "looking along -z; or set a crop box",
            path=dataset.path,
        )  # fmt: skip


def weak_points(dataset: Dataset, box: Box, psnr_test: float | None) -> list[AdaError]:
    """Say what a better result would need.

    Args:
        dataset: what was learned from.
        box: of the field.
        psnr_test: dB of held-out photographs; None without any.
    """
    notes, views = [], dataset.train
    if dataset.skipped:
        notes.append(
            AdaError("{count} photos were left out, {name} among them: no such file, or an empty mask",
                     count=len(dataset.skipped), name=dataset.skipped[0].name)
        )  # fmt: skip
    if len(views) < FEW:
        notes.append(
            AdaError("Only {count} photos: the shape is weak where few of them look. Take {enough} or more",
                     count=len(views), enough=ENOUGH)
        )  # fmt: skip
    away = np.stack([view.camera.center() for view in views]) - box.center
    away /= np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-12)
    spread = float(np.degrees(np.arccos(np.clip((away @ away.T).min(), -1, 1))))
    if spread < NARROW:
        notes.append(
            AdaError("All photos are within {angle:.0f} degrees: what they do not show is guessed. Walk further around",
                     angle=spread)
        )  # fmt: skip
    if psnr_test is not None and psnr_test < ROUGH:
        notes.append(
            AdaError("Held-out photos are met at {psnr:.1f} dB only: the poses may be off. Try Refine Poses",
                     psnr=psnr_test)
        )  # fmt: skip
    full = sum(bool((view.rgba[..., 3] >= 128).all()) for view in views) if dataset.has_masks() else 0
    if full > MANY * len(views):
        notes.append(
            AdaError("{count} masks hide nothing, so their photos say little of the outline. Check the masks",
                     count=full)
        )  # fmt: skip
    return notes
