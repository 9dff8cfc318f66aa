"""Labels of one sample: nested, exact in number, and of the same law whether drawn one by one or compressed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import special, stats
from scipy.integrate import quad
from scipy.optimize import brentq

import bendscape as bs
from bendscape._types import Array
from bendscape.errors import InvalidParameterError
from bendscape.theory.finite_size import labels as module
from bendscape.theory.finite_size.labels import Labels, draw_labels, given_labels
from bendscape.theory.resolvent.edges import edge_at
from bendscape.theory.resolvent.outliers import outliers_at

NETS = [bs.QuadraticNetwork(2, 1, 1.5), bs.QuadraticNetwork(1, 1, 0.5), bs.QuadraticNetwork(3, 2, 0.7)]
nets = pytest.mark.parametrize("net", NETS, ids=str)


def slope(net: bs.QuadraticNetwork) -> float:
    return 3.0 if net.p == 1 else 1.0


def lowest(labels: Labels) -> Array:
    return (slope(labels.net) * labels.yhat - labels.y) / (labels.net.a + labels.y)


# ---------------------------------------------------------------- the same seed


@nets
def test_a_larger_sample_contains_the_smaller_one(net: bs.QuadraticNetwork) -> None:
    small, large = (draw_labels(net, alpha=alpha, N=300, seed=4) for alpha in (0.8, 1.3))
    pairs = [set(zip(x.y.tolist(), x.yhat.tolist(), strict=True)) for x in (small, large)]
    assert len(pairs[0]) == 240
    assert len(pairs[1]) == 390
    assert pairs[0] < pairs[1]
    other = draw_labels(net, alpha=0.8, N=300, seed=5)
    assert not pairs[0] & set(zip(other.y.tolist(), other.yhat.tolist(), strict=True))


@nets
@pytest.mark.parametrize("N", [2e4, 1e12, 1e20])
def test_extremes_of_a_compressed_sample_move_outwards_as_it_grows(net: bs.QuadraticNetwork, N: float) -> None:
    previous = None
    for alpha in (0.7, 0.701, 1.0, 5.0):
        labels = draw_labels(net, alpha=alpha, N=N, seed=4)
        now = lowest(labels)[:300]
        assert np.all(np.diff(now) >= 0)
        if previous is not None:
            assert np.all(now < previous)
        previous = now


@nets
def test_labels_are_sorted_and_consistent(net: bs.QuadraticNetwork) -> None:
    for N in (60, 4999, 5001, 1e9):
        labels = draw_labels(net, alpha=1.1, N=N, seed=1)
        assert np.all(np.diff(lowest(labels)) >= -1e-12)
        assert np.all(labels.y > 0)
        assert np.all(labels.yhat > 0)
        assert np.all(labels.count > 0)
        np.testing.assert_array_equal(labels.modes[0], lowest(labels))
        rest = labels.without(7)
        np.testing.assert_array_equal(rest.y, labels.y[7:])
        assert rest.alpha == pytest.approx(labels.alpha - 7 / N, rel=1e-12)


@nets
@pytest.mark.parametrize("N", [50, 3000, 7000, 1e6, 1e15, 1e20])
def test_the_number_of_samples_is_exact(net: bs.QuadraticNetwork, N: float) -> None:
    labels = draw_labels(net, alpha=1.37, N=N, seed=2)
    expected = round(1.37 * N) if N <= module.DIRECT else 1.37 * N
    assert labels.count.sum() == pytest.approx(expected, rel=1e-12)
    assert (labels.s is None) == (N > module.DIRECT)
    assert len(labels.y) < 8000


def test_teachers_are_correlated_as_random_vectors() -> None:
    """`y` of a sample is that of teachers with an overlap of order `N^(-1/2)`, its coordinates are orthonormal."""
    net, N = bs.QuadraticNetwork(1, 2, 1.0), 60
    overlaps = []
    for seed in range(150):
        labels = draw_labels(net, alpha=40.0, N=N, seed=seed)
        assert labels.s is not None
        # 2 y = s G s with ones on the diagonal of the root's rows: fit the quadratic form
        form = np.stack([labels.s[:, 0] ** 2, labels.s[:, 1] ** 2, 2 * labels.s[:, 0] * labels.s[:, 1]], axis=1)
        found, rest, *_ = np.linalg.lstsq(form, 2 * labels.y, rcond=None)
        assert rest[0] < 1e-18
        quadratic = np.array([[found[0], found[2]], [found[2], found[1]]])
        assert np.trace(quadratic) == pytest.approx(2.0, abs=1e-9)
        overlaps.append(math.sqrt(max(1 - np.linalg.det(quadratic), 0.0)))
    assert np.sqrt(np.mean(np.square(overlaps))) * math.sqrt(N) == pytest.approx(1.0, abs=0.25)


# ---------------------------------------------------------------- one law


@pytest.mark.parametrize("net", [*NETS, bs.QuadraticNetwork(2, 3, 0.0)], ids=str)
def test_compressed_and_direct_samples_have_one_law(net: bs.QuadraticNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    N, g, found = 20000.0, -0.7, {}
    for direct, first in ((1e9, 0), (5000, 10**6)):
        monkeypatch.setattr(module, "DIRECT", direct)
        rows = []
        for seed in range(first, first + 80):
            labels = draw_labels(net, alpha=1.2, N=N, seed=seed)
            square = [(f / (1 - g * f)) ** 2 for f in labels.modes]
            weight = labels.count / N
            rows.append(
                [
                    lowest(labels)[0],
                    lowest(labels)[4],
                    lowest(labels)[399],  # the last but one drawn one by one
                    lowest(labels)[405],
                    *(weight @ (f / (1 - g * f)) for f in labels.modes),
                    *(weight @ (labels.y * x) for x in square),
                    *(weight @ (labels.yhat * x) for x in square),
                    weight @ labels.y,
                    weight @ labels.yhat,
                ]
            )
        found[direct] = np.array(rows)
    one, two = found.values()
    difference = one.mean(axis=0) - two.mean(axis=0)
    error = np.sqrt((one.var(axis=0, ddof=1) + two.var(axis=0, ddof=1)) / 80)
    keep = np.arange(one.shape[1]) != 3  # points of a rule are lumps
    assert np.all(np.abs(difference / error)[keep] < 4), difference / error
    ratio = (two.std(axis=0) / one.std(axis=0))[keep]
    assert np.all((ratio > 0.65) & (ratio < 1.5)), ratio


def tail(net: bs.QuadraticNetwork, tau: float) -> float:
    """`P(y > c yhat tau + a (tau - 1))` by an adaptive rule, in units of its integrand at zero."""
    k, q, c = net.p / 2, net.p_star / 2, slope(net)

    def integrand(x: float) -> float:  # yhat = x^2
        density = 2 * x ** (2 * k - 1) * math.exp(-k * x * x) * k**k / math.gamma(k)
        return float(density * special.gammaincc(q, q * (c * x * x * tau + net.a * (tau - 1))))

    width = 3.0 / math.sqrt(k + q * c * tau)
    parts = [quad(integrand, i * width, (i + 1) * width, epsabs=0, epsrel=1e-9)[0] for i in range(5)]
    return math.fsum(parts)


@nets
@pytest.mark.parametrize("N", [1e5, 1e12, 1e20])
def test_extremes_are_the_arrivals_of_a_poisson_process(net: bs.QuadraticNetwork, N: float) -> None:
    alpha, seeds, arrivals = 1.3, 40, []
    for seed in range(seeds):
        labels = draw_labels(net, alpha=alpha, N=N, seed=seed)
        tau = 1 / (1 + lowest(labels))
        arrivals.append([alpha * N * tail(net, tau[k]) for k in (0, 9, 399)])
    first, tenth, last = np.array(arrivals).T
    assert stats.kstest(first, "expon").pvalue > 1e-4
    assert stats.kstest(tenth, stats.gamma(10).cdf).pvalue > 1e-4
    assert stats.kstest(last, stats.gamma(400).cdf).pvalue > 1e-4


@pytest.mark.parametrize("net", [*NETS, bs.QuadraticNetwork(2, 3, 0.0)], ids=str)
@pytest.mark.parametrize("N", [2e4, 1e9])
def test_students_output_given_an_extreme_curvature(net: bs.QuadraticNetwork, N: float) -> None:
    """Its density is `p(yhat) p_y(Y) (c yhat + a)`, `Y = c yhat tau + a (tau - 1)`: distribution functions uniform."""
    k, q, c, a = net.p / 2, net.p_star / 2, slope(net), net.a
    uniform = []
    for seed in range(30):
        labels = draw_labels(net, alpha=1.3, N=N, seed=seed)
        f, top = lowest(labels)[:400, None], labels.yhat[:400]
        tau = 1 / (1 + f)
        np.testing.assert_allclose(labels.y[:400], c * top * tau[:, 0] + a * (tau[:, 0] - 1), rtol=1e-4)
        x = np.linspace(-25, math.log(45 / (k + q * c * tau.min())), 700)  # yhat = exp(x)
        y = c * np.exp(x) * tau + a * (tau - 1)
        logs = k * x - k * np.exp(x) + (q - 1) * np.log(y) - q * (y - y[:, :1]) + np.log(c * np.exp(x) + a)
        density = np.exp(logs - logs.max(axis=1, keepdims=True))
        below = np.cumsum((density[:, 1:] + density[:, :-1]) / 2, axis=1)
        uniform += [np.interp(math.log(top[i]), x[1:], below[i] / below[i, -1]) for i in range(len(top))]
    assert stats.kstest(uniform, "uniform").pvalue > 1e-4
    assert np.mean(uniform) == pytest.approx(0.5, abs=4 * math.sqrt(1 / 12 / len(uniform)))


# ---------------------------------------------------------------- the sample as a measure


@pytest.mark.parametrize(
    ("net", "alpha", "N"),
    [(NETS[0], 1.6, 200), (NETS[1], 3.0, 100), (NETS[2], 2.0, 150), (NETS[0], 1.6, 1e9), (NETS[2], 0.8, 1e5)],
    ids=str,
)
def test_solvers_take_a_sample_for_a_law(net: bs.QuadraticNetwork, alpha: float, N: float) -> None:
    labels = draw_labels(net, alpha=alpha, N=N, seed=3)
    p, weight = int(net.p), labels.count / N
    across, along = (labels.yhat - labels.y) / (net.a + labels.y), (3 * labels.yhat - labels.y) / (net.a + labels.y)
    end = 1 / float(min(across.min() if p > 1 else np.inf, along.min()))

    def mean(g: float, w: Array, power: int) -> float:
        first, second = across / (1 - g * across), along / (1 - g * along)
        return float(w @ ((p - 1) * first**power + second**power) / p)

    edge = brentq(lambda g: labels.free - g**2 * mean(g, weight, 2), end * (1 - 1e-13), end * 1e-3, xtol=1e-15)
    z, alpha_here = labels.free / edge + mean(edge, weight, 1), labels.alpha / labels.free
    found = edge_at(labels.measure(), alpha_here, "left", labels.free)
    assert found is not None
    assert found.kind == "sharp"
    assert found.value == pytest.approx(z, rel=1e-9)
    out = [o for o in outliers_at(net, labels.measure(), alpha_here, labels.free) if o.side == "left"]
    teacher = [o for o in out if o.sector == "teacher"]

    def gap(g: float) -> float:
        return labels.free + g * (mean(g, weight, 1) - mean(g, weight * labels.y, 1))

    assert bool(teacher) == (gap(edge) < 0)
    if teacher:
        g = brentq(gap, edge, end * 1e-3, xtol=1e-15)
        slope_z, slope_t = -labels.free / g**2 + mean(g, weight, 2), mean(g, weight * labels.y, 2)
        assert teacher[0].value == pytest.approx(labels.free / g + mean(g, weight, 1), rel=1e-9)
        assert teacher[0].overlap2_teacher == pytest.approx(1 / (1 - slope_t / slope_z), rel=1e-7)
    assert teacher or alpha < 1


@pytest.mark.parametrize(("N", "tolerance"), [(1e8, 3e-3), (1e12, 3e-5), (1e20, 1e-7)])
def test_labels_of_large_samples_tend_to_their_law(N: float, tolerance: float) -> None:
    """At a sharp edge `(p, p*, a, alpha) = (1, 1, 0.5, 3)` away from the end of the law."""
    net, alpha = NETS[1], 3.0
    limit = bs.spectrum(net, alpha=alpha)
    teacher = next(o for o in limit.outliers if o.sector == "teacher" and o.side == "left")
    for seed in range(4):
        labels = draw_labels(net, alpha=alpha, N=N, seed=seed)
        edge = edge_at(labels.measure(), labels.alpha, "left", 2.0)
        assert edge is not None
        assert edge.value == pytest.approx(limit.left_edge.value, abs=tolerance)
        found = [o for o in outliers_at(net, labels.measure(), labels.alpha, 2.0) if o.sector == "teacher"]
        assert found[0].value == pytest.approx(teacher.value, abs=tolerance)
        assert found[0].overlap2_teacher == pytest.approx(teacher.overlap2_teacher, abs=10 * tolerance)


# ---------------------------------------------------------------- samples that exist


def test_given_labels_are_those_of_their_preactivations() -> None:
    net, rng = NETS[2], np.random.default_rng(1)
    s, u = rng.standard_normal((40, 2)), rng.standard_normal((40, 3))
    labels = given_labels(net, N=20, s=s, u=u)
    order = np.argsort((np.mean(u**2, axis=1) - np.mean(s**2, axis=1)) / (0.7 + np.mean(s**2, axis=1)))
    np.testing.assert_allclose(labels.y, np.mean(s**2, axis=1)[order])
    np.testing.assert_array_equal(labels.u, u[order])
    assert labels.s is not None
    np.testing.assert_allclose(labels.s, s[order])
    assert labels.alpha == 2.0
    gram = np.array([[1.0, 0.4], [0.4, 1.0]])
    tilted = given_labels(net, N=20, s=s, u=u, overlaps=gram)
    assert tilted.s is not None
    np.testing.assert_array_equal(tilted.y, labels.y)  # of the given pre-activations
    np.testing.assert_allclose(tilted.s @ np.linalg.cholesky(gram).T, s[order])


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"s": np.ones((5, 3))}, r"s has shape \(5, 3\)"),
        ({"u": np.ones(5)}, r"u has shape \(5,\)"),
        ({"s": np.ones((0, 2))}, "s has shape"),
        ({"u": np.full((5, 3), np.nan)}, "u has the entry nan"),
        ({"s": np.full((5, 2), np.inf)}, "s has the entry inf"),
        ({"s": np.ones((4, 2))}, "s has 4 samples and u has 5"),
        ({"overlaps": np.eye(3)}, "overlaps has shape"),
        ({"overlaps": -np.eye(2)}, "overlaps is not .*positive definite"),
        ({"overlaps": np.full((2, 2), np.nan)}, "overlaps"),
        ({"overlaps": [[1.0, 0.9], [0.1, 1.0]]}, "overlaps"),
        ({"N": 0}, "N = 0"),
        ({"N": math.nan}, "N = nan"),
        ({"N": 9}, "2 \\(p \\+ p_star\\) = 10"),
        ({"net": bs.QuadraticNetwork(math.inf, 2, 1.0)}, "p = inf"),
        ({"net": "a network"}, "net = 'a network'"),
        ({"s": "abc"}, "s"),
        ({"s": [[1.0, 2.0], [3.0]]}, "s"),
    ],
    ids=str,
)
def test_given_labels_name_what_is_wrong(change: dict[str, Any], match: str) -> None:
    arguments: dict[str, Any] = {"net": NETS[2], "N": 20, "s": np.ones((5, 2)), "u": np.ones((5, 3))} | change
    with pytest.raises(InvalidParameterError, match=match):
        given_labels(arguments.pop("net"), **arguments)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"alpha": 0.0}, "alpha = 0"),
        ({"alpha": math.nan}, "alpha = nan"),
        ({"alpha": 1e-4}, "rounds to zero samples"),
        ({"N": 9}, "2 \\(p \\+ p_star\\) = 10"),
        ({"N": 1e21}, "1e20"),
        ({"N": math.inf}, "N = inf"),
        ({"seed": -1}, "seed = -1"),
        ({"net": bs.QuadraticNetwork(math.inf, 2, 1.0)}, "p = inf"),
        ({"net": None}, "net = None"),
    ],
    ids=str,
)
def test_draw_labels_names_what_is_wrong(change: dict[str, Any], match: str) -> None:
    arguments: dict[str, Any] = {"net": NETS[2], "N": 100, "alpha": 1.0, "seed": 1} | change
    with pytest.raises(InvalidParameterError, match=match):
        draw_labels(arguments.pop("net"), **arguments)
