"""The effective matrix of one sample: against the Hessian itself, its limit, and its own free choices."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest

import bendscape as bs
from bendscape._types import Array
from bendscape.theory.finite_size.labels import Labels, draw_labels, given_labels
from bendscape.theory.finite_size.pencil import KEPT, SchurPencil, draw_pencil
from tolerances import ratio_of_spreads

SHARP = bs.QuadraticNetwork(1, 1, 2.0)
SMOOTH = bs.QuadraticNetwork(2, 1, 1.5)


def solved(labels: Labels, number: int, seed: int, kept: int = KEPT) -> tuple[Array, Array]:
    net = labels.net
    noise = draw_pencil(int(net.p), net.p_star, number, kept, np.random.default_rng(seed))
    return SchurPencil(labels, number, kept).solve(noise)


@cache
def ensemble(net: bs.QuadraticNetwork, alpha: float, N: float, samples: int, kept: int = KEPT) -> tuple[Array, Array]:
    """Eigenvalues, in the unit of `H`, and overlaps, one row a sample."""
    found = [
        solved(draw_labels(net, alpha=alpha, N=N, seed=i), int(net.p) * net.p_star + 8, 10**6 + i, kept)
        for i in range(samples)
    ]
    values, overlaps = (np.array(x) for x in zip(*found, strict=True))
    return values * 2 / net.p, overlaps


def apart(one: Array, two: Array) -> float:
    """Difference of two means in standard errors."""
    error = math.sqrt(one.var(ddof=1) / len(one) + two.var(ddof=1) / len(two))
    return float((one.mean() - two.mean()) / error)


WIDE = bs.QuadraticNetwork(3, 2, 0.8)


@pytest.mark.parametrize(
    ("net", "alpha", "N"),
    [(SHARP, 1.7, 200), (SMOOTH, 1.3, 200), (WIDE, 2.0, 300), (SMOOTH, 0.9, 1e4), (WIDE, 2.0, 1e8), (SHARP, 4.0, 1e20)],
    ids=str,
)
def test_eigenvalues_and_overlaps_are_such(net: bs.QuadraticNetwork, alpha: float, N: float) -> None:
    number = int(net.p) * net.p_star + 8
    seen = []
    for seed in range(6):
        labels = draw_labels(net, alpha=alpha, N=N, seed=seed)
        values, overlaps = solved(labels, number, seed)
        assert values.shape == overlaps.shape == (number,)
        assert np.all(np.diff(values) >= 0)
        assert np.all(overlaps >= 0)
        assert np.all(overlaps < 1 + 1e-9)
        assert np.sum(overlaps) < int(net.p) * net.p_star * (1 + 1e-9)
        assert values[0] > 1.2 * labels.modes[0].min() * max(1.0, alpha) - 1
        again = solved(labels, number, seed)
        np.testing.assert_array_equal(values, again[0])
        np.testing.assert_array_equal(overlaps, again[1])
        seen.append(float(values[0]))
        assert not np.array_equal(values, solved(labels, number, seed + 100)[0])
    assert len(set(seen)) == 6


# ---------------------------------------------------------------- against matrices


@cache
def simulated(net: bs.QuadraticNetwork, alpha: float, N: int, samples: int) -> Any:
    return bs.simulate(net, alpha=alpha, N=N, samples=samples, seed=3)


@pytest.mark.parametrize(
    ("net", "alpha", "N", "samples"),
    [(SHARP, 1.7, 200, 100), (SMOOTH, 1.3, 120, 50), (SHARP, 6.0, 200, 80)],
    ids=str,
)
def test_means_are_those_of_hessians(net: bs.QuadraticNetwork, alpha: float, N: int, samples: int) -> None:
    data, k = simulated(net, alpha, N, samples), int(net.p) * net.p_star
    values, overlaps = ensemble(net, alpha, N, 90)
    assert abs(apart(values[:, 0], data.smallest_eigenvalue.values)) < 4
    assert abs(apart(overlaps[:, :k].mean(axis=1), data.captured.values)) < 4
    assert abs(apart(values[:, k + 4], data.value.values[:, k + 4])) < 4
    assert abs(apart(overlaps[:, k : k + 8].mean(axis=1), data.overlap2.values[:, k : k + 8].mean(axis=1))) < 4
    spread = values[:, 0].std() / data.smallest_eigenvalue.values.std()
    assert spread == pytest.approx(1, abs=ratio_of_spreads(90, samples))


def test_one_sample_is_followed_from_its_own_labels() -> None:
    """Much of what makes one sample differ from another is in its labels: predictions and matrices correlate."""
    predicted, found = [], []
    for seed in range(30):
        sample = bs.simulation.draw(SHARP, alpha=1.7, N=200, seed=seed)
        s, u = sample.inputs @ sample.teacher.T, sample.inputs @ sample.student.T
        labels = given_labels(SHARP, N=200, s=s, u=u)
        effective = SchurPencil(labels, 9)
        noise = (draw_pencil(1, 1, 9, KEPT, np.random.default_rng(i)) for i in range(6))
        predicted.append(np.mean([2 * effective.solve(n)[0][0] for n in noise]))
        found.append(np.linalg.eigvalsh(bs.simulation.Hessian(sample).dense())[0])
    assert np.corrcoef(predicted, found)[0, 1] > 0.45
    difference = np.array(predicted) - np.array(found)
    assert abs(difference.mean()) < 4 * difference.std() / math.sqrt(30)


# ---------------------------------------------------------------- free choices


@pytest.mark.parametrize(("net", "alpha"), [(SHARP, 4.0), (SMOOTH, 1.3)], ids=str)
def test_how_many_samples_are_kept_does_not_matter(net: bs.QuadraticNetwork, alpha: float) -> None:
    k = int(net.p) * net.p_star
    few, many = (ensemble(net, alpha, 1e5, 45, kept) for kept in (5, 12))
    for i in (0, k, k + 7):
        assert abs(apart(few[0][:, i], many[0][:, i])) < 4
        assert few[0][:, i].std() / many[0][:, i].std() == pytest.approx(1, abs=ratio_of_spreads(45, 45))
    assert abs(apart(few[1][:, :k].mean(axis=1), many[1][:, :k].mean(axis=1))) < 4
    assert abs(apart(few[1][:, k:].mean(axis=1), many[1][:, k:].mean(axis=1))) < 4


def test_at_a_sharp_edge_no_sample_need_be_kept() -> None:
    net = bs.QuadraticNetwork(1, 1, 0.5)
    none, some = (ensemble(net, 3.0, 1e5, 45, kept) for kept in (0, 5))
    for i in (0, 1, 5):
        assert abs(apart(none[0][:, i], some[0][:, i])) < 4
    assert abs(apart(none[1][:, 0], some[1][:, 0])) < 4


# ---------------------------------------------------------------- the limit


@pytest.mark.parametrize(
    "net", [bs.QuadraticNetwork(1, 1, 0.5), SHARP, SMOOTH, bs.QuadraticNetwork(2, 2, 0.7)], ids=str
)
def test_large_samples_tend_to_the_limit(net: bs.QuadraticNetwork) -> None:
    """Above the threshold, whether the overlap jumps there (`SMOOTH`, `SHARP`) or not."""
    alpha, k = 1.5 * bs.threshold(net).alpha, int(net.p) * net.p_star
    limit = bs.overlap(net, alpha=alpha)
    values, overlaps = ensemble(net, alpha, 1e12, 6)
    np.testing.assert_allclose(values[:, :k], float(limit.outlier[0]), atol=1e-4)
    np.testing.assert_allclose(overlaps[:, :k], float(limit.overlap2[0]), atol=2e-3)
    assert np.all(values[:, k:] > values[:, :k].max())
    assert overlaps[:, k:].max() < 1e-3


def test_below_the_threshold_the_lowest_eigenvectors_have_small_overlap() -> None:
    for net in (bs.QuadraticNetwork(1, 1, 0.5), SMOOTH):
        alpha = 0.6 * bs.threshold(net).alpha
        sizes = [ensemble(net, alpha, N, 8)[1].mean() for N in (1e4, 1e8, 1e12)]
        assert sizes[0] > 3 * sizes[1] > 9 * sizes[2]


def test_spacing_at_a_sharp_edge_is_that_of_the_airy_process() -> None:
    """The lowest eigenvalues at `alpha < alpha_BBP`, in units of `scale`, about the edge of the sample's labels."""
    net, N = bs.QuadraticNetwork(1, 1, 0.5), 1e10
    alpha = 0.6 * bs.threshold(net).alpha
    first = []
    for seed in range(60):
        labels = draw_labels(net, alpha=alpha, N=N, seed=seed)
        noise = draw_pencil(1, 1, 9, KEPT, np.random.default_rng(seed))
        effective = SchurPencil(labels, 9)
        values = effective.solve(noise)[0]
        first.append((values[:2] - effective.bulk.edge) / effective.bulk.scale)
    low = np.array(first)[:, 0]
    assert low.mean() == pytest.approx(1.2065, abs=4 * 1.268 / math.sqrt(60) + 0.05)
    assert low.std() == pytest.approx(1.268, rel=0.35)


def test_a_threshold_far_below_the_limit_is_found_and_no_end_of_the_search() -> None:
    """At large constants half of the samples have the outlier long before `alpha_BBP`; none comes from a box."""
    net = bs.QuadraticNetwork(1, 1, 300.0)
    found = bs.finite_threshold(net, N=1e6, samples=10, seed=0)
    assert found.alpha < 0.1 * found.alpha_bbp
    assert found.stderr > 0
    assert len(set(found.each)) == 10
