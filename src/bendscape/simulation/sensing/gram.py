r"""Solutions and traces with the Gram matrix `G = A^H A` of an operator.

Message passing solves `(a + b G) x = r` once a step, and needs `tr f(G)/n`. Where the eigenvectors of `G` are at hand,
both cost no more than a transform: coded masks and scans of a given probe have a diagonal `G`, scans in Fourier space
one that is diagonal there. Other operators take conjugate gradients, and the spectrum of `G` by Lanczos quadrature,
once.

For a real signal, `G` is the real part of `A^H A`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from ...errors import AccuracyError
from ..arrays import Array

__all__ = ["Diagonal", "Eigenbasis", "FourierDiagonal", "Gram", "Products", "Projection"]

_STEPS, _PROBES = 60, 4  # of Lanczos quadrature
_TOLERANCE, _MOST = 1e-9, 2000  # of conjugate gradients: relative residual, steps


class Gram(Protocol):
    """The matrix `G = A^H A`."""

    def spectrum(self) -> tuple[Array, Array]:
        """Eigenvalues and their weights, which sum to one."""

    def solve(self, a: float, b: float, right: Array, guess: Array) -> Array:
        """`(a + b G)^-1` times a vector; `guess` is close to the solution."""

    def real(self) -> Gram:
        """The Gram matrix of real signals, `Re A^H A`."""


@dataclass(frozen=True, eq=False)
class Diagonal:
    """A diagonal `G`; one number is a multiple of the identity."""

    values: Array

    def spectrum(self) -> tuple[Array, Array]:
        """See :class:`Gram`."""
        values = np.atleast_1d(self.values)
        return values, np.full(values.size, 1 / values.size)

    def solve(self, a: float, b: float, right: Array, guess: Array) -> Array:  # noqa: ARG002
        """See :class:`Gram`."""
        return np.asarray(right / (a + b * self.values))

    def real(self) -> Gram:
        """See :class:`Gram`."""
        return self


@dataclass(frozen=True, eq=False)
class FourierDiagonal:
    """A `G` that the Fourier transform over axes of this shape makes diagonal, with eigenvalues of that shape."""

    values: Array

    def spectrum(self) -> tuple[Array, Array]:
        """See :class:`Gram`."""
        return self.values.reshape(-1), np.full(self.values.size, 1 / self.values.size)

    def solve(self, a: float, b: float, right: Array, guess: Array) -> Array:  # noqa: ARG002
        """See :class:`Gram`."""
        from scipy.fft import fftn, ifftn

        solution = ifftn(fftn(right.reshape(self.values.shape)) / (a + b * self.values)).reshape(-1)
        return np.asarray(solution if right.dtype.kind == "c" else solution.real)

    def real(self) -> Gram:
        """The transform of a real signal at `-k` is the conjugate of that at `k`: eigenvalues are averaged."""
        axes = tuple(range(self.values.ndim))
        mirrored = np.roll(np.flip(self.values, axes), 1, axes)
        return FourierDiagonal((self.values + mirrored) / 2)


@dataclass(frozen=True, eq=False)
class Projection:
    """`A A^H = c`: fewer rows than columns, and all rows orthogonal. `G/c` is a projection of this rank."""

    forward: Callable[[Array], Array]
    adjoint: Callable[[Array], Array]
    shape: tuple[int, int]
    scale: float
    complex_vectors: bool

    def spectrum(self) -> tuple[Array, Array]:
        """See :class:`Gram`."""
        share = self.shape[0] / self.shape[1]
        return np.array([self.scale, 0.0]), np.array([share, 1 - share])

    def solve(self, a: float, b: float, right: Array, guess: Array) -> Array:  # noqa: ARG002
        """See :class:`Gram`."""
        projected = self.adjoint(self.forward(right[None, :]))[0] / self.scale
        return np.asarray((right - b * self.scale / (a + b * self.scale) * projected) / a)

    def real(self) -> Gram:
        """See :class:`Gram`: the real part of a complex projection is none."""
        if not self.complex_vectors:
            return self
        return Products(self.forward, self.adjoint, self.shape[1], complex_vectors=False)


class Eigenbasis:
    """The matrix itself, by its eigenvectors: for dense operators of up to about two thousand columns."""

    def __init__(self, matrix: Array) -> None:
        self._matrix = matrix

    @cached_property
    def _pairs(self) -> tuple[Array, Array]:
        values, vectors = np.linalg.eigh(self._matrix)
        return np.maximum(values, 0.0), vectors

    def spectrum(self) -> tuple[Array, Array]:
        """See :class:`Gram`."""
        values = self._pairs[0]
        return values, np.full(values.size, 1 / values.size)

    def solve(self, a: float, b: float, right: Array, guess: Array) -> Array:  # noqa: ARG002
        """See :class:`Gram`."""
        values, vectors = self._pairs
        return np.asarray(vectors @ ((vectors.conj().T @ right) / (a + b * values)))

    def real(self) -> Gram:
        """See :class:`Gram`."""
        return self if self._matrix.dtype.kind != "c" else Eigenbasis(np.ascontiguousarray(self._matrix.real))


class Products:
    """`G` by products: conjugate gradients, and a spectrum by Lanczos quadrature with random vectors.

    Raises
    ------
    AccuracyError
        If conjugate gradients do not converge.
    """

    def __init__(
        self, forward: Callable[[Array], Array], adjoint: Callable[[Array], Array], n: int, *, complex_vectors: bool
    ) -> None:
        self._forward, self._adjoint, self._n, self._complex = forward, adjoint, n, complex_vectors

    def _product(self, rows: Array) -> Array:
        image = self._adjoint(self._forward(rows))
        return np.asarray(image if rows.dtype.kind == "c" else image.real)

    @cached_property
    def _spectrum(self) -> tuple[Array, Array]:
        from ..eigen.quadrature import LanczosQuadrature, density

        n = self._n
        if self._complex:  # a Hermitian matrix as a real symmetric one, where each eigenvalue occurs twice

            def product(columns: Array) -> Array:
                rows = self._product(np.ascontiguousarray(columns.T[:, :n] + 1j * columns.T[:, n:]))
                return np.hstack([rows.real, rows.imag]).T

        else:

            def product(columns: Array) -> Array:
                return self._product(np.ascontiguousarray(columns.T)).T

        size = 2 * n if self._complex else n
        spectrum = density(_Symmetric(size, product), method=LanczosQuadrature(probes=_PROBES, steps=min(_STEPS, size)))
        return np.maximum(spectrum.nodes.reshape(-1), 0.0), spectrum.weights.reshape(-1) / spectrum.weights.sum()

    def spectrum(self) -> tuple[Array, Array]:
        """See :class:`Gram`."""
        return self._spectrum

    def solve(self, a: float, b: float, right: Array, guess: Array) -> Array:
        """See :class:`Gram`."""
        from scipy.sparse.linalg import LinearOperator, cg

        def product(x: Array) -> Array:
            row = x.reshape(1, -1)
            return np.asarray(a * row + b * self._product(row)).reshape(-1)

        matrix = LinearOperator((self._n, self._n), matvec=product, dtype=right.dtype)
        solution, failed = cg(matrix, right, x0=guess, rtol=_TOLERANCE, maxiter=_MOST)
        if failed:
            raise AccuracyError(
                f"conjugate gradients did not converge in {_MOST} steps: the columns of the operator are nearly "
                "dependent; give a prior with a smaller variance, or a given support"
            )
        return np.asarray(solution)

    def real(self) -> Gram:
        """See :class:`Gram`."""
        return Products(self._forward, self._adjoint, self._n, complex_vectors=False)


class _Symmetric:
    """A symmetric matrix by products with columns."""

    dtype = np.dtype(float)

    def __init__(self, size: int, product: Callable[[Array], Array]) -> None:
        self.shape, self._product = (size, size), product

    def __matmul__(self, columns: Any) -> Array:
        return self._product(columns)
