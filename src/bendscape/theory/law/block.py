"""Sectors of the directions `(k, i)`, neuron `k` and weight vector `i` of student or teacher, that do not mix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ..._types import Array
from ..numerics.symmetric_matrices import symmetric

__all__ = ["Block", "Sector", "Whole"]


class Sector(Protocol):
    """Interface of :class:`Block` and :class:`Whole`: directions that mix among themselves only."""

    @property
    def name(self) -> str:
        """Name of the sector."""

    @property
    def multiplicity(self) -> int:
        """Number of times that the sector occurs."""

    @property
    def T(self) -> Any:
        """Average `E[A (x) t t^T]` in orthonormal coordinates."""

    def left(self, values: Any) -> Any:
        """Multiplication from the left by the `p x p` matrix with these values in its channels; zero on the mean."""

    def left_of_mean(self, values: Any) -> Any:
        """Multiplication from the left on the mean of the inputs; zero on weight vectors."""

    def teacher(self, vectors: Array) -> Array:
        """Squared weight of vectors, one or columns, on the teacher's weight vectors."""

    def student(self, vectors: Array) -> Array:
        """Squared weight of vectors, one or columns, on the student's weight vectors."""


@dataclass(frozen=True, eq=False)
class Block:
    """A sector of neurons that are alike, in orthonormal coordinates of its own.

    Attributes
    ----------
    name : str
    multiplicity : int
        Number of times that the sector occurs.
    T : array, shape (k, k)
        `E[A (x) t t^T]` in orthonormal coordinates.
    channels : array, shape (m, k, k)
        Multiplication from the left by a `p x p` matrix with 1 in one channel and 0 in the others, of the coordinates
        on weight vectors.
    on_mean : array, shape (m, k, k)
        The same multiplication, of the coordinates on the mean of the inputs.
    students, means : int
        The first `students` coordinates are on the student's weight vectors, the next `means` on the mean of the
        inputs, the others on the teacher's weight vectors.
    """

    name: str
    multiplicity: int
    T: Any
    channels: Array
    on_mean: Array
    students: int
    means: int

    def left(self, values: Any) -> Any:
        """Multiplication from the left by the matrix with these values in its channels; zero on the mean."""
        return np.tensordot(values, self.channels, axes=1)

    def left_of_mean(self, values: Any) -> Any:
        """Multiplication from the left on the mean of the inputs; zero on weight vectors."""
        return np.tensordot(values, self.on_mean, axes=1)

    def teacher(self, vectors: Array) -> Array:
        """Squared weight of vectors, one or columns, on the teacher's weight vectors."""
        return np.asarray(np.sum(vectors[self.students + self.means :] ** 2, axis=0))

    def student(self, vectors: Array) -> Array:
        """Squared weight of vectors, one or columns, on the student's weight vectors."""
        return np.asarray(np.sum(vectors[: self.students] ** 2, axis=0))


@dataclass(frozen=True, eq=False)
class Whole:
    """All directions `(k, i)` as one sector, `i` fastest: student's weights, inputs' mean, teacher's weights.

    Attributes
    ----------
    T : array, shape (p q, p q)
        `E[A (x) t t^T]`, `q = p + means + p_star`.
    p, p_star, means : int
    span : array, shape (q, p)
        Orthonormal directions that span the student's weight vectors.
    """

    T: Any
    p: int
    p_star: int
    means: int
    span: Array

    name = "all"
    multiplicity = 1

    def left(self, values: Any) -> Any:
        """Multiplication from the left by the matrix with these coordinates; zero on the mean."""
        return self._on(values, 1.0 - self._on_mean)

    def left_of_mean(self, values: Any) -> Any:
        """Multiplication from the left on the mean of the inputs; zero on weight vectors."""
        return self._on(values, self._on_mean) if self.means else 0.0

    def _on(self, values: Any, which: Array) -> Any:
        """Multiplication of the coordinates `(k, i)` with the `i` in `which` only: a Kronecker product."""
        matrix, q = symmetric(self.p).matrix(values), len(which)
        return (matrix[:, None, :, None] * np.diag(which)[:, None]).reshape(self.p * q, self.p * q)

    def teacher(self, vectors: Array) -> Array:
        """Squared weight of vectors, one or columns, on the teacher's weight vectors."""
        return self._weight(vectors, np.eye(len(self.span))[:, self.p + self.means :])

    def student(self, vectors: Array) -> Array:
        """Squared weight of vectors, one or columns, on the student's weight vectors."""
        return self._weight(vectors, self.span)

    def _weight(self, vectors: Array, span: Array) -> Array:
        parts = np.tensordot(span.T, vectors.reshape(self.p, len(span), -1), axes=(1, 1))
        return np.asarray(np.sum(parts**2, axis=(0, 1)).reshape(vectors.shape[1:]))

    @property
    def _on_mean(self) -> Array:
        which = np.zeros(len(self.span))
        which[self.p : self.p + self.means] = 1.0
        return which
