"""Averages of `A = F (I - Gamma F)^{-1}` by the kernel of full matrices, and one engine for laws and samples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bendscape as bs
from bendscape.models.general import Curvature
from bendscape.theory.finite_size._conditional import conditional
from bendscape.theory.law.distinct import Distinct
from bendscape.theory.law.exchangeable import Exchangeable
from bendscape.theory.law.matrix_averages import SpectralLaw
from bendscape.theory.law.points import Points
from bendscape.theory.law.teacher import TeacherSymmetry
from bendscape.theory.numerics.symmetric_matrices import symmetric
from bendscape.theory.resolvent.matrix_edges import find_edge, find_outliers

NO_SYMMETRY = TeacherSymmetry(1, (), False, False, False, False)


def points(p: int, n: int, seed: int, scalar: bool) -> Points:
    """Curvatures of both signs, with a multiple of the identity or any diagonal, and weights that differ."""
    rng = np.random.default_rng(seed)
    diagonal = rng.standard_normal((n, 1 if scalar else p)) * np.ones(p)
    weights = rng.uniform(0.5, 1.5, n)
    F = Curvature(diagonal, rng.standard_normal(n), rng.standard_normal((n, p)))
    return Points(
        rng.standard_normal((n, p)), rng.standard_normal((n, 1)), np.zeros(n), weights / weights.sum(), F, 0.0
    )


def gamma(p: int, seed: int, size: float) -> Any:
    """A negative definite matrix."""
    root = np.random.default_rng((seed, 1)).standard_normal((p, p))
    return -size * (np.eye(p) + root @ root.T / p)


def written_out(sample: Points, G: Any) -> Any:
    F = sample.curvature.dense()
    return np.array([f @ np.linalg.inv(np.eye(len(G)) - G @ f) for f in F])


@settings(max_examples=40)
@given(
    p=st.integers(1, 4), seed=st.integers(0, 999), size=st.floats(0.01, 3), scalar=st.booleans(), turned=st.booleans()
)
def test_averages_are_those_written_out(p: int, seed: int, size: float, scalar: bool, turned: bool) -> None:
    """Also beyond the edge, where `I - Gamma F` is nearly singular at some points; and for a complex `Gamma`."""
    sample, G = points(p, 30, seed, scalar), gamma(p, seed, size)
    G = G * (1 + 0.3j) if turned else G
    averages, pairs = Distinct(sample), symmetric(p)
    A, w, g = written_out(sample, G), sample.weights, pairs.coordinates(G)
    mean, slope = averages.mean(g)
    near = np.abs(A).max()  # a pole
    np.testing.assert_allclose(averages.matrix(mean), np.einsum("n,nij->ij", w, A), rtol=0, atol=1e-11 * near)
    B = np.random.default_rng((seed, 2)).standard_normal((p, p))
    B = B + B.T
    there = np.einsum("n,nij,jk,nkl->il", w, A, B, A)
    np.testing.assert_allclose(averages.matrix(slope @ pairs.coordinates(B)), there, rtol=0, atol=1e-10 * near**2)
    t = np.hstack([sample.u, sample.s])
    T = np.einsum("n,nij,nk,nl->ikjl", w, A, t, t).reshape(p * (p + 1), -1)
    np.testing.assert_allclose(averages.blocks(g)[0].T, T, rtol=0, atol=1e-10 * near)
    if not turned:
        lowest = np.linalg.eigvalsh(sample.curvature.dense() - np.linalg.inv(G))[:, 0]
        clear = np.abs(lowest) > 1e-9
        np.testing.assert_array_equal(averages.regular(g)[clear], (lowest > 0)[clear])


@pytest.mark.parametrize("kind", [Distinct, Exchangeable])
@pytest.mark.parametrize("scalar", [True, False])
def test_rates_are_differences(kind: Any, scalar: bool) -> None:
    averages = kind(points(3, 40, 1, scalar), NO_SYMMETRY)
    g, velocity, step = -0.1 * averages.identity, np.linspace(1.0, 2.0, len(averages.identity)), 1e-6
    low, high = (averages.blocks(g + sign * step * velocity) for sign in (-1, 1))
    for before, after, rate in zip(low, high, averages.rates(g, velocity), strict=True):
        np.testing.assert_allclose(rate.T, (after.T - before.T) / (2 * step), rtol=1e-5, atol=1e-5)


def test_the_sum_of_a_b_a_and_a_turn_are_matrices_in_coordinates() -> None:
    rng, pairs = np.random.default_rng(0), symmetric(4)
    A, B, Q = rng.standard_normal((3, 4, 4))
    A, B = A + A.T, B + B.T
    a = A[pairs.i, pairs.j]
    np.testing.assert_allclose(pairs.matrix(pairs.sandwich(np.outer(a, a)) @ pairs.coordinates(B)), A @ B @ A)
    np.testing.assert_allclose(pairs.matrix(pairs.turn(Q) @ pairs.coordinates(B)), Q @ B @ Q.T)


@pytest.mark.parametrize(
    ("p", "p_star", "a", "alpha", "N"),
    [(1, 1, 0.5, 3.0, 200), (2, 1, 1.5, 2.0, 400), (3, 2, 0.8, 4.0, 300), (4, 1, 0.7, 3.0, 200)],
)
def test_a_sample_is_a_law_of_its_points(p: int, p_star: int, a: float, alpha: float, N: int) -> None:
    """The points of any network at the sample's pre-activations, in units of `H`, have its edge and outliers."""
    from bendscape.theory.law.points import points_at

    net, rng, M = bs.QuadraticNetwork(p, p_star, a), np.random.default_rng(p), round(alpha * N)
    s, u = rng.standard_normal((M, p_star)), rng.standard_normal((M, p))
    found = conditional(net, s=s, u=u, N=N, gram=np.eye(p + p_star))
    law = points_at(bs.Network.of_quadratic(net), u, s, np.zeros((M, 2)), np.full(M, 1 / M))
    left = find_edge(Distinct(law), M / N, SpectralLaw(np.ones(1), np.ones(1)))
    assert left.kind == "sharp"
    assert left.point.z == pytest.approx(found.left_edge, rel=1e-12)
    outliers = find_outliers(left)
    assert len(outliers) == len(found.outliers) > 0
    for one, other in zip(outliers, found.outliers, strict=True):
        assert one.z == pytest.approx(other.value, rel=1e-12)
        assert one.teacher == pytest.approx(other.overlap2_teacher, abs=1e-11)
        assert one.student == pytest.approx(other.overlap2_student, abs=1e-11)


def test_a_far_root_of_the_trace_is_found_for_many_eigenvalues_of_the_inputs() -> None:
    """Few poles are eigenvalues of a matrix, many are searched: both give one place."""
    sample = points(2, 40, 3, scalar=False)
    values = np.linspace(0.5, 1.5, 41)
    law, coarse = (SpectralLaw(x, np.full(len(x), 1 / len(x))) for x in (values, values[::4]))
    places = [find_edge(Distinct(sample), 3.0, each).point for each in (law, coarse)]
    assert places[0].z == pytest.approx(places[1].z, rel=0.05)
    averages = Distinct(sample)
    for place, each in zip(places, (law, coarse), strict=True):
        there = averages.stieltjes(place.omega, place.z, each)[0]
        np.testing.assert_allclose(there, place.gamma, rtol=1e-9, atol=1e-11)
