"""The theory of any network: against the closed quadratic theory, the literature, a slow transcription, and samples."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bendscape as bs
from bendscape.errors import InvalidParameterError, LimitError
from bendscape.models import Noise, loss
from bendscape.theory.law.distinct import Distinct
from bendscape.theory.law.exchangeable import Exchangeable
from bendscape.theory.law.matrix_averages import SpectralLaw
from bendscape.theory.law.points import draw_points
from bendscape.theory.law.support import support_of
from bendscape.theory.law.teacher import teacher_symmetry
from bendscape.theory.resolvent.axis import Axis
from bendscape.theory.resolvent.matrix_edges import find_edge, find_outliers
from bendscape.theory.verbs.sampled_spectrum import spectrum_of_samples

ANY: Any = bs  # calls that types forbid
QUICK = bs.Averaging(tolerance=3e-3, points=2**12, most=2**14)
NETWORKS = [
    bs.Network(3, 2, activation="tanh"),
    bs.Network(4, 1, activation="gelu", teacher_activation="tanh", loss="huber"),
    bs.Network(2, 3, activation="sigmoid", loss=loss("normalised", a=1.0), noise=Noise(additive=0.01)),
    bs.Network(5, 2, activation="erf", link="tanh(s1*s2)"),
    bs.Network(1, 2, activation="tanh", teacher_weights=(0.7, -0.2)),
]


def averages(net: bs.Network, n: int = 256, seed: int = 0) -> tuple[Exchangeable, Distinct]:
    points, symmetry = draw_points(net, n, np.random.default_rng(seed)), teacher_symmetry(net)
    return Exchangeable(points, symmetry), Distinct(points, symmetry)


@pytest.mark.parametrize("net", NETWORKS, ids=str)
def test_low_rank_averages_are_those_of_full_matrices(net: bs.Network) -> None:
    """`E[A]` and its slope, from `O(p)` sums and from `p x p` solutions of the same points."""
    quick, full = averages(net)
    rng = np.random.default_rng(1)
    gamma = -0.1 * (1 + rng.random(len(quick.trace)))
    matrix = quick.matrix(gamma)
    coordinates = full.elements.coordinates(matrix)
    mean, slope = quick.mean(gamma)
    whole = full.matrix(full.mean(coordinates)[0])
    ones = np.full((net.p, net.p), 1 / net.p)
    assert np.trace(ones @ whole) == pytest.approx(mean[0], rel=1e-9)
    assert np.trace(whole) == pytest.approx(quick.trace @ mean, rel=1e-9)
    np.testing.assert_array_equal(quick.regular(gamma), full.regular(coordinates))
    for i in range(len(gamma)):
        step = np.zeros_like(gamma)
        step[i] = 1e-6
        numerical = (quick.mean(gamma + step)[0] - quick.mean(gamma - step)[0]) / 2e-6
        np.testing.assert_allclose(slope[:, i], numerical, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("net", NETWORKS, ids=str)
def test_sectors_are_the_block_of_all_directions(net: bs.Network) -> None:
    """Eigenvalues of all sectors with their multiplicities, from points that are all permutations of neurons."""
    from itertools import permutations

    from bendscape.theory.law.points import Points, points_at

    drawn = draw_points(net, 64, np.random.default_rng(2))
    orders = list(permutations(range(net.p)))
    u = np.vstack([drawn.u[:6, order] for order in orders])
    s = np.tile(drawn.s[:6], (len(orders), 1))
    xi, weights = np.zeros((len(u), 2)), np.full(len(u), 1 / len(u))
    points: Points = points_at(net, u, s, xi, weights)
    symmetry = teacher_symmetry(net)
    quick, full = Exchangeable(points, symmetry), Distinct(points, symmetry)
    gamma = np.array([-0.12, -0.1])[: len(quick.trace)]
    found = [(value, block.multiplicity) for block in quick.blocks(gamma) for value in np.linalg.eigvalsh(block.T)]
    listed = np.sort(np.concatenate([[value] * many for value, many in found]))
    whole = full.blocks(full.elements.coordinates(quick.matrix(gamma)))[0].T
    np.testing.assert_allclose(listed, np.linalg.eigvalsh(whole), atol=1e-10)
    assert len(listed) == net.p * (net.p + net.p_star)


def test_the_reference_of_tanh() -> None:
    """Section 8 of the equations' source: edge -1.511, one outlier at -1.634, for p = 2, p* = 1, alpha = 6."""
    found = bs.spectrum(bs.Network(2, 1, activation="tanh"), alpha=6.0, averaging=QUICK)
    assert found.left_edge.value == pytest.approx(-1.511, abs=1e-3)
    (outlier,) = found.outliers
    assert outlier.value == pytest.approx(-1.634, abs=3 * outlier.error + 1e-3)
    assert (outlier.multiplicity, outlier.side) == (1, "left")


@settings(max_examples=6, deadline=None)
@given(st.integers(1, 2), st.integers(1, 2), st.floats(0.5, 2.0), st.floats(1.5, 5.0))
def test_quadratic_networks_are_a_special_case(p: int, p_star: int, a: float, alpha: float) -> None:
    """Edge, outlier, multiplicity and overlap within the errors, of the closed theory."""
    net = bs.QuadraticNetwork(p, p_star, a)
    exact = bs.spectrum(net, alpha=alpha)
    found = bs.spectrum(bs.Network.of_quadratic(net), alpha=alpha, averaging=bs.Averaging(points=2**13, most=2**13))
    assert abs(found.left_edge.value - exact.left_edge.value) <= 6 * found.left_edge.error + 1e-4
    assert found.right_edge.kind == "none"
    assert "unbounded above" in found.right_edge.reason
    sure = [o for o in found.outliers if o.share == 1]
    if exact.outliers and exact.left_edge.value - exact.outliers[0].value > 0.02:
        assert sum(o.multiplicity for o in sure) == p * p_star
        for outlier in sure:
            assert abs(outlier.value - exact.outliers[0].value) <= 6 * outlier.error + 1e-4
            m2 = outlier.overlap2_teacher
            assert abs(m2.value - exact.outliers[0].overlap2_teacher) <= 6 * m2.error + 1e-3
            assert outlier.overlap2_student.value == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("p", "a", "kind"), [(1, 0.7, "continuous"), (1, 1.5, "discontinuous")])
def test_the_threshold_of_quadratic_networks(p: int, a: float, kind: str) -> None:
    net = bs.QuadraticNetwork(p, 1, a)
    found, exact = bs.threshold(bs.Network.of_quadratic(net), averaging=QUICK), bs.threshold(net)
    assert found.kind == exact.kind == kind
    assert abs(found.alpha - exact.alpha) <= 6 * found.error + 1e-4
    assert abs(found.overlap2_jump.value - exact.overlap2_jump) <= 1e-3


@pytest.mark.parametrize("p_star", [1, 2])
def test_the_optimal_spectral_method(p_star: int) -> None:
    """`T = 1 - 1/y`: threshold `p*/2` and an eigenvalue one, on the right."""
    net = bs.Network(1, p_star, loss="(1 - 1/y)*yhat/2")
    found = bs.threshold(net, averaging=QUICK)
    assert found.side == "right"
    assert abs(found.alpha - p_star / 2) <= 6 * found.error + 5e-3
    outlier = bs.spectrum(net, alpha=0.8 * p_star, averaging=QUICK).outliers[-1]
    assert outlier.value == pytest.approx(1.0, abs=1e-3)


def test_density_is_that_of_the_closed_theory() -> None:
    net, x = bs.QuadraticNetwork(1, 1, 0.7), np.linspace(-3.0, 3.0, 7)
    found = bs.spectrum(bs.Network.of_quadratic(net), alpha=2.5, averaging=QUICK)
    sampled = spectrum_of_samples(bs.Network.of_quadratic(net), 2.5, QUICK)
    exact = bs.spectrum(net, alpha=2.5).density(x)
    np.testing.assert_allclose(found.density(x), exact, rtol=1e-12)
    np.testing.assert_allclose(sampled.density(x), exact, atol=2e-3)
    assert sampled.curves(x).error.shape == x.shape


def test_without_a_bound_there_is_no_edge_and_no_threshold() -> None:
    net = bs.Network(2, 1)
    found = bs.spectrum(net, alpha=2.0, averaging=bs.Averaging(points=256, most=256))
    assert math.isinf(found.left_edge.value)
    assert "unbounded below" in found.left_edge.reason
    with pytest.raises(LimitError, match="unbounded below"):
        bs.threshold(net)


def test_distinct_and_equal_weights_agree() -> None:
    quick, full = averages(bs.Network(2, 1, activation="tanh"), n=2**12)
    support = support_of(bs.Network(2, 1, activation="tanh"), 1.0)
    ends = [find_edge(each, 6.0, SpectralLaw.of(bs.Inputs()), support) for each in (quick, full)]
    assert ends[0].point.z == pytest.approx(ends[1].point.z, abs=1e-6)
    one, other = (find_outliers(end)[0] for end in ends)
    assert one.teacher == pytest.approx(other.teacher, abs=1e-4)


def test_slopes_by_a_complex_step_are_differences() -> None:
    quick, _ = averages(bs.Network(3, 2, activation="tanh"))
    curve = Axis(quick, 8.0, SpectralLaw.of(bs.Inputs()))
    place = curve.start()
    near = [curve.step(place.tau * (1 + step)) for step in (-1e-4, 1e-4)]
    for i, slope in enumerate(curve.slopes(place)):
        low, high = (curve.blocks(x)[i][1] for x in near)
        np.testing.assert_allclose(slope, (high - low) / (near[1].z - near[0].z), rtol=1e-5, atol=1e-7)


def test_fifty_neurons() -> None:
    found = bs.spectrum(
        bs.Network(50, 1, activation="tanh"),
        alpha=100.0,
        averaging=bs.Averaging(tolerance=0.1, points=512, most=512, replicates=4),
    )
    assert found.left_edge.value < 0 < found.right_edge.value


@pytest.mark.parametrize(
    ("net", "alpha", "N"),
    [
        (bs.Network(2, 1, activation="tanh"), 12.0, 250),
        (bs.Network(1, 1, activation="gelu", teacher_activation="tanh", loss="logistic"), 12.0, 400),
        (bs.Network(2, 2, activation="sigmoid", teacher_activation="quadratic", loss="huber"), 16.0, 200),
    ],
    ids=str,
)
def test_outliers_and_overlaps_of_samples(net: bs.Network, alpha: float, N: int) -> None:
    """Within four combined standard errors and `2/N^(1/2)`, on the side where theory has an outlier."""
    found = bs.spectrum(net, alpha=alpha, averaging=QUICK)
    for outlier in found.outliers:
        first = [o for o in found.outliers if o.side == outlier.side]
        if outlier is not (first[0] if outlier.side == "left" else first[-1]):
            continue
        k = outlier.multiplicity
        data = bs.simulate(net, alpha=alpha, N=N, samples=16, seed=1, side=outlier.side)
        for name, limit in (
            ("value", outlier.value),
            ("overlap2", outlier.overlap2_teacher.value),
            ("overlap2_student", outlier.overlap2_student.value),
        ):
            values = data[name][:, :k].mean("eigenvalue").values
            error = values.std(ddof=1) / 4
            scale = max(abs(limit), 0.1)
            assert abs(values.mean() - limit) <= 4 * error + 2 * scale / math.sqrt(N), name


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ANY.spectrum("tanh", alpha=1.0), "give a QuadraticNetwork, a Network or a SpectralMethod"),
        (lambda: ANY.spectrum(bs.Network(1, 1), alpha=1.0, averaging=0.1), "bs.Averaging"),
        (lambda: ANY.spectrum(bs.Network(1, 1), alpha=-1.0), "alpha"),
        (lambda: ANY.threshold(bs.Network(1, 1), side="up"), "left, right"),
        (lambda: ANY.Averaging(tolerance=0.0), "tolerance"),
        (lambda: ANY.Averaging(replicates=2), "replicates"),
        (lambda: ANY.Averaging(points=10), "points"),
        (lambda: ANY.Averaging(seed="x"), "seed"),
        (
            lambda: ANY.spectrum(bs.Network(17, 1, activation="tanh", output_weights=np.arange(1, 18) / 17), alpha=1.0),
            "at most 16",
        ),
    ],
)
def test_bad_input(call: Any, message: str) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        call()


@pytest.mark.parametrize("teacher", ["0", "1.5"])
def test_labels_that_do_not_depend_on_the_teacher_have_no_threshold(teacher: str) -> None:
    with pytest.raises(LimitError, match=r"all its labels are (0|1.5), whatever"):
        bs.threshold(bs.Network(2, 1, activation="tanh", teacher_activation=teacher))
