"""Places where the numerics once failed, or would without a measure taken for them."""

from __future__ import annotations

import math

import numpy as np
import pytest

import bendscape as bs
from bendscape.errors import AccuracyError, LimitError


@pytest.mark.parametrize(
    ("p", "p_star", "a", "alpha"),
    [
        (1, 17, 418.0, 2351.0),
        (1, 5, 480.6, 1252.0),
        (1, 98, 25.21, 4.077e4),
        (3, 27, 610.03, 27694.97),
        (1, 4, 986.6, 661.9),
    ],
)
def test_narrow_bulks_far_from_zero_are_resolved_everywhere(p: int, p_star: int, a: float, alpha: float) -> None:
    found = bs.spectrum(bs.QuadraticNetwork(p, p_star, a), alpha=alpha)
    mean = found.moment(1)
    width = math.sqrt(found.moment(2) - mean**2)
    # far right of the mean the density is exponentially small, and Newton's method likes the other branch
    x = np.concatenate([[found.left_edge.value], mean + width * np.linspace(-6, 9, 1500)])
    x = np.unique(np.maximum(x, found.left_edge.value))
    curves = found.curves(x)
    assert bool(curves.converged.all())
    # the trapezoidal rule itself misses a few 1e-5 at a square-root edge; a point on the wrong branch would miss 1e-2
    assert float(np.trapezoid(curves.density, x)) == pytest.approx(found.mass(high=float(x[-1])), abs=2e-4)


@pytest.mark.parametrize("p", [5, 6, 9])
def test_alpha_smooth_at_a_zero_is_exact(p: int) -> None:
    """`1/alpha_smooth = E[(1 - y/c)^2]` in moments of chi-squared variables, `E[1/yhat] = p/(p - 2)` and so on."""
    first, second = p / (p - 2), p**2 / ((p - 2) * (p - 4))
    exact = sum(w * (1 - 2 * first / m + 3 * second / m**2) for w, m in (((p - 1) / p, 1), (1 / p, 3)))
    net = bs.QuadraticNetwork(p, 1, 0.0)
    assert bs.threshold(net).alpha_smooth == pytest.approx(1 / exact, rel=1e-12)
    edge = bs.spectrum(net, alpha=0.5 / exact).left_edge
    assert (edge.kind, edge.exponent) == ("power", p / 2 - 1)
    assert edge.alpha_smooth == pytest.approx(1 / exact, rel=1e-12)


@pytest.mark.parametrize("a", [0.0215, 0.7, 40.0])
def test_a_right_edge_closer_to_the_end_of_the_law_than_rounding(a: float) -> None:
    """At `p = inf, p_star = 4` the average `<A^2>` diverges only like a logarithm at the right end."""
    found = bs.spectrum(bs.QuadraticNetwork(math.inf, 4, a), alpha=0.3)
    assert found.right_edge is not None
    assert found.right_edge.stieltjes <= a
    assert found.mass() == pytest.approx(1.0, abs=1e-6)


def test_the_pole_of_zero_eigenvalues_is_an_error_and_its_neighbourhood_is_not() -> None:
    found = bs.spectrum(bs.QuadraticNetwork(2, 1, 1.5), alpha=0.25)
    with pytest.raises(LimitError, match=r"0\.75"):
        found.stieltjes(0.0)
    assert found.stieltjes(1e-9j) * 1e-9j == pytest.approx(0.75, abs=1e-7)
    # the density has a cusp there for p + p_star = 3, like the law of f: a square root on the negative side
    below, at, above = found.density([-1e-9, 0.0, 1e-9])
    assert above == pytest.approx(at, abs=1e-8)
    assert at - below == pytest.approx((at - found.density(-1e-7)) / 10, rel=1e-2)
    assert found.mass(-1e-9, 1e-9) == pytest.approx(0.75, abs=1e-7)


def test_a_logarithmic_divergence_is_no_silent_number() -> None:
    found = bs.spectrum(bs.QuadraticNetwork(1, 1, 1.5), alpha=0.25)
    with pytest.raises(AccuracyError, match="largest error"):
        found.density(1e-7)
    assert not bool(found.curves([1e-7]).converged.any())
