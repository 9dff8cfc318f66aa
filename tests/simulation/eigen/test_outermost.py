"""Solvers on matrices whose spectrum is prescribed, and on Hessians: the right pairs, or a status that says no."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.linalg import LinearOperator, aslinearoperator

import bendscape as bs
from bendscape.errors import InvalidParameterError, MemoryLimitError
from bendscape.simulation import BlockLanczos, Dense, Eigenpairs, Eigsh, Hessian, draw, lowest

Array = np.ndarray


def prescribed(values: Array, seed: int = 0, dtype: Any = np.float64) -> tuple[Array, Array]:
    """A matrix with these eigenvalues, and its eigenvectors in their order."""
    Q = np.linalg.qr(np.random.default_rng(seed).standard_normal((values.size, values.size)))[0]
    matrix = (Q * values) @ Q.T
    return ((matrix + matrix.T) / 2).astype(dtype), Q


def spectrum(*parts: tuple[float, float, int]) -> Array:
    """Evenly spaced eigenvalues between bounds, so many of each."""
    return np.sort(np.concatenate([np.linspace(low, high, number) for low, high, number in parts]))


def honest(operator: Any, found: Eigenpairs) -> None:
    """The residuals are those of the vectors, which are orthonormal; the status follows from the residuals."""
    eps = float(np.finfo(operator.dtype).eps)
    k = found.values.size
    assert np.all(np.diff(found.values) >= 0)
    np.testing.assert_allclose(found.vectors.T @ found.vectors, np.eye(k), atol=1000 * eps)
    matrix = np.asarray(operator @ np.eye(operator.shape[0], dtype=operator.dtype), dtype=float)
    size = float(np.abs(matrix).max()) or 1.0
    residuals = size * np.linalg.norm((matrix @ found.vectors - found.vectors * found.values) / size, axis=0)
    np.testing.assert_allclose(found.residuals, residuals, atol=20 * eps * float(np.linalg.norm(matrix)))
    assert found.converged == bool(np.all(found.residuals <= found.tolerance)) == (found.status == "converged")


def exact(operator: Any, found: Eigenpairs, values: Array) -> None:
    """Converged, to the lowest of these values, copies counted."""
    honest(operator, found)
    assert found.converged, found
    k = found.values.size
    eps = float(np.finfo(operator.dtype).eps)
    rounding = 20 * eps * float(np.abs(values).max())
    np.testing.assert_allclose(found.values, np.sort(values)[:k], rtol=0, atol=found.tolerance + rounding)


def distance(one: Array, other: Array) -> float:
    """Between the spaces that orthonormal columns span: the largest sine of an angle."""
    return float(np.linalg.norm(one @ one.T - other @ other.T, 2))


SIMPLE = {
    "well separated": spectrum((-5, -3, 5), (-1, 1, 145)),
    "no gap": spectrum((-1, 1, 150)),
    "negative": spectrum((-9, -1, 150)),
    "positive": spectrum((0.5, 9, 200)),
    "tail above": np.concatenate([spectrum((-2, -1.5, 4), (-1, 1, 180)), np.geomspace(1, 1e4, 16)]),
    "small gap": np.concatenate([-1 + np.array([0.0, 5e-5, 1e-4]), spectrum((-0.5, 2, 150))]),
    "tiny": 1e-150 * spectrum((-5, -3, 5), (-1, 1, 145)),
    "huge": 1e150 * spectrum((-5, -3, 5), (-1, 1, 145)),
}


@pytest.mark.parametrize("solver", [Dense(), BlockLanczos(), BlockLanczos(block=1), BlockLanczos(block=7), Eigsh()])
@pytest.mark.parametrize("name", SIMPLE)
def test_simple_spectra(name: str, solver: Any) -> None:
    matrix, Q = prescribed(SIMPLE[name])
    found = lowest(matrix, 4, solver=solver)
    exact(matrix, found, SIMPLE[name])
    np.testing.assert_allclose(found.values, np.linalg.eigvalsh(matrix)[:4], rtol=0, atol=2 * found.tolerance)
    separated = np.sort(SIMPLE[name])[:5]
    order, gap = np.argsort(SIMPLE[name])[:4], separated[4] - separated[3]
    # Davis and Kahan: residuals over the gap
    assert distance(found.vectors, Q[:, order]) < 2 * np.linalg.norm(found.residuals) / gap + 1e-11 * (
        np.abs(SIMPLE[name]).max() / gap
    )


CLUSTERS = {
    "one of twelve": (spectrum((-2, -2, 12), (-1, 3, 300)), 12),
    "one of twelve, tail above": (np.concatenate([spectrum((-2, -2, 12), (-1, 3, 200)), np.geomspace(3, 1e4, 9)]), 12),
    "two": (spectrum((-2, -2, 5), (-1.9, -1.9, 7), (-1, 1, 200)), 12),
    "one and a small gap": (spectrum((-1, -1, 6), (-0.99995, -0.99995, 1), (-0.5, 2, 200)), 7),
    "spread by less than the tolerance": (spectrum((-1, -1 + 1e-9, 12), (-0.5, 2, 200)), 12),
    "spread by more than the tolerance": (spectrum((-1, -1 + 1e-4, 12), (-0.5, 2, 200)), 12),
    "above a simple one": (spectrum((-3, -3, 1), (-2, -2, 11), (0, 1, 200)), 12),
    "at zero": (spectrum((0, 0, 12), (1, 2, 200)), 12),
}


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("solver", [BlockLanczos(block=12), BlockLanczos(block=12, basis=80), Dense()])
@pytest.mark.parametrize("name", CLUSTERS)
def test_all_copies_of_degenerate_eigenvalues_and_no_ghosts(name: str, solver: Any, seed: int) -> None:
    values, size = CLUSTERS[name]
    matrix, Q = prescribed(values, seed)
    for number in (size, size + 2, size - 1):
        found = lowest(matrix, number, solver=solver)
        exact(matrix, found, values)
        if number == size:
            gap = np.sort(values)[size] - np.sort(values)[size - 1]
            assert distance(found.vectors, Q[:, np.argsort(values, kind="stable")[:size]]) < (
                2 * np.linalg.norm(found.residuals) / gap + 1e-11 * np.abs(values).max() / gap
            )


@pytest.mark.parametrize("block", [1, 2, 5])
def test_a_small_block_finds_what_is_simple_and_a_cluster_larger_than_it_in_time(block: int) -> None:
    # rounding and restarts bring in further copies; whatever is found is orthonormal and has its residual
    values = spectrum((-2, -2, 6), (-1, 3, 150))
    matrix, _ = prescribed(values)
    found = lowest(matrix, 4, solver=BlockLanczos(block=block))
    honest(matrix, found)
    assert abs(found.values[0] + 2.0) < found.tolerance


BREAKDOWNS = {
    "identity": np.ones(150),
    "minus identity": -np.ones(150),
    "zero": np.zeros(150),
    "three values": spectrum((-1, -1, 30), (0.5, 0.5, 60), (2, 2, 60)),
    "three values, few of the lowest": spectrum((-1, -1, 4), (0.5, 0.5, 60), (2, 2, 60)),
    "rank one, positive": spectrum((0, 0, 149), (3, 3, 1)),
    "rank one, negative": spectrum((-3, -3, 1), (0, 0, 149)),
    "rank a third, positive": spectrum((0, 0, 100), (1, 2, 50)),
    "rank a third, of both signs": spectrum((-2, -1, 25), (0, 0, 100), (1, 2, 25)),
    "all but ten are zero": spectrum((-2, -1, 5), (0, 0, 140), (1, 2, 5)),
}


@pytest.mark.parametrize("number", [1, 4, 6])
@pytest.mark.parametrize("name", BREAKDOWNS)
def test_an_invariant_space_is_no_end(name: str, number: int) -> None:
    values = BREAKDOWNS[name]
    matrix, _ = prescribed(values)
    copies = int(np.unique(values[:number], return_counts=True)[1].max())  # a block of so many is certain to find them
    smallest = number + 2 * copies
    for solver in (Dense(), BlockLanczos(), BlockLanczos(block=copies), BlockLanczos(block=copies, basis=smallest)):
        exact(matrix, lowest(matrix, number, solver=solver), values)


@settings(max_examples=100)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=9), st.integers(1, 9), st.integers(0, 2**31))
def test_few_distinct_eigenvalues(sizes: list[int], number: int, seed: int) -> None:
    # the Krylov space of a block ends after as many products as there are distinct values
    distinct = np.random.default_rng(seed).permutation(np.arange(-4.0, 5.0))[: len(sizes)]
    values = np.repeat(np.sort(distinct), sizes)
    values = np.concatenate([values, np.full(max(0, 40 - values.size), 9.0)])
    matrix, _ = prescribed(values, seed)
    exact(matrix, lowest(matrix, number, solver=BlockLanczos(seed=seed)), values)


@pytest.mark.parametrize("solver", [Dense(), BlockLanczos(), BlockLanczos(block=3, basis=9), Eigsh()])
def test_a_single_zero_at_the_bottom(solver: Any) -> None:
    values = spectrum((0, 0, 1), (1, 2, 199))
    matrix, _ = prescribed(values)
    exact(matrix, lowest(matrix, 1, solver=solver), values)  # a tolerance relative to nothing


@pytest.mark.parametrize("seed", range(3))
def test_the_start_is_random_also_for_a_matrix_made_from_the_same_seed(seed: int) -> None:
    # its first rows span no part of the kernel: they must not be the starting block
    x = np.random.default_rng(seed).standard_normal((50, 200))
    exact(x.T @ x, lowest(x.T @ x, 3, solver=BlockLanczos(seed=seed)), np.linalg.eigvalsh(x.T @ x))


def test_an_exactly_diagonal_matrix_is_no_exception() -> None:
    values = np.concatenate([np.full(4, -1.0), np.arange(120.0)])
    exact(np.diag(values), lowest(np.diag(values), 6, solver=BlockLanczos(block=4)), values)


@pytest.mark.parametrize(("block", "basis"), [(1, 6), (2, 8), (4, 12), (4, 13)])
def test_the_smallest_basis_restarts_many_times_and_arrives(block: int, basis: int) -> None:
    values = spectrum((-3, -2, 4), (-1, 1, 296))
    matrix, _ = prescribed(values)
    found = lowest(matrix, 4, solver=BlockLanczos(block=block, basis=basis))
    exact(matrix, found, values)
    assert found.products > 3 * basis


@pytest.mark.parametrize("solver", [Dense(), BlockLanczos(), BlockLanczos(block=6, basis=60), Eigsh()])
@pytest.mark.parametrize("scale", [1.0, 1e3])
def test_single_precision(solver: Any, scale: float) -> None:
    values = np.concatenate([spectrum((-2, -1.6, 5), (-1, 1, 180)), np.geomspace(1, scale, 15)])
    matrix, _ = prescribed(values, dtype=np.float32)
    found = lowest(matrix, 5, solver=solver)
    exact(matrix, found, values)
    assert found.values.dtype == found.vectors.dtype == np.float64
    assert found.tolerance < 0.02  # rounding of a matrix of norm a thousand


@pytest.mark.parametrize("tolerance", [1e-3, 1e-6, 1e-9, 1e-12])
def test_the_tolerance_is_relative_to_the_largest_value_wanted(tolerance: float) -> None:
    values = 50 * SIMPLE["well separated"]
    matrix, _ = prescribed(values)
    found = lowest(matrix, 3, solver=BlockLanczos(tolerance=tolerance))
    exact(matrix, found, values)
    assert found.tolerance == pytest.approx(tolerance * 250, rel=2e-3)


def test_a_tolerance_below_rounding_is_not_chased() -> None:
    values = SIMPLE["well separated"]
    matrix, _ = prescribed(values)
    found = lowest(matrix, 3, solver=BlockLanczos(tolerance=1e-30))
    exact(matrix, found, values)
    assert found.tolerance < 1e-12


@pytest.mark.parametrize("most", [1, 30, 100])
def test_too_few_products_stop_and_say_so(most: int) -> None:
    matrix, _ = prescribed(spectrum((-1, 1, 400)))
    found = lowest(matrix, 3, solver=BlockLanczos(max_products=most, basis=30))
    honest(matrix, found)
    assert not found.converged
    assert found.status.startswith("stopped")
    assert found.residuals.max() > found.tolerance
    assert most <= found.products < most + 60


class Counted(LinearOperator):  # type: ignore[misc]  # SciPy has no types
    """Counts the vectors that it multiplies."""

    def __init__(self, matrix: Array) -> None:
        self.matrix, self.vectors = matrix, 0
        super().__init__(matrix.dtype, matrix.shape)

    def _matmat(self, columns: Array) -> Array:
        self.vectors += columns.shape[1]
        return np.asarray(self.matrix @ columns)

    def _matvec(self, column: Array) -> Array:
        return self._matmat(column.reshape(-1, 1))


@pytest.mark.parametrize("solver", [Dense(), BlockLanczos(), BlockLanczos(block=2, basis=14), Eigsh()])
def test_products_are_counted(solver: Any) -> None:
    operator = Counted(prescribed(SIMPLE["well separated"])[0])
    assert lowest(operator, 5, solver=solver).products == operator.vectors


@pytest.mark.parametrize("make", [BlockLanczos, Eigsh])
def test_the_seed_chooses_the_path_and_not_the_result(make: Any) -> None:
    matrix, _ = prescribed(SIMPLE["no gap"])
    one, same, other = (lowest(matrix, 4, solver=make(seed=seed)) for seed in (3, 3, 4))
    assert np.array_equal(one.values, same.values)
    assert np.array_equal(one.vectors, same.vectors)
    assert one.products == same.products
    np.testing.assert_allclose(one.values, other.values, atol=one.tolerance)
    assert not np.array_equal(one.values, other.values)


def test_matrices_and_operators_give_the_same() -> None:
    matrix, _ = prescribed(SIMPLE["well separated"])
    one, other = (lowest(each, 4, solver=BlockLanczos()) for each in (matrix, aslinearoperator(matrix)))
    np.testing.assert_allclose(one.values, other.values, rtol=1e-12)
    assert np.array_equal(matrix, prescribed(SIMPLE["well separated"])[0])  # and are left alone
    lowest(matrix, 4, solver=Dense())
    assert np.array_equal(matrix, prescribed(SIMPLE["well separated"])[0])


@pytest.mark.parametrize("n", [1, 2, 5])
def test_a_dense_solver_finds_all_of_a_small_matrix(n: int) -> None:
    values = np.arange(float(n)) - 1
    matrix, _ = prescribed(values)
    exact(matrix, lowest(matrix, n), values)


@pytest.mark.parametrize(
    ("number", "named"), [(0, "number = 0"), (-1, "number = -1"), (51, "number = 51"), (1.5, "number = 1.5")]
)
@pytest.mark.parametrize("solver", [None, Dense(), BlockLanczos(), Eigsh()])
def test_a_number_of_pairs_that_cannot_be_is_named(number: Any, named: str, solver: Any) -> None:
    with pytest.raises(InvalidParameterError, match=named):
        lowest(np.eye(50), number, solver=solver)


@pytest.mark.parametrize(
    "operator", [np.ones((3, 4)), np.ones(3), np.ones((2, 2, 2)), np.ones((0, 0)), [[1.0, 2.0]], None]
)
def test_an_operator_is_square(operator: Any) -> None:
    with pytest.raises(InvalidParameterError, match=r"operator (has shape|is None)"):
        lowest(operator, 1)


@pytest.mark.parametrize(
    "solver", [BlockLanczos(basis=9), BlockLanczos(block=4, basis=11), BlockLanczos(block=30), BlockLanczos(block=60)]
)
def test_a_basis_that_cannot_work_is_refused(solver: BlockLanczos) -> None:
    with pytest.raises(InvalidParameterError, match="basis"):
        lowest(np.eye(50), 4, solver=solver)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"block": 0}, "block = 0"),
        ({"basis": 2.5}, "basis = 2.5"),
        ({"max_products": 0}, "max_products = 0"),
        ({"tolerance": 0.0}, "tolerance = 0.0"),
        ({"tolerance": float("nan")}, "tolerance = nan"),
        ({"seed": -1}, "seed = -1"),
    ],
)
def test_bad_options_are_named(change: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidParameterError, match=named):
        lowest(np.eye(100), 2, solver=BlockLanczos(**change))


def test_a_basis_that_does_not_fit_in_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bendscape.memory.available", lambda: 10**6)
    with pytest.raises(MemoryLimitError, match=r"basis=\.\.\."):
        lowest(np.eye(1000), 2, solver=BlockLanczos())


@st.composite
def clusters(choose: st.DrawFn) -> tuple[Array, int, int]:
    """Up to four clusters of up to twelve below a bulk; the largest multiplicity, and how many pairs."""
    sizes = choose(st.lists(st.integers(1, 12), min_size=1, max_size=4))
    gaps = [10.0 ** choose(st.floats(-4, 0.5)) for _ in sizes]
    bulk = np.sort(np.random.default_rng(choose(st.integers(0, 99))).uniform(0, 1, choose(st.integers(100, 250))))
    bottom = np.concatenate([np.full(size, -sum(gaps[i:])) for i, size in enumerate(sizes)])
    shift, scale = choose(st.sampled_from([0.0, 10.0, -1.0])), choose(st.sampled_from([1.0, 1e-3, 1e4]))
    return scale * (np.concatenate([bottom, bulk]) + shift), max(sizes), choose(st.integers(1, sum(sizes)))


@settings(max_examples=60)
@given(clusters(), st.integers(0, 2**31))
def test_random_clusters(case: tuple[Array, int, int], seed: int) -> None:
    values, block, number = case
    matrix, _ = prescribed(values, seed)
    exact(matrix, lowest(matrix, number, solver=BlockLanczos(block=block, seed=seed)), values)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    ("p", "p_star", "a", "ratio"), [(2, 1, 0.7, 2.0), (2, 1, 1.5, 1.5), (3, 1, 1.5, 2.0), (3, 2, 0.7, 1.2)]
)
def test_hessians(p: int, p_star: int, a: float, ratio: float, dtype: Any) -> None:
    net = bs.QuadraticNetwork(p, p_star, a)
    sample = draw(net, alpha=ratio * bs.threshold(net).alpha, N=150, seed=p, dtype=dtype)
    H = Hessian(sample)
    expected = np.linalg.eigvalsh(H.dense())
    k = p * p_star
    for number in (1, k, k + 3):
        for solver in (Dense(), BlockLanczos(), BlockLanczos(block=k, basis=number + 3 * k)):
            found = lowest(H, number, solver=solver)
            exact(H, found, expected)
    one, other = (lowest(H, number, solver=solver) for solver in (Dense(), BlockLanczos()))
    np.testing.assert_allclose(one.values, other.values, rtol=0, atol=other.tolerance)


@pytest.mark.parametrize(("p", "p_star", "alpha"), [(1, 1, 0.1), (1, 1, 0.4), (2, 2, 0.3), (2, 1, 0.7)])
@pytest.mark.parametrize("at_teacher", [False, True])
def test_hessians_of_fewer_samples_than_inputs(p: int, p_star: int, alpha: float, at_teacher: bool) -> None:
    # p (N - M) eigenvalues are zero: at the teacher the lowest of all, far more of them than `multiplicity`
    sample = draw(bs.QuadraticNetwork(p, p_star, 0.7), alpha=alpha, N=100, seed=1)
    H = Hessian(sample, np.resize(sample.teacher, (p, 100)) if at_teacher else None)
    expected = np.linalg.eigvalsh(H.dense())
    for number in (1, 2, 6, 16):
        for solver in (Dense(), BlockLanczos(block=number), BlockLanczos()):
            exact(H, lowest(H, number, solver=solver), expected)
