"""Teachers whose vectors have unequal lengths: the law of their labels, thresholds, outliers and overlaps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ive
from scipy.stats import gamma

import bendscape as bs
from bendscape.models import Network, Optimal, WideHessian, loss
from bendscape.simulation import draw, spectral_directions
from bendscape.theory.law.quadratic_neurons import QuadraticNeurons
from bendscape.theory.law.squares import log_density, squares_given_label

LABELS = np.geomspace(1e-9, 300.0, 40)
lengths2 = st.lists(st.floats(0.01, 1.0), min_size=1, max_size=6)


def normalised(*lengths: float) -> tuple[float, ...]:
    """Squared lengths of sum one."""
    squares = np.array(lengths) ** 2
    return tuple((squares / squares.sum()).tolist())


@pytest.mark.parametrize("ratio", [1.0, 2.0, 4.0, 30.0])
def test_two_vectors_have_the_moments_of_a_von_mises_law(ratio: float) -> None:
    """On the ellipse of one label, `2 theta` has the density `exp(kappa cos)`."""
    c = normalised(ratio, 1.0)
    kappa = LABELS / 4 * (1 / c[1] - 1 / c[0])
    bessel = ive(1, kappa) / ive(0, kappa)
    expected = [LABELS / (2 * c[0]) * (1 + bessel), LABELS / (2 * c[1]) * (1 - bessel)]
    np.testing.assert_allclose(squares_given_label(LABELS, c), expected, rtol=1e-9)


@pytest.mark.parametrize("p_star", [1, 2, 3, 5])
def test_equal_vectors_have_a_gamma_law(p_star: int) -> None:
    law = gamma(p_star / 2, scale=2 / p_star)
    np.testing.assert_allclose(log_density(LABELS[10:], (1 / p_star,) * p_star), law.logpdf(LABELS[10:]), atol=1e-9)
    np.testing.assert_allclose(
        squares_given_label(LABELS, (1 / p_star,) * p_star), np.tile(LABELS, (p_star, 1)), rtol=1e-9
    )


@given(lengths2)
@settings(max_examples=40, deadline=None)
def test_squares_add_up_to_the_label(c: list[float]) -> None:
    squares = squares_given_label(LABELS, c)
    np.testing.assert_allclose(np.array(c) @ squares, LABELS, rtol=1e-8)
    assert np.all(squares > 0)


def test_moments_are_those_of_samples() -> None:
    s2 = np.random.default_rng(1).standard_normal((400_000, 4)) ** 2
    c = (0.5, 0.3, 0.15, 0.05)
    near = np.abs(s2 @ c - 1.3) < 0.05
    means, error = s2[near].mean(axis=0), s2[near].std(axis=0) / np.sqrt(near.sum())
    assert np.all(np.abs(means - squares_given_label(np.array([1.3]), c)[:, 0]) < 4 * error + 1e-3)


@pytest.mark.parametrize("c", [normalised(2, 1), normalised(4, 1), normalised(3, 2, 1), normalised(5, 4, 3, 2, 1)])
@pytest.mark.parametrize("a", [0.5, 1.0, 3.0])
def test_the_longest_vector_has_the_threshold_of_its_share(c: tuple[float, ...], a: float) -> None:
    method = bs.SpectralMethod(WideHessian(a), len(c), teacher_weights=c)
    assert bs.threshold(method).alpha == pytest.approx((1 + a) / (2 * max(c)), rel=1e-9)


def test_equal_weights_are_no_weights() -> None:
    method = bs.SpectralMethod(Optimal(), 2, teacher_weights=(3, 3))
    assert method == bs.SpectralMethod(Optimal(), 2)
    assert str(method) == "Optimal(floor=0.0), p*=2"
    assert "c*=(0.8, 0.2)" in str(bs.SpectralMethod(Optimal(), 2, teacher_weights=(8, 2)))


@pytest.mark.parametrize("bad", [(1.0,), (1.0, -1.0), (np.nan, 1.0), "ab", (0.0, 1.0)])
def test_weights_that_are_no_squared_lengths_are_refused(bad: Any) -> None:
    with pytest.raises(ValueError, match="teacher_weights"):
        bs.SpectralMethod(Optimal(), 2, teacher_weights=bad)


@pytest.mark.parametrize("c", [normalised(2, 1), normalised(3, 2, 1)])
def test_points_on_rays_and_transforms_have_one_law(c: tuple[float, ...]) -> None:
    """Laplace transforms of the label, and of the label times each square, by both."""
    net = Network(1, len(c), teacher_weights=c, loss=loss("normalised", a=1.0))
    rule = QuadraticNeurons(net).teacher_label.rule(128)
    at = np.linspace(0.2, 4.0, 5)
    S = squares_given_label(rule.y, c)
    for power in (0, 1):
        weight = np.exp(-rule.y[:, None] * at) * rule.y[:, None] ** power
        matrices = np.einsum("nij,nk->kij", rule.products, weight)
        diagonal = (rule.weights * S) @ weight
        np.testing.assert_allclose(np.diagonal(matrices, axis1=1, axis2=2).T, diagonal, rtol=1e-7)


def test_samples_have_the_outliers_and_overlaps_of_each_vector() -> None:
    c, alpha, N = normalised(2, 1), 8.0, 300
    method = bs.SpectralMethod(WideHessian(1.0), 2, teacher_weights=c)
    outliers = [o for o in bs.spectrum(method, alpha=alpha).outliers if o.side == "right"][::-1]
    net = Network(2, 2, teacher_weights=c, loss=loss("normalised", a=1.0))
    rows = []
    for seed in range(16):
        sample = draw(net, alpha=alpha, N=N, seed=seed)
        directions = spectral_directions(sample, WideHessian(1.0))
        rows.append((directions.pairs[0].values, np.diag(directions.basis @ sample.teacher.T) ** 2 / N))
    values, overlaps = np.mean(rows, axis=0)
    errors = np.std(rows, axis=0, ddof=1) / 4
    for mean, error, expected in (
        (values, errors[0], [o.value for o in outliers]),
        (overlaps, errors[1], [o.overlap2_teacher.value for o in outliers]),
    ):
        assert np.all(np.abs(mean - expected) < 4 * error + 0.02)
