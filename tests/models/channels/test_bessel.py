"""Ratios of Bessel functions against mpmath, from 1e-300 to 1e300."""

from __future__ import annotations

import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bendscape.models.channels.bessel import log_bessel, sphere_mean, sphere_moments

DIMENSIONS = (1, 2, 3, 4, 5, 7, 20, 50, 100)


def exact(p: int, kappa: float) -> tuple[Any, Any, Any]:
    """`A`, `A'` and the logarithm of the scaled Bessel function, with 700 digits where kappa is small."""
    with mp.workdps(700 if kappa < 1e-4 else 60):
        k, order = mp.mpf(kappa), mp.mpf(p) / 2 - 1
        below = mp.besseli(order, k)
        mean = mp.besseli(order + 1, k) / below
        slope = mp.sech(k) ** 2 if p == 1 else 1 - mean**2 - (p - 1) * mean / k
        return mean, slope, mp.log(below) - k - order * mp.log(k / 2)


@pytest.mark.parametrize("p", DIMENSIONS)
def test_moments_have_all_digits(p: int) -> None:
    switch = 40.0 + 2 * p**2
    kappas = [1e-300, 1e-30, 1e-8, 1e-3, 0.1, 0.999, 1.001, 3.0, 30.0, 300.0, switch - 1, switch + 1, 1e5, 1e6]
    mean, slope, ratio = sphere_moments(p, kappas)
    scaled = log_bessel(p, np.array(kappas))
    for i, kappa in enumerate(kappas):
        a, b, c = exact(p, kappa)
        assert mean[i] == pytest.approx(float(a), rel=1e-12, abs=0)
        assert ratio[i] == pytest.approx(float(a / kappa), rel=1e-12, abs=0)
        # the difference of two terms close to one loses digits where many dimensions meet a large kappa
        assert slope[i] == pytest.approx(float(b), rel=1e-11 if p < 10 else 1e-8, abs=1e-250)
        assert scaled[i] == pytest.approx(float(c), rel=1e-11, abs=1e-11)


@pytest.mark.parametrize("p", DIMENSIONS)
@pytest.mark.parametrize("kappa", [1e8, 1e50, 1e150, 1e300])
def test_limits_of_large_kappa(p: int, kappa: float) -> None:
    mean, slope, ratio = (float(x) for x in sphere_moments(p, kappa))
    assert 1 - mean == pytest.approx((p - 1) / (2 * kappa), rel=1e-3, abs=2e-16)
    assert slope == pytest.approx((p - 1) / 2 / kappa / kappa, rel=1e-3)
    assert ratio == pytest.approx(1 / kappa, rel=1e-3)
    expected = -0.5 * math.log(2 * math.pi * kappa) - (p / 2 - 1) * math.log(kappa / 2)
    assert float(log_bessel(p, np.array(kappa))) == pytest.approx(expected, rel=1e-6)


@given(st.integers(1, 100), st.floats(-300, 300))
def test_moments_lie_between_their_bounds(p: int, exponent: float) -> None:
    """The three moments belong to a law of unit vectors: its second moments add up to one."""
    mean, slope, ratio = (float(x) for x in sphere_moments(p, 10.0**exponent))
    assert 0 <= mean <= 1
    assert 0 <= slope <= 1 / p + 1e-15
    assert 0 <= ratio <= 1 / p + 1e-15
    assert mean**2 + slope + (p - 1) * ratio == pytest.approx(1.0, abs=1e-12)


@given(st.integers(1, 100), st.floats(1e-3, 1e3))
def test_the_slope_is_the_derivative_of_the_mean(p: int, kappa: float) -> None:
    h = 1e-4 * kappa
    ends = sphere_mean(p, np.array([kappa - h, kappa + h]))
    assert (ends[1] - ends[0]) / (2 * h) == pytest.approx(float(sphere_moments(p, kappa)[1]), rel=1e-6, abs=1e-11 / h)
