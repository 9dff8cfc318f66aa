"""The best loss of a family, and the weak-recovery limit."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bendscape as bs
from bendscape.errors import InvalidParameterError, LimitError
from bendscape.models import LabelWeight, loss, weighted
from bendscape.theory.loss_design import objective
from bendscape.theory.loss_design.radial import Radial

ANY: Any = bs
FEW = bs.Averaging(points=2**12, most=2**12, tolerance=1.0)


@pytest.mark.parametrize("p_star", [1, 2, 3, 5])
def test_the_limit_of_the_paper(p_star: int) -> None:
    found = bs.theory.weak_recovery_limit(bs.QuadraticNetwork(2, p_star, 1.0))
    assert found.kind == "quadratic"
    assert abs(found.alpha - p_star / 2) < 4 * found.error
    assert found.error < 2e-3 * p_star


def test_the_limit_of_additive_noise_against_quadrature() -> None:
    """`E[(E[s^2 | y] - 1)^2]` by Bayes on a grid."""
    noise = 0.5
    s = np.linspace(-9, 9, 4001)
    prior = np.exp(-(s**2) / 2) * (s[1] - s[0]) / math.sqrt(2 * math.pi)
    y = np.linspace(-3, 60, 6301)
    joint = np.exp(-(((y[:, None] - s**2) / noise) ** 2) / 2) / (noise * math.sqrt(2 * math.pi)) * prior
    density = joint.sum(axis=1)
    kept = density > 1e-250
    first = (joint @ s**2)[kept] / density[kept]
    exact = 1 / np.sum(density[kept] * (first - 1) ** 2 * (y[1] - y[0]))
    found = bs.theory.weak_recovery_limit(bs.Network(1, 1, noise=bs.Noise(additive=noise)))
    assert found.alpha == pytest.approx(exact, abs=4 * found.error + 1e-6)
    assert found.alpha == pytest.approx(exact, rel=2e-3)


def test_odd_labels_tell_at_once_and_some_hardly_ever() -> None:
    found = bs.theory.weak_recovery_limit(bs.Network(2, 1, activation="tanh"))
    assert (found.alpha, found.kind) == (0.0, "linear")
    assert found.alpha_quadratic == pytest.approx(0.5, rel=2e-3)  # y says what s is, up to its sign
    assert bs.theory.weak_recovery_limit(bs.Network(2, 3, link="s1*s2*s3")).kind == "quadratic"
    parity = bs.Network(2, 2, link="cos(40*s1)*cos(40*s2)")  # labels of which the second moments say next to nothing
    assert bs.theory.weak_recovery_limit(parity).alpha > 20


@given(
    st.lists(st.floats(0.02, 3.0), min_size=2, max_size=12, unique=True),
    st.lists(st.floats(1e-3, 1e3), min_size=12, max_size=12),
)
def test_weights_keep_to_their_values(knots: list[float], values: list[float]) -> None:
    knots = sorted(round(k, 3) for k in set(knots))
    if len(set(knots)) < 2:
        return
    knots = sorted(set(knots))
    values = sorted(values[: len(knots)], reverse=True)
    weight = LabelWeight(tuple(knots), tuple(values))
    np.testing.assert_allclose(weight(knots), values, rtol=1e-9)
    y = np.geomspace(1e-3, 1e3, 400)
    assert np.all(np.diff(weight(y)) <= 1e-12 * values[0])
    np.testing.assert_array_equal(weight(-y), weight(y))
    assert weight([2e5])[0] * 2e5 == pytest.approx(values[-1] * knots[-1])
    assert pickle.loads(pickle.dumps(weighted(weight))) == weighted(weight)


@pytest.mark.parametrize(
    ("knots", "values"),
    [
        ((1.0,), (1.0,)),
        ((0.0, 1.0), (1.0, 1.0)),
        ((2.0, 1.0), (1.0, 1.0)),
        ((1.0, 2.0), (1.0, -1.0)),
        ((1.0, 2.0), (1.0,)),
    ],
)
def test_bad_weights_are_refused(knots: tuple[float, ...], values: tuple[float, ...]) -> None:
    with pytest.raises(InvalidParameterError, match=r"knots|values"):
        LabelWeight(knots, values)


def test_magnitude_is_normalised_where_labels_are_positive() -> None:
    y, yhat = np.array([0.5, 2.0]), np.array([1.0, -3.0])
    for name in ("value", "first", "second"):
        one, other = (getattr(loss(which, a=0.7, b=1.3), name)(y, yhat) for which in ("magnitude", "normalised"))
        np.testing.assert_allclose(one, other)
    off = loss("magnitude", a=1.0).first(np.array([-2.0]), np.array([1.0]))
    np.testing.assert_allclose(off, 3.0 / 3.0)
    with pytest.raises(InvalidParameterError, match="zero or positive"):
        loss("magnitude", a=-0.5)


@settings(max_examples=15)
@given(st.integers(1, 12), st.integers(1, 4), st.floats(0.05, 4.0))
def test_the_closed_onset_is_that_of_the_paper(p: int, p_star: int, a: float) -> None:
    net = bs.QuadraticNetwork(p, p_star, a)
    exact = bs.threshold(net)
    found = Radial.of(bs.Network.of_quadratic(net)).onset(lambda y: 1 / (a + y))
    assert found.alpha == pytest.approx(exact.alpha, rel=1e-6)
    if abs(exact.alpha / exact.alpha_smooth - 1) > 1e-4:
        assert found.kind == exact.kind


@pytest.mark.parametrize(("p", "p_star"), [(1, 1), (2, 1), (4, 1), (4, 2)])
def test_larger_families_are_better_and_none_passes_the_limit(p: int, p_star: int) -> None:
    net = bs.QuadraticNetwork(p, p_star, 1.0)
    found = {family: bs.theory.design_loss(net, family) for family in ("constant", "power", "any")}
    assert found["constant"].alpha == pytest.approx(bs.theory.best_a(p, p_star).alpha, rel=1e-5)
    assert found["constant"].alpha > found["power"].alpha > found["any"].alpha > p_star / 2
    assert abs(found["any"].limit - p_star / 2) < 0.01


def test_a_spline_lies_between_a_power_and_the_best_of_all() -> None:
    net = bs.QuadraticNetwork(2, 1, 1.0)
    found = {family: bs.theory.design_loss(net, family) for family in ("power", "spline", "any")}
    assert found["power"].alpha > found["spline"].alpha + 0.05 > found["any"].alpha + 0.05
    values = found["spline"].net.loss.second.weight.values
    assert np.all(np.diff(values) <= 0)


def test_no_other_weight_is_better_than_the_best() -> None:
    """Random weights, and the best one bent: none begins earlier."""
    rng = np.random.default_rng(0)
    best = bs.theory.design_loss(bs.QuadraticNetwork(2, 1, 1.0), "any")
    radial, weight = Radial.of(best.net), best.net.loss.second.weight
    for _ in range(20):
        knots = np.geomspace(0.01, 20, 8)
        bend = LabelWeight(tuple(knots), tuple(np.exp(rng.normal(0, rng.choice([0.1, 1.0]), 8))))
        for other in (bend, lambda y, bend=bend: bend(y) * weight(y) * np.maximum(y, 0.01)):
            assert radial.onset(other).alpha > best.alpha - 3 * best.error - 1e-3


@pytest.mark.parametrize("noise", [bs.Noise(), bs.Noise(additive=0.5)], ids=["no noise", "noise"])
def test_the_general_engine_finds_the_same_onset(noise: bs.Noise) -> None:
    found = bs.theory.design_loss(bs.Network(1, 1, noise=noise), "power")
    again = bs.threshold(found.net, side="left", averaging=FEW)
    assert again.alpha == pytest.approx(found.alpha, abs=4 * again.error + found.error + 2e-3)


def test_any_network_has_a_best_constant() -> None:
    """Both ways to the same number: closed averages, and points, of a teacher written as a formula."""
    few = bs.Averaging(points=2**10, most=2**12, tolerance=1.0)
    closed = bs.theory.design_loss(bs.Network(1, 1), "constant")
    sampled = bs.theory.design_loss(bs.Network(1, 1, link="s1**2"), "constant", averaging=few)
    assert sampled.alpha == pytest.approx(closed.alpha, abs=4 * sampled.error + 2e-3)
    assert sampled.evaluations > 10


def test_at_finite_size_the_best_constant_is_that_of_the_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objective, "_SAMPLES", 10)
    found = bs.theory.design_loss(bs.QuadraticNetwork(1, 1, 1.0), "constant", N=100)

    def half(a: float) -> float:
        return bs.finite_threshold(bs.QuadraticNetwork(1, 1, a), N=100, samples=10, seed=0).alpha

    best = dict(found.parameters)["a"]
    assert found.alpha == half(best)
    assert found.alpha <= 1.003 * min(half(best * factor) for factor in (0.25, 0.5, 2.0, 4.0))
    assert found.alpha < 0.97 * half(4.0 * best)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ANY.theory.design_loss("net"), "QuadraticNetwork or a Network"),
        (lambda: ANY.theory.design_loss(bs.Network(1, 1), "best"), "family"),
        (lambda: ANY.theory.design_loss(bs.Network(1, 1), N=100), "constant"),
        (lambda: ANY.theory.design_loss(bs.Network(1, 1), side="left"), "leave it out"),
        (lambda: ANY.theory.design_loss(bs.Network(1, 1), averaging=FEW), "leave it out"),
        (lambda: ANY.theory.design_loss(bs.Network(1, 1, activation="tanh"), "any"), "spline"),
        (lambda: ANY.theory.design_loss(bs.Network(1, 1, noise=bs.Noise(0.1)), "any"), "without noise"),
        (lambda: ANY.theory.design_loss(bs.QuadraticNetwork(np.inf, 1, 1.0)), "p = inf"),
        (lambda: ANY.theory.weak_recovery_limit(3), "QuadraticNetwork or a Network"),
        (lambda: ANY.theory.weak_recovery_limit(bs.Network(1, 1, inputs=bs.Inputs(mean=1.0))), "white"),
    ],
)
def test_bad_arguments_are_refused(call: Any, message: str) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        call()


def test_a_network_without_a_left_edge_has_no_best_loss() -> None:
    with pytest.raises(LimitError, match="no loss"):
        bs.theory.design_loss(bs.Network(1, 1, activation="hermite3"))
