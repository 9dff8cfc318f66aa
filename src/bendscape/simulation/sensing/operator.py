r"""The base class of sensing operators: a linear map `A` from a signal of `n` numbers to `m`, given by its products.

A detector reports `|A x|^2`, and no matrix `A` is needed for that: products with `A` and with its adjoint `A^H` are
enough. A new operator is one class with two methods, `forward` and `adjoint`, of rows of vectors. If functions of
`A^H A` are cheap, it has a third, `gram`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...arguments import seed_sequence, shown
from ...errors import InvalidParameterError
from ...memory import require_memory
from ...user_arrays import complex_array
from ..arrays import Array
from .gram import Diagonal, Gram, Products

__all__ = ["Sensing", "known_gram", "stream"]

_ROWS = 64  # vectors that are multiplied together for the matrix
_EVEN = 1e-6  # relative distance of `A^H A x` from a multiple of `x`, up to which it is one


class Sensing:
    """A linear map, by its products with vectors and with those of its adjoint.

    Attributes
    ----------
    signal_shape : tuple of int
        Axes of the signal: ``(n,)``, or those of a picture.
    label_shape : tuple of int
        Axes of the labels: ``(m,)``, or those of a stack of patterns.
    dtype : numpy.dtype
        Real or complex.
    """

    signal_shape: tuple[int, ...]
    label_shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def forward(self, rows: Array) -> Array:
        """`A x` for each row of an array of shape (k, n): shape (k, m)."""
        raise NotImplementedError

    def adjoint(self, rows: Array) -> Array:
        """`A^H z` for each row of an array of shape (k, m): shape (k, n)."""
        raise NotImplementedError

    def gram(self) -> Gram:
        """Solutions and traces with `A^H A`; by products where an operator has nothing better."""
        return Products(self.forward, self.adjoint, self.shape[1], complex_vectors=self.is_complex)

    def even(self) -> tuple[Sensing, Array]:
        """The operator with its rows divided by their lengths over the root mean square of all, and these divisors.

        An operator that has no lengths of rows returns itself, and one for all of them.
        """
        return self, np.ones(1)

    @property
    def shape(self) -> tuple[int, int]:
        """`(m, n)`."""
        return math.prod(self.label_shape), math.prod(self.signal_shape)

    @property
    def alpha(self) -> float:
        """`m/n`, labels for each number of the signal."""
        m, n = self.shape
        return m / n

    @property
    def is_complex(self) -> bool:
        """Whether `A` has complex entries."""
        return self.dtype.kind == "c"

    @property
    def unitary(self) -> bool:
        """Whether the columns are orthogonal and of one length: `A^H A` is a multiple of the identity."""
        known = known_gram(self)
        return isinstance(known, Diagonal) and known.values.size == 1

    def matvec(self, x: Any) -> Array:
        """`A x` for a vector of shape (n,), or for each column of a block of shape (n, k)."""
        return self._columns("x", x, self.shape[1], self.forward)

    def rmatvec(self, z: Any) -> Array:
        """`A^H z` for a vector of shape (m,), or for each column of a block of shape (m, k)."""
        return self._columns("z", z, self.shape[0], self.adjoint)

    matmat = matvec  # the names that SciPy's `aslinearoperator` looks for
    rmatmat = rmatvec

    def __matmul__(self, x: Any) -> Array:
        return self.matvec(x)

    def intensities(self, signal: Any) -> Array:
        """`|A x|^2` of a signal of shape `signal_shape` or (n,), without noise, in `label_shape`."""
        x = complex_array("signal", signal)
        if x.shape not in (self.signal_shape, (self.shape[1],)):
            raise InvalidParameterError(
                f"signal has shape {x.shape}: give an array of shape {self.signal_shape}, as the operator takes it"
            )
        z = self.matvec(x.reshape(-1))
        return np.asarray(z.real**2 + z.imag**2).reshape(self.label_shape)

    def to_dense(self) -> Array:
        """The matrix, shape (m, n).

        Raises
        ------
        MemoryLimitError
            If it does not fit.
        """
        m, n = self.shape
        require_memory(2 * 16 * m * n, f"a dense matrix of {m} rows and {n} columns", "use products with the operator")
        kind = complex if self.is_complex else float
        blocks = range(0, n, _ROWS)
        return np.concatenate([self.forward(np.eye(min(_ROWS, n - at), n, at, dtype=kind)) for at in blocks]).T

    def _columns(self, name: str, value: Any, length: int, product: Any) -> Array:
        array = complex_array(name, value)
        if array.ndim not in (1, 2) or array.shape[0] != length:
            raise InvalidParameterError(
                f"{name} = {shown(value)}: give numbers of shape ({length},) or ({length}, k) for an operator of shape "
                f"{self.shape}"
            )
        if array.ndim == 1:
            return np.asarray(product(array[None, :])[0])
        return np.asarray(product(np.ascontiguousarray(array.T)).T)


def stream(seed: Any) -> np.random.Generator:
    """Random numbers of an operator; a signal of ``default_rng(seed)`` must not consist of the same numbers."""
    root = seed_sequence(seed)
    return np.random.default_rng(np.random.SeedSequence(root.entropy, spawn_key=(*root.spawn_key, 2**31 + 4)))


def known_gram(operator: Sensing) -> Gram:
    """`A^H A` as the operator has it; a number, where it is a multiple of the identity, as one random vector shows."""
    known = operator.gram()
    if isinstance(known, Diagonal):
        return known
    rng = np.random.default_rng(np.random.SeedSequence(operator.shape, spawn_key=(2**31 + 3,)))
    x = rng.standard_normal((1, operator.shape[1]))
    image = operator.adjoint(operator.forward(x))
    scale = float(np.sum(x * image.real) / np.sum(x**2))
    even = np.linalg.norm(image - scale * x) <= _EVEN * np.linalg.norm(image)
    return Diagonal(np.array([scale])) if even else known
