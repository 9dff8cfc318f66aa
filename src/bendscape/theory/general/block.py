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
        Multiplication from the left by a `p x p` matrix with 1 in one channel and 0 in the others.
    students : int
        The first `students` coordinates are on the student's weight vectors, the others on the teacher's.
    """

    name: str
    multiplicity: int
    T: Any
    channels: Array
    students: int

    def left(self, values: Any) -> Any:
        """Multiplication from the left by the matrix with these values in its channels."""
        return np.tensordot(values, self.channels, axes=1)
