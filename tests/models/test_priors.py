"""Priors of a signal: posterior means and variances against quadrature, and their limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bendscape.errors import InvalidParameterError
from bendscape.models.priors import Gaussian, NonNegative, OnSupport, PurePhase, Sparse

Array = np.ndarray
PRIORS: list[Any] = [Gaussian(), Gaussian(complex_valued=False), NonNegative(), PurePhase(), Sparse(0.2)]
PRIORS += [Sparse(0.2, complex_valued=False)]


def by_rule(points: Array, weights: Array, r: complex, v: float, *, halves: float) -> tuple[complex, float]:
    """Posterior mean and variance of a law given by points and weights."""
    logs = -halves * np.abs(points - r) ** 2 / v
    share = weights * np.exp(logs - logs.max())
    share = share / share.sum()
    mean = np.sum(share * points)
    return complex(mean), float(np.sum(share * np.abs(points - mean) ** 2))


def normal_rule(complex_valued: bool) -> tuple[Array, Array]:
    """Points and weights of a normal law of mean square one."""
    x = np.linspace(-9, 9, 6001 if not complex_valued else 901)
    if not complex_valued:
        return x, np.exp(-(x**2) / 2)
    real, imaginary = np.meshgrid(x, x)
    points = (real + 1j * imaginary).ravel()
    return points, np.exp(-(np.abs(points) ** 2))


def sparse_rule(complex_valued: bool) -> tuple[Array, Array]:
    points, weights = normal_rule(complex_valued)
    return np.concatenate([points * 5**0.5, [0]]), np.concatenate([0.2 * weights / weights.sum(), [0.8]])


def half_rule() -> tuple[Array, Array]:
    x = np.linspace(0, 9, 200_001)
    weights = np.exp(-(x**2) / 2)
    weights[[0, -1]] /= 2  # the trapezoidal rule: it is cut at zero
    return x, weights


def circle_rule() -> tuple[Array, Array]:
    phase = 2 * np.pi * np.arange(4000) / 4000
    return np.exp(1j * phase), np.ones(4000)


RULES: list[tuple[Any, Callable[[], tuple[Array, Array]]]] = [
    (Gaussian(), lambda: normal_rule(True)),
    (Gaussian(complex_valued=False), lambda: normal_rule(False)),
    (NonNegative(), half_rule),
    (PurePhase(), circle_rule),
    (Sparse(0.2), lambda: sparse_rule(True)),
    (Sparse(0.2, complex_valued=False), lambda: sparse_rule(False)),
]


@pytest.mark.parametrize(("prior", "rule"), RULES, ids=lambda x: str(x) if not callable(x) else "")
@pytest.mark.parametrize("v", [0.05, 0.5, 20.0])
def test_posterior_is_that_of_a_sum_over_the_law(prior: Any, rule: Callable[[], tuple[Array, Array]], v: float) -> None:
    points, weights = rule()
    r = np.array([-1.3, 0.0, 0.4, 2.0]) + (0.7j if prior.complex_valued else 0)
    mean, variance = prior.posterior(r, v)
    for each, at in enumerate(r):
        expected = by_rule(points, weights, at, v, halves=1.0 if prior.complex_valued else 0.5)
        assert mean[each] == pytest.approx(expected[0], abs=2e-7)
        assert variance[each] == pytest.approx(expected[1], abs=2e-7)


@pytest.mark.parametrize("prior", PRIORS, ids=str)
def test_mean_square_is_one_before_anything_is_measured(prior: Any) -> None:
    mean, variance = prior.posterior(np.zeros(1, dtype=complex if prior.complex_valued else float), 1e9)
    assert abs(mean[0]) ** 2 + variance[0] == pytest.approx(1.0, rel=1e-6)


@given(v=st.floats(1e-14, 1e8), size=st.floats(1e-8, 1e3), phase=st.floats(0, 6.28))
@pytest.mark.parametrize("prior", PRIORS, ids=str)
def test_variance_is_positive_and_no_larger_than_that_of_the_message(
    prior: Any, v: float, size: float, phase: float
) -> None:
    r = size * np.exp(1j * phase)
    mean, variance = prior.posterior(np.array([r if prior.complex_valued else r.real]), v)
    assert np.isfinite(mean).all()
    assert variance[0] >= 0
    assert variance[0] <= v + np.abs(r) ** 2 + 1 or not isinstance(prior, Gaussian)


def test_far_below_zero_a_non_negative_number_is_exponential() -> None:
    """At `r < 0` and small `v` the law is `exp(r x/v)`: mean `v/|r|`, variance its square; the series joins."""
    mean, variance = NonNegative().posterior(np.array([-1.0]), 1e-10)
    assert mean[0] == pytest.approx(1e-10, rel=1e-8)
    assert variance[0] == pytest.approx(1e-20, rel=1e-8)
    v = 1e-3  # around 25 standard deviations
    r = -25.0 * ((1 + v) * v) ** 0.5 * np.array([1 - 1e-9, 1 + 1e-9])
    for values in NonNegative().posterior(r, v):
        assert values[0] == pytest.approx(values[1], rel=1e-6)


def test_outside_of_the_support_all_is_zero() -> None:
    prior = OnSupport(np.array([[True, False], [True, True]]), Gaussian(complex_valued=False))
    mean, variance = prior.posterior(np.ones(4), 1.0)
    assert mean.tolist() == [0.5, 0.0, 0.5, 0.5]
    assert variance.tolist() == [0.5, 0.0, 0.5, 0.5]


@pytest.mark.parametrize("share", [0.0, -0.1, 1.5, float("nan"), "half"])
def test_a_share_outside_of_zero_to_one_is_refused(share: Any) -> None:
    with pytest.raises(InvalidParameterError, match="share"):
        Sparse(share)


def test_a_support_is_true_and_false() -> None:
    for support in (np.zeros(3, dtype=bool), np.array([0.0, 1.0])):
        with pytest.raises(InvalidParameterError, match="support"):
            OnSupport(support)
