r"""Symmetries of intensities: the global phase, and for plain Fourier intensities also a shift and a flip.

`|A x|^2` is the same for `x` and `e^{i phi} x`. If all of `A` is one Fourier transform, it is also the same for a
shifted signal and for the conjugate of the signal read backwards.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...arguments import flag
from ...errors import InvalidParameterError
from ...user_arrays import check_finite, complex_array
from ..arrays import Array

__all__ = ["align", "signal_overlap2"]


def align(signal: Any, reference: Any, *, shift: bool = False, flip: bool = False) -> Array:
    """Return a signal times the phase, and optionally shifted and flipped, that brings it closest to a reference.

    Parameters
    ----------
    signal, reference : array
        Of one shape. If both are real, the phase is a sign, and the result is real.
    shift : bool
        Whether cyclic shifts along all axes are allowed, as for intensities of one plain Fourier transform.
    flip : bool
        Whether the conjugate of the signal read backwards along all axes is allowed.

    Raises
    ------
    InvalidParameterError
        If the shapes differ, or a number is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> import bendscape as bs
    >>> x = np.array([1.0, 2.0, 4.0 + 1.0j])
    >>> other = np.roll(1j * x, 1)
    >>> bool(np.allclose(bs.simulation.align(other, x, shift=True), x))
    True
    """
    x, y = _pair(signal, reference)
    candidates = [x, _backwards(x)] if flag("flip", flip) else [x]
    if flag("shift", shift):
        candidates = [_shifted(each, y) for each in candidates]
    best = max(candidates, key=lambda each: abs(np.vdot(each, y)))
    product = np.vdot(best, y)
    phase = product / abs(product) if product else 1.0
    return np.asarray(best * phase)


def signal_overlap2(signal: Any, reference: Any) -> float:
    """Return `|<signal, reference>|^2/(|signal|^2 |reference|^2)`: one if they differ by a factor only.

    Parameters
    ----------
    signal, reference : array
        Of one shape.

    Examples
    --------
    >>> import bendscape as bs
    >>> bs.simulation.signal_overlap2([1.0, 1j], [1j, -1.0])
    1.0
    """
    x, y = _pair(signal, reference)
    size = float(np.vdot(x, x).real * np.vdot(y, y).real)
    return float(abs(np.vdot(x, y)) ** 2 / size) if size else 0.0


def _pair(signal: Any, reference: Any) -> tuple[Array, Array]:
    arrays = complex_array("signal", signal), complex_array("reference", reference)
    if arrays[0].shape != arrays[1].shape or arrays[0].size == 0:
        raise InvalidParameterError(
            f"signal has shape {arrays[0].shape} and reference {arrays[1].shape}: give two arrays of one shape"
        )
    for name, array in zip(("signal", "reference"), arrays, strict=True):
        check_finite(name, array, "give finite numbers")
    return arrays


def _backwards(x: Array) -> Array:
    return np.asarray(np.flip(x).conj())


def _shifted(x: Array, reference: Array) -> Array:
    """The cyclic shift of `x` with the largest product with the reference: the peak of their correlation."""
    correlation = np.fft.ifftn(np.fft.fftn(x).conj() * np.fft.fftn(reference))
    place = np.unravel_index(int(np.argmax(np.abs(correlation))), x.shape)
    return np.asarray(np.roll(x, place, axis=tuple(range(x.ndim))))
