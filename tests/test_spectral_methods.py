"""Spectral methods, `sum T(y) x x^T`, as networks whose loss is linear: against scalar equations and the literature."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

import bendscape as bs

AVERAGING = bs.Averaging(tolerance=2e-3, points=2**14, most=2**16)


def spectral(T: Callable[[Any], Any], name: str) -> bs.Network:
    """`F = T(y)`: a quadratic student with the loss `T(y) yhat/2`."""
    loss = bs.models.Loss(
        name,
        lambda y, yhat: T(y) * yhat / 2,
        lambda y, yhat: T(y) / 2 + 0 * yhat,
        lambda y, yhat: 0 * T(y) * yhat,
    )
    return bs.Network(1, 1, loss=loss)


def scalar_threshold(T: Callable[[float], float], top: float, breaks: list[float]) -> float:
    """`alpha` at which the outlier meets the right edge, from `quad` over `s`; `top` is the largest `T`."""

    def mean(f: Callable[[float], float]) -> float:
        def density(s: float) -> float:
            return 2 * f(s * s) * math.exp(-s * s / 2) / math.sqrt(2 * math.pi)

        ends = [0.0, *breaks, 12.0]
        return float(sum(quad(density, a, b, limit=400, epsabs=1e-10)[0] for a, b in pairwise(ends)))

    def meets(g: float) -> float:
        first = mean(lambda y: (y - 1) * T(y) / (1 - g * T(y)))
        second = mean(lambda y: (T(y) / (1 - g * T(y))) ** 2)
        return g * second - first

    g = float(brentq(meets, 1e-3 / top, (1 - 1e-3) / top))
    return 1 / (g**2 * mean(lambda y: (T(y) / (1 - g * T(y))) ** 2))


@pytest.mark.parametrize("cut", [2.0, 3.0])
def test_trimming(cut: float) -> None:
    net = spectral(lambda y: np.where(y < cut, y, 0.0), f"trimmed at {cut}")
    found = bs.threshold(net, side="right", averaging=AVERAGING)
    exact = scalar_threshold(lambda y: y if y < cut else 0.0, cut, [math.sqrt(cut)])
    # the step in T is what costs the grid its accuracy
    assert found.alpha == pytest.approx(exact, abs=4 * found.error + 5e-3 * exact)
    assert found.kind == "continuous"


@pytest.mark.parametrize("delta", [0.6, 1.0, 2.0])
def test_mondelli_montanari(delta: float) -> None:
    """At `g = 1` all averages are closed: `alpha = (delta/2)^{1/2}`, and the edge is smooth up to `alpha = delta`."""
    shift = math.sqrt(2 * delta) - 1
    net = spectral(lambda y: (y - 1) / (y + shift), f"Mondelli-Montanari {delta}")
    found = bs.threshold(net, side="right", averaging=AVERAGING)
    assert found.alpha == pytest.approx(math.sqrt(delta / 2), abs=4 * found.error + 1e-4)
    assert found.kind == "discontinuous"


@pytest.mark.parametrize("p_star", [1, 2])
def test_the_optimal_method_begins_at_the_weak_recovery_limit(p_star: int) -> None:
    net = bs.Network(1, p_star, loss="(1 - 1/y)*yhat/2")
    found = bs.threshold(net, side="right", averaging=AVERAGING)
    limit = bs.theory.weak_recovery_limit(net)
    assert found.alpha == pytest.approx(p_star / 2, abs=4 * found.error + 2e-3)
    assert limit.alpha == pytest.approx(p_star / 2, abs=4 * limit.error)
