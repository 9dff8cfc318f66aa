"""The Hessian of one sample from its pre-activations: against scalar equations, brute force, the limit and matrices."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import array_api_compat.numpy as xp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bendscape as bs
from bendscape.errors import InvalidParameterError, LimitError
from bendscape.models.network import LawEdge
from bendscape.simulation import Dense, Hessian, Sample, draw, gradient, lowest, teacher_overlap2
from bendscape.simulation.sample import project
from bendscape.theory.finite_size._conditional import Conditional, conditional
from bendscape.theory.law.measure import BULK, CurvatureMeasure
from bendscape.theory.resolvent.edges import edge_at
from bendscape.theory.resolvent.outliers import outliers_at
from bendscape.units import hessian_scale
from tolerances import CONDITIONAL, CONDITIONAL_AFTER_TRAINING, LOWEST_OF_BULK, SIGMAS, Shift

Array = np.ndarray
NET = bs.QuadraticNetwork(p=2, p_star=1, a=1.5)


def gaussian(net: Any, M: int, seed: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((M, net.p_star)), rng.standard_normal((M, int(net.p)))


# --- samples with the symmetry of the scalar theory ---


def symmetric_sample(net: Any, number: int, seed: int) -> tuple[Array, Array]:
    """`s` with both signs, `u` in directions whose fourth moments are those of the uniform law (`p` = 1 or 2)."""
    rng = np.random.default_rng(seed)
    angles = 2 * math.pi * np.arange(5) / 5
    directions = np.array([[1.0]]) if net.p == 1 else np.stack([np.cos(angles), np.sin(angles)], axis=1)
    s, radius = rng.standard_normal(number), np.linalg.norm(rng.standard_normal((number, int(net.p))), axis=1)
    rows = [
        (sign * x, r * direction)
        for x, r in zip(s, radius, strict=True)
        for sign, direction in itertools.product((-1.0, 1.0), directions)
    ]
    return np.array([[x] for x, _ in rows]), np.array([u for _, u in rows])


def scalar(net: Any, s: Array, u: Array, N: float) -> tuple[Any, Any]:
    """Edge and outliers by the scalar solvers, from the labels alone."""
    y, yhat = np.mean(s**2, axis=1), np.mean(u**2, axis=1)
    curvature, M = net.curvature(y, yhat), y.size
    label = {"y": y, "yhat": yhat}
    weights = {BULK: np.concatenate([np.full(M, m.fraction / M) for m in net.modes])}
    for sector in net.sectors:
        parts = [label[sector.label] * sector.weights.get(m.name, 0.0) / M for m in net.modes]
        weights[sector.name] = np.concatenate(parts)
    f = np.concatenate(curvature)
    end = LawEdge(value=float(f.min()), kind="power", parameter=-1.0, mean_square=math.inf)
    measure, scale = CurvatureMeasure(f, weights, end, None), hessian_scale(net.p)
    left = [o for o in outliers_at(net, measure, M / N, scale) if o.side == "left"]
    return edge_at(measure, M / N, "left", scale), left


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize(("a", "alpha"), [(0.1, 3.0), (1.5, 0.8), (1.5, 2.5), (20.0, 40.0)])
def test_the_scalar_equations_where_the_sample_has_their_symmetry(p: int, a: float, alpha: float) -> None:
    net = bs.QuadraticNetwork(p=p, p_star=1, a=a)
    s, u = symmetric_sample(net, 400, seed=p)
    N = s.shape[0] / alpha
    found = conditional(net, s=s, u=u, N=N, gram=np.eye(p + 1))
    edge, outliers = scalar(net, s, u, N)
    assert found.left_edge == pytest.approx(edge.value, abs=1e-10)
    np.testing.assert_allclose(found.stieltjes, edge.stieltjes * np.eye(p), rtol=1e-6, atol=1e-7 * abs(edge.stieltjes))
    expected = [o for o in outliers for _ in range(int(o.multiplicity))]
    assert len(found.outliers) == len(expected)
    for one, other in zip(found.outliers, expected, strict=True):
        assert one.value == pytest.approx(other.value, abs=1e-9)
        assert one.overlap2_teacher == pytest.approx(other.overlap2_teacher, abs=1e-7)
        assert one.overlap2_student == pytest.approx(other.overlap2_student, abs=1e-7)


def test_some_of_these_samples_have_outliers() -> None:
    s, u = symmetric_sample(NET, 400, seed=2)
    assert len(conditional(NET, s=s, u=u, N=s.shape[0] / 2.5, gram=np.eye(3)).outliers) == 2


# --- the equations themselves, written out sample by sample ---


def trained_sample(p: int, p_star: int, M: int, seed: int) -> tuple[Array, Array, Array]:
    """Pre-activations of weights of any norm that overlap, with their Gram matrix."""
    rng = np.random.default_rng(seed)
    mixing = np.eye(p + p_star) + 0.4 * rng.standard_normal((p + p_star, p + p_star))
    t = rng.standard_normal((M, p + p_star)) @ mixing.T
    return t[:, :p_star], t[:, p_star:], mixing @ mixing.T


def written_out(net: Any, s: Array, u: Array, N: float, G: Array, L: Array) -> tuple[Array, Array, Array]:
    """`G^{-1} + (1/N) sum A`, the matrix of `B -> G (1/N) sum A B A G`, and `T`, in units of `H`."""
    p, q = u.shape[1], s.shape[1] + u.shape[1]
    Z, K, T = np.linalg.inv(G), np.zeros((p * p, p * p)), np.zeros((p * q, p * q))
    for row, column in zip(s, u, strict=True):
        y, yhat = np.mean(row**2), np.mean(column**2)
        F = (2 / p) * ((yhat - y) * np.eye(p) + (2 / p) * np.outer(column, column)) / (net.a + y)
        A = F @ np.linalg.inv(np.eye(p) - G @ F)
        tau = np.linalg.solve(L, np.concatenate([row, column]))
        Z, K, T = Z + A / N, K + np.kron(G @ A, G @ A) / N, T + np.kron(A, np.outer(tau, tau)) / N
    return Z, K, T


@settings(max_examples=15)
@given(
    p=st.integers(1, 4),
    p_star=st.integers(1, 2),
    alpha=st.floats(0.3, 8),
    a=st.floats(0.05, 20),
    seed=st.integers(0, 99),
)
def test_edge_and_stieltjes_matrix_solve_the_equations_written_out(
    p: int, p_star: int, alpha: float, a: float, seed: int
) -> None:
    net = bs.QuadraticNetwork(p=p, p_star=p_star, a=a)
    s, u, gram = trained_sample(p, p_star, 150, seed)
    found = conditional(net, s=s, u=u, N=150 / alpha, gram=gram)
    Z, K, T = written_out(net, s, u, 150 / alpha, found.stieltjes, np.linalg.cholesky(gram))
    size = abs(found.left_edge) + float(np.abs(np.linalg.inv(found.stieltjes)).max())
    np.testing.assert_allclose(Z, found.left_edge * np.eye(p), atol=1e-9 * size)
    assert np.linalg.eigvalsh(found.stieltjes)[-1] < 0
    assert max(abs(np.linalg.eigvals(K))) == pytest.approx(1, abs=1e-5)
    assert len(found.outliers) == np.sum(np.linalg.eigvalsh(T) < found.left_edge)
    assert found.residual < 1e-10 * size
    for outlier in found.outliers:
        assert outlier.value <= found.left_edge
        assert outlier.residual < 1e-9 * size
        assert min(outlier.overlap2_teacher, outlier.overlap2_student) >= -1e-12
        assert max(outlier.overlap2_teacher, outlier.overlap2_student) <= 1 + 1e-12


def test_an_edge_beyond_which_lies_another_branch() -> None:
    """Many directions are nearly unstable at it, and no way leads back to it from solutions further on."""
    net, rng = bs.QuadraticNetwork(p=5, p_star=1, a=0.0032), np.random.default_rng(221)
    rng.standard_normal(20)
    t, gram = rng.standard_normal((500, 6)), np.eye(6)
    found = conditional(net, s=t[:, :1], u=t[:, 1:], N=4000, gram=gram)
    Z, K, _ = written_out(net, t[:, :1], t[:, 1:], 4000, found.stieltjes, gram)
    np.testing.assert_allclose(Z, found.left_edge * np.eye(5), atol=1e-10)
    assert max(abs(np.linalg.eigvals(K))) == pytest.approx(1, abs=1e-5)


def test_the_order_and_the_basis_of_neurons_do_not_matter() -> None:
    s, u, gram = trained_sample(3, 2, 3000, seed=5)
    net, N = bs.QuadraticNetwork(p=3, p_star=2, a=1.0), 500
    rotation = np.linalg.qr(np.random.default_rng(1).standard_normal((3, 3)))[0]
    full = np.eye(5)
    full[2:, 2:] = rotation
    one = conditional(net, s=s, u=u, N=N, gram=gram)
    other = conditional(net, s=s[:, ::-1], u=u, N=N, gram=gram[np.ix_([1, 0, 2, 3, 4], [1, 0, 2, 3, 4])])
    turned = conditional(net, s=s, u=u @ rotation.T, N=N, gram=full @ gram @ full.T)
    assert one.outliers
    for again in (other, turned):
        assert again.left_edge == pytest.approx(one.left_edge, abs=1e-11)
        for first, second in zip(one.outliers, again.outliers, strict=True):
            assert second.value == pytest.approx(first.value, abs=1e-10)
            assert second.overlap2_teacher == pytest.approx(first.overlap2_teacher, abs=1e-8)
            assert second.overlap2_student == pytest.approx(first.overlap2_student, abs=1e-8)
    np.testing.assert_allclose(turned.stieltjes, rotation @ one.stieltjes @ rotation.T, rtol=1e-6, atol=1e-8)


# --- the limit ---


@pytest.mark.parametrize(("net", "alpha"), [(NET, 2.0), (bs.QuadraticNetwork(p=2, p_star=1, a=0.7), 2.5)])
def test_large_samples_come_to_the_limit(net: Any, alpha: float) -> None:
    N = 50_000
    s, u = gaussian(net, round(alpha * N), seed=3)
    found, limit = conditional(net, s=s, u=u, N=N), bs.spectrum(net, alpha=alpha)
    expected = limit.outliers[0]
    assert found.left_edge == pytest.approx(limit.left_edge.value, abs=4 / math.sqrt(N))
    assert [o.value for o in found.outliers] == pytest.approx([expected.value] * 2, abs=4 / math.sqrt(N))
    m2 = float(bs.overlap(net, alpha=alpha).overlap2[0])
    assert [o.overlap2_teacher for o in found.outliers] == pytest.approx([m2] * 2, abs=4 / math.sqrt(N))
    assert max(o.overlap2_student for o in found.outliers) < 1e-4


# --- direct diagonalisation ---


def of_sample(sample: Sample, weights: Array) -> Conditional:
    W = np.concatenate([sample.teacher, weights])
    t, k = project(sample.inputs, W, xp), sample.net.p_star
    return conditional(sample.net, s=t[:, :k], u=t[:, k:], N=W.shape[1], gram=W @ W.T / W.shape[1])


def differences(N: int, alpha: float, number: int, weights: Callable[[Sample, int], Array], k: int) -> Array:
    """Found less predicted over samples: `k` eigenvalues, overlaps with teacher and student, shape (number, 3, k)."""
    rows = []
    for seed in range(number):
        sample = draw(NET, alpha=alpha, N=N, seed=(17, seed))
        w = weights(sample, seed)
        pairs, found = lowest(Hessian(sample, w), k, solver=Dense()), of_sample(sample, w)
        assert len(found.outliers) >= k
        basis = np.linalg.qr(w.T)[0]
        student = np.sum((pairs.vectors.T.reshape(k, w.shape[0], N) @ basis) ** 2, axis=(1, 2))
        measured = np.array([pairs.values, teacher_overlap2(sample, pairs.vectors), student])
        predicted = np.array([[o.value, o.overlap2_teacher, o.overlap2_student] for o in found.outliers[:k]]).T
        rows.append(measured - predicted)
    return np.array(rows)


def mean_and_error(rows: Array) -> tuple[Array, Array]:
    return rows.mean(axis=0), rows.std(axis=0, ddof=1) / math.sqrt(rows.shape[0])


def correlated(overlaps: tuple[float, float]) -> Callable[[Sample, int], Array]:
    """Students correlated with the teacher but not with the inputs: `w = m w* + sqrt(1 - m^2) noise`."""

    def weights(sample: Sample, seed: int) -> Array:
        n, w = sample.teacher.shape[1], sample.teacher[0]
        noise = np.random.default_rng((23, seed)).standard_normal((2, n))
        noise -= np.outer(noise @ w / n, w)
        noise *= math.sqrt(n) / np.linalg.norm(noise, axis=1, keepdims=True)
        m = np.array(overlaps)[:, None]
        return np.asarray(m * w + np.sqrt(1 - m**2) * noise)

    return weights


def trained(sample: Sample, steps: int) -> Array:
    weights = sample.student.copy()
    for _ in range(steps):
        weights -= 0.2 * gradient(sample, weights)
    return np.asarray(weights)


def trained_elsewhere(sample: Sample, seed: int) -> Array:
    """Gradient descent from the same start for the same teacher, on other inputs."""
    other = draw(NET, alpha=3.0, N=sample.teacher.shape[1], seed=(29, seed))
    labels = np.mean((other.inputs @ sample.teacher.T) ** 2, axis=1)
    return trained(replace(other, labels=labels, teacher=sample.teacher, student=sample.student), 20)


def assert_close(rows: Array, shifts: tuple[Shift, ...], N: int) -> None:
    """Within the standard error and a shift: eigenvalues, overlaps with the teacher, overlaps with the student."""
    mean, error = mean_and_error(rows)
    allowed = np.array([shift.at(N) for shift in shifts])[:, None]
    assert np.all(np.abs(mean) < SIGMAS * error + allowed), (mean, error)


def test_lowest_eigenvectors_at_the_start() -> None:
    assert_close(differences(400, 3.0, 20, lambda sample, _: sample.student, 2), CONDITIONAL, 400)


def test_a_student_correlated_with_the_teacher_and_independent_of_the_inputs() -> None:
    rows = differences(400, 3.0, 20, correlated((0.7, -0.5)), 1)
    assert_close(rows, CONDITIONAL, 400)
    assert np.abs(rows[:, 0]).mean() < 0.06  # each sample, not only their mean: samples differ by more than 0.1


def test_a_student_trained_on_other_data() -> None:
    assert_close(differences(300, 3.0, 15, trained_elsewhere, 1), CONDITIONAL, 300)


def test_a_student_trained_on_the_same_data_for_a_few_steps() -> None:
    """The correlation of weights and inputs is left out; at this size it is small beside other effects of finite N."""
    rows = differences(300, 3.0, 20, lambda sample, _: trained(sample, 5), 1)
    assert_close(rows, CONDITIONAL_AFTER_TRAINING, 300)


def test_a_student_trained_on_the_same_data_until_the_outliers_are_gone() -> None:
    """The lowest eigenvalue is then that of the bulk, above the edge as at other finite N."""
    shifts = []
    for seed in range(15):
        sample = draw(NET, alpha=3.0, N=300, seed=(31, seed))
        weights = trained(sample, 20)
        found = of_sample(sample, weights)
        predicted = found.outliers[0].value if found.outliers else found.left_edge
        shifts.append(float(lowest(Hessian(sample, weights), 1, solver=Dense()).values[0]) - predicted)
    mean, error = mean_and_error(np.array(shifts))
    assert 0 < mean < LOWEST_OF_BULK.at(300) + SIGMAS * error


# --- small samples and mistakes ---


def test_small_samples() -> None:
    found = conditional(NET, s=[[1.5], [0.1]], u=[[0.3, 0.2], [1.0, -0.4]], N=10)  # one of negative curvature
    assert found.left_edge < 0
    assert found.M == 2
    with pytest.raises(LimitError, match="zero eigenvalues"):
        conditional(NET, s=[[0.0], [0.1]], u=[[1.0, 0.5], [0.3, 0.9]], N=10)


def test_no_outlier_where_there_is_little_signal() -> None:
    s, u = gaussian(NET, 2000, seed=0)
    assert conditional(NET, s=s, u=u, N=20_000).outliers == ()


GOOD: dict[str, Any] = {"net": NET, "s": np.ones((4, 1)) * 0.9, "u": np.array([[1.0, 0.5], [0.2, -1.0]] * 2), "N": 3}


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"net": None}, "QuadraticNetwork"),
        ({"net": bs.QuadraticNetwork(p=math.inf, p_star=1, a=1.0)}, "finite width"),
        ({"s": np.ones((4, 2))}, "s has shape"),
        ({"s": np.ones(4)}, "s has shape"),
        ({"s": np.ones((0, 1)), "u": np.ones((0, 2))}, "s has shape"),
        ({"s": np.ones((3, 1))}, "3 rows"),
        ({"s": np.ones((1, 1)), "u": np.ones((1, 2))}, "M = 1 samples"),
        ({"u": np.ones((4, 1))}, "u has shape"),
        ({"u": [[1, 2], [3]]}, "u is ragged"),
        ({"u": [["a", "b"]]}, "u has the text 'a'"),
        ({"u": np.full((4, 2), np.nan)}, "nan"),
        ({"s": np.full((4, 1), np.inf)}, "s has the entry inf"),
        ({"u": np.full((4, 2), 1e200)}, "overflows"),
        ({"s": np.zeros((4, 1)), "u": np.zeros((4, 2))}, "is zero"),
        ({"N": 0}, "N = 0"),
        ({"N": math.nan}, "N = nan"),
        ({"N": "3"}, "N = '3'"),
        ({"gram": np.eye(2)}, "gram has shape"),
        ({"gram": "eye"}, "gram is 'eye'"),
        ({"gram": np.full((3, 3), np.nan)}, "gram has the entry nan"),
        ({"gram": np.array([[1, 0.5, 0], [0, 1, 0], [0, 0, 1]])}, "not symmetric"),
        ({"gram": np.ones((3, 3))}, "positive definite"),
        ({"gram": -np.eye(3)}, "positive definite"),
        ({"net": bs.QuadraticNetwork(p=2, p_star=1, a=0.0), "s": np.zeros((4, 1))}, "a = 0"),
    ],
)
def test_mistakes_are_named(change: dict[str, Any], match: str) -> None:
    arguments = GOOD | change
    with pytest.raises(InvalidParameterError, match=match):
        conditional(arguments.pop("net"), **arguments)


def test_trained_weights_ask_for_their_gram_matrix() -> None:
    s, u = gaussian(NET, 2000, seed=0)
    with pytest.raises(InvalidParameterError, match="give gram"):
        conditional(NET, s=s, u=2 * u, N=500)
    with pytest.raises(InvalidParameterError, match="give gram"):
        conditional(NET, s=s, u=u * 0.6 + 0.8 * s, N=500)
