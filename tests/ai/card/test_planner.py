"""Plans by hand-computed numbers."""

from __future__ import annotations

import pytest
from ada_forge.ai.card.planner import GIB, OVERHEAD, Needs, Part, Rung, choose_plans, explain, list_plans


def make_needs(**more):
    values = {
        "encoder": Part(2 * GIB, GIB // 4, GIB // 8),
        "denoiser": Part(5 * GIB, GIB, GIB // 2),
        "decoder": Part(GIB, 4 * GIB, GIB // 8),
        "tiles": {512: 2 * GIB, 256: GIB // 2},
    }
    return Needs(**values | more)


def test_peaks_by_hand():
    peaks = {plan.rung: (plan.peak - OVERHEAD) / GIB for plan in list_plans(make_needs())}
    assert peaks == {
        Rung.RESIDENT: 2 + 5 + 1 + 4,
        Rung.ENCODER_FIRST: 5 + 1 + 4,
        Rung.TILED: 5 + 1 + 2,
        Rung.MODEL_OFFLOAD: 5 + 1,
        Rung.SEQUENTIAL: 2 + 0.125,
        Rung.SMALL_TILES: 0.5 + 1,
    }


def test_a_plan_that_saves_nothing_is_left_out():
    small = make_needs(decoder=Part(GIB, GIB // 2, GIB // 8), tiles={512: GIB, 256: GIB})
    assert Rung.TILED not in {plan.rung for plan in list_plans(small)}  # The picture is smaller than a tile.
    assert Rung.SMALL_TILES not in {plan.rung for plan in list_plans(small)}


@pytest.mark.parametrize(
    ("free", "first", "said"),
    [
        (24, Rung.RESIDENT, "Everything fits"),
        (12, Rung.ENCODER_FIRST, "encoded first"),
        (10, Rung.TILED, "in tiles"),
        (8, Rung.MODEL_OFFLOAD, "One network at a time"),
        (4, Rung.SEQUENTIAL, "One layer at a time"),
        (1, Rung.SMALL_TILES, "Tries the smallest plan"),
    ],
)
def test_the_fastest_that_fits_is_chosen_and_said(free, first, said):
    plans = choose_plans(make_needs(), free * GIB)
    assert plans[0].rung is first
    assert said in str(explain(plans[0], free * GIB))
    assert plans[-1].rung is Rung.SMALL_TILES  # The ladder goes down to the bottom.


def test_without_a_figure_the_fastest_is_tried_first():
    plans = choose_plans(make_needs(), None)
    assert plans[0].rung is Rung.RESIDENT
    assert "not known" in str(explain(plans[0], None))


def test_plans_get_smaller():
    peaks = [plan.peak for plan in list_plans(make_needs())]
    assert peaks == sorted(peaks, reverse=True)
    assert len(set(peaks)) == len(peaks)
