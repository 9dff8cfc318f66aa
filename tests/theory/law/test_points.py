"""Inputs with a covariance and a mean: the values, the samples, and theory against identities and samples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bendscape as bs
from bendscape.errors import InvalidParameterError
from bendscape.theory.law.distinct import Distinct
from bendscape.theory.law.exchangeable import Exchangeable
from bendscape.theory.law.matrix_averages import SpectralLaw
from bendscape.theory.law.points import draw_points
from bendscape.theory.law.support import support_of
from bendscape.theory.law.teacher import teacher_symmetry
from bendscape.theory.resolvent.axis import Axis
from bendscape.theory.resolvent.matrix_edges import find_edge, find_outliers

ANY: Any = bs
QUICK = bs.Averaging(tolerance=3e-3, points=2**12, most=2**14)
TWO = bs.Inputs((1.0, 3.0))


@given(st.lists(st.floats(0.01, 100.0), min_size=1, max_size=20), st.integers(1, 300))
def test_eigenvalues_have_mean_one_and_keep_their_order(values: list[float], N: int) -> None:
    inputs = bs.Inputs(values)
    assert np.mean(inputs.eigenvalues) == pytest.approx(1.0)
    found = inputs.at(N)
    assert found.shape == (N,)
    assert found.mean() == pytest.approx(1.0)
    assert np.all(np.diff(found) >= 0)
    assert bs.Inputs(np.array(values[::-1]) * 7.0) == bs.Inputs(np.array(values) * 7.0)


def test_equal_eigenvalues_are_white_whatever_their_number() -> None:
    assert bs.Inputs((2.0, 2.0)).standard
    assert not bs.Inputs(mean=1.0).standard
    assert str(bs.Inputs((2.0, 2.0))) == "white inputs"


def test_a_covariance_is_its_eigenvalues() -> None:
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]
    found = bs.Inputs.of_covariance(turn @ np.diag([0.0, 1.0, 5.0]) @ turn.T, mean=0.5)
    np.testing.assert_allclose(found.eigenvalues, [0.0, 0.5, 2.5], atol=1e-12)
    assert found.mean == 0.5


def test_data_give_back_their_law() -> None:
    rng, sigma = np.random.default_rng(1), np.repeat([0.5, 1.5], 20)
    X = 3.0 * (rng.standard_normal((40_000, 40)) * np.sqrt(sigma) + 2.0 * np.eye(40)[0])
    found = bs.Inputs.of_data(X)
    np.testing.assert_allclose(found.eigenvalues, sigma, rtol=0.08)
    assert found.mean == pytest.approx(2.0, rel=0.02)
    assert bs.Inputs.of_data(rng.standard_normal((500, 40))).mean < 0.2


def test_a_text_tells_laws_apart() -> None:
    laws = [TWO, bs.Inputs((1.0, 4.0)), bs.Inputs.power_law(0.5), bs.Inputs.power_law(0.5, size=100)]
    laws += [bs.Inputs(mean=1.0), bs.Inputs(np.arange(1, 9)), bs.Inputs(np.arange(1, 9) ** 2)]
    assert len({str(bs.Network(1, 1, inputs=law)) for law in laws}) == len(laws)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ANY.Inputs((1.0, -1.0)), "eigenvalues"),
        (lambda: ANY.Inputs((0.0, 0.0)), "eigenvalues"),
        (lambda: ANY.Inputs(()), "eigenvalues"),
        (lambda: ANY.Inputs("wide"), "eigenvalues"),
        (lambda: ANY.Inputs((1.0, np.nan)), "eigenvalues"),
        (lambda: ANY.Inputs(mean=-1.0), "mean"),
        (lambda: ANY.Inputs(mean=np.inf), "mean"),
        (lambda: ANY.Inputs.power_law(-1.0), "exponent"),
        (lambda: ANY.Inputs.of_covariance(np.ones((2, 3))), "square"),
        (lambda: ANY.Inputs.of_covariance([[1.0, 2.0], [0.0, 1.0]]), "symmetric"),
        (lambda: ANY.Inputs.of_covariance([[1.0, 0.0], [0.0, -1.0]]), "eigenvalues"),
        (lambda: ANY.Inputs.of_data(np.ones((5, 2))), "constant"),
        (lambda: ANY.Inputs.of_data([1.0, 2.0]), r"shape \(samples, N\)"),
        (lambda: ANY.Inputs.of_data([[1.0, 2.0]]), "two or more rows"),
        (lambda: ANY.Network(1, 1, inputs=(1.0, 3.0)), "bs.Inputs"),
    ],
)
def test_bad_inputs_are_refused(call: Any, message: str) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        call()


def test_white_samples_are_what_they_were() -> None:
    """The direction of the mean comes from a stream of its own."""
    one, other = (
        bs.simulation.draw(bs.Network(2, 1, inputs=law), alpha=2.0, N=30, seed=1) for law in (bs.Inputs(), TWO)
    )
    np.testing.assert_array_equal(one.student, other.student)
    np.testing.assert_allclose(one.inputs * np.sqrt(TWO.at(30)), other.inputs, rtol=1e-12)


@pytest.mark.parametrize("regenerate", [False, True])
def test_samples_have_the_law(regenerate: bool) -> None:
    N, alpha = 60, 300.0
    net = bs.Network(1, 1, inputs=bs.Inputs((1.0, 3.0), mean=3.0))
    sample = bs.simulation.draw(net, alpha=alpha, N=N, seed=3, regenerate=regenerate)
    X = sample.inputs.block(0) if regenerate else sample.inputs
    centre, error = X.mean(axis=0), 1 / np.sqrt(len(X))
    assert np.linalg.norm(centre) * np.sqrt(N) == pytest.approx(3.0, abs=8 * error * np.sqrt(N) / 3)
    np.testing.assert_allclose(X.var(axis=0) * N, np.repeat([0.5, 1.5], 30), rtol=8 * error * np.sqrt(2))


def test_inputs_that_lie_in_half_of_all_directions_are_white_inputs_there() -> None:
    """`H` is that of half of `N` at twice `alpha`; half of each weight vector lies outside."""
    options: dict[str, Any] = {"activation": "tanh", "loss": "huber"}
    white, half = bs.Network(2, 1, **options), bs.Network(2, 1, inputs=bs.Inputs((0.0, 1.0)), **options)
    few = bs.Averaging(points=2**12, most=2**12)
    all_of, there = (bs.spectrum(n, alpha=x, averaging=few) for n, x in ((white, 12.0), (half, 6.0)))
    assert there.left_edge.value == pytest.approx(all_of.left_edge.value, rel=1e-8)
    assert len(there.outliers) == len(all_of.outliers) > 0
    for one, other in zip(there.outliers, all_of.outliers, strict=True):
        assert one.value == pytest.approx(other.value, rel=1e-8)
        assert one.multiplicity == other.multiplicity
        assert one.overlap2_teacher.value == pytest.approx(other.overlap2_teacher.value / 2, rel=1e-6, abs=1e-9)
        assert one.overlap2_student.value == pytest.approx(other.overlap2_student.value / 2, rel=1e-6, abs=1e-9)
    thresholds = [bs.threshold(n, averaging=few, side="left").alpha for n in (white, half)]
    assert thresholds[1] == pytest.approx(thresholds[0] / 2, rel=1e-5)


def test_a_mean_does_not_meet_an_even_network() -> None:
    """It makes outliers of its own; those correlated with the teacher do not change."""
    net = bs.QuadraticNetwork(1, 1, 1.0)
    with_mean = bs.Network.of_quadratic(net, inputs=bs.Inputs(mean=2.0))
    plain = bs.spectrum(bs.Network.of_quadratic(net), alpha=4.0, averaging=QUICK)
    found = bs.spectrum(with_mean, alpha=4.0, averaging=QUICK)
    knowing = [o for o in found.outliers if o.overlap2_teacher.value > 1e-6]
    assert [o.value for o in knowing] == pytest.approx(
        [o.value for o in plain.outliers if o.overlap2_teacher.value > 1e-6], rel=1e-4
    )
    thresholds = [bs.threshold(x, averaging=QUICK).alpha for x in (with_mean, bs.Network.of_quadratic(net))]
    assert thresholds[0] == pytest.approx(thresholds[1], rel=1e-5)  # of samples, and exact


def test_a_mean_does_not_change_the_overlap_of_an_odd_network() -> None:
    """`F` is the same for `-u` and `-s` together: products with the mean average to zero, in each replicate."""
    few = bs.Averaging(points=2**10, most=2**10, tolerance=1.0)
    nets = [bs.Network(2, 1, activation="tanh", inputs=law) for law in (bs.Inputs(), bs.Inputs(mean=2.0))]
    thresholds = [bs.threshold(net, averaging=few, side="left") for net in nets]
    assert thresholds[1].alpha == pytest.approx(thresholds[0].alpha, rel=1e-9)


def test_a_mean_tells_any_other_network_about_the_teacher_earlier() -> None:
    """For a network that is neither even nor odd the overlap jumps: an outlier on the mean exists before."""
    few = bs.Averaging(points=2**12, most=2**12)
    nets = [bs.Network(1, 1, activation="softplus", loss="huber", inputs=bs.Inputs(mean=m)) for m in (0.0, 1.0, 5.0)]
    found = [bs.threshold(net, averaging=few) for net in nets]
    assert found[0].alpha > found[1].alpha > found[2].alpha
    assert [x.kind for x in found] == ["continuous", "discontinuous", "discontinuous"]
    assert found[2].overlap2_jump.value > 10 * found[2].overlap2_jump.error > 0


def test_one_neuron_against_scalar_equations() -> None:
    """Liao and Mahoney's case, `p = 1`, from quadrature and one root: bulk equation and outlier written out again."""
    from scipy.optimize import brentq

    inputs, alpha = bs.Inputs((1.0, 3.0, 5.0)), 4.0
    net = bs.Network(1, 1, loss="(y - yhat)**2/(2*(1 + y))", inputs=inputs)
    outlier = bs.spectrum(net, alpha=alpha, averaging=QUICK).outliers[0]
    nodes, weights = np.polynomial.hermite_e.hermegauss(160)
    u, s = np.meshgrid(nodes, nodes)
    weight = np.outer(weights, weights) / np.sum(weights) ** 2
    y = s**2
    f = 2 * (3 * u**2 - y) / (1 + y)  # l'' sigma'^2 + l' sigma''
    sigma = np.array(inputs.eigenvalues)

    def outside(gamma: float) -> tuple[float, float]:
        """`z` left of the bulk, and what is zero at an outlier."""
        A = f / (1 - gamma * f)
        omega = alpha * np.sum(weight * A)
        pole = min(omega * sigma.min(), omega * sigma.max())
        z = float(brentq(lambda z: np.mean(sigma / (z - sigma * omega)) - gamma, pole - 1e3, pole - 1e-6, xtol=1e-13))
        return z, 1 - alpha * np.sum(weight * A * (s**2 - 1)) * np.mean(sigma**2 / (z - sigma * omega))

    root = brentq(lambda gamma: outside(gamma)[1], -0.25, -0.05, xtol=1e-14)
    assert outside(root)[0] == pytest.approx(outlier.value, abs=1e-6)


@pytest.mark.parametrize("inputs", [bs.Inputs((1.0, 3.0)), bs.Inputs((1.0, 3.0), mean=2.0)], ids=str)
def test_sectors_are_those_of_the_whole(inputs: bs.Inputs) -> None:
    net = bs.Network(2, 1, activation="tanh", inputs=inputs)
    points, symmetry = draw_points(net, 2**12, np.random.default_rng(0)), teacher_symmetry(net)
    support, law = support_of(net, 1.0), SpectralLaw.of(inputs)
    sides = [find_edge(kind(points, symmetry), 8.0, law, support) for kind in (Exchangeable, Distinct)]
    assert sides[0].point.z == pytest.approx(sides[1].point.z, abs=1e-6)
    one, other = ([x for x in find_outliers(side) for _ in range(x.multiplicity)] for side in sides)
    assert [x.z for x in one] == pytest.approx([x.z for x in other], abs=1e-4)
    for name in ("teacher", "student"):
        assert sum(getattr(x, name) for x in one) == pytest.approx(sum(getattr(x, name) for x in other), abs=1e-3)


def test_slopes_are_differences() -> None:
    net = bs.Network(2, 1, activation="softplus", inputs=bs.Inputs((1.0, 3.0), mean=2.0))
    curve = Axis(
        Exchangeable(draw_points(net, 256, np.random.default_rng(0)), teacher_symmetry(net)),
        8.0,
        SpectralLaw.of(net.inputs),
    )
    place = curve.start()
    near = [curve.step(place.tau * (1 + step)) for step in (-1e-4, 1e-4)]
    for i, slope in enumerate(curve.slopes(place)):
        low, high = (curve.blocks(x)[i][1] for x in near)
        np.testing.assert_allclose(slope, (high - low) / (near[1].z - near[0].z), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("net", "alpha"),
    [
        (bs.Network(1, 1, loss="normalised", inputs=bs.Inputs((1.0, 3.0, 5.0))), 4.0),
        (bs.Network(2, 1, activation="tanh", inputs=bs.Inputs((1.0, 3.0), mean=3.0)), 8.0),
    ],
    ids=str,
)
def test_samples_come_to_the_limit(net: bs.Network, alpha: float) -> None:
    """The lowest outlier and its overlaps, extrapolated in `1/N` from two sizes, within four standard errors."""
    outlier = bs.spectrum(net, alpha=alpha, averaging=QUICK).outliers[0]
    sizes, samples = np.array([150, 300]), 24
    data = [bs.simulate(net, alpha=alpha, N=int(N), samples=samples, seed=2, side="left") for N in sizes]
    for name, limit in (
        ("value", outlier.value),
        ("overlap2", outlier.overlap2_teacher.value),
        ("overlap2_student", outlier.overlap2_student.value),
    ):
        values = [d[name][:, : outlier.multiplicity].mean("eigenvalue").values for d in data]
        means, errors = [v.mean() for v in values], [v.std(ddof=1) / np.sqrt(samples) for v in values]
        extrapolated, error = 2 * means[1] - means[0], np.hypot(2 * errors[1], errors[0])
        assert abs(extrapolated - limit) <= 4 * error, name
