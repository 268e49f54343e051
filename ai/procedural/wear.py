"""What time does to a material: dirt, moss, wear, cracks, rain, scratches."""

from __future__ import annotations

import numpy as np

from .noise import Canvas, mix, ramp
from .recipe import Maps


def apply_wear(c: Canvas, wear: str, m: Maps) -> Maps:
    """Return the maps after one kind of wear from `recipe.WEARS`; 'none' changes nothing."""
    return {
        "none": _none,
        "dirty": _dirty,
        "mossy": _mossy,
        "worn": _worn,
        "cracked": _cracked,
        "wet": _wet,
        "scratched": _scratched,
    }[wear](c, m)


def _relief(m: Maps) -> np.ndarray:
    return (m.height - m.height.mean()) / (m.height.std() + np.float32(1e-6))


def _none(c: Canvas, m: Maps) -> Maps:
    return m


def _dirty(c: Canvas, m: Maps) -> Maps:
    grime = ramp(-0.1, 1.5, c.noise(2.8, 1, 24) - 0.35 * _relief(m))
    color = mix(m.color, m.color * np.array([0.40, 0.34, 0.27], np.float32), grime * 0.85)
    return Maps(color, m.height, mix_scalar(m.roughness, 0.95, grime), m.metallic * (1 - grime), m.emission)


def _mossy(c: Canvas, m: Maps) -> Maps:
    spread = ramp(0.05, 0.75, c.noise(2.8, 1, 24) - 0.35 * _relief(m))
    tufts = c.noise(1.0, 8)
    green = np.array([0.24, 0.37, 0.12], np.float32) * (1 + 0.25 * tufts)[..., None]
    height = m.height + spread * (0.006 + 0.002 * tufts)
    return Maps(
        mix(m.color, np.clip(green, 0, 1), spread * 0.92),
        height,
        mix_scalar(m.roughness, 0.95, spread),
        m.metallic * (1 - spread),
    )


def _worn(c: Canvas, m: Maps) -> Maps:
    rubbed = ramp(0.2, 1.2, c.noise(2.2, 2, 30) + 0.3 * _relief(m))
    color = mix(m.color, np.clip(m.color * 0.55 + 0.40, 0, 1), rubbed * 0.65)
    return Maps(color, m.height - rubbed * 0.001, m.roughness, m.metallic, m.emission)


def _cracked(c: Canvas, m: Maps) -> Maps:
    cells = c.voronoi(int(c.rng.integers(3, 5)), jitter=1.0, bend=0.035)
    crack = ramp(0.028, 0.006, cells.edge) * ramp(-0.9, -0.3, c.noise(2.6, 1, 8))
    return Maps(
        m.color * (1 - 0.78 * crack)[..., None],
        m.height - 0.008 * crack,
        mix_scalar(m.roughness, 1.0, crack),
        m.metallic,
    )


def _wet(c: Canvas, m: Maps) -> Maps:
    puddle = ramp(0.1, 0.7, c.noise(3.0, 1, 10) - 0.5 * _relief(m))
    dark = m.color * (0.66 - 0.14 * puddle)[..., None]
    sky = np.array([0.62, 0.70, 0.78], np.float32)
    height = mix_scalar(m.height, float(np.quantile(m.height, 0.6)), puddle)
    return Maps(mix(dark, sky, puddle * 0.30), height, mix_scalar(m.roughness * 0.5, 0.04, puddle), m.metallic)


def _scratched(c: Canvas, m: Maps) -> Maps:
    which, along, _ = c.strokes(34, 0.38, 1.5 / 128, (0, np.pi), 0.1)
    line = (which > 0) * ramp(1.0, 0.7, along)
    color = mix(m.color, np.clip(m.color * 1.4 + 0.16, 0, 1), line * (0.35 + 0.5 * which))
    return Maps(color, m.height - 0.0015 * line, mix_scalar(m.roughness, 0.6, line), m.metallic)


def mix_scalar(a: np.ndarray, b: float, t: np.ndarray) -> np.ndarray:
    """Blend an image (h, w) towards a number."""
    return (a + (b - a) * t).astype(np.float32)
