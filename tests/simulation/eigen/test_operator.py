"""Operators are looked at before a solver uses them: any container, any scale, and what cannot be is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.linalg import LinearOperator, aslinearoperator

import bendscape as bs
from bendscape.errors import InvalidParameterError
from bendscape.simulation import BlockLanczos, Dense, Eigsh, Hessian, LanczosQuadrature, density, draw, highest, lowest
from bendscape.simulation.eigen.operator import examined

Array = np.ndarray
SOLVERS: list[Any] = [Dense(), BlockLanczos(), Eigsh()]


def symmetric(n: int, seed: int = 0) -> Array:
    """Eigenvalues -3, -2, -1.5 below a bulk between -1 and 1."""
    values = np.concatenate([[-3.0, -2.0, -1.5], np.linspace(-1, 1, n - 3)])
    Q = np.linalg.qr(np.random.default_rng(seed).standard_normal((n, n)))[0]
    matrix = (Q * values) @ Q.T
    return np.asarray((matrix + matrix.T) / 2)


class Plain:
    """Multiplies columns and has a shape, and nothing else."""

    def __init__(self, matrix: Array) -> None:
        self.matrix, self.shape = matrix, matrix.shape

    def __matmul__(self, columns: Array) -> Array:
        return np.asarray(self.matrix @ columns)


class Careless(Plain):
    """Writes to its argument."""

    def __matmul__(self, columns: Array) -> Array:
        image = self.matrix @ columns
        columns[:] = 7.0
        return np.asarray(image)


class Reuse(Plain):
    """Returns one array again and again."""

    def __init__(self, matrix: Array) -> None:
        super().__init__(matrix)
        self.outs: dict[tuple[int, ...], Array] = {}

    def __matmul__(self, columns: Array) -> Array:
        out = self.outs.setdefault(columns.shape, np.empty(columns.shape, order="F"))
        out[:] = self.matrix @ columns
        return out


def without_dtype(matrix: Array) -> LinearOperator:
    return LinearOperator(matrix.shape, matvec=lambda v: matrix @ v)


def integer_dtype(matrix: Array) -> LinearOperator:
    return LinearOperator(matrix.shape, matvec=lambda v: matrix @ v, dtype=int)


CONTAINERS: dict[str, Callable[[Array], Any]] = {
    "lists": lambda m: m.tolist(),
    "fortran": np.asfortranarray,
    "strided": lambda m: np.repeat(np.repeat(m, 2, axis=0), 2, axis=1)[::2, ::2],
    "masked": np.ma.asarray,
    "objects": lambda m: m.astype(object),
    "long double": lambda m: m.astype(np.longdouble),
    "big endian": lambda m: m.astype(">f8"),
    "operator": aslinearoperator,
    "operator without dtype": without_dtype,
    "operator of integers": integer_dtype,
    "plain": Plain,
    "careless": Careless,
    "reused array": Reuse,
    **{
        f"{form}_{kind}": getattr(scipy.sparse, f"{form}_{kind}")
        for form in ("csr", "csc", "coo", "dia", "bsr", "lil", "dok")
        for kind in ("array", "matrix")
    },
}


@pytest.mark.filterwarnings("ignore::scipy.sparse.SparseEfficiencyWarning")  # of many diagonals
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("name", CONTAINERS)
def test_the_same_numbers_in_any_container_have_the_same_eigenvalues(name: str, solver: Any) -> None:
    matrix = symmetric(60)
    found = lowest(CONTAINERS[name](matrix.copy()), 2, solver=solver)
    assert found.converged
    np.testing.assert_allclose(found.values, [-3.0, -2.0], atol=1e-9)
    assert found.residuals.max() < 1e-5


@pytest.mark.parametrize("make", ["pandas", "polars", "xarray", "torch"])
def test_matrices_of_other_libraries(make: str) -> None:
    library: Any = pytest.importorskip(make)
    matrix = symmetric(60)
    name = {"pandas": "DataFrame", "polars": "DataFrame", "xarray": "DataArray", "torch": "tensor"}[make]
    for solver in SOLVERS:
        np.testing.assert_allclose(lowest(getattr(library, name)(matrix), 2, solver=solver).values, [-3, -2], atol=1e-9)


def test_integers_booleans_and_half_precision_are_numbers() -> None:
    whole = np.diag(np.arange(40)) - 7
    for dtype in (np.int8, np.int64, np.float16, np.float32):
        np.testing.assert_allclose(lowest(whole.astype(dtype), 2).values, np.linalg.eigvalsh(whole)[:2], rtol=1e-5)
    np.testing.assert_allclose(lowest(np.eye(30, dtype=bool), 2).values, 1.0)
    assert highest(whole, 1).values[0] == pytest.approx(np.linalg.eigvalsh(whole)[-1])


def outcomes(matrix: Array, scale: float) -> list[tuple[Array, Array]]:
    """What every solver and method finds, in units of the scale."""
    pairs = [find(matrix, 3, solver=solver) for solver in SOLVERS for find in (lowest, highest)]
    assert all(each.converged for each in pairs)
    nodes = [density(matrix, method=m) for m in (Dense(), LanczosQuadrature(probes=2, steps=9))]
    return [(each.values / scale, each.vectors) for each in pairs] + [
        (each.nodes / scale, each.weights) for each in nodes
    ]


@pytest.mark.parametrize("form", [np.asarray, aslinearoperator, scipy.sparse.csr_array])
@pytest.mark.parametrize("exponent", [-960, -400, -3, 5, 600, 1000])
def test_a_power_of_two_changes_no_digit(exponent: int, form: Any) -> None:
    matrix, scale = symmetric(60), 2.0**exponent
    for one, other in zip(outcomes(form(matrix), 1.0), outcomes(form(matrix * scale), scale), strict=True):
        assert np.array_equal(one[0], other[0])
        assert np.array_equal(one[1], other[1])


@pytest.mark.parametrize("form", [np.asarray, aslinearoperator])
@pytest.mark.parametrize(
    ("scale", "dtype"), [(1e-310, float), (1e-200, float), (1e300, float), (3e307, float), (1e-30, "f4"), (1e37, "f4")]
)
def test_any_scale_that_has_numbers(scale: float, dtype: Any, form: Any) -> None:
    matrix = (symmetric(80) * scale).astype(dtype)
    expected, rounding = np.array([-3.0, -2.0, -1.5]), 1e-9 if dtype is float else 1e-4
    for solver in SOLVERS:
        found = lowest(form(matrix), 3, solver=solver)
        assert found.converged
        np.testing.assert_allclose(found.values / scale, expected, atol=rounding)
        assert 0 <= found.residuals.max() / scale < 10 * rounding + 1e-5
    mean, stderr = density(form(matrix), method=LanczosQuadrature(probes=8, steps=20)).mean(lambda x: x)
    assert abs(mean / scale - np.trace(symmetric(80)) / 80) < 5 * stderr / scale
    assert 0 < stderr / scale < 0.1


def test_the_smallest_single_precision_matrix_is_not_zero() -> None:
    matrix = (symmetric(80) * 1e-38).astype(np.float32)
    for solver in SOLVERS:
        np.testing.assert_allclose(lowest(matrix, 2, solver=solver).values, [-3e-38, -2e-38], rtol=1e-4)


def test_eigenvalues_beyond_all_numbers_are_refused() -> None:
    with pytest.raises(InvalidParameterError, match="beyond double precision: divide it"):
        lowest(np.full((50, 50), -1e308), 1)


@pytest.mark.parametrize("solver", SOLVERS)
def test_one_eigenvalue_far_outside_does_not_blur_the_others(solver: Any) -> None:
    for far in (-1e6, -1e9):
        values = np.concatenate([[far, -3.0, -2.0], np.linspace(-1, 1, 200)])
        found = lowest(np.diag(values), 3, solver=solver)
        assert found.converged or far == -1e9  # where rounding is no longer small beside the others, it may say so
        if found.converged:
            np.testing.assert_allclose(found.values, values[:3], atol=max(1e-5, 1e-14 * abs(far)))


NOT_FINITE = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf}


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("value", NOT_FINITE)
def test_what_is_not_finite_is_named(value: str, solver: Any) -> None:
    matrix = symmetric(50)
    matrix[3, 7] = matrix[7, 3] = NOT_FINITE[value]
    with pytest.raises(InvalidParameterError, match=rf"operator has the entry {value} at \(3, 7\)"):
        lowest(matrix, 2, solver=solver)
    for form in (scipy.sparse.csr_array, aslinearoperator, Plain):
        for ask in (lambda m: lowest(m, 2, solver=solver), density, lambda m: highest(m, 2, solver=solver)):
            with pytest.raises(InvalidParameterError, match=r"operator (has the entry|is not finite)"):
                ask(form(matrix))


@pytest.mark.parametrize("form", [np.asarray, scipy.sparse.csr_array, aslinearoperator, without_dtype, Plain])
@given(st.integers(2, 120), st.integers(0, 10**6))
@settings(max_examples=15)
def test_what_is_not_symmetric_is_refused_with_the_remedy(form: Any, n: int, seed: int) -> None:
    matrix = np.random.default_rng(seed).standard_normal((n, n))
    with pytest.raises(InvalidParameterError, match=r"operator is not symmetric: .*give \(H \+ H.T\)/2"):
        lowest(form(matrix), 1)


def test_a_few_asymmetric_entries_of_a_matrix_are_seen() -> None:
    matrix = symmetric(200)
    matrix[5, 9] += 1e-3 * np.abs(matrix).max()
    for form in (np.asarray, scipy.sparse.csr_array):
        with pytest.raises(InvalidParameterError, match=r"its entry \((5, 9|9, 5)\)"):
            lowest(form(matrix), 1)


def test_an_affine_operator_is_not_linear() -> None:
    matrix = symmetric(50)
    with pytest.raises(InvalidParameterError, match="linear in the vector"):
        lowest(LinearOperator((50, 50), matvec=lambda v: matrix @ v + 1.0), 2)


@pytest.mark.parametrize("form", [np.asarray, scipy.sparse.csr_array, aslinearoperator])
@pytest.mark.parametrize("solver", SOLVERS)
def test_asymmetry_by_rounding_passes_and_all_solvers_agree(form: Any, solver: Any) -> None:
    noise = np.random.default_rng(1).standard_normal((60, 60))
    for size, dtype in ((1e-15, float), (1e-7, float), (1e-6, np.float32)):
        matrix = (symmetric(60) + size * noise).astype(dtype)
        found = lowest(form(matrix), 2, solver=solver)
        assert found.converged
        np.testing.assert_allclose(found.values, np.linalg.eigvalsh((matrix + matrix.T) / 2.0)[:2], atol=30 * size)


def complex_products(n: int) -> LinearOperator:
    return LinearOperator((n, n), matvec=lambda v: 1j * np.asarray(v), dtype=float)


class Wrong(Plain):
    """Products of another shape."""

    def __matmul__(self, columns: Array) -> Array:
        return np.ones((3, 2))


class Fails(Plain):
    def __matmul__(self, columns: Array) -> Array:
        raise RuntimeError("no licence")


@pytest.mark.parametrize(
    ("operator", "named"),
    [
        (np.eye(5, dtype=complex), "complex"),
        (aslinearoperator(np.eye(5, dtype=complex)), r"\[\[A, -B\], \[B, A\]\]"),
        (scipy.sparse.csr_array(np.eye(5, dtype=complex)), r"\[\[A, -B\], \[B, A\]\]"),
        (complex_products(5), r"\[\[A, -B\], \[B, A\]\]"),
        (np.ma.masked_less(np.eye(5), 0.5), "missing value at .*masked"),
        (np.array([["a", "b"], ["c", "d"]]), "text"),
        (Wrong(np.eye(5)), r"makes an array of shape \(3, 2\)"),
        (Fails(np.eye(5)), r"fails with RuntimeError \(no licence\)"),
        (Plain(np.ones((3, 4))), r"operator has shape \(3, 4\)"),
        (np.float64(3.0), "operator has shape"),
        (None, "operator is None"),
        (object(), "operator"),
        (np.zeros((0, 0)), r"operator has shape \(0, 0\)"),
    ],
)
def test_what_no_solver_can_use_is_refused(operator: Any, named: str) -> None:
    for ask in (lambda m: lowest(m, 1), lambda m: highest(m, 1), density, lambda m: BlockLanczos().lowest(m, 1)):
        with pytest.raises(InvalidParameterError, match=named):
            ask(operator)


def test_a_look_takes_two_products_and_a_matrix_none() -> None:
    assert examined(aslinearoperator(symmetric(30))).products == 2
    assert examined(Hessian(draw(bs.QuadraticNetwork(2, 1, 0.7), alpha=2.0, N=20, seed=1))).products == 2
    assert examined(symmetric(30)).products == examined(scipy.sparse.csr_array(symmetric(30))).products == 0
    seen = examined(symmetric(30))
    assert examined(seen) is seen


def test_solvers_leave_matrices_alone() -> None:
    matrix = symmetric(60)
    for form in (np.asarray, scipy.sparse.csr_array):
        given_: Any = form(matrix)
        before = matrix.copy()
        for solver in SOLVERS:
            lowest(given_, 2, solver=solver)
            density(given_)
        assert np.array_equal(given_.toarray() if scipy.sparse.issparse(given_) else given_, before)


@pytest.mark.parametrize("solver", [BlockLanczos(block=1), BlockLanczos(block=2), Eigsh()])
@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), st.integers(0, 2**31))
@settings(max_examples=10)
def test_no_copy_of_a_multiple_eigenvalue_is_left_out(solver: Any, sizes: list[int], seed: int) -> None:
    bottom = np.repeat(-3.0 + np.arange(len(sizes)) / 2, sizes)
    values = np.concatenate([bottom, np.linspace(-1, 1, 100)])
    found = lowest(np.diag(values), bottom.size, solver=solver)
    assert found.converged
    np.testing.assert_allclose(found.values, bottom, atol=1e-6)
    Q = np.linalg.qr(np.random.default_rng(seed).standard_normal((values.size,) * 2))[0]
    matrix = (Q * values) @ Q.T
    np.testing.assert_allclose(lowest(matrix, bottom.size, solver=solver).values, bottom, atol=1e-6)


class Counting:
    """Multiplies by what it makes of the number of products so far."""

    def __init__(self, matrix: Array, factor: Callable[[int], float]) -> None:
        self.matrix, self.factor, self.products = matrix, factor, 0
        self.shape, self.dtype = matrix.shape, matrix.dtype

    def __matmul__(self, columns: Array) -> Array:
        self.products += 1
        return np.asarray(self.factor(self.products) * (self.matrix @ columns))


@pytest.mark.parametrize("solver", SOLVERS)
def test_products_are_looked_at_after_the_first_ones_too(solver: Any) -> None:
    """Dense() takes one product more than the look, and the others many."""
    later = Counting(symmetric(60), lambda k: 1.0 if k < 2 else np.nan)
    with pytest.raises(InvalidParameterError, match=r"^operator is not finite"):
        lowest(later, 2, solver=solver)


def test_an_operator_that_changes_is_no_matrix() -> None:
    with pytest.raises(InvalidParameterError, match=r"operator changes: a product is 0\.33 of its size away"):
        lowest(Counting(symmetric(60), float), 2, solver=Dense())
    assert lowest(Counting(symmetric(60), lambda _: 1.0), 2, solver=Dense()).converged
