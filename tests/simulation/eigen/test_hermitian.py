"""Hermitian operators by block Lanczos, against LAPACK and against the real matrix of twice the size."""

from __future__ import annotations

import numpy as np
import pytest

from bendscape.simulation import BlockLanczos, Dense
from bendscape.simulation.eigen.operator import RowOperator, SymmetricOperator

Array = np.ndarray


class _Rows(RowOperator):
    """A Hermitian matrix that multiplies rows."""

    def __init__(self, matrix: Array) -> None:
        self._matrix = matrix
        super().__init__(matrix.dtype, matrix.shape)

    def native(self, rows: Array) -> Array:
        return np.ascontiguousarray(rows, dtype=self.dtype)

    def product(self, rows: Array) -> Array:
        return np.asarray(rows @ self._matrix.T)

    def dense(self) -> Array:
        return self._matrix.copy()

    def _matmat(self, columns: Array) -> Array:
        return np.asarray(self._matrix @ columns)


def hermitian(values: Array, seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    n = values.size
    Q = np.linalg.qr(rng.standard_normal((n, n)) + 1j * rng.standard_normal((n, n)))[0]
    matrix = (Q * values) @ Q.conj().T
    return np.asarray((matrix + matrix.conj().T) / 2)


def operator(matrix: Array, scale: float = 2.0) -> SymmetricOperator:
    return SymmetricOperator(_Rows(matrix), matrix.shape, matrix.dtype, scale=scale, rounding=2e-16)


SPECTRUM = np.concatenate([[-3.0, -2.0, -1.5], np.linspace(-1, 1, 197)])


@pytest.mark.parametrize("block", [1, 2, 3])
def test_lowest_pairs_are_those_of_lapack(block: int) -> None:
    matrix = hermitian(SPECTRUM)
    pairs = BlockLanczos(block=block, basis=30).lowest(operator(matrix), 3)
    assert pairs.converged
    np.testing.assert_allclose(pairs.values, SPECTRUM[:3], atol=1e-9)
    assert pairs.vectors.dtype == complex
    np.testing.assert_allclose(pairs.vectors.conj().T @ pairs.vectors, np.eye(3), atol=1e-9)
    residuals = np.linalg.norm(matrix @ pairs.vectors - pairs.vectors * pairs.values, axis=0)
    np.testing.assert_allclose(residuals, pairs.residuals, atol=1e-12)
    assert residuals.max() < 1e-5


def test_highest_pairs_and_the_dense_solver_agree() -> None:
    matrix = hermitian(SPECTRUM, seed=2)
    for solver in (BlockLanczos(), Dense()):
        pairs = solver.lowest(-operator(matrix), 2)
        np.testing.assert_allclose(pairs.values, -np.sort(-SPECTRUM)[:2] * -1 * -1, atol=1e-9)


def test_a_double_eigenvalue_is_found_twice() -> None:
    matrix = hermitian(np.concatenate([[-2.0, -2.0], np.linspace(-1, 1, 98)]))
    pairs = BlockLanczos(block=1).lowest(operator(matrix), 2)
    assert pairs.converged
    np.testing.assert_allclose(pairs.values, [-2.0, -2.0], atol=1e-9)


def test_a_real_matrix_of_twice_the_size_has_each_eigenvalue_twice() -> None:
    matrix = hermitian(SPECTRUM, seed=3)
    real = np.block([[matrix.real, -matrix.imag], [matrix.imag, matrix.real]])
    twice = BlockLanczos(block=2).lowest(real, 4)
    once = BlockLanczos(block=1).lowest(operator(matrix), 2)
    np.testing.assert_allclose(twice.values, np.repeat(once.values, 2), atol=1e-9)
