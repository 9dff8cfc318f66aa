"""Samples have the laws of the conventions, and what simulation finds in them agrees with the theory."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bendscape as bs
from bendscape.errors import InvalidParameterError
from bendscape.simulation import Dense, Hessian, density, draw, loss, mean_stderr
from tolerances import CAPTURED, OUTLIER, SIGMAS

Array = np.ndarray


def eigenvalues(net: bs.QuadraticNetwork, alpha: float, n: int, seed: int) -> Array:
    """All of one sample's Hessian."""
    return np.asarray(density(Hessian(draw(net, alpha=alpha, N=n, seed=seed)), method=Dense()).nodes[0])


@given(st.integers(0, 2**31))
def test_the_loss_does_not_see_rotations_of_the_neurons(seed: int) -> None:
    sample = draw(bs.QuadraticNetwork(3, 1, 0.5), alpha=1.5, N=6, seed=seed)
    rotation, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((3, 3)))
    assert loss(sample, rotation @ sample.student) == pytest.approx(loss(sample), rel=1e-12)


def test_weights_lie_on_the_sphere_and_labels_follow_their_law() -> None:
    sample = draw(bs.QuadraticNetwork(3, 2, 0.7), alpha=5.0, N=400, seed=0)
    np.testing.assert_allclose(np.linalg.norm(sample.teacher, axis=1), 20.0)
    np.testing.assert_allclose(np.linalg.norm(sample.student, axis=1), 20.0)
    # y is a chi-squared of two degrees over two: mean and variance one
    assert sample.labels.mean() == pytest.approx(1.0, abs=4 / math.sqrt(2000))
    assert sample.labels.var() == pytest.approx(1.0, abs=4 * math.sqrt(8 / 2000))


def test_the_bulk_of_one_hessian_follows_the_limiting_law() -> None:
    # counts of eigenvalues in an interval fluctuate by O(1), not by its square root: three at dimension 600
    net, alpha, n = bs.QuadraticNetwork(2, 1, 0.7), 2.5, 300
    found = bs.spectrum(net, alpha=alpha)
    values = eigenvalues(net, alpha, n, seed=1)
    for low, high in ((-0.5, 0.5), (0.5, 3.0), (3.0, 8.0)):
        share = np.mean((values > low) & (values < high))
        assert share == pytest.approx(found.mass(low, high), abs=6 / (2 * n))


@pytest.mark.parametrize("p", [1, 3])
def test_zero_eigenvalues_make_up_the_missing_rank(p: int) -> None:
    net = bs.QuadraticNetwork(p, 1, 0.7)
    values = eigenvalues(net, 0.4, 50, seed=2)
    assert np.mean(np.abs(values) < 1e-9) == pytest.approx(bs.spectrum(net, alpha=0.4).zero_mass, abs=1e-12)


@pytest.mark.parametrize(
    ("p", "p_star", "a", "ratio"), [(2, 1, 0.7, 3.0), (2, 1, 1.5, 3.0), (1, 2, 1.0, 3.0), (3, 2, 1.5, 3.0)]
)
def test_outlier_and_overlap_agree_with_the_theory(p: int, p_star: int, a: float, ratio: float) -> None:
    net = bs.QuadraticNetwork(p, p_star, a)
    alpha = ratio * bs.threshold(net).alpha
    (outlier,) = bs.spectrum(net, alpha=alpha).outliers
    data = bs.simulate(net, alpha=alpha, N=100, samples=24, seed=4)
    shifts = {"outlier": OUTLIER.at(100) * abs(outlier.value), "captured": CAPTURED.at(100)}
    for name, limit in (("outlier", outlier.value), ("captured", outlier.overlap2_teacher)):
        mean, stderr = mean_stderr(data[name].values)
        assert abs(mean - limit) < SIGMAS * stderr + shifts[name], name


@pytest.mark.long
@pytest.mark.parametrize("a", [0.7, 1.5])
def test_the_deviation_from_the_theory_shrinks_with_size(a: float) -> None:
    net = bs.QuadraticNetwork(2, 1, a)
    alpha = 5.0 * bs.threshold(net).alpha  # nearer to it fluctuations are not yet small beside the distance
    (outlier,) = bs.spectrum(net, alpha=alpha).outliers
    widths = []
    for n, samples in ((125, 160), (500, 60)):
        captured = bs.simulate(net, alpha=alpha, N=n, samples=samples, seed=n, workers=2).captured.values
        mean, stderr = mean_stderr(captured)
        assert abs(mean - outlier.overlap2_teacher) < SIGMAS * stderr + CAPTURED.at(n)
        widths.append(float(captured.std(ddof=1)))
    # fluctuations of the overlap fall like one over the square root of N: a factor two here
    assert 1.4 < widths[0] / widths[1] < 2.9


def test_infinite_width_cannot_be_simulated() -> None:
    with pytest.raises(InvalidParameterError, match="p = inf"):
        draw(bs.QuadraticNetwork(float("inf"), 1, 0.7), alpha=1.0, N=10, seed=0)
