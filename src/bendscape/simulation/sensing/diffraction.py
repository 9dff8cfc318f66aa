r"""Coded diffraction: the signal passes masks, and a detector far away sees its Fourier transform.

    A = [F D_1; ...; F D_L],    A^H A = sum_l |D_l|^2                                            :eq:`coded-diffraction`

with a unitary Fourier transform `F` over the axes of the signal, and diagonal matrices `D_l`, the masks. With several
masks one behind the other, `F D_{l,K} ... F D_{l,1}`, the operator is a cascade.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...arguments import count
from ...errors import InvalidParameterError
from ...user_arrays import check_finite, complex_array
from ..arrays import Array
from .gram import Diagonal, Gram, Products
from .operator import Sensing, stream

__all__ = ["Cascade", "CodedDiffraction", "random_masks"]


def random_masks(patterns: int, shape: Any, *, layers: int | None = None, seed: Any = 0) -> Array:
    """Return masks of random phases: complex numbers of modulus one.

    Parameters
    ----------
    patterns : int
        `L`, the number of patterns.
    shape : int or tuple of int
        Axes of the signal.
    layers : int, optional
        `K`, masks one behind the other in each pattern; without it there is no such axis.
    seed : int
        Of the phases.

    Returns
    -------
    array, shape (L, ...) or (L, K, ...)

    Examples
    --------
    >>> from bendscape.simulation.sensing import random_masks
    >>> random_masks(3, (64, 64)).shape, random_masks(3, 100, layers=2).shape
    ((3, 64, 64), (3, 2, 100))
    """
    axes = tuple(shape) if isinstance(shape, Sequence) else (shape,)
    axes = tuple(count("shape", each) for each in axes)
    between = () if layers is None else (count("layers", layers),)
    rng = stream(seed)
    return np.asarray(np.exp(2j * np.pi * rng.random((count("patterns", patterns), *between, *axes))))


def _masks(value: Any, least: int) -> Array:
    """Finite masks, not all zero, with at least this many axes."""
    masks = complex_array("masks", value)
    if masks.ndim < least or masks.size == 0:
        wanted = "(L, K, ...)" if least == 3 else "(L, ...)"
        raise InvalidParameterError(
            f"masks has shape {masks.shape}: give an array of shape {wanted}, one mask a pattern"
        )
    check_finite("masks", masks, "give finite numbers")
    dark = ~masks.any(axis=tuple(range(least - 1, masks.ndim)))
    if dark.any():
        place = tuple(int(i) for i in np.argwhere(dark)[0])
        raise InvalidParameterError(f"masks{list(place)} is zero everywhere: leave out this mask and its pattern")
    return masks


class _Patterns(Sensing):
    """Operators with a stack of patterns of the shape of the signal, and a Fourier transform of it."""

    masks: Any
    dtype = np.dtype(complex)

    @property
    def label_shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """``(L, ...)``: patterns, and the axes of the signal."""
        return (int(self.masks.shape[0]), *self.signal_shape)

    def _divided(self, squares: Array) -> tuple[Sensing, Array]:
        """The first masks divided, and the divisors of all rows, from the mean square of the rows of each pattern."""
        if np.ptp(squares) <= 1e-12 * squares.max():
            return self, np.ones(1)
        divisors = np.sqrt(squares / np.mean(squares))
        masks = self.masks.copy()
        first = masks if masks.ndim == 1 + len(self.signal_shape) else masks[:, 0]
        first /= divisors.reshape(-1, *(1 for _ in self.signal_shape))
        return replace(self, masks=masks), np.repeat(divisors, math.prod(self.signal_shape))  # type: ignore[type-var]

    @property
    def _axes(self) -> tuple[int, ...]:
        return tuple(range(-len(self.signal_shape), 0))

    def _fourier(self, fields: Array) -> Array:
        from scipy.fft import fftn

        return np.asarray(fftn(fields, axes=self._axes, norm="ortho", overwrite_x=True))

    def _inverse(self, fields: Array) -> Array:
        from scipy.fft import ifftn

        return np.asarray(ifftn(fields, axes=self._axes, norm="ortho"))


@dataclass(frozen=True, eq=False)
class CodedDiffraction(_Patterns):
    """Coded diffraction patterns, :eq:`coded-diffraction`.

    Parameters
    ----------
    masks : array, shape (L, ...)
        One mask for each pattern, with the axes of the signal; any numbers. Masks of modulus one, as those of
        :func:`random_masks`, make the operator column-unitary.

    Examples
    --------
    >>> from bendscape.simulation.sensing import CodedDiffraction, random_masks
    >>> A = CodedDiffraction(random_masks(3, (64, 64), seed=1))
    >>> A.shape, A.alpha, A.unitary, A.label_shape
    ((12288, 4096), 3.0, True, (3, 64, 64))
    """

    masks: Any

    def __post_init__(self) -> None:
        object.__setattr__(self, "masks", _masks(self.masks, 2))

    @property
    def signal_shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """Axes of a mask."""
        return tuple(int(n) for n in self.masks.shape[1:])

    def forward(self, rows: Array) -> Array:
        """See :class:`Sensing`."""
        return self._fourier(rows.reshape(-1, 1, *self.signal_shape) * self.masks + 0j).reshape(len(rows), -1)

    def adjoint(self, rows: Array) -> Array:
        """See :class:`Sensing`."""
        fields = self._inverse(rows.reshape(-1, *self.label_shape))
        return np.asarray(np.sum(self.masks.conj() * fields, axis=1).reshape(len(rows), -1))

    def even(self) -> tuple[Sensing, Array]:
        """See :class:`Sensing`: the rows of a pattern have one length."""
        return self._divided(np.mean(np.abs(self.masks) ** 2, axis=self._axes))

    def gram(self) -> Gram:
        """Diagonal: `sum_l |D_l|^2`."""
        values = np.sum(self.masks.real**2 + self.masks.imag**2, axis=0).reshape(-1)
        even = np.ptp(values) <= 1e-12 * values.max()
        return Diagonal(values[:1] if even else values)


@dataclass(frozen=True, eq=False)
class Cascade(_Patterns):
    """Masks and Fourier transforms in turn: `F D_{l,K} ... F D_{l,1}` for each pattern `l`.

    Parameters
    ----------
    masks : array, shape (L, K, ...)
        `K` masks for each pattern, the first one next to the signal.

    Examples
    --------
    >>> from bendscape.simulation.sensing import Cascade, random_masks
    >>> A = Cascade(random_masks(3, (16, 16), layers=2, seed=1))
    >>> A.shape, A.unitary
    ((768, 256), True)
    """

    masks: Any

    def __post_init__(self) -> None:
        object.__setattr__(self, "masks", _masks(self.masks, 3))

    @property
    def signal_shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """Axes of a mask."""
        return tuple(int(n) for n in self.masks.shape[2:])

    def forward(self, rows: Array) -> Array:
        """See :class:`Sensing`."""
        fields = rows.reshape(-1, 1, *self.signal_shape) + 0j
        for layer in range(self.masks.shape[1]):
            fields = self._fourier(fields * self.masks[:, layer])
        return np.asarray(fields.reshape(len(rows), -1))

    def adjoint(self, rows: Array) -> Array:
        """See :class:`Sensing`."""
        fields = rows.reshape(-1, *self.label_shape)
        for layer in reversed(range(self.masks.shape[1])):
            fields = self.masks[:, layer].conj() * self._inverse(fields)
        return np.asarray(fields.sum(axis=1).reshape(len(rows), -1))

    def even(self) -> tuple[Sensing, Array]:
        """See :class:`Sensing`: the root mean square length of the rows of a pattern stands for each of them."""
        return self._divided(np.mean(np.abs(self.masks) ** 2, axis=self._axes).prod(axis=1))

    def gram(self) -> Gram:
        """A multiple of the identity if every mask has one modulus, diagonal if all but the first have."""
        power = self.masks.real**2 + self.masks.imag**2
        later = power[:, 1:].reshape(len(power), power.shape[1] - 1, -1)
        if later.size and np.any(np.ptp(later, axis=2) > 1e-12 * later.max(axis=2)):
            return Products(self.forward, self.adjoint, self.shape[1], complex_vectors=True)
        values = np.einsum("l,l...->...", later[:, :, 0].prod(axis=1), power[:, 0]).reshape(-1)
        even = np.ptp(values) <= 1e-12 * values.max()
        return Diagonal(values[:1] if even else values)
