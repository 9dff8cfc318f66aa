"""Labels that noise has made negative: accepted, counted, and without weight by their sign."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import bendscape as bs
from bendscape.errors import DataWarning, InvalidParameterError
from bendscape.estimators import HessianSpectralEstimator, SpectralEstimator
from bendscape.models import AveragedHessian, MondelliMontanari, Optimal, WideHessian
from bendscape.simulation import RandomStart, SpectralStart, span_overlap2, standardise

NET = bs.QuadraticNetwork(1, 1, 1.0)


def noisy(size: float, M: int = 800, N: int = 80) -> tuple[Any, Any, Any]:
    """Inputs, labels of mean one with additive noise, and the vector."""
    rng = np.random.default_rng(3)
    X, v = rng.standard_normal((M, N)), rng.standard_normal(N)
    v /= np.linalg.norm(v)
    return X, (X @ v) ** 2 + size * rng.standard_normal(M), v


def quietly(run: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return run()


@pytest.mark.parametrize(
    "start", [None, SpectralStart(Optimal(floor=0.1)), SpectralStart(WideHessian(1.0)), RandomStart()]
)
@pytest.mark.parametrize("size", [0.03, 0.3])
def test_the_vector_is_recovered(start: Any, size: float) -> None:
    X, y, v = noisy(size)
    assert y.min() < -size
    result = quietly(lambda: bs.recover(X, y, p_star=1, start=start))
    assert span_overlap2(result.weights, v[None]) > 1 - 0.2 * size**2
    assert result.lengths[0] == pytest.approx(1, abs=0.1 * size)
    assert result.verdict.sufficient


@pytest.mark.parametrize("estimator", [SpectralEstimator(), HessianSpectralEstimator(random_state=0)])
def test_estimators_take_them(estimator: Any) -> None:
    X, y, v = noisy(0.3)
    fitted = quietly(lambda: estimator.fit(X, y))
    assert span_overlap2(fitted.components_, v[None]) > 0.8
    assert fitted.verdict_.status == "signal"


@pytest.mark.parametrize("size", [0.03, 0.3, 1.0])
def test_the_noise_is_named(size: float) -> None:
    X, y, _ = noisy(size)
    result = standardise(NET, X, y, rng=np.random.default_rng(0))
    (finding,) = result.findings
    assert f"{np.sum(y < 0)} of 800 labels are below zero" in finding.text
    named = float(finding.text.split("additive noise of ")[1].split()[0])
    assert 0.7 * size < named < 1.05 * size
    assert result.sample.labels.min() == 0


def test_rounding_below_zero_is_no_noise() -> None:
    X, y, _ = noisy(0.0)
    below = np.where(y < np.quantile(y, 0.1), -1e-13, y)
    zero = np.maximum(below, 0)
    one, other = (standardise(NET, X, labels, rng=np.random.default_rng(0)) for labels in (below, zero))
    assert not any("below zero" in each.text for each in one.findings)
    np.testing.assert_array_equal(one.sample.labels, other.sample.labels)


def test_a_dark_level_that_was_taken_away_is_given_back() -> None:
    X, y, _ = noisy(0.0)
    (finding,) = standardise(NET, X, y - 0.2, rng=np.random.default_rng(0)).findings
    assert "add that" in finding.remedy


@pytest.mark.parametrize("spoil", [lambda y: y - y.mean(), lambda y: -y, lambda y: y * np.sign(np.sin(1e6 * y))])
def test_more_than_noise_is_refused(spoil: Any) -> None:
    X, y, _ = noisy(0.0)
    with pytest.raises(InvalidParameterError, match="more than noise on the labels"):
        bs.recover(X, spoil(y))


@pytest.mark.parametrize(
    "weight", [WideHessian(1.0), AveragedHessian(2, 1.0), MondelliMontanari(2.0), Optimal(floor=0.1)]
)
def test_weights_of_labels_below_zero_are_those_of_zero(weight: Any) -> None:
    """`1/(a + y)` has a pole at `-a`, and beyond it another sign."""
    np.testing.assert_array_equal(weight([-0.5, -1.0, -3.0]), weight([0.0, 0.0, 0.0]))
    assert np.all(np.isfinite(weight([-1.0])))
