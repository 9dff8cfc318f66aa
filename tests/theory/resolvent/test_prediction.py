"""Spectral methods and combined eigenvectors: against closed forms, independent quadrature, and samples."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq

import bendscape as bs
from bendscape.models import AveragedHessian, CustomPreprocessing, MondelliMontanari, Optimal, Trimming, WideHessian
from bendscape.models.network import LawEdge
from bendscape.simulation import draw, hessian_directions, span_overlap2, spectral_directions
from bendscape.simulation.sphere import random_students
from bendscape.theory.finite_size.airy import airy_points
from bendscape.theory.law.measure import BULK, CurvatureMeasure
from bendscape.theory.resolvent.prediction import teacher_outlier

METHODS = [
    Optimal(),
    Optimal(floor=0.1),
    WideHessian(1.5),
    AveragedHessian(2, 0.7),
    MondelliMontanari(1.0),
    Trimming(3.0),
]


@given(st.floats(0.01, 20), st.integers(1, 6))
@settings(max_examples=30, deadline=None)
def test_a_wide_hessian_is_the_network_of_infinite_width(a: float, p_star: int) -> None:
    one = bs.threshold(bs.SpectralMethod(WideHessian(a), p_star))
    other = bs.threshold(bs.QuadraticNetwork(math.inf, p_star, a))
    assert one.alpha == pytest.approx(other.alpha, rel=1e-9)
    assert one.edge == pytest.approx(-other.edge, rel=1e-8)
    assert one.kind == other.kind
    assert one.overlap2_jump == pytest.approx(other.overlap2_jump, abs=1e-7)


@pytest.mark.parametrize("p_star", [1, 2, 5])
def test_the_optimal_method_begins_at_weak_recovery(p_star: int) -> None:
    found = bs.threshold(bs.SpectralMethod(Optimal(), p_star))
    assert found.alpha == pytest.approx(p_star / 2, rel=1e-9)
    assert found.overlap2_jump == 0
    m2 = bs.overlap(bs.SpectralMethod(Optimal(), p_star), alpha=[0.49 * p_star, 0.52 * p_star, 2 * p_star]).overlap2
    assert m2[0] == 0 < m2[1] < 0.1 < 0.5 < m2[2]


def scalar(T: Any, p_star: int, breaks: list[float], g: float, power: int, label: bool) -> float:
    """`E[y^label (T/(1 - g T))^power]` by adaptive quadrature over `s = (p_star y)^{1/2}`."""
    norm = 2 ** (1 - p_star / 2) / math.gamma(p_star / 2)

    def density(s: float) -> float:
        y = s * s / p_star
        value = (T(y) / (1 - g * T(y))) ** power * (y if label else 1.0)
        return float(norm * s ** (p_star - 1) * math.exp(-s * s / 2) * value)

    near = [b * (1 - 10.0**-k) for b in breaks for k in range(1, 12)]  # where the weight is largest, and 1 - g T small
    ends = [1e-12, *(math.sqrt(p_star * b) for b in sorted([*near, *breaks])), 14.0]
    return float(sum(quad(density, a, b, limit=500, epsabs=1e-11)[0] for a, b in pairwise(ends)))


@pytest.mark.parametrize("p_star", [1, 2])
@pytest.mark.parametrize("preprocessing", METHODS)
def test_thresholds_solve_equations_written_out_again(preprocessing: Any, p_star: int) -> None:
    found = bs.threshold(bs.SpectralMethod(preprocessing, p_star))

    def mean(g: float, power: int, label: bool = False) -> float:
        return scalar(lambda y: float(preprocessing(y)), p_star, list(preprocessing.breaks), g, power, label)

    def meets(g: float) -> float:
        return g * mean(g, 2) - (mean(g, 1, True) - mean(g, 1))

    top = 1 / preprocessing.largest
    if found.kind == "continuous" and meets((1 - 1e-6) * top) > 0:
        g = brentq(meets, 0.02 * top, (1 - 1e-6) * top)
        alpha = 1 / (g**2 * mean(g, 2))
    else:
        g = (1 - 1e-9) * top
        alpha = 1 / (g * (mean(g, 1, True) - mean(g, 1)))
    assert found.alpha == pytest.approx(alpha, rel=1e-5)
    assert found.edge == pytest.approx(1 / g + alpha * mean(g, 1), rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("preprocessing", METHODS)
def test_samples_show_the_overlap(preprocessing: Any) -> None:
    method = bs.SpectralMethod(preprocessing, 2)
    alpha = 1.8 * bs.threshold(method).alpha
    limit = float(bs.overlap(method, alpha=[alpha]).overlap2[0])
    net, means = bs.QuadraticNetwork(1, 2, 1.0), []
    for N, samples in ((80, 24), (160, 12)):
        found = [
            span_overlap2(
                spectral_directions(draw(net, alpha=alpha, N=N, seed=(N, i)), preprocessing).basis,
                draw(net, alpha=alpha, N=N, seed=(N, i)).teacher,
            )
            for i in range(samples)
        ]
        means.append((np.mean(found), np.std(found, ddof=1) / math.sqrt(samples)))
    value, error = 2 * means[1][0] - means[0][0], math.hypot(2 * means[1][1], means[0][1])
    assert abs(value - limit) < 4 * error


@pytest.mark.parametrize("alpha", [0.4, 1.0, 6.0])
def test_the_edge_of_a_wishart_matrix_has_the_scale_of_johnstone(alpha: float) -> None:
    """`F = -1`: the centre and the scale of the largest eigenvalue of `X^T X` (Ann. Statist. 29, 295)."""
    one = np.ones(1)
    measure = CurvatureMeasure(
        -one, {BULK: one, "teacher": one}, LawEdge(-1.0, "power", -1.0, mean_square=np.inf), None
    )
    found, N = teacher_outlier(measure, alpha), 500
    m, n = math.sqrt(alpha * N), math.sqrt(N)
    assert found.edge == pytest.approx(-((m + n) ** 2) / N, rel=1e-9)
    mean, spacing = found.lowest_of_bulk(1, N)
    assert spacing == pytest.approx((m + n) * (1 / m + 1 / n) ** (1 / 3) / N, rel=1e-6)
    assert mean == pytest.approx(found.edge + (3 * math.pi / 8) ** (2 / 3) * spacing, rel=1e-9)


def test_points_of_the_airy_process_lie_where_the_formula_says() -> None:
    rng = np.random.default_rng(0)
    points = np.array([airy_points(5, rng) for _ in range(200)])
    formula = (3 * np.pi * (4 * np.arange(1, 6) - 3) / 8) ** (2 / 3)
    error = points.std(axis=0, ddof=1) / math.sqrt(len(points))
    assert np.all(np.abs(points.mean(axis=0) - formula) < 4 * error)
    assert np.all(error < 0.1)


@pytest.mark.parametrize("net", [bs.QuadraticNetwork(2, 2, 1.0), bs.Network(2, 1, activation="tanh")])
def test_directions_are_eigenvectors_of_the_weighted_covariance(net: Any) -> None:
    sample, weight = draw(net, alpha=3.0, N=40, seed=1), WideHessian(2.0)
    found = spectral_directions(sample, weight, number=2)
    values, vectors = np.linalg.eigh((sample.inputs * weight(sample.labels)[:, None]).T @ sample.inputs)
    assert np.allclose(found.pairs[0].values, values[:-3:-1], rtol=1e-8)
    assert np.allclose(np.abs(found.basis @ vectors[:, :-3:-1]), np.eye(2), atol=1e-6)


def test_a_custom_weight_is_what_it_says() -> None:
    same = CustomPreprocessing(lambda y: (y - 1) / (1.5 + y), largest=1.0)
    one, other = (bs.threshold(bs.SpectralMethod(T, 1)) for T in (same, WideHessian(1.5)))
    assert one.alpha == pytest.approx(other.alpha, rel=1e-12)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: bs.SpectralMethod(Optimal, 1), "preprocessing"),  # type: ignore[arg-type]
        (lambda: bs.SpectralMethod(Optimal(), 0), "p_star"),
        (lambda: MondelliMontanari(0.3), "1/2 or more"),
        (lambda: WideHessian(-1), "a = -1"),
        (lambda: Optimal(floor=1), "less than one"),
        (lambda: Optimal(floor=-0.1), "floor = -0.1"),
        (lambda: AveragedHessian(1.5, 1.0), "p = 1.5"),  # type: ignore[arg-type]
        (lambda: Trimming(0), "cut = 0"),
        (lambda: CustomPreprocessing(np.tanh, largest=0.5)(np.array([3.0])), "give its supremum"),
        (lambda: CustomPreprocessing(lambda y: y.sum(), largest=0.5)(np.array([3.0, 1.0])), "keeps it"),
        (lambda: bs.threshold(bs.SpectralMethod(Optimal(), 1), side="up"), "left, right"),  # type: ignore[call-overload]
        (lambda: bs.overlap(bs.SpectralMethod(Optimal(), 1), alpha=[-1.0]), "positive finite"),
    ],
)
def test_bad_methods_are_refused(make: Any, message: str) -> None:
    with pytest.raises(bs.errors.InvalidParameterError, match=message):
        make()


def test_a_jump_that_was_not_named_is_noticed() -> None:
    hidden = CustomPreprocessing(lambda y: np.where(y < 2.0, y, 0.0), largest=2.0, attained=True)
    with pytest.raises(bs.errors.AccuracyError, match="name the breaks"):
        bs.threshold(bs.SpectralMethod(hidden, 1))
    named = CustomPreprocessing(lambda y: np.where(y < 2.0, y, 0.0), largest=2.0, attained=True, breaks=(2.0,))
    trimmed = bs.threshold(bs.SpectralMethod(Trimming(2.0), 1))
    assert bs.threshold(bs.SpectralMethod(named, 1)).alpha == pytest.approx(trimmed.alpha, rel=1e-9)


@pytest.mark.parametrize("net", [bs.QuadraticNetwork(1, 1, 1.0), bs.QuadraticNetwork(3, 2, 1.0)])
def test_one_student_of_one_neuron_gains_nothing_and_more_always_gain(net: bs.QuadraticNetwork) -> None:
    alpha = 2 * bs.threshold(net).alpha
    each = float(bs.overlap(net, alpha=[alpha]).overlap2[0])
    found = [float(bs.overlap(bs.HessianMethod(net, k), alpha=[alpha]).overlap2[0]) for k in (1, 2, 4, 1000)]
    assert found[0] == pytest.approx(each, abs=1e-9) if net.p == 1 else found[0] > each + 0.01
    assert all(b > a + 0.01 for a, b in pairwise(found))
    assert found[-1] < 1


def test_combinations_below_threshold_and_at_infinite_width() -> None:
    net = bs.QuadraticNetwork(2, 1, 0.7)
    assert float(bs.overlap(bs.HessianMethod(net, 3), alpha=[0.5]).overlap2[0]) == 0
    wide = bs.QuadraticNetwork(math.inf, 1, 0.7)
    found = bs.overlap(bs.HessianMethod(wide, 5), alpha=[2.0])
    assert float(found.overlap2[0]) == float(found.overlap2_each[0])
    assert float(found.overlap2[0]) == pytest.approx(float(bs.overlap(wide, alpha=[2.0]).overlap2[0]), abs=1e-9)
    many = bs.overlap(bs.HessianMethod(bs.QuadraticNetwork(100, 1, 0.7), 5), alpha=[2.0])
    assert float(many.overlap2[0]) == pytest.approx(float(found.overlap2[0]), abs=0.02)


@pytest.mark.parametrize(("p", "p_star", "a", "alpha"), [(1, 1, 1.0, 2.5), (2, 1, 0.7, 2.0), (2, 2, 1.0, 4.0)])
def test_samples_show_the_combined_overlap(p: int, p_star: int, a: float, alpha: float) -> None:
    net, students = bs.QuadraticNetwork(p, p_star, a), (1, 5)
    means = []
    for N, samples in ((80, 24), (160, 12)):
        rows = []
        for i in range(samples):
            sample = draw(net, alpha=alpha, N=N, seed=(N, i))
            tried = random_students((p, N), max(students), np.random.default_rng(i))
            rows.append([span_overlap2(hessian_directions(sample, tried[:k]).basis, sample.teacher) for k in students])
        means.append((np.mean(rows, axis=0), np.std(rows, axis=0, ddof=1) / math.sqrt(samples)))
    value, error = 2 * means[1][0] - means[0][0], np.hypot(2 * means[1][1], means[0][1])
    limits = [float(bs.overlap(bs.HessianMethod(net, k), alpha=[alpha]).overlap2[0]) for k in students]
    assert np.all(np.abs(value - limits) < 4 * error)
    assert limits[1] - limits[0] > 0.05
