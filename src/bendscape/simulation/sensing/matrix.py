"""Sensing by a matrix that is in memory: given, Gaussian, or with orthogonal columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...arguments import count, flag, refuse
from ...errors import InvalidParameterError
from ...memory import require_memory
from ...user_arrays import check_finite, complex_array
from ..arrays import Array, one_blas_thread
from .gram import Eigenbasis, Gram, Products
from .operator import Sensing, stream

__all__ = ["Matrix", "checked_matrix", "gaussian", "orthogonal"]

_SIMILAR = 2.0  # ratio of the lengths of two rows
_DENSE = 2000  # columns up to which eigenvectors of A^H A are computed


@dataclass(frozen=True, eq=False)
class Matrix(Sensing):
    """A matrix in memory.

    Parameters
    ----------
    matrix : array, shape (m, n)
        Real or complex, finite, without rows of zeros.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.simulation.sensing import Matrix
    >>> A = Matrix(np.array([[1.0, 1j], [2.0, 0.0], [0.0, 1.0]]))
    >>> A.intensities(np.array([1.0, 1.0])).tolist(), A.alpha
    ([2.0, 4.0, 1.0], 1.5)
    """

    matrix: Any
    _gram: dict[str, Gram] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "matrix", checked_matrix("matrix", self.matrix))

    @property
    def dtype(self) -> np.dtype[Any]:  # type: ignore[override]
        """Real or complex, double precision."""
        kind: np.dtype[Any] = self.matrix.dtype
        return kind

    @property
    def signal_shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """``(n,)``."""
        return (int(self.matrix.shape[1]),)

    @property
    def label_shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """``(m,)``."""
        return (int(self.matrix.shape[0]),)

    def forward(self, rows: Array) -> Array:
        """See :class:`Sensing`."""
        with one_blas_thread():
            return np.asarray(rows @ self.matrix.T)

    def adjoint(self, rows: Array) -> Array:
        """See :class:`Sensing`."""
        with one_blas_thread():
            return np.asarray((rows.conj() @ self.matrix).conj())

    def even(self) -> tuple[Sensing, Array]:
        """See :class:`Sensing`; rows of similar lengths, as random matrices have them, are left alone."""
        lengths = np.linalg.norm(self.matrix, axis=1)
        if lengths.max() <= _SIMILAR * lengths.min():
            return self, np.ones(1)
        divisors = lengths / np.sqrt(np.mean(lengths**2))
        return Matrix(self.matrix / divisors[:, None]), divisors

    def gram(self) -> Gram:
        """Eigenvectors of `A^H A`, computed once, up to 2000 columns; above, products."""
        n = self.matrix.shape[1]
        if n > _DENSE:
            return Products(self.forward, self.adjoint, n, complex_vectors=self.is_complex)
        if "gram" not in self._gram:
            with one_blas_thread():
                self._gram["gram"] = Eigenbasis(self.matrix.conj().T @ self.matrix)
        return self._gram["gram"]

    def to_dense(self) -> Array:
        """The matrix itself."""
        return np.asarray(self.matrix)


def checked_matrix(name: str, value: Any) -> Array:
    """Return a finite matrix without rows of zeros, or raise an error with this name."""
    matrix = complex_array(name, value)
    if matrix.ndim != 2 or matrix.size == 0:
        raise InvalidParameterError(f"{name} has shape {matrix.shape}: give an array of shape (m, n)")
    check_finite(name, matrix, "give finite numbers")
    empty = ~matrix.any(axis=1)
    if empty.any():
        raise InvalidParameterError(
            f"{name} has {int(empty.sum())} rows of zeros, such as row {int(np.argmax(empty))}: leave out these rows "
            "and their labels"
        )
    return matrix


def gaussian(m: int, n: int, *, complex_entries: bool = True, seed: Any = 0) -> Matrix:
    """Return a matrix of independent Gaussian entries of mean square `1/n`.

    Parameters
    ----------
    m, n : int
        Labels and numbers of the signal.
    complex_entries : bool
        Whether entries are complex, with independent real and imaginary parts of one variance.
    seed : int
        Of the entries.

    Examples
    --------
    >>> from bendscape.simulation.sensing import gaussian
    >>> gaussian(300, 100, seed=1).matrix.shape
    (300, 100)
    """
    return Matrix(_normal(m, n, flag("complex_entries", complex_entries), seed) / n**0.5)


def orthogonal(m: int, n: int, *, complex_entries: bool = True, seed: Any = 0) -> Matrix:
    """Return a matrix with orthogonal columns, uniform among those (Haar's law), with entries of mean square `1/n`.

    Parameters
    ----------
    m, n, complex_entries, seed
        As for :func:`gaussian`; `m` is at least `n`.

    Examples
    --------
    >>> from bendscape.simulation.sensing import orthogonal
    >>> orthogonal(300, 100, seed=1).unitary
    True
    """
    if count("m", m) < count("n", n):
        raise refuse("m", m, f"at least n = {n}: fewer rows than columns cannot have orthogonal columns")
    columns, mixing = np.linalg.qr(_normal(m, n, flag("complex_entries", complex_entries), seed))
    phases = np.diag(mixing) / np.abs(np.diag(mixing))
    return Matrix(columns * phases * (m / n) ** 0.5)


def _normal(m: Any, n: Any, complex_entries: bool, seed: Any) -> Array:
    size = (count("m", m), count("n", n))
    require_memory(3 * 16 * size[0] * size[1], f"a matrix of shape {size}", "use CodedDiffraction or PartialFourier")
    rng = stream(seed)
    if not complex_entries:
        return rng.standard_normal(size)
    return np.asarray((rng.standard_normal(size) + 1j * rng.standard_normal(size)) / 2**0.5)
