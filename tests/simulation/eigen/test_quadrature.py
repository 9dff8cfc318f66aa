"""Densities: exact where they can be, and with an error bar that means what it says where they cannot."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bendscape as bs
from bendscape.errors import InvalidParameterError, MemoryLimitError
from bendscape.simulation import Dense, Density, Hessian, LanczosQuadrature, density, draw
from bendscape.simulation.eigen.operator import examined

Array = np.ndarray
FUNCTIONS: list[Callable[[Array], Array]] = [lambda x: x, lambda x: x**2, np.tanh, lambda x: np.exp(-np.abs(x))]


def symmetric(values: Array, seed: int = 0) -> Array:
    """With these eigenvalues."""
    Q = np.linalg.qr(np.random.default_rng(seed).standard_normal((values.size,) * 2))[0]
    return np.asarray((Q * values) @ Q.T)


class Recorded:
    """A matrix that remembers what a quadrature multiplies it with, and says how much memory it takes."""

    def __init__(self, matrix: Array, nbytes: int = 0) -> None:
        self.matrix, self.shape, self.dtype, self.nbytes = matrix, matrix.shape, matrix.dtype, nbytes
        self.asked: list[Array] = []
        examined(self)
        self.looks = len(self.asked)  # products by which an operator is looked at

    def __matmul__(self, columns: Array) -> Array:
        self.asked.append(columns.copy())
        return np.asarray(self.matrix @ columns)

    def probes(self, steps: int) -> Array:
        """The unit vectors that every batch started from, as rows; they are multiplied by a power of two."""
        rows = np.concatenate([first.T for first in self.asked[2 * self.looks :: steps]])
        return np.asarray(rows / np.exp2(np.round(np.log2(np.linalg.norm(rows, axis=1, keepdims=True)))))


def quadratures(found: Density, function: Callable[[Array], Array]) -> Array:
    return np.asarray(np.sum(found.weights * function(found.nodes), axis=1))


@pytest.mark.parametrize(("p", "alpha"), [(1, 2.0), (2, 0.5), (3, 2.0)])
def test_a_dense_density_has_every_trace(p: int, alpha: float) -> None:
    H = Hessian(draw(bs.QuadraticNetwork(p, 1, 0.7), alpha=alpha, N=20, seed=1))
    matrix, found = H.dense(), density(H, method=Dense())
    for power in range(5):
        expected = np.trace(np.linalg.matrix_power(matrix, power)) / (20 * p)
        mean, stderr = found.mean(lambda x, n=power: x**n)  # type: ignore[misc]
        assert mean == pytest.approx(expected, rel=1e-10)
        assert stderr == 0.0
    np.testing.assert_allclose(found.nodes[0], np.linalg.eigvalsh(matrix), atol=1e-12 * np.abs(matrix).max() * 20)


@given(st.integers(4, 8), st.integers(20, 60), st.integers(0, 1000))
def test_each_probe_is_exact_for_polynomials_up_to_the_degree(steps: int, n: int, seed: int) -> None:
    matrix = Recorded(symmetric(np.random.default_rng(seed).uniform(-1, 1, n), seed))
    found = density(matrix, method=LanczosQuadrature(probes=3, steps=steps, seed=seed))
    probes = matrix.probes(steps)
    np.testing.assert_allclose(np.linalg.norm(probes, axis=1), 1.0)
    image = probes.copy()
    for power in range(2 * steps):
        expected = np.sum(image * probes, axis=1)
        np.testing.assert_allclose(quadratures(found, lambda x, k=power: x**k), expected, atol=1e-12)  # type: ignore[misc]
        image = image @ matrix.matrix


@given(st.integers(1, 30), st.integers(0, 1000))
def test_as_many_steps_as_rows_are_exact_for_everything(n: int, seed: int) -> None:
    values = np.random.default_rng(seed).standard_normal(n)
    matrix = Recorded(symmetric(values, seed))
    found = density(matrix, method=LanczosQuadrature(probes=3, steps=40))
    probes = matrix.probes(min(40, n))
    for function in FUNCTIONS:
        expected = np.sum((probes @ symmetric(function(values), seed)) * probes, axis=1)
        np.testing.assert_allclose(quadratures(found, function), expected, atol=1e-9)
    np.testing.assert_allclose(found.weights.sum(axis=1), 1.0)


FEW = {
    "zero": np.zeros(50),
    "identity": np.ones(50),
    "rank one": np.r_[7.0, np.zeros(49)],
    "low rank": np.r_[-3.0, 2.0, 5.0, np.zeros(47)],
    "three values": np.repeat([-1.0, 0.5, 4.0], [10, 20, 20]),
    "three values, far apart": np.repeat([-1e-3, 1.0, 1e3], [10, 20, 20]),
    "huge": 1e150 * np.repeat([-1.0, 0.5, 4.0], [10, 20, 20]),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", FEW)
def test_few_distinct_eigenvalues_end_lanczos_early_and_cost_nothing(name: str, dtype: Any) -> None:
    values = FEW[name] if dtype == np.float64 or name != "huge" else 1e-135 * FEW[name]
    matrix = Recorded(symmetric(values, 3).astype(dtype), nbytes=10**6)
    found = density(matrix, method=LanczosQuadrature(probes=4, steps=20))
    scale, rounding = float(np.abs(values).max()) or 1.0, 1e-10 if dtype == np.float64 else 3e-5
    probes = matrix.probes(20).astype(float)
    for function in FUNCTIONS:
        expected = np.sum((probes @ symmetric(function(values / scale), 3)) * probes, axis=1)
        each = np.sum(found.weights * function(found.nodes / scale), axis=1)
        np.testing.assert_allclose(each, expected, atol=rounding)
    np.testing.assert_allclose(found.weights.sum(axis=1), 1.0, rtol=1e-6)
    # what has weight is an eigenvalue
    off = np.abs(found.nodes[:, :, None] - values).min(axis=2)
    assert np.all(off[found.weights > 1e-3] < 30 * rounding * scale)


def test_the_identity_has_no_error() -> None:
    found = density(np.eye(50), method=LanczosQuadrature())
    for function in FUNCTIONS:
        mean, stderr = found.mean(function)
        assert mean == pytest.approx(float(function(np.ones(1))[0]), rel=1e-12)
        assert stderr < 1e-12


def test_error_bars_cover_the_exact_value() -> None:
    # (mean - exact)/stderr of 40 matrices with 30 probes each is a Student variable of 29 degrees, variance 29/27
    scores = []
    for seed in range(40):
        values = np.random.default_rng(seed).exponential(size=60)
        matrix = symmetric(values, seed)
        mean, stderr = density(matrix, method=LanczosQuadrature(probes=30, steps=20, seed=seed)).mean(np.sqrt)
        scores.append((mean - np.sqrt(values).mean()) / stderr)
    assert np.mean(scores) == pytest.approx(0.0, abs=4 / math.sqrt(40))
    assert np.var(scores) == pytest.approx(29 / 27, abs=4 * math.sqrt(2 / 40))


def test_error_bars_shrink_with_the_number_of_probes() -> None:
    matrix = symmetric(np.random.default_rng(0).exponential(size=80))

    def typical(probes: int) -> float:
        found = (density(matrix, method=LanczosQuadrature(probes, 8, seed)).mean(lambda x: x) for seed in range(20))
        return float(np.sqrt(np.mean([stderr**2 for _, stderr in found])))

    # the variance of a variance from eight probes is 2/7, twenty of them are averaged: 6 per cent of its root
    assert typical(8) / typical(128) == pytest.approx(4.0, rel=0.25)


def test_truncation_shrinks_with_steps() -> None:
    matrix, x = symmetric(np.linspace(-1, 1, 300)), np.linspace(-0.9, 0.9, 19)

    def truncation(steps: int) -> float:
        found = density(matrix, method=LanczosQuadrature(probes=2, steps=steps))
        return float(found.curves(x, width=0.2).truncation.max())

    # convergence is geometric: (w + sqrt(1 + w^2))^-2s, w = 0.2
    coarse, middle, fine = (truncation(steps) for steps in (12, 24, 48))
    assert coarse > 5 * middle > 25 * fine
    assert fine < 1e-4


@settings(max_examples=15)
@given(st.integers(0, 1000), st.floats(0.05, 1.0))
def test_a_smoothed_density_is_a_sum_of_lorentzians(seed: int, width: float) -> None:
    values, x = np.random.default_rng(seed).standard_normal(30), np.linspace(-3, 3, 13)
    curve = density(symmetric(values, seed)).curves(x, width=width)
    expected = (width / np.pi / ((x[:, None] - values) ** 2 + width**2)).mean(axis=1)
    np.testing.assert_allclose(curve.density.values, expected, rtol=1e-9)
    assert not np.any(curve.stderr.values)
    assert not np.any(curve.truncation.values)
    assert curve.density.dims == ("eigenvalue",)
    assert all(curve[name].attrs["long_name"] for name in curve)


@pytest.mark.parametrize(("alpha", "width"), [(2.5, 0.1), (0.5, 0.1), (2.5, 0.5)])
def test_the_density_of_a_hessian_is_that_of_the_theory(alpha: float, width: float) -> None:
    # probes of the very seed of the sample; a probe that is one of its inputs is off by 0.2
    net, n, x = bs.QuadraticNetwork(2, 1, 0.7), 500, np.linspace(-1.2, 4.0, 27)
    H = Hessian(draw(net, alpha=alpha, N=n, seed=0))
    curve = density(H, method=LanczosQuadrature(probes=16, steps=120, seed=0)).curves(x, width=width)
    theory = -bs.spectrum(net, alpha=alpha).stieltjes(x + 1j * width).imag / np.pi
    # the law of M labels fluctuates by 1/sqrt(M), and the density with it
    allowed = 4 * curve.stderr.values + curve.truncation.values + 2 * theory.max() / math.sqrt(alpha * n)
    assert np.all(np.abs(curve.density.values - theory) < allowed)
    assert np.median(allowed) < 0.2 * theory.max()


@pytest.mark.parametrize("seed", [0, 1, 77])
def test_probes_have_nothing_to_do_with_a_sample_of_the_same_seed(seed: int) -> None:
    net, n = bs.QuadraticNetwork(1, 2, 0.7), 4000
    matrix = Recorded(np.broadcast_to(np.zeros(1), (n, n)))
    matrix.dtype = np.dtype(float)
    density(matrix, method=LanczosQuadrature(probes=3, steps=4, seed=seed))
    probes = matrix.probes(4)
    children = [seed, *np.random.SeedSequence(seed).spawn(3)]
    drawn = [draw(net, alpha=3 / n, N=n, seed=child) for child in children]
    rows = np.concatenate([part for sample in drawn for part in (sample.inputs, sample.student, sample.teacher)])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    assert np.abs(probes @ rows.T).max() < 5 / math.sqrt(n)
    assert np.abs(probes @ probes.T - np.eye(3)).max() < 5 / math.sqrt(n)


def test_hessian_probes_equal_for_operator_and_matrix() -> None:
    H, method = Hessian(draw(bs.QuadraticNetwork(2, 1, 0.7), alpha=2.0, N=30, seed=2)), LanczosQuadrature(4, 15)
    one, other = density(H, method=method), density(H.dense(), method=method)
    for function in FUNCTIONS:
        np.testing.assert_allclose(quadratures(one, function), quadratures(other, function), rtol=1e-9)


def test_batches_of_probes_change_nothing_but_rounding() -> None:
    matrix, method = symmetric(np.random.default_rng(0).exponential(size=70)), LanczosQuadrature(probes=7, steps=12)
    size = 12 * 70 * 8
    one, *others = (density(Recorded(matrix, nbytes), method=method) for nbytes in (10**9, 0, int(3.5 * 5 * size)))
    for other in others:
        np.testing.assert_allclose(other.nodes, one.nodes, atol=1e-11)
        np.testing.assert_allclose(other.weights, one.weights, atol=1e-9)


def test_batches_are_as_many_as_the_memory_of_the_inputs_suggests() -> None:
    matrix, method = symmetric(np.ones(70)), LanczosQuadrature(probes=7, steps=12)
    widths = {}
    for nbytes in (0, int(3.5 * 5 * 12 * 70 * 8), 10**9):
        recorded = Recorded(matrix, nbytes)
        density(recorded, method=method)
        widths[nbytes] = [asked.shape[1] for asked in recorded.asked[2 * recorded.looks :: 12]]
    assert list(widths.values()) == [[1] * 7, [3, 3, 1], [7]]


def test_single_precision_is_close_to_double() -> None:
    net = bs.QuadraticNetwork(2, 1, 0.7)
    single, double = (Hessian(draw(net, alpha=2.5, N=80, seed=1, dtype=d)) for d in ("float32", "float64"))
    method, x = LanczosQuadrature(probes=4, steps=60), np.linspace(-1, 5, 13)
    one, other = density(single, method=method), density(double, method=method)
    for function in FUNCTIONS:
        np.testing.assert_allclose(quadratures(one, function), quadratures(other, function), rtol=1e-4)
    rough, fine = (found.curves(x, width=0.2).density.values for found in (one, other))
    np.testing.assert_allclose(rough, fine, atol=1e-4)


def test_the_same_seed_gives_the_same_probes_and_another_seed_others() -> None:
    matrix = symmetric(np.linspace(0, 1, 40))
    one, same, other = (density(matrix, method=LanczosQuadrature(3, 6, seed)) for seed in (1, 1, 2))
    assert np.array_equal(one.nodes, same.nodes)
    assert not np.any(one.nodes == other.nodes)


def test_small_matrices_are_taken_whole() -> None:
    matrix = symmetric(np.arange(5.0))
    assert density(matrix).nodes.shape == (1, 5)


def test_lanczos_vectors_that_do_not_fit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bendscape.memory.available", lambda: 10**6)
    with pytest.raises(MemoryLimitError, match=r"100 Lanczos vectors for 4 probes .* fewer steps"):
        density(np.eye(2000), method=LanczosQuadrature())


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"probes": 0}, "probes = 0"),
        ({"probes": 1}, "probes = 1"),
        ({"probes": 2.5}, "probes = 2.5"),
        ({"probes": True}, "probes = True"),
        ({"steps": 3}, "steps = 3"),
        ({"steps": -1}, "steps = -1"),
        ({"steps": "many"}, "steps = 'many'"),
        ({"seed": -1}, "seed = -1"),
        ({"seed": 1.5}, "seed = 1.5"),
        ({"seed": "one"}, "seed = 'one'"),
    ],
)
def test_bad_options_are_named(options: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidParameterError, match=named):
        density(np.eye(9), method=LanczosQuadrature(**options))


@pytest.mark.parametrize("operator", [None, "H", np.ones(5), np.ones((4, 3)), [[1.0, 0.0]], np.ones((0, 0))])
@pytest.mark.parametrize("method", [None, Dense(), LanczosQuadrature()])
def test_a_density_is_that_of_a_square_operator(operator: Any, method: Any) -> None:
    with pytest.raises(InvalidParameterError, match=r"operator (has shape|is)"):
        density(operator, method=method)


@pytest.mark.parametrize("method", ["dense", 3, Dense, bs.simulation.BlockLanczos()])
def test_a_method_without_a_density_is_refused(method: Any) -> None:
    with pytest.raises(InvalidParameterError, match=r"method = .*give Dense\(\) or LanczosQuadrature\(\)"):
        density(np.eye(9), method=method)


@pytest.mark.parametrize("width", [0, -0.1, math.nan, math.inf, True, "0.1", None])
def test_a_width_is_a_positive_number(width: Any) -> None:
    with pytest.raises(InvalidParameterError, match="width = "):
        density(np.eye(9)).curves([0.0], width=width)


@pytest.mark.parametrize("points", [[], [[0.0]], "0", None, [1j], [math.nan], [math.inf]])
def test_eigenvalues_are_one_axis_of_finite_numbers(points: Any) -> None:
    with pytest.raises(InvalidParameterError, match="eigenvalue"):
        density(np.eye(9)).curves(points, width=0.1)
