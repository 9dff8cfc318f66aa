"""One sector of the directions `(k, i)`: neuron `k`, weight vector `i` of student or teacher."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .points import Array

__all__ = ["Block"]


@dataclass(frozen=True, eq=False)
class Block:
    """Directions that only mix among themselves.

    Attributes
    ----------
    name : str
    multiplicity : int
        How often the sector occurs.
    T : array, shape (k, k)
        `E[A (x) t t^T]` in orthonormal coordinates.
    channels : array, shape (m, k, k)
        Multiplication from the left by a `p x p` matrix with 1 in one channel and 0 in the others, of the coordinates
        on weight vectors.
    on_mean : array, shape (m, k, k)
        The same of the coordinates on the mean of the inputs.
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
        """The same on the mean; zero on weight vectors."""
        return np.tensordot(values, self.on_mean, axes=1)

    def teacher(self, vectors: Array) -> Array:
        """Squared weight of vectors, one or columns, on the teacher's weight vectors."""
        return np.asarray(np.sum(vectors[self.students + self.means :] ** 2, axis=0))

    def student(self, vectors: Array) -> Array:
        """The same on the student's."""
        return np.asarray(np.sum(vectors[: self.students] ** 2, axis=0))
