r"""Ptychography: a small window moves over the signal, or over its Fourier transform.

In ptychography a probe `P` lights a part of the signal, and a detector far away sees the Fourier transform of the part:
`z_l = F (P x_l)`, with `x_l` the part at position `l`. In Fourier ptychography a lens passes a part of the Fourier
transform, and the detector sees an image: `z_l = F^-1 (P xhat_l)`. In both, `A^H A` is diagonal, in space or in Fourier
space: the light that falls on each place, summed over positions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...arguments import count, shown
from ...errors import InvalidParameterError
from ...user_arrays import check_finite, complex_array, real_array
from ..arrays import Array
from .gram import Diagonal, FourierDiagonal, Gram
from .operator import Sensing

__all__ = ["FourierPtychography", "Ptychography", "scan"]


def scan(shape: tuple[int, int], window: tuple[int, int], step: int) -> Array:
    """Return positions of a window on a grid that covers a picture: the corners, shape (L, 2).

    The last position of each axis is at the edge, whatever the step.

    Parameters
    ----------
    shape, window : tuple of int
        Of the picture, and of the window.
    step : int
        Pixels between positions.

    Examples
    --------
    >>> from bendscape.simulation.sensing import scan
    >>> scan((8, 8), (4, 4), 3).tolist()
    [[0, 0], [0, 3], [0, 4], [3, 0], [3, 3], [3, 4], [4, 0], [4, 3], [4, 4]]
    """
    step = count("step", step)
    sizes = [
        (count("shape", n), count("window", k))
        for n, k in zip(_axes("shape", shape), _axes("window", window), strict=True)
    ]
    for n, k in sizes:
        if k > n:
            raise InvalidParameterError(f"window = {shown(window)}: give one inside of a picture of shape {shape}")
    rows, columns = ([*range(0, n - k, step), n - k] for n, k in sizes)
    return np.array([(i, j) for i in rows for j in columns])


def _axes(name: str, value: Any) -> tuple[Any, Any]:
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise InvalidParameterError(f"{name} = {shown(value)}: give the two axes of a picture")
    return value[0], value[1]


@dataclass(frozen=True, eq=False)
class _Scan(Sensing):
    """A window at several positions."""

    window: Any
    positions: Any
    signal_shape: tuple[int, ...]

    dtype = np.dtype(complex)

    def __post_init__(self) -> None:
        window = complex_array("window", self.window)
        if window.ndim != 2 or not window.any():
            raise InvalidParameterError(f"window has shape {window.shape}: give a picture that is not zero everywhere")
        check_finite("window", window, "give finite numbers")
        shape = tuple(count("signal_shape", n) for n in _axes("signal_shape", self.signal_shape))
        positions = real_array("positions", self.positions, ("L", 2))
        corners = positions.astype(int)
        inside = (corners >= 0) & (corners + window.shape <= shape) & (corners == positions)
        if not inside.all():
            bad = positions[~inside.all(axis=1)][0].tolist()
            raise InvalidParameterError(
                f"positions has {bad}: give whole numbers for which a window of shape {window.shape} lies inside of "
                f"{shape}"
            )
        for name, value in (("window", window), ("positions", corners), ("signal_shape", shape)):
            object.__setattr__(self, name, value)

    @property
    def label_shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """``(L, h, w)``: positions, and the axes of the window."""
        return (len(self.positions), *(int(n) for n in self.window.shape))

    def _parts(self, fields: Array) -> Array:
        """The window times the part of each field at each position."""
        h, w = self.window.shape
        parts = [fields[:, i : i + h, j : j + w] for i, j in self.positions]
        return np.asarray(np.stack(parts, axis=1) * self.window)

    def _together(self, parts: Array) -> Array:
        """The adjoint of the above."""
        h, w = self.window.shape
        fields = np.zeros((len(parts), *self.signal_shape), dtype=complex)
        parts = parts * self.window.conj()
        for at, (i, j) in enumerate(self.positions):
            fields[:, i : i + h, j : j + w] += parts[:, at]
        return fields

    def _light(self) -> Array:
        h, w = self.window.shape
        light = np.zeros(self.signal_shape)
        power = self.window.real**2 + self.window.imag**2
        for i, j in self.positions:
            light[i : i + h, j : j + w] += power
        return light


@dataclass(frozen=True, eq=False)
class Ptychography(_Scan):
    """Diffraction patterns of the parts of a picture that a given probe lights.

    Parameters
    ----------
    window : array, shape (h, w)
        The probe.
    positions : array, shape (L, 2)
        Corners of the window, such as those of :func:`scan`.
    signal_shape : tuple of int
        Of the picture.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.simulation.sensing import Ptychography, scan
    >>> A = Ptychography(np.ones((16, 16)), scan((32, 32), (16, 16), 8), (32, 32))
    >>> A.label_shape, A.alpha
    ((9, 16, 16), 2.25)
    """

    def forward(self, rows: Array) -> Array:
        """See :class:`Sensing`."""
        from scipy.fft import fft2

        return np.asarray(fft2(self._parts(rows.reshape(-1, *self.signal_shape)), norm="ortho").reshape(len(rows), -1))

    def adjoint(self, rows: Array) -> Array:
        """See :class:`Sensing`."""
        from scipy.fft import ifft2

        return self._together(ifft2(rows.reshape(-1, *self.label_shape), norm="ortho")).reshape(len(rows), -1)

    def gram(self) -> Gram:
        """Diagonal: the light on each pixel."""
        return Diagonal(self._light().reshape(-1))


@dataclass(frozen=True, eq=False)
class FourierPtychography(_Scan):
    """Images of small resolution, each with the part of the Fourier transform that a given pupil passes.

    Parameters
    ----------
    window : array, shape (h, w)
        The pupil.
    positions : array, shape (L, 2)
        Corners of the window in the Fourier transform, with frequency zero in its middle (``numpy.fft.fftshift``).
    signal_shape : tuple of int
        Of the picture.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.simulation.sensing import FourierPtychography, scan
    >>> A = FourierPtychography(np.ones((16, 16)), scan((32, 32), (16, 16), 4), (32, 32))
    >>> A.label_shape, A.alpha
    ((25, 16, 16), 6.25)
    """

    def forward(self, rows: Array) -> Array:
        """See :class:`Sensing`."""
        from scipy.fft import fft2, fftshift, ifft2, ifftshift

        spectra = fftshift(fft2(rows.reshape(-1, *self.signal_shape), norm="ortho"), axes=(-2, -1))
        parts = ifftshift(self._parts(spectra), axes=(-2, -1))
        return np.asarray(ifft2(parts, norm="ortho").reshape(len(rows), -1))

    def adjoint(self, rows: Array) -> Array:
        """See :class:`Sensing`."""
        from scipy.fft import fft2, fftshift, ifft2, ifftshift

        parts = fftshift(fft2(rows.reshape(-1, *self.label_shape), norm="ortho"), axes=(-2, -1))
        spectra = ifftshift(self._together(parts), axes=(-2, -1))
        return np.asarray(ifft2(spectra, norm="ortho").reshape(len(rows), -1))

    def gram(self) -> Gram:
        """Diagonal in Fourier space: the light that passes at each frequency."""
        from scipy.fft import ifftshift

        return FourierDiagonal(np.asarray(ifftshift(self._light())))
