"""Rows or columns of a unitary transform, Fourier, cosine or Hadamard, chosen at random.

With `m >= n` the signal is put at `n` places of `m`, chosen at random, and all of its transform is measured: the
columns of `A` are orthogonal. With `m < n` all of the signal is transformed, and `m` places of the result are
measured: the rows of `A` are orthogonal. Entries are of mean square `1/n` in both cases, so that `|A x|^2` is one on
average for a signal whose numbers are of mean square one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...arguments import count, refuse
from ..arrays import Array
from .gram import Diagonal, Gram, Projection
from .operator import Sensing, stream

__all__ = ["PartialCosine", "PartialFourier", "PartialHadamard"]


@dataclass(frozen=True, eq=False)
class _Partial(Sensing):
    """Places of a unitary transform.

    Parameters
    ----------
    n : int
        Numbers of the signal.
    m : int
        Labels.
    seed : int
        Of the places, and of the random signs of the signal.
    """

    n: int
    m: int
    seed: Any = 0
    places: Array = field(init=False, repr=False)
    signs: Array = field(init=False, repr=False)

    dtype = np.dtype(float)

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", count("n", self.n))
        object.__setattr__(self, "m", count("m", self.m))
        self._check_size()
        rng = stream(self.seed)
        few, many = sorted((self.n, self.m))
        object.__setattr__(self, "places", np.sort(rng.permutation(many)[:few]))
        object.__setattr__(self, "signs", rng.choice([-1.0, 1.0], size=self.n))

    def _check_size(self) -> None:
        """Refuse sizes that the transform does not have."""

    def _transform(self, rows: Array) -> Array:
        raise NotImplementedError

    def _inverse(self, rows: Array) -> Array:
        raise NotImplementedError

    @property
    def signal_shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """``(n,)``."""
        return (self.n,)

    @property
    def label_shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """``(m,)``."""
        return (self.m,)

    @property
    def _scale(self) -> float:
        return math.sqrt(max(self.m, self.n) / self.n)

    def forward(self, rows: Array) -> Array:
        """See :class:`Sensing`."""
        signed = rows * (self.signs * self._scale)
        if self.m < self.n:
            return np.asarray(self._transform(signed)[:, self.places])
        wide = np.zeros((len(rows), self.m), dtype=signed.dtype)
        wide[:, self.places] = signed
        return self._transform(wide)

    def adjoint(self, rows: Array) -> Array:
        """See :class:`Sensing`."""
        if self.m < self.n:
            wide = np.zeros((len(rows), self.n), dtype=np.result_type(rows.dtype, float))
            wide[:, self.places] = rows
            image = self._inverse(wide)
        else:
            image = self._inverse(rows)[:, self.places]
        return np.asarray(image * (self.signs * self._scale))

    def gram(self) -> Gram:
        """A multiple of the identity, or of a projection."""
        if self.m >= self.n:
            return Diagonal(np.array([self._scale**2]))
        return Projection(self.forward, self.adjoint, self.shape, self._scale**2, self.is_complex)


@dataclass(frozen=True, eq=False)
class PartialFourier(_Partial):
    """A discrete Fourier transform: `n` of its `m` columns if `m >= n`, otherwise `m` of its `n` rows.

    Parameters
    ----------
    n : int
        Numbers of the signal.
    m : int
        Labels.
    seed : int
        Of the columns or rows, and of the random signs of the signal.

    Examples
    --------
    >>> from bendscape.simulation.sensing import PartialFourier
    >>> PartialFourier(100, 250).unitary, PartialFourier(100, 250).alpha
    (True, 2.5)
    """

    dtype = np.dtype(complex)

    def _transform(self, rows: Array) -> Array:
        from scipy.fft import fft

        return np.asarray(fft(rows, norm="ortho"))

    def _inverse(self, rows: Array) -> Array:
        from scipy.fft import ifft

        return np.asarray(ifft(rows, norm="ortho"))


@dataclass(frozen=True, eq=False)
class PartialCosine(_Partial):
    """The orthogonal discrete cosine transform (type II), in the same way as :class:`PartialFourier`.

    Parameters
    ----------
    n, m, seed
        As for :class:`PartialFourier`.

    Examples
    --------
    >>> from bendscape.simulation.sensing import PartialCosine
    >>> PartialCosine(100, 50).unitary, PartialCosine(100, 50).shape
    (False, (50, 100))
    """

    def _transform(self, rows: Array) -> Array:
        from scipy.fft import dct

        return np.asarray(dct(rows, norm="ortho"))

    def _inverse(self, rows: Array) -> Array:
        from scipy.fft import idct

        return np.asarray(idct(rows, norm="ortho"))


@dataclass(frozen=True, eq=False)
class PartialHadamard(_Partial):
    """Sylvester's Hadamard matrix over its norm; the larger of `m` and `n` is a power of two.

    Parameters
    ----------
    n, m, seed
        As for :class:`PartialFourier`.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.simulation.sensing import PartialHadamard
    >>> A = PartialHadamard(3, 4).to_dense()
    >>> bool(np.allclose(A.T @ A, 4 / 3 * np.eye(3)))
    True
    """

    def _check_size(self) -> None:
        most = max(self.m, self.n)
        if most & (most - 1):
            raise refuse("m" if self.m >= self.n else "n", most, f"a power of two, such as {1 << most.bit_length()}")

    def _transform(self, rows: Array) -> Array:
        size = rows.shape[1]
        image = np.array(rows, dtype=np.result_type(rows.dtype, float))
        half = 1
        while half < size:  # (a, b) -> (a + b, a - b) at distances 1, 2, 4, ...
            pairs = image.reshape(len(rows), -1, 2, half)
            image = np.stack([pairs[:, :, 0] + pairs[:, :, 1], pairs[:, :, 0] - pairs[:, :, 1]], axis=2)
            half *= 2
        return np.asarray(image.reshape(rows.shape) / size**0.5)

    _inverse = _transform
