"""What pilots tell, against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest


@pytest.fixture
def noise(ext):
    return ext(".render.tune_noise")


@pytest.fixture
def plans(ext):
    return ext(".render.tune_plan")


def flat(value, side=12):
    return np.full((side, side, 3), value)


def test_display_and_its_slope(noise):
    assert noise.displayed(np.array([0.0, 0.002, 0.5, 1.0, 7.0])) == pytest.approx(
        [0, 0.02584, 0.735357, 1, 1], abs=1e-5
    )
    assert noise.display_slope(np.array([0.001, 2.0])) == pytest.approx([12.92, 0.0])
    step = 1e-5
    rise = (noise.displayed(np.array(0.3 + step)) - noise.displayed(np.array(0.3 - step))) / (2 * step)
    assert noise.display_slope(np.array(0.3)) == pytest.approx(float(rise), rel=1e-4)


def test_a_box_of_nine_pixels(noise):
    picture = np.zeros((5, 5, 1))
    picture[2, 2] = 9.0
    assert noise.smooth(picture, 1)[..., 0].tolist() == np.pad(np.ones((3, 3)), 1).tolist()
    assert noise.smooth(flat(3.0)) == pytest.approx(flat(3.0))


def test_variance_and_deviation_of_normal_noise(noise):
    numbers = np.random.default_rng(4)
    first, second = (1.0 + 0.5 / math.sqrt(16) * numbers.normal(size=(64, 64, 3)) for _ in range(2))
    assert noise.sample_variance(first, second, 16).mean() == pytest.approx(0.25, rel=0.04)
    assert noise.sample_deviation(first, second, 16).mean() == pytest.approx(0.5, rel=0.02)


def test_samples_of_a_pixel_by_hand(noise):
    # Brightness 0.27 over three channels, deviation 0.03 in each:
    # 0.5 (sqrt(2 / pi) 0.09 / (0.01 (sqrt(0.27) + 1e-4)))^2.
    expected = 0.5 * (math.sqrt(2 / math.pi) * 0.09 / (0.01 * (math.sqrt(0.27) + 1e-4))) ** 2
    assert expected == pytest.approx(95.45, abs=0.1)
    assert noise.adaptive_samples(flat(0.03), flat(0.09), 0.01, 1024) == pytest.approx(np.full((12, 12), expected))
    assert noise.adaptive_samples(flat(0.0), flat(0.09), 0.01, 1024).max() == noise.least_samples(0.01) == 64
    assert noise.adaptive_samples(flat(9.0), flat(0.09), 0.01, 1024).min() == 1024


def test_noise_that_is_left_by_hand(noise):
    slope = float(noise.display_slope(np.array(0.2)))
    assert noise.noise_error(flat(0.04), flat(0.2), 100.0) == pytest.approx(slope**2 * 0.04 / 100.0)
    assert noise.noise_error(flat(0.04), flat(1.5), 100.0) == 0.0  # White stays white.


def test_bias_is_what_two_seeds_agree_on(noise):
    numbers = np.random.default_rng(2)
    specks = [np.where(numbers.random((40, 40, 1)) < 0.002, 5.0, 0.0) * np.ones(3) for _ in range(2)]
    taken = float(noise.displayed(np.array(0.3)) - noise.displayed(np.array(0.2))) ** 2
    assert noise.bias_error([flat(0.1, 40)] * 2, flat(0.2, 40)) == pytest.approx(taken)
    own = np.mean((noise.displayed(0.2 + noise.smooth(specks[0], 1)) - noise.displayed(np.array(0.2))) ** 2)
    assert noise.bias_error(specks, flat(0.2, 40)) < 0.1 * own


def test_gain_of_half_the_variance(noise):
    numbers = np.random.default_rng(1)
    base = [0.5 + 0.02 * numbers.normal(size=(48, 48, 3)) for _ in range(2)]
    other = [0.5 + 0.02 / math.sqrt(2) * numbers.normal(size=(48, 48, 3)) for _ in range(2)]
    gain = noise.compare(base, other, 0.8)
    assert gain.variance == pytest.approx(0.5, rel=0.08)
    assert gain.speed == pytest.approx(1 / (0.8 * gain.variance))
    assert 1.0 < gain.sure_speed < gain.speed
    assert noise.compare(base, base, 1.0).sure_speed == 1.0


@pytest.mark.parametrize("share", [0.25, 1.0, 2.0])
def test_first_picture_of_a_candidate_shows_its_variance(noise, share):
    numbers = np.random.default_rng(4)
    shared = [
        numbers.normal(size=(96, 96, 3)) for _ in range(2)
    ]  # Of a seed: the candidate's noise is like the base's.
    base = [0.5 + 0.02 * values for values in shared]
    first = 0.5 + 0.02 * math.sqrt(share) * (0.8 * shared[0] + 0.6 * numbers.normal(size=(96, 96, 3)))
    assert noise.first_speed(base, first, 0.8) == pytest.approx(1 / (0.8 * share), rel=0.1)


def light(plans, deviation, bias=0.0):
    return plans.Light(flat(0.2), flat(deviation**2), flat(deviation), bias)


def test_without_bias_the_goal_stays(plans):
    goal = light(plans, 0.05)
    plan = plans.choose_plan(goal, {10.0: goal, 0.0: goal}, 1024)
    assert (plan.threshold, plan.cap, plan.clamp) == (0.01, 1024, 10.0)
    assert plan.error == pytest.approx(plan.goal_error)


def test_where_the_clamp_is_at_fault_less_samples_do_without_it(plans):
    goal = light(plans, 0.1)
    level = plans.choose_plan(goal, {10.0: goal}, 1024).goal_error
    goal = light(plans, 0.1, 5.0 * level)
    plan = plans.choose_plan(goal, {10.0: goal, 0.0: light(plans, 0.11)}, 1024)
    assert plan.clamp == 0.0
    assert plan.threshold > 0.01
    assert plan.error <= plan.goal_error
    assert plan.samples < 0.5 * plan.goal_samples
    assert plan.clamp_share == pytest.approx(5 / 6)


def test_the_cap_stays_where_a_lower_one_spares_few_samples_only(plans):
    """A noisy pixel at the cap: half of it would save little and leave just that one noisier."""
    deviation = flat(0.2)
    deviation[0, 0] = 2.0
    open_ = plans.Light(flat(0.2), deviation**2, deviation, 0.0)
    level = plans.choose_plan(open_, {10.0: open_}, 1024).goal_error
    goal = plans.Light(flat(0.2), deviation**2, deviation, 5.0 * level)
    plan = plans.choose_plan(goal, {10.0: goal, 0.0: open_}, 1024)
    assert (plan.clamp, plan.cap) == (0.0, 1024)
    assert plan.threshold > 0.01
    assert plan.samples < 0.5 * plan.goal_samples


def test_time_that_switches_save_goes_into_quality_in_part(plans):
    goal = light(plans, 0.1)
    plan = plans.choose_plan(goal, {10.0: goal}, 1024, speed=4.0)
    assert plan.threshold == pytest.approx(0.007)
    assert plan.error < plan.goal_error
    assert plan.samples < 4.0 * plan.goal_samples
